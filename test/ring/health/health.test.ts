/** Each kind of health check on the stand: well, gone bad for a real cause, and well again; and what they do to a deployment. */
import { execFileSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readEvidence } from '../../../adapters/s3/evidence.ts';
import type { HealthResult } from '../../../core/health/judge-health.ts';
import { heal } from '../../../stand/heal.ts';
import { startLoad } from '../../../stand/load/load.ts';
import { CANARY_TABLE } from '../../../stand/ring/schema.ts';
import { mainPid } from '../../../stand/ring/service.ts';
import type { RingNode } from '../../../stand/ring/topology.ts';
import { startPrometheus } from '../../fixtures/health/prometheus.ts';
import { registerAs } from '../registered.ts';
import {
  CLUSTER,
  deployUpToCompleted,
  makeWhole,
  sendCompleted,
  type TestStand,
  tell,
  theStand,
  timelineOf,
  waitFor,
  waitForReport,
} from '../stand.ts';
import { ALLOWED, Application, Flag, LOOP_MARK, makeServices, putErrors, settle } from './provoked.ts';

const application = new Application(18_480);
const flag = new Flag();
let stand: TestStand;
let node: RingNode;
const undo: (() => unknown)[] = [];

beforeAll(async () => {
  stand = await theStand();
  node = stand.ring.nodes.at(-1) as RingNode;
  await makeWhole(stand);
  undo.push(() => application.stop());
  await application.start();
  const prometheus = await startPrometheus(application.target, 18_490);
  undo.push(() => prometheus.stop());
  const services = await makeServices(flag, application);
  undo.push(services.remove);
  undo.push(keepPutting());
  const checks = [
    { kind: 'http', name: 'application', url: `http://${application.target}/health`, expect: { contains: 'true' } },
    { kind: 'tcp', name: 'port', host: '127.0.0.1', port: application.port },
    { kind: 'tcp', name: 'tls', host: node.address, port: 9042, tls: { authorities: 'clients' } },
    { kind: 'cql', name: 'query', query: 'SELECT id FROM stand.readings LIMIT 1', consistency: 'ALL' },
    { kind: 'ring', name: 'ring' },
    { kind: 'network', name: 'network' },
    { kind: 'replication', name: 'replication' },
    {
      kind: 'replication',
      name: 'canary rows',
      canaryTable: CANARY_TABLE,
      consistency: 'ALL',
      mostHints: 1_000_000,
      mostDropped: 1_000_000,
    },
    { kind: 'load-balancer', name: 'load balancer', targetGroup: services.targetGroup },
    { kind: 'ssm-document', name: 'document', document: ALLOWED, version: '1', node: node.node, timeoutSeconds: 3 },
    { kind: 'ssm-document', name: 'not allowed', document: 'AWS-RunShellScript', version: '1', node: node.node, weight: 0 },
    { kind: 'lambda', name: 'function', function: ALLOWED },
    { kind: 'prometheus', name: 'prometheus', url: prometheus.url, query: 'checkout_latency_ms', expect: { below: 50 } },
    {
      kind: 'cloudwatch',
      name: 'cloudwatch',
      namespace: 'Checkout',
      metric: 'errors',
      periodSeconds: 1,
      statistic: 'Maximum',
      expect: { below: 5 },
    },
  ].map((check) => ({ retries: 0, ...check }));
  undo.push(await registerAs(stand, (before) => ({ ...before, health: { checks } })));
  await settle();
});
afterAll(async () => {
  for (const one of undo.toReversed()) await one();
  await heal(stand.ring, stand.ring.nodes, tell);
});

/** Puts `errors` each second, as an application would. */
let errors = 1;
function keepPutting(): () => void {
  const timer = setInterval(() => void putErrors(errors).catch(() => undefined), 1000);
  return () => clearInterval(timer);
}

/** Every check's name with its outcome, and what was observed, as a watch answers. */
async function watch(): Promise<{ outcome: string; health: Record<string, string>; observed: Record<string, string> }> {
  const { output } = await stand.installation.answer('watch-cluster', { cluster: CLUSTER });
  const { outcome, health } = output as { outcome: string; health: readonly HealthResult[] };
  for (const one of health) tell(`${one.check.padEnd(14)} ${one.outcome.padEnd(8)} ${one.observed}`);
  return {
    outcome,
    health: Object.fromEntries(health.map((one) => [one.check, one.outcome])),
    observed: Object.fromEntries(health.map((one) => [one.check, one.observed])),
  };
}

const WELL = {
  application: 'passed',
  port: 'passed',
  tls: 'passed',
  query: 'passed',
  ring: 'passed',
  network: 'passed',
  replication: 'passed',
  'canary rows': 'passed',
  'load balancer': 'passed',
  document: 'passed',
  'not allowed': 'unknown',
  function: 'passed',
  prometheus: 'passed',
  cloudwatch: 'passed',
};

test('all is well; a document that nobody allowed is not run, and that is said', async () => {
  const { outcome, health, observed } = await watch();
  expect(health).toEqual(WELL);
  expect(outcome).toBe('passed');
  expect(observed['not allowed']).toContain('healthDocuments=AWS-RunShellScript');
});

test('what the operators’ own monitoring says goes bad, and back', async () => {
  await application.turn({ latency: 400 });
  flag.turn('bad');
  errors = 90;
  await settle();
  const bad = await watch();
  expect(bad.health).toEqual({ ...WELL, document: 'failed', function: 'failed', prometheus: 'failed', cloudwatch: 'failed' });
  expect(bad.outcome).toBe('failed');
  expect(bad.observed['document']).toBe('exit 3: backlog 9000, db_password=[redacted] [redacted]');
  expect(bad.observed['function']).toContain('token=[redacted]');
  await application.turn({ latency: 12 });
  flag.turn('ok');
  errors = 0;
  await settle();
  expect((await watch()).health).toEqual(WELL);
});

test('a document that forks and loops is cancelled with all it started; a function that loops says nothing', async () => {
  flag.turn('loop');
  const { health, observed } = await watch();
  expect([health['document'], health['function']]).toEqual(['failed', 'unknown']);
  expect(observed['document']).toContain('was cancelled');
  await waitFor('the end of what the document forked', async () => (left() === '' ? true : undefined), 10_000);
  flag.turn('ok');
});

/** Processes that a looping document left. */
function left(): string {
  try {
    return execFileSync('pgrep', ['-f', LOOP_MARK], { encoding: 'utf8' });
  } catch {
    return '';
  }
}

test('the application’s process is killed: its endpoint, its port, the load balancer’s target; and back', async () => {
  await application.stop();
  await settle();
  const { health, observed } = await watch();
  expect(health).toMatchObject({ application: 'failed', port: 'failed', 'load balancer': 'failed', tls: 'passed', ring: 'passed' });
  // A target that is gone leaves no series: no data is not "well".
  expect(health['prometheus']).not.toBe('passed');
  expect(observed['load balancer']).toContain('0 of 1 targets healthy');
  await application.start();
  await settle();
  expect((await watch()).health).toEqual(WELL);
});

test('the function that dials cannot do its work: its checks are unknown, whatever they said before', async () => {
  const again = await registerAs(stand, (before) => ({ ...before, canary: { ...before.canary, identitySecret: 'ringward/none' } }));
  try {
    const { outcome, health } = await watch();
    expect(health).toMatchObject({
      application: 'unknown',
      port: 'unknown',
      query: 'unknown',
      'canary rows': 'unknown',
      function: 'passed',
      ring: 'passed',
    });
    expect(outcome).not.toBe('passed');
  } finally {
    await again();
  }
});

test('a node that hangs: query at ALL, ring, network and replication; and back', async () => {
  const load = await startLoad(stand.ring);
  const pid = mainPid(node);
  if (pid === null) throw new Error('the node does not run');
  process.kill(pid, 'SIGSTOP');
  try {
    // The others take it for down when the failure detector has made up its mind; hints are written from then on.
    await pause(25_000);
    const { health } = await watch();
    expect(health).toMatchObject({
      query: 'failed',
      ring: 'failed',
      network: 'failed',
      replication: 'failed',
      'canary rows': 'failed',
      tls: 'failed',
    });
    expect(health['application']).toBe('passed');
  } finally {
    process.kill(pid, 'SIGCONT');
    await load.stop();
  }
  await waitFor('the ring whole again', async () => ((await watch()).outcome === 'passed' ? true : undefined), 120_000, 2000);
});

test('within a deployment: a check that goes bad keeps it from being kept, and the soak starts anew when it is back', async () => {
  const deployment = await deployUpToCompleted(stand, 'none', 'flap', [node]);
  await application.turn({ status: 500 });
  await sendCompleted(deployment);
  await waitFor(
    'the failing check in the timeline',
    async () => (await timelineOf(stand, deployment.id)).find(({ what }) => what.includes('health check application')),
    60_000,
  );
  await application.turn({ status: 200 });
  const report = await waitForReport(stand, deployment.id);
  expect(report.verdict.verdict).toBe('keep');
  const standing = report.verifications.findLast(({ health }) => health)?.health;
  const told = standing?.results.find(({ check }) => check === 'application');
  expect(told).toMatchObject({ outcome: 'passed', before: 'passed' });
  expect(told?.failures).toBeGreaterThan(0);
  expect(report.timeline.some(({ what }) => what.includes('The soak starts anew') || what.includes('health check application'))).toBe(true);
});

test('within a deployment: a check that stays bad ends in hold at the deadline, and is named; one that was bad before is not blamed on it', async () => {
  const again = await registerAs(stand, (before) => ({ ...before, limits: { ...before.limits, verificationSeconds: 40 } }));
  try {
    const held = await deployUpToCompleted(stand, 'none', 'stays-bad', [node]);
    await application.turn({ status: 500 });
    await sendCompleted(held);
    const report = await waitForReport(stand, held.id);
    expect([report.verdict.verdict, report.outcome]).toEqual(['hold', 'held']);
    expect(report.verdict.reason).toContain('health check application (status 500, not 200)');
    // The watch sees it as it is; from now on it is known as bad before.
    expect((await watch()).health['application']).toBe('failed');
    const kept = await deployUpToCompleted(stand, 'none', 'bad-before', [node]);
    await sendCompleted(kept);
    expect((await waitForReport(stand, kept.id)).verdict.verdict).toBe('keep');
  } finally {
    await application.turn({ status: 200 });
    await again();
  }
  expect(await readEvidence(`evidence/${CLUSTER}/health.json`)).toBeDefined();
});
