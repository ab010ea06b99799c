/** What the health checks of these tests look at, each with a way to make it bad and well again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { CloudFormationClient, CreateStackCommand, DeleteStackCommand, waitUntilStackCreateComplete } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import {
  CreateTargetGroupCommand,
  DeleteTargetGroupCommand,
  DescribeTargetGroupsCommand,
  ElasticLoadBalancingV2Client,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { CreateFunctionCommand, DeleteFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { zipFolder } from '../../../stand/local-aws/zip.ts';

/** The one name that the stand's template allows for documents and functions of operators. */
export const ALLOWED = 'stand-health';
const HOST = '127.0.0.1';
const APPLICATION = join(import.meta.dirname, '../../fixtures/health/application.mjs');

/** An application in a process of its own. */
export class Application {
  readonly port: number;
  #child: ChildProcess | undefined;

  constructor(port: number) {
    this.port = port;
  }

  get target(): string {
    return `${HOST}:${this.port}`;
  }

  async start(): Promise<void> {
    const child = spawn(process.execPath, [APPLICATION, HOST, String(this.port)], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#child = child;
    const died = once(child, 'exit').then(() => Promise.reject(new Error(`the application did not start on ${this.target}`)));
    await Promise.race([once(child.stdout as NodeJS.ReadableStream, 'data'), died]);
    died.catch(() => undefined);
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  /** What it answers from now on. */
  async turn(to: { status?: number; latency?: number }): Promise<void> {
    await fetch(
      `http://${this.target}/turn?${new URLSearchParams(Object.fromEntries(Object.entries(to).map(([key, value]) => [key, String(value)])))}`,
    );
  }
}

/** A file whose word decides what the operator's function and document say: ok, bad, loop. */
export class Flag {
  readonly path = join(mkdtempSync(join(tmpdir(), 'ringward-health-')), 'flag');

  constructor() {
    this.turn('ok');
  }

  turn(to: 'ok' | 'bad' | 'loop'): void {
    writeFileSync(this.path, to);
  }
}

/** Marks the processes that the document leaves running when it loops. */
export const LOOP_MARK = 'ringward-health-loop';

/** Prints a secret when it is bad; forks and loops when it loops. */
const script = (flag: string): string[] => [
  `case "$(cat '${flag}')" in`,
  '  ok) echo fine ;;',
  '  bad) echo "backlog 9000, db_password=hunter2 AKIAIOSFODNN7EXAMPLE"; exit 3 ;;',
  `  loop) sh -c 'while :; do sleep 1; done' ${LOOP_MARK} & while :; do sleep 1; done ;;`,
  '  *) exit 9 ;;',
  'esac',
];

/** Makes the operator's document, function and target group. Resolves with the group's ARN and what takes all away. */
export async function makeServices(flag: Flag, application: Application): Promise<{ targetGroup: string; remove: () => Promise<void> }> {
  const [stacks, lambda, balancers] = [new CloudFormationClient({}), new LambdaClient({}), new ElasticLoadBalancingV2Client({})];
  const content = {
    schemaVersion: '2.2',
    description: 'health of the backlog',
    mainSteps: [{ action: 'aws:runShellScript', name: 'ask', inputs: { timeoutSeconds: '60', runCommand: script(flag.path) } }],
  };
  const document = { Type: 'AWS::SSM::Document', Properties: { Name: ALLOWED, DocumentType: 'Command', Content: content } };
  // What a run that was broken off has left.
  await stacks.send(new DeleteStackCommand({ StackName: 'stand-health' })).catch(() => undefined);
  await lambda.send(new DeleteFunctionCommand({ FunctionName: ALLOWED })).catch(() => undefined);
  const left = await balancers.send(new DescribeTargetGroupsCommand({ Names: ['stand-health'] })).catch(() => undefined);
  for (const { TargetGroupArn } of left?.TargetGroups ?? []) await balancers.send(new DeleteTargetGroupCommand({ TargetGroupArn }));
  await pause(1000);
  await stacks.send(
    new CreateStackCommand({ StackName: 'stand-health', TemplateBody: JSON.stringify({ Resources: { Document: document } }) }),
  );
  await waitUntilStackCreateComplete({ client: stacks, maxWaitTime: 20, minDelay: 1 }, { StackName: 'stand-health' });
  const folder = mkdtempSync(join(tmpdir(), 'ringward-health-function-'));
  writeFileSync(
    join(folder, 'index.mjs'),
    `import { readFileSync } from 'node:fs';
export const handler = async ({ check }) => {
  const word = readFileSync(${JSON.stringify(flag.path)}, 'utf8');
  if (word === 'loop') for (;;);
  return { ok: word === 'ok', observed: check + ' is ' + word + ', token=abc123' };
};
`,
  );
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: ALLOWED,
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::123456789012:role/stand-health',
      Timeout: 3,
      Code: { ZipFile: zipFolder(folder) },
    }),
  );
  const made = await balancers.send(
    new CreateTargetGroupCommand({
      Name: 'stand-health',
      Protocol: 'HTTP',
      Port: application.port,
      HealthCheckProtocol: 'HTTP',
      HealthCheckPath: '/health',
      HealthCheckIntervalSeconds: 1,
      HealthCheckTimeoutSeconds: 1,
      HealthyThresholdCount: 2,
      UnhealthyThresholdCount: 2,
      TargetType: 'ip',
    }),
  );
  const targetGroup = made.TargetGroups?.[0]?.TargetGroupArn ?? '';
  await balancers.send(new RegisterTargetsCommand({ TargetGroupArn: targetGroup, Targets: [{ Id: HOST, Port: application.port }] }));
  return {
    targetGroup,
    remove: async () => {
      await stacks.send(new DeleteStackCommand({ StackName: 'stand-health' }));
      await lambda.send(new DeleteFunctionCommand({ FunctionName: ALLOWED }));
      await balancers.send(new DeleteTargetGroupCommand({ TargetGroupArn: targetGroup }));
    },
  };
}

/** One data point now of `Checkout errors`. */
export async function putErrors(value: number): Promise<void> {
  await new CloudWatchClient({}).send(
    new PutMetricDataCommand({
      Namespace: 'Checkout',
      MetricData: [{ MetricName: 'errors', Value: value, Timestamp: new Date(), StorageResolution: 1 }],
    }),
  );
}

/** Long enough for two health probes of the load balancer and two scrapes. */
export const SETTLE_MS = 3500;
export const settle = (): Promise<void> => pause(SETTLE_MS);
