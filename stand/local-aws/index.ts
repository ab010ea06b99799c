import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CANARY, clientCredentials } from '../pki/material.ts';
import { deploy, putCanaryIdentity } from './deploy.ts';
import { LocalAwsError } from './local-aws-error.ts';
import type { ManagedNode } from './node-shell.ts';
import { freePorts, isFree } from './ports.ts';
import { endProcess, isAlive, readRecords } from './process-records.ts';
import { ACCOUNT, addressOf, CREDENTIALS, FRONT_PORT, type KeeperSettings, REGION, STACK, stateFiles } from './settings.ts';
import { parseSsmFaults } from './ssm-faults.ts';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');

/** The secret that the stand's cluster registration names. */
export const CANARY_SECRET = 'ringward/payments/canary';

export interface LocalAwsOptions {
  /** The stand's number: its addresses are 127.0.<net>.x. */
  readonly net: number;
  /** The stand's own folder; the local AWS keeps to `local-aws` in it. */
  readonly stateFolder: string;
}

export interface UpOptions extends LocalAwsOptions {
  /** The hosts that SSM knows. */
  readonly nodes: readonly ManagedNode[];
  /** The stand's PKI, whose canary identity goes into Secrets Manager; without it none does. */
  readonly pkiFolder?: string;
  /** Faults of Run Command, such as `delay=200-800,loss=0.1,seed=7`; without it those in force stay. */
  readonly ssmFaults?: string;
  /** The assembly to deploy: folder and stack; by default `cdk.out` and Ringward. */
  readonly assembly?: string;
  readonly stack?: string;
  readonly progress?: (line: string) => void;
}

export interface LocalAws {
  readonly endpoint: string;
  readonly region: string;
  readonly account: string;
  readonly credentials: typeof CREDENTIALS;
  readonly outputs: Readonly<Record<string, string>>;
  readonly processes: Readonly<Record<string, number>>;
}

export interface LocalAwsStatus {
  readonly up: boolean;
  readonly endpoint: string;
  readonly processes: Readonly<Record<string, number | null>>;
  readonly ssmFaults: string;
}

/** The processes that make up a local AWS that is up. */
const PARTS = ['ssm', 'aws', 'functionHost'] as const;

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(1000) })).ok;
  } catch {
    return false;
  }
}

/** Starts the process tree and waits until each part answers. */
async function start(options: UpOptions, progress: (line: string) => void): Promise<void> {
  const files = stateFiles(options.stateFolder);
  const address = addressOf(options.net);
  // A process that was just ended may hold its port for a moment longer.
  for (let wait = 0; wait < 10 && !(await isFree(address, FRONT_PORT)); wait += 1) await sleep(100);
  if (!(await isFree(address, FRONT_PORT))) {
    throw new LocalAwsError(`Port ${FRONT_PORT} of ${address} is taken by another process`, 'End that process, or use another --net');
  }
  const python = join(root, '.cache', 'venv', 'bin', 'python');
  if (!existsSync(python)) throw new LocalAwsError(`${python} does not exist`, 'Install it: node stand/local-aws/install.mjs');
  const [emulatorPort = 0, functionHostPort = 0] = await freePorts(address, FRONT_PORT + 1, 2);
  const settings: KeeperSettings = { address, frontPort: FRONT_PORT, emulatorPort, functionHostPort, python };
  writeFileSync(files.settings, `${JSON.stringify(settings, null, 2)}\n`);
  progress(`starting the local AWS on ${address}:${FRONT_PORT}`);
  const log = openSync(join(files.logs, 'keeper.log'), 'a');
  const keeper = spawn(process.execPath, [join(here, 'keeper.ts'), options.stateFolder], { detached: true, stdio: ['ignore', log, log] });
  let exit: number | null = null;
  keeper.on('exit', (code) => {
    exit = code ?? -1;
  });
  keeper.unref();
  const deadline = Date.now() + 60_000;
  const parts = [`http://${address}:${FRONT_PORT}/_ministack/health`, `http://${address}:${functionHostPort}/`];
  for (const url of parts) {
    while (!(await answers(url))) {
      if (exit !== null || Date.now() > deadline) {
        throw new LocalAwsError(
          exit === null ? `${url} did not answer within 60 s` : `The local AWS ended with exit code ${exit}`,
          `Read the logs in ${files.logs}`,
        );
      }
      await sleep(50);
    }
  }
}

/** Whether every part runs, as recorded by this state folder's keeper. */
function isUp(stateFolder: string): boolean {
  const records = readRecords(stateFiles(stateFolder).processes);
  return PARTS.every((part) => isAlive(records[part]));
}

/**
 * Brings the local AWS up with the stack deployed on it: quick when it is up already, afresh after a crash.
 * @throws LocalAwsError for a taken port, a part that does not start, a stack that does not deploy, or faults that cannot be read
 */
export async function up(options: UpOptions): Promise<LocalAws> {
  const progress = options.progress ?? (() => undefined);
  const files = stateFiles(options.stateFolder);
  mkdirSync(files.logs, { recursive: true });
  if (options.ssmFaults !== undefined) {
    parseSsmFaults(options.ssmFaults);
    writeFileSync(files.faults, options.ssmFaults);
  }
  writeFileSync(files.nodes, `${JSON.stringify(options.nodes, null, 2)}\n`);
  // A function host that was just killed is back within a second: not a reason to throw the emulator's memory away.
  for (let wait = 0; wait < 20 && !isUp(options.stateFolder) && isAlive(readRecords(files.processes).ssm); wait += 1) await sleep(100);
  if (!isUp(options.stateFolder)) {
    await down(options);
    await start(options, progress);
  }
  const address = addressOf(options.net);
  const endpoint = `http://${address}:${FRONT_PORT}`;
  const records = readRecords(files.processes);
  const outputs = await deploy({
    endpoint,
    assembly: options.assembly ?? join(root, 'cdk.out'),
    stack: options.stack ?? STACK,
    record: files.deployed,
    emulator: JSON.stringify(records.aws),
    progress,
  });
  if (options.pkiFolder !== undefined) {
    const { cert, key, ca } = await clientCredentials(options.pkiFolder, CANARY);
    await putCanaryIdentity(endpoint, CANARY_SECRET, { certificate: cert, privateKey: key, authorities: ca });
  }
  const processes = Object.fromEntries(Object.entries(records).map(([name, record]) => [name, record.pid]));
  return { endpoint, region: REGION, account: ACCOUNT, credentials: CREDENTIALS, outputs, processes };
}

/** Ends the local AWS of this state folder, its own processes only, and forgets what the emulator held. Logs and histories stay. */
export async function down(options: LocalAwsOptions): Promise<void> {
  const files = stateFiles(options.stateFolder);
  const { ssm: keeper, ...children } = readRecords(files.processes);
  await endProcess(keeper);
  await Promise.all(Object.values(children).map((record) => endProcess(record)));
  for (const file of [files.processes, files.deployed]) rmSync(file, { force: true });
}

/** What runs now; asks no service, so it answers at once. */
export function status(options: LocalAwsOptions): LocalAwsStatus {
  const files = stateFiles(options.stateFolder);
  const records = readRecords(files.processes);
  const processes = Object.fromEntries(PARTS.map((part) => [part, isAlive(records[part]) ? (records[part]?.pid ?? null) : null]));
  return {
    up: isUp(options.stateFolder),
    endpoint: `http://${addressOf(options.net)}:${FRONT_PORT}`,
    processes,
    ssmFaults: existsSync(files.faults) ? readFileSync(files.faults, 'utf8') : '',
  };
}
