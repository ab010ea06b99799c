/** One call over the border between Ringward and what it does not own: AWS, a node, a port. Faults are put in here, and nowhere else. */
import { AsyncLocalStorage } from 'node:async_hooks';

export interface Call {
  /** The state that makes the call, with its machine and, where there is one, its node. */
  readonly place: string;
  /** Who makes it: a function, Step Functions itself, or a node. */
  readonly from: 'function' | 'workflow' | 'node';
  readonly service: string;
  readonly operation: string;
  /** Table, bucket, function, or node that is asked; no ids that another run would have otherwise. */
  readonly target: string;
  /** Same key, same question: what a stale answer is an answer to. Absent for what changes something. */
  readonly reads?: string;
  /** @param lateMs how late what was sent arrives, where it is sent on: of a command */
  readonly perform: (lateMs?: number) => Promise<unknown>;
  /** What the other side says when it could not, so that another try may help. */
  readonly failure: () => unknown;
  /** What a caller with a deadline of its own makes of no answer; absent where its own time-out comes from outside. */
  readonly unanswered?: () => Promise<unknown>;
}

/** Carries calls out; a world with faults puts its own in this place. */
export type Carry = (call: Call) => Promise<unknown>;

const places = new AsyncLocalStorage<string>();

/** Where the code that runs now stands in the state machines. */
export const placeHere = (): string => places.getStore() ?? 'outside';

export const standAt = <T>(place: string, run: () => T): T => places.run(place, run);
