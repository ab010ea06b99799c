/**
 * Loads that are far from what is usual at this hour of the week, by the learnt baseline.
 *
 * A baseline knows by how much single values miss what is expected of them. Out of the ordinary is what lies, on its logarithmic
 * scale, two and a half times as far above the usual as the upper 5 % of values begin, beyond what its own scatter explains, and by a
 * factor that is worth a word. Without a learnt, fresh baseline nothing is unusual: then nobody knows what is usual.
 */

import { baselineFor, isEvidence } from '../baseline/baseline-for.ts';
import { type BaselineMetric, fromScale, toScale, written } from '../baseline/metric.ts';
import type { HealthStanding } from '../health/judge-health.ts';
import type { KnownBaselines, SoakLoad } from '../load/gather-load.ts';
import { type LoadSample, loadBetween } from '../load/load-sample.ts';
import { samplesOfProcess } from '../load/open-links.ts';
import { mean, median, standardError } from '../statistics/statistics.ts';
import type { Unusual } from './unusual.ts';

/**
 * Where the unusual begins: times the distance from the usual to where the upper 5 % of single values begin, and at least this factor. A
 * median of many connections scatters less than the single ones that the baseline knows; minutes of CPU scatter more than its hours.
 */
const BEGINS: Readonly<Partial<Record<BaselineMetric, { readonly far: number; readonly factor: number }>>> = {
  'connection-time': { far: 2, factor: 1.5 },
  cpu: { far: 3.5, factor: 2 },
  'error-rate': { far: 2.5, factor: 1.5 },
};
/** The newest connections that are judged; as many must be there. */
const CONNECTIONS = 12;
/** Rates between two looks at the nodes. */
const LEAST_RATES = 3;
const SIGMAS = 3;
const LEAST_ERRORS = 5;
/** Odds against so many errors by chance, as a logarithm: 1,000 to 1 for any number of requests (Chernoff's bound). */
const LOG_ODDS = Math.log(1000);

/** What is unusual in this look: of the nodes' loads, and of the answers of health checks. */
export function unusualIn(
  { health, soak }: { readonly health: HealthStanding; readonly soak: SoakLoad },
  known: KnownBaselines,
  at: number,
): Unusual[] {
  const ofHealth = health.results.flatMap(({ check, unusual }) =>
    unusual === undefined ? [] : [{ what: `health check ${check}`, words: unusual }],
  );
  const ofNodes = Object.entries(soak).flatMap(([node, { samples, connections }]) => {
    const limit = limitsOf(node, known, at);
    return [...slowConnections(node, connections, limit), ...busyProcessors(node, samples, limit), ...errors(node, samples, limit)];
  });
  return [...ofHealth, ...ofNodes];
}

/** What is usual, and where the unusual begins, both on the baseline's scale. */
interface Usual {
  readonly usual: number;
  readonly far: number;
  readonly words: string;
}
type LimitOf = (metric: BaselineMetric) => Usual | null;

const limitsOf =
  (node: string, known: KnownBaselines, at: number): LimitOf =>
  (metric) => {
    const answer = baselineFor({ ...known, node, metric, at, window: null, peers: [] });
    const begins = BEGINS[metric];
    if (!isEvidence(answer) || answer.quantiles === null || !begins) return null;
    const usual = toScale(metric, answer.quantiles.p50);
    const spread = toScale(metric, answer.quantiles.p95) - usual;
    return { usual, far: Math.max(begins.far * spread, Math.log(begins.factor)), words: answer.words };
  };

function slowConnections(node: string, connections: readonly number[], limitOf: LimitOf): Unusual[] {
  const newest = connections.slice(-CONNECTIONS);
  if (newest.length < CONNECTIONS) return [];
  return beyond('connection-time', node, median(newest), 0, limitOf);
}

function busyProcessors(node: string, samples: readonly LoadSample[], limitOf: LimitOf): Unusual[] {
  const shares = samples.slice(1).flatMap((sample, i) => loadBetween(samples[i] as LoadSample, sample)?.cpuShare ?? []);
  if (shares.length < LEAST_RATES) return [];
  const scatter = SIGMAS * standardError(shares.map((share) => toScale('cpu', share)));
  return beyond('cpu', node, mean(shares), scatter, limitOf);
}

function beyond(metric: BaselineMetric, node: string, observed: number, scatter: number, limitOf: LimitOf): Unusual[] {
  const limit = limitOf(metric);
  const isFar = limit !== null && toScale(metric, observed) - limit.usual >= Math.hypot(limit.far, scatter);
  return isFar ? [{ node, what: metric, words: told(metric, observed, limit) }] : [];
}

/** Of all requests of this process in the soak: few errors of few requests are chance, whatever their share. */
function errors(node: string, samples: readonly LoadSample[], limitOf: LimitOf): Unusual[] {
  const newest = samples.at(-1);
  const oldest = newest && samplesOfProcess(samples, newest)[0];
  const load = newest && oldest ? loadBetween(oldest, newest) : null;
  const limit = load && load.errors >= LEAST_ERRORS ? limitOf('error-rate') : null;
  if (!load || !limit || !newest || !oldest) return [];
  const requests = newest.requests - oldest.requests;
  const share = Math.min(1, load.errors / Math.max(1, requests));
  const most = Math.min(1, fromScale('error-rate', limit.usual + limit.far));
  if (share <= most || requests * divergence(share, most) < LOG_ODDS) return [];
  return [{ node, what: 'error-rate', words: told('error-rate', share, limit) }];
}

/** Kullback and Leibler's, of two shares. */
function divergence(p: number, q: number): number {
  const part = (a: number, b: number): number => (a === 0 ? 0 : a * Math.log(a / b));
  return part(p, q) + part(1 - p, 1 - q);
}

const told = (metric: BaselineMetric, observed: number, { usual, words }: Usual): string =>
  `${written(metric, observed)}, usual are ${written(metric, fromScale(metric, usual))} (${words})`;
