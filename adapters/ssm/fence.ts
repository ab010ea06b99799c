/** Every node of a cluster learns the epoch of an execution, so that no step of an older one acts any more (I5). */
import type { Registration } from '../../core/cluster/registration.ts';
import { recordTimeline } from '../dynamodb/timeline.ts';
import { nodeStep } from './node-step.ts';

interface OfExecution {
  readonly cluster: string;
  readonly deployment: string;
  readonly epoch: number;
}

/** Nodes that are told at once, and how often one that does not answer is. */
const AT_ONCE = 40;
const TRIES = 2;
/** One that is at work, and one that knows of a newer execution. */
const TELLING: ReadonlySet<string> = new Set(['NODE_LOCKED', 'EPOCH_STALE']);

/**
 * Before an execution plans or interrupts anything: else a step of an older one, still under way, could interrupt another node meanwhile. Gives the
 * nodes that did not answer. Throws NODE_LOCKED for one that is at work, which is to be waited for, and EPOCH_STALE.
 */
export async function fence(of: OfExecution, { nodes }: Pick<Registration, 'nodes'>): Promise<string[]> {
  const unfenced: string[] = [];
  await recordTimeline(of, { area: 'roll-back', what: 'pass-epoch begins', epoch: of.epoch });
  const waiting = nodes.map(({ node }) => node);
  const worker = async (): Promise<void> => {
    for (let node = waiting.shift(); node !== undefined; node = waiting.shift()) if (!(await passEpoch(of, node))) unfenced.push(node);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  const missing = unfenced.length === 0 ? '' : `; ${unfenced.join(', ')} did not answer, and counts as down`;
  await recordTimeline(of, {
    area: 'roll-back',
    what: `pass-epoch: ${nodes.length - unfenced.length} of ${nodes.length} nodes know epoch ${of.epoch}${missing}`,
    epoch: of.epoch,
  });
  return unfenced;
}

async function passEpoch({ cluster, deployment, epoch }: OfExecution, node: string): Promise<boolean> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    try {
      await nodeStep({ cluster, deployment, epoch, node }, 'pass-epoch', {}, { timeoutSeconds: 20 });
      return true;
    } catch (error) {
      if (TELLING.has((error as Error).name)) throw error;
    }
  }
  return false;
}
