/** The client canary: the real driver, a fresh connection to one node, one read at the cluster's level. */
import cassandra from 'cassandra-driver';
import type { CanaryFact } from '../../core/verify/client-observation.ts';
import type { CanaryIdentity } from '../secrets-manager/canary-identity.ts';

const CONNECT_MS = 3000;

export interface CanaryTarget {
  readonly node: string;
  readonly address: string;
  readonly port: number;
  readonly localDatacenter: string;
  /** Name of a consistency level, as in cluster.yaml. */
  readonly consistency: string;
}

/** What of the driver the canary uses. */
export interface CanaryDriver {
  connect(): Promise<void>;
  execute(query: string, parameters: [], options: { readonly consistency: number }): Promise<{ readonly rowLength: number }>;
  shutdown(): Promise<void>;
}

/**
 * Connects to exactly this node and reads its own row of `system.local`; verifies the chain and the name as a client does.
 * @param open makes the driver
 */
export async function askAsClient(
  target: CanaryTarget,
  identity: CanaryIdentity,
  open: (target: DriverTarget, identity: CanaryIdentity) => CanaryDriver = driverOf,
): Promise<CanaryFact> {
  const since = performance.now();
  const { node, address, port, localDatacenter } = target;
  const client = open({ nodes: [`${address}:${port}`], localDatacenter, timeoutMs: CONNECT_MS }, identity);
  let connected = false;
  try {
    await client.connect();
    connected = true;
    const connectedAt = performance.now();
    const result = await client.execute('SELECT host_id, release_version FROM system.local', [], {
      consistency: consistencyOf(target.consistency),
    });
    const answered = performance.now();
    // A read takes a millisecond or two: a whole number would hide a doubling.
    const readMs = Math.round((answered - connectedAt) * 100) / 100;
    return { node, connected, rows: result.rowLength, ms: Math.round(answered - since), readMs };
  } catch (error) {
    return { node, connected, error: describeDriverError(error), ms: Math.round(performance.now() - since) };
  } finally {
    await client.shutdown().catch(() => undefined);
  }
}

export interface DriverTarget {
  /** `address:port` of the nodes that may be asked, and of no others. */
  readonly nodes: readonly string[];
  readonly localDatacenter: string;
  /** Of a connection, and of a read. */
  readonly timeoutMs: number;
}

/** The driver with the canary's identity. It tries nothing twice: whoever asks decides that. */
export function driverOf({ nodes, localDatacenter, timeoutMs }: DriverTarget, identity: CanaryIdentity): cassandra.Client {
  const client = new cassandra.Client({
    contactPoints: [...nodes],
    localDataCenter: localDatacenter,
    policies: {
      loadBalancing: new cassandra.policies.loadBalancing.AllowListPolicy(
        new cassandra.policies.loadBalancing.DCAwareRoundRobinPolicy(localDatacenter),
        [...nodes],
      ),
      retry: new cassandra.policies.retry.FallthroughRetryPolicy(),
      reconnection: new cassandra.policies.reconnection.ConstantReconnectionPolicy(60_000),
    },
    // What a probe asks needs no schema, and reading it would cost each node more than all the rest.
    isMetadataSyncEnabled: false,
    pooling: { coreConnectionsPerHost: { 0: 1, 1: 1, 2: 1 }, warmup: false },
    socketOptions: { connectTimeout: timeoutMs, readTimeout: timeoutMs },
    sslOptions: {
      cert: identity.certificate,
      key: identity.privateKey,
      ca: identity.authorities,
      rejectUnauthorized: true,
      // The name is a check of its own (SAN covers the address); here it would hide what the driver says of the chain.
      checkServerIdentity: () => undefined,
    },
  });
  // The driver tells a failed reconnection by this event, and an unheard error would end the function.
  client.on('log', () => undefined);
  return client;
}

/** The driver's number for a level as `cluster.yaml` writes it. */
export function consistencyOf(name: string): cassandra.types.consistencies {
  return cassandra.types.consistencies[consistencyName(name)];
}

type ConsistencyName = keyof typeof cassandra.types.consistencies;

/** `LOCAL_QUORUM` → `localQuorum`, as the driver writes it. */
function consistencyName(name: string): ConsistencyName {
  return name.toLowerCase().replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()) as ConsistencyName;
}

/** The driver wraps what each host said into `innerErrors`. */
export function describeDriverError(error: unknown): string {
  const inner = Object.values((error as { innerErrors?: Record<string, unknown> }).innerErrors ?? {});
  const root = (inner[0] ?? error) as { code?: unknown; message?: string; name?: string };
  return `${root.code ?? root.name}: ${root.message ?? String(root)}`.slice(0, 300);
}
