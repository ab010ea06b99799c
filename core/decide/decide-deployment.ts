/**
 * Keep, roll back, hold, or watch: from the evidence of one window and the summaries of those before.
 *
 * Proof decides at once, but only where the votes of two kinds of vantage point agree about the same node
 * (core/quorum/agreement.ts), and never before the activation is due. "Keep" needs every check passed in every
 * window of the soak. Missing evidence is watched until the deadline, then held (I8, I12). Nothing is rolled
 * back without a verified backup of before (I1).
 */
import { healthOpenAtNodes } from '../health/judge-health.ts';
import type { NodeVerification } from '../verify/findings.ts';
import { activationDueAt } from '../verify/snapshot.ts';
import {
  type ConfirmedMeasurement,
  confirmedMeasurement,
  LOOKS_TO_CONFIRM,
  measuredWell,
  openAccusation,
  openMeasurements,
} from './against-measured.ts';
import type { DeploymentEvidence } from './deployment-evidence.ts';
import { decideAgainst, decided, type ProvenBad, sentence } from './go-back.ts';
import { type LimitInForce, limitsInForce } from './limits-in-force.ts';
import { depthOf, nextLook } from './next-look.ts';
import { byCause, goodStreak, isProof, nodesAreWell, openOf, openSentence, proofsOf, summariseWindow } from './this-window.ts';
import { answeringAlarm } from './triggers/alarm-unconfirmed.ts';
import { failingHealth, type HealthVerdict, healthTimerEnds, heldForHealth } from './triggers/health-failing.ts';
import type { Decision, Verdict } from './verdict.ts';
import { missingSentence, onlyOne, tallyOfLook } from './votes-of-look.ts';

/** Decides, or says why it watches and until when. Pure: the same evidence, the same decision. */
export function decideDeployment(evidence: DeploymentEvidence): Decision {
  const { now, limits } = evidence;
  const dueAt = activationDueAt(evidence.activation, evidence.completedAt, limits.activationGraceSeconds);
  // Nothing ends before the activation is due: what is polled late still has the time that ports may take.
  const whole = evidence.completedAt + limits.verificationSeconds * 1000;
  const deadline = whole > dueAt ? whole : dueAt + limits.networkSeconds * 1000;
  const provenBad = now < dueAt ? [] : nodesProvenBad(evidence, dueAt);
  if (provenBad.length > 0) return decideAgainst(provenBad, evidence);
  const measured = now < dueAt ? null : confirmedMeasurement(evidence);
  if (measured !== null) return decideAgainst(confirmedBad({ ...measured, kinds: ['client', 'peer'] }), evidence);
  const unwell = now < dueAt ? null : failingHealth(evidence, dueAt);
  if (unwell !== null) return decideOnHealth(unwell, evidence, deadline);
  const streak = goodStreak(evidence);
  const shownWell = openMeasurements(evidence).length === 0;
  const soaked = shownWell && streak !== null && now >= dueAt && now - streak >= limits.soakSeconds * 1000;
  if (soaked && evidence.depth !== 'client') return keep(evidence, streak);
  if (now >= deadline || accusedForLong(evidence)) return hold(evidence, streak, null);
  const timerRuns = (healthTimerEnds(evidence, dueAt) ?? deadline) < deadline;
  const limit = limitsInForce([...evidence.earlier, summariseWindow(evidence)], limits, dueAt, streak, timerRuns).toSorted(
    (a, b) => a.endsAt - b.endsAt,
  )[0];
  if (limit && now >= limit.endsAt) return hold(evidence, streak, limit);
  // What the client alone saw is looked at by everybody at once, and so is the end of a soak.
  const wellNodes = streak !== null || (nodesAreWell(evidence) && !(evidence.health && healthOpenAtNodes(evidence.health)));
  // So is what was seen before the activation was due.
  const tooEarly = now >= dueAt && evidence.verifications.some((verification) => lookedAt(verification) < dueAt);
  const atOnce = tooEarly || (evidence.depth === 'client' && (soaked || !wellNodes));
  const lookAgainAt = atOnce ? now : nextLook(now, dueAt, Math.min(deadline, limit?.endsAt ?? deadline), limits.windowSeconds);
  return {
    decision: 'watch',
    why: whyWatching(evidence, dueAt, streak),
    lookAgainAt,
    depth:
      wellNodes && !tooEarly && openAccusation(evidence).length === 0
        ? depthOf(lookAgainAt, evidence.observedAt, limits, dueAt, shownWell ? streak : null)
        : 'full',
  };
}

function confirmedBad({ nodes, findings, reason, kinds }: ConfirmedMeasurement & Pick<ProvenBad, 'kinds'>): ProvenBad[] {
  const ofAll = findings.filter((finding) => !nodes.includes(finding.node));
  return nodes.map((node) => ({ node, proofs: [...ofAll, ...findings.filter((finding) => finding.node === node)], kinds, reason }));
}

/** The timer of health checks is over: back where other evidence agrees, else a person is asked; not before everybody was asked. */
function decideOnHealth(unwell: HealthVerdict, evidence: DeploymentEvidence, deadline: number): Decision {
  if (unwell.confirmed && evidence.depth !== 'client') return decideAgainst(confirmedBad(unwell), evidence);
  if (evidence.depth === 'client' && evidence.now < deadline)
    return { decision: 'watch', why: unwell.reason, lookAgainAt: evidence.now, depth: 'full' };
  return decided(evidence, heldForHealth(unwell), { about: 'one-kind' });
}

/** Probes accuse, and fresh evidence of a second kind does not confirm it: a person is asked (I8). */
function accusedForLong(evidence: DeploymentEvidence): boolean {
  const windows = [...evidence.earlier, summariseWindow(evidence)].slice(-LOOKS_TO_CONFIRM);
  return windows.length === LOOKS_TO_CONFIRM && windows.every(({ accused }) => accused);
}

function keep(evidence: DeploymentEvidence, since: number): Decision {
  const seconds = Math.round((evidence.now - since) / 1000);
  const count = evidence.verifications.length;
  const kept: Omit<Verdict, 'decidedAt' | 'epoch'> = {
    verdict: 'keep',
    nodes: [],
    evidence: [],
    vantagePoints: count > 1 ? ['node', 'peer', 'client'] : ['node', 'client'],
    reason: `Every check passed on ${count === 1 ? 'the node' : `all ${count} nodes`} in every window for ${seconds} s.${measuredWell(evidence)}`,
    nextStep: 'Nothing to do.',
  };
  return decided(evidence, answeringAlarm(kept, evidence.startedByAlarm === true));
}

/** @param limit the deadline that passed; null for that of the whole verification */
function hold(evidence: DeploymentEvidence, streak: number | null, limit: LimitInForce | null): Decision {
  const proofs = evidence.verifications.flatMap(proofsOf);
  const open = openOf(evidence);
  const [first] = proofs;
  const reason = first
    ? `${sentence(first)} ${onlyOne(proofs)}`
    : limit !== null
      ? `${limit.reason}; now: ${open.length > 0 ? openSentence(open, evidence) : 'every check passes'}.`
      : accusedForLong(evidence)
        ? `${evidence.measured?.evidence.because ?? ''} In ${LOOKS_TO_CONFIRM} looks no peer saw the same.`
        : streak !== null
          ? `Every check passes since ${iso(streak)}, but ${whatLacks(evidence)} before the deadline.`
          : `The evidence stayed incomplete until the deadline: ${openSentence(open, evidence)}.`;
  return decided(
    evidence,
    {
      verdict: 'hold',
      nodes: [],
      reason,
      evidence: proofs,
      vantagePoints: [...new Set(proofs.map(({ seenBy }) => seenBy))],
      nextStep: 'Look at the checks named; then start verify-deployment again, or roll back by hand: ringward rollback.',
    },
    { about: first ? 'one-kind' : 'incomplete' },
  );
}

function whatLacks(evidence: DeploymentEvidence): string {
  const [lacking] = openMeasurements(evidence);
  return lacking === undefined
    ? `the soak of ${evidence.limits.soakSeconds} s did not end`
    : `measurements did not show it to be well (${lacking})`;
}

const lookedAt = ({ lookedAt: asked, at }: NodeVerification): number => asked ?? at;

/** Nodes about which two kinds of vantage point agree. Evidence seen before the activation was due does not count. */
function nodesProvenBad(evidence: DeploymentEvidence, dueAt: number): ProvenBad[] {
  const { nodes } = tallyOfLook({ ...evidence, verifications: evidence.verifications.filter((one) => lookedAt(one) >= dueAt) });
  return nodes
    .filter(({ proven }) => proven)
    .map(({ node, counted, kinds }) => ({
      node,
      proofs: [...byCause(counted.filter(isProof)), ...counted.filter((finding) => !isProof(finding))],
      kinds,
    }));
}

function whyWatching(evidence: DeploymentEvidence, dueAt: number, streak: number | null): string {
  if (evidence.now < dueAt) return `The activation (${evidence.activation}) is due at ${iso(dueAt)}; nothing is decided before.`;
  const [lacking] = openMeasurements(evidence);
  if (streak !== null)
    return `Every check passes since ${iso(streak)}; the soak lasts until ${iso(streak + evidence.limits.soakSeconds * 1000)}${lacking === undefined ? '' : `, and measurements lack: ${lacking}`}.`;
  const summary = summariseWindow(evidence);
  const flapped = evidence.earlier.some(({ outcome }) => outcome === 'good') ? ' The soak starts anew.' : '';
  const proofs =
    summary.outcome === 'bad' ? 'Only one kind of vantage point shows a failure; waiting for a second: ' : 'Waiting for evidence: ';
  return `${proofs}${openSentence(openOf(evidence), evidence)}.${flapped}${missingSentence(evidence)}`;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
