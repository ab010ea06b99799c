/** How long connections have been open, at least: the kernel does not tell, but earlier looks at the same process saw them. */
import type { LoadSample } from './load-sample.ts';

/** Samples of the process that `now` is of, oldest first. */
export function samplesOfProcess(earlier: readonly LoadSample[], now: LoadSample): readonly LoadSample[] {
  return earlier.filter((sample) => isOfProcess(sample, now));
}

/**
 * Milliseconds since the first look that saw any of these sockets open; null where none did.
 * @param ids inodes that are open now @param earlier oldest first
 */
export function openFor(ids: readonly number[], earlier: readonly LoadSample[], now: LoadSample): number | null {
  const first = samplesOfProcess(earlier, now).find(({ links }) => links && socketsOf(links).some((id) => ids.includes(id)));
  return first ? now.at - first.at : null;
}

/** After a restart of the host the same inode is another socket, so both must be of one process: it began at the same moment. */
function isOfProcess(sample: LoadSample, now: LoadSample): boolean {
  if (sample.uptimeMs === undefined || now.uptimeMs === undefined || sample.at >= now.at) return false;
  return Math.abs(now.at - now.uptimeMs - (sample.at - sample.uptimeMs)) <= CLOCK_SLACK_MS;
}

/** The uptime is read a moment after the clock, and clocks are put right now and then. */
const CLOCK_SLACK_MS = 5000;

function socketsOf({ internode, client }: NonNullable<LoadSample['links']>): number[] {
  return [...internode.flatMap(({ ids }) => ids), ...client.ids];
}
