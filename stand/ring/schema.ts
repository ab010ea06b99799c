/** Keyspace, table and rows that clients of the stand read and write; made once, at replication factor 3. */

import { setTimeout as sleep } from 'node:timers/promises';
import { Client, types } from 'cassandra-driver';
import { connection } from '../load/connection.ts';
import type { Ring } from './topology.ts';
import { CLIENT_PORT, DATACENTER, KEYSPACE } from './topology.ts';

/** Table of the load, and how many rows it has. */
export const TABLE = `${KEYSPACE}.readings`;
export const ROWS = 100;

/** Where Ringward itself writes and reads on this stand, as its operators allowed it to. */
export const CANARY_TABLE = 'ringward_canary.rows';

/**
 * Makes keyspaces and tables where they are missing. Quickest and surest on the first node alone: the others take the
 * schema over as they join, and a node that has just lost its links can miss a later change for good.
 */
export async function makeSchema(ring: Ring, replicas: number): Promise<void> {
  await withClient(ring, async (client) => {
    for (const [table, columns] of [
      [TABLE, 'id int PRIMARY KEY, value text'],
      [CANARY_TABLE, 'writer text PRIMARY KEY, written bigint'],
    ] as const) {
      await client.execute(
        `CREATE KEYSPACE IF NOT EXISTS ${table.split('.')[0]} WITH replication = {'class': 'NetworkTopologyStrategy', '${DATACENTER}': ${replicas}}`,
      );
      await client.execute(`CREATE TABLE IF NOT EXISTS ${table} (${columns})`);
    }
  });
}

/** Proves with a read at ALL through every node that each sees all others, and writes the rows. */
export async function proveWhole(ring: Ring): Promise<void> {
  await withClient(ring, async (client) => {
    await untilWhole(client, ring);
    const insert = `INSERT INTO ${TABLE} (id, value) VALUES (?, ?)`;
    await Promise.all(
      Array.from({ length: ROWS }, (_, id) =>
        client.execute(insert, [id, `reading ${id}`], { prepare: true, consistency: types.consistencies.all }),
      ),
    );
  });
}

/** A client of the stand, for as long as the work takes. */
export async function withClient(ring: Ring, work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client(await connection(ring));
  try {
    await client.connect();
    await work(client);
  } finally {
    await client.shutdown();
  }
}

/** Nodes learn of each other by gossip, which takes moments after a start. */
async function untilWhole(client: Client, ring: Ring): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (const node of ring.nodes) {
    for (;;) {
      try {
        const host = client.hosts.get(`${node.address}:${CLIENT_PORT}`);
        if (!host) throw new Error('not in the ring yet');
        await client.execute(`SELECT id FROM ${TABLE} LIMIT 1`, [], { host, consistency: types.consistencies.all });
        break;
      } catch (error) {
        if (Date.now() > deadline)
          throw new Error(
            `node ${node.number} (${node.address}) does not see every other node after 60 s: ${(error as Error).message} → see its log in ${node.folder}/var/log/cassandra`,
            { cause: error },
          );
        await sleep(200);
      }
    }
  }
}
