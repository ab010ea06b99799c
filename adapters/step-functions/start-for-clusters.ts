/** A schedule's way in: starts a machine for every registered cluster. One that cannot be started does not keep the others waiting. */
import { loadRegistrations } from '../dynamodb/clusters.ts';
import { type EnvironmentName, environment } from '../environment/environment.ts';
import { startExecution } from './starts.ts';

export interface Started {
  readonly started: readonly string[];
  readonly failed: readonly string[];
}

/** @param what in words, such as `watch` @param time of the schedule, ISO */
export async function startForClusters(machine: EnvironmentName, what: string, time: string): Promise<Started> {
  const registrations = await loadRegistrations();
  const started: string[] = [];
  const failed: string[] = [];
  for (const { cluster } of registrations) {
    const input = { cluster, deployment: 'latest', scope: 'cluster', mode: 'automated', reason: `scheduled ${what} of ${time}` };
    try {
      await startExecution(environment(machine), input, `${cluster}-${time.replaceAll(/[^0-9TZ]/g, '')}`);
      started.push(cluster);
    } catch (error) {
      console.error(JSON.stringify({ message: `a ${what} was not started`, cluster, error: String(error) }));
      failed.push(cluster);
    }
  }
  // The alarm on the function's errors is how anybody learns of it.
  if (failed.length > 0) throw new Error(`${what} not started: ${failed.join(', ')}`);
  return { started, failed };
}
