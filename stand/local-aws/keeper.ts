// The stand's AWS as one process tree: the front door itself, the emulator and the function host, which is started again when it dies.
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createFrontDoor } from './front-door.ts';
import { recordOf, writeRecords } from './process-records.ts';
import { requestLog } from './request-log.ts';
import { RunCommand, type RunCommandUpstream } from './run-command.ts';
import { ACCOUNT, CREDENTIALS, type KeeperSettings, REGION, stateFiles } from './settings.ts';
import { SsmRefusal } from './ssm-document.ts';
import { parseSsmFaults } from './ssm-faults.ts';

const here = dirname(fileURLToPath(import.meta.url));
const files = stateFiles(process.argv[2] ?? '.');
const settings = JSON.parse(readFileSync(files.settings, 'utf8')) as KeeperSettings;
const serviceToken = randomUUID();
const endpoint = `http://${settings.address}:${settings.frontPort}`;
mkdirSync(files.logs, { recursive: true });

/** A dead function host comes back this soon. */
const RESTART_MS = 200;

let ending = false;
const children = new Map<string, ChildProcess>();

function recordProcesses(): void {
  const records = Object.fromEntries([...children].flatMap(([name, child]) => (child.pid ? [[name, recordOf(child.pid)]] : [])));
  writeRecords(files.processes, { ssm: recordOf(process.pid), ...records });
}

function start(
  name: string,
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  onExit: (code: number | null) => void,
): void {
  const log = openSync(join(files.logs, `${name}.log`), 'a');
  const child = spawn(command, args, { env, stdio: ['pipe', log, log] });
  child.on('error', (error) => console.error(`${name}: ${error.message}`));
  child.on('exit', (code) => {
    if (!ending) onExit(code);
  });
  children.set(name, child);
  recordProcesses();
}

function startEmulator(): void {
  const env = {
    PATH: process.env.PATH,
    BIND_HOST: settings.address,
    GATEWAY_PORT: String(settings.emulatorPort),
    MINISTACK_HOST: settings.address,
    MINISTACK_ACCOUNT_ID: ACCOUNT,
    MINISTACK_REGION: REGION,
    IOT_MTLS_ENABLED: '0',
    SFTP_ENABLED: '0',
    LOG_LEVEL: process.env.RINGWARD_LOCAL_AWS_LOG ?? 'WARNING',
    TMPDIR: files.folder,
    PYTHONDONTWRITEBYTECODE: '1',
    FUNCTION_HOST_URL: `http://${settings.address}:${settings.functionHostPort}/`,
    FUNCTION_CODE_FOLDER: join(files.folder, 'code'),
    SERVICE_EVENT_TOKEN: serviceToken,
  };
  start('aws', settings.python, [join(here, 'shim.py')], env, (code) => {
    // Its tables and buckets were in its memory: there is nothing to go on with. The next `up` starts afresh.
    console.error(`the emulator ended with exit code ${code}`);
    void end(1);
  });
}

function startFunctionHost(): void {
  const args = [join(here, 'function-host.ts'), '--address', settings.address, '--port', String(settings.functionHostPort)];
  args.push('--state', files.folder, '--endpoint', endpoint, '--region', REGION);
  args.push('--access-key-id', CREDENTIALS.accessKeyId, '--secret-access-key', CREDENTIALS.secretAccessKey);
  start('functionHost', process.execPath, args, { PATH: process.env.PATH }, () => setTimeout(startFunctionHost, RESTART_MS));
}

/** A call to the emulator in AWS's JSON protocol. */
async function call(target: string, service: string, request: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(`http://${settings.address}:${settings.emulatorPort}/`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': target,
      authorization: `AWS4-HMAC-SHA256 Credential=${CREDENTIALS.accessKeyId}/20260101/${REGION}/${service}/aws4_request`,
    },
    body: JSON.stringify(request),
  });
  const answer = (await response.json()) as Record<string, unknown>;
  if (!response.ok) throw new SsmRefusal(String(answer.__type ?? 'InternalServerError'), String(answer.message ?? answer.Message ?? ''));
  return answer;
}

const upstream: RunCommandUpstream = {
  async document(name, version) {
    // Asked each time: a document that is deleted and made again has a version 1 of another content.
    const answer = await call('AmazonSSM.GetDocument', 'ssm', { Name: name, DocumentVersion: version });
    const content = String(answer.Content);
    return { content, version: String(answer.DocumentVersion), hash: createHash('sha256').update(content).digest('hex') };
  },
  async publish(detailType, detail, resources) {
    const entry = {
      Source: 'aws.ssm',
      DetailType: detailType,
      Detail: JSON.stringify(detail),
      Resources: resources,
      TraceHeader: serviceToken,
    };
    await call('AWSEvents.PutEvents', 'events', { Entries: [entry] }).catch((error: unknown) =>
      console.error(`status event: ${String(error)}`),
    );
  },
};

const runCommand = new RunCommand(files.folder, upstream, ACCOUNT, REGION);

function control(request: IncomingMessage, body: Buffer): unknown {
  if (request.url !== '/_ringward/ssm-faults') return { processes: JSON.parse(readFileSync(files.processes, 'utf8')) };
  if (request.method === 'GET') return runCommand.faults();
  const text = body.toString();
  const faults = parseSsmFaults(text);
  writeFileSync(files.faults, text);
  return faults;
}

const frontDoor = createFrontDoor(
  { address: settings.address, port: settings.emulatorPort },
  runCommand,
  control,
  requestLog(join(files.folder, 'requests.jsonl')),
);

async function end(code: number): Promise<void> {
  if (ending) return;
  ending = true;
  runCommand.stop();
  frontDoor.closeAllConnections();
  for (const child of children.values()) child.kill('SIGTERM');
  setTimeout(() => {
    for (const child of children.values()) if (child.exitCode === null) child.kill('SIGKILL');
    process.exit(code);
  }, 1500).unref();
  await Promise.all([...children.values()].map((child) => child.exitCode ?? new Promise((settle) => child.once('exit', settle))));
  process.exit(code);
}

process.on('SIGTERM', () => void end(0));
process.on('SIGINT', () => void end(0));
frontDoor.on('error', (error) => {
  console.error(`front door: ${error.message}`);
  void end(1);
});
frontDoor.listen(settings.frontPort, settings.address);
startEmulator();
startFunctionHost();
