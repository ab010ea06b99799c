/** Queries of health checks through the real driver, as an application's would go: to any node of the local data centre. */
import type cassandra from 'cassandra-driver';
import type { Registration } from '../../core/cluster/registration.ts';
import { failed, type Observed, passed, unknown } from '../../core/health/expectation.ts';
import type { CanaryIdentity } from '../secrets-manager/canary-identity.ts';
import { consistencyOf, describeDriverError, driverOf } from './canary.ts';

/** Rows that a SELECT returns; at most its first page is read. */
export async function readRows(
  registration: Registration,
  identity: CanaryIdentity,
  query: string,
  consistency: string,
  timeoutMs: number,
): Promise<number> {
  const client = driverFor(registration, registration.canary.localDatacenter, identity, timeoutMs);
  try {
    await client.connect();
    return (await client.execute(query, [], { consistency: consistencyOf(consistency), fetchSize: 100 })).rowLength;
  } catch (error) {
    throw new Error(describeDriverError(error), { cause: error });
  } finally {
    await client.shutdown().catch(() => undefined);
  }
}

/** How long canary rows live: they are nobody's data, and go by themselves. */
const ROW_SECONDS = 3600;

export interface CanaryRows {
  /** `keyspace.table`, of the form that the registration's schema allows. */
  readonly table: string;
  readonly consistency: string;
  readonly timeoutMs: number;
}

/**
 * Writes a row through every data centre and reads each through every data centre. The table is the operator's:
 * `CREATE TABLE ringward_canary.rows (writer text PRIMARY KEY, written bigint)`.
 */
export async function writeCanaryRows(
  registration: Registration,
  identity: CanaryIdentity,
  { table, consistency, timeoutMs }: CanaryRows,
): Promise<Observed> {
  const level = { consistency: consistencyOf(consistency) };
  const written = String(Date.now());
  const datacenters = [...new Set(registration.nodes.map(({ datacenter }) => datacenter))];
  const drivers = datacenters.map((datacenter) => [datacenter, driverFor(registration, datacenter, identity, timeoutMs)] as const);
  const missed: string[] = [];
  try {
    for (const [datacenter, driver] of drivers) {
      await driver.connect();
      await driver.execute(`INSERT INTO ${table} (writer, written) VALUES (?, ?) USING TTL ${ROW_SECONDS}`, [datacenter, written], {
        ...level,
        hints: ['text', 'bigint'],
      });
    }
    for (const [reader, driver] of drivers)
      for (const writer of datacenters) {
        const row = (
          await driver.execute(`SELECT written FROM ${table} WHERE writer = ?`, [writer], { ...level, hints: ['text'] })
        ).first();
        if (String(row?.['written']) !== written) missed.push(`what ${writer} wrote is not what ${reader} reads`);
      }
  } catch (error) {
    const words = describeDriverError(error);
    // A table that is not there, or rights that are missing, say nothing about replication.
    if (/unconfigured table|does not exist|Keyspace '|Unauthorized|permission/i.test(words))
      return unknown(`the canary table ${table} cannot be used: ${words}`);
    throw new Error(words, { cause: error });
  } finally {
    await Promise.all(drivers.map(([, driver]) => driver.shutdown().catch(() => undefined)));
  }
  return missed.length > 0 ? failed(missed.join('; ')) : passed(`written and read at ${consistency} through ${datacenters.join(', ')}`);
}

export function driverFor(
  { nodes, ports }: Registration,
  localDatacenter: string,
  identity: CanaryIdentity,
  timeoutMs: number,
): cassandra.Client {
  const local = nodes.filter(({ datacenter }) => datacenter === localDatacenter).map(({ address }) => `${address}:${ports.client}`);
  return driverOf({ nodes: local, localDatacenter, timeoutMs }, identity);
}
