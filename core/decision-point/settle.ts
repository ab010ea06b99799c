/**
 * What becomes of a decision while a person may be asked: it is asked about once; meanwhile evidence goes on and may decide; then the
 * person's answer decides, or, when nobody answers in time, the profile's default.
 */
import { accusations } from '../decide/against-measured.ts';
import { saidAgainst } from '../decide/course.ts';
import { type DecisionRules, scopeOf, stagingFirst, withNotices } from '../decide/decide-under-profile.ts';
import type { DeploymentEvidence } from '../decide/deployment-evidence.ts';
import type { Course } from '../decide/episodes.ts';
import { decideAgainst } from '../decide/go-back.ts';
import { summariseWindow } from '../decide/this-window.ts';
import type { Decision, Verdict } from '../decide/verdict.ts';
import type { FindingCodeName } from '../verify/codes.ts';
import type { Finding } from '../verify/findings.ts';
import { type Answer, askedOf, type DecisionPoint, type Standing } from './point.ts';

/** Everything that the decision of this look was made from; the evidence as the profile has it judged. */
export interface Judged {
  readonly evidence: DeploymentEvidence;
  readonly rules: DecisionRules;
  readonly course: Course;
}

/** Looks that a wait is divided into, at most: the history of an execution holds only so many. */
const MOST_LOOKS = 100;

/** The question to ask about a decision; null where there is none, or the profile asks nobody. */
export function questionAbout(decision: Decision, { evidence, rules, course }: Judged): DecisionPoint | null {
  const { seconds, default: otherwise } = rules.profile.decisionPoint;
  if (seconds === 0 || decision.decision !== 'decided' || decision.question === undefined) return null;
  const { about, plan } = decision.question;
  const against = nodesAgainst(evidence, course, true);
  const wanted = plan ?? (against.size > 0 ? [...against.keys()] : evidence.deployedNodes);
  const back = backTo(wanted, against, evidence);
  return {
    epoch: evidence.epoch,
    about,
    question: decision.verdict.reason,
    askedAt: evidence.now,
    dueAt: evidence.now + seconds * 1000,
    default: otherwise,
    ...(back.verdict === 'roll-back' ? goingBack(back, wanted, evidence) : { nodes: [], noRollBack: back.reason }),
  };
}

function goingBack(
  { nodes }: Verdict,
  wanted: readonly string[],
  { backups, deployedNodes }: DeploymentEvidence,
): Pick<DecisionPoint, 'nodes' | 'left'> {
  const verified = (node: string): boolean => backups.some((one) => one.node === node && one.standing === 'verified');
  const left = wanted.filter((node) => deployedNodes.includes(node) && !nodes.includes(node) && !verified(node));
  return { nodes, ...(left.length > 0 ? { left } : {}) };
}

/** Nodes with proof or measured evidence against them in this look; and, `remembered`, those that had it in an episode or before all fell silent. */
function nodesAgainst(
  evidence: DeploymentEvidence,
  { ill, flapping }: Course,
  remembered: boolean,
): ReadonlyMap<string, readonly Finding[]> {
  const found = new Map<string, readonly Finding[]>();
  const add = (node: string, findings: readonly Finding[]): void => {
    if (!found.has(node) && findings.length > 0) found.set(node, findings);
  };
  const proofs = (findings: readonly Finding[]): readonly Finding[] =>
    findings.some(({ severity }) => severity === 'proof') ? findings : [];
  for (const [node, findings] of saidAgainst(evidence)) add(node, proofs(findings));
  if (remembered) for (const { node, findings } of ill) add(node, proofs(findings));
  for (const { node, checks } of evidence.verifications)
    add(
      node,
      checks.filter(({ outcome }) => outcome === 'failed').flatMap(({ findings }) => findings.filter(({ code }) => MEASURED.has(code))),
    );
  for (const accusation of accusations(evidence)) add(accusation.node, [accusation]);
  if (remembered) for (const { node, findings } of flapping) add(node, proofs(findings));
  return found;
}

/** What is measured speaks against a node where the profile requires its check. */
const MEASURED: ReadonlySet<string> = new Set<FindingCodeName>(['CONNECTION_SLOW', 'THROUGHPUT_LOST', 'CPU_INCREASED', 'HEAP_GROWS']);

/** Back with these nodes, or a hold that says why not: every way back asks for verified backups of before (I1). */
function backTo(nodes: readonly string[], against: ReadonlyMap<string, readonly Finding[]>, evidence: DeploymentEvidence): Verdict {
  const bad = nodes.map((node) => {
    const proofs = against.get(node) ?? [];
    return { node, proofs, kinds: [...new Set(proofs.map(({ seenBy }) => seenBy))] };
  });
  const decided = decideAgainst(bad, evidence);
  if (decided.decision !== 'decided') throw new TypeError('a rollback is decided, never watched');
  return decided.verdict;
}

/** What a look comes to while a question stands; or the answer that nobody gave, to be written before it counts. */
export function settle(decision: Decision, standing: Standing, judged: Judged): Decision | { readonly due: Answer } {
  const { point, answer } = standing;
  const { now } = judged.evidence;
  const withAsked = (verdict: Verdict): Decision => ({ decision: 'decided', verdict: { ...verdict, asked: askedOf(standing) } });
  // What proof decides is decided at once; a person's answer stands before what a soak would.
  if (decision.decision === 'decided' && decidesAlone(decision, standing)) return withAsked(decision.verdict);
  if (answer) return withAsked(answered(decision, point, answer, judged));
  if (now < point.dueAt) return waiting(decision, point, judged);
  const reason = `nobody answered by ${iso(point.dueAt)}`;
  return { due: { answer: point.default, by: null, reason, at: now } };
}

function decidesAlone({ verdict, question }: Extract<Decision, { decision: 'decided' }>, { point, answer }: Standing): boolean {
  if (question !== undefined) return false;
  if (verdict.verdict === 'keep') return answer === null;
  if (verdict.verdict === 'hold') return answer === null || verdict.evidence.length > 0;
  // Where the profile has a person asked about these nodes, fewer of them are no new reason to go on without one.
  return point.about !== 'rule' || !verdict.nodes.every((node) => point.nodes.includes(node));
}

function waiting(decision: Decision, point: DecisionPoint, { evidence, rules, course }: Judged): Decision {
  const { now, depth, observedAt } = evidence;
  const { windowSeconds, nodeLookSeconds } = rules.profile.limits;
  const why = `A person is asked until ${iso(point.dueAt)} (then: ${point.default}): ${point.question}`;
  // What only the client saw is looked at by everybody at once, and so is the end of a soak; both once.
  const news = course.ill.some(({ since }) => since === now);
  const ends = decision.decision === 'watch' && decision.lookAgainAt <= now && summariseWindow(evidence).outcome === 'good';
  if (depth === 'client' && (news || ends)) return { decision: 'watch', why, lookAgainAt: now, depth: 'full' };
  const pause = Math.max(windowSeconds * 1000, (point.dueAt - point.askedAt) / MOST_LOOKS);
  const lookAgainAt = Math.min(now + pause, point.dueAt);
  return { decision: 'watch', why, lookAgainAt, depth: lookAgainAt < observedAt + nodeLookSeconds * 1000 ? 'client' : 'full' };
}

function answered(decision: Decision, point: DecisionPoint, answer: Answer, { evidence, rules, course }: Judged): Verdict {
  const said =
    answer.by === null
      ? `Nobody answered by ${iso(point.dueAt)}, so the default of the profile ${rules.name} happens: ${answer.answer}.`
      : `${answer.by} answered ${answer.answer}: ${ended(answer.reason)}`;
  const because = `Asked since ${iso(point.askedAt)}: ${point.question}`;
  const now = decision.decision === 'decided' ? decision.verdict : null;
  const held: Verdict = withNotices(
    {
      verdict: 'hold',
      nodes: [],
      reason: `${said} ${because}`,
      evidence: now?.evidence ?? [],
      vantagePoints: now?.vantagePoints ?? [],
      nextStep: 'Look at the checks named; then start verify-deployment again, or roll back by hand: ringward rollback.',
      decidedAt: evidence.now,
      epoch: evidence.epoch,
    },
    rules,
    course,
    evidence,
  );
  if (answer.answer === 'hold') return held;
  if (answer.answer === 'keep') {
    const since = provenSince(decision, point);
    return since.length > 0
      ? { ...held, reason: `${said} It is not kept: ${since.join(', ')} is proven bad since then. ${because}` }
      : stagingFirst({ ...held, verdict: 'keep', nextStep: 'Nothing to do.' }, rules);
  }
  const against = nodesAgainst(evidence, course, answer.by !== null || point.about === 'partial-recovery');
  // A person knows what they take back; by default only what something speaks against goes back.
  const nodes = answer.by === null ? point.nodes.filter((node) => against.has(node)) : point.nodes;
  const never =
    nodes.length === 0 ? (point.noRollBack ?? 'nothing speaks against any node now.') : whyAsked(answer, nodes, evidence, rules);
  if (never !== null) return { ...held, reason: `${said} Nothing goes back: ${never} ${because}` };
  const back = backTo(nodes, against, evidence);
  const { left = [] } = point;
  return {
    ...held,
    ...back,
    reason: `${said} ${back.reason} ${because}`,
    ...(left.length > 0 && back.verdict === 'roll-back'
      ? { nextStep: `Nodes without a verified backup need a person: ${left.join(', ')}.` }
      : {}),
  };
}

/** Nodes that would go back now, had the profile not a person asked, and that the question did not name as proven. */
const provenSince = (decision: Decision, { about, nodes }: DecisionPoint): string[] =>
  decision.decision === 'decided' ? (decision.question?.plan ?? []).filter((node) => about !== 'rule' || !nodes.includes(node)) : [];

function whyAsked(
  { by }: Answer,
  nodes: readonly string[],
  { deployedNodes }: DeploymentEvidence,
  { name, profile }: DecisionRules,
): string | null {
  return by === null && profile.rollBack[scopeOf(nodes, deployedNodes)] === 'hold' ? `the profile ${name} has a person asked.` : null;
}

const ended = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);
const iso = (ms: number): string => new Date(ms).toISOString();
