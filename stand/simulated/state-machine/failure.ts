/** An error as Step Functions knows it: a name that Retry and Catch match, and a cause in words or JSON. */
export class StateFailure extends Error {
  readonly error: string;
  override readonly cause: string;

  constructor(error: string, cause: string) {
    super(`${error}: ${cause}`);
    this.name = 'StateFailure';
    this.error = error;
    this.cause = cause;
  }
}

/** Errors that `States.ALL` and `States.TaskFailed` leave alone, as the language says. */
const BEYOND_ALL = new Set(['States.DataLimitExceeded', 'States.Runtime']);

/** Does one `ErrorEquals` match? `States.TaskFailed` stands for every error of a task but a time-out. */
export function matches(errorEquals: readonly string[], error: string): boolean {
  if (errorEquals.includes(error)) return true;
  if (BEYOND_ALL.has(error)) return false;
  return errorEquals.includes('States.ALL') || (errorEquals.includes('States.TaskFailed') && error !== 'States.Timeout');
}
