import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { DescribeExecutionCommand, type DescribeExecutionCommandOutput, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { down, type LocalAws, type UpOptions, up } from '../../../stand/local-aws/index.ts';
import { installLocalAws } from '../../../stand/local-aws/install.mjs';

const root = join(import.meta.dirname, '..', '..', '..');

/** A local AWS with the small stack and two nodes (one of them without an answering agent). */
export interface SmallStand {
  readonly aws: LocalAws;
  readonly stateFolder: string;
  /** The local AWS's own files. */
  readonly files: string;
  readonly folder: string;
  readonly client: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };
  readonly options: UpOptions;
  output(name: string): string;
  lines(file: string): Record<string, unknown>[];
  end(): Promise<void>;
}

export const NODE = 'i-00000000000000001';
export const SILENT_NODE = 'i-00000000000000002';

/** The small stack's assembly, synthesised once for its sources and kept in the cache. */
function synthesised(): string {
  const sources = [
    'test/fixtures/local-aws/app.ts',
    'test/fixtures/local-aws/functions/index.mjs',
    'node_modules/aws-cdk-lib/package.json',
  ];
  const hash = createHash('sha256');
  for (const source of sources) hash.update(readFileSync(join(root, source)));
  const kept = join(root, '.cache', 'small-stack', hash.digest('hex').slice(0, 16));
  if (existsSync(kept)) return kept;
  const making = `${kept}.${process.pid}`;
  execFileSync(process.execPath, [join(root, 'test/fixtures/local-aws/app.ts')], {
    env: { ...process.env, CDK_OUTDIR: making },
    stdio: 'pipe',
  });
  try {
    renameSync(making, kept);
  } catch {
    // Another test file synthesised the same meanwhile.
    rmSync(making, { recursive: true });
  }
  return kept;
}

/** Brings it up on a net of its own, so that test files may run side by side. */
export async function smallStand(net: number): Promise<SmallStand> {
  installLocalAws();
  const folder = mkdtempSync(join(tmpdir(), `ringward-local-aws-${net}-`));
  const assembly = join(folder, 'assembly');
  cpSync(synthesised(), assembly, { recursive: true });
  const nodeFolder = join(folder, NODE);
  mkdirSync(nodeFolder);
  const stateFolder = join(folder, 'state');
  const options: UpOptions = {
    net,
    stateFolder,
    assembly,
    stack: 'Small',
    nodes: [
      { node: NODE, address: `127.0.${net}.1`, folder: nodeFolder, env: { HELLO: 'from the node' } },
      { node: SILENT_NODE, address: `127.0.${net}.2`, folder: nodeFolder, env: {}, online: false },
    ],
  };
  const aws = await up(options);
  const files = join(stateFolder, 'local-aws');
  return {
    aws,
    stateFolder,
    files,
    folder: nodeFolder,
    options,
    client: { endpoint: aws.endpoint, region: aws.region, credentials: { ...aws.credentials } },
    output(name) {
      const value = aws.outputs[name];
      if (value === undefined) throw new Error(`the small stack has no output ${name}`);
      return value;
    },
    lines: (file) =>
      readFileSync(join(files, file), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    async end() {
      await down(options);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Asks until the answer is there, at most so long. */
export async function eventually<T>(ask: () => Promise<T | undefined>, withinMs = 10_000): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`nothing within ${withinMs} ms`);
    await sleep(50);
  }
}

/** Runs a machine to its end. */
export async function execute(stand: SmallStand, machine: string, input: unknown, name?: string): Promise<DescribeExecutionCommandOutput> {
  const sfn = new SFNClient(stand.client);
  const order = { stateMachineArn: stand.output(machine), input: JSON.stringify(input), ...(name ? { name } : {}) };
  const { executionArn } = await sfn.send(new StartExecutionCommand(order));
  return eventually(async () => {
    const found = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    return found.status === 'RUNNING' ? undefined : found;
  }, 20_000);
}

/** Details of the events that the small stack's rule took in, of one detail-type. */
export async function takenEvents(stand: SmallStand, detailType: string): Promise<Record<string, unknown>[]> {
  const dynamodb = new DynamoDBClient(stand.client);
  const order = {
    TableName: stand.output('Table'),
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': { S: detailType } },
  };
  const { Items = [] } = await dynamodb.send(new QueryCommand(order));
  return Items.map((item) => JSON.parse(item.detail?.S ?? '{}') as Record<string, unknown>);
}
