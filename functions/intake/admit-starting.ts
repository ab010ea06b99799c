/** Takes a "Starting" event, or a person's start of a backup: registers the deployment and names the nodes to back up. */
import { loadRegistration } from '../../adapters/dynamodb/clusters.ts';
import { loadRecord, loadRecords } from '../../adapters/dynamodb/deployments.ts';
import { recordTimeline } from '../../adapters/dynamodb/timeline.ts';
import { environment } from '../../adapters/environment/environment.ts';
import { keepAnnouncement } from '../../adapters/intake/keep-announcement.ts';
import { takeDeployment } from '../../adapters/intake/take-deployment.ts';
import { writeEvidence } from '../../adapters/s3/evidence.ts';
import { requireManaged } from '../../adapters/ssm/managed-nodes.ts';
import { startExecution } from '../../adapters/step-functions/starts.ts';
import { RingwardError } from '../../core/errors/catalogue.ts';
import { checkAgainstRegistration } from '../../core/intake/check-against-registration.ts';
import { readStart, type Start } from '../../core/intake/read-start.ts';
import { nodesKey } from '../../core/observe/evidence-keys.ts';

/** A person's start is the Starting event of a known deployment again, by its record. */
async function startingOf(start: Start): Promise<Extract<Start, { readonly kind: 'starting' | 'completed' }>> {
  if (start.kind === 'starting') return start;
  if (start.kind !== 'human')
    throw new RingwardError('UNKNOWN_DETAIL_TYPE', {
      message: 'back-up-cluster takes Starting events, and a person’s start for a known deployment.',
      field: 'detail-type',
      value: start.kind,
      fix: 'Send "Certificate Deployment Starting" with the nodes that will be written to.',
    });
  const { cluster, deployment } = start.request;
  const record = deployment === 'latest' ? (await loadRecords(cluster))[0] : await loadRecord({ cluster, deployment });
  if (!record) throw new RingwardError('DEPLOYMENT_UNKNOWN', { field: 'deployment', value: deployment });
  return { kind: 'starting', detail: record.detail, eventId: null, at: record.startingAt ?? start.at };
}

interface Input {
  readonly input: unknown;
  readonly execution: string;
}

export async function handler({ input, execution }: Input): Promise<Record<string, unknown>> {
  const now = Date.now();
  const start = await startingOf(readStart(input, now));
  const { detail } = start;
  const registration = await loadRegistration(detail.cluster);
  const { nodes: announced, keep } = await keepAnnouncement(detail);
  checkAgainstRegistration(detail, announced, registration);
  await requireManaged(announced.map(({ node }) => node));
  const of = { cluster: detail.cluster, deployment: detail.deploymentId };
  const taken = await takeDeployment(of, { ...start, detail: await keep() }, execution, registration.limits, now);
  if (taken.outcome !== 'admitted') return { ...of, outcome: taken.outcome, why: taken.why };
  await recordTimeline(of, {
    area: 'intake',
    what: `deployment starting (${detail.change}, ${announced.length} nodes, by ${detail.requestedBy}): ${taken.why}`,
    epoch: taken.epoch,
  });
  await lookOnceMore(of, taken.epoch);
  const base = { ...of, epoch: taken.epoch };
  const items = announced.map(({ node }) => ({ ...base, node }));
  return {
    ...base,
    outcome: 'admitted',
    nodes: { bucket: environment('EVIDENCE_BUCKET'), key: await writeEvidence(nodesKey(base, 'backup'), items) },
  };
}

/** The last moment of before: what is seen now is what the deployment is held against. The backup waits for none of it (I9). */
async function lookOnceMore(
  { cluster, deployment }: { readonly cluster: string; readonly deployment: string },
  epoch: number,
): Promise<void> {
  const input = { cluster, look: true, reason: `${deployment} is starting` };
  try {
    await startExecution(environment('LEARN_MACHINE'), input, `${deployment.slice(0, 60)}-${epoch}-${Date.now()}`);
  } catch (error) {
    console.error(JSON.stringify({ message: 'no look for the baseline was started', cluster, deployment, error: String(error) }));
  }
}
