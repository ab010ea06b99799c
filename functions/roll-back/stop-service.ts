/** Phase 2 of the restart way: drain, stop, and wait until the process is gone. */
import { loadRegistration } from '../../adapters/dynamodb/clusters.ts';
import { type PhaseDone, type PhaseInput, runPhase } from '../../adapters/ssm/rollback-phase.ts';

export async function handler(input: PhaseInput): Promise<PhaseDone> {
  const { drainSeconds, stopSeconds } = (await loadRegistration(input.cluster)).limits;
  const request = { drainTimeoutMs: drainSeconds * 1000, stopTimeoutMs: stopSeconds * 1000 };
  return (await runPhase(input, 'stop-service', request, drainSeconds + stopSeconds + 15, ({ did }) => did)).done;
}
