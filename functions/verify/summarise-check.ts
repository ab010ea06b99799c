/** Ends `check-certificates`: one answer for the cluster, also kept in the evidence bucket for an asynchronous start. */
import { writeEvidence } from '../../adapters/s3/evidence.ts';

interface NodeAnswer {
  readonly node: string;
  readonly outcome: 'passed' | 'failed' | 'unknown';
}

interface Input {
  readonly cluster: string;
  readonly deployment: string;
  readonly execution: string;
  readonly nodes: readonly NodeAnswer[];
}

export async function handler({ cluster, execution, nodes }: Input): Promise<Record<string, unknown>> {
  const outcome = nodes.some((node) => node.outcome === 'failed')
    ? 'failed'
    : nodes.length > 0 && nodes.every((node) => node.outcome === 'passed')
      ? 'passed'
      : 'unknown';
  const answer = { cluster, outcome, nodes };
  return { ...answer, evidence: await writeEvidence(`checks/${cluster}/${execution.split(':').slice(7).join('-')}.json`, answer) };
}
