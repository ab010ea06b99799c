/** Outputs of the deployed stack, and the environment that the other adapters take their names from. */
import { RingwardError } from '../../core/errors/catalogue.ts';
import type { EnvironmentName } from '../environment/environment.ts';

const STACK = 'Ringward';

/** Output of the stack → variable of the functions' environment. */
const VARIABLE_OF: Readonly<Record<string, EnvironmentName>> = {
  ClustersTable: 'CLUSTERS_TABLE',
  DeploymentsTable: 'DEPLOYMENTS_TABLE',
  DecisionsTable: 'DECISIONS_TABLE',
  BreakersTable: 'BREAKERS_TABLE',
  TimelineTable: 'TIMELINE_TABLE',
  BackupsTable: 'BACKUPS_TABLE',
  BaselinesTable: 'BASELINES_TABLE',
  NodeCommandsTable: 'NODE_COMMANDS_TABLE',
  KeptArtifactsTable: 'KEPT_ARTIFACTS_TABLE',
  BackupBucket: 'BACKUP_BUCKET',
  EvidenceBucket: 'EVIDENCE_BUCKET',
  DeadLetterQueueUrl: 'DEAD_LETTER_QUEUE_URL',
  BackupKeyId: 'BACKUP_KEY_ID',
  ManifestKeyId: 'MANIFEST_KEY_ID',
  ObserveDocument: 'OBSERVE_DOCUMENT',
  ActDocument: 'ACT_DOCUMENT',
};

/** Outputs that the command line cannot work without. */
export const EXPECTED_OUTPUTS: readonly string[] = [
  ...Object.keys(VARIABLE_OF),
  'StateMachineVerifyDeployment',
  'StateMachineRollBack',
  'StateMachineBackUpCluster',
  'StateMachineCheckCertificates',
  'StateMachineWatchCluster',
  'StateMachineLearnBaseline',
  'FunctionPlanRollBack',
];

export interface StackOutputs {
  readonly outputs: Readonly<Record<string, string>>;
  /** Such as CREATE_COMPLETE. */
  readonly status: string;
  /** AWS's clock when it answered (ms), and ours at that moment. */
  readonly answeredAt: number | null;
  readonly receivedAt: number;
}

/** Reads the stack. Throws STACK_MISSING when there is none, CREDENTIALS_MISSING when AWS does not let us ask. */
export async function readStack(stack: string = STACK): Promise<StackOutputs> {
  const { CloudFormationClient, DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation');
  const client = new CloudFormationClient({ maxAttempts: 2 });
  let date: string | undefined;
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      date = (result.response as { headers?: Record<string, string> }).headers?.date;
      return result;
    },
    { step: 'deserialize', priority: 'low' },
  );
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: stack }));
    const receivedAt = Date.now();
    const outputs = Object.fromEntries(
      (Stacks?.[0]?.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey ?? '', OutputValue ?? '']),
    );
    return { outputs, status: Stacks?.[0]?.StackStatus ?? 'unknown', answeredAt: date === undefined ? null : Date.parse(date), receivedAt };
  } catch (error) {
    throw explain(error, stack);
  } finally {
    client.destroy();
  }
}

/** Gives the names of the stack to every adapter of this process. */
export function useOutputs(outputs: Readonly<Record<string, string>>): void {
  for (const [output, variable] of Object.entries(VARIABLE_OF)) {
    const value = outputs[output];
    if (value !== undefined) process.env[variable] = value;
  }
}

function explain(error: unknown, stack: string): Error {
  const { name, message } = error as Error;
  if (name === 'ValidationError') return new RingwardError('STACK_MISSING', { field: 'stack', value: stack, cause: error });
  const cannotAsk =
    name.includes('Credential') ||
    /^(AccessDenied|InvalidClientTokenId|ExpiredToken|SignatureDoesNotMatch|UnrecognizedClient)/.test(name) ||
    /region is missing/i.test(message);
  return new RingwardError(cannotAsk ? 'CREDENTIALS_MISSING' : 'AWS_UNREACHABLE', { message, cause: error });
}
