/** A person's answer, in the timeline before it is written and after. */
import type { Answer } from '../../core/decision-point/point.ts';
import type { OfEpoch } from '../../core/decision-point/point-record.ts';
import type { Answered } from '../../core/decision-point/protocols.ts';
import { writeAnswer } from '../dynamodb/decision-points.ts';
import { recordTimeline } from '../dynamodb/timeline.ts';

/** The answer that stands: this one, or the one from before. Throws as `answerPoint`. */
export async function answerInTimeline(of: OfEpoch, answer: Answer): Promise<Answered> {
  const entry = { area: 'decide', epoch: of.epoch, ...(answer.by === null ? {} : { by: answer.by }) };
  await recordTimeline(of, { ...entry, what: `the answer ${answer.answer} is given: ${answer.reason}` });
  const answered = await writeAnswer(of, answer).catch(async (error: Error) => {
    await recordTimeline(of, { ...entry, what: `it is refused: ${error.message}` });
    throw error;
  });
  const { by, answer: word } = answered.answer;
  await recordTimeline(of, {
    ...entry,
    what: answered.ours ? `the answer ${word} stands` : `it does not count: ${by ?? 'nobody'} answered ${word} before`,
  });
  return answered;
}
