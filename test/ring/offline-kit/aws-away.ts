/**
 * The local AWS stopped and started again. Its emulator keeps tables, keys and epochs in its memory, so one that is ended comes back as
 * another installation, and the stand has the nodes forget what they know (stand.ts, forgetInstallation). An outage ends and the same
 * AWS is there: so every process of it is stopped by SIGSTOP, when nothing answers and nothing runs, and goes on by SIGCONT.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { status } from '../../../stand/local-aws/index.ts';
import { type TestStand, waitFor } from '../stand.ts';

/** Stops every process of the local AWS, its functions included; gives the way to have it go on. Throws when something still answers. */
export async function stopAws({ ring }: TestStand): Promise<() => Promise<void>> {
  const { endpoint, processes } = status({ net: ring.net, stateFolder: ring.folder });
  const keeper = processes.ssm;
  if (!keeper) throw new Error('the local AWS does not run');
  const pids = processesOfSession(keeper);
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  const goOn = async (): Promise<void> => {
    for (const pid of pids) process.kill(pid, 'SIGCONT');
    await waitFor('the local AWS', async () => ((await answers(endpoint)) ? true : undefined));
  };
  if (await answers(endpoint)) {
    await goOn();
    throw new Error('the local AWS was stopped and still answers');
  }
  return goOn;
}

async function answers(endpoint: string): Promise<boolean> {
  try {
    return (await fetch(`${endpoint}/_ministack/health`, { signal: AbortSignal.timeout(1500) })).ok;
  } catch {
    return false;
  }
}

/** The keeper leads a session that emulator, function host and workers belong to, and no node's Cassandra does (sixth field of /proc/pid/stat). */
function processesOfSession(leader: number): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3]) === leader ? [Number(name)] : [];
    } catch {
      // It ended while it was looked at.
      return [];
    }
  });
}
