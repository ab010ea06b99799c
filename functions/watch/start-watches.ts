/** The schedule's way in: starts `watch-cluster` for every registered cluster. One that cannot be started does not keep the others waiting. */
import { loadRegistrations } from '../../adapters/dynamodb/clusters.ts';
import { environment } from '../../adapters/environment/environment.ts';
import { startExecution } from '../../adapters/step-functions/starts.ts';

export async function handler({
  time,
}: {
  readonly time: string;
}): Promise<{ readonly started: readonly string[]; readonly failed: readonly string[] }> {
  const registrations = await loadRegistrations();
  const started: string[] = [];
  const failed: string[] = [];
  for (const { cluster } of registrations) {
    const input = { cluster, deployment: 'latest', scope: 'cluster', mode: 'automated', reason: `scheduled watch of ${time}` };
    try {
      await startExecution(environment('WATCH_MACHINE'), input, `${cluster}-${time.replaceAll(/[^0-9TZ]/g, '')}`);
      started.push(cluster);
    } catch (error) {
      console.error(JSON.stringify({ message: 'a watch was not started', cluster, error: String(error) }));
      failed.push(cluster);
    }
  }
  // The alarm on the function's errors is how anybody learns of it.
  if (failed.length > 0) throw new Error(`watches not started: ${failed.join(', ')}`);
  return { started, failed };
}
