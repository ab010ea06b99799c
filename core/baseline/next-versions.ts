/** One run that learns: which nodes get a new version, what moved, and what has become too old. */
import type { Environment } from '../cluster/environment.ts';
import { type Baseline, emptyBaseline, STALE_AFTER_MS } from './baseline.ts';
import type { BaselineDrift } from './drift.ts';
import { learn } from './learn.ts';
import type { BaselineMetric } from './metric.ts';
import type { BaselineSample } from './sample.ts';

export interface ToLearn<E extends Environment> {
  readonly environment: E;
  readonly cluster: string;
  /** Nodes of the cluster, and `*`. */
  readonly names: readonly string[];
  readonly versions: readonly Baseline<E>[];
  /** Items that cannot be read: baselines are learnt anew, under the next version. */
  readonly unreadable: readonly { readonly kind: 'baseline' | 'override'; readonly node: string; readonly version: number }[];
  readonly samples: readonly BaselineSample[];
  readonly at: number;
}

/** A run that broke off after some nodes has the others learn from here on. */
const TO_CATCH_UP_MS = 2 * 86_400_000;

/** Since when samples are wanted: those of earlier runs are learnt, but for an item that must be learnt anew. */
export function wantedSince({ versions, unreadable }: Pick<ToLearn<Environment>, 'versions' | 'unreadable'>): number {
  return unreadable.some(({ kind }) => kind === 'baseline')
    ? 0
    : Math.max(0, Math.max(0, ...versions.map(({ learnedAt }) => learnedAt)) - TO_CATCH_UP_MS);
}

export interface Learnt<E extends Environment> {
  readonly learnt: readonly Baseline<E>[];
  /** Samples that were new. */
  readonly samples: number;
  /** Newly noticed. */
  readonly drifts: readonly (BaselineDrift & { readonly node: string })[];
  readonly stale: readonly { readonly node: string; readonly metric: BaselineMetric; readonly newest: number }[];
}

/** A node without anything new gets no version, so a run that is repeated changes nothing. */
export function nextVersions<E extends Environment>(to: ToLearn<E>): Learnt<E> {
  const byNode = Map.groupBy(to.samples, ({ node }) => node);
  const runs = to.names.map((node) => {
    const broken = to.unreadable.find((one) => one.node === node);
    const known = to.versions.find((one) => one.node === node) ?? {
      ...emptyBaseline(to.environment, to.cluster, node),
      version: broken?.version ?? 0,
    };
    const samples = (byNode.get(node) ?? []).filter(({ at }) => at > known.learnedUntil && at <= to.at);
    return { known, samples, next: samples.length > 0 ? learn(known, samples, to.at) : known };
  });
  return {
    learnt: runs.flatMap(({ known, next }) => (next === known ? [] : [next])),
    samples: runs.reduce((sum, { samples }) => sum + samples.length, 0),
    drifts: runs.flatMap(({ known, next }) =>
      next.drifts
        .filter((drift) => !known.drifts.some((one) => one.at === drift.at && one.metric === drift.metric))
        .map((drift) => ({ node: next.node, ...drift })),
    ),
    stale: runs.flatMap(({ next }) =>
      (Object.entries(next.metrics) as [BaselineMetric, { newest: number }][]).flatMap(([metric, { newest }]) =>
        to.at - newest > STALE_AFTER_MS ? [{ node: next.node, metric, newest }] : [],
      ),
    ),
  };
}
