/**
 * I6 and I7 at exact places: the node's program ends itself at named points (as `kill -9` would, see CrashPoint.java) between
 * every two effects of the hot way, one point a node and round. Random moments seldom fall between two renames; these do.
 *
 * RINGWARD_CHAOS_POINTS says how many of them, in a random order.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RingNode } from '../../../stand/ring/topology.ts';
import { deployUpToCompleted, journalOf, makeWhole, type TestStand, theStand } from '../stand.ts';
import { Account } from './account.ts';
import { diceOf, pointsOr } from './dice.ts';
import { expectRolledBack, rollBackByHand } from './roll-back-by-hand.ts';

/** Those of CrashPoint.java that the hot way of a node passes; `#n` is the n-th time. */
const POINTS = [
  'lock-taken',
  'epoch-before-record',
  'epoch-after-record',
  'journal-torn-write',
  'journal-before-fsync#2',
  'journal-torn-write#4',
  'journal-after-fsync#5',
  'swap-after-verify',
  'swap-before-keep',
  'swap-after-keep',
  'swap-before-stage',
  'swap-staged-one',
  'swap-before-stage-fsync',
  'swap-after-stage',
  'swap-before-rename',
  'swap-after-rename',
  'swap-before-folder-fsync',
  'swap-after-folder-fsync',
  'swap-done',
  'reload-before',
  'reload-after',
  'proof-before',
  'proof-after',
  'reply-before-store',
  'reply-after-store',
];
const DEFAULT_POINTS = 3;

let stand: TestStand;
let nodesFile: string;
let nodesBefore: string;
beforeAll(async () => {
  stand = await theStand();
  nodesFile = join(stand.ring.folder, 'local-aws/nodes.json');
  nodesBefore = readFileSync(nodesFile, 'utf8');
});
afterAll(async () => {
  writeFileSync(nodesFile, nodesBefore);
  await makeWhole(stand);
});

interface ManagedNode {
  readonly node: string;
  readonly env: Record<string, string>;
}

/** From the next command on, the program of these nodes ends itself at its point. */
function arm(points: ReadonlyMap<string, string>): void {
  const nodes = JSON.parse(nodesBefore) as ManagedNode[];
  const armed = nodes.map((node) => {
    const point = points.get(node.node);
    return point === undefined ? node : { ...node, env: { ...node.env, RINGWARD_CRASH_AT: point } };
  });
  writeFileSync(nodesFile, JSON.stringify(armed));
}

const historyOf = (): string[] => readFileSync(join(stand.ring.folder, 'local-aws/ssm-history.jsonl'), 'utf8').trim().split('\n');

/** Disarms each node when its program has ended that way, so that the next attempt goes through. */
async function disarmAsTheyEnd(
  points: Map<string, string>,
  since: number,
  over: () => boolean,
  struck: (node: RingNode, point: string) => Promise<void>,
): Promise<void> {
  while (points.size > 0 && !over()) {
    for (const line of historyOf().slice(since)) {
      const { kind, InstanceId, ResponseCode } = JSON.parse(line) as { kind: string; InstanceId?: string; ResponseCode?: number };
      const point = points.get(InstanceId ?? '');
      const node = stand.ring.nodes.find((one) => one.node === InstanceId);
      if (kind !== 'Invocation' || ResponseCode !== 137 || point === undefined || !node) continue;
      points.delete(node.node);
      arm(points);
      await struck(node, point);
    }
    await pause(50);
  }
}

const wanted = Math.min(POINTS.length, pointsOr(DEFAULT_POINTS));
test(`the node's program ends at ${wanted} named points of the hot way: the leaves of before are served`, {
  timeout: 60_000 + wanted * 40_000,
}, async () => {
  const dice = diceOf('named points');
  const account = new Account('named points');
  const left = POINTS.map((point) => ({ point, order: dice.next() }))
    .sort((a, b) => a.order - b.order)
    .map(({ point }) => point)
    .slice(0, wanted);
  for (let round = 1; left.length > 0; round += 1) {
    const name = `round ${round}, other-ca`;
    const began = performance.now();
    const deployment = await deployUpToCompleted(stand, 'other-ca', 'points');
    const points = new Map(
      stand.ring.nodes.flatMap(({ node }) => {
        const point = left.shift();
        return point === undefined ? [] : [[node, point] as const];
      }),
    );
    const since = historyOf().length;
    arm(points);
    let over = false;
    const disarming = disarmAsTheyEnd(
      points,
      since,
      () => over,
      async (node, point) => {
        const last = (await journalOf(node, deployment.id)).at(-1);
        account.strike({
          round: name,
          victim: `program on ${node.address}`,
          phase: point,
          atMs: performance.now() - began,
          stood: last ? `journal ${last.seq}: ${last.step}/${last.phase} ${last.state}` : 'journal has nothing of it',
        });
      },
    );
    await rollBackByHand(stand, deployment, { way: 'hot' });
    over = true;
    await disarming;
    expect([...points.values()], 'points that were never reached').toEqual([]);
    await expectRolledBack(stand, deployment);
    account.outcome(name, 'rolled back, proven on 9042 and 7000 of every node', performance.now() - began);
  }
});
