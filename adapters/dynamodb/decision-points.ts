/** Decision points: read at once, written by conditional transactions. */
import { Answer, DecisionPoint, type Standing } from '../../core/decision-point/point.ts';
import { type OfEpoch, POINT } from '../../core/decision-point/point-record.ts';
import { type Answered, answerPoint, askPerson } from '../../core/decision-point/protocols.ts';
import { partitionOfEpoch } from '../../core/quorum/epoch-record.ts';
import { environment } from '../environment/environment.ts';
import { dynamoStore, run } from './decisions.ts';
import { queryItems } from './table.ts';

/** The question of an epoch with its answer; null where nobody was asked. */
export async function loadPoint(of: OfEpoch): Promise<Standing | null> {
  const partition = { name: 'of', value: partitionOfEpoch(of) };
  const items = await queryItems(environment('DECISIONS_TABLE'), partition, { startsWith: { name: 'entry', value: POINT } });
  const [asked, answered] = ['point', 'answer'].map((part) => items.find((item) => item[part] !== undefined)?.[part]);
  return asked === undefined ? null : { point: DecisionPoint.parse(asked), answer: answered === undefined ? null : Answer.parse(answered) };
}

/** Writes the question once; the one that stands, or null when the verdict is written. Throws EPOCH_STALE, STATE_STORE_BUSY. */
export const writePoint = (of: OfEpoch, point: DecisionPoint): Promise<Standing | null> => run(askPerson(of, point), dynamoStore);

/** Writes the answer once; the one that stands. Throws DECISION_NOT_WAITING, DECISION_NOT_POSSIBLE, EPOCH_STALE, DEPLOYMENT_UNKNOWN, STATE_STORE_BUSY. */
export const writeAnswer = (of: OfEpoch, answer: Answer): Promise<Answered> => run(answerPoint(of, answer), dynamoStore);
