/** Takes a deployment for one execution: asks the rule, writes the answer conditionally, and gives the epoch to act under. */

import type { Verdict } from '../../core/decide/verdict.ts';
import { RingwardError } from '../../core/errors/catalogue.ts';
import { admit, verdictToCarryOut } from '../../core/intake/admit.ts';
import type { DeploymentRecord } from '../../core/intake/deployment-record.ts';
import type { Start } from '../../core/intake/read-start.ts';
import type { Limits } from '../../core/profile/limits.ts';
import { takeEpoch } from '../dynamodb/clusters.ts';
import { loadRecord, storeRecord } from '../dynamodb/deployments.ts';
import type { DeploymentKey } from '../dynamodb/timeline.ts';
import { isExecutionRunning } from '../step-functions/executions.ts';

export type Taken =
  /** In state `decided` when a verdict "roll-back" stands that is only to be carried out. */
  | { readonly outcome: 'admitted'; readonly epoch: number; readonly why: string; readonly record: Omit<DeploymentRecord, 'version'> }
  | { readonly outcome: 'duplicate'; readonly why: string }
  /** The backup is still being made: ask again. */
  | { readonly outcome: 'backing-up'; readonly why: string };

type DeploymentStart = Extract<Start, { readonly kind: 'starting' | 'completed' }>;

/** Events that arrive together race for the record; the loser looks again. */
const ATTEMPTS = 8;

/** Throws DEPLOYMENT_DECIDED and DEPLOYMENT_LATE; a duplicate is an outcome, not an error. */
export async function takeDeployment(
  key: DeploymentKey,
  start: DeploymentStart,
  execution: string,
  limits: Limits,
  now: number,
): Promise<Taken> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const record = await loadRecord(key);
    const running = await runningOf(record, execution);
    const admission = admit(record, { kind: start.kind, execution, at: start.at }, running, limits);
    if (admission.admission === 'duplicate') return { outcome: 'duplicate', why: admission.why };
    if (admission.admission === 'decided')
      throw new RingwardError('DEPLOYMENT_DECIDED', { message: admission.why, field: 'detail.deploymentId', value: key.deployment });
    if (admission.admission === 'late')
      throw new RingwardError('DEPLOYMENT_LATE', { message: admission.why, field: 'detail.deploymentId', value: key.deployment });
    if (start.kind === 'completed' && record?.state === 'backing-up' && running.length > 0)
      return { outcome: 'backing-up', why: 'the backup is still being made' };
    const held = record?.executions.some((one) => one.execution === execution && one.epoch === record.epoch);
    if (record && held) return { outcome: 'admitted', epoch: record.epoch, why: admission.why, record };
    const epoch = await takeEpoch(key.cluster);
    const standing = start.kind === 'completed' ? verdictToCarryOut(record, now, limits) : null;
    const taken = takenRecord(record, key, start, execution, epoch, now, standing);
    if (await storeRecord(taken, record?.version ?? null)) return { outcome: 'admitted', epoch, why: admission.why, record: taken };
  }
  throw new Error(`${key.deployment} was changed ${ATTEMPTS} times by others while it was being taken`);
}

function takenRecord(
  record: DeploymentRecord | null,
  key: DeploymentKey,
  start: DeploymentStart,
  execution: string,
  epoch: number,
  now: number,
  standing: Verdict | null,
): Omit<DeploymentRecord, 'version'> {
  const started = { execution, kind: start.kind, epoch, startedAt: now, ...(start.eventId ? { eventId: start.eventId } : {}) };
  return {
    ...record,
    ...key,
    epoch,
    detail: start.detail,
    executions: [...(record?.executions ?? []), started],
    ...(start.kind === 'starting'
      ? { state: 'backing-up' as const, startingAt: start.at }
      : { ...goesOn(standing, epoch), completedAt: record?.completedAt ?? start.at }),
  };
}

/** A standing verdict is carried out under the new epoch; else the deployment is judged. */
const goesOn = (standing: Verdict | null, epoch: number) =>
  standing ? { state: 'decided' as const, verdict: { ...standing, epoch } } : { state: 'verifying' as const };

async function runningOf(record: DeploymentRecord | null, asking: string): Promise<string[]> {
  const others = [...new Set(record?.executions.map(({ execution }) => execution))].filter((execution) => execution !== asking);
  const states = await Promise.all(others.map(async (execution) => ((await isExecutionRunning(execution)) ? [execution] : [])));
  return states.flat();
}

/**
 * Takes a known deployment again, for an alarm's or a person's start: also one that was decided, since fresh
 * evidence may say otherwise; a verdict whose rollback died is carried out first. While another execution verifies it, this one is a duplicate. Throws
 * DEPLOYMENT_UNKNOWN; DEPLOYMENT_DECIDED for one that was rolled back.
 */
export async function retakeDeployment(
  key: DeploymentKey,
  kind: 'alarm' | 'human',
  execution: string,
  limits: Limits,
  now: number,
): Promise<Taken> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const record = await loadRecord(key);
    if (!record) throw new RingwardError('DEPLOYMENT_UNKNOWN', { field: 'deployment', value: key.deployment });
    const held = record.executions.some((one) => one.execution === execution && one.epoch === record.epoch);
    if (held) return { outcome: 'admitted', epoch: record.epoch, why: 'this execution holds the deployment already', record };
    const running = await runningOf(record, execution);
    if (running.length > 0)
      return { outcome: 'duplicate', why: `the deployment is ${record.state} by ${running.length} other execution(s)` };
    if (record.state === 'rolled-back')
      throw new RingwardError('DEPLOYMENT_DECIDED', {
        message: 'The deployment is rolled back already.',
        field: 'deployment',
        value: key.deployment,
      });
    const epoch = await takeEpoch(key.cluster);
    const { verdict: _before, ...rest } = record;
    const standing = verdictToCarryOut(record, now, limits);
    const taken = {
      ...rest,
      epoch,
      ...goesOn(standing, epoch),
      executions: [...record.executions, { execution, kind, epoch, startedAt: now }],
    };
    if (await storeRecord(taken, record.version))
      return { outcome: 'admitted', epoch, why: `taken again, it was ${record.state}`, record: taken };
  }
  throw new Error(`${key.deployment} was changed ${ATTEMPTS} times by others while it was being taken`);
}
