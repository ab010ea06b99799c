import type { Verdict } from '../../../core/decide/verdict.ts';
import type { DeploymentRecord } from '../../../core/intake/deployment-record.ts';
import { accusationsOf, evidenceHash, type Vote } from '../../../core/quorum/vote.ts';
import { FINDING_CODES, type FindingCodeName } from '../../../core/verify/codes.ts';
import type { Finding, NodeVerification, VantagePoint } from '../../../core/verify/findings.ts';

export const RING = ['n1', 'n2', 'n3'] as const;
export const CLUSTER = { cluster: 'payments', nodes: RING.map((node, i) => ({ node, address: `10.0.0.${i + 1}` })) };

/** One thing that somebody saw of a node. */
export function saw(kind: VantagePoint, by: string, node: string, code: FindingCodeName = 'CHAIN_ISSUER_UNKNOWN'): Finding {
  const { severity } = FINDING_CODES[code];
  const about = { node, where: 'client:9042', expected: 'good', observed: 'bad', how: 'test', at: 1 };
  return { code, severity, seenBy: kind, ...(kind === 'peer' ? { toldBy: by } : {}), ...about };
}

export function voteOf(kind: VantagePoint, voter: string, findings: readonly Finding[], bent: Partial<Vote> = {}): Vote {
  return {
    cluster: 'payments',
    deployment: 'd-1',
    epoch: 1,
    round: 0,
    kind,
    voter,
    accuses: accusationsOf(findings),
    evidence: { key: `evidence/${kind}-${voter}.json`, sha256: evidenceHash(findings) },
    judgedAt: 1,
    ...bent,
  };
}

/** All that was seen, judged again, by node. */
export function judgedAgain(findings: readonly Finding[]): Pick<NodeVerification, 'node' | 'checks'>[] {
  return RING.map((node) => ({
    node,
    checks: [{ check: 'seen', node, outcome: 'failed' as const, summary: '', findings: findings.filter((one) => one.node === node) }],
  }));
}

export function recordOf(epoch: number, bent: Partial<DeploymentRecord> = {}): DeploymentRecord {
  const detail = {
    schema: 1 as const,
    deploymentId: 'd-1',
    cluster: 'payments',
    change: 'leaf-renewal' as const,
    activation: 'reload' as const,
    requestedBy: 'test',
    manifest: 's3://bucket/nodes.json',
  };
  return { cluster: 'payments', deployment: 'd-1', state: 'verifying', epoch, detail, executions: [], version: 1, ...bent };
}

export function verdictOf(nodes: readonly string[], epoch: number, decidedAt = 2): Verdict {
  const verdict = nodes.length > 0 ? ('roll-back' as const) : ('hold' as const);
  return { verdict, reason: 'test', nodes: [...nodes], evidence: [], vantagePoints: [], nextStep: '', decidedAt, epoch };
}
