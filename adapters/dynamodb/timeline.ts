/** The timeline of a deployment: what happened, when, by whom; the report shows it. */
import { randomUUID } from 'node:crypto';
import { TimelineEntry } from '../../core/report/model.ts';
import { environment } from '../environment/environment.ts';
import { putItem, queryItems } from './table.ts';

export interface DeploymentKey {
  readonly cluster: string;
  readonly deployment: string;
}

/** Partition of everything that belongs to one deployment. */
export const partitionOf = ({ cluster, deployment }: DeploymentKey): string => `${cluster}#${deployment}`;

/** Adds one entry, at the present time unless the entry says otherwise. */
export async function recordTimeline(of: DeploymentKey, entry: Omit<TimelineEntry, 'at'> & { readonly at?: number }): Promise<void> {
  const at = entry.at ?? Date.now();
  await putItem(environment('TIMELINE_TABLE'), {
    ...entry,
    at,
    of: partitionOf(of),
    entry: `${new Date(at).toISOString()}#${randomUUID()}`,
  });
}

/** Every entry, oldest first. */
export async function loadTimeline(of: DeploymentKey): Promise<TimelineEntry[]> {
  const items = await queryItems(environment('TIMELINE_TABLE'), { name: 'of', value: partitionOf(of) });
  return items.map((item) => TimelineEntry.parse(item)).toSorted((a, b) => a.at - b.at);
}
