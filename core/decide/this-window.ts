/** What one window of evidence shows: good, bad or unclear; what is open in it; since when every window is good. */
import { healthOpen } from '../health/judge-health.ts';
import { FINDING_CODES, type FindingCodeName } from '../verify/codes.ts';
import type { Finding, NodeVerification } from '../verify/findings.ts';
import { activationDueAt } from '../verify/snapshot.ts';
import { openAccusation } from './against-measured.ts';
import type { DeploymentEvidence } from './deployment-evidence.ts';
import { missingFrom } from './votes-of-look.ts';
import type { WindowSummary } from './window-summary.ts';

/** Condenses this window for the next ones. */
export function summariseWindow(evidence: DeploymentEvidence): WindowSummary {
  const good = nodesAreWell(evidence) && openOf(evidence).length === 0;
  const bad = evidence.verifications.some((verification) => proofsOf(verification).length > 0);
  const outcome = good ? 'good' : bad ? 'bad' : 'unclear';
  const missing = missingFrom(evidence);
  const starting = startingNodes(evidence.verifications);
  return {
    window: evidence.window,
    at: evidence.now,
    outcome,
    ...(missing.length > 0 ? { missing } : {}),
    ...(evidence.verifications.some((one) => isUnreachable(one, starting)) ? { unreachable: true } : {}),
    ...(openAccusation(evidence).length > 0 ? { accused: true } : {}),
  };
}

/** What did not pass in this window; empty when it is good. */
export function openOf(evidence: DeploymentEvidence): string[] {
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
export function nodesAreWell(evidence: DeploymentEvidence): boolean {
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

/** Of a node whose service is known to run: one that starts has the start's own deadline, also where its peers say that they cannot reach it. */
function isUnreachable({ checks }: NodeVerification, starting: ReadonlySet<string>): boolean {
  const runs = checks.some(({ check, outcome }) => check === 'service-state' && outcome === 'passed');
  return (
    runs &&
    checks.some(({ findings }) =>
      findings.some(
        ({ code, where }) => UNREACHABLE.has(code) && !(code === 'PEER_UNREACHABLE' && endsOf(where).some((end) => starting.has(end))),
      ),
    )
  );
}

/** Nodes that told of themselves, and that their service does not serve yet; of one that tells nothing, nothing is known. */
const startingNodes = (verifications: readonly NodeVerification[]): ReadonlySet<string> =>
  new Set(
    verifications
      .filter(({ checks }) => checks.some(({ check, outcome }) => check === 'file-integrity' && outcome !== 'unknown'))
      .filter(({ checks }) => checks.some(({ check, outcome }) => check === 'service-state' && outcome !== 'passed'))
      .map(({ node }) => node),
  );

/** Both nodes of a link, as a handshake between peers names it: `n1 → n2, internode:7000`. */
const endsOf = (link: string): readonly string[] => /^(\S+) → ([^\s,]+),/.exec(link)?.slice(1) ?? [];

/** Start of the unbroken run of good windows that reaches this one; null when this one is not good. A flap starts it anew. */
export function goodStreak(evidence: DeploymentEvidence): number | null {
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

/** Proof against the node itself, nearest to the cause first. */
export function proofsOf(verification: NodeVerification): Finding[] {
  return byCause(findingsOf(verification).filter(isProof));
}

export const isProof = ({ severity }: Finding): boolean => severity === 'proof';

export function byCause(findings: readonly Finding[]): Finding[] {
  return findings.toSorted((a, b) => FINDING_CODES[a.code as FindingCodeName].rank - FINDING_CODES[b.code as FindingCodeName].rank);
}

export function findingsOf(verification: NodeVerification): Finding[] {
  return verification.checks.flatMap(({ findings }) => findings).filter(({ code }) => code in FINDING_CODES);
}

export function openSentence(open: readonly string[], evidence: DeploymentEvidence): string {
  const details = evidence.verifications.flatMap(({ node, checks }) =>
    checks.filter(({ outcome }) => outcome !== 'passed').map(({ check, summary }) => `${node} ${check} (${summary})`),
  );
  const health = openHealth(evidence);
  const shown = (details.length + health.length > 0 ? [...details, ...health] : open).slice(0, 3).join('; ');
  return open.length > 3 ? `${shown}; and ${open.length - 3} more` : shown || 'no check ran';
}
