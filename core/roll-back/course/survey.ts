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
});
export type RingSurvey = z.infer<typeof RingSurvey>;

/** A node whose JMX does not answer has no view. */
export function viewOf(node: string, { ring }: Pick<NodeObservation, 'ring'>): RingViewOfNode | null {
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
 * Nobody loses a node that is down, so it may always go on.
 */
export function blockedBy(survey: RingSurvey, { nodes: registered }: Place): Blocked {
  const address = new Map(registered.map((one) => [one.node, addressOnly(one.address)]));
  const down = downIn(survey, registered);
  const unsettled = unsettledIn(survey);
  const availability = provenBy(survey, down);
  const told = new Set(survey.topology?.nodes.map((one) => addressOnly(one.address)));
  return (nodes) => {
    const interrupted = nodes.filter((node) => !down.has(address.get(node) ?? ''));
    if (interrupted.length === 0) return null;
    if (survey.views.length === 0) return 'no node’s view of the ring answers to show that the others are live';
    if (unsettled !== null) return unsettled;
    const stranger = interrupted.find((node) => !told.has(address.get(node) ?? ''));
    if (availability === null || stranger !== undefined) return simpleRule(interrupted, down, registered);
    const proof = availability.without(new Set(interrupted.map((node) => address.get(node) as string)));
    if (proof.holds) return null;
    const [first, ...more] = proof.broken;
    return `without ${interrupted.join(', ')} ${first ? tellBroken(first) : 'a level is lost'}${more.length > 0 ? `, and ${more.length} more` : ''}`;
  };
}

/** What restarting these nodes, one after the other, touches; null where the ranges are not known, or not of these nodes. */
export function impactOn(survey: RingSurvey, { nodes: registered }: Place, nodes: readonly string[]): Impact | null {
  const availability = provenBy(survey, downIn(survey, registered));
  const told = new Set(survey.topology?.nodes.map((one) => addressOnly(one.address)));
  const addresses = registered.filter(({ node }) => nodes.includes(node)).map(({ address }) => addressOnly(address));
  return availability === null || addresses.some((address) => !told.has(address))
    ? null
    : availability.impact(addresses.map((one) => [one]));
}

/** Null where no ranges are known, or a survey that contradicts itself says nothing of them. */
function provenBy({ topology, views }: RingSurvey, down: ReadonlySet<string>): Availability | null {
  if (topology === null) return null;
  try {
    return availabilityOf(withLiveness(topology, views, down));
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

/** Registered addresses that at least one other node does not see live. */
function downIn({ views }: RingSurvey, registered: Place['nodes']): ReadonlySet<string> {
  const lives = views.map(({ node, live }) => ({ node, live: new Set(live.map(addressOnly)) }));
  return new Set(
    registered
      .filter((one) => lives.some(({ node, live }) => node !== one.node && !live.has(addressOnly(one.address))))
      .map((one) => addressOnly(one.address)),
  );
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
