import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DeploymentEvidence, decideDeployment, summariseWindow } from '../../../core/decide/decide-deployment.ts';
import type { WindowSummary } from '../../../core/decide/window-summary.ts';
import type { HealthStanding } from '../../../core/health/judge-health.ts';
import { FINDING_CODES, type FindingCodeName } from '../../../core/verify/codes.ts';
import type { CheckResult, Finding, NodeVerification, VantagePoint } from '../../../core/verify/findings.ts';
import { outcomeOf, rootCauseOf } from '../../../core/verify/outcome.ts';
import { NOW } from '../../fixtures/pki.ts';
import { NODES, registration } from '../../fixtures/ring.ts';

const COMPLETED = NOW - 10_000;
const LIMITS = registration.limits;

function found(code: FindingCodeName, seenBy: VantagePoint, node: string = NODES[0]): Finding {
  return {
    code,
    severity: FINDING_CODES[code].severity,
    node,
    where: 'client:9042',
    expected: 'good',
    observed: 'bad',
    seenBy,
    how: 'test',
    at: NOW,
  };
}

function verification(node: string, checks: readonly Partial<CheckResult>[]): NodeVerification {
  const full = checks.map(
    (check, i): CheckResult => ({ check: `check-${i}`, node, outcome: 'passed', summary: 'as told', findings: [], ...check }),
  );
  return {
    node,
    address: '10.0.0.1',
    at: NOW,
    outcome: outcomeOf(full),
    checks: full,
    served: {},
    onDisk: null,
    rootCause: rootCauseOf(full),
  };
}

function evidence(verifications: readonly NodeVerification[], bent: Partial<DeploymentEvidence> = {}): DeploymentEvidence {
  return {
    deployedNodes: NODES,
    change: 'leaf-renewal',
    activation: 'reload',
    completedAt: COMPLETED,
    window: 3,
    depth: 'full',
    observedAt: NOW,
    verifications,
    earlier: [],
    backups: NODES.map((node) => ({ node, standing: 'verified' })),
    limits: LIMITS,
    epoch: 7,
    now: NOW,
    ...bent,
  };
}

const allGood = NODES.map((node) => verification(node, [{}]));
const good = (at: number): WindowSummary => ({ window: 0, at, outcome: 'good', open: [] });
const failing = (...findings: Finding[]): Partial<CheckResult> => ({ outcome: 'failed', findings });
const atDeadline = COMPLETED + LIMITS.verificationSeconds * 1000;

function verdictOf(decided: DeploymentEvidence) {
  const decision = decideDeployment(decided);
  return decision.decision === 'decided' ? decision.verdict : null;
}

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
    const flap: WindowSummary = { window: 1, at: NOW - 10_000, outcome: 'bad', open: ['x'] };
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

  test('the end of the deadline holds', () => {
    expect(verdictOf(evidence(allGood, { now: atDeadline }))).toMatchObject({ verdict: 'hold', reason: expect.stringContaining('soak') });
  });
});

describe('time-outs of the parts', () => {
  const LONG_AGO = NOW - 500_000;
  const unreachable = [
    verification(NODES[0], [
      { check: 'service-state' },
      { check: 'wire-from-client', outcome: 'unknown', findings: [{ ...found('CLIENT_UNREACHABLE', 'client'), severity: 'warning' }] },
    ]),
    ...allGood.slice(1),
  ];
  const window = (at: number, bent: Partial<WindowSummary> = {}): WindowSummary => ({
    window: 0,
    at,
    outcome: 'unclear',
    open: ['x'],
    ...bent,
  });
  const lost = (at: number) => window(at, { unreachable: true });
  const networkMs = LIMITS.networkSeconds * 1000;

  test('connectivity: ports that stay unreachable end in hold after the network’s own time, not in watching on', () => {
    const since = NOW - networkMs;
    const at = { completedAt: LONG_AGO, earlier: [good(since - 5000), lost(since), lost(NOW - 5000)] };
    expect(verdictOf(evidence(unreachable, at))).toMatchObject({
      verdict: 'hold',
      reason: expect.stringContaining(`longer than the ${LIMITS.networkSeconds} s that connectivity may take`),
    });
    expect(verdictOf(evidence(unreachable, { ...at, now: NOW - 1 }))).toBeNull();
  });

  test('connectivity that came back in between starts the time anew; before the activation is due it does not run', () => {
    const flap = [lost(NOW - networkMs - 10_000), window(NOW - 60_000), lost(NOW - 5000)];
    expect(verdictOf(evidence(unreachable, { completedAt: LONG_AGO, earlier: flap }))).toBeNull();
    const early = { completedAt: NOW - 10_000, earlier: [lost(NOW - networkMs - 10_000)] };
    expect(verdictOf(evidence(unreachable, early))).toBeNull();
  });

  test('a node that is starting has the start’s time, not the network’s', () => {
    const starting = [
      verification(NODES[0], [
        { check: 'service-state', outcome: 'unknown' },
        { check: 'wire-from-client', outcome: 'unknown', findings: [{ ...found('CLIENT_UNREACHABLE', 'client'), severity: 'warning' }] },
      ]),
      ...allGood.slice(1),
    ];
    expect(summariseWindow(evidence(starting)).unreachable).toBeUndefined();
    expect(summariseWindow(evidence(unreachable)).unreachable).toBe(true);
  });

  test('monitoring: good windows that never last for a soak end in hold after the monitoring’s own time', () => {
    const performanceMs = LIMITS.performanceSeconds * 1000;
    const flapping = [good(NOW - performanceMs), window(NOW - 100_000), good(NOW - 50_000), window(NOW - 5000)];
    const at = { completedAt: NOW - performanceMs - 10_000, earlier: flapping };
    expect(verdictOf(evidence(allGood, at))).toMatchObject({
      verdict: 'hold',
      reason: expect.stringContaining(`never stayed good for a soak of ${LIMITS.soakSeconds} s; now: every check passes`),
    });
    expect(verdictOf(evidence(allGood, { ...at, now: NOW - 1 }))).toBeNull();
  });

  test('a soak that ends before the monitoring’s time is left to end', () => {
    const at = NOW - LIMITS.soakSeconds * 1000 + 1000;
    expect(verdictOf(evidence(allGood, { completedAt: LONG_AGO, earlier: [good(NOW - 400_000), window(at - 1000), good(at)] }))).toBeNull();
  });
});

describe('how closely the next window looks', () => {
  const next = (bent: Partial<DeploymentEvidence>, verifications = allGood) => {
    const decision = decideDeployment(evidence(verifications, { completedAt: LONG_AGO, ...bent }));
    return decision.decision === 'watch' ? { depth: decision.depth, inMs: decision.lookAgainAt - (bent.now ?? NOW) } : decision.verdict;
  };
  const LONG_AGO = NOW - 400_000;
  const windowMs = LIMITS.windowSeconds * 1000;

  test('while all is well, the client alone; the nodes again when their reports grow old', () => {
    expect(next({})).toEqual({ depth: 'client', inMs: windowMs });
    expect(next({ depth: 'client', observedAt: NOW - 10_000 })).toEqual({ depth: 'client', inMs: windowMs });
    expect(next({ depth: 'client', observedAt: NOW - LIMITS.nodeLookSeconds * 1000 + windowMs })).toEqual({
      depth: 'soak',
      inMs: windowMs,
    });
  });

  test('whatever the client alone sees is looked at by everybody, at once', () => {
    const seen = [verification(NODES[0], [failing(found('LEAF_EXPIRED', 'client'))]), ...allGood.slice(1)];
    expect(next({ depth: 'client', observedAt: NOW - 10_000 }, seen)).toEqual({ depth: 'full', inMs: 0 });
    expect(next({}, seen)).toEqual({ depth: 'full', inMs: windowMs });
  });

  test('a health check that is made from elsewhere is no reason to ask the nodes; one judged by what they tell is', () => {
    const standing = (kind: string): HealthStanding => ({
      results: [
        { check: 'one', kind, outcome: 'failed', before: 'passed', weight: 1, observed: 'status 500', since: NOW, runs: 1, failures: 1 },
      ],
      score: 0,
      leastScore: 1,
      well: false,
    });
    expect(next({ health: standing('http') })).toEqual({ depth: 'client', inMs: windowMs });
    expect(next({ health: standing('http'), depth: 'client', observedAt: NOW - 10_000 })).toEqual({ depth: 'client', inMs: windowMs });
    expect(next({ health: standing('ring') })).toEqual({ depth: 'full', inMs: windowMs });
    const seen = [verification(NODES[0], [failing(found('LEAF_EXPIRED', 'client'))]), ...allGood.slice(1)];
    expect(next({ health: standing('http') }, seen)).toEqual({ depth: 'full', inMs: windowMs });
  });

  test('nothing is kept on reports of a while ago: the end of the soak asks everybody', () => {
    const soaked = { earlier: [good(NOW - LIMITS.soakSeconds * 1000)], observedAt: NOW - 10_000 };
    expect(next({ ...soaked, depth: 'client' })).toEqual({ depth: 'soak', inMs: 0 });
    expect(next({ ...soaked, depth: 'soak' })).toMatchObject({ verdict: 'keep' });
    expect(next({ earlier: [good(NOW - LIMITS.soakSeconds * 1000 + 1000)] })).toEqual({ depth: 'soak', inMs: windowMs });
  });

  test('reports of before the activation was due say nothing of after it', () => {
    expect(next({ depth: 'client', observedAt: LONG_AGO - 1 })).toMatchObject({ depth: 'full' });
  });
});

test('a deployed node that was not looked at keeps the window from being good', () => {
  expect(summariseWindow(evidence(allGood.slice(1)))).toMatchObject({ outcome: 'unclear', open: [`${NODES[0]} observation`] });
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
