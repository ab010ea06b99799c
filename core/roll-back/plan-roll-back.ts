/**
 * Plans the way back of each node: hot where only certificate files changed and the port reloads, by restart
 * where the process would not see the old state otherwise; refused where going back is unsafe (I1, I3, I10).
 */

import type { Impact } from '../availability/impact.ts';
import type { CataloguedBackup } from '../backup/catalogue.ts';
import { canonicalHash } from '../canonical.ts';
import { addressOnly } from '../cluster/addresses.ts';
import type { RegisteredNode } from '../cluster/registration.ts';
import { RingwardError } from '../errors/catalogue.ts';
import type { NodeObservation } from '../node/facts.ts';
import { ON_THE_WAY } from '../verify/checks/joining.ts';
import { type Blocked, blockedBy, impactOn } from './course/survey.ts';
import { type PlannedPlace, wavesOf } from './course/wave.ts';
import { type Difference, differenceToBackup } from './difference.ts';
import { NOTHING_TO_DO, type NodePlan, type RollbackPlan } from './plan.ts';
import type { RollbackRequest } from './request.ts';
import { type JudgedTarget, judgeTargets, type PlannedSafety, safetyOf } from './safety.ts';

type Refusal = RollbackPlan['refused'][number];
type Planned = ({ readonly plan: NodePlan; readonly registered: RegisteredNode } | { readonly refusal: Refusal }) & {
  readonly safety: PlannedSafety;
};

/** The plan as data. Throws `NODE_UNKNOWN` for a node that is not registered. */
export function planRollBack(request: RollbackRequest): RollbackPlan {
  const wanted = wantedNodes(request);
  const judge = judgeTargets(request, new Set(wanted.map(({ node }) => node)));
  const blocked = blockedByRanges(request);
  const planned = wanted.map((registered) => planNode(registered, request, judge(registered), blocked));
  const plans = planned.filter((one) => 'plan' in one);
  const refused = planned.flatMap((one) => ('refusal' in one ? [one.refusal] : []));
  const hot = plans.filter(({ plan }) => plan.way === 'hot').map(({ plan }) => plan);
  const restart = inSafeOrder(
    plans.filter(({ plan }) => plan.way === 'restart'),
    request,
  ).map(({ plan }) => plan);
  const body = {
    cluster: request.registration.cluster,
    deployment: request.deployment,
    epoch: request.epoch,
    scope: request.scope,
    ...safetyOf(planned.map(({ safety }) => safety)),
    hot,
    restart,
    mode: request.mode ?? ('automated' as const),
    waves: wavesOf(placed(hot, restart, request), request.mode ?? 'automated', request.registration.limits.waveSoakSeconds),
    impact: impactOfRestarts(restart, request),
    refused,
  };
  return { ...body, hash: canonicalHash(body) };
}

/** In the order in which they go back, each with its place in the ring. */
function placed(hot: readonly NodePlan[], restart: readonly NodePlan[], { registration }: RollbackRequest): PlannedPlace[] {
  const place = new Map(registration.nodes.map((one) => [one.node, one]));
  return [...hot, ...restart].flatMap(({ node, way }) => {
    const registered = place.get(node);
    return registered ? [{ node, way, datacenter: registered.datacenter, rack: registered.rack }] : [];
  });
}

/** Null where none restarts, or where the ranges are not known. */
function impactOfRestarts(restart: readonly NodePlan[], { survey, registration }: RollbackRequest): Impact | null {
  return survey && restart.length > 0
    ? impactOn(
        survey,
        registration,
        restart.map(({ node }) => node),
      )
    : null;
}

function wantedNodes({ registration, nodes, backups }: RollbackRequest): RegisteredNode[] {
  if (!nodes) return registration.nodes.filter(({ node }) => backups.some((backup) => backup.node === node));
  const found = nodes.map((named) => {
    const registered = registration.nodes.find(({ node, address }) => node === named || address === named);
    if (!registered)
      throw new RingwardError('NODE_UNKNOWN', {
        field: 'nodes',
        value: named,
        fix: `Name one of ${registration.nodes.map(({ node }) => node).join(', ')}.`,
      });
    return registered;
  });
  return [...new Set(found)];
}

/** By the token ranges, reckoned once for all nodes of a plan; null where they were never read. */
const blockedByRanges = ({ survey, registration }: RollbackRequest): Blocked | null =>
  survey?.topology ? blockedBy(survey, registration) : null;

function planNode(registered: RegisteredNode, request: RollbackRequest, judged: JudgedTarget, blockedNow: Blocked | null): Planned {
  const { node } = registered;
  const refuse = (why: string, wayForward: string, refused: PlannedSafety['refused'] = { why, wayForward }): Planned => ({
    refusal: { node, why, wayForward },
    safety: { node, refused, told: judged.told },
  });
  if (!('backup' in judged)) return refuse(judged.unsafe[0].why, judged.unsafe[0].wayForward, judged.unsafe[0]);
  const { backup } = judged;
  const observation = request.observations.get(node);
  if (!observation)
    return refuse(
      'the node did not answer, so what differs from the backup is not known',
      'Bring the node back under SSM, then plan again; or use the offline kit on the node.',
    );
  const difference = differenceToBackup(observation, backup);
  const choice = chooseWay(observation, backup, difference, request);
  if ('nothing' in choice) return refuse('nothing differs from the backup: files and ports are those of before', NOTHING_TO_DO);
  if ('impossible' in choice) return refuse(choice.impossible, 'Leave the way to the planner.');
  if (choice.way === 'restart') {
    const blocked = blockedNow ? blockedNow([node]) : restartWouldBreak(registered, observation, request);
    if (blocked) return refuse(blocked, 'Bring the other nodes up first, then plan again.');
  }
  const { client, internode } = backup.servedLeaves;
  const jmx = choice.way === 'restart' ? jmxLeaf(observation, backup) : undefined;
  const expect = { ...(client && { client }), ...(internode && { internode }), ...(jmx && { jmx }) };
  return {
    registered,
    safety: { node, told: judged.told },
    plan: {
      node,
      address: registered.address,
      way: choice.way,
      why: choice.why,
      backup: { backupId: backup.backupId, manifestSha256: backup.manifestSha256 },
      certificates: difference.certificates,
      configuration: difference.configuration,
      expect,
    },
  };
}

type Choice = { readonly way: 'hot' | 'restart'; readonly why: string } | { readonly nothing: true } | { readonly impossible: string };

function chooseWay(observation: NodeObservation, backup: CataloguedBackup, difference: Difference, request: RollbackRequest): Choice {
  if (request.notReloading?.includes(backup.node)) return { way: 'restart', why: 'its ports did not take the reload' };
  const restartBecause = needsRestart(observation, difference, request);
  if (restartBecause)
    return request.way === 'hot'
      ? { impossible: `the hot way cannot undo this: ${restartBecause}` }
      : { way: 'restart', why: restartBecause };
  const served = (listener: 'client' | 'internode') => observation.listeners.find((fact) => fact.listener === listener)?.chain[0];
  const portsAreOld = (['client', 'internode'] as const).every(
    (listener) => backup.servedLeaves[listener] === undefined || served(listener) === backup.servedLeaves[listener],
  );
  if (difference.certificates.length === 0 && portsAreOld && !request.way) return { nothing: true };
  if (request.way === 'restart') return { way: 'restart', why: 'the restart way was asked for' };
  const what =
    difference.certificates.length > 0
      ? `only certificate files changed (${difference.certificates.join(', ')})`
      : 'the files are those of before, but a port serves another leaf';
  return {
    way: 'hot',
    why: `${what}, and the configuration is that of the backup: a reload interrupts no one${
      observation.ring === null
        ? '; JMX did not answer when it was looked at, so the restart way follows if the reload cannot be asked for'
        : ''
    }`,
  };
}

/** Why the running process cannot take the old state, or null when it can. */
function needsRestart(observation: NodeObservation, difference: Difference, { completedAt }: RollbackRequest): string | null {
  if (difference.configuration.length > 0) {
    return `${difference.configuration.join(', ')} changed (a keystore password or path stands there): Cassandra reads it only at its start`;
  }
  if (observation.service.state !== 'active') return `Cassandra is not running (${observation.service.state}), so nothing can be reloaded`;
  if (observation.ring && ON_THE_WAY.has(observation.ring.operationMode))
    return `Cassandra runs and has not joined the ring (${observation.ring.operationMode}): a reload lets nothing begin anew`;
  const jmxStores = observation.stores.filter(
    ({ kind, listeners }) => kind === 'keystore' && listeners.length > 0 && listeners.every((listener) => listener === 'jmx'),
  );
  const jmxChanged = jmxStores.find(({ path }) => difference.certificates.includes(path));
  const startedAt = observation.service.startedAt;
  // A process started before the deployment still serves the old JMX leaf, and the hot way puts its file back beneath it.
  if (jmxChanged && startedAt !== null && completedAt !== null && startedAt >= completedAt) {
    return `${jmxChanged.path} changed and the process was started with it: JMX takes its key only at the start`;
  }
  return null;
}

/** JMX serves, after a restart, the leaf of its own store in the backup. */
function jmxLeaf(observation: NodeObservation, backup: CataloguedBackup): string | undefined {
  const path = observation.stores.find(({ kind, listeners }) => kind === 'keystore' && listeners.includes('jmx'))?.path;
  return backup.storeLeaves.find((store) => store.path === path)?.leaf ?? backup.servedLeaves.jmx;
}

/** I3, the simple rule: every other node is live in every view that answers, unless this node is down itself. */
function restartWouldBreak(
  registered: RegisteredNode,
  observation: NodeObservation,
  { registration, observations }: RollbackRequest,
): string | null {
  if (observation.service.state !== 'active') return null;
  const others = registration.nodes.filter(({ node }) => node !== registered.node);
  const views = [...observations].flatMap(([node, { ring }]) => (ring ? [{ node, live: new Set(ring.live.map(addressOnly)) }] : []));
  if (others.length > 0 && views.length === 0)
    return 'a restart would interrupt this node, and no node’s view of the ring answers to show that the others are live';
  for (const other of others) {
    const doubting = views.find(({ node, live }) => node !== other.node && !live.has(addressOnly(other.address)));
    if (doubting) return `a restart would interrupt this node while ${other.node} (${other.address}) is not live for ${doubting.node}`;
    const service = observations.get(other.node)?.service.state;
    if (service !== undefined && service !== 'active')
      return `a restart would interrupt this node while Cassandra on ${other.node} is ${service}`;
  }
  return null;
}

/** Nodes that are down come first, as nobody loses them; seeds last, unless no seed is up to start others against. */
function inSafeOrder<T extends { readonly plan: NodePlan; readonly registered: RegisteredNode }>(
  planned: readonly T[],
  { registration, observations }: RollbackRequest,
): T[] {
  const isUp = (node: string) => observations.get(node)?.service.state === 'active';
  const someSeedUp = registration.nodes.some(({ node, seed }) => seed && isUp(node));
  const rank = ({ registered }: T) => (isUp(registered.node) ? 2 : 0) + (registered.seed === someSeedUp ? 1 : 0);
  return [...planned].sort((a, b) => rank(a) - rank(b) || (a.plan.node < b.plan.node ? -1 : 1));
}
