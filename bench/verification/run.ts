/**
 * `npm run bench -- verification`: a good deployment to three nodes with the limits of production, soak included, and what verifying it
 * cost the cluster: the same ring under the same load, before, during and after it, in one run.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Installation } from '../../adapters/stack/installation.ts';
import type { Registration } from '../../core/cluster/registration.ts';
import type { Report } from '../../core/report/model.ts';
import { detailOf, send } from '../../stand/demo/events.ts';
import { followToReport } from '../../stand/demo/follow.ts';
import { activate, prepare, putInPlace } from '../../stand/deployer.ts';
import { startLoad } from '../../stand/load/load.ts';
import { readRecords } from '../../stand/local-aws/process-records.ts';
import { stateFiles } from '../../stand/local-aws/settings.ts';
import type { Progress } from '../../stand/progress.ts';
import { mainPid } from '../../stand/ring/service.ts';
import { CLIENT_PORT, CLUSTER, INTERNODE_PORT, type Ring } from '../../stand/ring/topology.ts';
import { figure, table } from '../figures.ts';
import { onRing } from '../ring.ts';
import type { BenchResult } from '../rollback.ts';
import { cpuSeconds, hostMemory, ProgramMemory, processors, Traffic } from './cost.ts';

export interface VerificationBenchOptions {
  readonly net: number;
  /** Seconds of each calm period, before and after. */
  readonly calm: number;
}

/** What a period cost, and what the clients got meanwhile. */
interface Period {
  readonly seconds: number;
  /** CPU seconds of all Cassandra processes. */
  readonly cassandraCpu: number;
  /** CPU seconds of Ringward's program on all nodes. */
  readonly programCpu: number;
  readonly bytes: number;
  readonly queries: number;
}

export async function benchVerification({ net, calm }: VerificationBenchOptions, progress: Progress): Promise<BenchResult> {
  return await onRing(net, progress, async ({ ring }) => {
    const { openInstallation } = await import('../../adapters/stack/installation.ts');
    const { Registration: schema } = await import('../../core/cluster/registration.ts');
    const installation = await openInstallation('Ringward');
    const registered = await installation.registration(CLUSTER);
    // Production's own limits: nothing of the stand's haste.
    const production: Registration = schema.parse({ ...registered, environment: 'production', limits: {} });
    await installation.register(production, Date.now());
    // As busy as a small ring is, so that a loss of throughput can show.
    const load = await startLoad(ring, { rate: 200, probeEveryMs: 250 });
    try {
      await pause(5000);
      progress(`calm, with clients at work, for ${calm} s`);
      const before = await measure(ring, load, () => pause(calm * 1000));
      const { deployment, detail } = await deploy(ring, installation, progress);
      const memory = new ProgramMemory();
      let report: Report | undefined;
      const during = await measure(ring, load, async () => {
        await send('Certificate Deployment Completed', detail);
        report = await followToReport(installation, deployment, progress, 600_000);
      });
      const program = memory.stop();
      progress(`calm again, for ${calm} s`);
      const after = await measure(ring, load, () => pause(calm * 1000));
      if (!report) throw new Error('the deployment was not reported');
      const artifacts = await artifactsOf(report.deployment);
      return resultOf(report, { before, during, after, program, artifacts, nodes: ring.nodes.length });
    } finally {
      await load.stop();
      await installation.register(registered, Date.now());
    }
  });
}

/** A good deployment to every node, up to where it is complete. */
async function deploy(
  ring: Ring,
  installation: Installation,
  progress: Progress,
): Promise<{ deployment: string; detail: Record<string, unknown> }> {
  const prepared = await prepare('none', ring);
  const deployment = `d-verification-${Date.now().toString(36)}`;
  const detail = detailOf(deployment, prepared);
  await send('Certificate Deployment Starting', detail);
  for (;;) {
    const record = (await installation.deployments(CLUSTER)).find((one) => one.deployment === deployment);
    if (record?.state === 'backed-up') break;
    if (record?.state === 'backup-failed') throw new Error(`the backup of ${deployment} failed`);
    await pause(200);
  }
  progress('every backup is verified; the new files are put in place');
  await putInPlace(prepared);
  await activate(prepared, ring);
  return { deployment, detail };
}

async function measure(ring: Ring, load: Awaited<ReturnType<typeof startLoad>>, work: () => Promise<unknown>): Promise<Period> {
  const keeper = readRecords(stateFiles(ring.folder).processes)['ssm']?.pid;
  if (keeper === undefined) throw new Error('the stand has no Run Command → npm run stand -- up');
  const pids = ring.nodes.map((node) => mainPid(node)).filter((pid) => pid !== null);
  const counted = () => ({
    at: performance.now(),
    cassandra: pids.reduce((sum, pid) => sum + cpuSeconds(pid, 'own'), 0),
    program: cpuSeconds(keeper, 'children'),
    queries: load.counts().queries,
  });
  const traffic = await Traffic.start([CLIENT_PORT, INTERNODE_PORT]);
  const from = counted();
  await work();
  const to = counted();
  return {
    seconds: (to.at - from.at) / 1000,
    cassandraCpu: to.cassandra - from.cassandra,
    programCpu: to.program - from.program,
    bytes: await traffic.stop(),
    queries: to.queries - from.queries,
  };
}

/** Bytes of everything that is kept of a deployment, but for the backups. */
async function artifactsOf(deployment: string): Promise<number> {
  const { sizeOfEvidence } = await import('../evidence-size.ts');
  return await sizeOfEvidence([`evidence/${CLUSTER}/${deployment}/`, `reports/${CLUSTER}/${deployment}/`]);
}

interface Measured {
  readonly before: Period;
  readonly during: Period;
  readonly after: Period;
  readonly program: number;
  readonly artifacts: number;
  readonly nodes: number;
}

function resultOf(report: Report, { before, during, after, program, artifacts, nodes }: Measured): BenchResult {
  const calm = { seconds: before.seconds + after.seconds };
  const rate = (pick: (period: Period) => number): number => (pick(before) + pick(after)) / calm.seconds;
  const more = (pick: (period: Period) => number): number => pick(during) / during.seconds - rate(pick);
  // Of each node's host, as if it had the processors of this machine; here all three share them.
  const cpu = ((more((one) => one.cassandraCpu) + more((one) => one.programCpu)) / nodes / processors) * 100;
  const throughput = (1 - during.queries / during.seconds / rate((one) => one.queries)) * 100;
  const network = (more((one) => one.bytes) / rate((one) => one.bytes)) * 100;
  const first = report.timeline.find(({ area, at }) => area === 'decide' && at >= report.completedAt);
  const looks = report.timeline.filter(({ area, what }) => area === 'verify' && what.startsWith('window')).length / nodes;
  const figures = [
    figure('seconds', first ? (first.at - report.completedAt) / 1000 : Number.POSITIVE_INFINITY, 's', '<=', 30),
    figure('secondsWithSoak', report.detectMs / 1000, 's', '<=', 300),
    figure('cpuPercent', cpu, '%', '<=', 1),
    figure('throughputLossPercent', throughput, '%', '<=', 5),
    figure('memoryPercent', (program / hostMemory) * 100, '%', '<=', 1),
    figure('networkPercent', network, '%', '<=', 10),
    figure('artifactBytesPerNode', artifacts / nodes, 'B', '<=', 1_000_000),
    figure('artifactBytes', artifacts, 'B', '<=', 100_000_000),
    figure('kept', report.verdict.verdict === 'keep' ? 1 : 0, '', '=', 1),
  ];
  const line = (name: string, period: Period) => [
    name,
    period.seconds.toFixed(0),
    (period.queries / period.seconds).toFixed(1),
    (period.cassandraCpu / period.seconds).toFixed(3),
    (period.programCpu / period.seconds).toFixed(3),
    (period.bytes / period.seconds / 1024).toFixed(1),
  ];
  const text = table([
    ['period', 's', 'queries/s', 'CPU of Cassandra', 'CPU of the node program', 'KiB/s on the ring’s ports'],
    line('before', before),
    line('with verification', during),
    line('after', after),
  ]);
  const note = `${looks} looks at every node; ${((during.programCpu / nodes / Math.max(1, looks)) * 1000).toFixed(0)} ms of CPU each. CPU is of three hosts with ${processors} processors each; here they share these ${processors}.`;
  return { figures, text: `${text}\n\n${note}` };
}
