/** What one port shows to somebody who has nothing but the authorities: leaf, chain, name, expiry, answer. */
import type { HandshakeFact } from '../node/facts.ts';
import { judgeChain } from './chain.ts';
import { coversName } from './names.ts';
import { allowsPurpose, type Certificate, parseCertificate, SERVER_AUTH } from './parse.ts';

export interface PortJudgement {
  readonly listener: HandshakeFact['listener'];
  readonly address: string;
  readonly port: number;
  /** `good`; `attention`: something is wrong, or could not be seen. */
  readonly outcome: 'good' | 'attention';
  readonly leaf: {
    readonly fingerprint: string;
    readonly subject: string;
    readonly issuer: string;
    readonly notBefore: number;
    readonly notAfter: number;
    readonly names: readonly string[];
  } | null;
  /** True when a path to one of the authorities exists and nothing is wrong with it; null when there was no chain to judge. */
  readonly trusted: boolean | null;
  /** Does a name of the leaf cover the address that was dialled? */
  readonly nameCovers: boolean | null;
  readonly read: HandshakeFact['read'];
  /** Handshake in ms. */
  readonly ms: number | null;
  /** Everything that is not as it should be, in words. */
  readonly problems: readonly string[];
}

export interface PortPolicy {
  /** Moment of the judgement, ms. */
  readonly at: number;
  readonly expiryNoticeSeconds: number;
  /** Did we show an identity of our own? Without one, a refused read has an innocent reason. */
  readonly withIdentity: boolean;
}

/** Judges one handshake. `certificates` maps hashes to DER (base64); `anchors` are the trusted authorities. */
export function judgePort(
  fact: HandshakeFact,
  certificates: Readonly<Record<string, string>>,
  anchors: readonly Certificate[],
  policy: PortPolicy,
): PortJudgement {
  const chain = fact.chain.flatMap((hash) => (certificates[hash] === undefined ? [] : [parseCertificate(certificates[hash])]));
  const leaf = chain[0];
  const judged = leaf === undefined ? null : judgeChain(chain, anchors, policy.at);
  const nameCovers = leaf === undefined ? null : coversName(leaf, fact.address);
  const problems = [
    ...wireProblems(fact, policy.withIdentity),
    ...(judged?.problems.map(({ code, expected, observed }) => `${code}: expected ${expected}; observed ${observed}`) ?? []),
    ...(leaf === undefined ? [] : leafProblems(leaf, policy)),
    ...(leaf !== undefined && nameCovers === false
      ? [`the leaf does not name ${fact.address}: it names ${leaf.subjectAlternativeNames.join(', ') || 'nothing'}`]
      : []),
  ];
  return {
    listener: fact.listener,
    address: fact.address,
    port: fact.port,
    outcome: problems.length === 0 && fact.read === 'answered' ? 'good' : 'attention',
    leaf:
      leaf === undefined
        ? null
        : {
            fingerprint: leaf.fingerprint,
            subject: leaf.subject,
            issuer: leaf.issuer,
            notBefore: leaf.notBefore,
            notAfter: leaf.notAfter,
            names: leaf.subjectAlternativeNames,
          },
    trusted: judged?.trusted ?? null,
    nameCovers,
    read: fact.read,
    ms: fact.ms ?? null,
    problems,
  };
}

function wireProblems({ handshake, read, error = '' }: HandshakeFact, withIdentity: boolean): string[] {
  const hint = withIdentity ? '' : '; the port may ask for a client certificate: give --cert and --key';
  if (handshake === 'unreachable') return [`nobody answers: ${error}`];
  if (handshake !== 'complete') return [`the handshake was ${handshake}: ${error}${handshake === 'refused' ? hint : ''}`];
  if (read === 'answered') return [];
  return [
    `the handshake was completed, but the read was ${read === 'none' ? 'not made' : read}: ${error}${read === 'refused' ? hint : ''}`,
  ];
}

function leafProblems(leaf: Certificate, { at, expiryNoticeSeconds }: PortPolicy): string[] {
  const left = leaf.notAfter - at;
  return [
    ...(left > 0 && left < expiryNoticeSeconds * 1000 ? [`the leaf expires in ${Math.floor(left / 86_400_000)} days`] : []),
    ...(allowsPurpose(leaf, SERVER_AUTH) ? [] : ['the leaf’s extended key usage does not allow servers']),
  ];
}
