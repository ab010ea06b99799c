/** A manifest in somebody's bucket can change or go away; what was announced is kept beside the evidence. */
import type { DeployedNode, DeploymentDetail } from '../../core/events/deployment-events.ts';
import { announcementKey } from '../../core/observe/evidence-keys.ts';
import { announcedNodes } from '../dynamodb/deployments.ts';
import { environment } from '../environment/environment.ts';
import { writeEvidence } from '../s3/evidence.ts';

/** The nodes of the event, or of its manifest, and the detail to store: with the manifest pointing at our own copy. */
export async function keepAnnouncement(
  detail: DeploymentDetail,
): Promise<{ readonly nodes: DeployedNode[]; readonly keep: () => Promise<DeploymentDetail> }> {
  const nodes = await announcedNodes(detail);
  const keep = async (): Promise<DeploymentDetail> => {
    if (detail.manifest === undefined) return detail;
    const key = await writeEvidence(announcementKey({ cluster: detail.cluster, deployment: detail.deploymentId }), nodes);
    return { ...detail, manifest: `s3://${environment('EVIDENCE_BUCKET')}/${key}` };
  };
  return { nodes, keep };
}
