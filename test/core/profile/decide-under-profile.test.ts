import { describe, expect, test } from 'vitest';
import { decideUnderProfile, scopeOf, underProfile } from '../../../core/decide/decide-under-profile.ts';
import { judgeHealth } from '../../../core/health/judge-health.ts';
import { withLoadChecks } from '../../../core/profile/binding-checks.ts';
import { profileOf } from '../../../core/profile/effective.ts';
import { healthOf, requiredKinds } from '../../../core/profile/health-in-force.ts';
import { buildReport } from '../../../core/report/build-report.ts';
import { Report } from '../../../core/report/model.ts';
import { renderHtml } from '../../../core/report/render-html.ts';
import { summarise } from '../../../core/report/summarise.ts';
import type { CheckResult } from '../../../core/verify/findings.ts';
import { leaf, ring, shows } from '../../fixtures/failure-cases.ts';
import { DAY, NOW } from '../../fixtures/pki.ts';
import { good, NODES } from '../../fixtures/ring.ts';
import { judged, registered, wordOf } from './environments.ts';

const verdictOf = (seen: ReturnType<typeof judged>) => {
  if (seen.decision.decision !== 'decided') throw new Error(`no verdict: ${seen.decision.why}`);
  return seen.decision.verdict;
};
const expired = ring({ ...shows(leaf({ notAfter: NOW - DAY }), good.intermediate), accepted: false });
const nameless = ring(shows(leaf({ addresses: ['elsewhere.example'] }), good.intermediate));

describe('checks', () => {
  test('one that is off is not run, and is named; the others are', () => {
    const off = { profile: { checks: { node: { names: 'off', strength: 'advisory' } } } };
    const { evidence } = judged(registered('development', off), { ring: ring() });
    const [first] = evidence.verifications;
    expect(first?.off).toEqual(['names']);
    expect(first?.checks.map(({ check }) => check)).not.toContain('names');
    expect(first?.checks.find(({ check }) => check === 'strength')).toMatchObject({ outcome: 'passed', advisory: true });
  });

  test('one that advises is told with what it found, and keeps nobody from "keep"', () => {
    const seen = judged(registered('development'), { ring: nameless, goodFor: 60 });
    expect(seen.evidence.verifications[2]?.checks.find(({ check }) => check === 'names')).toMatchObject({
      outcome: 'failed',
      advisory: true,
    });
    expect(seen.evidence.verifications[2]).toMatchObject({ outcome: 'passed', rootCause: null });
    expect(verdictOf(seen).verdict).toBe('keep');
  });

  test('the same check, required: it never is kept', () => {
    const strict = registered('development', { profile: { checks: { node: { names: 'required' } } } });
    expect(verdictOf(judged(strict, { ring: nameless, goodFor: 60 })).verdict).toBe('roll-back');
  });

  test('performance binds only where the profile requires it', () => {
    const slow: CheckResult = { check: 'cpu', node: NODES[0], outcome: 'failed', advisory: true, summary: 's', findings: [] };
    const [one] = judged(registered('production'), { ring: ring() }).evidence.verifications;
    if (!one) throw new Error('fixture');
    const withMode = (cpu: 'required' | 'advisory' | 'off') =>
      withLoadChecks(one, [slow], { ...profileOf(registered('production')).checks.load, cpu });
    expect(withMode('advisory').outcome).toBe('passed');
    expect(withMode('required')).toMatchObject({ outcome: 'failed' });
    expect(withMode('off')).toMatchObject({ outcome: 'passed', off: ['cpu'] });
    expect(withMode('off').checks).toHaveLength(one.checks.length);
    const seen = judged(registered('production'), { ring: ring(), goodFor: 200, stagingKept: true });
    const required = { ...seen.evidence, verifications: [withMode('required'), ...seen.evidence.verifications.slice(1)] };
    expect([wordOf(seen.decision), wordOf(decideUnderProfile(required, seen.rules))]).toEqual(['keep', 'watch']);
  });

  test('preparing the evidence twice changes nothing', () => {
    const { evidence, rules } = judged(registered('production'), { ring: nameless, goodFor: 60 });
    const once = underProfile(evidence, rules);
    expect(underProfile(once, rules)).toEqual(once);
    expect(once.limits.soakSeconds).toBe(270);
  });
});

describe('a disaster-recovery site', () => {
  const site = registered('disaster-recovery');

  test.each(['network', 'replication'])('is not kept without evidence of %s, and is with it', (kind) => {
    const without = judged(site, { ring: ring(), goodFor: 460, health: { [kind]: { before: 'passed', now: 'unknown' } } });
    expect(wordOf(without.decision)).toBe('watch');
    expect(without.decision).toMatchObject({ why: expect.stringContaining(`health check ${kind} (unknown)`) });
    expect(wordOf(judged(site, { ring: ring(), goodFor: 460 }).decision)).toBe('keep');
  });

  test('is not kept when no check of a required kind is registered any more: silence is no evidence', () => {
    const bare = { ...site, health: { ...site.health, checks: site.health.checks.filter(({ kind }) => kind !== 'replication') } };
    const standing = judgeHealth(
      healthOf(bare),
      [],
      [{ check: 'network', outcome: 'passed', observed: '', at: NOW, ms: 1, attempts: 1 }],
      requiredKinds(profileOf(bare)),
    );
    expect(standing).toMatchObject({ well: false, missing: ['replication'], score: 1 });
    expect(wordOf(judged(bare, { ring: ring(), goodFor: 460 }).decision)).toBe('watch');
  });
});

describe('going back', () => {
  test('where a person is asked, the hold has the plan as its next step, and says who approves', () => {
    const careful = registered('production', { profile: { rollBack: { node: 'hold' } } });
    const verdict = verdictOf(judged(careful, { ring: expired }));
    expect(verdict).toMatchObject({ verdict: 'hold', nodes: [], vantagePoints: expect.arrayContaining(['node', 'client']) });
    expect(verdict.evidence.map(({ code }) => code)).toContain('LEAF_EXPIRED');
    expect(verdict.reason).toContain('the profile production has a person asked');
    expect(verdict.nextStep).toContain(`ringward rollback --cluster payments --node ${NODES[2]}`);
    expect(verdict.nextStep).toContain('approval of one person');
    expect(verdictOf(judged(registered('production'), { ring: expired }))).toMatchObject({ verdict: 'roll-back', nodes: [NODES[2]] });
  });

  test('every node of several is the cluster; one, or one alone, is a node', () => {
    expect(scopeOf(['a', 'b'], ['a', 'b'])).toBe('cluster');
    expect(scopeOf(['a'], ['a', 'b'])).toBe('node');
    expect(scopeOf(['a'], ['a'])).toBe('node');
  });
});

describe('what staging never kept', () => {
  const production = registered('production');

  test('is flagged in production, and its soak lasts longer', () => {
    const early = judged(production, { ring: ring(), goodFor: 200 });
    expect(early.decision).toMatchObject({
      decision: 'watch',
      why: expect.stringContaining('Staging never kept the artifact, so the soak is of 270 s'),
    });
    const late = verdictOf(judged(production, { ring: ring(), goodFor: 280 }));
    expect(late).toMatchObject({ verdict: 'keep', notices: [expect.stringContaining('never seen in staging')] });
    const seen = verdictOf(judged(production, { ring: ring(), goodFor: 200, stagingKept: true }));
    expect(seen.verdict).toBe('keep');
    expect(seen.notices).toBeUndefined();
  });

  test('is held instead of kept where staging is required, and still goes back when it is bad', () => {
    const strict = registered('production', { profile: { consistency: { requireStaging: true } } });
    const held = verdictOf(judged(strict, { ring: ring(), goodFor: 280 }));
    expect(held).toMatchObject({
      verdict: 'hold',
      nextStep: expect.stringContaining('staging'),
      reason: expect.stringContaining('never seen in staging'),
    });
    expect(verdictOf(judged(strict, { ring: ring(), goodFor: 280, stagingKept: true })).verdict).toBe('keep');
    expect(verdictOf(judged(strict, { ring: expired })).verdict).toBe('roll-back');
  });

  test('never has a soak that cannot end', () => {
    const tight = registered('production', { limits: { soakSeconds: 190, performanceSeconds: 200 } });
    expect(judged(tight, { ring: ring() }).soak).toBe(190);
    const some = registered('production', { limits: { soakSeconds: 150, performanceSeconds: 200 } });
    expect(judged(some, { ring: ring() }).soak).toBe(180);
  });

  test('development and staging are not asked', () => {
    for (const environment of ['development', 'staging'] as const) {
      const { rules, soak } = judged(registered(environment), { ring: ring() });
      expect([rules.staging, soak]).toEqual([null, rules.profile.limits.soakSeconds]);
    }
  });
});

test('the report tells the profile, what was off, what only advised, and the notices', () => {
  const registration = registered('development', {
    health: { checks: [{ kind: 'cloudwatch', name: 'errors', namespace: 'n', metric: 'm', expect: { below: 1 } }] },
  });
  const { evidence } = judged(registration, { ring: ring() });
  const verdict = { ...verdictOf(judged(registered('production'), { ring: ring(), goodFor: 280 })) };
  const report = buildReport({
    record: {
      cluster: 'payments',
      deployment: 'd-1',
      epoch: 1,
      detail: { schema: 1, deploymentId: 'd-1', cluster: 'payments', change: 'leaf-renewal', activation: 'reload', requestedBy: 'p' },
    },
    registration,
    verdict,
    plan: null,
    verifications: [{ moment: 'deployed', window: 0, nodes: [...evidence.verifications] }],
    rollbacks: [],
    backups: [],
    timeline: [],
    now: NOW,
  });
  expect(Report.parse(report)).toEqual(report);
  expect(report.profile).toMatchObject({ name: 'development', approvals: { node: 0, cluster: 0 } });
  expect(report.profile?.off).toEqual(['throughput', 'memory', 'cpu', 'clients-back', 'health check errors']);
  expect(report.profile?.advisory).toContain('names');
  const page = renderHtml(report);
  expect(page).toContain('Off, so not run: throughput, memory, cpu, clients-back, health check errors.');
  expect(page).toContain('never seen in staging');
  expect(summarise(report).join('\n')).toMatch(/Note: .*never seen in staging[\s\S]*Off by the profile development: throughput/);
});
