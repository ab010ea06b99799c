/** How a question is asked and an answer given, step by step: a lost answer, a rival and a throttled table change nothing. */
import { z } from 'zod';
import { canonicalJson } from '../canonical.ts';
import { RingwardError } from '../errors/catalogue.ts';
import { DeploymentRecord } from '../intake/deployment-record.ts';
import { ATTEMPTS, pauseBefore, read } from '../quorum/protocols.ts';
import type { Protocol } from '../quorum/store.ts';
import { Answer, DecisionPoint, refuseImpossible, type Standing } from './point.ts';
import { answerKey, type OfEpoch, pointKey, transactionOfAnswer, transactionOfPoint } from './point-record.ts';

const StoredPoint = z.object({ point: DecisionPoint });
const StoredAnswer = z.object({ answer: Answer });

/** The question that stands: this one, or the one that was asked before; null when the epoch has its verdict. Throws EPOCH_STALE, STATE_STORE_BUSY. */
export function* askPerson(of: OfEpoch, point: DecisionPoint): Protocol<Standing | null> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { answer } = yield { ask: 'transact', operations: transactionOfPoint(of, point) };
    if (answer === 'committed') return { point, answer: null };
    if (answer === 'refused') {
      if ((yield* deploymentOf(of, 'asks')).verdict?.epoch === of.epoch) return null;
      const standing = yield* standingPoint(of);
      if (standing) return standing;
    } else yield { ask: 'pause', upToMs: pauseBefore(attempt) };
  }
  throw new RingwardError('STATE_STORE_BUSY', { message: `the decision point of ${of.deployment} could not be written` });
}

export interface Answered extends Standing {
  readonly answer: Answer;
  /** It is the answer that was given, not one from before. */
  readonly ours: boolean;
}

/**
 * The answer that stands: this one, or the one that was given before, whoever gave it.
 * Throws DECISION_NOT_WAITING, DECISION_NOT_POSSIBLE, EPOCH_STALE, DEPLOYMENT_UNKNOWN, STATE_STORE_BUSY.
 */
export function* answerPoint(of: OfEpoch, given: Answer): Protocol<Answered> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { verdict } = yield* deploymentOf(of, 'answers');
    const standing = yield* standingPoint(of);
    if (standing?.answer) return { ...standing, answer: standing.answer, ours: canonicalJson(standing.answer) === canonicalJson(given) };
    if (verdict?.epoch === of.epoch) throw notWaiting(of, `the verdict is ${verdict.verdict}: ${verdict.reason}`);
    if (!standing) throw notWaiting(of, 'nobody was asked');
    // The default is noted as it is; that nothing can go back is told with its verdict.
    if (given.by !== null) refuseImpossible(standing.point, given);
    const { answer } = yield { ask: 'transact', operations: transactionOfAnswer(of, given) };
    if (answer === 'committed') return { point: standing.point, answer: given, ours: true };
    yield { ask: 'pause', upToMs: pauseBefore(attempt) };
  }
  throw new RingwardError('STATE_STORE_BUSY', { message: `the answer about ${of.deployment} could not be written` });
}

const notWaiting = ({ deployment }: OfEpoch, why: string): RingwardError =>
  new RingwardError('DECISION_NOT_WAITING', { message: `No decision is waited for: ${why}`, field: 'deployment', value: deployment });

function* standingPoint(of: OfEpoch): Protocol<Standing | null> {
  const asked = yield* read('decisions', pointKey(of));
  if (!asked) return null;
  const answered = yield* read('decisions', answerKey(of));
  return { point: StoredPoint.parse(asked).point, answer: answered ? StoredAnswer.parse(answered).answer : null };
}

function* deploymentOf(of: OfEpoch, does: string): Protocol<DeploymentRecord> {
  const found = yield* read('deployments', { cluster: of.cluster, deployment: of.deployment });
  if (!found) throw new RingwardError('DEPLOYMENT_UNKNOWN', { field: 'deployment', value: of.deployment });
  const record = DeploymentRecord.parse(found);
  if (record.epoch !== of.epoch)
    throw new RingwardError('EPOCH_STALE', { message: `epoch ${of.epoch} ${does}, ${record.epoch} is current` });
  return record;
}
