/** Takes a decision to its decision point: asks a person once, and lets evidence, the answer or the default decide. */
import { courseOf } from '../../core/decide/course.ts';
import type { DecisionRules } from '../../core/decide/decide-under-profile.ts';
import type { DeploymentEvidence } from '../../core/decide/deployment-evidence.ts';
import type { Decision } from '../../core/decide/verdict.ts';
import type { DecisionPoint, Standing } from '../../core/decision-point/point.ts';
import type { OfEpoch } from '../../core/decision-point/point-record.ts';
import { questionAbout, settle } from '../../core/decision-point/settle.ts';
import { loadPoint, writeAnswer, writePoint } from '../dynamodb/decision-points.ts';
import { recordTimeline } from '../dynamodb/timeline.ts';
import { announce } from '../eventbridge/announce.ts';

export interface Settled {
  readonly decision: Decision;
  /** Until when a person is asked, ms; carried on in the state, so that the question is announced once. */
  readonly askedUntil?: number;
}

/** @param evidence as the profile has it judged @param askedUntil as an earlier window left it */
export async function settleAtPoint(
  of: OfEpoch,
  decision: Decision,
  {
    evidence,
    rules,
    askedUntil,
  }: { readonly evidence: DeploymentEvidence; readonly rules: DecisionRules; readonly askedUntil?: number | undefined },
): Promise<Settled> {
  if (rules.profile.decisionPoint.seconds === 0 && askedUntil === undefined) return { decision };
  const judged = { evidence, rules, course: courseOf(evidence) };
  const standing = (await loadPoint(of)) ?? (await ask(of, questionAbout(decision, judged)));
  if (!standing) return { decision };
  // Announced first and noted after: rather twice than never.
  if (askedUntil === undefined) await announce('Ringward Decision Needed', announcement(of, standing.point));
  const settled = settle(decision, standing, judged);
  if (!('due' in settled)) return { decision: settled, askedUntil: standing.point.dueAt };
  const what = `${settled.due.reason}: the default ${settled.due.answer}`;
  await recordTimeline(of, { area: 'decide', what: `${what} is written as the answer`, epoch: of.epoch });
  const answered = await writeAnswer(of, settled.due);
  const stands = answered.answer.by === null ? `${what} stands` : `${answered.answer.by} answered ${answered.answer.answer} just before`;
  await recordTimeline(of, { area: 'decide', what: stands, epoch: of.epoch });
  const after = settle(decision, answered, judged);
  if ('due' in after) throw new TypeError('an answered question is not due');
  return { decision: after, askedUntil: answered.point.dueAt };
}

async function ask(of: OfEpoch, point: DecisionPoint | null): Promise<Standing | null> {
  if (!point) return null;
  await recordTimeline(of, { area: 'decide', what: `a person is to be asked: ${point.question}`, epoch: of.epoch });
  const standing = await writePoint(of, point);
  if (!standing) return null;
  const what = `a person is asked ${untilWhen(standing.point)}. ${commandOf(of)}`;
  await recordTimeline(of, { area: 'decide', what, epoch: of.epoch });
  return standing;
}

function untilWhen({ dueAt, default: otherwise, nodes, left, noRollBack }: DecisionPoint): string {
  const back =
    nodes.length > 0
      ? `the answer roll-back takes back ${nodes.join(', ')}${left ? `, and not ${left.join(', ')} for want of a verified backup` : ''}`
      : `roll-back is no answer: ${noRollBack}`;
  return `until ${new Date(dueAt).toISOString()} (then: ${otherwise}); ${back}`;
}

const commandOf = ({ cluster, deployment, epoch }: OfEpoch): string =>
  `ringward decide --cluster ${cluster} --deployment ${deployment} --epoch ${epoch} --answer keep|roll-back|hold --reason "…"`;

const announcement = (of: OfEpoch, { about, question, askedAt, dueAt, default: otherwise, nodes, left, noRollBack }: DecisionPoint) => ({
  ...of,
  about,
  question,
  askedAt: new Date(askedAt).toISOString(),
  until: new Date(dueAt).toISOString(),
  default: otherwise,
  rollBack: nodes,
  ...(left === undefined ? {} : { withoutBackup: left }),
  ...(noRollBack === undefined ? {} : { noRollBack }),
  nextStep: commandOf(of),
});
