/**
 * Keep, roll back, hold, or watch: from the evidence of one window and the summaries of those before.
 *
 * Proof decides at once, but only where the votes of two kinds of vantage point agree about the same node
 * (core/quorum/agreement.ts), and never before the activation is due. "Keep" needs every check passed in every
 * window of the soak. Missing evidence is watched until the deadline, then held (I8, I12). Nothing is rolled
 * back without a verified backup of before (I1).
 */
import type { DeploymentDetail } from '../events/deployment-events.ts';
import { type HealthStanding, healthOpen, healthOpenAtNodes } from '../health/judge-health.ts';
import type { Limits } from '../profile/limits.ts';
import { latentSentence } from '../verify/causes.ts';
import { EXPLAINS, FINDING_CODES, type FindingCodeName } from '../verify/codes.ts';
import type { Finding, NodeVerification, VantagePoint } from '../verify/findings.ts';
import { activationDueAt } from '../verify/snapshot.ts';
import {
  type ConfirmedMeasurement,
  confirmedMeasurement,
  LOOKS_TO_CONFIRM,
  measuredWell,
  openAccusation,
  openMeasurements,
} from './against-measured.ts';
import type { MeasuredView } from './confirm-measured.ts';
import { type LimitInForce, limitsInForce } from './limits-in-force.ts';
import { depthOf, nextLook } from './next-look.ts';
import { answeringAlarm } from './triggers/alarm-unconfirmed.ts';
import { failingHealth, type HealthTimer, type HealthVerdict, healthTimerEnds, heldForHealth } from './triggers/health-failing.ts';
import type { Decision, Depth, Verdict } from './verdict.ts';
import { missingFrom, missingSentence, onlyOne, tallyOfLook, type VotedLook } from './votes-of-look.ts';
import type { WindowSummary } from './window-summary.ts';

/** How the backup of one node stands. */
export interface BackupStanding {
  readonly node: string;
  readonly standing: 'verified' | 'not-before' | 'not-verified' | 'missing';
  readonly reason?: string;
}

export interface DeploymentEvidence extends VotedLook {
  /** Nodes of the deployment event; only these are ever rolled back. */
  readonly deployedNodes: readonly string[];
  readonly change: DeploymentDetail['change'];
  readonly activation: DeploymentDetail['activation'];
  /** When the deployer said it was done, ms. */
  readonly completedAt: number;
  readonly window: number;
  /** `client`: the nodes were not asked in this window, and their reports are of `observedAt`. */
  readonly depth: Depth;
  /** When the newest reports of the nodes were asked for, ms. */
  readonly observedAt: number;
  /** This window, one per node looked at. `at` is our clock when its evidence was judged. */
  readonly verifications: readonly NodeVerification[];
  /** What the health checks say; absent where none was judged. */
  readonly health?: HealthStanding;
  /** For how long they may fail; absent where no profile judges. */
  readonly healthTimer?: HealthTimer;
  /** An alarm of CloudWatch asked for this verification. */
  readonly startedByAlarm?: boolean;
  /** What the probes say; absent where nothing is measured. */
  readonly measured?: MeasuredView;
  /** Windows before this one, oldest first. */
  readonly earlier: readonly WindowSummary[];
  readonly backups: readonly BackupStanding[];
  readonly limits: Limits;
  readonly epoch: number;
  readonly now: number;
}

/** A node with proof against it from at least two kinds of vantage point. */
interface ProvenBad {
  readonly node: string;
  readonly proofs: readonly Finding[];
  readonly kinds: readonly VantagePoint[];
  /** In one sentence, where it is no single finding's. */
  readonly reason?: string;
}

/** Condenses this window for the next ones. */
export function summariseWindow(evidence: DeploymentEvidence): WindowSummary {
  const good = nodesAreWell(evidence) && openOf(evidence).length === 0;
  const bad = evidence.verifications.some((verification) => proofsOf(verification).length > 0);
  const outcome = good ? 'good' : bad ? 'bad' : 'unclear';
  const missing = missingFrom(evidence);
  return {
    window: evidence.window,
    at: evidence.now,
    outcome,
    ...(missing.length > 0 ? { missing } : {}),
    ...(evidence.verifications.some(isUnreachable) ? { unreachable: true } : {}),
    ...(openAccusation(evidence).length > 0 ? { accused: true } : {}),
  };
}

/** What did not pass in this window; empty when it is good. */
function openOf(evidence: DeploymentEvidence): string[] {
  return [...openAtNodes(evidence), ...openHealth(evidence), ...openAccusation(evidence)];
}

/** `node check` of what did not pass at the nodes, whoever saw it. */
function openAtNodes(evidence: DeploymentEvidence): readonly string[] {
  return [
    ...evidence.verifications.flatMap(({ node, checks }) =>
      checks.filter(({ outcome }) => outcome !== 'passed').map(({ check }) => `${node} ${check}`),
    ),
    ...notLookedAt(evidence).map((node) => `${node} observation`),
  ];
}

/** Whatever the health checks say. */
function nodesAreWell(evidence: DeploymentEvidence): boolean {
  return (
    openAtNodes(evidence).length === 0 && evidence.verifications.every(({ outcome, checks }) => outcome === 'passed' && checks.length > 0)
  );
}

const UNREACHABLE: ReadonlySet<string> = new Set<FindingCodeName>([
  'LISTENER_UNREACHABLE',
  'CLIENT_UNREACHABLE',
  'PEER_UNREACHABLE',
  'READ_TIMED_OUT',
]);

/** Of a node whose service is known to run: one that starts has the start's own deadline. */
function isUnreachable({ checks }: NodeVerification): boolean {
  const runs = checks.some(({ check, outcome }) => check === 'service-state' && outcome === 'passed');
  return runs && checks.some(({ findings }) => findings.some(({ code }) => UNREACHABLE.has(code)));
}

/** Decides, or says why it watches and until when. Pure: the same evidence, the same decision. */
export function decideDeployment(evidence: DeploymentEvidence): Decision {
  const { now, limits } = evidence;
  const dueAt = activationDueAt(evidence.activation, evidence.completedAt, limits.activationGraceSeconds);
  const deadline = evidence.completedAt + limits.verificationSeconds * 1000;
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
  if (unwell.confirmed) return decideAgainst(confirmedBad(unwell), evidence);
  if (evidence.depth === 'client' && evidence.now < deadline)
    return { decision: 'watch', why: unwell.reason, lookAgainAt: evidence.now, depth: 'full' };
  return decided(evidence, heldForHealth(unwell));
}

/** Probes accuse, and fresh evidence of a second kind does not confirm it: a person is asked (I8). */
function accusedForLong(evidence: DeploymentEvidence): boolean {
  const windows = [...evidence.earlier, summariseWindow(evidence)].slice(-LOOKS_TO_CONFIRM);
  return windows.length === LOOKS_TO_CONFIRM && windows.every(({ accused }) => accused);
}

function decideAgainst(provenBad: readonly ProvenBad[], evidence: DeploymentEvidence): Decision {
  const standing = new Map(evidence.backups.map((backup) => [backup.node, backup]));
  const deployed = provenBad.filter(({ node }) => evidence.deployedNodes.includes(node));
  const unchanged = deployed.filter(({ node }) => hasFilesOfBefore(evidence, node));
  const wanted = deployed.filter((bad) => !unchanged.includes(bad));
  const ready = wanted.filter(({ node }) => standing.get(node)?.standing === 'verified');
  const without = wanted.filter((bad) => !ready.includes(bad));
  const evidenceOf = (bad: readonly ProvenBad[]) => ({
    evidence: [...new Set(bad.flatMap(({ proofs }) => proofs))],
    vantagePoints: kindsOf(bad),
  });
  // Leaves of one authority can go back node by node; with other changes half a rollback could split the ring.
  if (ready.length > 0 && (without.length === 0 || evidence.change === 'leaf-renewal')) {
    const left = without.length > 0 ? ` ${without.map(({ node }) => backupSentence(node, standing.get(node))).join(' ')}` : '';
    return decided(evidence, {
      verdict: 'roll-back',
      nodes: ready.map(({ node }) => node),
      reason: `${reasonAgainst(ready, evidence)}${left}`,
      ...evidenceOf(ready),
      nextStep:
        left === ''
          ? 'Nothing to do: the nodes go back to the certificate of before and are verified again.'
          : `Nodes without a verified backup need a person: ${without.map(({ node }) => node).join(', ')}.`,
    });
  }
  if (without.length > 0) {
    return decided(evidence, {
      verdict: 'hold',
      nodes: [],
      reason: `${reasonAgainst(without, evidence)} No rollback: ${without.map(({ node }) => backupSentence(node, standing.get(node))).join(' ')}`,
      ...evidenceOf(wanted),
      nextStep: 'Repair forward: deploy a certificate that passes the failed check; let the deployer wait at the gate next time.',
    });
  }
  const why =
    unchanged.length > 0
      ? 'The node still has the files of before, so there is nothing to roll back.'
      : 'The node is not part of this deployment, so rolling the deployment back would not help it.';
  const rest = unchanged.length > 0 ? unchanged : provenBad;
  return decided(evidence, {
    verdict: 'hold',
    nodes: [],
    reason: `${reasonAgainst(rest, evidence)} ${why}`,
    ...evidenceOf(rest),
    nextStep: 'Look at the node named: its trouble is not what this deployment wrote.',
  });
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
  return decided(evidence, {
    verdict: 'hold',
    nodes: [],
    reason,
    evidence: proofs,
    vantagePoints: [...new Set(proofs.map(({ seenBy }) => seenBy))],
    nextStep: 'Look at the checks named; then start verify-deployment again, or roll back by hand: ringward rollback.',
  });
}

function whatLacks(evidence: DeploymentEvidence): string {
  const [lacking] = openMeasurements(evidence);
  return lacking === undefined
    ? `the soak of ${evidence.limits.soakSeconds} s did not end`
    : `measurements did not show it to be well (${lacking})`;
}

function decided(evidence: DeploymentEvidence, verdict: Omit<Verdict, 'decidedAt' | 'epoch'>): Decision {
  const reason = `${verdict.reason}${missingSentence(evidence)}`;
  const notices = evidence.measured?.evidence.notices ?? [];
  const told = notices.length > 0 ? { notices } : {};
  return { decision: 'decided', verdict: { ...verdict, ...told, reason, decidedAt: evidence.now, epoch: evidence.epoch } };
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

/** Proof against the node itself, nearest to the cause first. */
function proofsOf(verification: NodeVerification): Finding[] {
  return byCause(findingsOf(verification).filter(isProof));
}

const isProof = ({ severity }: Finding): boolean => severity === 'proof';

function byCause(findings: readonly Finding[]): Finding[] {
  return findings.toSorted((a, b) => FINDING_CODES[a.code as FindingCodeName].rank - FINDING_CODES[b.code as FindingCodeName].rank);
}

function findingsOf(verification: NodeVerification): Finding[] {
  return verification.checks.flatMap(({ findings }) => findings).filter(({ code }) => code in FINDING_CODES);
}

function hasFilesOfBefore(evidence: DeploymentEvidence, node: string): boolean {
  return evidence.verifications.some(
    (verification) => verification.node === node && findingsOf(verification).some(({ code }) => code === 'FILES_OF_BEFORE'),
  );
}

/** Start of the unbroken run of good windows that reaches this one; null when this one is not good. A flap starts it anew. */
function goodStreak(evidence: DeploymentEvidence): number | null {
  const current = summariseWindow(evidence);
  if (current.outcome !== 'good') return null;
  const dueAt = activationDueAt(evidence.activation, evidence.completedAt, evidence.limits.activationGraceSeconds);
  let since = current.at;
  for (const window of [...evidence.earlier].reverse()) {
    if (window.outcome !== 'good' || window.at < dueAt) break;
    since = window.at;
  }
  return since;
}

/** Health checks run in the pauses between windows, so before the second window there is nothing to judge. */
function openHealth({ window, health }: DeploymentEvidence): string[] {
  return window > 0 && health ? healthOpen(health) : [];
}

function notLookedAt(evidence: DeploymentEvidence): string[] {
  return evidence.deployedNodes.filter((node) => !evidence.verifications.some((verification) => verification.node === node));
}

function reasonAgainst(bad: readonly ProvenBad[], evidence: DeploymentEvidence): string {
  const [first] = bad;
  if (first?.reason !== undefined) return first.reason;
  const root = evidence.verifications.find(({ node }) => node === first?.node)?.rootCause;
  const proof = first?.proofs[0];
  const nodes = bad.map(({ node }) => node).join(', ');
  const kinds = kindsOf(bad).join(' and ');
  // The root cause may be a warning that explains the proof; the proof stays in the evidence.
  const explains =
    root &&
    (root.code === proof?.code ||
      EXPLAINS[root.code as FindingCodeName]?.some((code) => first?.proofs.some((finding) => finding.code === code)));
  const latent = latentSentence(evidence.verifications.filter(({ node }) => bad.some((one) => one.node === node)));
  if (root && explains) return `${nodes}: ${root.check}: ${root.sentence} Seen from ${kinds}.${latent}`;
  return proof ? `${nodes}: ${sentence(proof)} Seen from ${kinds}.${latent}` : nodes;
}

function sentence(finding: Finding): string {
  return `${FINDING_CODES[finding.code as FindingCodeName].meaning} Expected ${finding.expected}; observed ${finding.observed} (${finding.node}, ${finding.where}).`;
}

function backupSentence(node: string, backup: BackupStanding | undefined): string {
  const why = backup?.reason ? `: ${backup.reason}` : '';
  if (backup?.standing === 'not-before') return `The backup of ${node} is not of before${why}.`;
  if (backup?.standing === 'not-verified') return `The backup of ${node} is not verified${why}.`;
  return `${node} has no backup${why}.`;
}

function kindsOf(bad: readonly ProvenBad[]): VantagePoint[] {
  return [...new Set(bad.flatMap(({ kinds }) => kinds))];
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

function openSentence(open: readonly string[], evidence: DeploymentEvidence): string {
  const details = evidence.verifications.flatMap(({ node, checks }) =>
    checks.filter(({ outcome }) => outcome !== 'passed').map(({ check, summary }) => `${node} ${check} (${summary})`),
  );
  const health = openHealth(evidence);
  const shown = (details.length + health.length > 0 ? [...details, ...health] : open).slice(0, 3).join('; ');
  return open.length > 3 ? `${shown}; and ${open.length - 3} more` : shown || 'no check ran';
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
