import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RingwardError } from '../../../core/errors/catalogue.ts';
import { readStart } from '../../../core/intake/read-start.ts';
import { completedEvent } from '../../fixtures/deployment-event.ts';
import { NOW } from '../../fixtures/pki.ts';

const alarmEvent = {
  ...completedEvent,
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
    expect(readStart(completedEvent, NOW)).toMatchObject({
      kind: 'completed',
      eventId: 'e-1',
      at: Date.UTC(2026, 10, 24, 3),
      detail: { deploymentId: 'd-1' },
    });
    expect(readStart({ ...completedEvent, 'detail-type': 'Certificate Deployment Starting' }, NOW).kind).toBe('starting');
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
    const copy = structuredClone(completedEvent) as Record<string, unknown>;
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
    ['a mode that is none', { cluster: 'payments', mode: 'quick' }, 'FIELD_INVALID', 'mode', /automated/],
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
      fc.dictionary(keys, fc.jsonValue()).map((bent) => ({ ...completedEvent, ...bent })),
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
          expect(readStart({ ...completedEvent, detail: { ...completedEvent.detail, [key]: value } }, NOW)).toMatchObject({
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
