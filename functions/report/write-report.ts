/** Writes the report of a deployment: one page for people, the same as JSON; and tells that it is there. */
import { z } from 'zod';
import { loadBackups } from '../../adapters/dynamodb/backups.ts';
import { loadRegistration } from '../../adapters/dynamodb/clusters.ts';
import { loadRecord } from '../../adapters/dynamodb/deployments.ts';
import { loadTimeline, recordTimeline } from '../../adapters/dynamodb/timeline.ts';
import { announce } from '../../adapters/eventbridge/announce.ts';
import { listEvidence, readEvidence, writeDocument } from '../../adapters/s3/evidence.ts';
import { loadPlan } from '../../adapters/s3/plans.ts';
import { RingwardError } from '../../core/errors/catalogue.ts';
import { HealthStanding } from '../../core/health/judge-health.ts';
import { conclusionKey, healthStandingBeside, lookAtKey, looksFolder, reportKeys } from '../../core/observe/evidence-keys.ts';
import { buildReport, type NodeRollback } from '../../core/report/build-report.ts';
import type { Report } from '../../core/report/model.ts';
import { renderHtml } from '../../core/report/render-html.ts';
import { NodeVerification } from '../../core/verify/findings.ts';

interface Input {
  readonly cluster: string;
  readonly deployment: string;
  readonly epoch: number;
}

export async function handler({ cluster, deployment, epoch }: Input): Promise<Record<string, unknown>> {
  const of = { cluster, deployment, epoch };
  await recordTimeline(of, { area: 'report', what: 'report written', epoch });
  const [record, registration, backups, timeline, plan, rollbacks, verifications] = await Promise.all([
    loadRecord(of),
    loadRegistration(cluster),
    loadBackups(of),
    loadTimeline(of),
    loadPlan(of),
    readEvidence(conclusionKey(of)),
    loadVerifications(of),
  ]);
  if (!record?.verdict)
    throw new RingwardError('DEPLOYMENT_UNKNOWN', { message: 'there is no verdict to report', field: 'deployment', value: deployment });
  const report = buildReport({
    record,
    registration,
    verdict: record.verdict,
    plan,
    verifications,
    rollbacks: (rollbacks as NodeRollback[] | undefined) ?? [],
    backups,
    timeline,
    now: Date.now(),
  });
  const keys = reportKeys(of);
  await Promise.all([
    writeDocument(keys.html, renderHtml(report), 'text/html; charset=utf-8'),
    writeDocument(keys.json, JSON.stringify(report), 'application/json'),
  ]);
  await announce('Ringward Report Written', { ...of, outcome: report.outcome, report: keys.html });
  return {
    ...of,
    outcome: report.outcome,
    verdict: report.verdict.verdict,
    reason: report.verdict.reason,
    nextStep: report.nextStep,
    detectMs: report.detectMs,
    rollbackMs: report.rollbackMs,
    report: keys,
  };
}

/**
 * The first and the last window before the verdict, and the look after the rollback; a long soak between them says
 * nothing new. A verdict that is carried out by a later execution was reached under the epoch before.
 */
async function loadVerifications(of: Input): Promise<Report['verifications']> {
  const looks = (await listEvidence(looksFolder(of))).flatMap((key) => {
    const look = lookAtKey(key);
    return look && look.epoch <= of.epoch ? [{ key, ...look }] : [];
  });
  const before = looks.filter(({ purpose }) => purpose === 'deployed');
  const judged = Math.max(...before.map(({ epoch }) => epoch));
  const windows = before.filter(({ epoch }) => epoch === judged).toSorted((a, b) => a.window - b.window);
  const after = looks.filter(({ purpose, epoch }) => purpose === 'old' && epoch === of.epoch);
  const wanted = [...new Set([windows[0], windows.at(-1)]), ...after].filter((look) => look !== undefined);
  return Promise.all(
    wanted.map(async ({ key, purpose, window }) => {
      const [nodes, health] = await Promise.all([readEvidence(key), readEvidence(healthStandingBeside(key))]);
      return {
        moment: purpose === 'old' ? ('after-rollback' as const) : ('deployed' as const),
        window,
        nodes: z.array(NodeVerification).parse(nodes),
        ...(health === undefined ? {} : { health: HealthStanding.parse(health) }),
      };
    }),
  );
}
