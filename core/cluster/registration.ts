/**
 * A cluster as an operator registers it once, in `cluster.yaml`. Everything that Ringward may touch or
 * dial is listed here; an event that names anything else is refused.
 */
import { z } from 'zod';
import { ConsistencyLevel } from '../availability/topology.ts';
import { Health } from '../health/health-check.ts';
import { ArtifactKind } from '../node/protocol.ts';
import { Limits } from '../profile/limits.ts';
import { DeclaredProfile } from '../profile/profile.ts';
import { RegisteredClient } from './clients.ts';
import { Environment } from './environment.ts';

const port = z.int().min(1).max(65_535);
const absolutePath = z
  .string()
  .regex(/^\/[^\0\n]*$/, 'an absolute path')
  .refine((p) => !p.split('/').includes('..'), 'no ".." in the path');
const identifier = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'letters, digits, ".", "_", "-"; at most 63');

const RegisteredFile = z.strictObject({ path: absolutePath, kind: ArtifactKind });
export type RegisteredFile = z.infer<typeof RegisteredFile>;

/** A Cassandra host: SSM managed instance = Cassandra node. */
const RegisteredNode = z.strictObject({
  /** SSM managed-instance id. */
  node: z.string().regex(/^(i|mi)-[0-9a-f]{8,17}$/, 'an SSM managed-instance id such as i-0123456789abcdef0'),
  address: z.string().min(1),
  datacenter: z.string().default('datacenter1'),
  rack: z.string().default('rack1'),
  /** Prefix for every registered path on this node, for hosts that run more than one Cassandra. */
  root: z.union([z.literal(''), absolutePath]).default(''),
  seed: z.boolean().default(false),
});
export type RegisteredNode = z.infer<typeof RegisteredNode>;

export const Registration = z.strictObject({
  schema: z.literal(1),
  cluster: identifier,
  environment: Environment,
  nodes: z.array(RegisteredNode).min(1),
  /** Every file that a certificate deployment may write, and every one a backup keeps. */
  files: z.array(RegisteredFile).min(1),
  cassandra: z.strictObject({
    home: absolutePath,
    yaml: absolutePath,
    service: z
      .string()
      .regex(/^[A-Za-z0-9@._-]{1,64}$/)
      .default('cassandra'),
    /** Read for the reason why a node did not start. */
    log: absolutePath.default('/var/log/cassandra/system.log'),
  }),
  ports: z.strictObject({ client: port.default(9042), internode: port.default(7000), jmx: port.default(7199) }).prefault({}),
  jmx: z
    .strictObject({
      /** `node`: the node's own address; otherwise an address such as 127.0.0.1. */
      address: z.string().default('127.0.0.1'),
      tlsProperties: absolutePath.optional(),
      passwordFile: absolutePath.optional(),
    })
    .prefault({}),
  /** The client canary: an identity of its own (Secrets Manager), and the level it reads at. */
  canary: z.strictObject({
    identitySecret: z.string().min(1),
    localDatacenter: z.string().default('datacenter1'),
    consistency: z.enum(['ONE', 'LOCAL_ONE', 'QUORUM', 'LOCAL_QUORUM', 'EACH_QUORUM', 'ALL']).default('LOCAL_QUORUM'),
  }),
  /**
   * Consistency levels that clients use, by keyspace: nodes are interrupted together, or at all, only while every range keeps them. A keyspace that
   * is not named is used at the canary's level; Cassandra's own are not used by clients unless they are named.
   */
  keyspaces: z.record(z.string().regex(/^\w{1,48}$/), z.strictObject({ levels: z.array(ConsistencyLevel).max(11) })).default({}),
  /** Who connects besides the canary: what their TLS libraries would say is told in every verification. */
  clients: z.array(RegisteredClient).max(32).default([]),
  /** Revocation lists (PEM or DER) that the operators keep current on every node; the JDK looks at none by default. */
  revocation: z.strictObject({ lists: z.array(absolutePath).max(8).default([]) }).prefault({}),
  /**
   * Whose rules hold, and what is otherwise here. Absent in what was registered before there were profiles: that is judged as
   * production is, as it was then.
   */
  profile: DeclaredProfile.optional(),
  /** Profiles of the operator's own, by name. */
  profiles: z.record(identifier, DeclaredProfile).default({}),
  /** In force: the profile's, and what cluster.yaml says otherwise. */
  limits: Limits.prefault({}),
  /** What applications, load balancers and monitoring say besides. */
  health: Health.prefault({}),
  /** Names or ARNs of the CloudWatch alarms that watch this cluster; `*` at the end matches a prefix. */
  alarms: z.array(z.string().min(1)).default([]),
});
export type Registration = z.infer<typeof Registration>;

/** Registered paths of one node, its root applied. */
export function filesOfNode(registration: Registration, node: RegisteredNode): RegisteredFile[] {
  return registration.files.map((file) => ({ ...file, path: node.root + file.path }));
}
