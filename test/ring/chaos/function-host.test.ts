/**
 * I6 and I7 when the functions die: the function host is killed at random moments of backup, verification and
 * rollback of a whole journey, from the starting event to the report. The workflow goes on by itself.
 *
 * RINGWARD_CHAOS_POINTS=20 for the full run, RINGWARD_CHAOS_SEED for other moments.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DeploymentState } from '../../../core/intake/deployment-record.ts';
import { FINAL_STATES } from '../../../core/intake/deployment-record.ts';
import type { FailureName } from '../../../stand/failures.ts';
import {
  deliver,
  makeDeployment,
  makeWhole,
  recordOf,
  sendCompleted,
  sendStarting,
  type TestDeployment,
  type TestStand,
  theStand,
  timelineOf,
  waitForEnd,
  waitForState,
} from '../stand.ts';
import { Account } from './account.ts';
import { type Dice, diceOf, pointsOr } from './dice.ts';
import { killFunctionHost } from './function-host.ts';
import { expectRolledBack } from './roll-back-by-hand.ts';

let stand: TestStand;
beforeAll(async () => {
  stand = await theStand();
});
afterAll(async () => {
  await makeWhole(stand);
});

/** The part of a deployment's life that a state belongs to. */
const PHASE: Readonly<Partial<Record<DeploymentState, string>>> = {
  registered: 'backup',
  'backing-up': 'backup',
  verifying: 'verification',
  decided: 'rollback',
  'rolling-back': 'rollback',
};

interface Kills {
  readonly phase: 'backup' | 'verification' | 'rollback';
  /** Each counts from the one before, ms. */
  readonly gaps: readonly number[];
}

/** Kills the host while the deployment is in the phase; a phase that ends sooner is left alone. */
async function strike(deployment: TestDeployment, { phase, gaps }: Kills, account: Account, round: string): Promise<void> {
  for (const gap of gaps) {
    let began = 0;
    for (;;) {
      const record = await recordOf(stand, deployment.id);
      if (record && PHASE[record.state] === phase) {
        began ||= performance.now();
        if (performance.now() - began >= gap) break;
      } else if (began > 0 || (record && FINAL_STATES.has(record.state))) return;
      await pause(20);
    }
    const last = (await timelineOf(stand, deployment.id)).at(-1);
    const at = performance.now() - began;
    const pid = await killFunctionHost(stand.ring);
    account.strike({
      round,
      victim: `function host ${pid}`,
      phase,
      atMs: at,
      stood: `timeline: ${last ? `${last.area} ${last.node ?? ''} ${last.what.slice(0, 70)}` : 'empty'}`,
    });
  }
}

const gaps = (dice: Dice, count: number, longest: number): number[] => Array.from({ length: count }, () => dice.between(0, longest));

async function journey(failure: FailureName, dice: Dice, account: Account, round: number): Promise<void> {
  const name = `round ${round}, ${failure}`;
  const began = performance.now();
  const deployment = await makeDeployment(stand, failure, 'kill-functions');
  await Promise.all([strike(deployment, { phase: 'backup', gaps: gaps(dice, 2, 2500) }, account, name), sendStarting(deployment)]);
  await waitForState(stand, deployment.id, ['backed-up']);
  await deliver(stand, deployment);
  await sendCompleted(deployment);
  await strike(deployment, { phase: 'verification', gaps: gaps(dice, 2, 2500) }, account, name);
  await strike(deployment, { phase: 'rollback', gaps: gaps(dice, 3, failure === 'locked-keystore' ? 9000 : 2000) }, account, name);
  const record = await waitForEnd(stand, deployment.id, 400_000);
  expect(record.verdict?.verdict, record.verdict?.reason).toBe('roll-back');
  await expectRolledBack(stand, deployment);
  account.outcome(name, `verdict roll-back, ${record.state}, proven on 9042 and 7000 of every node`, performance.now() - began);
}

const points = pointsOr(4);
test(`the function host is killed at ${points} points of a hot journey: the verdict and the wire are right`, {
  timeout: 120_000 + points * 60_000,
}, async () => {
  const dice = diceOf('functions hot');
  const account = new Account('functions, hot way');
  for (let round = 1; account.strikes.length < points; round += 1)
    await journey(dice.pick<FailureName>(['other-ca', 'expired-leaf', 'not-yet-valid']), dice, account, round);
});

const restartPoints = pointsOr(2);
test(`the function host is killed at ${restartPoints} points of a restart journey: the verdict and the wire are right`, {
  timeout: 180_000 + restartPoints * 60_000,
}, async () => {
  const dice = diceOf('functions restart');
  const account = new Account('functions, restart way');
  for (let round = 1; account.strikes.length < restartPoints; round += 1) await journey('locked-keystore', dice, account, round);
});
