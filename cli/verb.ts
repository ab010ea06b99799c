/** How a verb joins the program, and the arguments that several verbs share. */
import { type Command, InvalidArgumentError } from 'commander';
import type { Installation } from '../adapters/stack/installation.ts';
import { RingwardError } from '../core/errors/catalogue.ts';
import type { DeploymentRecord } from '../core/intake/deployment-record.ts';
import type { Verb } from './context.ts';

type RunVerb = <O>(command: Command, verb: Verb<O>, options: O) => Promise<void>;
export type AddVerb = (program: Command, run: RunVerb) => void;

const UNIT_MS: Readonly<Record<string, number>> = { '': 1000, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 };

/** `90`, `90s`, `5m`, `1h` in ms. */
export function parseDuration(text: string): number {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)(s|m|min|h)?$/.exec(text) ?? [];
  if (amount === undefined) throw new InvalidArgumentError('a duration such as 90, 90s, 5m or 1h.');
  return Number(amount) * (UNIT_MS[unit] as number);
}

export const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

/** The deployment that the person means: an id, or `latest`. Throws DEPLOYMENT_UNKNOWN; `null` where it may still come. */
export async function findDeployment(installation: Installation, cluster: string, deployment: string): Promise<DeploymentRecord> {
  const found = await lookForDeployment(installation, cluster, deployment);
  if (found === null) throw new RingwardError('DEPLOYMENT_UNKNOWN', { field: 'deployment', value: deployment });
  return found;
}

/** As {@link findDeployment}, with `null` for one that is not there (yet). */
export async function lookForDeployment(installation: Installation, cluster: string, deployment: string): Promise<DeploymentRecord | null> {
  const known = await installation.deployments(cluster);
  return (deployment === 'latest' ? known[0] : known.find((one) => one.deployment === deployment)) ?? null;
}

/** A name for an execution that a person starts: says what, and when. */
export const executionName = (what: string, at: number): string =>
  `${what}-${new Date(at).toISOString().replaceAll(/[:.]/g, '-')}`.slice(0, 80);
