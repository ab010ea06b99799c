/** Steady reads and writes with the real driver, on connections that were opened at the start. */

import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'cassandra-driver';
import { ROWS, TABLE } from '../ring/schema.ts';
import type { Ring } from '../ring/topology.ts';
import type { Consistency } from './connection.ts';
import { connection } from './connection.ts';
import type { LoadResult, QueryError } from './messages.ts';

const TICK_MS = 20;

export type QueryResult = Pick<LoadResult, 'queries' | 'queryErrors' | 'latencyMs' | 'connectionsAtStart' | 'hostsLost'>;

/** Open-loop load: queries leave at the asked rate, however long the ones before take. */
export class Queries {
  readonly errors: QueryError[] = [];
  #client: Client;
  #latencies: number[] = [];
  #inFlight = 0;
  #next = 0;
  #due = 0;
  #hostsLost = 0;
  #connectionsAtStart = 0;
  #timer: NodeJS.Timeout | undefined;

  private constructor(client: Client) {
    this.#client = client;
  }

  /** Connects to every node, prepares the statements, and begins. */
  static async start(ring: Ring, consistency: Consistency, rate: number): Promise<Queries> {
    const queries = new Queries(
      new Client({ ...(await connection(ring, consistency)), pooling: { coreConnectionsPerHost: { '0': 2, '1': 1 }, warmup: true } }),
    );
    await queries.#begin(rate);
    return queries;
  }

  get ended(): number {
    return this.#latencies.length + this.errors.length;
  }

  async #begin(rate: number): Promise<void> {
    await this.#client.connect();
    for (let id = 0; id < 6; id++) await this.#query(id);
    if (this.errors.length > 0) throw new Error(`the ring answers no queries: ${this.errors[0]?.error}`);
    this.#latencies.length = 0;
    const state = this.#client.getState();
    this.#connectionsAtStart = state.getConnectedHosts().reduce((sum, host) => sum + state.getOpenConnections(host), 0);
    this.#client.on('hostDown', () => {
      this.#hostsLost += 1;
    });
    let last = performance.now();
    this.#timer = setInterval(() => {
      const now = performance.now();
      this.#due += ((now - last) * rate) / 1000;
      last = now;
      for (; this.#due >= 1; this.#due -= 1) void this.#query(this.#next++);
    }, TICK_MS);
  }

  async #query(number: number): Promise<void> {
    const id = number % ROWS;
    const began = performance.now();
    this.#inFlight += 1;
    try {
      if (number % 2 === 0) await this.#client.execute(`SELECT value FROM ${TABLE} WHERE id = ?`, [id], { prepare: true });
      else await this.#client.execute(`INSERT INTO ${TABLE} (id, value) VALUES (?, ?)`, [id, `reading ${number}`], { prepare: true });
      this.#latencies.push(performance.now() - began);
    } catch (error) {
      this.errors.push({ at: Date.now(), error: `${(error as Error).name}: ${(error as Error).message}` });
    } finally {
      this.#inFlight -= 1;
    }
  }

  /** Sends no more, waits for what is under way (the driver's own time-out bounds it), and closes. */
  async stop(): Promise<QueryResult> {
    clearInterval(this.#timer);
    while (this.#inFlight > 0) await sleep(5);
    await this.#client.shutdown();
    const sorted = this.#latencies.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
    return {
      queries: this.ended,
      queryErrors: this.errors,
      latencyMs: { median: at(0.5), p99: at(0.99), max: sorted.at(-1) ?? 0 },
      connectionsAtStart: this.#connectionsAtStart,
      hostsLost: this.#hostsLost,
    };
  }
}
