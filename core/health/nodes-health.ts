/** The kinds of health check that the nodes' own reports answer: ring, replication (read-only), network. */
import { addressOnly } from '../cluster/addresses.ts';
import type { RegisteredNode } from '../cluster/registration.ts';
import { type LoadSample, loadBetween } from '../load/load-sample.ts';
import type { NodeObservation } from '../node/facts.ts';
import { judgeHandshake } from '../verify/handshake.ts';
import { failed, type Observed, passed, unknown } from './expectation.ts';
import { type HealthCheck, type HealthCheckOf, placesOf } from './health-check.ts';
import type { HealthSample } from './health-sample.ts';

export interface NodesSeen {
  readonly nodes: readonly RegisteredNode[];
  readonly observations: ReadonlyMap<string, NodeObservation>;
  /** Each node's newest counters of an earlier look, where there is one. */
  readonly counters: ReadonlyMap<string, LoadSample>;
}

/** Samples of every check that the nodes answer, at `now`. */
export function nodesHealth(checks: readonly HealthCheck[], seen: NodesSeen, now: number): HealthSample[] {
  return checks
    .filter((check) => placesOf(check).includes('nodes'))
    .map((check) => {
      const observed =
        check.kind === 'ring'
          ? ringHealth(seen)
          : check.kind === 'network'
            ? networkHealth(seen)
            : replicationHealth(seen, check as HealthCheckOf<'replication'>);
      return { check: check.name, place: 'nodes', ...observed, at: now, ms: 0, attempts: 1 };
    });
}

const silent = ({ nodes, observations }: NodesSeen): string[] =>
  nodes.filter(({ node }) => !observations.has(node)).map(({ node }) => node);

/** Ring view of every node: all others live, itself normal. */
export function ringHealth(seen: NodesSeen): Observed {
  const bad: string[] = [];
  const open = silent(seen).map((node) => `${node} did not report`);
  for (const { node } of seen.nodes) {
    const observation = seen.observations.get(node);
    if (!observation) continue;
    if (!observation.ring) {
      open.push(`${node} has no view of the ring`);
      continue;
    }
    if (observation.ring.operationMode !== 'NORMAL') bad.push(`${node} is ${observation.ring.operationMode}`);
    const live = new Set(observation.ring.live.map(addressOnly));
    const down = seen.nodes.filter(({ address }) => !live.has(addressOnly(address))).map((one) => one.node);
    if (down.length > 0) bad.push(`${node} sees ${down.join(', ')} down`);
  }
  return concluded(bad, open, `all ${seen.nodes.length} nodes are normal, and live for every node`);
}

/** Fresh handshakes of every node with every other. */
export function networkHealth(seen: NodesSeen): Observed {
  const bad: string[] = [];
  const open = silent(seen).map((node) => `${node} did not report`);
  let links = 0;
  for (const [node, { peers }] of seen.observations)
    for (const fact of peers) {
      links += 1;
      if (!judgeHandshake(fact).answered) bad.push(`${node} → ${fact.to}: ${fact.error ?? fact.handshake}`);
    }
  if (links === 0 && seen.nodes.length > 1) open.push('no handshake between nodes was tried');
  return concluded(bad, open, `${links} links between ${seen.nodes.length} nodes answer`);
}

/** One schema version; hints and dropped messages since the look before. */
export function replicationHealth(seen: NodesSeen, limits: Pick<HealthCheckOf<'replication'>, 'mostHints' | 'mostDropped'>): Observed {
  const bad: string[] = [];
  const open = silent(seen).map((node) => `${node} did not report`);
  const schemas = new Set([...seen.observations.values()].flatMap(({ ring }) => ring?.schemaVersions ?? []));
  if (schemas.size > 1) bad.push(`${schemas.size} schema versions`);
  if (schemas.size === 0) open.push('no schema version is known');
  let [hints, dropped] = [0, 0];
  // The very first look has nothing to count from; that is told, and is no fault.
  const first = seen.nodes.every(({ node }) => !seen.counters.has(node));
  for (const [node, { load }] of seen.observations) {
    const before = seen.counters.get(node);
    if (load?.hints === undefined) open.push(load ? `${node} counts no hints` : `${node} told no counters`);
    else if (!first) {
      const since = before ? loadBetween(before, load) : null;
      hints += since?.hints ?? 0;
      dropped += since?.dropped ?? 0;
      if (!since || since.hints === null) open.push(`${node}’s counters cannot be held against earlier ones`);
    }
  }
  if (hints > limits.mostHints) bad.push(`${hints} hints written since the look before: some replica misses writes`);
  if (dropped > limits.mostDropped) bad.push(`${dropped} messages dropped since the look before`);
  const told = first ? 'no earlier counters to hold them against' : `${hints} hints, ${dropped} dropped since the look before`;
  return concluded(bad, open, `one schema version; ${told}; seen read-only`);
}

function concluded(bad: readonly string[], open: readonly string[], good: string): Observed {
  if (bad.length > 0) return failed(`${bad.slice(0, 3).join('; ')}${bad.length > 3 ? `; and ${bad.length - 3} more` : ''}`);
  return open.length > 0 ? unknown(open.join('; ')) : passed(good);
}
