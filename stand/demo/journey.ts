/**
 * One deployment on the stand, from the starting event to the report, with client load all along. The product
 * is told what a deployer would tell it, and never the failure's name.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Report } from '../../core/report/model.ts';
import { activate, prepare, putInPlace } from '../deployer.ts';
import type { FailureName } from '../failures.ts';
import { newConnectionErrors, startLoad } from '../load/load.ts';
import type { LoadResult } from '../load/messages.ts';
import type { Progress } from '../progress.ts';
import { CLUSTER, REPOSITORY, type Ring } from '../ring/topology.ts';
import { detailOf, send } from './events.ts';
import { followToReport } from './follow.ts';
import { type Witnessed, witness } from './witness.ts';

export interface JourneyOptions {
  readonly failure: FailureName;
  /** A careless deployer does not wait at the gate. */
  readonly waitAtGate: boolean;
  readonly timeoutMs: number;
}

export interface Journey {
  readonly deployment: string;
  readonly failure: FailureName;
  readonly before: readonly Witnessed[];
  /** Seen after the activation, before the completed event. */
  readonly deployed: readonly Witnessed[];
  readonly after: readonly Witnessed[];
  readonly deployedNodes: readonly string[];
  /** When the completed event was sent, ms. */
  readonly completedAt: number;
  readonly report: Report;
  readonly reportFile: string;
  readonly load: LoadResult;
  readonly newConnectionErrors: number;
  /** Of connections begun after the last node proved its old leaf; null when nothing was rolled back. */
  readonly newConnectionErrorsAfterProof: number | null;
}

/** Enough queries for the counts to mean something. */
const LEAST_QUERIES = 1000;

export async function runJourney(ring: Ring, options: JourneyOptions, progress: Progress): Promise<Journey> {
  const { openInstallation } = await import('../../adapters/stack/installation.ts');
  const installation = await openInstallation('Ringward');
  const deploymentId = `d-${new Date()
    .toISOString()
    .replaceAll(/[-:.TZ]/g, '')
    .slice(0, 17)}`;
  const deployment = await prepare(options.failure, ring);
  const detail = detailOf(deploymentId, deployment);
  const load = await startLoad(ring);
  progress('clients are at work: queries at LOCAL_QUORUM, and fresh connections beside them');
  try {
    const before = await witness(ring);
    await send('Certificate Deployment Starting', detail);
    progress(`deployment ${deploymentId} announced for ${deployment.nodes.length} node(s)`);
    if (options.waitAtGate) await waitAtGate(deploymentId, progress);
    else progress('the deployer does not wait at the gate');
    await putInPlace(deployment);
    const activated = await activate(deployment, ring);
    progress(
      `files in place; ${deployment.activation} on ${activated.map(({ node, exitCode }) => `${node} (exit ${exitCode})`).join(', ')}`,
    );
    const deployed = await witness(ring);
    for (const { address, client } of deployed)
      progress(`openssl on ${address}:9042: ${client.leaf?.slice(0, 19) ?? 'no certificate'} ${client.verification}`);
    const completedAt = Date.now();
    await send('Certificate Deployment Completed', detail);
    progress('completed event sent');
    const report = await followToReport(installation, deploymentId, progress, options.timeoutMs);
    const after = await witness(ring);
    while (load.counts().queries < LEAST_QUERIES) await new Promise((resolve) => setTimeout(resolve, 100));
    const result = await load.stop();
    const proofAt = report.rolledBackAt;
    return {
      deployment: deploymentId,
      failure: options.failure,
      before,
      deployed,
      after,
      deployedNodes: deployment.nodes.map(({ node }) => node),
      completedAt,
      report,
      reportFile: await keepReport(deploymentId, installation),
      load: result,
      newConnectionErrors: newConnectionErrors(result.probes),
      newConnectionErrorsAfterProof: proofAt === null ? null : newConnectionErrors(result.probes, proofAt),
    };
  } catch (error) {
    await load.stop().catch(() => undefined);
    throw error;
  }
}

async function waitAtGate(deployment: string, progress: Progress): Promise<void> {
  const gate = spawn(
    process.execPath,
    [join(REPOSITORY, 'cli/ringward.ts'), 'gate', '--cluster', CLUSTER, '--deployment', deployment, '--timeout', '120s', '--plain'],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  gate.stderr.setEncoding('utf8').on('data', (text: string) => text.trim() && progress(`gate      ${text.trim()}`));
  let answer = '';
  gate.stdout.setEncoding('utf8').on('data', (text: string) => {
    answer += text;
  });
  const [code] = (await once(gate, 'exit')) as [number | null];
  progress(`gate      ${code === 0 ? 'open: every backup is verified' : `exit ${code}: ${answer.trim()}`}`);
  if (code !== 0) throw new Error(`the gate did not open (exit ${code}): ${answer.trim()}`);
}

/** Outside the stand's folder, so that it is still there when the stand is gone. */
async function keepReport(
  deployment: string,
  installation: { report: (cluster: string, deployment: string, form: 'html' | 'json') => Promise<string | undefined> },
): Promise<string> {
  const folder = join(REPOSITORY, '.stand/reports');
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${deployment}.html`);
  for (const form of ['html', 'json'] as const)
    await writeFile(file.replace(/html$/, form), (await installation.report(CLUSTER, deployment, form)) ?? '');
  return file;
}
