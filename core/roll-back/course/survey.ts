/** A survey of the ring right before nodes are interrupted, and whether they may be (I3). */
import { z } from 'zod';
import { tellBroken } from '../../availability/broken.ts';
import type { Impact } from '../../availability/impact.ts';
import { type Availability, availabilityOf } from '../../availability/proof.ts';
import { RingTopology } from '../../availability/topology.ts';
import { addressOnly } from '../../cluster/addresses.ts';
import type { Registration } from '../../cluster/registration.ts';
import { RingwardError } from '../../errors/catalogue.ts';
import type { NodeObservation } from '../../node/facts.ts';

/** How one node sees the ring, by its own JMX. */
export const RingViewOfNode = z.object({
  node: z.string(),
  /** Addresses that it sees live, itself among them; as Cassandra writes them. */
  live: z.array(z.string()),
  joining: z.array(z.string()),
  schemaVersions: z.array(z.string()),
});
export type RingViewOfNode = z.infer<typeof RingViewOfNode>;

export const RingSurvey = z.object({
  /** When it was begun, ms. */
  at: z.number(),
  /** Token ranges and keyspaces, as CQL told them last; null where it never did. */
  topology: RingTopology.nullable(),
  views: z.array(RingViewOfNode),
  /** Nodes on which systemd says that Cassandra does not run. */
  stopped: z.array(z.string()).default([]),
  /** Nodes that could not be fenced: a step of an older execution may interrupt them at any time, so they count as down. */
  unfenced: z.array(z.string()).default([]),
});
export type RingSurvey = z.infer<typeof RingSurvey>;

/** What nodes said of themselves and of the ring, as a survey. */
export function surveyOf(
  observations: ReadonlyMap<string, Pick<NodeObservation, 'ring' | 'service'>>,
  known: Pick<RingSurvey, 'at' | 'topology' | 'unfenced'>,
): RingSurvey {
  return {
    ...known,
    views: [...observations].flatMap(([node, observation]) => viewOf(node, observation) ?? []),
    stopped: [...observations].flatMap(([node, { service }]) => (service.state === 'active' ? [] : [node])),
  };
}

/** A node whose JMX does not answer has no view. */
function viewOf(node: string, { ring }: Pick<NodeObservation, 'ring'>): RingViewOfNode | null {
  return ring === null
    ? null
    : { node, live: ring.live, joining: ring.joining, schemaVersions: ring.schemaVersions.filter((one) => one !== 'UNREACHABLE') };
}

/** So many nodes are asked for their views, of different racks first: gossip tells each of them what all know. */
const VIEWS = 5;

export function askedForViews({ nodes }: Place): string[] {
  const byRack = Map.groupBy(nodes, ({ datacenter, rack }) => JSON.stringify([datacenter, rack]));
  const turns = Math.max(...[...byRack.values()].map((rack) => rack.length));
  const inTurn = Array.from({ length: turns }, (_, i) => [...byRack.values()].flatMap((rack) => rack[i]?.node ?? [])).flat();
  return inTurn.slice(0, VIEWS);
}

type Place = Pick<Registration, 'nodes'>;

/** Why these nodes must not be interrupted together now, in one sentence; null when every range keeps its levels without them. */
export type Blocked = (nodes: readonly string[]) => string | null;

/**
 * By the token ranges where they are known. Where they are not, by the simple rule: one node at a time, while every other one is live in every view.
 * In doubt another node counts as lost, and the node itself as up: nobody loses a node that is surely down, so it alone may always go on.
 */
export function blockedBy(survey: RingSurvey, { nodes: registered }: Place): Blocked {
  const address = new Map(registered.map((one) => [one.node, addressOnly(one.address)]));
  const { doubtful, surelyDown } = livenessIn(survey, registered);
  const mismatch = unknownAddress(survey, registered);
  const unsettled = unsettledIn(survey);
  const known = rangesAreKnown(survey, registered) ? survey.topology : null;
  const counted = memo((up: string) => provenBy(known, survey, doubtful, new Set(up.split(' '))));
  return (nodes) => {
    const interrupted = nodes.filter((node) => !surelyDown.has(address.get(node) ?? ''));
    if (interrupted.length === 0) return null;
    if (registered.length === 1) return null;
    if (survey.views.length === 0) return 'no node’s view of the ring answers to show that the others are live';
    if (mismatch !== null) return mismatch;
    if (unsettled !== null) return unsettled;
    const addresses = interrupted.map((node) => address.get(node) ?? '');
    const lost = new Set([...doubtful].filter((one) => !addresses.includes(one)));
    // Those that are to be interrupted count as up, or a doubt about them would make their interruption free.
    const availability = counted(addresses.filter((one) => doubtful.has(one)).join(' '));
    if (availability === null) return simpleRule(interrupted, lost, registered);
    const proof = availability.without(new Set(addresses));
    if (proof.holds) return null;
    // Whoever keeps one replica, or reads two at QUORUM, loses the level at every restart of a node, and has chosen so.
    if (interrupted.length === 1 && lost.size === 0 && allOthersLive(survey, addresses)) return null;
    const [first, ...more] = proof.broken;
    return `without ${interrupted.join(', ')} ${first ? tellBroken(first) : 'a level is lost'}${more.length > 0 ? `, and ${more.length} more` : ''}`;
  };
}

/** Every other node of the ring is live for somebody; who is doubted is known already. */
function allOthersLive({ topology, views }: RingSurvey, interrupted: readonly string[]): boolean {
  const seen = new Set(views.flatMap(({ live }) => live.map(addressOnly)));
  return (topology?.nodes ?? []).map((one) => addressOnly(one.address)).every((one) => interrupted.includes(one) || seen.has(one));
}

function memo<T>(make: (key: string) => T): (key: string) => T {
  const made = new Map<string, T>();
  return (key) => {
    if (!made.has(key)) made.set(key, make(key));
    return made.get(key) as T;
  };
}

/** What restarting these nodes, one after the other, touches; null where the ranges are not known, or not of these nodes. */
export function impactOn(survey: RingSurvey, { nodes: registered }: Place, nodes: readonly string[]): Impact | null {
  if (!rangesAreKnown(survey, registered)) return null;
  const availability = provenBy(survey.topology, survey, livenessIn(survey, registered).doubtful, new Set());
  const addresses = registered.filter(({ node }) => nodes.includes(node)).map(({ address }) => addressOnly(address));
  return availability === null ? null : availability.impact(addresses.map((one) => [one]));
}

/** Ranges older than this may be of another ring. */
const OLDEST_MS = 86_400_000;

/** They are recent, and every node that is registered, or that anybody sees live, is in them with its tokens. */
function rangesAreKnown({ topology, views, at }: RingSurvey, registered: Place['nodes']): boolean {
  if (topology === null || at - topology.at > OLDEST_MS) return false;
  const withTokens = new Set(topology.nodes.filter(({ tokens }) => tokens.length > 0).map((one) => addressOnly(one.address)));
  const met = [...registered.map((one) => one.address), ...views.flatMap(({ live }) => live)].map(addressOnly);
  return met.every((address) => withTokens.has(address));
}

/** Null where no ranges are known, or a survey that contradicts itself says nothing of them. */
function provenBy(
  topology: RingTopology | null,
  { views }: RingSurvey,
  doubtful: ReadonlySet<string>,
  countedUp: ReadonlySet<string>,
): Availability | null {
  if (topology === null) return null;
  try {
    return availabilityOf(withLiveness(topology, views, new Set([...doubtful].filter((one) => !countedUp.has(one)))));
  } catch (error) {
    if (error instanceof RingwardError) return null;
    throw error;
  }
}

function simpleRule(interrupted: readonly string[], down: ReadonlySet<string>, registered: Place['nodes']): string | null {
  if (interrupted.length > 1) return 'the token ranges are not known, so nodes are interrupted one at a time';
  const other = registered.find((one) => !interrupted.includes(one.node) && down.has(addressOnly(one.address)));
  return other ? `${other.node} (${other.address}) is not live, and the token ranges are not known` : null;
}

interface Liveness {
  /** Registered addresses that at least one other node does not see live, or that could not be fenced. */
  readonly doubtful: ReadonlySet<string>;
  /** Those on which Cassandra does not run; and those that no view shows live, the node's own included, where there is another one. */
  readonly surelyDown: ReadonlySet<string>;
}

/** A node that no other one sees live sees the ring wrongly: its view counts for itself alone. */
function livenessIn({ views, unfenced, stopped }: RingSurvey, registered: Place['nodes']): Liveness {
  const address = new Map(registered.map((one) => [one.node, addressOnly(one.address)]));
  const lives = views.map(({ node, live }) => ({ node, live: new Set(live.map(addressOnly)) }));
  const credible = lives.filter(
    ({ node }) => lives.length === 1 || lives.some((other) => other.node !== node && other.live.has(address.get(node) ?? '')),
  );
  const doubted = (one: Place['nodes'][number]): boolean =>
    credible.some(({ node, live }) => node !== one.node && !live.has(addressOnly(one.address)));
  const shown = (one: Place['nodes'][number]): boolean => lives.some(({ live }) => live.has(addressOnly(one.address)));
  const addresses = (those: Place['nodes']): Set<string> => new Set(those.map((one) => addressOnly(one.address)));
  return {
    doubtful: addresses(registered.filter((one) => unfenced.includes(one.node) || doubted(one))),
    surelyDown: addresses(registered.filter((one) => stopped.includes(one.node) || (doubted(one) && !shown(one)))),
  };
}

/** A node that answered under an address that it does not know itself by: nothing that is said of addresses holds. */
function unknownAddress({ views }: RingSurvey, registered: Place['nodes']): string | null {
  const wrong = views.find(({ node, live }) => {
    const own = registered.find((one) => one.node === node);
    return own !== undefined && live.length > 0 && !live.map(addressOnly).includes(addressOnly(own.address));
  });
  const own = registered.find(({ node }) => node === wrong?.node);
  return own
    ? `${own.node} is registered as ${own.address}, and the ring does not know that address: register the one that Cassandra broadcasts`
    : null;
}

/** While a node joins, or the schema is not one, nothing is interrupted. */
function unsettledIn({ views }: RingSurvey): string | null {
  const joining = views.flatMap((view) => view.joining)[0];
  if (joining !== undefined) return `${addressOnly(joining)} is joining the ring: nothing is interrupted meanwhile`;
  const versions = new Set(views.flatMap(({ schemaVersions }) => schemaVersions));
  return versions.size > 1 ? `the nodes do not agree on one schema (${versions.size} versions): nothing is interrupted meanwhile` : null;
}

/** A node of the ring that is not registered is up if somebody sees it live. */
function withLiveness(topology: RingTopology, views: readonly RingViewOfNode[], down: ReadonlySet<string>): RingTopology {
  const seen = new Set(views.flatMap(({ live }) => live.map(addressOnly)));
  const nodes = topology.nodes.map((node) => {
    const address = addressOnly(node.address);
    return { ...node, address, up: !down.has(address) && seen.has(address) };
  });
  return { ...topology, nodes };
}
