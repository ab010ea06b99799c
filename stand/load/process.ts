/** The load's own process: no other work delays its clock. Started by `load.ts`; ends when that one does. */
import { ringOf } from '../ring/topology.ts';
import type { FromLoad, LoadOrder, ToLoad } from './messages.ts';
import { Prober } from './prober.ts';
import { Queries } from './queries.ts';

const COUNTS_EVERY_MS = 500;

const send = (message: FromLoad) => process.send?.(message);
let stop = (): Promise<void> => Promise.resolve();

async function start(order: LoadOrder): Promise<void> {
  const ring = ringOf(order.net, order.nodes);
  const queries = await Queries.start(ring, order.consistency, order.rate);
  const startedAt = Date.now();
  const prober = await Prober.start(ring, order.probeEveryMs);
  const counting = setInterval(() => {
    send({
      kind: 'counts',
      queries: queries.ended,
      errors: queries.errors.length,
      newConnections: prober.probes.length,
      newConnectionErrors: prober.failed,
    });
  }, COUNTS_EVERY_MS);
  stop = async () => {
    clearInterval(counting);
    const [ended, probes] = await Promise.all([queries.stop(), prober.stop()]);
    const result = { startedAt, stoppedAt: Date.now(), consistency: order.consistency, ...ended, probes };
    // A long load's result is larger than a pipe holds: the channel closes only when all of it is written.
    process.send?.({ kind: 'result', result } satisfies FromLoad, () => process.disconnect());
  };
  send({ kind: 'started' });
}

process.on('message', (message: ToLoad) => {
  (message.kind === 'start' ? start(message.order) : stop()).catch((error: Error) => {
    send({ kind: 'failed', message: error.message });
    process.exitCode = 1;
    process.disconnect();
  });
});
// Whoever started the load is gone, or has its result.
process.on('disconnect', () => process.exit());
