/** Tables and buckets: what is known of clusters and deployments, and the evidence for it. */
import { CfnOutput, RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

/** Name of a table to its partition and sort key; the names are also the stack's outputs (`ClustersTable` …). */
const TABLES = {
  Clusters: ['cluster', undefined],
  Deployments: ['cluster', 'deployment'],
  Decisions: ['of', 'entry'],
  Breakers: ['cluster', 'source'],
  Timeline: ['of', 'entry'],
  Backups: ['of', 'node'],
  Baselines: ['of', 'entry'],
  NodeCommands: ['of', 'request'],
  KeptArtifacts: ['environment', 'shape'],
} as const;

/** Tables that forget by themselves, and the attribute that says when (seconds since the epoch). */
const FORGETFUL: Readonly<Record<string, string>> = { Baselines: 'forgetAt' };

export type TableName = keyof typeof TABLES;

export class EvidenceStore extends Construct {
  readonly tables: Readonly<Record<TableName, Table>>;
  readonly accessLogs: Bucket;
  readonly evidence: Bucket;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const entries = Object.entries(TABLES).map(([name, [partition, sort]]) => [name, this.table(name, partition, sort)] as const);
    this.tables = Object.fromEntries(entries) as Record<TableName, Table>;
    this.accessLogs = new Bucket(this, 'AccessLogs', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.evidence = evidenceBucket(this, 'Evidence', this.accessLogs);
    new CfnOutput(this, 'EvidenceBucket', { value: this.evidence.bucketName }).overrideLogicalId('EvidenceBucket');
  }

  private table(name: string, partition: string, sort: string | undefined): Table {
    const table = new Table(this, name, {
      partitionKey: { name: partition, type: AttributeType.STRING },
      ...(sort ? { sortKey: { name: sort, type: AttributeType.STRING } } : {}),
      ...(FORGETFUL[name] ? { timeToLiveAttribute: FORGETFUL[name] } : {}),
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.AWS_MANAGED,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: RemovalPolicy.RETAIN,
    });
    new CfnOutput(this, `${name}Table`, { value: table.tableName }).overrideLogicalId(`${name}Table`);
    return table;
  }
}

/** A versioned bucket: an overwritten or deleted object is still there by its version. */
export function evidenceBucket(scope: Construct, id: string, accessLogs: Bucket): Bucket {
  return new Bucket(scope, id, {
    versioned: true,
    encryption: BucketEncryption.S3_MANAGED,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    serverAccessLogsBucket: accessLogs as IBucket,
    serverAccessLogsPrefix: `${id}/`,
    removalPolicy: RemovalPolicy.RETAIN,
  });
}
