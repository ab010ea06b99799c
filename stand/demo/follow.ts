/** Follows a deployment's timeline live, until it has ended and its report is written. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Installation } from '../../adapters/stack/installation.ts';
import { FINAL_STATES } from '../../core/intake/deployment-record.ts';
import type { Report } from '../../core/report/model.ts';
import type { Progress } from '../progress.ts';
import { CLUSTER } from '../ring/topology.ts';

/** Tells each new timeline entry once. Throws when the deployment has not ended within `timeoutMs`. */
export async function followToReport(
  installation: Installation,
  deployment: string,
  progress: Progress,
  timeoutMs: number,
): Promise<Report> {
  const told = new Set<string>();
  const until = Date.now() + timeoutMs;
  for (;;) {
    const [timeline, records] = await Promise.all([installation.timeline(CLUSTER, deployment), installation.deployments(CLUSTER)]);
    for (const { at, area, what, node } of timeline) {
      const key = `${at} ${node ?? ''} ${what}`;
      if (!told.has(key)) progress(`${area.padEnd(9)} ${node ? `${node} ` : ''}${what.slice(0, 240)}`);
      told.add(key);
    }
    const record = records.find((one) => one.deployment === deployment);
    if (record && FINAL_STATES.has(record.state)) {
      const report = await installation.report(CLUSTER, deployment, 'json');
      if (report !== undefined && (JSON.parse(report) as Report).epoch === record.epoch) return JSON.parse(report) as Report;
    }
    if (Date.now() > until)
      throw new Error(
        `deployment ${deployment} is still ${record?.state ?? 'unknown'} after ${timeoutMs / 1000} s → see the execution's history`,
      );
    await pause(150);
  }
}
