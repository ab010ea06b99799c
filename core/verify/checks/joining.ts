/** Whether a node that was restarted has joined the ring again: it has the time of a start for it (user story: five minutes). */
import { addressOnly } from '../../cluster/addresses.ts';
import type { VerificationPolicy } from '../policy.ts';
import type { VerificationSnapshot } from '../snapshot.ts';

/** Modes of `StorageService` on the way into the ring. Who leaves, moves or drains does so because a person said so. */
export const ON_THE_WAY: ReadonlySet<string> = new Set(['STARTING', 'JOINING', 'JOINING_FAILED']);

export interface NotJoined {
  /** In words: the mode, or that it sees nobody. */
  readonly observed: string;
  /** By the node's clock, ms; at this very moment it is not late yet. */
  readonly until: number;
  readonly late: boolean;
}

/** Null where the node joined, was not restarted for this deployment, or its view of the ring is not known. */
export function notJoined(
  { observation, activation, registration, node }: VerificationSnapshot,
  policy: VerificationPolicy,
): NotJoined | null {
  const ring = observation?.ring;
  const startedAt = observation?.service.startedAt;
  if (!observation || !ring || startedAt == null || observation.service.state !== 'active') return null;
  const restarted =
    activation.activation === 'restart' ? startedAt >= activation.completedAt - policy.completionMs : startedAt > activation.completedAt;
  if (!restarted) return null;
  const live = new Set(ring.live.map(addressOnly));
  const others = registration.nodes.filter((other) => other.node !== node.node);
  const alone = others.length > 0 && others.every(({ address }) => !live.has(addressOnly(address)));
  const onTheWay = ON_THE_WAY.has(ring.operationMode);
  if (!onTheWay && !(ring.operationMode === 'NORMAL' && alone)) return null;
  const until = startedAt + policy.serviceStartMs;
  const what = onTheWay ? ring.operationMode : 'NORMAL, but it sees no other node live';
  return { observed: `started ${new Date(startedAt).toISOString()}; ${what}`, until, late: observation.at > until };
}
