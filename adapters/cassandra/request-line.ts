/** Requests on a connection that stays open, as applications have them. */
import type cassandra from 'cassandra-driver';
import type { CanaryIdentity } from '../secrets-manager/canary-identity.ts';
import { consistencyOf, driverOf } from './canary.ts';

interface RequestHow {
  readonly localDatacenter: string;
  /** Name of a consistency level, as in cluster.yaml. */
  readonly consistency: string;
  /** Of a connection, and of a request. */
  readonly timeoutMs: number;
}

/** A connection of the driver to one node that stays open, as applications have; when it breaks, the next request opens another. */
export class RequestLine {
  private client: Promise<cassandra.Client> | null = null;
  private readonly host: string;
  private readonly how: RequestHow;
  private readonly identity: CanaryIdentity;

  constructor(host: string, how: RequestHow, identity: CanaryIdentity) {
    this.host = host;
    this.how = how;
    this.identity = identity;
  }

  /** Ms of the request alone; null when it failed, or nothing could be opened. */
  async requestMs(): Promise<number | null> {
    const opened = this.client ?? this.open();
    this.client = opened;
    try {
      const client = await opened;
      const since = performance.now();
      await client.execute('SELECT host_id FROM system.local', [], { consistency: consistencyOf(this.how.consistency) });
      return performance.now() - since;
    } catch {
      if (this.client === opened) this.client = null;
      await closed(opened);
      return null;
    }
  }

  async close(): Promise<void> {
    if (this.client !== null) await closed(this.client);
  }

  private async open(): Promise<cassandra.Client> {
    const { localDatacenter, timeoutMs } = this.how;
    const client = driverOf({ nodes: [this.host], localDatacenter, timeoutMs }, this.identity);
    try {
      await client.connect();
      return client;
    } catch (error) {
      await client.shutdown().catch(() => undefined);
      throw error;
    }
  }
}

/** One that was never open, or is closed already, needs no closing. */
async function closed(opened: Promise<cassandra.Client>): Promise<void> {
  await opened.then((client) => client.shutdown()).catch(() => undefined);
}
