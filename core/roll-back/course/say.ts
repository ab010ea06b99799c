/** What a person says about a rollback, put into the record of its deployment; what cannot be said there is refused in words. */
import { RingwardError } from '../../errors/catalogue.ts';
import type { DeploymentRecord } from '../../intake/deployment-record.ts';
import type { Approval, Control } from './control.ts';

type Said<T> = Omit<T, 'epoch'>;

/** Saying the same again changes nothing. Throws ROLLBACK_NOT_RUNNING. */
export function withControl(record: DeploymentRecord, said: Said<Control>): DeploymentRecord {
  if (record.state !== 'rolling-back')
    throw new RingwardError('ROLLBACK_NOT_RUNNING', {
      message: `The deployment ${record.deployment} is ${record.state}, not rolling back.`,
      field: 'deployment',
      value: record.deployment,
    });
  const { control } = record;
  const stands = control?.epoch === record.epoch ? control : undefined;
  if (stands?.word === 'cancel' && said.word !== 'cancel')
    throw new RingwardError('DECISION_ANSWERED', { message: `${stands.by} cancelled it already.`, field: 'control', value: said.word });
  if ((stands?.word ?? 'go') === said.word) return record;
  return { ...record, control: { ...said, epoch: record.epoch } };
}

/** The answer is about the wave that the person saw. The same answer again changes nothing. Throws DECISION_NOT_WAITING and DECISION_ANSWERED. */
export function withApproval(record: DeploymentRecord, said: Approval): DeploymentRecord {
  const { asking, approvals = [] } = record;
  if (record.state !== 'rolling-back' || !asking || asking.epoch !== record.epoch)
    throw new RingwardError('DECISION_NOT_WAITING', {
      message: `No wave of ${record.deployment} waits for an approval; it is ${record.state}.`,
      field: 'deployment',
      value: record.deployment,
    });
  if (said.wave !== asking.wave || said.planHash !== asking.planHash)
    throw new RingwardError('DECISION_NOT_WAITING', {
      message: `The question has changed: ${asking.name} waits now. See it, and answer again.`,
      field: 'wave',
      value: String(said.wave),
    });
  const given = approvals.find(({ wave, planHash }) => wave === asking.wave && planHash === asking.planHash);
  if (given && given.answer !== said.answer)
    throw new RingwardError('DECISION_ANSWERED', {
      message: `${given.by} answered ${given.answer} about ${asking.name} at ${new Date(given.at).toISOString()}.`,
      field: 'answer',
      value: said.answer,
    });
  if (given) return record;
  if (said.at >= asking.dueAt)
    throw new RingwardError('DECISION_NOT_WAITING', {
      message: `The time to answer about ${asking.name} was over at ${new Date(asking.dueAt).toISOString()}.`,
    });
  return { ...record, approvals: [...approvals, said] };
}
