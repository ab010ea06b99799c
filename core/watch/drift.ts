/** What a cluster looked like when it was last found well, and how it differs from that now. Between deployments nothing should. */
import { z } from 'zod';
import type { NodeObservation } from '../node/facts.ts';

const hash = z.string();

/** Files, stores and ports of every node at a moment when all was well. Hashes are lower-case hex. */
export const WellState = z.object({
  at: z.number(),
  nodes: z.record(
    z.string(),
    z.object({ files: z.record(z.string(), hash), stores: z.record(z.string(), z.array(hash)), ports: z.record(z.string(), hash) }),
  ),
});
export type WellState = z.infer<typeof WellState>;

/** One difference. `was` and `is` are hashes, or `nothing`. */
export interface Drift {
  readonly node: string;
  readonly what: 'file' | 'store' | 'port';
  /** Path, or the port's name. */
  readonly where: string;
  readonly was: string;
  readonly is: string;
}

export function wellState(observations: ReadonlyMap<string, NodeObservation>, at: number): WellState {
  const nodes = [...observations].map(([node, { files, stores, listeners }]) => [
    node,
    {
      files: Object.fromEntries(files.flatMap(({ path, sha256 }) => (sha256 ? [[path, sha256]] : []))),
      stores: Object.fromEntries(stores.map(({ path, chain }) => [path, chain])),
      ports: Object.fromEntries(listeners.flatMap(({ listener, chain }) => (chain[0] ? [[listener, chain[0]]] : []))),
    },
  ]);
  return { at, nodes: Object.fromEntries(nodes) };
}

/** Every difference of the nodes that were looked at; a node that did not answer is another finding, no drift. */
export function driftOf(well: WellState, observations: ReadonlyMap<string, NodeObservation>): Drift[] {
  const now = wellState(observations, 0);
  return Object.entries(now.nodes).flatMap(([node, state]) => {
    const before = well.nodes[node];
    if (!before) return [];
    const differences = (what: Drift['what'], was: Readonly<Record<string, string>>, is: Readonly<Record<string, string>>): Drift[] =>
      [...new Set([...Object.keys(was), ...Object.keys(is)])]
        .filter((where) => was[where] !== is[where])
        .map((where) => ({ node, what, where, was: was[where] ?? 'nothing', is: is[where] ?? 'nothing' }));
    const files = differences('file', before.files, state.files);
    // A store whose file changed is told once, as the file.
    const told = new Set(files.map(({ where }) => where));
    const stores = differences('store', joined(before.stores), joined(state.stores)).filter(({ where }) => !told.has(where));
    return [...files, ...stores, ...differences('port', before.ports, state.ports)];
  });
}

function joined(stores: Readonly<Record<string, readonly string[]>>): Record<string, string> {
  return Object.fromEntries(Object.entries(stores).map(([path, chain]) => [path, chain.join(' ')]));
}
