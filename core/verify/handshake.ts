/** What one fresh connection says: who of the two does not accept whom, or that nobody answered. */
import type { HandshakeFact } from '../node/facts.ts';

export interface HandshakeJudgement {
  /** Both accept each other, and a read was answered: the only good outcome. */
  readonly answered: boolean;
  /** The dialling side does not accept the certificate that it was shown, or could not finish because of it. */
  readonly certificateRejected: boolean;
  /** The answering side turned the dialling one away, in the handshake or at its first read. */
  readonly dialerRefused: boolean;
  readonly unreachable: boolean;
}

/** Ends of a connection that say nothing about certificates: a node under load, or one that is going down. */
const CONNECTION_ENDED = /time[ds]?[- ]?out|reset|terminated|closed|broken pipe|\bEOF\b/i;

/**
 * A probe records any chain that it is shown and goes on, so a handshake can be `complete` and yet not `trusted`.
 * A connection that ended before any certificate was shown is no TLS failure (I8).
 */
export function judgeHandshake(fact: HandshakeFact): HandshakeJudgement {
  const unreachable = fact.handshake === 'unreachable';
  const onlyEnded = fact.chain.length === 0 && CONNECTION_ENDED.test(fact.error ?? '');
  const certificateRejected = !unreachable && (fact.trusted === false || (fact.handshake === 'failed' && !onlyEnded));
  const dialerRefused = !unreachable && (fact.handshake === 'refused' || fact.read === 'refused');
  const answered = fact.handshake === 'complete' && fact.read === 'answered' && !certificateRejected;
  return { answered, certificateRejected, dialerRefused, unreachable };
}

/** Alerts (RFC 8446, 6.2) by which a port says that it does not take the dialling side's certificate, or wants one. */
const OF_THE_DIALLER =
  /unknown[ _]?ca\b|bad[ _]certificate|certificate[ _]unknown|unsupported[ _]certificate|certificate[ _]required|access[ _]denied/i;

/** The port showed a certificate that is accepted, and turned away the dialling side's own: nothing speaks against what it serves. */
export function onlyDiallerUnwelcome(fact: HandshakeFact): boolean {
  const { certificateRejected, dialerRefused } = judgeHandshake(fact);
  return dialerRefused && !certificateRejected && fact.chain.length > 0 && OF_THE_DIALLER.test(fact.error ?? '');
}

/** The facts in words, for "observed". */
export function describeHandshake(fact: HandshakeFact): string {
  const trust = fact.trusted === false ? ', chain not trusted' : '';
  return `handshake ${fact.handshake}${trust}, read ${fact.read}${fact.error ? `: ${fact.error}` : ''}`;
}
