import { describe, expect, test } from 'vitest';
import { admit, verdictToCarryOut } from '../../../core/intake/admit.ts';
import type { DeploymentRecord } from '../../../core/intake/deployment-record.ts';
import { readStart } from '../../../core/intake/read-start.ts';
import { completedEvent } from '../../fixtures/deployment-event.ts';
import { NOW } from '../../fixtures/pki.ts';
import { NODES, registration } from '../../fixtures/ring.ts';

describe('admit', () => {
  const start = readStart(completedEvent, NOW);
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

  const decided = {
    ...verifying,
    state: 'rolling-back' as const,
    verdict: {
      verdict: 'roll-back' as const,
      reason: 'expired',
      nodes: [NODES[0]],
      evidence: [],
      vantagePoints: ['node' as const, 'peer' as const],
      nextStep: 'Nothing to do.',
      decidedAt: NOW - 60_000,
      epoch: 2,
    },
  };
  const old = { ...decided, verdict: { ...decided.verdict, decidedAt: NOW - registration.limits.verificationSeconds * 1000 - 1 } };
  test.each([
    ['whose rollback died is carried out', decided, true],
    ['whose rollback was never begun is carried out', { ...decided, state: 'decided' as const }, true],
    ['older than a verification may last is judged afresh: a person may have mended the cluster', old, false],
    ['to keep is nothing to carry out', { ...decided, verdict: { ...decided.verdict, verdict: 'keep' as const } }, false],
    ['that was carried out is not carried out again', { ...decided, state: 'rolled-back' as const }, false],
    ['is not there before the decision', verifying, false],
    ['of an unknown deployment is none', null, false],
  ])('a verdict %s', (_, stored, carriedOut) => {
    expect(verdictToCarryOut(stored, NOW, registration.limits)).toEqual(carriedOut ? decided.verdict : null);
  });
});
