/** The ring as tables of numbers: nodes and token ranges by their index, in the order of the tokens. */
import { RingwardError } from '../errors/catalogue.ts';
import type { RingTopology } from './topology.ts';

/**
 * A ring cut into ranges by the tokens of some of its nodes. A range goes from the token before (exclusive) to its own (inclusive); the
 * first one wraps around. Ranges of the whole ring are the finest; a coarser one is a run of them.
 */
export interface Cut {
  /** Index of the last whole-ring range in each. */
  readonly ends: Uint32Array;
  /** The range of this cut in which each whole-ring range lies. */
  readonly rangeAt: Uint32Array;
}

/** A cut that replicas can be placed on. */
export interface OwnedCut extends Cut {
  /** Node that owns each range's token. */
  readonly owners: Uint16Array;
}

export interface Ring {
  /** By index; the index that follows the last stands for nobody. */
  readonly addresses: readonly string[];
  readonly indexOf: ReadonlyMap<string, number>;
  /** 1 for a node that is up, 0 for one that is down, and for nobody. */
  readonly up: Uint8Array;
  readonly datacenters: readonly string[];
  /** Rack of each node; the same name in two datacentres is two racks. */
  readonly racks: Uint16Array;
  /** Tokens in order. Range i of the whole ring ends with token i. */
  readonly tokens: readonly string[];
  /** Share of the token space that each range of the whole ring covers; together 1. */
  readonly shares: Float64Array;
  readonly whole: OwnedCut;
  /** The ring of each datacentre that owns tokens, apart, as `NetworkTopologyStrategy` walks it. */
  readonly cuts: ReadonlyMap<string, OwnedCut>;
}

/** Throws TOPOLOGY_CONTRADICTORY when an address or a token is there twice, or nobody owns a token. */
export function ringOf({ nodes, partitioner }: RingTopology): Ring {
  const indexOf = new Map(nodes.map(({ address }, index) => [address, index]));
  const twice = nodes.find(({ address }, index) => indexOf.get(address) !== index);
  if (twice) throw contradiction('nodes', twice.address, 'Two nodes have this address.');
  const rackNames = new Map<string, number>();
  const racks = Uint16Array.from(nodes, ({ datacenter, rack }) => {
    const name = JSON.stringify([datacenter, rack]);
    const known = rackNames.get(name) ?? rackNames.size;
    rackNames.set(name, known);
    return known;
  });
  const up = new Uint8Array(nodes.length + 1);
  nodes.forEach((node, index) => {
    up[index] = node.up ? 1 : 0;
  });
  const { tokens, owners, shares } = sortTokens(nodes, partitioner);
  const datacenters = nodes.map(({ datacenter }) => datacenter);
  return {
    addresses: nodes.map(({ address }) => address),
    indexOf,
    up,
    datacenters,
    racks,
    tokens,
    shares,
    whole: cutBy(owners, () => true),
    cuts: new Map(
      [...new Set(datacenters)].flatMap((datacenter) => {
        const cut = cutBy(owners, (node) => datacenters[node] === datacenter);
        return cut.ends.length === 0 ? [] : [[datacenter, cut] as const];
      }),
    ),
  };
}

/** Sorted by the numbers rounded to doubles, which keeps their order; exactly only where two of them are equal. */
function sortTokens(nodes: RingTopology['nodes'], partitioner: string): Pick<Ring, 'tokens' | 'shares'> & Pick<OwnedCut, 'owners'> {
  const written = nodes.flatMap(({ tokens }) => tokens);
  if (written.length === 0) throw contradiction('nodes', 'no tokens', 'No node owns a token.');
  const values = Float64Array.from(written, Number);
  const exactly = (a: number, b: number): number => {
    const difference = BigInt(written[a] as string) - BigInt(written[b] as string);
    if (difference === 0n && a !== b) throw contradiction('tokens', written[a] as string, 'Two nodes own this token, or one has it twice.');
    return Number(difference);
  };
  const sorted = Uint32Array.from(written, (_, index) => index).sort(
    (a, b) => (values[a] as number) - (values[b] as number) || exactly(a, b),
  );
  const ownerOf = new Uint16Array(written.length);
  let next = 0;
  nodes.forEach(({ tokens }, node) => {
    ownerOf.fill(node, next, next + tokens.length);
    next += tokens.length;
  });
  // Murmur3's tokens are −2^63 … 2^63 − 1, those of RandomPartitioner 0 … 2^127.
  const space = partitioner.endsWith('Murmur3Partitioner') ? 2 ** 64 : 2 ** 127;
  const valueAt = (index: number): number => values[sorted.at(index) as number] as number;
  return {
    tokens: Array.from(sorted, (index) => written[index] as string),
    owners: Uint16Array.from(sorted, (index) => ownerOf[index] as number),
    shares: Float64Array.from(sorted, (_, range) => (valueAt(range) - valueAt(range - 1) + (range === 0 ? space : 0)) / space),
  };
}

/** Cuts at the tokens of some nodes. */
function cutBy(owners: Uint16Array, cuts: (node: number) => boolean): OwnedCut {
  const own = new Uint16Array(owners.length);
  const ends = new Uint32Array(owners.length);
  const rangeAt = new Uint32Array(owners.length);
  let size = 0;
  for (let range = 0; range < owners.length; range += 1) {
    const owner = owners[range] as number;
    rangeAt[range] = size;
    if (!cuts(owner)) continue;
    own[size] = owner;
    ends[size] = range;
    size += 1;
  }
  // What follows the last token wraps around to the first range.
  rangeAt.fill(0, size === 0 ? 0 : (ends[size - 1] as number) + 1);
  return { owners: own.slice(0, size), ends: ends.slice(0, size), rangeAt };
}

/** Index of a node. Throws NODE_UNKNOWN for an address that the survey did not tell of. */
export function nodeIndex({ indexOf }: Ring, address: string): number {
  const index = indexOf.get(address);
  if (index === undefined)
    throw new RingwardError('NODE_UNKNOWN', {
      message: 'The node is not in the survey of the ring.',
      field: 'address',
      value: address,
      fix: 'Survey the ring again; a node that vanished or was replaced has another address now.',
    });
  return index;
}

/** A range of the whole ring as `nodetool describering` bounds it: `(left, right]`. */
export function rangeText({ tokens }: Ring, range: number): string {
  return `(${tokens.at(range - 1)}, ${tokens[range]}]`;
}

function contradiction(field: string, value: string, message: string): RingwardError {
  return new RingwardError('TOPOLOGY_CONTRADICTORY', { message, field, value });
}
