/** The stand as a whole: a real ring, and a local AWS beside it, brought up, looked at, and cleared away. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { clusterYaml } from './cluster-file.ts';
import type { LocalAws } from './local-aws/index.ts';
import { withLock } from './lock.ts';
import type { Progress } from './progress.ts';
import { findJdk } from './ring/java.ts';
import { endRing, isRingUp, prepareRing, startRing } from './ring/ring.ts';
import { mainPid, nodeEnvironment } from './ring/service.ts';
import type { Ring } from './ring/topology.ts';
import { CLUSTER, PATHS, REPOSITORY, ringOf } from './ring/topology.ts';

/** What `up` was asked for; kept in the stand's folder so that every later command knows. */
export interface StandOptions {
  readonly net: number;
  readonly nodes: number;
  /** Leave the local AWS out. */
  readonly ringOnly: boolean;
  /** What SSM should do wrong, as `--ssm-faults` says it. */
  readonly ssmFaults?: string;
}

/** `stand status --json`. Everything of AWS is absent or empty when the stand is ring-only or down. */
export interface StandStatus {
  readonly up: boolean;
  readonly net: number;
  readonly endpoint?: string;
  readonly region?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly cluster: string;
  readonly clusterFile: string;
  readonly nodes: readonly {
    readonly node: string;
    readonly address: string;
    readonly folder: string;
    readonly pid: number | null;
    readonly state: 'up' | 'down';
  }[];
  readonly bus: 'default';
  readonly outputs: Readonly<Record<string, string>>;
  readonly tables: Readonly<Record<string, string>>;
  readonly buckets: Readonly<Record<string, string>>;
  readonly stateMachines: Readonly<Record<string, string>>;
  readonly deadLetterQueueUrl?: string;
  readonly pki: string;
  readonly processes: Readonly<Record<string, number>>;
}

// Loaded when wanted: a ring-only command need not wait for the AWS clients.
const localAws = async () => await import('./local-aws/index.ts');

const STAND_FOLDER = join(REPOSITORY, '.stand');
const folderOf = (net: number) => join(STAND_FOLDER, `net-${net}`);
const lockOf = (net: number) => join(STAND_FOLDER, `net-${net}.lock`);

/** Options of the stand in its folder; undefined when there is none. */
export function readStand(net: number): StandOptions | undefined {
  const file = join(folderOf(net), 'stand.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as StandOptions) : undefined;
}

/** The ring of a stand that was brought up. Throws an error that says how to bring it up. */
export function existingRing(net: number): Ring {
  const options = readStand(net);
  if (!options) throw new Error(`there is no stand on net ${net} → npm run stand -- up${net === 0 ? '' : ` --net ${net}`}`);
  return ringOf(net, options.nodes);
}

/** Brings up what is not up yet, and says what is there then. Idempotent. */
export async function up(options: StandOptions, progress: Progress): Promise<StandStatus> {
  const ring = ringOf(options.net, options.nodes);
  return await withLock(lockOf(options.net), async () => {
    const before = readStand(options.net);
    if (before && before.nodes !== options.nodes) {
      throw new Error(
        `the stand on net ${options.net} has ${before.nodes} nodes, not ${options.nodes} → npm run stand -- down, or leave --nodes out`,
      );
    }
    // A ring-only "up" does not take the AWS of an earlier one away.
    const kept: StandOptions = { ...options, ringOnly: options.ringOnly && (before?.ringOnly ?? true) };
    const ringUp = before !== undefined && (await isRingUp(ring));
    if (!ringUp) await prepareRing(ring, progress);
    // Written before anything starts, so that after a crash every command knows what was begun.
    await writeWhole(ring.clusterFile, clusterYaml(ring));
    await writeWhole(join(ring.folder, 'stand.json'), `${JSON.stringify(kept)}\n`);
    const parts = await Promise.allSettled([
      ringUp ? undefined : startRing(ring, progress),
      options.ringOnly ? undefined : bringAwsUp(ring, options, progress),
    ]);
    const failed = parts.find((part) => part.status === 'rejected');
    if (failed) throw failed.reason;
    return await statusOf(ring, kept);
  });
}

/** What the deployment told is kept, as `status` asks no service. */
async function bringAwsUp(ring: Ring, options: StandOptions, progress: Progress): Promise<void> {
  const { home } = findJdk();
  const before = existsSync(awsFile(ring)) ? (JSON.parse(readFileSync(awsFile(ring), 'utf8')) as LocalAws) : undefined;
  const aws = await (await localAws()).up({
    net: ring.net,
    stateFolder: ring.folder,
    nodes: ring.nodes.map((node) => ({ node: node.node, address: node.address, folder: node.folder, env: nodeEnvironment(node, home) })),
    pkiFolder: ring.pki,
    ...(options.ssmFaults === undefined ? {} : { ssmFaults: options.ssmFaults }),
    progress,
  });
  if (before && before.processes['aws'] !== aws.processes['aws']) await forgetInstallation(ring, progress);
  await writeWhole(awsFile(ring), `${JSON.stringify(aws)}\n`);
}

/**
 * The emulator keeps tables and keys in its memory, so one that starts again is another installation: its epochs begin at 1
 * and its keys are new. A node rightly obeys neither, until what it knows of the installation before is taken away.
 */
async function forgetInstallation(ring: Ring, progress: Progress): Promise<void> {
  progress('the local AWS before is gone: the nodes forget its epochs, keys and snapshots');
  for (const node of ring.nodes) {
    const home = node.folder + PATHS.ringwardHome;
    await rm(home, { recursive: true, force: true });
    await mkdir(home, { recursive: true, mode: 0o700 });
  }
}

const awsFile = (ring: Ring) => join(ring.folder, 'aws.json');

/** The local AWS as it was brought up, when all of it still runs. */
async function runningAws(ring: Ring): Promise<LocalAws | undefined> {
  if (!existsSync(awsFile(ring)) || !(await localAws()).status({ net: ring.net, stateFolder: ring.folder }).up) return undefined;
  return JSON.parse(readFileSync(awsFile(ring), 'utf8')) as LocalAws;
}

/** Ends the stand's processes and removes its folder, whatever state it is in. Returns how many nodes were ended. */
export async function down(net: number, progress: Progress): Promise<number> {
  return await withLock(lockOf(net), async () => {
    const folder = folderOf(net);
    if (!existsSync(folder)) return 0;
    if (!readStand(net)?.ringOnly) await (await localAws()).down({ net, stateFolder: folder });
    const ended = await endRing(folder);
    progress(`${ended} node processes ended`);
    await rm(folder, { recursive: true, force: true });
    return ended;
  });
}

/** What is there now; changes nothing. */
export async function status(net: number): Promise<StandStatus> {
  const options = readStand(net);
  return await statusOf(ringOf(net, options?.nodes ?? 3), options);
}

async function statusOf(ring: Ring, options: StandOptions | undefined): Promise<StandStatus> {
  const whole = options !== undefined && (await isRingUp(ring));
  const aws = options && !options.ringOnly ? await runningAws(ring) : undefined;
  const outputs = aws?.outputs ?? {};
  const named = (ending: string) => Object.fromEntries(Object.entries(outputs).filter(([name]) => name.endsWith(ending)));
  return {
    up: whole && (options.ringOnly || aws !== undefined),
    net: ring.net,
    ...(aws ? { endpoint: aws.endpoint, region: aws.region, credentials: aws.credentials } : {}),
    cluster: CLUSTER,
    clusterFile: ring.clusterFile,
    nodes: ring.nodes.map((node) => {
      const pid = mainPid(node);
      return { node: node.node, address: node.address, folder: node.folder, pid, state: pid === null ? 'down' : 'up' };
    }),
    bus: 'default',
    outputs,
    tables: named('Table'),
    buckets: named('Bucket'),
    stateMachines: Object.fromEntries(
      Object.entries(named(''))
        .filter(([name]) => name.startsWith('StateMachine'))
        .map(([name, arn]) => [kebab(name.slice('StateMachine'.length)), arn]),
    ),
    ...(outputs.DeadLetterQueueUrl ? { deadLetterQueueUrl: outputs.DeadLetterQueueUrl } : {}),
    pki: ring.pki,
    processes: aws?.processes ?? {},
  };
}

function kebab(name: string): string {
  return name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
}

async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.making`, text, { mode: 0o600 });
  await rename(`${path}.making`, path);
}
