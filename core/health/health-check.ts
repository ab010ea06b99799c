/**
 * Health checks of a cluster as an operator describes them in `cluster.yaml`: what applications, the load balancer and
 * the monitoring that is already there say, besides what the nodes say themselves.
 */
import { z } from 'zod';
import { isForbiddenAddress } from './forbidden-address.ts';

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,62}$/, 'letters, digits, space, ".", "_", "-"; at most 63');

const url = z
  .string()
  .max(2048)
  .refine((text) => {
    const parsed = URL.parse(text);
    return parsed !== null && /^https?:$/.test(parsed.protocol) && parsed.username === '' && parsed.password === '';
  }, 'an http:// or https:// address without a password in it')
  .refine((text) => !isForbiddenAddress(URL.parse(text)?.hostname ?? ''), 'no address of instance metadata or link-local');

/** What a number must be; every given limit must hold. */
export const NumberExpectation = z
  .strictObject({ below: z.number().optional(), above: z.number().optional(), equals: z.number().optional() })
  .refine((limits) => Object.values(limits).some((limit) => limit !== undefined), 'one of below, above, equals');
export type NumberExpectation = z.infer<typeof NumberExpectation>;

/** `clients`: what the canary trusts · `system`: the authorities that Node.js ships. */
const authorities = z.enum(['clients', 'system']).default('system');

const shared = {
  name,
  /** Least pause between two runs; a run takes place with a window of the soak, so never more often than those. */
  intervalSeconds: z.number().min(1).max(3600).default(5),
  /** Of each attempt. */
  timeoutSeconds: z.number().min(0.1).max(10).default(3),
  /** Further attempts of one run, after which it has failed. */
  retries: z.int().min(0).max(3).default(1),
  /** Its share of the score; 0 only informs. */
  weight: z.number().min(0).max(100).default(1),
};

export const HealthCheck = z.discriminatedUnion('kind', [
  /** An application, or a load balancer, answers a GET. Redirects are not followed: the status expected is that of the first answer. */
  z.strictObject({
    ...shared,
    kind: z.literal('http'),
    url,
    authorities,
    expect: z.strictObject({ status: z.int().min(100).max(599).default(200), contains: z.string().max(1000).optional() }).prefault({}),
  }),
  /** A port accepts a connection; with `tls`, a handshake whose chain and name hold. */
  z.strictObject({
    ...shared,
    kind: z.literal('tcp'),
    host: z
      .string()
      .min(1)
      .max(253)
      .refine((host) => !isForbiddenAddress(host), 'no address of instance metadata or link-local'),
    port: z.int().min(1).max(65_535),
    tls: z.strictObject({ authorities, name: z.string().max(253).optional() }).optional(),
  }),
  /** A query through the real driver to whichever node it chooses, as applications do. */
  z.strictObject({
    ...shared,
    kind: z.literal('cql'),
    query: z
      .string()
      .max(4000)
      .regex(/^\s*select\b/i, 'a SELECT: verification changes nothing')
      .refine((text) => !/;\s*\S/.test(text), 'one statement'),
    consistency: z.enum(['ONE', 'LOCAL_ONE', 'QUORUM', 'LOCAL_QUORUM', 'EACH_QUORUM', 'ALL']).default('LOCAL_QUORUM'),
    expect: z.strictObject({ rows: z.int().min(0).default(1) }).prefault({}),
  }),
  /** Every registered node is live and normal, as every other sees it. */
  z.strictObject({ ...shared, kind: z.literal('ring') }),
  /**
   * One schema version; no hints and no dropped messages since the look before. With `canaryTable` (`keyspace.table`, made by the
   * operator) rows are written and read through every data centre besides.
   */
  z.strictObject({
    ...shared,
    kind: z.literal('replication'),
    mostHints: z.int().min(0).default(0),
    mostDropped: z.int().min(0).default(0),
    canaryTable: z
      .string()
      .regex(/^[a-z][a-z0-9_]{0,47}\.[a-z][a-z0-9_]{0,47}$/, 'keyspace.table, in lower case')
      .refine((table) => !table.startsWith('system'), 'a keyspace of its own, none of Cassandra’s')
      .optional(),
    consistency: z.enum(['ONE', 'LOCAL_ONE', 'QUORUM', 'LOCAL_QUORUM', 'EACH_QUORUM', 'ALL']).default('LOCAL_QUORUM'),
  }),
  /** Every node reaches every other by a fresh handshake, with its own key. */
  z.strictObject({ ...shared, kind: z.literal('network') }),
  /** Targets of an ELBv2 target group. */
  z.strictObject({
    ...shared,
    kind: z.literal('load-balancer'),
    targetGroup: z
      .string()
      .regex(/^arn:[a-z-]+:elasticloadbalancing:[a-z0-9-]+:\d{12}:targetgroup\/[A-Za-z0-9-]+\/[A-Za-z0-9-]+$/, 'the ARN of a target group'),
    /** Share of the targets that must be healthy. */
    healthyPercent: z.number().min(1).max(100).default(100),
  }),
  /** A document of the allow-list (`-c healthDocuments=…` of the stack), run on one registered node; its exit code is the answer. */
  z.strictObject({
    ...shared,
    kind: z.literal('ssm-document'),
    document: z.string().regex(/^[A-Za-z0-9_.-]{3,128}$/, 'the name of a document'),
    /** Pinned: what runs is what was read. */
    version: z.string().regex(/^\d{1,6}$/, 'a version number'),
    node: z.string().regex(/^(i|mi)-[0-9a-f]{8,17}$/, 'an SSM managed-instance id'),
    timeoutSeconds: z.number().min(1).max(30).default(10),
  }),
  /** A function of the allow-list (`-c healthFunctions=…`); it answers `{"ok": true|false, "observed": "…"}`. */
  z.strictObject({ ...shared, kind: z.literal('lambda'), function: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'the name of a function') }),
  /** An instant query; every series of its answer must hold. */
  z.strictObject({
    ...shared,
    kind: z.literal('prometheus'),
    url,
    authorities,
    query: z.string().min(1).max(4000),
    expect: NumberExpectation,
  }),
  /** The newest data point of a metric. */
  z.strictObject({
    ...shared,
    kind: z.literal('cloudwatch'),
    namespace: z.string().min(1).max(255),
    metric: z.string().min(1).max(255),
    dimensions: z.record(z.string(), z.string()).default({}),
    statistic: z.enum(['Average', 'Sum', 'Minimum', 'Maximum', 'SampleCount']).default('Average'),
    periodSeconds: z.union([z.literal([1, 5, 10, 30]), z.int().min(60).max(3600).multipleOf(60)]).default(60),
    expect: NumberExpectation,
  }),
]);
export type HealthCheck = z.infer<typeof HealthCheck>;
export type HealthCheckOf<K extends HealthCheck['kind']> = Extract<HealthCheck, { readonly kind: K }>;

/** Health checks of a cluster, and which share of their weight must be well before a deployment is kept. */
export const Health = z.strictObject({
  leastScore: z.number().min(0).max(1).default(1),
  checks: z.array(HealthCheck).max(20).default([]),
});
export type Health = z.infer<typeof Health>;

/** Where a check is run: in the clients' network, against AWS's own interfaces, or from what the nodes told anyway. */
export type HealthPlace = 'endpoints' | 'services' | 'nodes';

const PLACES: Readonly<Record<HealthCheck['kind'], HealthPlace>> = {
  http: 'endpoints',
  tcp: 'endpoints',
  cql: 'endpoints',
  prometheus: 'endpoints',
  'load-balancer': 'services',
  'ssm-document': 'services',
  lambda: 'services',
  cloudwatch: 'services',
  ring: 'nodes',
  network: 'nodes',
  replication: 'nodes',
};

/** Every kind of check that can be registered. */
export const HEALTH_KINDS = Object.keys(PLACES) as readonly HealthCheck['kind'][];

export function placesOf(check: HealthCheck): readonly HealthPlace[] {
  const writesRows = check.kind === 'replication' && check.canaryTable !== undefined;
  return writesRows ? ['nodes', 'endpoints'] : [PLACES[check.kind]];
}

/** Is a check of this kind judged, wholly or in part, by what the nodes told? */
export function isJudgedByNodes(kind: string): boolean {
  return (PLACES as Readonly<Record<string, HealthPlace>>)[kind] === 'nodes';
}

/** Kinds of check whose answer comes from Cassandra, whatever becomes of applications. */
const OF_THE_RING: ReadonlySet<string> = new Set<HealthCheck['kind']>(['cql', 'ring', 'replication', 'network']);

/** Whether it asks the ring itself; any other may fail while the ring is well. */
export function asksRing(kind: string): boolean {
  return OF_THE_RING.has(kind);
}

/** The places that a function must ask, of all checks of a cluster. */
export function placesToAsk({ checks }: Health): Exclude<HealthPlace, 'nodes'>[] {
  return (['endpoints', 'services'] as const).filter((place) => checks.some((check) => placesOf(check).includes(place)));
}
