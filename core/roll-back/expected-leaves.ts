/** The part of a node's expectation that one step can prove: while clients are off, their port proves nothing. */
import type { ListenerName } from '../node/protocol.ts';
import type { ExpectedLeaves } from '../node/requests.ts';
import type { NodePlan } from './plan.ts';

export function expectedLeaves({ expect }: NodePlan, listeners: readonly ListenerName[]): ExpectedLeaves {
  return Object.fromEntries(listeners.flatMap((listener) => (expect[listener] === undefined ? [] : [[listener, expect[listener]]])));
}
