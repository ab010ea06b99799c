import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readRegistration } from '../../../core/cluster/read-registration.ts';
import { RingwardError } from '../../../core/errors/catalogue.ts';
import { admit } from '../../../core/intake/admit.ts';
import { checkAgainstRegistration } from '../../../core/intake/check-against-registration.ts';
import type { DeploymentRecord } from '../../../core/intake/deployment-record.ts';
import { explainAlarm } from '../../../core/intake/explain-alarm.ts';
import { readStart } from '../../../core/intake/read-start.ts';
import { NOW } from '../../fixtures/pki.ts';
import { hash, KEYSTORE, NODES, registration, TRUSTSTORE, YAML } from '../../fixtures/ring.ts';

const detail = {
  schema: 1,
  deploymentId: 'd-1',
  cluster: 'payments',
  change: 'leaf-renewal',
  activation: 'reload',
  requestedBy: 'puppet',
  nodes: [{ node: NODES[0], artifacts: [{ path: KEYSTORE, sha256: hash('d'), kind: 'keystore' }] }],
};
const event = {
  version: '0',
  id: 'e-1',
  'detail-type': 'Certificate Deployment Completed',
  source: 'ringward.deployer',
  account: '1',
  time: '2026-11-24T03:00:00Z',
  region: 'us-east-1',
  resources: [],
  detail,
};
const alarmEvent = {
  ...event,
  'detail-type': 'CloudWatch Alarm State Change',
  source: 'aws.cloudwatch',
  resources: ['arn:aws:cloudwatch:us-east-1:1:alarm:payments-errors'],
  detail: {
    alarmName: 'payments-errors',
    state: { value: 'ALARM', reason: 'Threshold crossed', timestamp: '2026-11-24T03:00:00.000+0000' },
    previousState: { value: 'OK' },
  },
};

function refusal(input: unknown): RingwardError {
  try {
    readStart(input, NOW);
  } catch (error) {
    if (error instanceof RingwardError) return error;
    throw error;
  }
  throw new Error('was accepted');
}

describe('read-start understands', () => {
  test('both deployment events', () => {
    expect(readStart(event, NOW)).toMatchObject({
      kind: 'completed',
      eventId: 'e-1',
      at: Date.UTC(2026, 10, 24, 3),
      detail: { deploymentId: 'd-1' },
    });
    expect(readStart({ ...event, 'detail-type': 'Certificate Deployment Starting' }, NOW).kind).toBe('starting');
  });

  test('an alarm', () => {
    expect(readStart(alarmEvent, NOW)).toMatchObject({
      kind: 'alarm',
      alarm: 'payments-errors',
      state: 'ALARM',
      arn: alarmEvent.resources[0],
    });
  });

  test('the small JSON of a person, defaults filled in', () => {
    expect(readStart({ cluster: 'payments' }, NOW)).toEqual({
      kind: 'human',
      at: NOW,
      request: { cluster: 'payments', deployment: 'latest', scope: 'cluster', mode: 'automated' },
    });
  });
});

describe('read-start refuses with field, value and fix', () => {
  const broken = (path: string, value: unknown) => {
    const copy = structuredClone(event) as Record<string, unknown>;
    const steps = path.split('.');
    const last = steps.pop() as string;
    const parent = steps.reduce<Record<string, unknown>>((here, step) => here[step] as Record<string, unknown>, copy);
    if (value === undefined) delete parent[last];
    else parent[last] = value;
    return copy;
  };
  test.each([
    ['a misspelt key', { clutser: 'payments' }, 'FIELD_INVALID', 'clutser', /Did you mean "cluster"/],
    ['a key nobody knows', { cluster: 'payments', xylophone: 1 }, 'FIELD_INVALID', 'xylophone', /Known keys: cluster, deployment/],
    [
      'a misspelt key deep inside',
      broken('detail.nodes.0.artefacts', []),
      'FIELD_INVALID',
      'detail.nodes[0].artefacts',
      /Did you mean "artifacts"/,
    ],
    ['a missing field', broken('detail.cluster', undefined), 'FIELD_INVALID', 'detail.cluster', /Give detail.cluster/],
    ['a wrong type', broken('detail.schema', '1'), 'FIELD_INVALID', 'detail.schema', /1/],
    ['a wrong choice', broken('detail.activation', 'magic'), 'FIELD_INVALID', 'detail.activation', /"reload", "restart", "poll"/],
    [
      'a bad hash',
      broken('detail.nodes.0.artifacts.0.sha256', 'XYZ'),
      'FIELD_INVALID',
      'detail.nodes[0].artifacts[0].sha256',
      /64 lower-case hex/,
    ],
    ['a bad fingerprint', broken('detail.nodes.0.leafFingerprint', 'AB:CD'), 'FIELD_INVALID', 'detail.nodes[0].leafFingerprint', /SHA256:/],
    ['nodes nowhere', broken('detail.nodes', undefined), 'FIELD_INVALID', 'detail.nodes', /manifest/],
    ['nodes twice', broken('detail.manifest', 's3://bucket/key'), 'FIELD_INVALID', 'detail.nodes', /either/],
    [
      'an unknown detail-type',
      broken('detail-type', 'Certificate Deployment Complete'),
      'UNKNOWN_DETAIL_TYPE',
      'detail-type',
      /Did you mean "Certificate Deployment Completed"/,
    ],
    ['no detail-type', broken('detail-type', undefined), 'UNKNOWN_DETAIL_TYPE', 'detail-type', /Send/],
    ['another source', broken('source', 'aws.ec2'), 'FIELD_INVALID', 'source', /ringward.deployer/],
    ['no object', 'payments', 'FIELD_INVALID', 'input', /cluster/],
    ['scope node without nodes', { cluster: 'payments', scope: 'node' }, 'FIELD_INVALID', 'nodes', /Add/],
    ['nodes without scope node', { cluster: 'payments', nodes: ['10.0.0.1'] }, 'FIELD_INVALID', 'scope', /"scope":"node"/],
    ['a mode to come', { cluster: 'payments', mode: 'interactive' }, 'MODE_NOT_AVAILABLE', 'mode', /automated/],
    ['a bad deployment id', { cluster: 'payments', deployment: 'a b' }, 'FIELD_INVALID', 'deployment', /letters, digits/],
    ['an alarm without a name', { ...alarmEvent, detail: { state: { value: 'ALARM' } } }, 'FIELD_INVALID', 'detail.alarmName', /Give/],
  ])('%s', (_, input, code, field, fix) => {
    const error = refusal(input);
    expect({ code: error.code, field: error.field }).toEqual({ code, field });
    expect(error.fix).toMatch(fix);
    expect(error.value ?? error.field).toBeTruthy();
    expect(error.message.length).toBeLessThan(400);
  });

  test('anything at all: only our own errors', () => {
    const keys = fc.constantFrom(
      'detail-type',
      'detail',
      'source',
      'time',
      'cluster',
      'nodes',
      'scope',
      '__proto__',
      'constructor',
      'toString',
    );
    const anything = fc.oneof(
      fc.anything(),
      fc.dictionary(keys, fc.anything()),
      fc.jsonValue(),
      fc.dictionary(keys, fc.jsonValue()).map((bent) => ({ ...event, ...bent })),
    );
    fc.assert(
      fc.property(anything, (input) => {
        try {
          readStart(input, NOW);
        } catch (error) {
          expect(error).toBeInstanceOf(RingwardError);
        }
      }),
      { numRuns: 1500 },
    );
  });

  test('a mutated event: accepted as it is, or refused by our own error', () => {
    const paths = ['schema', 'deploymentId', 'cluster', 'change', 'activation', 'requestedBy', 'nodes'];
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.jsonValue(), (key, value) => {
        try {
          expect(readStart({ ...event, detail: { ...detail, [key]: value } }, NOW)).toMatchObject({
            kind: 'completed',
            detail: { [key]: value },
          });
        } catch (error) {
          expect(error).toBeInstanceOf(RingwardError);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('check-against-registration', () => {
  const start = readStart(event, NOW);
  if (start.kind !== 'completed') throw new Error('fixture');
  const [node] = start.detail.nodes ?? [];
  if (!node) throw new Error('fixture');
  const artifact = (path: string, kind: 'keystore' | 'truststore' | 'configuration' = 'keystore') => ({ path, kind, sha256: hash('d') });
  const refuse = (nodes: Parameters<typeof checkAgainstRegistration>[1], bent = {}) => {
    try {
      checkAgainstRegistration({ ...start.detail, ...bent }, nodes, registration);
    } catch (error) {
      return error as RingwardError;
    }
    return null;
  };

  test('what is registered passes', () => {
    expect(refuse([node, { node: NODES[1], artifacts: [artifact(TRUSTSTORE, 'truststore'), artifact(YAML, 'configuration')] }])).toBeNull();
  });

  test.each([
    ['an unknown node', [{ ...node, node: 'i-0000000z' }], {}, 'NODE_UNKNOWN', 'detail.nodes[0].node'],
    ['another address', [{ ...node, address: '10.9.9.9' }], {}, 'FIELD_INVALID', 'detail.nodes[0].address'],
    [
      'a path outside',
      [node, { node: NODES[1], artifacts: [artifact('/etc/passwd')] }],
      {},
      'PATH_NOT_REGISTERED',
      'detail.nodes[1].artifacts[0].path',
    ],
    [
      'a path with ..',
      [{ ...node, artifacts: [artifact(`/etc/cassandra/tls/../tls/node.pem`)] }],
      {},
      'PATH_NOT_REGISTERED',
      'detail.nodes[0].artifacts[0].path',
    ],
    [
      'another kind',
      [{ ...node, artifacts: [artifact(KEYSTORE, 'truststore')] }],
      {},
      'FIELD_INVALID',
      'detail.nodes[0].artifacts[0].kind',
    ],
    ['a node twice', [node, node], {}, 'FIELD_INVALID', 'detail.nodes[1].node'],
    [
      'a path twice',
      [{ ...node, artifacts: [artifact(KEYSTORE), artifact(KEYSTORE)] }],
      {},
      'FIELD_INVALID',
      'detail.nodes[0].artifacts[1].path',
    ],
    ['another environment', [node], { environment: 'staging' }, 'FIELD_INVALID', 'detail.environment'],
    ['no node', [], {}, 'FIELD_INVALID', 'detail.nodes'],
  ] as const)('%s is refused', (_, nodes, bent, code, field) => {
    expect(refuse(nodes as never, bent)).toMatchObject({ code, field });
  });
});

describe('explain-alarm', () => {
  const alarm = { alarm: 'payments-errors', arn: null, state: 'ALARM' };
  const recent = (bent: Partial<DeploymentRecord> = {}) => [
    { cluster: 'payments', deployment: 'd-1', state: 'kept' as const, startingAt: NOW - 60_000, completedAt: NOW - 30_000, ...bent },
  ];

  test('a deployment inside its watch window explains it; the latest one', () => {
    expect(
      explainAlarm(alarm, NOW, [registration], [...recent(), ...recent({ deployment: 'd-2', completedAt: NOW - 10_000 })]),
    ).toMatchObject({ explained: true, deployment: 'd-2' });
  });

  test('by its ARN, too', () => {
    const byArn = { ...registration, alarms: ['arn:aws:cloudwatch:x'] };
    expect(explainAlarm({ ...alarm, arn: 'arn:aws:cloudwatch:x' }, NOW, [byArn], recent()).explained).toBe(true);
  });

  test.each([
    ['of another name', { ...alarm, alarm: 'orders-errors' }, recent(), /no registered cluster names/],
    ['that ended', { ...alarm, state: 'OK' }, recent(), /state OK/],
    ['with no deployment near', alarm, [], /none is recorded/],
    ['long after', alarm, recent({ startingAt: NOW - 8e6, completedAt: NOW - 7_200_000 }), /120 min before/],
    [
      'before completion',
      alarm,
      [{ cluster: 'payments', deployment: 'd-1', state: 'backing-up' as const, startingAt: NOW - 60_000 }],
      /not completed/,
    ],
    ['before it started', alarm, recent({ startingAt: NOW + 1000, completedAt: NOW + 2000 }), /none is recorded/],
    ['after its rollback', alarm, recent({ state: 'rolled-back' }), /rolled back already/],
    ['of another cluster', alarm, recent({ cluster: 'orders' }), /none is recorded/],
  ])('an alarm %s is unrelated, and said why', (_, change, deployments, reason) => {
    const explanation = explainAlarm(change, NOW, [registration], deployments);
    expect(explanation.explained === false && explanation.reason).toMatch(reason);
  });
});

describe('admit', () => {
  const start = readStart(event, NOW);
  if (start.kind !== 'completed') throw new Error('fixture');
  const record = (bent: Partial<DeploymentRecord> = {}): DeploymentRecord => ({
    cluster: 'payments',
    deployment: 'd-1',
    state: 'backed-up',
    epoch: 1,
    detail: start.detail,
    startingAt: NOW - 60_000,
    version: 3,
    executions: [{ execution: 'x-1', kind: 'starting', epoch: 1, startedAt: NOW - 60_000 }],
    ...bent,
  });
  const starting = { kind: 'starting', execution: 'x-9', at: NOW } as const;
  const completed = { kind: 'completed', execution: 'x-9', at: NOW } as const;
  const verifying = record({
    state: 'verifying',
    epoch: 2,
    completedAt: NOW - 5_000,
    executions: [...record().executions, { execution: 'x-2', kind: 'completed', epoch: 2, startedAt: NOW - 5_000 }],
  });

  test.each([
    ['the first starting', null, starting, [], { admission: 'new', epoch: 1 }],
    ['a completed without its starting', null, completed, [], { admission: 'late' }],
    ['the completed after its backup', record(), completed, [], { admission: 'new', epoch: 2 }],
    ['the completed while the backup still runs', record({ state: 'backing-up' }), completed, ['x-1'], { admission: 'new', epoch: 2 }],
    ['starting again while the first runs', record({ state: 'backing-up' }), starting, ['x-1'], { admission: 'duplicate', of: 'x-1' }],
    [
      'starting again after the first died',
      record({ state: 'backing-up' }),
      starting,
      [],
      { admission: 'take-over', epoch: 2, from: 'x-1' },
    ],
    ['starting again after a failed backup', record({ state: 'backup-failed' }), starting, [], { admission: 'take-over', epoch: 2 }],
    ['starting again when backed up', record(), starting, [], { admission: 'duplicate' }],
    ['starting after completed', verifying, starting, [], { admission: 'late' }],
    ['completed again while the first runs', verifying, completed, ['x-2'], { admission: 'duplicate', of: 'x-2' }],
    ['completed again after the first died', verifying, completed, [], { admission: 'take-over', epoch: 3, from: 'x-2' }],
    [
      'completed again after it died in the rollback',
      { ...verifying, state: 'rolling-back' as const },
      completed,
      [],
      { admission: 'take-over', epoch: 3 },
    ],
    ['completed again after the end', { ...verifying, state: 'rolled-back' as const }, completed, [], { admission: 'decided' }],
    ['starting again after the end', { ...verifying, state: 'kept' as const }, starting, [], { admission: 'decided' }],
    ['completed after its deadline', record({ startingAt: NOW - 14_401_000 }), completed, [], { admission: 'late' }],
    ['the same execution asking twice', verifying, { ...completed, execution: 'x-2' }, ['x-2'], { admission: 'new', epoch: 2 }],
    [
      'an execution that was taken over from',
      { ...verifying, epoch: 3 },
      { ...completed, execution: 'x-2' },
      ['x-2'],
      { admission: 'duplicate' },
    ],
  ] as const)('%s', (_, stored, arrival, running, expected) => {
    const admission = admit(stored, arrival, running, registration.limits);
    expect(admission).toMatchObject(expected);
    expect(admission.why.length).toBeGreaterThan(5);
  });
});

describe('read-registration', () => {
  const yaml = {
    schema: 1,
    cluster: 'payments',
    environment: 'production',
    nodes: [
      { node: 'i-0000000a', address: '10.0.0.1' },
      { node: 'i-0000000b', address: '10.0.0.2' },
    ],
    files: [{ path: KEYSTORE, kind: 'keystore' }],
    cassandra: { home: '/usr/share/cassandra', yaml: YAML },
    canary: { identitySecret: 'x' },
  };

  test('fills the defaults in', () => {
    expect(readRegistration(yaml)).toMatchObject({ ports: { client: 9042, internode: 7000, jmx: 7199 }, limits: { soakSeconds: 180 } });
  });

  test.each([
    ['a node twice', { nodes: [...yaml.nodes, { node: 'i-0000000a', address: '10.0.0.3' }] }, 'nodes[2].node', /nodes\[0\].node has it/],
    ['an address twice', { nodes: [...yaml.nodes, { node: 'i-0000000c', address: '10.0.0.2' }] }, 'nodes[2].address', /nodes\[1\].address/],
    ['a file twice', { files: [...yaml.files, ...yaml.files] }, 'files[1].path', /files\[0\]/],
    ['no keystore', { files: [{ path: TRUSTSTORE, kind: 'truststore' }] }, 'files', /Add the keystore/],
    ['a path with ..', { files: [{ path: '/etc/../shadow', kind: 'keystore' }] }, 'files[0].path', /"\.\."/],
    ['a misspelt limit', { limits: { soakSecond: 5 } }, 'limits.soakSecond', /soakSeconds/],
    ['a port out of range', { ports: { client: 70_000 } }, 'ports.client', /./],
    ['a node id that is no SSM id', { nodes: [{ node: 'cassandra-1', address: '10.0.0.1' }] }, 'nodes[0].node', /SSM managed-instance/],
  ])('refuses %s', (_, bent, field, fix) => {
    try {
      readRegistration({ ...yaml, ...bent });
    } catch (error) {
      expect(error).toMatchObject({ code: 'FIELD_INVALID', field });
      expect((error as RingwardError).fix).toMatch(fix);
      return;
    }
    expect.unreachable('it was accepted');
  });
});
