/** The process in which every Lambda of the stand runs, ended by SIGKILL; the stand's keeper starts another one. */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isAlive, type ProcessRecord, readRecords } from '../../../stand/local-aws/process-records.ts';
import type { Ring } from '../../../stand/ring/topology.ts';
import { waitFor } from '../stand.ts';

const hostOf = ({ folder }: Ring): ProcessRecord | undefined => readRecords(join(folder, 'local-aws/processes.json')).functionHost;

/** Kills it wherever it is, with every function that is at work in it; waits until another one is there. */
export async function killFunctionHost(ring: Ring): Promise<number> {
  const host = await waitFor('a living function host', async () => {
    const record = hostOf(ring);
    return isAlive(record) ? record : undefined;
  });
  process.kill(host.pid, 'SIGKILL');
  await waitFor(
    'the next function host',
    async () => (hostOf(ring)?.pid !== host.pid && isAlive(hostOf(ring)) ? true : undefined),
    20_000,
    20,
  );
  // It listens a moment after it was recorded; a kill before that would hit nothing new.
  await pause(300);
  return host.pid;
}
