/** What to expect of a metric at a moment, and where that comes from: the best that there is, said in words. */

import type { Environment } from '../cluster/environment.ts';
import { RingwardError } from '../errors/catalogue.ts';
import { median } from '../statistics/statistics.ts';
import { type Baseline, type MetricBaseline, STALE_AFTER_MS } from './baseline.ts';
import { deviationOf, LEAST_TO_EXPECT } from './learn.ts';
import { type BaselineMetric, fromScale, toScale, written } from './metric.ts';
import { type BaselineOverride, overrideOf, overrideSentence } from './override.ts';
import { expectedIn, hourOfWeek, nameOfHour } from './season.ts';
import { quantileOf } from './sketch.ts';

const HOUR_MS = 3_600_000;
/** A mean of longer than this is no recent window: the load of its hours differs. */
const RECENT_MS = 2 * HOUR_MS;
/** A younger baseline is not used yet; only one that has seen each hour of the week twice moves a recent window along. */
const LEAST_HISTORY_MS = 3 * 24 * HOUR_MS;
const LEAST_HISTORY_TO_MOVE_MS = 14 * 24 * HOUR_MS;
/** For so long after a level moved, it is said beside every use. */
const TOLD_MS = 14 * 86_400_000;

/** A mean of a node's own from before the deployment; times in ms. */
export interface RecentWindow {
  readonly from: number;
  readonly to: number;
  readonly value: number;
  /** How it was measured, such as `mean of the 58 s before the deployment`. */
  readonly how: string;
}

/** What another node of the same cluster showed before the deployment. */
export interface OtherNode {
  readonly node: string;
  readonly value: number;
}

export interface BaselineQuestion<E extends Environment> {
  readonly environment: E;
  readonly cluster: string;
  /** Instance id, or `*` for the whole cluster. */
  readonly node: string;
  readonly metric: BaselineMetric;
  /** The moment that something is expected of, ms. */
  readonly at: number;
  /** Of this environment and no other: the compiler refuses another one's, and so does the function. */
  readonly versions: readonly Baseline<NoInfer<E>>[];
  readonly overrides: readonly BaselineOverride[];
  readonly window: RecentWindow | null;
  readonly peers: readonly OtherNode[];
}

export type BaselineSource = 'override' | 'seasonal' | 'recent-window' | 'other-nodes' | 'none';

export interface BaselineAnswer {
  /** In the metric's unit; null where nothing is known. */
  readonly value: number | null;
  /** What a single value is usually off by, in the metric's unit; null where that is not known. */
  readonly spread: number | null;
  /** Below which 5, 50 and 95 % of values lie. */
  readonly quantiles: { readonly p05: number; readonly p50: number; readonly p95: number } | null;
  readonly source: BaselineSource;
  /** Of the newest value in it, ms. */
  readonly age: number | null;
  /** Too old: it is shown, and is no evidence by itself. */
  readonly stale: boolean;
  /** One sentence for people. */
  readonly words: string;
}

/** May something be judged by it? */
export const isEvidence = ({ value, stale }: BaselineAnswer): boolean => value !== null && !stale;

/**
 * In this order: a person's override; a window of the last two hours, carried along the season; the season; an older
 * window; other nodes; a stale season, to be shown only. Throws BASELINE_OF_OTHER_ENVIRONMENT or BASELINE_OF_OTHER_CLUSTER.
 */
export function baselineFor<E extends Environment>(question: BaselineQuestion<E>): BaselineAnswer {
  refuseForeign(question);
  const { node, metric, at, overrides, window, peers } = question;
  const override = overrideOf(overrides, node, metric, at);
  if (override)
    return { ...plain(override.value), source: 'override', age: at - override.from, stale: false, words: overrideSentence(override) };
  const season = seasonal(question);
  const usable = season !== null && !season.stale;
  if (usable && !(window && at - window.from <= RECENT_MS)) return season.answer;
  const because = season ? `; ${season.answer.words}` : '; no baseline has been learnt yet';
  if (window && at - window.from <= RECENT_MS) return recent(question, window, usable ? season : null, usable ? '' : because);
  if (window)
    return { ...plain(window.value), source: 'recent-window', age: at - window.to, stale: false, words: `${window.how}${because}` };
  if (peers.length > 0) return ofOthers(peers, because);
  if (season) return season.answer;
  return {
    ...plain(null),
    source: 'none',
    age: null,
    stale: false,
    words: 'no baseline, no sample from before, no other node to compare with',
  };
}

const plain = (value: number | null) => ({ value, spread: null, quantiles: null });

/** A type can be lied to by what is read from a table. */
function refuseForeign<E extends Environment>({ environment, cluster, versions, overrides }: BaselineQuestion<E>): void {
  for (const one of [...versions, ...overrides]) {
    const named = `${one.environment} ${one.cluster} ${one.node}`;
    if (one.environment !== environment)
      throw new RingwardError('BASELINE_OF_OTHER_ENVIRONMENT', {
        field: 'environment',
        value: named,
        message: `A baseline of ${one.environment} was about to judge ${environment}.`,
      });
    if (one.cluster !== cluster) throw new RingwardError('BASELINE_OF_OTHER_CLUSTER', { field: 'cluster', value: named });
  }
}

interface Season {
  readonly answer: BaselineAnswer;
  readonly stale: boolean;
  readonly known: MetricBaseline;
}

function seasonal<E extends Environment>({ node, metric, at, versions }: BaselineQuestion<E>): Season | null {
  // What was learnt after the moment may hold what is to be judged.
  const version = versions.filter((one) => one.node === node && one.learnedAt <= at).toSorted((a, b) => b.version - a.version)[0];
  const known = version?.metrics[metric];
  if (!version || !known || known.count < LEAST_TO_EXPECT || known.newest - known.first < LEAST_HISTORY_MS) return null;
  const expected = expectedIn(known.cells, hourOfWeek(at));
  const deviation = deviationOf(known.residuals);
  const value = fromScale(metric, expected);
  const quantile = (share: number): number => fromScale(metric, expected + (quantileOf(known.sketch, share) ?? 0));
  const age = Math.max(0, at - known.newest);
  const stale = age > STALE_AFTER_MS;
  const days = Math.max(1, Math.round((known.newest - known.first) / 86_400_000));
  const base = `usual for ${nameOfHour(hourOfWeek(at))}, learnt from ${days} ${days === 1 ? 'day' : 'days'}, version ${version.version}`;
  const drift = version.drifts.findLast((one) => one.metric === metric && at - one.at < TOLD_MS);
  const moved = drift ? `; its level moved by × ${drift.factor.toFixed(2)} since ${new Date(drift.since).toISOString().slice(0, 10)}` : '';
  const old = stale ? `; stale: its newest value is ${Math.round(age / 86_400_000)} days old, so nothing is judged by it` : '';
  const answer: BaselineAnswer = {
    value,
    spread: fromScale(metric, expected + deviation) - value,
    quantiles: { p05: quantile(0.05), p50: quantile(0.5), p95: quantile(0.95) },
    source: 'seasonal',
    age,
    stale,
    words: `${base}${moved}${old}`,
  };
  return { answer, stale, known };
}

/** What was a moment ago, moved as the season moves from then to now. */
function recent<E extends Environment>(
  { metric, at }: BaselineQuestion<E>,
  window: RecentWindow,
  season: Season | null,
  because: string,
): BaselineAnswer {
  const then = (window.from + window.to) / 2;
  const settled = season !== null && season.known.newest - season.known.first >= LEAST_HISTORY_TO_MOVE_MS;
  const by = settled ? expectedIn(season.known.cells, hourOfWeek(at)) - expectedIn(season.known.cells, hourOfWeek(then)) : 0;
  const value = by === 0 ? window.value : fromScale(metric, toScale(metric, window.value) + by);
  const carried = Math.abs(by) < 0.005 ? '' : `, moved from ${written(metric, window.value)} as the week’s pattern does by this hour`;
  return { ...plain(value), source: 'recent-window', age: at - window.to, stale: false, words: `${window.how}${carried}${because}` };
}

function ofOthers(peers: readonly OtherNode[], because: string): BaselineAnswer {
  const names = peers.length > 3 ? `${peers.length} nodes` : peers.map(({ node }) => node).join(', ');
  return {
    ...plain(median(peers.map(({ value }) => value))),
    source: 'other-nodes',
    age: null,
    stale: false,
    words: `median of ${names} before the deployment${because}`,
  };
}
