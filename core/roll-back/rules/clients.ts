/** Clients that work now and would not afterwards (rows 5 and 29 of the failure modes): their truststores are not ours to change. */
import { type CertificateBody, readCertificate } from '../../certificate/path/certificate-body.ts';
import { DerError } from '../../certificate/path/der-reader.ts';
import { askRuntimes, inWords, type RuntimeAnswer } from '../../certificate/runtimes/ask-runtimes.ts';
import { RUNTIMES } from '../../certificate/runtimes/runtime.ts';
import type { FaultName } from '../../certificate/runtimes/table.ts';
import { authoritiesOf } from '../../cluster/client-authorities.ts';
import { versionOf } from '../../cluster/clients.ts';
import { chainOf } from './old-chain.ts';
import type { Rule, Target } from './rule.ts';
import { soakMs } from './validity.ts';

/**
 * A registered client, or the canary, whose TLS library accepts what the port shows now and would refuse the old chain now or by the
 * end of the soak: it has dropped the old authority, or takes no expired one. Whoever refuses both is no reason to stay.
 */
export const clientsDroppedAuthority: Rule = (target) => {
  const { backup, observation, request } = target;
  const shown = observation?.listeners.find(({ listener, chain }) => listener === 'client' && chain.length > 0);
  const old = chainOf(backup, backup.servedLeaves.client).map(({ der }) => der);
  // A chain with holes says nothing of who accepts it.
  if (!observation || !shown || old.length === 0 || !shown.chain.every((hash) => observation.certificates[hash])) return null;
  try {
    const present = bodies(shown.chain.flatMap((hash) => observation.certificates[hash] ?? []));
    const before = bodies(old);
    const refusing = [request.now, request.now + soakMs(target)]
      .map((at) => {
        const accepts = new Set(ask(target, present, at).flatMap(({ client, verdict }) => (verdict === 'accept' ? [client] : [])));
        return ask(target, before, at).filter(
          ({ client, reasons }) => accepts.has(client) && reasons.some(({ name }) => OF_TRUST_AND_DATES.has(name)),
        );
      })
      .find((answers) => answers.length > 0);
    if (!refusing) return null;
    return {
      rule: 'clients-dropped-authority',
      safety: 'forward-only',
      why: `clients that accept the leaf of now would be lost: ${inWords(refusing)}`,
      wayForward: 'Repair forward under the new authority; or have the owners of these clients trust the old one again, then roll back.',
    };
  } catch (error) {
    // A chain that cannot be read strictly is not predicted; the JDK’s and our own checks judge it.
    if (error instanceof DerError) return null;
    throw error;
  }
};

/** What a client has dropped, or time has taken; how strong or well made the old leaf is was the same when these clients ran on it. */
const OF_TRUST_AND_DATES: ReadonlySet<string> = new Set<FaultName>([
  'no-path',
  'signature-wrong',
  'leaf-expired',
  'leaf-not-yet-valid',
  'authority-expired',
  'authority-not-yet-valid',
  'anchor-expired',
  'anchor-not-yet-valid',
]);

/** By the authorities of each; a client whose authorities nobody knows is not asked. Names are not looked at: they are the same leaf’s. */
function ask({ request }: Target, chain: readonly CertificateBody[], at: number): RuntimeAnswer[] {
  const { client, registration } = request;
  const ofCanary = bodies((client?.authorities ?? []).flatMap((hash) => client?.certificates[hash] ?? []));
  const canary = { client: 'the canary', runtime: 'node', version: RUNTIMES.node.measured, anchors: ofCanary } as const;
  const clients = registration.clients.map((one) => ({
    client: one.name,
    runtime: one.runtime,
    version: versionOf(one),
    anchors: authoritiesOf(one) ?? ofCanary,
  }));
  return [canary, ...clients]
    .filter(({ anchors }) => anchors.length > 0)
    .flatMap(({ anchors, ...asked }) => askRuntimes({ chain, anchors, at, names: [] }, [asked]));
}

const bodies = (ders: readonly string[]): CertificateBody[] => ders.map((der) => readCertificate(Buffer.from(der, 'base64')));
