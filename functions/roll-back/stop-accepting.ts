/** Phase 1 of the restart way: the node takes no new client connections. */
import { type PhaseDone, type PhaseInput, runPhase } from '../../adapters/ssm/rollback-phase.ts';

export async function handler(input: PhaseInput): Promise<PhaseDone> {
  return (await runPhase(input, 'stop-accepting', {}, 60, ({ did }) => did)).done;
}
