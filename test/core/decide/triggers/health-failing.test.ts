/** Health checks that fail for longer than their timer: back where other evidence agrees, else a person; exactly at it is not above it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decideDeployment } from '../../../../core/decide/decide-deployment.ts';
import { decideUnderProfile } from '../../../../core/decide/decide-under-profile.ts';
import type { DeploymentEvidence } from '../../../../core/decide/deployment-evidence.ts';
import { failingHealth, healthTimerEnds } from '../../../../core/decide/triggers/health-failing.ts';
import { Health, HealthCheck } from '../../../../core/health/health-check.ts';
import type { HealthSample } from '../../../../core/health/health-sample.ts';
import { type HealthResult, type HealthStanding, judgeHealth } from '../../../../core/health/judge-health.ts';
import { profileOf } from '../../../../core/profile/effective.ts';
import type { FindingCodeName } from '../../../../core/verify/codes.ts';
import type { VantagePoint } from '../../../../core/verify/findings.ts';
import { allGood, evidence, failing, found, good, LIMITS, verdictOf, verification } from '../../../fixtures/deployment-evidence.ts';
import { NOW } from '../../../fixtures/pki.ts';
import { NODES } from '../../../fixtures/ring.ts';

const COMPLETED = NOW - 500_000;
const DUE = COMPLETED + 2000;
const TIMER = { failingSeconds: 300, graceSeconds: 0 };
const MS = 300_000;

/** One that fails, seen until now, for so long. */
const bad = (check: string, lastedMs: number, bent: Partial<HealthResult> = {}): HealthResult => ({
  check,
  kind: 'http',
  outcome: 'failed',
  before: 'passed',
  weight: 1,
  observed: 'status 500',
  since: NOW - lastedMs,
  seenAt: NOW,
  runs: 60,
  failures: 60,
  ...bent,
});
const well = (check: string, bent: Partial<HealthResult> = {}): HealthResult => ({ ...bad(check, MS), outcome: 'passed', ...bent });
function standing(results: readonly HealthResult[], leastScore = 1): HealthStanding {
  const counted = results.filter(({ before }) => before !== 'failed');
  const weigh = (of: readonly HealthResult[]) => of.reduce((sum, { weight }) => sum + weight, 0);
  const total = weigh(counted);
  const score = total === 0 ? 1 : weigh(counted.filter(({ outcome }) => outcome === 'passed')) / total;
  return { results: [...results], score, leastScore, well: score >= leastScore };
}
const seen = (results: readonly HealthResult[], bent: Partial<DeploymentEvidence> = {}, leastScore = 1): DeploymentEvidence =>
  evidence(allGood, { completedAt: COMPLETED, health: standing(results, leastScore), healthTimer: TIMER, ...bent });
const noticed = (code: FindingCodeName, by: VantagePoint, node: string = NODES[1]) => [
  ...allGood.filter((one) => one.node !== node),
  verification(node, [failing(found(code, by, node))]),
];
const LONG = MS + 1;
const second = (lastedMs = 10_000) => bad('links', lastedMs, { kind: 'network', observed: 'n1 to n2 fails' });

describe('the timer', () => {
  test.each([
    ['just below', MS - 1, null],
    ['exactly at', MS, null],
    ['just above', MS + 1, 'roll-back'],
  ])('%s it: %i ms', (_, lastedMs, verdict) => {
    expect(verdictOf(seen([bad('orders', lastedMs), second()]))?.verdict ?? null).toBe(verdict);
  });

  test('is shown by runs: what nobody asked since is not failing for longer', () => {
    expect(verdictOf(seen([bad('orders', LONG, { seenAt: NOW - 2 }), second()]))).toBeNull();
    const { seenAt: _, ...stored } = bad('orders', LONG);
    expect(verdictOf(seen([stored, second()]))).toBeNull();
  });

  test('a grace period delays and then ends; nothing that failed in it counts', () => {
    const now = (at: number) =>
      verdictOf(
        seen([bad('orders', 0, { since: DUE - 60_000, seenAt: at }), second()], { now: at, healthTimer: { ...TIMER, graceSeconds: 60 } }),
      );
    expect(now(DUE + MS + 1)).toBeNull();
    expect(now(DUE + 60_000 + MS)).toBeNull();
    expect(now(DUE + 60_000 + MS + 1)?.verdict).toBe('roll-back');
  });

  test('does not run before the activation is due, nor where no profile judges', () => {
    expect(decideDeployment(seen([bad('orders', LONG), second()], { activation: 'poll' }))).toMatchObject({ decision: 'watch' });
    const { healthTimer: _, ...unjudged } = seen([bad('orders', LONG), second()]);
    expect(verdictOf(unjudged)).toBeNull();
  });

  test('the monitoring’s own time does not end a moment before it, and ends where none runs', () => {
    const limits = { ...seen([]).limits, performanceSeconds: 400 };
    const at = { limits, earlier: [good(NOW - 400_000)] };
    expect(verdictOf(seen([bad('orders', MS - 1), second()], at))).toBeNull();
    expect(verdictOf(seen([bad('orders', MS - 1, { before: 'unknown' })], at))?.reason).toContain('never stayed good');
    // A timer that would end after the whole verification is not awaited.
    const late = { ...at, healthTimer: { ...TIMER, failingSeconds: 800 } };
    expect(verdictOf(seen([bad('orders', MS - 1), second()], late))?.reason).toContain('never stayed good');
  });
});

describe('what counts', () => {
  test.each<[string, Partial<HealthResult>]>([
    ['that could not be asked', { outcome: 'unknown' }],
    ['that is well', { outcome: 'passed' }],
    ['that failed before', { before: 'failed' }],
    ['that was never run before', { before: 'unknown' }],
    ['of weight 0', { weight: 0 }],
  ])('a check %s starts no timer, and agrees with none', (_, bent) => {
    expect(failingHealth(seen([bad('orders', LONG, bent), second(), well('x')], {}, 0.5), DUE)).toBeNull();
    expect(failingHealth(seen([bad('orders', LONG), { ...second(), ...bent }]), DUE)?.confirmed ?? false).toBe(false);
  });

  test('required: counts whatever its weight and the score', () => {
    expect(failingHealth(seen([bad('orders', LONG, { weight: 0, required: true }), well('x')], {}, 0.5), DUE)).not.toBeNull();
  });

  test('two checks, each by itself above the least score, count together; exactly the least score is not below it', () => {
    const three = (a: HealthResult, b: HealthResult) => seen([a, b, well('x'), well('y')], {}, 0.75);
    const [http, cql] = [bad('orders', LONG), bad('payments', LONG, { kind: 'cql' })];
    expect(failingHealth(three(http, well('payments')), DUE)).toBeNull();
    expect(failingHealth(three(well('orders'), cql), DUE)).toBeNull();
    expect(failingHealth(three(http, { ...cql, since: NOW - 10_000 }), DUE)).toBeNull();
    expect(verdictOf(three(http, cql))).toMatchObject({ verdict: 'roll-back', nodes: NODES });
  });

  test('what could not be asked lowers no score here: only what fails does', () => {
    expect(failingHealth(seen([bad('orders', LONG), well('x', { outcome: 'unknown' }), well('y')], {}, 0.6), DUE)).toBeNull();
  });
});

describe('attribution', () => {
  test('alone, it is held at the timer and a person is asked, with that reason', () => {
    expect(verdictOf(seen([bad('orders', LONG)]))).toMatchObject({
      verdict: 'hold',
      nodes: [],
      reason: expect.stringMatching(
        /^Health check orders \(status 500\) fails since .*, longer than 300 s.*no evidence of another kind agrees/,
      ),
      evidence: [{ code: 'HEALTH_FAILING', where: 'health check orders' }],
    });
  });

  test('a second check of the same kind, or one that failed once, is no other evidence', () => {
    expect(verdictOf(seen([bad('orders', LONG), bad('basket', LONG)]))?.verdict).toBe('hold');
    expect(verdictOf(seen([bad('orders', LONG), second(0)]))?.verdict).toBe('hold');
  });

  test('an application that crashed fails by HTTP, by TCP and at its load balancer: the ring is well, and a person is asked', () => {
    const others = (['tcp', 'load-balancer', 'lambda', 'ssm-document', 'prometheus', 'cloudwatch'] as const).map((kind) =>
      bad(kind, LONG, { kind }),
    );
    expect(verdictOf(seen([bad('orders', LONG), ...others]))).toMatchObject({ verdict: 'hold', nodes: [] });
    for (const kind of ['cql', 'ring', 'replication', 'network'])
      expect(verdictOf(seen([bad('orders', LONG), ...others, bad('of the ring', LONG, { kind })]))?.verdict).toBe('roll-back');
  });

  test('one of another kind agrees: the whole deployment goes back, what fails for longest first', () => {
    expect(verdictOf(seen([second(), bad('orders', LONG)]))).toMatchObject({
      verdict: 'roll-back',
      nodes: NODES,
      vantagePoints: ['client', 'node'],
      reason: expect.stringContaining('links, of another kind (network), fails too'),
      evidence: [{ where: 'health check orders' }, { where: 'health check links' }],
    });
  });

  test.each<[FindingCodeName, VantagePoint]>([
    ['NODE_SEEN_DOWN', 'peer'],
    ['READ_TIMED_OUT', 'node'],
  ])('%s, seen by a look since the deployment, agrees and names its node', (code, by) => {
    const verdict = verdictOf(seen([bad('orders', LONG)], { verifications: noticed(code, by) }));
    expect(verdict).toMatchObject({ verdict: 'roll-back', nodes: [NODES[1]], reason: expect.stringContaining(code) });
    expect(verdict?.evidence.map((finding) => finding.code)).toEqual(['HEALTH_FAILING', code]);
  });

  test('what the client alone sees, from where the health check is made too, agrees with nothing', () => {
    expect(verdictOf(seen([bad('orders', LONG)], { verifications: noticed('CLIENT_READ_FAILED', 'client') }))).toMatchObject({
      verdict: 'hold',
      nodes: [],
    });
  });

  test('who only tells of others agrees, and names nobody', () => {
    expect(verdictOf(seen([bad('orders', LONG)], { verifications: noticed('RING_NODE_DOWN', 'node') }))?.nodes).toEqual(NODES);
  });

  test('a notice, what a passed check tells, and what was looked for before the activation was due agree with nothing', () => {
    const told = [verification(NODES[0], [{ findings: [found('KEY_READABLE_BY_ALL', 'node')] }]), ...allGood.slice(1)];
    const early = noticed('NODE_SEEN_DOWN', 'peer').map((one) => ({ ...one, lookedAt: DUE - 1 }));
    for (const verifications of [told, early, noticed('LEAF_NOT_YET_SERVED', 'client')])
      expect(failingHealth(seen([bad('orders', LONG)], { verifications }), DUE)?.confirmed).toBe(false);
  });

  test('a node that is no part of the deployment is another cause: held', () => {
    const at = { verifications: noticed('NODE_SEEN_DOWN', 'peer'), deployedNodes: [NODES[0]] };
    expect(verdictOf(seen([bad('orders', LONG)], at))).toMatchObject({
      verdict: 'hold',
      reason: expect.stringContaining('not part of this deployment'),
    });
  });

  test('nobody is asked on what the client alone saw: everybody looks first', () => {
    expect(decideDeployment(seen([bad('orders', LONG)], { depth: 'client' }))).toMatchObject({
      decision: 'watch',
      lookAgainAt: NOW,
      depth: 'full',
    });
    // Past the deadline nothing is watched (I12).
    const late = { depth: 'client' as const, now: COMPLETED + LIMITS.verificationSeconds * 1000 };
    expect(verdictOf(seen([bad('orders', LONG)], late))?.verdict).toBe('hold');
  });

  test('without a verified backup nothing goes back (I1)', () => {
    expect(verdictOf(seen([bad('orders', LONG), second()], { backups: [] }))).toMatchObject({ verdict: 'hold', nodes: [] });
  });
});

test('the profile’s own timer and grace judge, and its rule for whole deployments holds', () => {
  const rules = (profile: Parameters<typeof profileOf>[0]['profile'], environment: 'production' | 'disaster-recovery' = 'production') => ({
    cluster: 'payments',
    name: environment,
    profile: profileOf({ environment, profile, limits: {} }),
    staging: null,
  });
  const under = (...[profile, environment]: Parameters<typeof rules>) => {
    const decision = decideUnderProfile(seen([bad('orders', LONG), second()]), rules(profile, environment));
    return decision.decision === 'decided' ? decision.verdict.verdict : null;
  };
  expect(under({})).toBe('roll-back');
  expect(under({ measured: { healthFailingSeconds: 301 } })).toBeNull();
  expect(under({ measured: { graceS: 250 } })).toBeNull();
  expect(under({}, 'disaster-recovery')).toBe('hold');
  expect(profileOf({ environment: 'production', limits: {} }).measured.healthFailingSeconds).toBe(86_400);
});

test('from runs to the trigger: the newest run that failed counts, whatever another place said later', () => {
  const health = Health.parse({ checks: [HealthCheck.parse({ name: 'r', kind: 'replication', canaryTable: 'k.t' })] });
  const runs = (place: HealthSample['place'], outcome: HealthSample['outcome'], ...at: number[]): HealthSample[] =>
    at.map((time) => ({ check: 'r', place, outcome, observed: outcome, at: time, ms: 1, attempts: 1 }));
  const during = [...runs('endpoints', 'failed', 5, 9), ...runs('nodes', 'passed', 12)].toSorted((a, b) => a.at - b.at);
  const before = [...runs('endpoints', 'passed', 1), ...runs('nodes', 'passed', 1)];
  expect(judgeHealth(health, before, during).results[0]).toMatchObject({ outcome: 'failed', before: 'passed', since: 5, seenAt: 9 });
});

describe('properties', () => {
  const result = fc.record({
    check: fc.constantFrom('a', 'b', 'c', 'd'),
    kind: fc.constantFrom('http', 'network', 'load-balancer'),
    outcome: fc.constantFrom<HealthResult['outcome'][]>('passed', 'failed', 'unknown'),
    before: fc.constantFrom<HealthResult['before'][]>('passed', 'failed', 'unknown'),
    weight: fc.constantFrom(0, 1, 3),
    lastedMs: fc.integer({ min: 0, max: 2 * MS }),
    required: fc.boolean(),
  });
  const drawn = fc
    .uniqueArray(result, { selector: ({ check }) => check, maxLength: 4 })
    .map((all) => all.map(({ lastedMs, required, check, ...bent }) => bad(check, lastedMs, { ...bent, ...(required && { required }) })));
  const least = fc.constantFrom(0.25, 0.5, 0.75, 1);

  test('goes back only by a check that passed before and failed for longer than the timer, and two kinds of which agree', () => {
    fc.assert(
      fc.property(drawn, least, (results, leastScore) => {
        const verdict = verdictOf(seen(results, {}, leastScore));
        if (verdict?.verdict !== 'roll-back') return;
        const counting = results.filter((one) => one.outcome === 'failed' && one.before === 'passed' && (one.weight > 0 || one.required));
        expect(counting.some(({ since }) => NOW - (since ?? NOW) > MS)).toBe(true);
        expect(new Set(counting.map(({ kind }) => kind)).size).toBeGreaterThan(1);
        expect(counting.map(({ kind }) => kind)).toContain('network');
        expect(verdict.evidence.length).toBeGreaterThan(1);
      }),
    );
  });

  test('weight 0, and a check that cannot be asked, change nothing of what the others say', () => {
    fc.assert(
      fc.property(drawn, least, (results, leastScore) => {
        const silent = bad('silent', 2 * MS, { weight: 0, kind: 'tcp' });
        const of = (all: readonly HealthResult[]) => failingHealth(seen(all, {}, leastScore), DUE)?.reason ?? null;
        expect(of([...results, silent])).toBe(of(results));
        const lost = results.map((one) => ({ ...one, outcome: 'unknown' as const }));
        expect(of(lost)).toBeNull();
      }),
    );
  });

  test('fires just after the moment that it announces, and not at it', () => {
    fc.assert(
      fc.property(drawn, least, (results, leastScore) => {
        const at = (now: number) => {
          const run = results.map((one) => ({ ...one, seenAt: now }));
          return {
            ends: healthTimerEnds(seen(run, { now }, leastScore), DUE),
            fires: failingHealth(seen(run, { now }, leastScore), DUE) !== null,
          };
        };
        const { ends } = at(NOW);
        const fires = ends === null ? [at(NOW + 10 * MS).fires] : [at(ends).fires, at(ends + 1).fires];
        expect(fires).toEqual(ends === null ? [false] : [false, true]);
      }),
    );
  });
});
