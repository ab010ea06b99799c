/** A step on a node that ended without success, in the words of the node's own program. */
export class StepFailure extends Error {
  readonly code: string;
  readonly fix: string;

  constructor(code: string, message: string, fix: string) {
    super(message);
    this.name = 'StepFailure';
    this.code = code;
    this.fix = fix;
  }
}

/** A program that was ended at one of its crash points; nothing may catch it but the agent. */
export class Halted extends Error {}

export const mismatch = (message: string): StepFailure =>
  new StepFailure('BACKUP_MISMATCH', message, 'Do not use this backup; choose an older one or repair forward.');

export const snapshotMissing = (message: string): StepFailure =>
  new StepFailure('SNAPSHOT_MISSING', message, 'Fetch the backup from S3 (step fetch-backup), then send the request again.');

export const fieldInvalid = (field: string, message: string): StepFailure =>
  new StepFailure('FIELD_INVALID', `field ${field}: ${message}`, `Mend the field ${field} and send the request again.`);
