/** Phase 5 of the restart way: Cassandra starts with the old files, its clients still off. */
import { loadRegistration } from '../../adapters/dynamodb/clusters.ts';
import { type PhaseDone, type PhaseInput, runPhase } from '../../adapters/ssm/rollback-phase.ts';

export async function handler(input: PhaseInput): Promise<PhaseDone> {
  const { nodeStartSeconds } = (await loadRegistration(input.cluster)).limits;
  return (await runPhase(input, 'start-service', { startTimeoutMs: nodeStartSeconds * 1000 }, nodeStartSeconds + 15, ({ did }) => did))
    .done;
}
