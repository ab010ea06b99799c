/** Health checks: what the schema lets in, what is expected of an answer, what is redacted, and what keeps a deployment. */
import { expect, test } from 'vitest';
import { failed, judgeAnswer, judgeHttp, judgeNumbers, judgeTargets, passed } from '../../../core/health/expectation.ts';
import { isForbiddenAddress } from '../../../core/health/forbidden-address.ts';
import { Health, type HealthCheck, HealthCheck as HealthCheckSchema } from '../../../core/health/health-check.ts';
import { dueChecks, type HealthSample, HealthSamples, notRun, saidBy, withHealth } from '../../../core/health/health-sample.ts';
import { healthOpen, judgeHealth } from '../../../core/health/judge-health.ts';
import { type NodesSeen, networkHealth, replicationHealth, ringHealth } from '../../../core/health/nodes-health.ts';
import { redacted } from '../../../core/health/redact.ts';
import type { LoadSample } from '../../../core/load/load-sample.ts';
import { ring } from '../../fixtures/failure-cases.ts';
import { registration } from '../../fixtures/ring.ts';

const http = (name: string, more: object = {}): HealthCheck =>
  HealthCheckSchema.parse({ name, kind: 'http', url: 'http://10.0.9.1:8080/health', ...more });
const sample = (check: string, outcome: HealthSample['outcome'], at: number, ms = 10): HealthSample => ({
  check,
  outcome,
  observed: outcome,
  at,
  ms,
  attempts: 1,
});

test.each([
  ['http://169.254.169.254/latest/meta-data/', 'metadata'],
  ['http://[fd00:ec2::254]/latest/', 'metadata'],
  ['http://[fe80::1]/x', 'link-local'],
  ['file:///etc/passwd', 'http'],
  ['http://user:hunter2@10.0.0.1/', 'password'],
  ['ftp://10.0.0.1/', 'http'],
])('the address %s is refused', (url) => {
  expect(HealthCheckSchema.safeParse({ name: 'x', kind: 'http', url }).success).toBe(false);
});

test('a name that resolves to instance metadata is known for it, also as mapped IPv6', () => {
  const refused = [
    ...['169.254.169.254', '::ffff:169.254.169.254', '[::ffff:a9fe:a9fe]', '0:0:0:0:0:ffff:a9fe:1', 'fe80::1', 'FEBF::1', 'fe80::1%eth0'],
    ...['fd00:ec2::254', '0.0.0.0', '::', 'metadata.google.internal'],
    // The same octets, written otherwise, and IPv4 behind a translator (RFC 6052, 8215, 3056).
    ...['fd00:0ec2::254', 'fd00:0ec2:0:0:0:0:0:254', '[64:ff9b::a9fe:a9fe]', '64:ff9b::169.254.169.254', '64:ff9b:1::a9fe:a9fe'],
    ...['::a9fe:a9fe', '2002:a9fe:a9fe::1', '::ffff:0:a9fe:a9fe', '0000:0000:0000:0000:0000:0000:0000:0000'],
  ];
  expect(refused.filter((host) => !isForbiddenAddress(host))).toEqual([]);
  const allowed = [
    '10.0.0.1',
    '127.0.0.1',
    '::1',
    '2001:db8::1',
    '::ffff:10.0.0.1',
    '64:ff9b::a00:1',
    'fd00:ec3::1',
    'feed.example',
    '0.example',
  ];
  expect(allowed.filter(isForbiddenAddress)).toEqual([]);
});

test.each(['INSERT INTO a.b (c) VALUES (1)', 'SELECT * FROM a.b; DROP TABLE a.b', 'drop table a.b', 'BEGIN BATCH'])(
  'the query %s is refused: verification changes nothing',
  (query) => {
    expect(HealthCheckSchema.safeParse({ name: 'q', kind: 'cql', query }).success).toBe(false);
  },
);

test('a canary table is the operator’s own, never one of Cassandra’s', () => {
  const accepts = (canaryTable: string) => HealthCheckSchema.safeParse({ name: 'r', kind: 'replication', canaryTable }).success;
  expect(['ringward_canary.rows', 'system.local', 'system_auth.roles', 'a.b; DROP', 'rows'].map(accepts)).toEqual([
    true,
    false,
    false,
    false,
    false,
  ]);
});

test('status, body and redirects of an answer', () => {
  const of = (expected: object) => (http('h', { expect: expected }) as Extract<HealthCheck, { kind: 'http' }>).expect;
  const answer = { status: 200, body: '{"ok":true}', endless: false };
  expect(judgeHttp(of({ contains: '"ok":true' }), answer).outcome).toBe('passed');
  expect(judgeHttp(of({ contains: '"ok":true' }), { ...answer, body: 'password=hunter2 down' })).toEqual(
    failed('status 200, without ""ok":true": password=[redacted] down'),
  );
  expect(judgeHttp(of({}), { ...answer, status: 302, location: 'http://elsewhere/' })).toEqual(
    failed('status 302, not 200, redirects to http://elsewhere/'),
  );
  expect(judgeHttp(of({}), { ...answer, endless: true }).outcome).toBe('failed');
});

test('numbers: every series must hold, NaN holds nothing, and no data is unknown', () => {
  const below = { below: 5 };
  expect(judgeNumbers(below, [{ of: 'a', value: 4.9 }]).outcome).toBe('passed');
  expect(
    judgeNumbers(below, [
      { of: 'a', value: 1 },
      { of: 'b', value: 5 },
    ]),
  ).toEqual(failed('b = 5; expected below 5'));
  expect(judgeNumbers(below, [{ of: '', value: Number.NaN }]).outcome).toBe('failed');
  expect(judgeNumbers(below, []).outcome).toBe('unknown');
  expect(judgeNumbers({ above: 1, below: 3 }, [{ of: '', value: 1 }]).outcome).toBe('failed');
  expect(judgeNumbers({ equals: 0 }, [{ of: '', value: 0 }])).toEqual(passed('0'));
});

test('targets: initial is not judged yet, draining is not healthy, and a share may be enough', () => {
  const [well, sick] = [
    { target: 'a:1', state: 'healthy' },
    { target: 'b:1', state: 'unhealthy', reason: 'Health checks failed' },
  ];
  expect(judgeTargets(100, [well, { target: 'c:1', state: 'initial' }]).outcome).toBe('passed');
  expect(judgeTargets(100, [well, sick])).toEqual(failed('1 of 2 targets healthy: b:1 unhealthy (Health checks failed)'));
  expect(judgeTargets(50, [well, sick]).outcome).toBe('passed');
  expect(judgeTargets(50, [{ target: 'c:1', state: 'initial' }]).outcome).toBe('unknown');
  expect(judgeTargets(50, []).outcome).toBe('failed');
});

test('a function’s answer of another form says nothing', () => {
  expect([{ ok: true }, { ok: false, observed: 'late' }, { fine: true }, null, 'ok'].map((answer) => judgeAnswer(answer).outcome)).toEqual([
    'passed',
    'failed',
    'unknown',
    'unknown',
    'unknown',
  ]);
});

test.each([
  ['-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----', '[redacted]'],
  ['a -----BEGIN EC PRIVATE KEY-----\nMIIE cut off', 'a [redacted]'],
  ['db_password: "s3cr et" ok', 'db_password: [redacted] ok'],
  ['keystore_password=cassandra, next', 'keystore_password=[redacted], next'],
  ['Authorization: Bearer abcdef0123456789', 'Authorization: Bearer [redacted]'],
  ['AKIAIOSFODNN7EXAMPLE', '[redacted]'],
  ['https://user:hunter2@host/', 'https://user:[redacted]@host/'],
  [`key ${'A1b2'.repeat(20)}`, 'key [redacted]'],
  ['up\u001b[31m\nwell', 'up [31m well'],
  ['12 of 12 targets healthy', '12 of 12 targets healthy'],
])('%j is told as %j', (text, told) => {
  expect(redacted(text)).toBe(told);
});

test('due: never run, or its pause is over', () => {
  const [fast, slow] = [http('fast', { intervalSeconds: 5 }), http('slow', { intervalSeconds: 60 })];
  const before = [sample('fast', 'passed', 10_000), sample('slow', 'passed', 10_000)];
  expect(dueChecks([fast, slow], 'endpoints', [], 0)).toHaveLength(2);
  expect(dueChecks([fast, slow], 'endpoints', before, 15_000).map(({ name }) => name)).toEqual(['fast']);
  expect(dueChecks([fast], 'endpoints', [sample('fast', 'unknown', 14_900)], 15_000)).toEqual([fast]);
  expect(withHealth(before, [sample('fast', 'failed', 20_000)], 1).map(({ check, at }) => [check, at])).toEqual([
    ['slow', 10_000],
    ['fast', 20_000],
  ]);
});

test('a check of two places: what the nodes report neither puts off the canary’s rows nor stands for them', () => {
  const check = HealthCheckSchema.parse({ name: 'r', kind: 'replication', canaryTable: 'ringward_canary.rows', intervalSeconds: 120 });
  const health = Health.parse({ checks: [check] });
  const outcome = (during: readonly HealthSample[]) => judgeHealth(health, [], during).results[0];
  let soak: HealthSample[] = [];
  const wrote: number[] = [];
  for (let at = 31; at <= 310; at += 31) {
    const due = dueChecks(health.checks, 'endpoints', soak, at * 1000).length > 0;
    if (due) wrote.push(at);
    soak = withHealth(soak, [
      ...saidBy('endpoints', due ? [{ ...sample('r', 'failed', at * 1000, 40), observed: 'no row' }] : []),
      ...saidBy('nodes', [sample('r', 'passed', at * 1000 + 500, 0)]),
    ]);
    expect(outcome(soak)).toMatchObject({ outcome: 'failed', observed: 'no row', since: 31_000 });
  }
  expect(wrote).toEqual([31, 155, 279]);
  // Well again only where both are; one of which nothing is heard is unknown.
  expect(outcome(withHealth(soak, saidBy('endpoints', [sample('r', 'passed', 400_000)])))).toMatchObject({
    outcome: 'passed',
    since: 400_000,
  });
  expect(outcome(saidBy('nodes', [sample('r', 'passed', 1)]))).toMatchObject({ outcome: 'unknown', observed: 'it was not run' });
  // Many reports of the nodes push no answer of the canary out.
  const many = Array.from({ length: 30 }, (_, i) => sample('r', 'passed', 500_000 + i));
  expect(outcome(withHealth(soak, saidBy('nodes', many)))?.outcome).toBe('failed');
});

test('samples that were stored before places were told still count, until their places are heard', () => {
  const health = Health.parse({ checks: [HealthCheckSchema.parse({ name: 'r', kind: 'replication', canaryTable: 'k.t' })] });
  const old = HealthSamples.parse([{ check: 'r', outcome: 'failed', observed: 'no row', at: 1, ms: 1, attempts: 1 }]);
  expect(judgeHealth(health, old, []).results[0]?.before).toBe('failed');
  expect(judgeHealth(health, [], old).results[0]?.outcome).toBe('failed');
  const heard = [...saidBy('nodes', [sample('r', 'passed', 2)]), ...saidBy('endpoints', [sample('r', 'passed', 3)])];
  expect(judgeHealth(health, [], withHealth(old, heard)).results[0]?.outcome).toBe('passed');
  expect(dueChecks(health.checks, 'endpoints', [sample('r', 'passed', 1000)], 5000)).toEqual([]);
});

test('what was bad before is not blamed on a deployment; what was never run is not well', () => {
  const health = Health.parse({ checks: [http('a'), http('b')] });
  const standing = judgeHealth(
    health,
    [sample('a', 'failed', 1), sample('b', 'passed', 1)],
    [sample('a', 'failed', 9), sample('b', 'passed', 9)],
  );
  expect([standing.well, standing.score, healthOpen(standing)]).toEqual([true, 1, []]);
  const turned = judgeHealth(
    health,
    [sample('a', 'passed', 1), sample('b', 'passed', 1)],
    [sample('a', 'passed', 5), sample('a', 'failed', 9), sample('b', 'passed', 9)],
  );
  expect([turned.well, turned.score, healthOpen(turned)]).toEqual([false, 0.5, ['health check a (failed)']]);
  expect(turned.results[0]).toMatchObject({ outcome: 'failed', before: 'passed', since: 9, runs: 2, failures: 1 });
  expect(judgeHealth(health, [], []).well).toBe(false);
});

test('a run that did not come back is unknown, whatever the run before it said', () => {
  const health = Health.parse({ checks: [http('a')] });
  const during = withHealth([sample('a', 'passed', 5)], notRun(health.checks, 9));
  expect(judgeHealth(health, [sample('a', 'passed', 1)], during)).toMatchObject({
    well: false,
    results: [{ outcome: 'unknown', since: 9 }],
  });
});

test('weights: a check of weight 0 informs only, and the least score decides', () => {
  const health = Health.parse({ leastScore: 0.75, checks: [http('heavy', { weight: 3 }), http('light'), http('told', { weight: 0 })] });
  const runs = (bad: string) => ['heavy', 'light', 'told'].map((name) => sample(name, name === bad ? 'failed' : 'passed', 1));
  expect(['light', 'heavy', 'told'].map((bad) => judgeHealth(health, [], runs(bad)).well)).toEqual([true, false, true]);
  expect(judgeHealth(Health.parse({}), [], [])).toMatchObject({ well: true, score: 1 });
});

test('an answer far slower than usual is told, and is no failure', () => {
  const health = Health.parse({ checks: [http('a')] });
  const before = [10, 12, 11, 9, 10, 11].map((ms, i) => sample('a', 'passed', i, ms));
  const now = (ms: number) => [7, 8, 9].map((at) => sample('a', 'passed', at, ms));
  expect(judgeHealth(health, before, now(400)).results[0]).toMatchObject({
    outcome: 'passed',
    unusual: 'answers in 400 ms, usually in 11 ms',
  });
  expect(judgeHealth(health, before, now(14)).results[0]?.unusual).toBeUndefined();
});

const LOAD: LoadSample = { at: 10_000, uptimeMs: 60_000, requests: 100, errors: 0, hints: 0, dropped: 0 };
const EARLIER: LoadSample = { ...LOAD, at: 5000, uptimeMs: 55_000, requests: 90 };

/** The ring's reports with counters. @param now of each node; none for a node that tells none @param before of each node */
function countedRing(now: readonly (LoadSample | undefined)[], before: readonly (LoadSample | undefined)[]): NodesSeen {
  const seen = { nodes: registration.nodes, observations: ring().observations };
  return {
    ...seen,
    observations: new Map([...seen.observations].map(([node, one], i) => [node, { ...one, load: now[i] }])),
    counters: new Map(seen.nodes.flatMap(({ node }, i) => (before[i] ? [[node, before[i]]] : []))),
  };
}

test('ring, network and replication as the nodes report them; a silent node is unknown, never well', () => {
  const seen = countedRing([LOAD, LOAD, LOAD], [EARLIER, EARLIER, EARLIER]);
  const judged = (of: NodesSeen) => [ringHealth(of), networkHealth(of), replicationHealth(of, { mostHints: 0, mostDropped: 0 })];
  expect(judged(seen).map(({ outcome }) => outcome)).toEqual(['passed', 'passed', 'passed']);
  const silent = { ...seen, observations: new Map([...seen.observations].slice(1)) };
  expect(judged(silent).map(({ outcome }) => outcome)).toEqual(['unknown', 'unknown', 'unknown']);
  const hinted = countedRing([{ ...LOAD, hints: 7 }, LOAD, LOAD], [EARLIER, EARLIER, EARLIER]);
  expect(replicationHealth(hinted, { mostHints: 0, mostDropped: 0 })).toMatchObject({
    outcome: 'failed',
    observed: expect.stringContaining('7 hints'),
  });
  expect(replicationHealth(hinted, { mostHints: 10, mostDropped: 0 }).outcome).toBe('passed');
});

test('replication: a node whose counters are not known is unknown, not "0 hints"; the first look of all has nothing to count from', () => {
  const { hints: _, ...unhinted } = LOAD;
  const judged = (...of: Parameters<typeof countedRing>) => replicationHealth(countedRing(...of), { mostHints: 0, mostDropped: 0 });
  const all = [EARLIER, EARLIER, EARLIER];
  expect(judged([LOAD, undefined, undefined], all)).toMatchObject({
    outcome: 'unknown',
    observed: expect.stringContaining(`${registration.nodes[1]?.node} told no counters`),
  });
  expect(judged([LOAD, LOAD, unhinted], all)).toMatchObject({ outcome: 'unknown', observed: expect.stringContaining('counts no hints') });
  expect(judged([LOAD, LOAD, { ...LOAD, uptimeMs: 900, requests: 1 }], all)).toMatchObject({
    outcome: 'unknown',
    observed: expect.stringContaining('cannot be held against'),
  });
  expect(judged([LOAD, LOAD, LOAD], [EARLIER, EARLIER, undefined]).outcome).toBe('unknown');
  expect(judged([undefined, undefined, undefined], []).outcome).toBe('unknown');
  expect(judged([LOAD, LOAD, LOAD], [])).toMatchObject({
    outcome: 'passed',
    observed: expect.stringContaining('no earlier counters to hold them against'),
  });
});
