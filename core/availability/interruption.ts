/** Nodes that are interrupted together, as the tables of a ring know them. */
import { nodeIndex, type Ring } from './ring.ts';

/** 1 for each node (by index) that has the property; the last place, which stands for nobody, is 0. */
export type Flags = Uint8Array;

export interface Interruption {
  /** Indices of the nodes that are up now and would not be. */
  readonly nodes: readonly number[];
  readonly gone: Flags;
  /** Nodes that stay up. */
  readonly up: Flags;
}

/** A node that is down already is lost to nobody, and left out. Throws NODE_UNKNOWN for an address that the survey did not tell of. */
export function interruptionOf(ring: Ring, addresses: Iterable<string>): Interruption {
  const nodes = [...new Set(addresses)].map((address) => nodeIndex(ring, address)).filter((node) => ring.up[node] === 1);
  const gone = new Uint8Array(ring.up.length);
  const up = ring.up.slice();
  for (const node of nodes) {
    gone[node] = 1;
    up[node] = 0;
  }
  return { nodes, gone, up };
}
