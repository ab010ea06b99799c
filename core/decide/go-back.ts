/** What becomes of proof against nodes: a rollback where verified backups of before stand, else a hold that says why not (I1). */
import { latentSentence } from '../verify/causes.ts';
import { EXPLAINS, FINDING_CODES, type FindingCodeName } from '../verify/codes.ts';
import type { Finding, VantagePoint } from '../verify/findings.ts';
import type { BackupStanding, DeploymentEvidence } from './deployment-evidence.ts';
import { findingsOf } from './this-window.ts';
import type { Decision, Question, Verdict } from './verdict.ts';
import { missingSentence } from './votes-of-look.ts';

/** A node with proof against it from at least two kinds of vantage point. */
export interface ProvenBad {
  readonly node: string;
  readonly proofs: readonly Finding[];
  readonly kinds: readonly VantagePoint[];
  /** In one sentence, where it is no single finding's. */
  readonly reason?: string;
}

/** Back, where verified backups of before stand; else a hold that says why not (I1). */
export function decideAgainst(provenBad: readonly ProvenBad[], evidence: DeploymentEvidence): Decision {
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

function hasFilesOfBefore(evidence: DeploymentEvidence, node: string): boolean {
  return evidence.verifications.some(
    (verification) => verification.node === node && findingsOf(verification).some(({ code }) => code === 'FILES_OF_BEFORE'),
  );
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

export function sentence(finding: Finding): string {
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

/** The verdict of this look, with what is said of every verdict. */
export function decided(evidence: DeploymentEvidence, verdict: Omit<Verdict, 'decidedAt' | 'epoch'>, question?: Question): Decision {
  const reason = `${verdict.reason}${missingSentence(evidence)}`;
  const notices = evidence.measured?.evidence.notices ?? [];
  const told = notices.length > 0 ? { notices } : {};
  const whole = { ...verdict, ...told, reason, decidedAt: evidence.now, epoch: evidence.epoch };
  return { decision: 'decided', verdict: whole, ...(question && { question }) };
}
