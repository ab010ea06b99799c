/**
 * I6 and I7 when the node's program dies: `kill -9` at random moments of both ways back, on a real ring. The step is
 * sent again, resumes from its journal, and the ring ends with the files and the leaves of before.
 *
 * RINGWARD_CHAOS_POINTS=20 for the full run, RINGWARD_CHAOS_SEED for other moments.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FailureName } from '../../../stand/failures.ts';
import type { RingNode } from '../../../stand/ring/topology.ts';
import { deployUpToCompleted, makeWhole, type TestStand, theStand } from '../stand.ts';
import { Account } from './account.ts';
import { diceOf, pointsOr } from './dice.ts';
import { killProgram } from './node-program.ts';
import { expectRolledBack, rollBackByHand } from './roll-back-by-hand.ts';

/** Longer than a step takes here: a kill that comes too late is drawn again, earlier. */
const HOT_MS = 1200;
/** Usual length of each step of the restart way on an idle machine, ms: where within it a kill falls is random. */
const RESTART_MS: Readonly<Record<string, number>> = {
  'stop-accepting': 700,
  'stop-service': 3000,
  'restore-certificates': 700,
  'restore-configuration': 700,
  'start-service': 12_000,
  prove: 1500,
  'restore-traffic': 1500,
};

let stand: TestStand;
beforeAll(async () => {
  stand = await theStand();
});
afterAll(async () => {
  await makeWhole(stand);
});

/** Kills of one node in one rollback: each step at most once a round, in the order in which the steps come. */
async function strikeHot(node: RingNode, delays: readonly number[], over: () => boolean, account: Account, round: string): Promise<void> {
  for (const delay of delays) {
    let wait = delay;
    for (;;) {
      if (over()) return;
      const killed = await killProgram(node, ['restore-hot'], wait, over);
      if (killed) {
        account.strike({ round, victim: `program on ${node.address}`, phase: killed.step, atMs: killed.afterMs, stood: killed.stood });
        break;
      }
      wait /= 2;
    }
  }
}

const points = pointsOr(4);
test(`the node's program is killed at ${points} points of the hot way: the leaves of before are served`, {
  timeout: 60_000 + points * 60_000,
}, async () => {
  const dice = diceOf('hot');
  const account = new Account('hot way');
  for (let round = 1; account.strikes.length < points; round += 1) {
    const failure = dice.pick<FailureName>(['other-ca', 'expired-leaf', 'none', 'missing-intermediate']);
    const name = `round ${round}, ${failure}`;
    const deployment = await deployUpToCompleted(stand, failure, 'kill-hot');
    const began = performance.now();
    let over = false;
    const strikes = stand.ring.nodes.map((node) =>
      strikeHot(node, [dice.between(0, HOT_MS), ...(dice.next() < 0.4 ? [dice.between(0, HOT_MS)] : [])], () => over, account, name),
    );
    await rollBackByHand(stand, deployment, { way: 'hot' });
    over = true;
    await Promise.all(strikes);
    await expectRolledBack(stand, deployment);
    account.outcome(name, 'rolled back, proven on 9042 and 7000 of every node', performance.now() - began);
    expect(round, 'rounds without a hit').toBeLessThan(points * 3 + 3);
  }
});

const restartPoints = pointsOr(2);
test(`the node's program is killed at ${restartPoints} points of the restart way: the node comes back whole`, {
  timeout: 120_000 + restartPoints * 120_000,
}, async () => {
  const dice = diceOf('restart');
  const account = new Account('restart way');
  for (let round = 1; account.strikes.length < restartPoints; round += 1) {
    const node = dice.pick(stand.ring.nodes.slice(1));
    const failure = dice.pick<FailureName>(['none', 'other-ca']);
    const name = `round ${round}, ${failure}`;
    const deployment = await deployUpToCompleted(stand, failure, 'kill-restart', [node]);
    const began = performance.now();
    let over = false;
    const strike = async (step: string): Promise<void> => {
      const killed = await killProgram(node, [step], dice.next() * (RESTART_MS[step] ?? 1000), () => over);
      if (killed)
        account.strike({
          round: name,
          victim: `program on ${node.address}`,
          phase: killed.step,
          atMs: killed.afterMs,
          stood: killed.stood,
        });
    };
    const left = restartPoints - account.strikes.length;
    const steps = Object.keys(RESTART_MS).filter(() => dice.next() < Math.max(0.6, Math.min(1, left / 7)));
    const strikes = (async () => {
      for (const step of steps) await strike(step);
    })();
    await rollBackByHand(stand, deployment, { way: 'restart', nodes: [node.node] });
    over = true;
    await strikes;
    await expectRolledBack(stand, deployment);
    account.outcome(name, `${node.address} restarted on the files of before, proven on 9042 and 7000`, performance.now() - began);
    expect(round, 'rounds without a hit').toBeLessThan(restartPoints * 3 + 3);
  }
});
