/**
 * Baselines, the samples that they are learnt from, and the values that people set in their place. One partition holds
 * what is in use of a cluster, one the versions before, one the samples; the table itself forgets what is old.
 */

import { type Baseline, KEPT_MS } from '../../core/baseline/baseline.ts';
import { BaselineOverride } from '../../core/baseline/override.ts';
import type { BaselineSample } from '../../core/baseline/sample.ts';
import type { Environment } from '../../core/cluster/environment.ts';
import { RingwardError } from '../../core/errors/catalogue.ts';
import { environment as variable } from '../environment/environment.ts';
import { packBaseline, packSamples, unpackBaseline, unpackSamples } from './baseline-items.ts';
import { putItem, putItemIf, queryItems } from './table.ts';

/** A cluster in its environment: another environment's baselines lie in another partition. */
export interface ClusterOf<E extends Environment = Environment> {
  readonly environment: E;
  readonly cluster: string;
}

const SAMPLES_OF_AN_ITEM = 400;
const DAY_MS = 86_400_000;

const partitionOf = ({ environment, cluster }: ClusterOf): string => `${environment}#${cluster}`;
const forgottenAt = (ms: number): number => Math.ceil(ms / 1000);

interface Unreadable {
  readonly kind: 'baseline' | 'override';
  readonly node: string;
  readonly version: number;
  readonly why: string;
}

export interface StoredBaselines<E extends Environment> {
  readonly environment: E;
  readonly cluster: string;
  readonly versions: readonly Baseline<E>[];
  readonly overrides: readonly BaselineOverride[];
  /** Items that cannot be used, with the version that stands there; whoever reads says so. */
  readonly unreadable: readonly Unreadable[];
}

/** Everything that is in use of one cluster, by one query. An item that cannot be read is told, and the others serve. */
export async function loadBaselines<E extends Environment>(of: ClusterOf<E>): Promise<StoredBaselines<E>> {
  const items = await queryItems(variable('BASELINES_TABLE'), { name: 'of', value: partitionOf(of) });
  const versions: Baseline<E>[] = [];
  const overrides: BaselineOverride[] = [];
  const unreadable: Unreadable[] = [];
  for (const item of items) {
    const [kind, node = ''] = String(item['entry']).split('#');
    try {
      if (kind === 'baseline') versions.push(unpackBaseline(item['packed'], { ...of, node }));
      else overrides.push(BaselineOverride.parse(item['override']));
    } catch (error) {
      const entry = String(item['entry']);
      const named = kind === 'baseline' ? ({ kind, node } as const) : ({ kind: 'override', node: entry } as const);
      const { message } = named.kind === 'baseline' && error instanceof RingwardError ? error : overrideUnreadable(entry, error);
      unreadable.push({ ...named, version: Number(item['version'] ?? 0), why: message });
    }
  }
  return { environment: of.environment, cluster: of.cluster, versions, overrides, unreadable };
}

const overrideUnreadable = (entry: string, cause: unknown): RingwardError =>
  new RingwardError('BASELINE_UNREADABLE', {
    message: 'A stored override of a baseline cannot be read, so the learnt value judges.',
    field: 'item',
    value: entry,
    fix: 'Set it again: ringward baseline override.',
    cause,
  });

/**
 * Puts the next version in use; the one that it follows is first laid beside the earlier ones. False when another run
 * did so meanwhile: what that one learnt stands, and a crash between the two writes loses neither.
 */
export async function saveBaseline(baseline: Baseline, before: Baseline | undefined): Promise<boolean> {
  const table = variable('BASELINES_TABLE');
  const itemOf = (one: Baseline) => ({ version: one.version, learnedAt: one.learnedAt, packed: packBaseline(one) });
  const { version, node, learnedAt } = baseline;
  if (before)
    await putItem(table, {
      of: `${partitionOf(before)}#versions`,
      entry: `${node}#${String(before.version).padStart(8, '0')}`,
      ...itemOf(before),
      forgetAt: forgottenAt(learnedAt + KEPT_MS),
    });
  return putItemIf(
    table,
    { of: partitionOf(baseline), entry: `baseline#${node}`, ...itemOf(baseline) },
    'attribute_not_exists(#version) OR #version = :before',
    { ':before': version - 1 },
    { '#version': 'version' },
  );
}

/** Keeps what a look saw until it is learnt, and a week longer than any version that holds it. */
export async function saveSamples(of: ClusterOf, samples: readonly BaselineSample[], seenAt: number): Promise<void> {
  for (let i = 0; i < samples.length; i += SAMPLES_OF_AN_ITEM)
    await putItem(variable('BASELINES_TABLE'), {
      of: `${partitionOf(of)}#samples`,
      entry: `${new Date(seenAt).toISOString()}#${String(i).padStart(6, '0')}`,
      packed: packSamples(samples.slice(i, i + SAMPLES_OF_AN_ITEM)),
      forgetAt: forgottenAt(seenAt + KEPT_MS + 7 * DAY_MS),
    });
}

/** Samples of looks since a moment; of the hours before it some more, as a rate is of the middle of its time. */
export async function loadSamples(of: ClusterOf, since: number): Promise<{ samples: BaselineSample[]; unreadable: string[] }> {
  const from = new Date(Math.max(0, since)).toISOString();
  const items = await queryItems(
    variable('BASELINES_TABLE'),
    { name: 'of', value: `${partitionOf(of)}#samples` },
    { since: { name: 'entry', value: from } },
  );
  const unreadable: string[] = [];
  const samples = items.flatMap((item) => {
    try {
      return unpackSamples(item['packed'], `samples ${String(item['entry'])}`);
    } catch (error) {
      unreadable.push(error instanceof Error ? error.message : String(error));
      return [];
    }
  });
  return { samples, unreadable };
}

/** Puts a person's value in place of the learnt one, until it expires; it is kept for as long as versions are. */
export async function saveOverride(override: BaselineOverride): Promise<void> {
  const { metric, node, from, expiresAt } = override;
  await putItem(variable('BASELINES_TABLE'), {
    of: partitionOf(override),
    entry: `override#${metric}#${node}#${from}`,
    override,
    forgetAt: forgottenAt(expiresAt + KEPT_MS),
  });
}
