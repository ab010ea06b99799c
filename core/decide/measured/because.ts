/** The verdict in one sentence that a tired person understands. */
import { capitalUntil, evidenceOf } from './account.ts';
import { leastShareOf, type ShownShifts, shiftIntervalOf } from './account-interval.ts';
import { type Interval, intervalOf } from './interval.ts';
import { partOf } from './parts.ts';
import { FACTORS } from './policy.ts';
import { AT, deployedOf, type MeasuredState, type NodeState, SCORE_SHARES, type Stream, worthOf } from './state.ts';

const MISS = 0.05;

const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
const times = (ln: number): string => `${Math.exp(ln).toFixed(2)}×`;

/** `scope` empty: why it is kept. */
export function because(state: MeasuredState, scope: readonly string[]): string {
  if (scope.length === 0) return kept(state);
  const { stream, index, where, score } = strongest(state);
  const since = Math.round(state.untilS - (stream.tides[index]?.sinceS ?? state.untilS));
  // Where some nodes were not deployed to, all that were are still not the cluster.
  const all = scope.length > 1 && scope.length === state.nodes.length;
  const concerned = all ? 'the whole cluster' : scope.join(', ');
  if (score) {
    const limit = percent(state.policy.thresholds.score);
    return `Roll back ${concerned}: no factor alone is above its threshold, but together they weigh more than ${limit} of all weight (${where}).`;
  }
  return `Roll back ${concerned}: ${told(state, stream, index, where, since)}.`;
}

function told(state: MeasuredState, stream: Stream, index: number, where: string, since: number): string {
  const { thresholds } = state.policy;
  const history = (stream.tides[index]?.values ?? []).map((value) => value / 1000);
  const startS = state.policy.warmUpS + state.policy.graceS;
  const watchS = state.policy.horizonS - startS;
  const began = (stream.tides[index]?.sinceS ?? startS) - startS;
  // Where it began was chosen by looking: the interval pays for that as the account itself does.
  const miss = MISS * Math.max(1e-6, capitalUntil(began + 3, watchS) - capitalUntil(began, watchS));
  const span = `in the last ${since} s`;
  if (index < 2) {
    const seen = history.reduce((sum, value) => sum + value, 0) / Math.max(1, history.length);
    const { low, high } = intervalOf(history, miss);
    const least = Math.max(low, leastShareOf({ values: history, ...eachBlock(stream, index, since) }, miss));
    const [what, limit] =
      index === 0
        ? ['TLS handshakes fail', percent(thresholds.tlsFailures)]
        : [
            'CQL requests fail',
            `${percent(usualErrors(state, stream))} before + ${Math.round(thresholds.cqlErrorsAboveBaseline * 100)} points`,
          ];
    return `${percent(seen)} of ${what.replace(' fail', '')} fail on ${where} ${span}, limit ${limit} (95 % interval, however often one looks: ${percent(least)} to ${percent(high)})`;
  }
  const seen = history.toSorted((a, b) => a - b)[(history.length - 1) >> 1] ?? 0;
  const shown = shiftIntervalOf(
    { values: history, secondsEach: since / Math.max(1, history.length), ...spreadOf(state, stream, index) },
    miss,
  );
  const what = index === 2 ? 'TLS handshakes take' : 'CQL requests take';
  return `${what} ${times(seen)} their usual time on ${where} ${span}, limit ${thresholds.responseTimeRatio}× (95 % interval, however often one looks: ${ofTimes(shown)})`;
}

function ofTimes({ low, high }: Interval): string {
  if (!Number.isFinite(low)) return Number.isFinite(high) ? `at most ${times(high)}` : 'not bounded yet';
  return Number.isFinite(high) ? `${times(low)} to ${times(high)}` : `at least ${times(low)}`;
}

/** How long the blocks of a tide are, and how many probes they hold. */
function eachBlock({ tides }: Stream, index: number, since: number): { readonly secondsEach: number; readonly probesEach: number } {
  const { probes = 0, blocks = 1 } = tides[index] ?? {};
  return { secondsEach: since / Math.max(1, blocks), probesEach: probes / Math.max(1, blocks) };
}

/** By what the stream's shifts are ranked. */
function spreadOf({ nodes, spread }: MeasuredState, stream: Stream, index: number): Pick<ShownShifts, 'spread' | 'scatter'> {
  const kind = index === 2 ? 'tls' : 'cql';
  const node = nodes.find((one) => one === stream);
  return node ? { spread: spread.ofNodes[kind], scatter: node.scatter[AT[kind]] } : { spread: spread.cluster[kind], scatter: 1 };
}

function usualErrors(state: MeasuredState, stream: Stream): number {
  return state.nodes.find((node) => node === stream)?.cqlErrorShare ?? state.clusterCqlErrorShare;
}

function strongest(state: MeasuredState): { stream: Stream; index: number; where: string; score: boolean } {
  const { policy } = state;
  const startS = policy.warmUpS + policy.graceS;
  const left = (stream: Stream): number => 1 - capitalUntil(stream.judgedS - startS, policy.horizonS - startS);
  const deployed = deployedOf(state);
  const streams: readonly { stream: Stream; where: string; nodes: number | null }[] = [
    { stream: state.cluster, where: togetherOf(deployed, state.nodes.length), nodes: null },
    ...deployed.map((stream) => ({ stream, where: stream.node, nodes: deployed.length })),
  ];
  const parts = streams.flatMap(({ stream, where, nodes }) => [
    ...FACTORS.map((factor, index) => ({
      stream,
      index,
      where,
      score: false,
      worth: partOf(policy, factor, nodes) * worthOf(stream, index, left(stream)),
    })),
    { stream, index: 0, where, score: true, worth: partOf(policy, 'score', nodes) * evidenceOf(stream.score, left(stream), SCORE_SHARES) },
  ]);
  return parts.reduce((best, one) => (one.worth > best.worth ? one : best));
}

/** What the common account is about: the nodes that were deployed to. */
function togetherOf(deployed: readonly NodeState[], nodes: number): string {
  const [first] = deployed;
  if (deployed.length === 1 && first) return first.node;
  return deployed.length === nodes ? 'the cluster' : `the ${deployed.length} nodes deployed to`;
}

function kept(state: MeasuredState): string {
  const deployed = deployedOf(state);
  const names = FACTORS.filter((factor) => state.policy.weights[factor] > 0).length;
  const episodes = state.episodes === 0 ? '' : ` ${state.episodes} short episodes passed, the last one at ${state.episodeS} s.`;
  return `Keep: on ${deployed.length === 1 ? 'the one node' : `each of ${deployed.length} nodes`} ${names} measured factors are below their thresholds, by odds of at least ${state.policy.safeOdds} to 1.${episodes}`;
}

export const whyHeld = (open: readonly string[], nowS: number, ended: boolean): string =>
  `Hold: at ${Math.round(nowS)} s ${ended ? 'the record ends' : 'the watch ends'} without a decision: ${firstOf(open) || 'not watched long enough'}.`;

/** The first few reasons; the rest is counted. */
export function firstOf(open: readonly string[]): string {
  const more = open.length > 3 ? `; ${open.length - 3} more` : '';
  return `${open.slice(0, 3).join('; ')}${more}`;
}
