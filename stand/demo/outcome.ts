/** Was the outcome the expected one? Judged by what openssl saw, not by what the product said. */
import type { Journey } from './journey.ts';
import { serves } from './witness.ts';

/** The demo's last line with `--json`. Times in ms from the completed event, fingerprints as `SHA256:hex`. */
export interface DemoResult {
  readonly failure: string;
  readonly verdict: 'keep' | 'roll-back' | 'hold';
  readonly reason: string;
  readonly detectMs: number;
  readonly rollbackMs: number | null;
  readonly path: 'hot' | 'restart' | null;
  readonly nodes: readonly {
    readonly node: string;
    readonly address: string;
    readonly before: string | null;
    readonly deployed: string | null;
    readonly after: string | null;
  }[];
  readonly clientQueries: number;
  readonly clientErrors: number;
  readonly newConnectionErrors: number;
  readonly newConnectionErrorsAfterProof: number | null;
  readonly report: string;
}

export function resultOf(journey: Journey): DemoResult {
  const { report } = journey;
  const ways = new Set(report.nodes.flatMap(({ way }) => (way ? [way] : [])));
  return {
    failure: journey.failure,
    verdict: report.verdict.verdict,
    reason: report.verdict.reason,
    detectMs: report.decidedAt - journey.completedAt,
    rollbackMs: report.rolledBackAt === null ? null : report.rolledBackAt - journey.completedAt,
    path: ways.has('restart') ? 'restart' : ways.has('hot') ? 'hot' : null,
    nodes: report.nodes.map(({ node, address, deployed }) => ({
      node,
      address,
      before: journey.before.find((one) => one.node === node)?.client.leaf ?? null,
      deployed: journey.deployedNodes.includes(node) ? deployed : null,
      after: journey.after.find((one) => one.node === node)?.client.leaf ?? null,
    })),
    clientQueries: journey.load.queries,
    clientErrors: journey.load.queryErrors.length,
    newConnectionErrors: journey.newConnectionErrors,
    newConnectionErrorsAfterProof: journey.newConnectionErrorsAfterProof,
    report: journey.reportFile,
  };
}

/** What is wrong with the outcome, one sentence each; empty when all is as it should be. */
export function problemsOf(journey: Journey, waitedAtGate: boolean): string[] {
  const problems: string[] = [];
  const { report, before, after } = journey;
  const expected = !waitedAtGate ? 'hold' : journey.failure === 'none' ? 'keep' : 'roll-back';
  if (report.verdict.verdict !== expected)
    problems.push(`the verdict is ${report.verdict.verdict}, not ${expected}: ${report.verdict.reason}`);
  const outcome = { hold: 'held', keep: 'kept', 'roll-back': 'rolled-back' }[expected];
  if (report.outcome !== outcome) problems.push(`the deployment ended ${report.outcome}, not ${outcome}: ${report.nextStep}`);
  if (expected === 'hold') return problems;
  for (const now of after) {
    const was = before.find((one) => one.node === now.node);
    const renewed = journey.failure === 'none' && journey.deployedNodes.includes(now.node);
    const wanted = renewed ? (report.nodes.find((one) => one.node === now.node)?.deployed ?? null) : (was?.client.leaf ?? null);
    if (!serves(now, wanted))
      problems.push(
        `${now.address} serves ${now.client.leaf} on 9042 and ${now.internode.leaf} on 7000 (${now.client.error ?? now.client.verification}), not ${wanted}`,
      );
    if (renewed && was?.client.leaf === now.client.leaf) problems.push(`${now.address} still serves the leaf of before`);
    if (journey.failure !== 'none' && was && (was.keystore !== now.keystore || was.yaml !== now.yaml))
      problems.push(`${now.address}: keystore or cassandra.yaml are not those of before`);
  }
  const afterProof = journey.newConnectionErrorsAfterProof;
  if (afterProof) problems.push(`${afterProof} new connections failed after the proof`);
  const restarted = report.nodes.some(({ way }) => way === 'restart');
  if (!restarted && journey.load.queryErrors.length > 0)
    problems.push(`${journey.load.queryErrors.length} queries failed on open connections: ${journey.load.queryErrors[0]?.error}`);
  return problems;
}
