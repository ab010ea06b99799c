/** Names that the stack gives to its functions by environment variables. */
const NAMES = [
  'CLUSTERS_TABLE',
  'DEPLOYMENTS_TABLE',
  'DECISIONS_TABLE',
  'BREAKERS_TABLE',
  'TIMELINE_TABLE',
  'BACKUPS_TABLE',
  'BASELINES_TABLE',
  'NODE_COMMANDS_TABLE',
  'KEPT_ARTIFACTS_TABLE',
  'BACKUP_BUCKET',
  'EVIDENCE_BUCKET',
  'DEAD_LETTER_QUEUE_URL',
  'BACKUP_KEY_ID',
  'MANIFEST_KEY_ID',
  'OBSERVE_DOCUMENT',
  'ACT_DOCUMENT',
  'WATCH_MACHINE',
  'LEARN_MACHINE',
  'NODE_PROGRAM_BUCKET',
  'NODE_PROGRAM_KEY',
  'HEALTH_FUNCTIONS',
  'HEALTH_DOCUMENTS',
] as const;

export type EnvironmentName = (typeof NAMES)[number];

/** The value of one variable; a function that was deployed without it cannot work, so the error names it. */
export function environment(name: EnvironmentName): string {
  const value = process.env[name];
  if (!value) throw new Error(`environment variable ${name} is not set: deploy the stack again`);
  return value;
}

/** Against a local AWS (`AWS_ENDPOINT_URL`), buckets are addressed by path and Step Functions without a host prefix. */
export const localEndpoint = process.env['AWS_ENDPOINT_URL'] !== undefined;
