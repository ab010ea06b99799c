/**
 * A decision point: a question to a person, with a deadline and what happens when nobody answers. Question and answer are written once
 * each, under the epoch of the execution that asks; the default is written as the answer of nobody, so that one answer stands.
 */
import { z } from 'zod';
import { RingwardError } from '../errors/catalogue.ts';

/** Why a person is asked: nodes that were bad and well again too often · one kind of vantage point alone · evidence that stayed incomplete · a rule of the profile. */
export const About = z.enum(['partial-recovery', 'one-kind', 'incomplete', 'rule']);
export type About = z.infer<typeof About>;

export const AnswerWord = z.enum(['keep', 'roll-back', 'hold']);
export type AnswerWord = z.infer<typeof AnswerWord>;

export const DecisionPoint = z.object({
  epoch: z.int(),
  about: About,
  /** In the words of the hold that it stands for. */
  question: z.string(),
  askedAt: z.number(),
  dueAt: z.number(),
  /** What happens when nobody answers. */
  default: z.enum(['hold', 'roll-back']),
  /** Nodes that the answer `roll-back` takes back; empty where it is not possible. */
  nodes: z.array(z.string()),
  /** Nodes that would go back too, and have no verified backup of before. */
  left: z.array(z.string()).optional(),
  /** Why the answer `roll-back` is not possible. */
  noRollBack: z.string().optional(),
});
export type DecisionPoint = z.infer<typeof DecisionPoint>;

export const Answer = z.object({
  answer: AnswerWord,
  /** Who answered; null when nobody did, and the default happened. */
  by: z.string().min(1).max(200).nullable(),
  reason: z.string().trim().min(3, 'at least 3 characters').max(500),
  at: z.number(),
});
export type Answer = z.infer<typeof Answer>;

/** What a verdict tells of its decision point; without an answer where evidence decided before anybody did. */
export const Asked = DecisionPoint.omit({ epoch: true, noRollBack: true }).extend({ answer: Answer.nullable() });
export type Asked = z.infer<typeof Asked>;

/** A decision point as it stands. */
export interface Standing {
  readonly point: DecisionPoint;
  readonly answer: Answer | null;
}

export function askedOf({ point, answer }: Standing): Asked {
  const { epoch: _, noRollBack: _why, ...asked } = point;
  return { ...asked, answer };
}

/** An answer that this question does not allow. Throws DECISION_NOT_POSSIBLE. */
export function refuseImpossible(point: DecisionPoint, { answer }: Pick<Answer, 'answer'>): void {
  if (answer !== 'roll-back' || point.noRollBack === undefined) return;
  throw new RingwardError('DECISION_NOT_POSSIBLE', { message: `Nothing can go back: ${point.noRollBack}`, field: 'answer', value: answer });
}
