/** The leaf and chain of before must be valid now, and until the soak after the rollback ends (rows 3 to 5 of the failure modes). */
import type { Certificate } from '../../certificate/parse.ts';
import { certificateOf, chainOf, oldLeaves, pathOf } from './old-chain.ts';
import { NEW_CERTIFICATE, type Rule, type Target, type Unsafe } from './rule.ts';

/** What cannot be read cannot be judged (I8). */
export const oldLeafUnreadable: Rule = ({ backup }) => {
  const unreadable = oldLeaves(backup).find((leaf) => certificateOf(backup.certificates, leaf) === null);
  if (unreadable === undefined) return null;
  const why = `the old leaf SHA256:${unreadable} cannot be read from the backup’s catalogue entry, so its validity is not known`;
  return { rule: 'old-leaf-unreadable', safety: 'forward-only', why, wayForward: NEW_CERTIFICATE };
};

/** Every runtime refuses an expired leaf (RFC 5280, 6.1.3 (a)(2)). */
export const oldLeafExpired: Rule = (target) => {
  const { backup, request } = target;
  for (const hash of oldLeaves(backup)) {
    const leaf = certificateOf(backup.certificates, hash);
    const why = leaf && ending('the old leaf', leaf, request.now, soakMs(target));
    if (why) return { rule: 'old-leaf-expired', safety: 'forward-only', why, wayForward: NEW_CERTIFICATE };
  }
  return null;
};

/**
 * An authority between leaf and anchor too. The anchor itself, be it a root or an authority that nodes trust as it is, is one whose dates the JDK does not look at; who of the clients does
 * is told by `clientsDroppedAuthority`.
 */
export const oldChainExpired: Rule = (target): Unsafe | null => {
  const { backup, request } = target;
  const anchors = anchorsOf(target);
  for (const hash of oldLeaves(backup)) {
    const path = pathOf(chainOf(backup, hash), request.now + soakMs(target));
    const anchored = path.findIndex(({ sha256 }, i) => i > 0 && anchors.has(sha256));
    const below = anchored === -1 ? path.slice(1) : path.slice(1, anchored);
    for (const authority of below.filter(({ issuerDer, subjectDer }) => issuerDer !== subjectDer)) {
      const why = ending(`the authority ${authority.subject} of the old leaf`, authority, request.now, soakMs(target));
      if (why) return { rule: 'old-chain-expired', safety: 'forward-only', why, wayForward: NEW_CERTIFICATE };
    }
  }
  return null;
};

/** What nodes trust as it is: by the truststores of before, else by those of now. */
function anchorsOf({ backup, observation }: Target): ReadonlySet<string> {
  const before = (backup.storeAnchors ?? []).flatMap((store) => store.anchors);
  return new Set(
    before.length > 0 ? before : (observation?.stores ?? []).flatMap(({ kind, chain }) => (kind === 'truststore' ? chain : [])),
  );
}

/** How long the old leaf must serve at least, ms. */
export const soakMs = ({ request }: Target): number => request.registration.limits.soakSeconds * 1000;

function ending(what: string, { notAfter }: Certificate, now: number, soak: number): string | null {
  const at = new Date(notAfter).toISOString();
  if (notAfter < now) return `${what} expired at ${at}`;
  return notAfter < now + soak ? `${what} expires at ${at}, within the soak after the rollback` : null;
}
