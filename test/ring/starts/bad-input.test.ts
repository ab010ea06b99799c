/** Input that cannot be taken, on the deployed stack: classified, named, kept for redrive, and nothing is changed. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudWatchClient, PutMetricAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Registration } from '../../../core/cluster/registration.ts';
import { PATHS, type RingNode } from '../../../stand/ring/topology.ts';
import { type Execution, ended, type MachineName, startMachine } from '../executions.ts';
import { CLUSTER, newDeploymentId, type TestStand, theStand } from '../stand.ts';
import { type Letter, lettersOf, putEvents, ringward, startedBy, type Touched, touched } from './traces.ts';

const STARTING = 'Certificate Deployment Starting';
const COMPLETED = 'Certificate Deployment Completed';
/** A second cluster, of one host that nobody registered and SSM does not know yet. */
const LEDGER = 'ledger';
const LEDGER_NODE = 'i-0ca55a001edce0001';

let stand: TestStand;
let last: RingNode;
beforeAll(async () => {
  stand = await theStand();
  last = stand.ring.nodes.at(-1) as RingNode;
});

type Detail = Record<string, unknown> & { readonly deploymentId: string };

/** A detail that would be taken, with what a test changes. */
function detailOf(whose: string, change: Record<string, unknown> = {}): Detail {
  const artifacts = [{ path: last.folder + PATHS.keystore, sha256: 'a'.repeat(64), kind: 'keystore' }];
  return {
    schema: 1,
    deploymentId: newDeploymentId(whose),
    cluster: CLUSTER,
    change: 'leaf-renewal',
    activation: 'reload',
    requestedBy: 'pipeline',
    nodes: [{ node: last.node, address: last.address, artifacts }],
    ...change,
  };
}

function without(detail: Detail, field: string): Detail {
  return Object.fromEntries(Object.entries(detail).filter(([name]) => name !== field)) as Detail;
}

const otherPath = (): unknown => [{ node: last.node, artifacts: [{ path: '/etc/shadow', sha256: 'a'.repeat(64), kind: 'keystore' }] }];

interface Refused {
  readonly what: string;
  readonly machine: MachineName;
  readonly detailType: string;
  readonly detail: () => Detail;
  readonly code: string;
  /** Field, value and fix, as they stand in the cause. */
  readonly says: readonly string[];
}

const EVENTS: readonly Refused[] = [
  {
    what: 'an unknown detail-type',
    machine: 'verify-deployment',
    detailType: 'Certificate Deployment Complete',
    detail: () => detailOf('type'),
    code: 'UNKNOWN_DETAIL_TYPE',
    says: ['detail-type', '"Certificate Deployment Complete"', `Did you mean "${COMPLETED}"?`],
  },
  {
    what: 'a missing field',
    machine: 'back-up-cluster',
    detailType: STARTING,
    detail: () => without(detailOf('missing'), 'change'),
    code: 'FIELD_INVALID',
    says: ['detail.change', 'missing', 'Give detail.change: one of "leaf-renewal"'],
  },
  {
    what: 'a wrongly typed field',
    machine: 'verify-deployment',
    detailType: COMPLETED,
    detail: () => detailOf('typed', { nodes: 'all of them' }),
    code: 'FIELD_INVALID',
    says: ['detail.nodes', '"all of them"', 'It should be array'],
  },
  {
    what: 'a cluster that is not registered',
    machine: 'verify-deployment',
    detailType: COMPLETED,
    detail: () => detailOf('cluster', { cluster: 'paymets' }),
    code: 'CLUSTER_UNKNOWN',
    says: ['cluster', 'paymets', 'ringward cluster register'],
  },
  {
    what: 'a node of no cluster',
    machine: 'back-up-cluster',
    detailType: STARTING,
    detail: () =>
      detailOf('node', { nodes: [{ node: 'i-0badc0ffee0000001', artifacts: [{ path: '/x', sha256: 'a'.repeat(64), kind: 'keystore' }] }] }),
    code: 'NODE_UNKNOWN',
    says: ['detail.nodes[0].node', 'i-0badc0ffee0000001', `Register the node with ${CLUSTER}`],
  },
  {
    what: 'an artifact outside the registered paths',
    machine: 'back-up-cluster',
    detailType: STARTING,
    detail: () => detailOf('path', { nodes: otherPath() }),
    code: 'PATH_NOT_REGISTERED',
    says: ['detail.nodes[0].artifacts[0].path', '/etc/shadow', 'Register the path under files'],
  },
  {
    what: 'a Completed before its Starting',
    machine: 'verify-deployment',
    detailType: COMPLETED,
    detail: () => detailOf('late'),
    code: 'DEPLOYMENT_LATE',
    says: ['detail.deploymentId', 'd-late-', 'Completed came before the Starting event', 'Check the deployer'],
  },
];

describe('events', () => {
  const seen: { run: Execution; letters: readonly Letter[] }[] = [];
  let before: Touched;
  let after: Touched;
  beforeAll(async () => {
    before = await touched(stand, [CLUSTER]);
    const details = EVENTS.map(({ detail }) => detail());
    await putEvents(...EVENTS.map(({ detailType }, i) => ({ detailType, detail: details[i] })));
    const runs = await Promise.all(
      EVENTS.map(async ({ machine }, i) => (await startedBy(stand, machine, `"${details[i]?.deploymentId}"`))[0] as Execution),
    );
    const letters = await lettersOf(
      stand,
      runs.map(({ arn }) => arn),
    );
    for (const run of runs) seen.push({ run, letters: letters.filter(({ body }) => body.execution === run.arn) });
    after = await touched(stand, [CLUSTER]);
  });

  test.each(EVENTS.map((event, i) => ({ ...event, i })))(
    '$what: $code, with field, value and fix, kept in the dead-letter queue',
    ({ i, code, says }) => {
      const { run, letters } = seen[i] ?? {};
      expect(run).toMatchObject({ status: 'FAILED', error: code });
      for (const words of says) expect(run?.cause).toContain(words);
      expect(letters).toHaveLength(1);
      expect(letters?.[0]?.body).toMatchObject({ error: code, cause: run?.cause, input: JSON.parse(run?.input ?? '{}') });
    },
  );

  test('none of them took an epoch, changed a deployment or sent a command', () => {
    expect(after).toEqual(before);
  });
});

test.each([
  ['verify-deployment', { cluster: CLUSTER, deploymnet: 'latest' }, 'FIELD_INVALID', ['deploymnet', 'Did you mean "deployment"?']],
  ['roll-back', { cluster: CLUSTER, scope: 'node', node: '127.0.0.3' }, 'FIELD_INVALID', ['node', 'Did you mean "nodes"?']],
  ['verify-deployment', { cluster: CLUSTER, mode: 'quick' }, 'FIELD_INVALID', ['mode', '"quick"', 'automated']],
  [
    'roll-back',
    { cluster: CLUSTER, deployment: 'd-nobody-knows' },
    'DEPLOYMENT_UNKNOWN',
    ['deployment', 'd-nobody-knows', 'ringward status'],
  ],
] as const)('a person’s JSON with a mistake, %s %o: refused in words, and nothing is changed', async (machine, input, code, says) => {
  const before = await touched(stand, [CLUSTER]);
  const run = await ended(await startMachine(stand, machine, input));
  expect(run).toMatchObject({ status: 'FAILED', error: code });
  for (const words of says) expect(run.cause).toContain(words);
  expect(await lettersOf(stand, [run.arn])).toHaveLength(1);
  expect(await touched(stand, [CLUSTER])).toEqual(before);
});

test('check-certificates tells a typo in the call', async () => {
  const answer = await stand.installation.answer('check-certificates', { clutser: CLUSTER });
  expect(answer).toMatchObject({ status: 'FAILED', error: 'FIELD_INVALID' });
  expect(answer.cause).toContain('Did you mean "cluster"?');
});

describe('mended and redriven: a cluster nobody registered, on a host that SSM does not know', () => {
  const nodesFile = () => join(stand.ring.folder, 'local-aws/nodes.json');
  let nodesBefore: string;
  let detail: Detail;
  beforeAll(() => {
    nodesBefore = readFileSync(nodesFile(), 'utf8');
    detail = detailOf('redrive', {
      cluster: LEDGER,
      nodes: [{ node: LEDGER_NODE, artifacts: [{ path: last.folder + PATHS.keystore, sha256: 'b'.repeat(64), kind: 'keystore' }] }],
    });
  });
  afterAll(() => writeFileSync(nodesFile(), nodesBefore));

  /** The one execution of the deployment that was not there before. */
  const known: string[] = [];
  async function newest(): Promise<Execution> {
    const runs = await startedBy(stand, 'back-up-cluster', `"${detail.deploymentId}"`, known.length + 1);
    const run = runs.find(({ arn }) => !known.includes(arn)) as Execution;
    known.push(run.arn);
    return run;
  }

  async function redrive(run: Execution): Promise<void> {
    const [letter, ...others] = await lettersOf(stand, [run.arn]);
    expect(others).toEqual([]);
    expect(await ringward('dead-letters', 'redrive', '--id', letter?.id ?? '')).toMatchObject([{ error: null }]);
    expect(await lettersOf(stand, [run.arn])).toEqual([]);
  }

  let refused: Execution;
  test('unknown cluster: refused; registered and redriven: the node that SSM does not know is refused in turn', async () => {
    await putEvents({ detailType: STARTING, detail });
    const unknown = await newest();
    expect(unknown).toMatchObject({ status: 'FAILED', error: 'CLUSTER_UNKNOWN' });

    const payments = parse(readFileSync(stand.status.clusterFile, 'utf8')) as Registration;
    const node = payments.nodes.find((one) => one.node === last.node);
    const file = join(stand.ring.folder, 'ledger.yaml');
    writeFileSync(file, stringify({ ...payments, cluster: LEDGER, nodes: [{ ...node, node: LEDGER_NODE }], alarms: ['ledger-*'] }));
    await ringward('cluster', 'register', file);
    const before = await touched(stand, [LEDGER]);
    await redrive(unknown);

    refused = await newest();
    expect(refused).toMatchObject({ status: 'FAILED', error: 'NODE_NOT_MANAGED' });
    for (const words of ['detail.nodes', LEDGER_NODE, 'Start the SSM agent on the node']) expect(refused.cause).toContain(words);
    expect(await touched(stand, [LEDGER])).toEqual(before);
  });

  test('under SSM and redriven: the backup is made', async () => {
    const nodes = JSON.parse(nodesBefore) as { node: string; env: Record<string, string> }[];
    const host = nodes.find(({ node }) => node === last.node);
    // A home of its own: the epochs of another cluster mean nothing to it, and it fetches the node program itself.
    const home = join(stand.ring.folder, 'ledger-home');
    mkdirSync(home, { recursive: true, mode: 0o700 });
    writeFileSync(nodesFile(), JSON.stringify([...nodes, { ...host, node: LEDGER_NODE, env: { ...host?.env, RINGWARD_HOME: home } }]));
    await redrive(refused);
    const run = await newest();
    expect(run.status).toBe('SUCCEEDED');
    expect(JSON.parse(run.output ?? '{}')).toMatchObject({ outcome: 'backed-up', deployment: detail.deploymentId });
  });

  test('the same Starting again is a duplicate, and says so', async () => {
    const before = await touched(stand, [LEDGER]);
    await putEvents({ detailType: STARTING, detail });
    const run = await newest();
    expect(run.status).toBe('SUCCEEDED');
    expect(JSON.parse(run.output ?? '{}')).toMatchObject({
      outcome: 'duplicate',
      why: 'the backup of this deployment is made and verified',
    });
    expect(await touched(stand, [LEDGER])).toEqual(before);
  });

  test('a Completed after its deadline is late, by its own time', async () => {
    const before = await touched(stand, [LEDGER]);
    const late = {
      source: 'ringward.deployer',
      'detail-type': COMPLETED,
      id: 'late-1',
      time: new Date(Date.now() + 5 * 3_600_000).toISOString(),
      detail,
    };
    const run = await ended(await startMachine(stand, 'verify-deployment', late));
    expect(run).toMatchObject({ status: 'FAILED', error: 'DEPLOYMENT_LATE' });
    for (const words of ['detail.deploymentId', detail.deploymentId, 'Completed was due by', 'Check the deployer'])
      expect(run.cause).toContain(words);
    expect(await lettersOf(stand, [run.arn])).toHaveLength(1);
    expect(await touched(stand, [LEDGER])).toEqual(before);
  });

  test('an alarm of the cluster that no deployment explains changes nothing, and says what was looked for', async () => {
    const alarm = `ledger-${detail.deploymentId}`;
    const cloudWatch = new CloudWatchClient({});
    await cloudWatch.send(
      new PutMetricAlarmCommand({
        AlarmName: alarm,
        Namespace: 'Ledger',
        MetricName: 'Errors',
        Statistic: 'Sum',
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 1,
        ComparisonOperator: 'GreaterThanThreshold',
        TreatMissingData: 'ignore',
      }),
    );
    const before = await touched(stand, [CLUSTER, LEDGER]);
    await cloudWatch.send(new SetAlarmStateCommand({ AlarmName: alarm, StateValue: 'ALARM', StateReason: 'errors' }));
    const [run] = await startedBy(stand, 'verify-deployment', alarm);
    expect(run?.status).toBe('SUCCEEDED');
    expect(JSON.parse(run?.output ?? '{}')).toEqual({
      outcome: 'unrelated',
      error: 'ALARM_UNRELATED',
      why: `no deployment of ${LEDGER} explains the alarm ${alarm}: ${detail.deploymentId} has not completed yet`,
    });
    expect(await touched(stand, [CLUSTER, LEDGER])).toEqual(before);
  });
});
