/** What a client saw: gathered by a function in the clients' network, with an identity of its own, by a clock of its own. */
import { z } from 'zod';
import { HandshakeFact } from '../node/facts.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** One connection of the canary with the real driver to one node, and a read over it. */
export const CanaryFact = z.object({
  node: z.string(),
  connected: z.boolean(),
  /** Rows that the read returned; absent when there was no read. */
  rows: z.number().int().optional(),
  /** Code and message as the driver gave them, without any key material. */
  error: z.string().optional(),
  /** Connecting and reading together, and the read alone. */
  ms: z.number().optional(),
  readMs: z.number().optional(),
});
export type CanaryFact = z.infer<typeof CanaryFact>;

/** Fresh handshakes (recorded whether trusted or not), then the canary. `at` is the function's own clock, ms. */
export const ClientObservation = z.object({
  at: z.number(),
  /** When it began to look: nothing in it was seen before. */
  askedAt: z.number().optional(),
  /** `trusted` says whether the chain leads to the canary's own authorities. */
  wire: z.array(HandshakeFact.extend({ node: z.string() })),
  canary: z.array(CanaryFact),
  /** The authorities that the canary trusts; their DER is in `certificates`. */
  authorities: z.array(sha256).default([]),
  /** DER (base64) by hash. */
  certificates: z.record(sha256, z.string()),
});
export type ClientObservation = z.infer<typeof ClientObservation>;

const TLS_WORDS =
  /certificate|\bcert\b|\bCERT_|SSL|TLS|handshake|\balert\b|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|SELF_SIGNED|ALTNAME|signature|decrypt/i;

/** Node's words for a connection that ended during the handshake: a node that goes down does that too, so it proves nothing. */
const CONNECTION_ENDED = /disconnected before secure TLS|ECONNRESET|ECONNREFUSED|ETIMEDOUT|EPIPE|time[ds]?[- ]?out/i;

/** Does the error of a connection speak of TLS, rather than of a port that nobody answers? */
export function speaksOfTls(error: string): boolean {
  return TLS_WORDS.test(error) && !CONNECTION_ENDED.test(error);
}
