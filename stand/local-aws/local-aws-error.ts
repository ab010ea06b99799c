/** A failure of the stand's local AWS: what happened, and what to do next. */
export class LocalAwsError extends Error {
  override readonly name = 'LocalAwsError';
  readonly next: string;

  constructor(message: string, next: string, options?: ErrorOptions) {
    super(`${message}. ${next}`, options);
    this.next = next;
  }
}
