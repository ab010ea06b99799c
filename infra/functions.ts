/** One Lambda a file of functions/, each with a role of its own that may do what that file does and nothing else. */
import { join } from 'node:path';
import { Duration, Stack } from 'aws-cdk-lib';
import { Effect, Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, type CfnFunction, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { BackupVault } from './backup-vault.ts';
import { type ClientNetwork, clientNetwork } from './client-network.ts';
import type { EvidenceStore } from './evidence-store.ts';
import { FUNCTIONS, type FunctionName, type FunctionNeeds, type Need } from './function-needs.ts';
import type { NodeProgram } from './node-program.ts';

/** What Lambda itself needs to put a function into a VPC; these actions know no resource before it exists. */
const NETWORK_INTERFACES = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

export interface FunctionsProps {
  readonly store: EvidenceStore;
  readonly vault: BackupVault;
  readonly program: NodeProgram;
  readonly deadLetters: Queue;
}

export class Functions extends Construct {
  /** By placeholder of the state machines, such as `PackNode`. */
  readonly byName: ReadonlyMap<FunctionName, LambdaFunction>;

  private readonly props: FunctionsProps;
  private readonly clients: ClientNetwork | null;

  constructor(scope: Construct, id: string, props: FunctionsProps) {
    super(scope, id);
    this.props = props;
    this.clients = clientNetwork(this);
    this.byName = new Map(Object.entries(FUNCTIONS).map(([name, needs]) => [name as FunctionName, this.create(name, needs)]));
  }

  private create(name: string, { file, seconds, needs, network }: FunctionNeeds): LambdaFunction {
    const clients = network === 'clients' ? this.clients : null;
    const logGroup = new LogGroup(this, `${name}Logs`, { retention: RetentionDays.THREE_MONTHS });
    const role = new Role(this, `${name}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    // Attached before the function is made, so that its first call finds its rights.
    new Policy(this, `${name}Policy`, {
      roles: [role],
      statements: [
        new PolicyStatement({
          effect: Effect.ALLOW,
          actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
          resources: [logGroup.logGroupArn],
        }),
        ...needs.flatMap((need) => this.statements(need)),
        ...(clients ? [new PolicyStatement({ effect: Effect.ALLOW, actions: NETWORK_INTERFACES, resources: ['*'] })] : []),
      ],
    });
    const made = new LambdaFunction(this, name, {
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromAsset(join(import.meta.dirname, '../dist/functions', file)),
      memorySize: 512,
      timeout: Duration.seconds(seconds),
      environment: this.environment(),
      description: `Ringward ${file}`,
      logGroup,
      role,
    });
    // The clients' VPC is not ours: known by ids alone, so nothing of it is looked up at synthesis.
    if (clients)
      (made.node.defaultChild as CfnFunction).vpcConfig = {
        subnetIds: [...clients.subnetIds],
        securityGroupIds: [...clients.securityGroupIds],
      };
    return made;
  }

  private environment(): Record<string, string> {
    const { store, vault, program, deadLetters } = this.props;
    const { tables } = store;
    return {
      CLUSTERS_TABLE: tables.Clusters.tableName,
      DEPLOYMENTS_TABLE: tables.Deployments.tableName,
      DECISIONS_TABLE: tables.Decisions.tableName,
      BREAKERS_TABLE: tables.Breakers.tableName,
      TIMELINE_TABLE: tables.Timeline.tableName,
      BACKUPS_TABLE: tables.Backups.tableName,
      BASELINES_TABLE: tables.Baselines.tableName,
      NODE_COMMANDS_TABLE: tables.NodeCommands.tableName,
      KEPT_ARTIFACTS_TABLE: tables.KeptArtifacts.tableName,
      BACKUP_BUCKET: vault.bucket.bucketName,
      EVIDENCE_BUCKET: store.evidence.bucketName,
      DEAD_LETTER_QUEUE_URL: deadLetters.queueUrl,
      BACKUP_KEY_ID: vault.encryption.keyId,
      MANIFEST_KEY_ID: vault.signing.keyId,
      OBSERVE_DOCUMENT: program.observe.ref,
      ACT_DOCUMENT: program.act.ref,
      NODE_PROGRAM_BUCKET: program.jar.s3BucketName,
      NODE_PROGRAM_KEY: program.jar.s3ObjectKey,
      WATCH_MACHINE: this.machine('watch-cluster'),
      LEARN_MACHINE: this.machine('learn-baseline'),
      HEALTH_FUNCTIONS: this.allowed('healthFunctions').join(',') || 'none',
      HEALTH_DOCUMENTS: this.allowed('healthDocuments').join(',') || 'none',
    };
  }

  /** Names that custom health checks may run: `cdk deploy -c healthFunctions=one,other -c healthDocuments=one`. */
  private allowed(what: 'healthFunctions' | 'healthDocuments'): string[] {
    const named: unknown = this.node.tryGetContext(what) ?? '';
    const names = typeof named === 'string' ? named.split(',').filter((name) => name !== '') : [];
    if (typeof named !== 'string' || names.some((name) => !/^[A-Za-z0-9_.-]{1,128}$/.test(name)))
      throw new Error(`context ${what} is ${JSON.stringify(named)} → names, separated by commas`);
    return names;
  }

  /** Only instances with the tag: `-c instanceTag=ringward=guarded` by default, `-c instanceTag=none` for all of the account. */
  private onGuardedInstances(...resources: string[]): PolicyStatement[] {
    const tag: unknown = this.node.tryGetContext('instanceTag') ?? 'ringward=guarded';
    const [key, value, more] = typeof tag === 'string' ? tag.split('=') : [];
    if (tag !== 'none' && (!key || !value || more !== undefined))
      throw new Error(`context instanceTag is ${JSON.stringify(tag)} → key=value, or none`);
    const conditions = tag === 'none' ? {} : { conditions: { StringEquals: { [`ssm:resourceTag/${key}`]: value } } };
    return [new PolicyStatement({ effect: Effect.ALLOW, actions: ['ssm:SendCommand'], resources, ...conditions })];
  }

  /** By name: a machine calls functions of this construct, so it is made after them. */
  private machine(file: string): string {
    const { partition, region, account, stackName } = Stack.of(this);
    return `arn:${partition}:states:${region}:${account}:stateMachine:${stackName}-${file}`;
  }

  private statements(need: Need): PolicyStatement[] {
    const { store, vault, program, deadLetters } = this.props;
    const { tables } = store;
    const stack = Stack.of(this);
    const allow = (actions: string[], ...resources: string[]): PolicyStatement[] => [
      new PolicyStatement({ effect: Effect.ALLOW, actions, resources }),
    ];
    const command = (document: string): PolicyStatement[] => [
      ...allow(['ssm:SendCommand'], `arn:${stack.partition}:ssm:${stack.region}:${stack.account}:document/${document}`),
      ...this.onGuardedInstances(
        `arn:${stack.partition}:ec2:${stack.region}:${stack.account}:instance/*`,
        `arn:${stack.partition}:ssm:${stack.region}:${stack.account}:managed-instance/*`,
      ),
      ...allow(['ssm:GetCommandInvocation', 'ssm:CancelCommand'], '*'),
      ...allow(['s3:GetObject'], `${program.jar.bucket.bucketArn}/${program.jar.s3ObjectKey}`),
      ...allow(['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:DeleteItem'], tables.NodeCommands.tableArn),
    ];
    switch (need) {
      case 'read-cluster':
        return allow(['dynamodb:GetItem'], tables.Clusters.tableArn);
      case 'list-clusters':
        return allow(['dynamodb:Scan'], tables.Clusters.tableArn);
      case 'take-epoch':
        return allow(['dynamodb:UpdateItem'], tables.Clusters.tableArn);
      case 'read-deployment':
        return allow(['dynamodb:GetItem', 'dynamodb:Query'], tables.Deployments.tableArn);
      case 'write-deployment':
        return allow(['dynamodb:PutItem'], tables.Deployments.tableArn);
      case 'cast-votes':
        return [
          ...allow(['dynamodb:GetItem', 'dynamodb:PutItem'], tables.Decisions.tableArn),
          ...allow(['dynamodb:GetItem', 'dynamodb:ConditionCheckItem'], tables.Deployments.tableArn),
        ];
      case 'count-votes':
        return allow(['dynamodb:Query'], tables.Decisions.tableArn);
      case 'write-verdict':
        return allow(['dynamodb:GetItem', 'dynamodb:PutItem'], tables.Decisions.tableArn);
      case 'ask-person':
        return [
          ...allow(['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:ConditionCheckItem'], tables.Decisions.tableArn),
          ...allow(['dynamodb:GetItem', 'dynamodb:ConditionCheckItem'], tables.Deployments.tableArn),
        ];
      case 'guard-source':
        return allow(['dynamodb:GetItem', 'dynamodb:PutItem'], tables.Breakers.tableArn);
      case 'read-breakers':
        return allow(['dynamodb:Query', 'dynamodb:PutItem'], tables.Breakers.tableArn);
      case 'write-timeline':
        return allow(['dynamodb:PutItem'], tables.Timeline.tableArn);
      case 'read-timeline':
        return allow(['dynamodb:Query'], tables.Timeline.tableArn);
      case 'read-backup':
        return allow(['dynamodb:GetItem', 'dynamodb:Query'], tables.Backups.tableArn);
      case 'write-backup':
        return allow(['dynamodb:PutItem'], tables.Backups.tableArn);
      case 'read-kept':
        return allow(['dynamodb:Query'], tables.KeptArtifacts.tableArn);
      case 'write-kept':
        return allow(['dynamodb:PutItem'], tables.KeptArtifacts.tableArn);
      case 'read-evidence':
        return [...allow(['s3:GetObject'], `${store.evidence.bucketArn}/*`), ...allow(['s3:ListBucket'], store.evidence.bucketArn)];
      case 'write-evidence':
        return allow(['s3:PutObject'], `${store.evidence.bucketArn}/*`);
      case 'read-manifest': {
        // Buckets of deployers: cdk deploy -c manifestBuckets=bucket-a,bucket-b
        const named: unknown = this.node.tryGetContext('manifestBuckets');
        const buckets = typeof named === 'string' ? named.split(',') : [];
        return buckets.length > 0 ? allow(['s3:GetObject'], ...buckets.map((bucket) => `arn:${stack.partition}:s3:::${bucket}/*`)) : [];
      }
      case 'put-backup':
        return [
          ...allow(['s3:PutObject', 's3:GetObject'], `${vault.bucket.bucketArn}/backups/*`),
          ...allow(['s3:ListBucket'], vault.bucket.bucketArn),
        ];
      case 'get-backup':
        return allow(['s3:GetObject', 's3:GetObjectVersion'], `${vault.bucket.bucketArn}/backups/*`);
      case 'encryption-public-key':
        return allow(['kms:GetPublicKey'], vault.encryption.keyArn);
      case 'unwrap-content-key':
        return allow(['kms:Decrypt'], vault.encryption.keyArn);
      case 'sign-statement':
        return allow(['kms:Sign', 'kms:GetPublicKey'], vault.signing.keyArn);
      case 'signing-public-key':
        return allow(['kms:GetPublicKey'], vault.signing.keyArn);
      case 'observe-nodes':
        return command(program.observe.ref);
      case 'act-on-nodes':
        return command(program.act.ref);
      case 'canary-identity':
        return allow(
          ['secretsmanager:GetSecretValue'],
          `arn:${stack.partition}:secretsmanager:${stack.region}:${stack.account}:secret:ringward/*`,
        );
      case 'dead-letter':
        return allow(['sqs:SendMessage'], deadLetters.queueArn);
      case 'announce':
        return allow(['events:PutEvents'], `arn:${stack.partition}:events:${stack.region}:${stack.account}:event-bus/default`);
      case 'ask-executions':
        return allow(
          ['states:DescribeExecution'],
          `arn:${stack.partition}:states:${stack.region}:${stack.account}:execution:${stack.stackName}-*`,
        );
      case 'start-watch':
        return allow(['states:StartExecution'], this.machine('watch-cluster'));
      case 'start-learning':
        return allow(['states:StartExecution'], this.machine('learn-baseline'));
      case 'read-baseline':
        return allow(['dynamodb:Query'], tables.Baselines.tableArn);
      case 'write-baseline':
        return allow(['dynamodb:PutItem'], tables.Baselines.tableArn);
      case 'ask-health-services': {
        const [functions, documents] = [this.allowed('healthFunctions'), this.allowed('healthDocuments')];
        const arn = (what: string): string => `arn:${stack.partition}:${what.replace(':', `:${stack.region}:${stack.account}:`)}`;
        return [
          // Neither knows resources.
          ...allow(['elasticloadbalancing:DescribeTargetHealth', 'cloudwatch:GetMetricData'], '*'),
          ...(functions.length > 0 ? allow(['lambda:InvokeFunction'], ...functions.map((name) => arn(`lambda:function:${name}`))) : []),
          ...(documents.length > 0
            ? [
                ...allow(['ssm:SendCommand'], ...documents.map((name) => arn(`ssm:document/${name}`))),
                ...this.onGuardedInstances(arn('ec2:instance/*'), arn('ssm:managed-instance/*')),
                ...allow(['ssm:GetCommandInvocation', 'ssm:CancelCommand'], '*'),
              ]
            : []),
        ];
      }
      case 'ask-managed-nodes':
        return allow(['ssm:DescribeInstanceInformation'], '*');
    }
  }
}
