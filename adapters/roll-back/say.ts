/** A person's word about a rollback: written into the record and the timeline, and the state that waits for it is woken. */
import type { DeploymentRecord } from '../../core/intake/deployment-record.ts';
import type { Approval, Control } from '../../core/roll-back/course/control.ts';
import { withApproval, withControl } from '../../core/roll-back/course/say.ts';
import { changeRecord } from '../dynamodb/deployments.ts';
import { type DeploymentKey, recordTimeline } from '../dynamodb/timeline.ts';
import { completeTask } from '../step-functions/starts.ts';

/** Throws as {@link withControl}. */
export async function sayControl(key: DeploymentKey, said: Omit<Control, 'epoch'>): Promise<DeploymentRecord> {
  const record = await changeRecord(key, (current) => withControl(current, said));
  await told(record, `${said.word === 'go' ? 'resumed' : said.word === 'pause' ? 'paused' : 'cancelled'}${because(said)}`, said.by);
  // One that waits for an approval would hear of a cancel only at its deadline.
  if (said.word === 'cancel' && record.asking?.epoch === record.epoch) await completeTask(record.asking.token);
  return record;
}

/** Throws as {@link withApproval}. */
export async function sayApproval(key: DeploymentKey, said: Approval): Promise<DeploymentRecord> {
  const record = await changeRecord(key, (current) => withApproval(current, said));
  await told(record, `${said.answer === 'approve' ? 'approved' : 'rejected'}: ${record.asking?.name}${because(said)}`, said.by);
  if (record.asking) await completeTask(record.asking.token);
  return record;
}

const because = ({ reason }: { readonly reason?: string | undefined }): string => (reason === undefined ? '' : `: ${reason}`);

const told = (record: DeploymentRecord, what: string, by: string): Promise<void> =>
  recordTimeline(record, { area: 'roll-back', what, epoch: record.epoch, by });
