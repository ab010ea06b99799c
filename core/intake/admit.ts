/** Decides what an event means for the stored deployment: events are doubled, late, unordered, and executions die. */

import type { Verdict } from '../decide/verdict.ts';
import type { Limits } from '../profile/limits.ts';
import { type DeploymentExecution, type DeploymentRecord, FINAL_STATES } from './deployment-record.ts';

export interface Arrival {
  readonly kind: 'starting' | 'completed';
  /** Name or ARN of the execution that asks. */
  readonly execution: string;
  /** The event's own time, ms. */
  readonly at: number;
}

/** What to do; `epoch` is the one to act under. */
export type Admission =
  | { readonly admission: 'new'; readonly epoch: number; readonly why: string }
  /** The execution before ended without finishing: resume under a higher epoch, which fences the old one (I5, I6). */
  | { readonly admission: 'take-over'; readonly epoch: number; readonly from: string | null; readonly why: string }
  | { readonly admission: 'duplicate'; readonly of: string | null; readonly why: string }
  /** Error code DEPLOYMENT_DECIDED. */
  | { readonly admission: 'decided'; readonly why: string }
  /** Error code DEPLOYMENT_LATE. */
  | { readonly admission: 'late'; readonly why: string };

/** `running` are those executions of the record that still run, as the caller just asked. */
export function admit(record: DeploymentRecord | null, arrival: Arrival, running: readonly string[], limits: Limits): Admission {
  if (!record) return admitUnknown(arrival);
  if (FINAL_STATES.has(record.state))
    return { admission: 'decided', why: `the deployment is ${record.state}${record.verdict ? `: ${record.verdict.reason}` : ''}` };
  const own = record.executions.find(({ execution }) => execution === arrival.execution);
  // The same execution asks again (a retried task): it keeps what it holds, unless someone took over meanwhile.
  if (own?.epoch === record.epoch) return { admission: 'new', epoch: own.epoch, why: 'this execution holds the deployment already' };
  if (own)
    return { admission: 'duplicate', of: lastOf(record.executions)?.execution ?? null, why: 'a newer execution took over from this one' };
  return arrival.kind === 'starting' ? admitStarting(record, running) : admitCompleted(record, arrival, running, limits);
}

function admitUnknown(arrival: Arrival): Admission {
  if (arrival.kind === 'starting') return { admission: 'new', epoch: 1, why: 'the deployment was not known' };
  return { admission: 'late', why: 'Completed came before the Starting event it belongs to, so no backup of before exists' };
}

function admitStarting(record: DeploymentRecord, running: readonly string[]): Admission {
  if (record.completedAt !== undefined)
    return { admission: 'late', why: 'Starting came after Completed: a backup now would hold the new files' };
  const last = lastOf(record.executions.filter(({ kind }) => kind === 'starting'));
  if (last && running.includes(last.execution))
    return { admission: 'duplicate', of: last.execution, why: 'the backup of this deployment is being made' };
  if (record.state === 'backed-up')
    return { admission: 'duplicate', of: last?.execution ?? null, why: 'the backup of this deployment is made and verified' };
  return {
    admission: 'take-over',
    epoch: record.epoch + 1,
    from: last?.execution ?? null,
    why: `the execution before ended with the deployment ${record.state}`,
  };
}

function admitCompleted(record: DeploymentRecord, arrival: Arrival, running: readonly string[], limits: Limits): Admission {
  const others = record.executions.filter(({ kind }) => kind !== 'starting');
  const busy = others.find(({ execution }) => running.includes(execution));
  if (busy) return { admission: 'duplicate', of: busy.execution, why: `the deployment is ${record.state} by the execution before` };
  const last = lastOf(others);
  if (last || record.completedAt !== undefined) {
    return {
      admission: 'take-over',
      epoch: record.epoch + 1,
      from: last?.execution ?? null,
      why: `the execution before ended with the deployment ${record.state}`,
    };
  }
  if (record.startingAt === undefined) return { admission: 'late', why: 'the record has no Starting event' };
  const deadline = record.startingAt + limits.completionSeconds * 1000;
  if (arrival.at > deadline) return { admission: 'late', why: `Completed was due by ${new Date(deadline).toISOString()}` };
  return { admission: 'new', epoch: record.epoch + 1, why: 'the deployment completed' };
}

/**
 * The verdict "roll-back" of an execution that ended before its rollback did: the next one carries it out instead
 * of judging a cluster that is half-way back (I6). Only while the verdict is no older than a verification may
 * last; later a person may have mended the cluster, so it is looked at afresh.
 */
export function verdictToCarryOut(record: DeploymentRecord | null, now: number, limits: Limits): Verdict | null {
  if (record?.state !== 'decided' && record?.state !== 'rolling-back') return null;
  const { verdict } = record;
  if (verdict?.verdict !== 'roll-back' || now - verdict.decidedAt > limits.verificationSeconds * 1000) return null;
  return verdict;
}

function lastOf(executions: readonly DeploymentExecution[]): DeploymentExecution | undefined {
  return executions.at(-1);
}
