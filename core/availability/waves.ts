/** Groups of nodes that may be interrupted together (I3): as parallel as availability permits. */
import { brokenWithout, tellBroken } from './broken.ts';
import type { RingDemands } from './demands.ts';
import { interruptionOf } from './interruption.ts';
import { nodeIndex, type Ring } from './ring.ts';
import type { Standing } from './standing.ts';

export interface WaveOptions {
  /** Most nodes in one wave, from 1 on. */
  readonly most: number;
  /** Addresses of seeds: never all live ones together, and the only live one alone, as a node that starts asks a seed for the ring. */
  readonly seeds?: ReadonlySet<string>;
  /** Whether the nodes of a wave must stand in one rack. */
  readonly oneRack?: boolean;
}

export interface Waves {
  /** Addresses; one wave after the other, each when all nodes of the one before are up again. */
  readonly waves: readonly (readonly string[])[];
  /** Nodes that cannot be interrupted even alone while those are down that are down now. */
  readonly never: readonly { readonly address: string; readonly why: string }[];
}

interface Wave {
  readonly nodes: number[];
  /** While this wave is interrupted. */
  readonly standing: Standing;
}

/**
 * Puts each node, in the order given, into the first wave in which every range that it is a replica of keeps its levels; nodes that are
 * down now stay down through all waves, and cost nothing. The same input gives the same waves. Throws NODE_UNKNOWN.
 */
export function wavesOf(demands: RingDemands, order: readonly string[], options: WaveOptions): Waves {
  const { ring } = demands;
  if (!(options.most >= 1)) throw new RangeError(`a wave has at least one node, not ${options.most}`);
  const waves: Wave[] = [];
  const never: { address: string; why: string }[] = [];
  let open: Wave[] = [];
  for (const address of new Set(order)) {
    const node = nodeIndex(ring, address);
    const fitting = open.find(
      (wave) => inOneRack(ring, wave, node, options) && leavesSeed(ring, wave, node, options) && join(demands, wave, node),
    );
    const wave = fitting ?? { nodes: [], standing: demands.now.copy() };
    if (!fitting) {
      if (!join(demands, wave, node)) {
        never.push({ address, why: whyNever(demands, address) });
        continue;
      }
      waves.push(wave);
      open.push(wave);
    }
    if (wave.nodes.length >= options.most) open = open.filter((other) => other !== wave);
  }
  return { waves: waves.map(({ nodes }) => nodes.map((node) => ring.addresses[node] as string)), never };
}

/** Takes the node into the wave if every range that it is a replica of keeps its levels; others' ranges do not change. */
function join({ ring, judged }: RingDemands, { nodes, standing }: Wave, node: number): boolean {
  // Nobody loses a node that is down.
  const holds = ring.up[node] === 0 || standing.take(node, judged);
  if (holds) nodes.push(node);
  return holds;
}

function inOneRack({ racks }: Ring, { nodes: [first] }: Wave, node: number, { oneRack = false }: WaveOptions): boolean {
  return !oneRack || first === undefined || racks[first] === racks[node];
}

/** Whether a live seed stays outside of the wave, if there is one at all. */
function leavesSeed(ring: Ring, { standing: { up } }: Wave, node: number, { seeds = new Set() }: WaveOptions): boolean {
  const known = [...seeds].flatMap((address) => ring.indexOf.get(address) ?? []).filter((seed) => ring.up[seed] === 1);
  return known.length === 0 || known.some((seed) => seed !== node && up[seed] === 1);
}

function whyNever(demands: RingDemands, address: string): string {
  const [first, ...more] = brokenWithout(demands, interruptionOf(demands.ring, [address]));
  return `${first ? tellBroken(first) : ''}${more.length > 0 ? `; and ${more.length} more` : ''}`;
}
