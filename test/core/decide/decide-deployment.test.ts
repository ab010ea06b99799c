import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decideDeployment } from '../../../core/decide/decide-deployment.ts';
import { summariseWindow } from '../../../core/decide/this-window.ts';
import type { WindowSummary } from '../../../core/decide/window-summary.ts';
import { FINDING_CODES, type FindingCodeName } from '../../../core/verify/codes.ts';
import type { CheckResult, NodeVerification, VantagePoint } from '../../../core/verify/findings.ts';
import {
  allGood,
  atDeadline,
  COMPLETED,
  evidence,
  failing,
  found,
  good,
  LIMITS,
  verdictOf,
  verification,
} from '../../fixtures/deployment-evidence.ts';
import { NOW } from '../../fixtures/pki.ts';
import { NODES } from '../../fixtures/ring.ts';

describe('quorum', () => {
  const bad = (...seen: VantagePoint[]) => [
    verification(NODES[0], [failing(...seen.map((by) => found('LEAF_EXPIRED', by)))]),
    ...allGood.slice(1),
  ];

  test.each(['node', 'peer', 'client'] as const)('one kind alone (%s) is watched, then held', (kind) => {
    expect(verdictOf(evidence(bad(kind, kind)))).toBeNull();
    expect(verdictOf(evidence(bad(kind, kind), { now: atDeadline }))).toMatchObject({
      verdict: 'hold',
      nodes: [],
      reason: expect.stringContaining('two kinds'),
    });
  });

  test('two kinds decide at once', () => {
    expect(verdictOf(evidence(bad('node', 'client')))).toMatchObject({
      verdict: 'roll-back',
      nodes: [NODES[0]],
      vantagePoints: ['node', 'client'],
      epoch: 7,
      decidedAt: NOW,
    });
  });

  test('two kinds about two nodes are not two kinds about one', () => {
    const split = [
      verification(NODES[0], [failing(found('LEAF_EXPIRED', 'node'))]),
      verification(NODES[1], [failing(found('LEAF_EXPIRED', 'client', NODES[1]))]),
      ...allGood.slice(2),
    ];
    expect(verdictOf(evidence(split))).toBeNull();
  });

  test('an unreachable client port supports a service that does not run, and nothing else (I8)', () => {
    const unreachable = found('CLIENT_UNREACHABLE', 'client');
    const down = [
      verification(NODES[0], [failing(found('SERVICE_NOT_RUNNING', 'node')), { outcome: 'unknown', findings: [unreachable] }]),
      ...allGood.slice(1),
    ];
    expect(verdictOf(evidence(down))?.verdict).toBe('roll-back');
    const other = [
      verification(NODES[0], [failing(found('FILE_HASH_DIFFERS', 'node')), { outcome: 'unknown', findings: [unreachable] }]),
      ...allGood.slice(1),
    ];
    expect(verdictOf(evidence(other))).toBeNull();
  });
});

describe('scope', () => {
  test('nodes proven good stay', () => {
    const two = [0, 2].map((i) =>
      verification(NODES[i] as string, [failing(found('LEAF_EXPIRED', 'node', NODES[i]), found('LEAF_EXPIRED', 'peer', NODES[i]))]),
    );
    expect(verdictOf(evidence([...two, allGood[1] as NodeVerification]))?.nodes).toEqual([NODES[0], NODES[2]]);
  });

  const both = NODES.map((node) =>
    verification(node, [failing(found('LEAF_EXPIRED', 'node', node), found('LEAF_EXPIRED', 'client', node))]),
  );

  test('a node that the deployment did not touch is never rolled back', () => {
    expect(verdictOf(evidence(both, { deployedNodes: [NODES[1]] }))?.nodes).toEqual([NODES[1]]);
    expect(verdictOf(evidence([both[0] as NodeVerification, ...allGood.slice(1)], { deployedNodes: [NODES[1], NODES[2]] }))?.verdict).toBe(
      'hold',
    );
  });

  test('leaves go back where a backup is, other changes only together', () => {
    const backups = NODES.slice(1).map((node) => ({ node, standing: 'verified' as const }));
    expect(verdictOf(evidence(both, { backups }))).toMatchObject({
      verdict: 'roll-back',
      nodes: NODES.slice(1),
      nextStep: expect.stringContaining(NODES[0]),
    });
    expect(verdictOf(evidence(both, { backups, change: 'ca-rotation' }))).toMatchObject({ verdict: 'hold', nodes: [] });
  });

  test('a node that still has the files of before has nothing to roll back', () => {
    const untouched = verification(NODES[0], [
      failing(found('FILE_HASH_DIFFERS', 'node'), found('FILES_OF_BEFORE', 'node'), found('SERVED_LEAF_IS_BEFORE', 'client')),
    ]);
    expect(verdictOf(evidence([untouched, ...allGood.slice(1)]))).toMatchObject({
      verdict: 'hold',
      reason: expect.stringContaining('files of before'),
    });
  });
});

describe('soak', () => {
  const soak = LIMITS.soakSeconds * 1000;

  test('counts from the first good window of an unbroken run; a flap starts it anew', () => {
    expect(verdictOf(evidence(allGood, { completedAt: NOW - 300_000, earlier: [good(NOW - soak)] }))).toMatchObject({ verdict: 'keep' });
    const flap: WindowSummary = { window: 1, at: NOW - 10_000, outcome: 'bad' };
    expect(verdictOf(evidence(allGood, { completedAt: NOW - 300_000, earlier: [good(NOW - soak), flap, good(NOW - 5_000)] }))).toBeNull();
    expect(
      verdictOf(evidence(allGood, { completedAt: NOW - 300_000, earlier: [good(NOW - soak), { ...flap, outcome: 'unclear' }] })),
    ).toBeNull();
  });

  test('windows before the activation was due do not count', () => {
    expect(
      verdictOf(evidence(allGood, { completedAt: NOW - 1_000 - 600_000, activation: 'poll', earlier: [good(NOW - soak)] })),
    ).toBeNull();
  });

  test('a deadline that would come before the activation is due is not one', () => {
    const at = (seconds: number) =>
      decideDeployment(
        evidence(allGood, { activation: 'poll', completedAt: NOW - seconds * 1000, limits: { ...LIMITS, verificationSeconds: 300 } }),
      );
    expect(at(301)).toMatchObject({ decision: 'watch' });
    expect(at(600 + LIMITS.networkSeconds)).toMatchObject({ decision: 'decided', verdict: { verdict: 'hold' } });
  });

  test('the end of the deadline holds', () => {
    expect(verdictOf(evidence(allGood, { now: atDeadline }))).toMatchObject({ verdict: 'hold', reason: expect.stringContaining('soak') });
  });
});

test('a deployed node that was not looked at keeps the window from being good', () => {
  expect(summariseWindow(evidence(allGood.slice(1)))).toMatchObject({ outcome: 'unclear' });
  expect(summariseWindow(evidence([]))).toMatchObject({ outcome: 'unclear' });
});

describe('properties', () => {
  const codes = Object.keys(FINDING_CODES) as FindingCodeName[];
  const finding = fc.record({ code: fc.constantFrom(...codes), seenBy: fc.constantFrom<VantagePoint[]>('node', 'peer', 'client') });
  const check = fc.record({
    outcome: fc.constantFrom<CheckResult['outcome'][]>('passed', 'failed', 'unknown'),
    findings: fc.array(finding, { maxLength: 3 }),
  });
  const ring = fc.array(fc.array(check, { maxLength: 4 }), { minLength: 0, maxLength: 3 });
  const built = (drawn: { outcome: CheckResult['outcome']; findings: { code: FindingCodeName; seenBy: VantagePoint }[] }[][]) =>
    drawn.map((checks, i) =>
      verification(
        NODES[i] as string,
        checks.map(({ outcome, findings }) => ({ outcome, findings: findings.map(({ code, seenBy }) => found(code, seenBy, NODES[i])) })),
      ),
    );
  const moment = fc.integer({ min: COMPLETED - 5_000, max: atDeadline + 5_000 });

  test('never keep with a check that did not pass, or a node not looked at', () => {
    fc.assert(
      fc.property(ring, moment, (drawn, now) => {
        const verifications = built(drawn);
        const verdict = verdictOf(evidence(verifications, { now, earlier: [good(COMPLETED + 2_000)] }));
        if (verdict?.verdict !== 'keep') return;
        expect(verifications.map(({ node }) => node)).toEqual([...NODES]);
        expect(verifications.every(({ checks }) => checks.length > 0 && checks.every(({ outcome }) => outcome === 'passed'))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('never roll back before the activation is due, from one kind of vantage point, or without a verified backup', () => {
    const standing = fc.constantFrom<('verified' | 'not-before' | 'not-verified' | 'missing')[]>(
      'verified',
      'not-before',
      'not-verified',
      'missing',
    );
    fc.assert(
      fc.property(ring, moment, fc.tuple(standing, standing, standing), (drawn, now, standings) => {
        const verifications = built(drawn);
        const verdict = verdictOf(
          evidence(verifications, { now, backups: NODES.map((node, i) => ({ node, standing: standings[i] ?? 'missing' })) }),
        );
        if (verdict?.verdict !== 'roll-back') return;
        expect(now).toBeGreaterThanOrEqual(COMPLETED + LIMITS.activationGraceSeconds * 1000);
        for (const node of verdict.nodes) {
          const seen = verifications.find((one) => one.node === node)?.checks.flatMap(({ findings }) => findings) ?? [];
          expect(seen.some(({ severity }) => severity === 'proof')).toBe(true);
          expect(new Set(seen.map(({ seenBy }) => seenBy)).size).toBeGreaterThanOrEqual(2);
          expect(standings[NODES.indexOf(node as (typeof NODES)[number])]).toBe('verified');
        }
      }),
      { numRuns: 500 },
    );
  });

  test('every wait has an end: a watch looks again by the deadline, and nothing is watched after it (I12)', () => {
    fc.assert(
      fc.property(ring, moment, (drawn, now) => {
        const decision = decideDeployment(evidence(built(drawn), { now }));
        if (decision.decision === 'decided') expect(decision.verdict.nextStep.length).toBeGreaterThan(5);
        else {
          expect(now).toBeLessThan(atDeadline);
          expect(decision.lookAgainAt).toBeGreaterThan(now);
          expect(decision.lookAgainAt).toBeLessThanOrEqual(atDeadline);
        }
      }),
      { numRuns: 300 },
    );
  });
});
