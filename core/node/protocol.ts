/**
 * The contract between Ringward and the program on a Cassandra host (`on-node/`).
 *
 * One SSM command carries one request and prints one JSON line, a {@link NodeReply}. The request travels
 * as base64url JSON in the document's `Request` parameter; it never holds a secret. Beside this envelope stand
 * what can be asked (`requests.ts`), what was seen on a node (`facts.ts`) and the result of each step (`results.ts`).
 *
 * Times are milliseconds since the epoch by the node's clock, durations are milliseconds, hashes are
 * lower-case hex SHA-256, `certificates` maps such a hash to the DER (base64) of the certificate.
 */
import { z } from 'zod';

/** Version of this contract; a node refuses a request of another version. */
export const NODE_PROTOCOL = 1;

/** Lower-case hex. */
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** What a TLS port is for. `jmx` never reloads its key (it is read at process start). */
export const ListenerName = z.enum(['client', 'internode', 'jmx']);
export type ListenerName = z.infer<typeof ListenerName>;

/** Ports that are dialled: the three, and the old TLS port between nodes where it is still open (`legacy_ssl_storage_port_enabled`). */
export const DialledPort = z.enum([...ListenerName.options, 'legacy-internode']);

export const ArtifactKind = z.enum(['keystore', 'truststore', 'configuration']);
export type ArtifactKind = z.infer<typeof ArtifactKind>;

const NodeError = z.object({
  /** Permanent code of the errors catalogue. */
  code: z.string(),
  message: z.string(),
  fix: z.string(),
});

/** The one line that a node prints. */
export const NodeReply = z.discriminatedUnion('ok', [
  z.object({
    protocol: z.literal(NODE_PROTOCOL),
    step: z.string(),
    requestId: z.string(),
    node: z.string(),
    ok: z.literal(true),
    result: z.unknown(),
    ms: z.number(),
  }),
  z.object({
    protocol: z.literal(NODE_PROTOCOL),
    step: z.string(),
    requestId: z.string(),
    node: z.string(),
    ok: z.literal(false),
    error: NodeError,
    ms: z.number(),
  }),
]);
export type NodeReply = z.infer<typeof NodeReply>;

/** A reply too long for SSM's 24,000 characters travels so: the line as it would have been, gzip, base64. */
export const PackedReply = z.strictObject({ protocol: z.literal(NODE_PROTOCOL), gzip: z.string() });
