import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  type Stack,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { LocalAwsError } from './local-aws-error.ts';
import { ACCOUNT, CREDENTIALS, REGION } from './settings.ts';
import { zipFolder } from './zip.ts';

/** Where to deploy what. */
export interface Deployment {
  readonly endpoint: string;
  /** Folder of the synthesised assembly. */
  readonly assembly: string;
  readonly stack: string;
  /** File that remembers which assembly is deployed on this emulator. */
  readonly record: string;
  /** Changes with every start of the emulator, whose memory is all there is. */
  readonly emulator: string;
  readonly progress: (line: string) => void;
}

interface AssetManifest {
  readonly files?: Readonly<
    Record<
      string,
      {
        readonly source: { readonly path: string; readonly packaging: 'zip' | 'file' };
        readonly destinations: Readonly<Record<string, { readonly bucketName: string; readonly objectKey: string }>>;
      }
    >
  >;
}

/** The parameter by which `cdk bootstrap` tells its version, and the version that today's templates ask for at least. */
const BOOTSTRAP = { name: '/cdk-bootstrap/hnb659fds/version', version: '30' } as const;

function clientSettings(endpoint: string): { endpoint: string; region: string; credentials: typeof CREDENTIALS } {
  // A copy: the SDK writes into the credentials that it is given.
  return { endpoint, region: REGION, credentials: { ...CREDENTIALS } };
}

/** `${AWS::AccountId}` and its like in an asset's destination, as an environment-agnostic assembly has them. */
function resolvePlaceholders(text: string): string {
  return text.replaceAll('${AWS::AccountId}', ACCOUNT).replaceAll('${AWS::Region}', REGION).replaceAll('${AWS::Partition}', 'aws');
}

async function publishAssets(deployment: Deployment, manifest: AssetManifest): Promise<string> {
  const s3 = new S3Client({ ...clientSettings(deployment.endpoint), forcePathStyle: true });
  const buckets = new Set<string>();
  let templateUrl = '';
  for (const { source, destinations } of Object.values(manifest.files ?? {})) {
    for (const destination of Object.values(destinations)) {
      const [Bucket, Key] = [resolvePlaceholders(destination.bucketName), resolvePlaceholders(destination.objectKey)];
      if (!buckets.has(Bucket)) {
        buckets.add(Bucket);
        await s3.send(new CreateBucketCommand({ Bucket })).catch((error: Error) => {
          if (error.name !== 'BucketAlreadyOwnedByYou' && error.name !== 'BucketAlreadyExists') throw error;
        });
        await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
      }
      const path = join(deployment.assembly, source.path);
      const Body = source.packaging === 'zip' ? zipFolder(path) : readFileSync(path);
      await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
      if (source.path === `${deployment.stack}.template.json`) templateUrl = `${deployment.endpoint}/${Bucket}/${Key}`;
    }
  }
  return templateUrl;
}

async function describe(client: CloudFormationClient, stack: string): Promise<Stack | undefined> {
  try {
    return (await client.send(new DescribeStacksCommand({ StackName: stack }))).Stacks?.[0];
  } catch (error) {
    if (/does not exist/.test(String(error))) return undefined;
    throw error;
  }
}

/** Waits until the stack works on nothing any more. */
async function settled(client: CloudFormationClient, stack: string): Promise<Stack | undefined> {
  for (;;) {
    const found = await describe(client, stack);
    if (!found?.StackStatus?.endsWith('_IN_PROGRESS')) return found;
    await sleep(100);
  }
}

async function failures(client: CloudFormationClient, stack: string): Promise<string> {
  const events = (await client.send(new DescribeStackEventsCommand({ StackName: stack }))).StackEvents ?? [];
  const failed = events.filter((event) => event.ResourceStatus?.endsWith('_FAILED'));
  return failed.map((event) => `${event.LogicalResourceId} (${event.ResourceType}): ${event.ResourceStatusReason}`).join('; ');
}

async function put(client: CloudFormationClient, deployment: Deployment, templateUrl: string): Promise<Stack> {
  const template = readFileSync(join(deployment.assembly, `${deployment.stack}.template.json`), 'utf8');
  const source = templateUrl ? { TemplateURL: templateUrl } : { TemplateBody: template };
  const order = { StackName: deployment.stack, ...source, Capabilities: ['CAPABILITY_IAM' as const, 'CAPABILITY_NAMED_IAM' as const] };
  if (await describe(client, deployment.stack)) {
    deployment.progress('updating the stack');
    await client.send(new UpdateStackCommand(order)).catch((error: Error) => {
      if (!/No updates are to be performed/.test(error.message)) throw error;
    });
    const updated = await settled(client, deployment.stack);
    if (updated?.StackStatus === 'UPDATE_COMPLETE' || updated?.StackStatus === 'CREATE_COMPLETE') return updated;
    // On AWS a person would look into it; a stand only has to be up to date, so it is made anew.
    deployment.progress(`the update ended in ${updated?.StackStatus}: ${await failures(client, deployment.stack)}; making the stack anew`);
    await client.send(new DeleteStackCommand({ StackName: deployment.stack }));
    await settled(client, deployment.stack);
  }
  deployment.progress('creating the stack');
  await client.send(new CreateStackCommand(order));
  const created = await settled(client, deployment.stack);
  if (created?.StackStatus === 'CREATE_COMPLETE') return created;
  throw new LocalAwsError(
    `The stack ${deployment.stack} ended in ${created?.StackStatus}: ${await failures(client, deployment.stack)}`,
    'Mend the template or the gap of the emulator that the first reason names, then bring the stand up again',
  );
}

/** Loads each function's code once, as provisioned concurrency does: what is measured later is the product, not a first start. */
async function warmUp(client: CloudFormationClient, deployment: Deployment): Promise<void> {
  const lambda = new LambdaClient(clientSettings(deployment.endpoint));
  const { StackResources = [] } = await client.send(new DescribeStackResourcesCommand({ StackName: deployment.stack }));
  const names = StackResources.filter((resource) => resource.ResourceType === 'AWS::Lambda::Function').map(
    (resource) => resource.PhysicalResourceId ?? '',
  );
  const warmNext = async (): Promise<void> => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      // One that cannot be loaded tells so at its first invocation.
      await lambda.send(new InvokeCommand({ FunctionName: name, InvocationType: 'DryRun' })).catch(() => undefined);
    }
  };
  await Promise.all([warmNext(), warmNext()]);
}

function outputsOf(stack: Stack): Record<string, string> {
  return Object.fromEntries((stack.Outputs ?? []).map((output) => [output.OutputKey ?? '', output.OutputValue ?? '']));
}

/**
 * Deploys the assembly's template, unchanged, with its assets. Does nothing when just this assembly is deployed on this emulator.
 * @returns the stack's outputs
 * @throws LocalAwsError with the resources that failed and why
 */
export async function deploy(deployment: Deployment): Promise<Record<string, string>> {
  const templateFile = join(deployment.assembly, `${deployment.stack}.template.json`);
  const manifestFile = join(deployment.assembly, `${deployment.stack}.assets.json`);
  if (!existsSync(templateFile) || !existsSync(manifestFile)) {
    throw new LocalAwsError(`${templateFile} does not exist`, 'Synthesise the template first: npm run synth');
  }
  const client = new CloudFormationClient(clientSettings(deployment.endpoint));
  const manifestText = readFileSync(manifestFile, 'utf8');
  // Asset names are hashes of their content, so template and manifest stand for everything.
  const hash = createHash('sha256').update(readFileSync(templateFile)).update(manifestText).update(deployment.emulator).digest('hex');
  if (existsSync(deployment.record) && readFileSync(deployment.record, 'utf8') === hash) {
    const present = await describe(client, deployment.stack);
    if (present?.StackStatus?.endsWith('_COMPLETE')) return outputsOf(present);
  }
  deployment.progress('publishing assets');
  const ssm = new SSMClient(clientSettings(deployment.endpoint));
  await ssm.send(new PutParameterCommand({ Name: BOOTSTRAP.name, Value: BOOTSTRAP.version, Type: 'String', Overwrite: true }));
  const templateUrl = await publishAssets(deployment, JSON.parse(manifestText) as AssetManifest);
  const stack = await put(client, deployment, templateUrl);
  deployment.progress('loading the functions');
  await warmUp(client, deployment);
  writeFileSync(deployment.record, hash);
  return outputsOf(stack);
}

/** The canary's own identity, as PEM. Its key is the one private key that AWS holds in clear (for the canary alone). */
export interface CanaryIdentity {
  readonly certificate: string;
  readonly privateKey: string;
  readonly authorities: string;
}

/** Puts the canary's identity into Secrets Manager: a step of every deployment, since no template may hold a key. */
export async function putCanaryIdentity(endpoint: string, name: string, identity: CanaryIdentity): Promise<void> {
  const client = new SecretsManagerClient(clientSettings(endpoint));
  const SecretString = JSON.stringify(identity);
  try {
    await client.send(new PutSecretValueCommand({ SecretId: name, SecretString }));
  } catch (error) {
    if ((error as Error).name !== 'ResourceNotFoundException') throw error;
    await client.send(new CreateSecretCommand({ Name: name, SecretString }));
  }
}
