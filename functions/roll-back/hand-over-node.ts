/** Hands a node to a person with its exact state and the next commands (I7). */
import { recordTimeline } from '../../adapters/dynamodb/timeline.ts';
import { type NodeOfDeployment, nodeStep } from '../../adapters/ssm/node-step.ts';
import type { NodeRollback } from '../../core/report/build-report.ts';

type Input = NodeOfDeployment & { readonly startedAt?: number; readonly error: string; readonly cause: string };

const LONGEST = 300;

export async function handler(input: Input): Promise<NodeRollback & { readonly code: string }> {
  const { cluster, deployment, epoch, node } = input;
  const of = { cluster, deployment, epoch, node };
  const finishedAt = Date.now();
  const state = await nodeStep(of, 'state', {}, { timeoutSeconds: 20, occasion: `hand-over ${finishedAt}` }).catch(() => null);
  const seen = state
    ? `Cassandra is ${state.service.state}; ${state.open ? `the journal stands open in ${state.open.phase} since ${new Date(state.open.since).toISOString()}` : 'no step stands open'}; ${state.files.map(({ path, sha256 }) => `${path} is ${sha256?.slice(0, 12) ?? 'missing'}`).join(', ')}`
    : 'the node did not answer when it was asked for its state';
  const error = `${messageOf(input.cause)} State: ${seen}. Next: mend what is named, then ringward rollback --cluster ${cluster} --deployment ${deployment} --node ${node}.`;
  await recordTimeline(of, { area: 'roll-back', what: `handed to a person: ${error}`, node, epoch });
  // The state of the whole rollback carries it; the timeline has all of it.
  const short = error.length > LONGEST ? `${error.slice(0, LONGEST - 1)}…` : error;
  return { node, ms: finishedAt - (input.startedAt ?? finishedAt), finishedAt, ok: false, error: short, code: input.error };
}

function messageOf(cause: string): string {
  try {
    return (JSON.parse(cause) as { errorMessage?: string }).errorMessage ?? cause;
  } catch {
    return cause;
  }
}
