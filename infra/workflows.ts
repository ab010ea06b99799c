/** The state machines, each the very file of statemachines/, with placeholders filled by functions and other machines. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import { Effect, Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { EvidenceStore } from './evidence-store.ts';
import { FUNCTIONS, type FunctionName } from './function-needs.ts';
import type { Functions } from './functions.ts';

/** Express: the answer comes in the call, and an execution costs a fraction. */
const EXPRESS: ReadonlySet<string> = new Set(['CheckCertificates', 'WatchCluster', 'LearnBaseline']);

/** In an order in which each machine comes after those it starts. */
const MACHINES = {
  VerifyNode: 'verify-node',
  RollBackNode: 'roll-back-node',
  RollBack: 'roll-back',
  VerifyDeployment: 'verify-deployment',
  BackUpCluster: 'back-up-cluster',
  CheckCertificates: 'check-certificates',
  WatchCluster: 'watch-cluster',
  LearnBaseline: 'learn-baseline',
} as const;

export type MachineName = keyof typeof MACHINES;

export class Workflows extends Construct {
  readonly machines = new Map<MachineName, CfnStateMachine>();

  private readonly functions: Functions;
  private readonly store: EvidenceStore;

  constructor(scope: Construct, id: string, functions: Functions, store: EvidenceStore) {
    super(scope, id);
    this.functions = functions;
    this.store = store;
    for (const name of Object.keys(MACHINES) as MachineName[]) this.machines.set(name, this.create(name));
  }

  private create(name: MachineName): CfnStateMachine {
    const definition = readFileSync(join(import.meta.dirname, `../statemachines/${MACHINES[name]}.asl.json`), 'utf8');
    const placeholders = [...new Set([...definition.matchAll(/\$\{(\w+)\}/g)].map(([, placeholder]) => placeholder as string))];
    // No name of its own: a kept log group would stand in the way of a second deployment of the stack.
    const logs = new LogGroup(this, `${name}Logs`, { retention: RetentionDays.THREE_MONTHS });
    const role = new Role(this, `${name}Role`, { assumedBy: new ServicePrincipal('states.amazonaws.com') });
    const policy = new Policy(this, `${name}Policy`, { roles: [role], statements: this.statements(name, placeholders) });
    const machine = new CfnStateMachine(this, name, {
      stateMachineName: `${Stack.of(this).stackName}-${MACHINES[name]}`,
      stateMachineType: EXPRESS.has(name) ? 'EXPRESS' : 'STANDARD',
      roleArn: role.roleArn,
      definitionString: definition,
      definitionSubstitutions: Object.fromEntries(placeholders.map((placeholder) => [placeholder, this.arnOf(placeholder)])),
      tracingConfiguration: { enabled: true },
      // Inputs and outputs carry references only, but logs are read by more people than histories.
      loggingConfiguration: {
        level: 'ALL',
        includeExecutionData: false,
        destinations: [{ cloudWatchLogsLogGroup: { logGroupArn: logs.logGroupArn } }],
      },
    });
    machine.node.addDependency(policy);
    new CfnOutput(this, `${name}Output`, { value: machine.attrArn }).overrideLogicalId(`StateMachine${name}`);
    return machine;
  }

  private arnOf(placeholder: string): string {
    if (placeholder in FUNCTIONS && placeholder in MACHINES)
      throw new Error(`placeholder \${${placeholder}} names both a function and a state machine → rename one of them`);
    const found =
      this.functions.byName.get(placeholder as FunctionName)?.functionArn ?? this.machines.get(placeholder as MachineName)?.attrArn;
    if (!found) throw new Error(`placeholder \${${placeholder}} is neither a function of infra/function-needs.ts nor a state machine`);
    return found;
  }

  private statements(name: MachineName, placeholders: readonly string[]): PolicyStatement[] {
    const { partition, region, account, stackName } = Stack.of(this);
    const allow = (actions: string[], resources: string[]): PolicyStatement =>
      new PolicyStatement({ effect: Effect.ALLOW, actions, resources });
    const functions = placeholders.flatMap((placeholder) => this.functions.byName.get(placeholder as FunctionName)?.functionArn ?? []);
    const started = placeholders.flatMap((placeholder) => (placeholder in MACHINES ? [placeholder as MachineName] : []));
    const distributed =
      EXPRESS.has(name) || name === 'VerifyNode' || name === 'RollBackNode'
        ? []
        : [`arn:${partition}:states:${region}:${account}:stateMachine:${stackName}-${MACHINES[name]}`];
    return [
      allow(['lambda:InvokeFunction'], functions),
      allow(
        [
          'logs:CreateLogDelivery',
          'logs:GetLogDelivery',
          'logs:UpdateLogDelivery',
          'logs:DeleteLogDelivery',
          'logs:ListLogDeliveries',
          'logs:PutResourcePolicy',
          'logs:DescribeResourcePolicies',
          'logs:DescribeLogGroups',
        ],
        ['*'],
      ),
      allow(['xray:PutTraceSegments', 'xray:PutTelemetryRecords', 'xray:GetSamplingRules', 'xray:GetSamplingTargets'], ['*']),
      ...(started.length > 0
        ? [
            allow(
              ['states:StartExecution'],
              started.map((machine) => this.arnOf(machine)),
            ),
            allow(
              ['states:DescribeExecution', 'states:StopExecution'],
              started.map((machine) => `arn:${partition}:states:${region}:${account}:execution:${stackName}-${MACHINES[machine]}:*`),
            ),
            allow(
              ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
              [`arn:${partition}:events:${region}:${account}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule`],
            ),
          ]
        : []),
      ...(distributed.length > 0
        ? [
            // A Distributed Map starts child executions of its own machine.
            allow(['states:StartExecution'], distributed),
            allow(
              ['states:DescribeExecution', 'states:StopExecution'],
              distributed.map((arn) => `${arn.replace(':stateMachine:', ':execution:')}/*`),
            ),
            allow(['s3:GetObject'], [`${this.store.evidence.bucketArn}/evidence/*`]),
          ]
        : []),
    ];
  }
}
