/** What the stack allows by its context: which instances are commanded, which functions and documents health checks run, where clients live. */
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { expect, test } from 'vitest';
import { TELLING } from '../../infra/attention.ts';
import { RingwardStack } from '../../infra/stack.ts';

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** Statements of the policies whose logical id begins so. */
function statementsOf(context: Record<string, string>, policy: string): Statement[] {
  const app = new App({
    outdir: mkdtempSync(join(tmpdir(), 'ringward-stack-')),
    analyticsReporting: false,
    context: { clientSubnets: 'none', ...context },
  });
  new RingwardStack(app, 'Ringward');
  const template = app.synth().getStackByName('Ringward').template as {
    Resources: Record<string, { Type: string; Properties: Record<string, unknown> }>;
  };
  return Object.entries(template.Resources)
    .filter(([id, { Type }]) => Type === 'AWS::IAM::Policy' && id.startsWith(policy))
    .flatMap(([, { Properties }]) => (Properties['PolicyDocument'] as { Statement: Statement[] }).Statement);
}

const actions = ({ Action }: Statement): readonly string[] => [Action].flat() as string[];
const may = (statements: readonly Statement[], action: string): Statement[] => statements.filter((one) => actions(one).includes(action));

test('only instances with the tag are commanded; another tag, and all of the account, are said', () => {
  const conditionOf = (context: Record<string, string>) =>
    may(statementsOf(context, 'FunctionsPackNode'), 'ssm:SendCommand').find(({ Resource }) =>
      JSON.stringify(Resource).includes('instance/*'),
    )?.Condition;
  expect(conditionOf({})).toEqual({ StringEquals: { 'ssm:resourceTag/ringward': 'guarded' } });
  expect(conditionOf({ instanceTag: 'team=storage' })).toEqual({ StringEquals: { 'ssm:resourceTag/team': 'storage' } });
  expect(conditionOf({ instanceTag: 'none' })).toBeUndefined();
  expect(() => conditionOf({ instanceTag: 'guarded' })).toThrow('key=value, or none');
});

test('health checks run nothing that is not on the allow-list, and with it that alone', () => {
  const bare = statementsOf({}, 'FunctionsCheckServices');
  expect([may(bare, 'ssm:SendCommand'), may(bare, 'lambda:InvokeFunction')]).toEqual([[], []]);
  const allowed = statementsOf({ healthDocuments: 'ops-backlog', healthFunctions: 'ops-a,ops-b' }, 'FunctionsCheckServices');
  const [invoke] = may(allowed, 'lambda:InvokeFunction');
  expect(JSON.stringify(invoke?.Resource)).toMatch(/function:ops-a.*function:ops-b/);
  const [send, onInstances] = may(allowed, 'ssm:SendCommand');
  expect(JSON.stringify(send?.Resource)).toContain('document/ops-backlog');
  expect(onInstances?.Condition).toEqual({ StringEquals: { 'ssm:resourceTag/ringward': 'guarded' } });
  expect(() => statementsOf({ healthDocuments: 'a*' }, 'x')).toThrow('names, separated by commas');
});

test('the function that dials endpoints has no right but to read what it must and write what it saw', () => {
  const writes = may(statementsOf({}, 'FunctionsCheckEndpoints'), 'dynamodb:PutItem');
  expect(writes.map(({ Resource }) => JSON.stringify(Resource))).toEqual([expect.stringContaining('Breakers')]);
  const granted = new Set(statementsOf({}, 'FunctionsCheckEndpoints').flatMap(actions));
  expect([...granted].toSorted()).toEqual(
    [
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      's3:GetObject',
      's3:ListBucket',
      's3:PutObject',
      'secretsmanager:GetSecretValue',
      'xray:PutTelemetryRecords',
      'xray:PutTraceSegments',
    ].filter((action) => granted.has(action) || !action.startsWith('xray')),
  );
});

test('what was kept is read and written by whoever decides, and only added to', () => {
  const onKept = (policy: string): string[] =>
    statementsOf({}, policy)
      .filter(({ Resource }) => JSON.stringify(Resource).includes('EvidenceStoreKeptArtifacts'))
      .flatMap(actions);
  expect(onKept('FunctionsDecideDeployment')).toEqual(['dynamodb:Query', 'dynamodb:PutItem']);
  expect(onKept('Functions')).toHaveLength(2);
});

test('nobody says where clients live: nothing is synthesised, and the error says how to', () => {
  expect(() => statementsOf({ clientSubnets: '' }, 'x')).toThrow('-c clientSubnets=');
  expect(() => statementsOf({ clientSubnets: 'subnet-0aaaaaaaaaaaaaaaa' }, 'x')).toThrow('clientSecurityGroups');
  const within = statementsOf(
    { clientSubnets: 'subnet-0aaaaaaaaaaaaaaaa', clientSecurityGroups: 'sg-0aaaaaaaaaaaaaaaa' },
    'FunctionsObserveFromClient',
  );
  expect(may(within, 'ec2:CreateNetworkInterface')).toHaveLength(1);
});

test('the function that learns reads and writes baselines, and reaches no node; the one that decides only reads them', () => {
  const learns = statementsOf({}, 'FunctionsLearnSamples');
  const ofTable = (statements: readonly Statement[]) =>
    statements
      .filter(({ Resource }) => JSON.stringify(Resource).includes('EvidenceStoreBaselines'))
      .flatMap(actions)
      .toSorted();
  expect(ofTable(learns)).toEqual(['dynamodb:PutItem', 'dynamodb:Query']);
  expect([may(learns, 'ssm:SendCommand'), may(learns, 'secretsmanager:GetSecretValue'), may(learns, 'states:StartExecution')]).toEqual([
    [],
    [],
    [],
  ]);
  expect(ofTable(statementsOf({}, 'FunctionsDecideDeployment'))).toEqual(['dynamodb:Query']);
  const [start] = may(statementsOf({}, 'FunctionsAdmitStarting'), 'states:StartExecution');
  expect(JSON.stringify(start?.Resource)).toMatch(/Ringward-learn-baseline"/);
});

test('learning has a schedule of its own, which can be changed or left out; the table forgets by itself', () => {
  const resourcesOf = (context: Record<string, string>) => {
    const app = new App({
      outdir: mkdtempSync(join(tmpdir(), 'ringward-stack-')),
      analyticsReporting: false,
      context: { clientSubnets: 'none', ...context },
    });
    new RingwardStack(app, 'Ringward');
    const { Resources } = app.synth().getStackByName('Ringward').template as {
      Resources: Record<string, { Type: string; Properties: Record<string, unknown> }>;
    };
    return Object.entries(Resources);
  };
  const rates = (context: Record<string, string>) =>
    resourcesOf(context)
      .filter(([, { Type, Properties }]) => Type === 'AWS::Events::Rule' && Properties['ScheduleExpression'] !== undefined)
      .map(([, { Properties }]) => Properties['ScheduleExpression']);
  expect(rates({})).toEqual(['rate(1 hour)', 'rate(1 day)']);
  expect(rates({ learnEvery: '12 hours' })).toEqual(['rate(1 hour)', 'rate(12 hours)']);
  expect(rates({ learnEvery: 'never' })).toEqual(['rate(1 hour)']);
  expect(() => rates({ learnEvery: 'daily' })).toThrow('context learnEvery');
  const [, table] =
    resourcesOf({}).find(([id, { Type }]) => Type === 'AWS::DynamoDB::Table' && id.startsWith('EvidenceStoreBaselines')) ?? [];
  expect(table?.Properties['TimeToLiveSpecification']).toEqual({ AttributeName: 'forgetAt', Enabled: true });
});

test('whoever decides may ask a person, under the condition that the epoch holds, and nobody else may', () => {
  const checked = (policy: string): string[] =>
    may(statementsOf({}, policy), 'dynamodb:ConditionCheckItem').map(({ Resource }) => JSON.stringify(Resource));
  expect(checked('FunctionsDecideDeployment')).toEqual([expect.stringContaining('Decisions'), expect.stringContaining('Deployments')]);
  expect(checked('FunctionsHoldDeployment')).toEqual([]);
});

test('every event that Ringward sends reaches the topic of people, or is known to be for machines alone', () => {
  const root = join(import.meta.dirname, '../..');
  const sources = ['functions', 'adapters'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(join(root, folder, file), 'utf8')),
  );
  const announced = new Set(
    sources.flatMap((source) => source.match(/'Ringward [A-Z][A-Za-z ]+'/g) ?? []).map((quoted) => quoted.slice(1, -1)),
  );
  const told = Object.values(TELLING).flatMap((pattern) => (pattern as { 'detail-type': string[] })['detail-type']);
  // A gate is a deployer's, a report follows its verdict, and what recovered needs nobody.
  const forMachines = ['Ringward Gate Opened', 'Ringward Gate Shut', 'Ringward Report Written', 'Ringward Source Recovered'];
  expect([...announced].toSorted()).toEqual([...told, ...forMachines].toSorted());
});
