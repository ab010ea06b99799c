import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decideDeployment } from '../../../core/decide/decide-deployment.ts';
import type { Verdict } from '../../../core/decide/verdict.ts';
import { buildReport, type ReportParts } from '../../../core/report/build-report.ts';
import { escapeHtml } from '../../../core/report/html.ts';
import { Report } from '../../../core/report/model.ts';
import { renderHtml } from '../../../core/report/render-html.ts';
import { summarise } from '../../../core/report/summarise.ts';
import { duration, grouped, moment, relative } from '../../../core/report/words.ts';
import { NOTHING_TO_DO } from '../../../core/roll-back/plan.ts';
import { planRollBack } from '../../../core/roll-back/plan-roll-back.ts';
import { evidenceOf } from '../../fixtures/deployment-failures.ts';
import { NOW } from '../../fixtures/pki.ts';
import { address, COMPLETED, evil, hash, healthyState, makeRing, NODES, oldLeaves, registration, verifyRing } from '../../fixtures/ring.ts';

const foreign = evil.leaf(address(1));
const bad = { ...healthyState(1, foreign), disk: [foreign, evil.intermediate], served: [foreign, evil.intermediate], accepted: false };
const broken = makeRing([healthyState(0), bad, healthyState(2)], [{ node: NODES[1], leaf: foreign.sha256 }]);
const healed = makeRing(NODES.map((_, i) => healthyState(i)));
const before = verifyRing(broken);
const after = verifyRing(healed, { purpose: 'old' });
const decision = decideDeployment(evidenceOf(broken, { epoch: 2 }));
if (decision.decision !== 'decided') throw new Error('fixture');
const plan = planRollBack({
  registration,
  deployment: 'd-1',
  completedAt: COMPLETED,
  observations: broken.observations,
  backups: broken.backups,
  scope: 'node',
  nodes: decision.verdict.nodes,
  epoch: 2,
  now: NOW,
});
const parts: ReportParts = {
  record: {
    cluster: 'payments',
    deployment: 'd-1',
    epoch: 2,
    startingAt: COMPLETED - 60_000,
    completedAt: COMPLETED,
    detail: {
      schema: 1,
      deploymentId: 'd-1',
      cluster: 'payments',
      change: 'leaf-renewal',
      activation: 'reload',
      requestedBy: 'puppet',
      nodes: [...broken.deployed],
    },
  },
  registration,
  verdict: decision.verdict,
  plan,
  verifications: [
    { moment: 'deployed', window: 1, nodes: before },
    { moment: 'after-rollback', window: 1, nodes: after },
  ],
  rollbacks: [{ node: NODES[1], ms: 900, finishedAt: NOW + 4_000, ok: true }],
  backups: broken.backups,
  timeline: [
    { at: NOW, area: 'decide', what: 'roll-back' },
    { at: COMPLETED, area: 'intake', what: 'completed', by: 'puppet' },
  ],
  now: NOW + 5_000,
};
const verdict = (bent: Partial<Verdict>): Verdict => ({ ...parts.verdict, ...bent });

describe('build-report', () => {
  const report = buildReport(parts);

  test('a rollback that is proven: before, deployed and after of each node', () => {
    expect(Report.parse(report)).toEqual(report);
    expect(report).toMatchObject({ outcome: 'rolled-back', detectMs: 10_000, rollbackMs: 14_000 });
    const fingerprint = `SHA256:${oldLeaves[1]?.sha256}`;
    expect(report.nodes[1]).toMatchObject({
      before: fingerprint,
      deployed: `SHA256:${foreign.sha256}`,
      after: fingerprint,
      outcome: 'old-verified',
      way: 'hot',
      rollbackMs: 900,
      backupId: 'b-1',
    });
    expect(report.nodes[0]).toMatchObject({ outcome: 'untouched' });
    expect(report.timeline.map(({ at }) => at)).toEqual([COMPLETED, NOW]);
  });

  test.each([
    ['a rollback without proof is handed over', { verifications: parts.verifications.slice(0, 1) }, 'handed-over', 'handed-over'],
    [
      'a rollback that failed is handed over with its error',
      { rollbacks: [{ node: NODES[1], ms: 1, finishedAt: NOW, ok: false, error: 'drain failed' }] },
      'handed-over',
      'handed-over',
    ],
    [
      'a plan of refusals alone is refused',
      { plan: { ...plan, hot: [], refused: [{ node: NODES[1], why: 'no backup', wayForward: 'repair' }] }, rollbacks: [] },
      'refused',
      'handed-over',
    ],
    [
      'a hold changes nothing',
      { verdict: verdict({ verdict: 'hold', nodes: [] }), plan: null, rollbacks: [], verifications: parts.verifications.slice(0, 1) },
      'held',
      'unknown',
    ],
    [
      'a keep',
      {
        verdict: verdict({ verdict: 'keep', nodes: [] }),
        plan: null,
        rollbacks: [],
        verifications: [{ moment: 'deployed' as const, window: 1, nodes: after }],
      },
      'kept',
      'new-verified',
    ],
  ])('%s', (_, bent, outcome, nodeOutcome) => {
    const built = buildReport({ ...parts, ...bent });
    expect([built.outcome, built.nodes[1]?.outcome]).toEqual([outcome, nodeOutcome]);
    expect(built.nextStep.length).toBeGreaterThan(5);
  });

  test('a rollback whose record was handed to a person is never told as done, though every node is back', () => {
    const broken = buildReport({ ...parts, record: { ...parts.record, state: 'handed-over' } });
    expect(broken).toMatchObject({ outcome: 'handed-over', nextStep: expect.stringContaining('could not be concluded') });
    expect(buildReport({ ...parts, record: { ...parts.record, state: 'rolled-back' } }).outcome).toBe('rolled-back');
  });

  test('a node that was found as before is as good as one that went back, once it is proven', () => {
    const found = { ...plan, hot: [], refused: [{ node: NODES[1], why: 'nothing differs', wayForward: NOTHING_TO_DO }] };
    const resumed = buildReport({ ...parts, plan: found, rollbacks: [] });
    expect(resumed).toMatchObject({ outcome: 'rolled-back', rolledBackAt: Math.max(...after.map(({ at }) => at)) });
    expect(resumed.nodes[1]).toMatchObject({ outcome: 'old-verified', deployed: `SHA256:${foreign.sha256}` });
    const unproven = buildReport({ ...parts, plan: found, rollbacks: [], verifications: parts.verifications.slice(0, 1) });
    expect(unproven).toMatchObject({ outcome: 'handed-over', rolledBackAt: null });
    expect(unproven.nextStep).toContain('its proof is missing');
  });

  test('a file that does not load is shown by its own hash', () => {
    const pem = makeRing([healthyState(0), { ...healthyState(1), disk: [], loads: false, keystoreHash: hash('d') }, healthyState(2)]);
    expect(buildReport({ ...parts, verifications: [{ moment: 'deployed', window: 1, nodes: verifyRing(pem) }] }).nodes[1]?.deployed).toBe(
      `SHA256:${hash('d')}`,
    );
  });
});

describe('the page', () => {
  const report = buildReport(parts);
  const page = renderHtml(report);

  test('says act or sleep, verdict, reason, next step, and every check by name', () => {
    for (const text of [
      'Sleep',
      'Rolled back',
      escapeHtml(report.verdict.reason),
      escapeHtml(report.nextStep),
      'CHAIN_ISSUER_UNKNOWN',
      plan.hash,
    ])
      expect(page).toContain(text);
    for (const { check } of before[0]?.checks ?? []) expect(page).toContain(`<strong>${check}</strong>`);
    expect(page).toContain(grouped(`SHA256:${oldLeaves[1]?.sha256}`).split(' ')[0]);
    expect(renderHtml({ ...report, outcome: 'held' })).toContain('>Act<');
  });

  test('is self-contained and needs no script', () => {
    expect(page).not.toMatch(/<script|src=|@import|url\(|https?:\/\//i);
    expect(page).toContain('prefers-color-scheme:dark');
    expect(page).toContain('name="viewport"');
  });

  test('headings do not skip a level', () => {
    const levels = [...page.matchAll(/<h([1-6])/g)].map(([, level]) => Number(level));
    expect(levels[0]).toBe(1);
    for (const [i, level] of levels.entries()) expect(level - (levels[i - 1] ?? 0)).toBeLessThanOrEqual(1);
  });

  test('tags are balanced', () => {
    const open: string[] = [];
    for (const [, close, name] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*>/g)) {
      if (['meta', 'link', 'br'].includes(name ?? '')) continue;
      if (close) expect(open.pop()).toBe(name);
      else open.push(name ?? '');
    }
    expect(open).toEqual([]);
  });

  test('property: nothing that a node or a person wrote becomes markup', () => {
    const hostile = fc.oneof(
      fc.string(),
      fc.constantFrom('<script>alert(1)</script>', '"><img src=x onerror=1>', "' onmouseover='1", '</style><script>', '&lt;', '\u0000'),
    );
    const tags = (text: string) => [...text.matchAll(/<\/?[a-z][^>]*>/g)].length;
    fc.assert(
      fc.property(hostile, (text) => {
        const evilReport = {
          ...report,
          deployment: text,
          requestedBy: text,
          nextStep: text,
          verdict: { ...report.verdict, reason: text },
          timeline: report.timeline.map((entry) => ({ ...entry, what: text, by: text })),
          nodes: report.nodes.map((node) => ({ ...node, why: `w${text}` })),
          verifications: report.verifications.map((one) => ({
            ...one,
            nodes: one.nodes.map((node) => ({ ...node, checks: node.checks.map((check) => ({ ...check, summary: text })) })),
          })),
        };
        const plain = {
          ...evilReport,
          timeline: report.timeline.map((entry) => ({ ...entry, what: 'x', by: 'x' })),
          nodes: report.nodes.map((node) => ({ ...node, why: 'w' })),
        };
        expect(renderHtml(evilReport)).not.toMatch(/<script|<img|onerror=1>|<[^>]* onmouseover='1/);
        expect(tags(renderHtml(evilReport))).toBe(
          tags(renderHtml({ ...plain, deployment: 'x', requestedBy: 'x', nextStep: 'x', verdict: { ...report.verdict, reason: 'x' } })),
        );
      }),
      { numRuns: 60 },
    );
  });
});

test('the terminal lines: verdict first, next step last, no control character', () => {
  const lines = summarise({ ...buildReport(parts), requestedBy: 'x', nextStep: 'look\u001b[31m here' });
  expect(lines[0]).toMatch(/^SLEEP · Rolled back/);
  expect(lines.at(-1)).toBe('Next step: look [31m here');
  expect(lines.join('')).not.toContain('\u001b');
});

test('words', () => {
  expect([0, 999, 4200, 185_000, 7_800_000].map(duration)).toEqual(['0 ms', '999 ms', '4.2 s', '3 min 5 s', '2 h 10 min']);
  expect([relative(5, 0), relative(0, 4200)]).toEqual(['+5 ms', '−4.2 s']);
  expect(grouped(`SHA256:${'ab'.repeat(4)}`)).toBe('abab abab');
});

test('a moment is read without its milliseconds, and is still RFC 3339', () => {
  expect(moment(Date.UTC(2026, 10, 24, 6, 42, 9, 999))).toBe('2026-11-24 06:42:09Z');
});

test('health checks stand on the page with what they were before; a hostile answer is text, and where none is registered there is no section', () => {
  const report = buildReport(parts);
  expect(renderHtml(report)).not.toContain('Health checks');
  const result = {
    check: 'checkout',
    kind: 'http',
    outcome: 'failed',
    before: 'passed',
    weight: 1,
    observed: '<script>alert(1)</script>',
    since: NOW,
    runs: 5,
    failures: 2,
  } as const;
  const health = { results: [result], score: 0, leastScore: 1, well: false };
  const page = renderHtml({ ...report, verifications: report.verifications.map((one) => ({ ...one, health })) });
  expect(page).toContain('Health checks');
  expect(page).toContain('before: passed · 2 of 5 runs failed');
  expect(page).not.toContain('<script>alert');
});
