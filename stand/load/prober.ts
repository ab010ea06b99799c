/** Opens a fresh connection to each node again and again, as newly started clients do, and remembers each outcome. */
import { setTimeout as sleep } from 'node:timers/promises';
import { askOptions } from '../cql-probe.ts';
import { CLIENT, clientCredentials } from '../pki/material.ts';
import type { Ring } from '../ring/topology.ts';
import { CLIENT_PORT } from '../ring/topology.ts';
import type { Probe } from './messages.ts';

export class Prober {
  readonly probes: Probe[] = [];
  #stopping = false;
  #loops: Promise<void>[] = [];

  static async start(ring: Ring, everyMs: number): Promise<Prober> {
    const prober = new Prober();
    const credentials = await clientCredentials(ring.pki, CLIENT);
    prober.#loops = ring.nodes.map(async ({ node, address }, index) => {
      // Spread over the interval, so that nodes are not all asked in the same moment.
      await sleep((everyMs * index) / ring.nodes.length);
      while (!prober.#stopping) {
        const at = Date.now();
        prober.probes.push({ at, node, address, ...(await askOptions(address, CLIENT_PORT, credentials)) });
        await sleep(Math.max(0, at + everyMs - Date.now()));
      }
    });
    return prober;
  }

  get failed(): number {
    return this.probes.filter((probe) => !probe.ok).length;
  }

  async stop(): Promise<readonly Probe[]> {
    this.#stopping = true;
    await Promise.all(this.#loops);
    return this.probes;
  }
}
