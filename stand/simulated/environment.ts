/** The environment that the stack gives to its functions, as the simulated AWS names things. */
import { TABLE_NAMES } from './aws/dynamodb.ts';

export const EVIDENCE_BUCKET = 'evidence-bucket';
export const BACKUP_BUCKET = 'backup-bucket';

/** `Clusters` → `CLUSTERS_TABLE`, `NodeCommands` → `NODE_COMMANDS_TABLE`. */
const variableOf = (table: string): string => `${table.replaceAll(/(?<!^)([A-Z])/g, '_$1').toUpperCase()}_TABLE`;

/** @param world which one of this process: its keys have ids of their own */
export const ENVIRONMENT = (world: number): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(TABLE_NAMES.map((table) => [variableOf(table), table])),
  BACKUP_BUCKET,
  EVIDENCE_BUCKET,
  DEAD_LETTER_QUEUE_URL: 'https://sqs.us-east-1.amazonaws.com/0/dead-letters',
  BACKUP_KEY_ID: `backup-${world}`,
  MANIFEST_KEY_ID: `manifest-${world}`,
  OBSERVE_DOCUMENT: 'ringward-observe',
  ACT_DOCUMENT: 'ringward-act',
  WATCH_MACHINE: 'watch-cluster',
  LEARN_MACHINE: 'learn-baseline',
  NODE_PROGRAM_BUCKET: 'program-bucket',
  NODE_PROGRAM_KEY: 'ringward-node.jar',
  HEALTH_FUNCTIONS: 'none',
  HEALTH_DOCUMENTS: 'none',
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'simulated',
  AWS_SECRET_ACCESS_KEY: 'simulated',
});

/** Runs with these variables; what was set before is set again. */
export async function withEnvironment<T>(variables: Readonly<Record<string, string>>, run: () => Promise<T>): Promise<T> {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, variables);
  try {
    return await run();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}
