/** Measurements roll back only what a second kind of vantage point sees too; unconfirmed they hold; and "keep" needs them. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LOOKS_TO_CONFIRM } from '../../../core/decide/against-measured.ts';
import { confirmations, type MeasuredView } from '../../../core/decide/confirm-measured.ts';
import { decideDeployment } from '../../../core/decide/decide-deployment.ts';
import type { DeploymentEvidence } from '../../../core/decide/deployment-evidence.ts';
import { PRODUCTION } from '../../../core/decide/measured/policy.ts';
import { summariseWindow } from '../../../core/decide/this-window.ts';
import type { WindowSummary } from '../../../core/decide/window-summary.ts';
import type { BurstFact } from '../../../core/node/facts.ts';
import { allGood, evidence, good, LIMITS, verdictOf } from '../../fixtures/deployment-evidence.ts';
import { NOW } from '../../fixtures/pki.ts';
import { NODES } from '../../fixtures/ring.ts';

const [FIRST, SECOND, THIRD] = NODES as readonly [string, string, string];
const BECAUSE = `Roll back ${FIRST}: 21 % of TLS handshakes fail.`;

function burst(to: string, failed: number, ms: number, asked = 24, from = to === SECOND ? THIRD : SECOND): BurstFact {
  const times = new Array<number>(asked - failed).fill(ms);
  return { from, to, asked, failed, ms: times, readMs: times.map((time) => time / 4) };
}
function view(accused: readonly string[], bursts: readonly BurstFact[], bent: Partial<MeasuredView['evidence']> = {}): MeasuredView {
  return {
    evidence: { probes: 'required', accused: [...accused], because: BECAUSE, open: [], notices: [], untilS: 30, ...bent },
    thresholds: PRODUCTION.thresholds,
    weights: PRODUCTION.weights,
    bursts,
    usual: NODES.map((node) => burst(node, 0, 5)),
  };
}
const measured = (of: MeasuredView, bent: Partial<DeploymentEvidence> = {}): DeploymentEvidence =>
  evidence(allGood, { measured: of, completedAt: LONG_AGO, ...bent });
const LONG_AGO = NOW - 300_000;
const atDeadline = LONG_AGO + LIMITS.verificationSeconds * 1000;
const WELL: readonly WindowSummary[] = [good(NOW - LIMITS.soakSeconds * 1000 - 1)];
const ACCUSED: WindowSummary = { window: 1, at: NOW - 5000, outcome: 'unclear', accused: true };

describe('roll back', () => {
  test('a factor of weight 0 confirms nothing', () => {
    const slow = { ...view([FIRST], [burst(FIRST, 0, 50)]), weights: { ...PRODUCTION.weights, tlsTime: 0, cqlTime: 0 } };
    expect(confirmations(slow, NOW)).toEqual([]);
    expect(confirmations({ ...slow, weights: PRODUCTION.weights }, NOW)).toHaveLength(1);
  });

  test('failing handshakes that a peer sees too: the accused node, with both kinds and the probes’ own sentence', () => {
    const verdict = verdictOf(measured(view([FIRST], [burst(FIRST, 6, 5)])));
    expect(verdict).toMatchObject({ verdict: 'roll-back', nodes: [FIRST], vantagePoints: ['client', 'peer'] });
    expect(verdict?.reason).toContain(BECAUSE);
    expect(verdict?.reason).toContain(`${FIRST}: 6 of 24 fresh handshakes failed`);
    expect(verdict?.evidence.map(({ seenBy }) => seenBy).toSorted()).toEqual(['client', 'peer']);
  });

  test('slow handshakes, by the nodes that nobody accuses, or where there are none by the bursts of before', () => {
    const slow = view([FIRST], [burst(FIRST, 0, 9), burst(SECOND, 0, 5), burst(THIRD, 0, 5)]);
    expect(verdictOf(measured(slow))?.nodes).toEqual([FIRST]);
    expect(verdictOf(measured({ ...slow, usual: [] }))?.nodes).toEqual([FIRST]);
    expect(verdictOf(measured(view([FIRST], [burst(FIRST, 0, 9)])))?.nodes).toEqual([FIRST]);
    const late = burst(FIRST, 0, 5);
    const answersLate = { ...late, readMs: late.readMs.map((time) => time * 2) };
    expect(verdictOf(measured(view([FIRST], [answersLate, burst(SECOND, 0, 5)])))?.reason).toContain(
      'answers on fresh connections take 2.5 ms',
    );
    // A load of the moment slows all of them.
    expect(verdictOf(measured(view([FIRST], [burst(FIRST, 0, 9), burst(SECOND, 0, 9), burst(THIRD, 0, 9)])))).toBeNull();
  });

  test('a proof comes first, and no backup of before: nothing goes back', () => {
    const backups = [{ node: FIRST, standing: 'missing' as const }];
    expect(verdictOf(measured(view([FIRST], [burst(FIRST, 6, 5)]), { backups }))).toMatchObject({ verdict: 'hold', nodes: [] });
  });

  test('never before the activation is due', () => {
    const early = measured(view([FIRST], [burst(FIRST, 6, 5)]), { activation: 'poll' });
    expect(decideDeployment(early)).toMatchObject({ decision: 'watch' });
  });

  test('several nodes go back together when at least half of them are confirmed', () => {
    const two = view([FIRST, SECOND], [burst(FIRST, 6, 5), burst(SECOND, 0, 5)]);
    expect(verdictOf(measured(two))?.nodes).toEqual([FIRST, SECOND]);
    expect(verdictOf(measured(view(NODES, [burst(FIRST, 6, 5)])))).toBeNull();
  });
});

describe('a threshold is not above itself', () => {
  const bursts = (failed: number, asked: number, ms = 5): number =>
    confirmations(view([FIRST], [burst(FIRST, failed, ms, asked)]), NOW).length;
  test.each([
    ['3 of 30 is 10 %', bursts(3, 30), 0],
    ['4 of 30 is above', bursts(4, 30), 1],
    ['two failures are chance', bursts(2, 12), 0],
    ['too few were asked', bursts(5, 9), 0],
    ['1.5 times the usual', bursts(0, 24, 7.5), 0],
    ['more than that', bursts(0, 24, 7.6), 1],
  ])('%s', (_, found, expected) => expect(found).toBe(expected));
});

describe('hold', () => {
  const alone = (earlier: readonly WindowSummary[]) => measured(view([FIRST], [burst(FIRST, 0, 5)]), { earlier });
  test('what nobody else sees is looked at again in full, and after three such looks a person is asked', () => {
    expect(decideDeployment(alone([]))).toMatchObject({ decision: 'watch', depth: 'full' });
    expect(verdictOf(alone([ACCUSED]))).toBeNull();
    const verdict = verdictOf(alone([ACCUSED, ACCUSED]));
    expect(verdict).toMatchObject({ verdict: 'hold', nodes: [] });
    expect(verdict?.reason).toContain(`In ${LOOKS_TO_CONFIRM} looks no peer saw the same.`);
  });

  test('an accusation that goes by counts from the start again', () => {
    expect(verdictOf(alone([ACCUSED, { ...good(NOW - 4000), window: 2 }, ACCUSED]))).toBeNull();
  });

  test('the accused node’s own word, and a burst from itself, confirm nothing', () => {
    expect(confirmations(view([FIRST], [burst(FIRST, 24, 5, 24, FIRST)]), NOW)).toEqual([]);
  });
});

describe('keep', () => {
  test('an accusation makes a window unclear, so that the soak starts anew', () => {
    expect(summariseWindow(measured(view([FIRST], [])))).toMatchObject({ outcome: 'unclear', accused: true });
    expect(verdictOf(measured(view([FIRST], []), { earlier: WELL }))).toBeNull();
  });

  test('needs what is measured to be shown well; at the deadline it is held, and says what is missing', () => {
    const open = view([], [], { open: ['n1: TLS failures not shown to be below the threshold'] });
    expect(verdictOf(measured(view([], []), { earlier: WELL }))?.verdict).toBe('keep');
    expect(decideDeployment(measured(open, { earlier: WELL }))).toMatchObject({ decision: 'watch' });
    expect(verdictOf(measured(open, { earlier: WELL, now: atDeadline }))).toMatchObject({ verdict: 'hold' });
    expect(verdictOf(measured(open, { earlier: WELL, now: atDeadline }))?.reason).toContain('TLS failures not shown');
  });

  test('advisory measurements are neither for nor against', () => {
    const told = view([FIRST], [burst(FIRST, 24, 5)], { probes: 'advisory', open: ['anything'] });
    expect(verdictOf(measured(told, { earlier: WELL }))?.verdict).toBe('keep');
  });
});

test('property: whatever probes and bursts say, no node goes back that was not accused and deployed to, and none on one kind’s word', () => {
  const anyBurst = fc
    .record({
      to: fc.constantFrom(...NODES),
      from: fc.constantFrom(...NODES),
      asked: fc.nat(40),
      failing: fc.double({ min: 0, max: 1, noNaN: true }),
      ms: fc.nat(50),
    })
    .map(({ to, from, asked, failing, ms }) => burst(to, Math.floor(asked * failing), ms, asked, from));
  fc.assert(
    fc.property(
      fc.subarray([...NODES]),
      fc.subarray([...NODES], { minLength: 1 }),
      fc.array(anyBurst, { maxLength: 9 }),
      (accused, deployedNodes, bursts) => {
        const verdict = verdictOf(measured(view(accused, bursts), { deployedNodes, earlier: WELL }));
        if (verdict?.verdict !== 'roll-back') return;
        expect(accused.filter((node) => deployedNodes.includes(node))).toEqual(expect.arrayContaining([...verdict.nodes]));
        expect(verdict.vantagePoints).toContain('peer');
        expect(bursts.some(({ to, from, asked }) => accused.includes(to as never) && to !== from && asked > 0)).toBe(true);
      },
    ),
  );
});
