/** Takes whatever starts a verification (Completed event, alarm, a person), or says why there is nothing to do. */
import { createHash } from 'node:crypto';
import { loadRegistration, loadRegistrations } from '../../adapters/dynamodb/clusters.ts';
import { announcedNodes, loadRecords } from '../../adapters/dynamodb/deployments.ts';
import { recordTimeline } from '../../adapters/dynamodb/timeline.ts';
import { environment } from '../../adapters/environment/environment.ts';
import { keepAnnouncement } from '../../adapters/intake/keep-announcement.ts';
import { retakeDeployment, type Taken, takeDeployment } from '../../adapters/intake/take-deployment.ts';
import { writeEvidence } from '../../adapters/s3/evidence.ts';
import type { Registration } from '../../core/cluster/registration.ts';
import { firstLook } from '../../core/decide/next-look.ts';
import type { Verdict } from '../../core/decide/verdict.ts';
import { RingwardError } from '../../core/errors/catalogue.ts';
import type { DeploymentDetail } from '../../core/events/deployment-events.ts';
import { checkAgainstRegistration } from '../../core/intake/check-against-registration.ts';
import { explainAlarm } from '../../core/intake/explain-alarm.ts';
import { readStart, type Start } from '../../core/intake/read-start.ts';
import { nodesKey } from '../../core/observe/evidence-keys.ts';
import { activationOfWatch } from '../../core/verify/snapshot.ts';

interface Input {
  readonly input: unknown;
  readonly execution: string;
}

interface Trigger {
  readonly cluster: string;
  readonly deployment: string;
  readonly registration: Registration;
  readonly why: string;
  /** Takes the deployment for this execution. */
  readonly take: () => Promise<Taken>;
  /** From when the deadlines of this verification count, ms. */
  readonly since: number;
}

export async function handler({ input, execution }: Input): Promise<Record<string, unknown>> {
  const now = Date.now();
  const start = readStart(input, now);
  const trigger = await triggerOf(start, execution, now);
  if ('outcome' in trigger) return trigger;
  const taken = await trigger.take();
  const of = { cluster: trigger.cluster, deployment: trigger.deployment };
  if (taken.outcome !== 'admitted') return { ...of, outcome: taken.outcome, why: taken.why };
  const carriedOut = taken.record.state === 'decided' ? taken.record.verdict : undefined;
  const goesOn = carriedOut ? '; its verdict stands, so the rollback goes on' : '';
  await recordTimeline(of, { area: 'intake', what: `${trigger.why}; ${taken.why}${goesOn}`, epoch: taken.epoch });
  const base = { ...of, epoch: taken.epoch };
  const { activationGraceSeconds } = trigger.registration.limits;
  const { dueAt } = activationOfWatch(taken.record, trigger.since, activationGraceSeconds);
  const items = trigger.registration.nodes.map(({ node }) => ({ ...base, node }));
  return {
    ...base,
    ...(carriedOut
      ? { outcome: 'decided-before', verdict: carriedOut.verdict, toRollBack: await nodesOf(carriedOut, taken.record.detail) }
      : { outcome: 'admitted' }),
    since: trigger.since,
    lookFrom: new Date(firstLook(now, dueAt)).toISOString(),
    purpose: 'deployed',
    window: 0,
    depth: 'full',
    occasion: createHash('sha256').update(execution).digest('hex').slice(0, 8),
    earlier: [],
    nodes: { bucket: environment('EVIDENCE_BUCKET'), key: await writeEvidence(nodesKey(base, 'verify'), items) },
  };
}

/** A person's rollback of the whole cluster names no nodes: those of the deployment are meant. */
const nodesOf = async ({ nodes }: Verdict, detail: DeploymentDetail): Promise<readonly string[]> =>
  nodes.length > 0 ? nodes : (await announcedNodes(detail)).map(({ node }) => node);

async function triggerOf(
  start: Start,
  execution: string,
  now: number,
): Promise<Trigger | { outcome: 'unrelated'; why: string; error: string }> {
  switch (start.kind) {
    case 'starting':
      throw new RingwardError('UNKNOWN_DETAIL_TYPE', {
        message: 'A Starting event is for back-up-cluster.',
        field: 'detail-type',
        value: 'Certificate Deployment Starting',
        fix: 'Start back-up-cluster with it.',
      });
    case 'completed': {
      const { detail } = start;
      const registration = await loadRegistration(detail.cluster);
      const { nodes, keep } = await keepAnnouncement(detail);
      checkAgainstRegistration(detail, nodes, registration);
      const of = { cluster: detail.cluster, deployment: detail.deploymentId };
      return {
        ...of,
        registration,
        why: 'deployment completed',
        since: start.at,
        take: async () => takeDeployment(of, { ...start, detail: await keep() }, execution, registration.limits, now),
      };
    }
    case 'alarm': {
      const registrations = await loadRegistrations();
      const recent = (await Promise.all(registrations.map(({ cluster }) => loadRecords(cluster)))).flat();
      const explanation = explainAlarm(start, start.at, registrations, recent);
      if (!explanation.explained) return { outcome: 'unrelated', why: explanation.reason, error: 'ALARM_UNRELATED' };
      return known(explanation, registrations, `alarm ${start.alarm}: ${explanation.why}`, 'alarm', execution, now);
    }
    case 'human': {
      const { request } = start;
      const registration = await loadRegistration(request.cluster);
      const deployment = request.deployment === 'latest' ? (await loadRecords(request.cluster))[0]?.deployment : request.deployment;
      if (!deployment) throw new RingwardError('DEPLOYMENT_UNKNOWN', { field: 'deployment', value: request.deployment });
      return known(
        { cluster: request.cluster, deployment },
        [registration],
        `verification asked for${request.requestedBy ? ` by ${request.requestedBy}` : ''}`,
        'human',
        execution,
        now,
      );
    }
  }
}

function known(
  { cluster, deployment }: { readonly cluster: string; readonly deployment: string },
  registrations: readonly Registration[],
  why: string,
  kind: 'alarm' | 'human',
  execution: string,
  now: number,
): Trigger {
  const registration = registrations.find((one) => one.cluster === cluster);
  if (!registration) throw new RingwardError('CLUSTER_UNKNOWN', { field: 'cluster', value: cluster });
  return {
    cluster,
    deployment,
    registration,
    why,
    since: now,
    take: () => retakeDeployment({ cluster, deployment }, kind, execution, registration.limits, now),
  };
}
