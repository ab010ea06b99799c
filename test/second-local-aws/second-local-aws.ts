/**
 * A second, independent local AWS: moto's Step Functions engine, with the functions of a test in the place of Lambda's.
 * Unlike the stand's it ends an execution at its state machine's own time-out.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  ListExecutionsCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { installPythonPackages } from '../../stand/local-aws/install.mjs';
import { freePort } from '../fixtures/free-port.ts';

const here = import.meta.dirname;
const folder = join(here, '../../.cache/second-local-aws');
const definitions = join(here, '../../statemachines');
const ACCOUNT = '123456789012';
const REGION = 'us-east-1';
export const BUCKET = 'evidence';

/** What a function answers; a promise that is never kept is a function that hangs. */
export type FunctionAnswer = (payload: Record<string, unknown>) => unknown;

/** How an execution ended, or stands. */
export interface Ended {
  readonly status: string;
  readonly error: string | undefined;
  readonly output: unknown;
  readonly ms: number;
}

const kebab = (name: string) => name.replace(/(?<!^)([A-Z])/g, '-$1').toLowerCase();
const machineArn = (name: string) => `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:${name}`;
const machineNames = readdirSync(definitions).map((file) => file.replace('.asl.json', ''));

export class SecondLocalAws {
  /** By the word in the definitions, `ObserveNode`; one that is not here answers with its input. */
  functions: Record<string, FunctionAnswer> = {};
  /** Names of the functions in the order of their calls, each with its payload. */
  readonly calls: { readonly name: string; readonly payload: Record<string, unknown> }[] = [];
  /** Where adapters find it, as AWS_ENDPOINT_URL. */
  readonly endpoint: string;
  private readonly server: Server;
  private readonly engine: ChildProcess;
  private readonly sfn: SFNClient;
  private readonly s3: S3Client;

  private constructor(server: Server, engine: ChildProcess, endpoint: string) {
    this.server = server;
    this.engine = engine;
    this.endpoint = endpoint;
    const common = { region: REGION, endpoint, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
    this.sfn = new SFNClient({ ...common, disableHostPrefix: true });
    this.s3 = new S3Client({ ...common, forcePathStyle: true });
  }

  static async start(): Promise<SecondLocalAws> {
    installPythonPackages(folder, join(here, 'requirements.txt'), () => undefined);
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const port = await freePort();
    const engine = spawn(join(folder, 'bin/python'), [join(here, 'shim.py'), '-H', '127.0.0.1', '-p', String(port)], {
      env: { ...process.env, FUNCTIONS_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, MOTO_PORT: String(port) },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const aws = new SecondLocalAws(server, engine, `http://127.0.0.1:${port}`);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const name = (request.url ?? '').slice(1);
        const payload = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
        aws.calls.push({ name, payload });
        void Promise.resolve((aws.functions[name] ?? ((input) => input))(payload)).then((answer) => response.end(JSON.stringify(answer)));
      });
    });
    for (let left = 150; ; left -= 1) {
      if (
        await aws.s3.send(new CreateBucketCommand({ Bucket: BUCKET })).then(
          () => true,
          () => false,
        )
      )
        break;
      if (left === 0 || engine.exitCode !== null) throw new Error('the second local AWS does not answer');
      await pause(200);
    }
    // Without it every execution only pretends to have run.
    await fetch(`http://127.0.0.1:${port}/moto-api/config`, {
      method: 'POST',
      body: JSON.stringify({ stepfunctions: { execute_state_machine: true } }),
    });
    return aws;
  }

  async stop(): Promise<void> {
    this.engine.kill();
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  /** All state machines as they are, but for their time-outs: `shorter` times shorter, at least a second. */
  async deploy(shorter: number): Promise<void> {
    // Its parser refuses these two once it has read others.
    const first = ['roll-back', 'verify-deployment'];
    for (const name of [...first, ...machineNames.filter((one) => !first.includes(one))]) {
      const text = readFileSync(join(definitions, `${name}.asl.json`), 'utf8');
      const definition = text
        .replace(/\$\{([A-Za-z]+)\}/g, (_, word: string) =>
          machineNames.includes(kebab(word)) ? machineArn(kebab(word)) : `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${word}`,
        )
        .replace(
          /"TimeoutSeconds": (\d+)/g,
          (_, seconds: string) => `"TimeoutSeconds": ${Math.max(1, Math.round(Number(seconds) / shorter))}`,
        );
      await this.sfn.send(new CreateStateMachineCommand({ name, definition, roleArn: `arn:aws:iam::${ACCOUNT}:role/workflows` }));
    }
  }

  /** Keeps items for a Map state to read. */
  async putItems(
    key: string,
    items: readonly unknown[],
  ): Promise<{ readonly bucket: string; readonly key: string; readonly count: number }> {
    await this.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: JSON.stringify(items) }));
    return { bucket: BUCKET, key, count: items.length };
  }

  /** Starts the machine and waits for its end; RUNNING when it has not come after `longestMs`. */
  async run(machine: string, input: unknown, longestMs = 60_000): Promise<Ended> {
    this.calls.length = 0;
    const began = performance.now();
    const { executionArn } = await this.sfn.send(
      new StartExecutionCommand({ name: randomUUID(), stateMachineArn: machineArn(machine), input: JSON.stringify(input) }),
    );
    for (;;) {
      const { status = '', error, output } = await this.sfn.send(new DescribeExecutionCommand({ executionArn }));
      const ms = performance.now() - began;
      if (status !== 'RUNNING' || ms > longestMs) return { status, error, output: output ? JSON.parse(output) : undefined, ms };
      await pause(100);
    }
  }

  /** How the machine's executions ended, the newest first. */
  async ends(machine: string): Promise<readonly string[]> {
    const { executions = [] } = await this.sfn.send(new ListExecutionsCommand({ stateMachineArn: machineArn(machine) }));
    return executions.toSorted((a, b) => Number(b.startDate) - Number(a.startDate)).map(({ status }) => status ?? '');
  }
}
