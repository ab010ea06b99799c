/** Deployments as they are stored; every change is conditional on the version that was read. */
import { z } from 'zod';
import { RingwardError } from '../../core/errors/catalogue.ts';
import { DeployedNode, type DeploymentDetail } from '../../core/events/deployment-events.ts';
import { DeploymentRecord } from '../../core/intake/deployment-record.ts';
import { environment } from '../environment/environment.ts';
import { readEvidence } from '../s3/evidence.ts';
import { getItem, putItemIf, queryItems } from './table.ts';
import type { DeploymentKey } from './timeline.ts';

/** Two executions that change one record at the same moment try again this often. */
const ATTEMPTS = 8;

export async function loadRecord({ cluster, deployment }: DeploymentKey): Promise<DeploymentRecord | null> {
  const item = await getItem(environment('DEPLOYMENTS_TABLE'), { cluster, deployment });
  return item ? DeploymentRecord.parse(item) : null;
}

/** Every deployment of a cluster, newest first. */
export async function loadRecords(cluster: string): Promise<DeploymentRecord[]> {
  const items = await queryItems(environment('DEPLOYMENTS_TABLE'), { name: 'cluster', value: cluster });
  const at = (record: DeploymentRecord): number => record.completedAt ?? record.startingAt ?? 0;
  return items.map((item) => DeploymentRecord.parse(item)).toSorted((a, b) => at(b) - at(a));
}

/** Stores a record if the stored version is still `basedOn` (null: there is none yet). */
export async function storeRecord(record: Omit<DeploymentRecord, 'version'>, basedOn: number | null): Promise<boolean> {
  const item = { ...record, version: (basedOn ?? 0) + 1 };
  const table = environment('DEPLOYMENTS_TABLE');
  if (basedOn === null) return putItemIf(table, item, 'attribute_not_exists(deployment)');
  return putItemIf(table, item, '#version = :version', { ':version': basedOn }, { '#version': 'version' });
}

/**
 * Changes a record that exists, as often as needed when others change it too. `change` may return the same
 * record: then nothing is written. Throws DEPLOYMENT_UNKNOWN.
 */
export async function changeRecord(key: DeploymentKey, change: (record: DeploymentRecord) => DeploymentRecord): Promise<DeploymentRecord> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const record = await loadRecord(key);
    if (!record) throw new RingwardError('DEPLOYMENT_UNKNOWN', { field: 'deployment', value: key.deployment });
    const changed = change(record);
    if (changed === record || (await storeRecord(changed, record.version))) return changed;
  }
  throw new Error(`the record of ${key.deployment} changed ${ATTEMPTS} times while it was being changed`);
}

/** The nodes that a deployment wrote to, from the event or from its manifest in S3. Throws MANIFEST_UNREADABLE. */
export async function announcedNodes(detail: DeploymentDetail): Promise<DeployedNode[]> {
  if (detail.nodes) return detail.nodes;
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.+)$/.exec(detail.manifest ?? '') ?? [];
  const about = { field: 'detail.manifest', value: detail.manifest ?? '' };
  const content = await readEvidence(key, bucket).catch((cause: unknown) => {
    throw new RingwardError('MANIFEST_UNREADABLE', { ...about, message: String(cause), cause });
  });
  const nodes = z.array(DeployedNode).min(1).safeParse(content);
  if (nodes.success) return nodes.data;
  const issue = nodes.error.issues[0];
  throw new RingwardError('MANIFEST_UNREADABLE', {
    ...about,
    message: content === undefined ? 'there is no such object' : `${issue?.path.join('.')}: ${issue?.message}`,
  });
}

/** One deployment, with what it wrote to one node (null: nothing). Throws DEPLOYMENT_UNKNOWN. */
export async function loadDeployment(
  key: DeploymentKey,
  node: string,
): Promise<{ record: DeploymentRecord; deployed: DeployedNode | null }> {
  const record = await loadRecord(key);
  if (!record) throw new RingwardError('DEPLOYMENT_UNKNOWN', { field: 'deployment', value: key.deployment });
  const nodes = await announcedNodes(record.detail);
  return { record, deployed: nodes.find((deployed) => deployed.node === node) ?? null };
}
