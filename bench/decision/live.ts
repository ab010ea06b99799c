/**
 * A deployment watched live: each second the decider says how many probes it wants, they are asked, and their answers are offered. A
 * decision counts when the last answer of its second is there, time-outs included.
 */
import type { Decision, LiveDecider, ProbeRate } from './decider.ts';
import { BASELINE_MS, STALE_FROM_MS } from './levels.ts';
import { KINDS, type ProbeKind } from './scenario.ts';
import { nodeNames } from './trace.ts';
import type { World } from './world.ts';

/** What a decider may ask for; beyond it the simulation refuses, as a cluster would have to. */
const CEILING_PER_SECOND = 5000;

export interface Watched {
  /** Null when the watch ended first. */
  readonly decision: Decision | null;
  readonly decisionS: number | null;
  /** Probes of both kinds together: in the baseline's seconds, from the deployment to the decision, and in the busiest second. */
  readonly perSecondBefore: number;
  readonly perSecondAfter: number;
  readonly mostPerSecond: number;
}

/** Throws a RangeError for a rate that is no number of probes, or beyond any ceiling. */
export function watch(world: World, horizonMs: number, decider: LiveDecider): Watched {
  world.rewind();
  const names = nodeNames(world.nodes);
  const asked = { before: 0, after: 0, most: 0 };
  const turns = KINDS.map(() => ({ owed: 0, node: 0 }));
  const second = (fromMs: number): number => {
    const rate = checked(decider.rate());
    const { answeredMs, probes } = askSecond(world, fromMs, rate, turns, (row) =>
      decider.offer({ ...row, node: names[row.node] as string }),
    );
    asked[fromMs < 0 ? 'before' : 'after'] += probes;
    asked.most = Math.max(asked.most, probes);
    return answeredMs;
  };
  const { baseline } = world.scenario;
  const from = baseline === 'stale' ? STALE_FROM_MS : -BASELINE_MS;
  if (baseline !== 'absent') {
    for (let tMs = from; tMs < from + BASELINE_MS; tMs += 1000) {
      second(tMs);
      decider.advance(tMs + 1000);
    }
  }
  const result = (decision: Decision | null, decisionS: number | null, seconds: number): Watched => ({
    decision,
    decisionS,
    perSecondBefore: asked.before / (BASELINE_MS / 1000),
    perSecondAfter: asked.after / seconds,
    mostPerSecond: asked.most,
  });
  for (let tMs = 0; tMs < horizonMs; tMs += 1000) {
    const answeredMs = second(tMs);
    const decision = decider.advance(tMs + 1000);
    if (decision) return result(decision, Math.max(tMs + 1000, answeredMs) / 1000, tMs / 1000 + 1);
  }
  return result(null, null, horizonMs / 1000);
}

function checked(rate: ProbeRate): ProbeRate {
  for (const kind of KINDS) {
    if (!(rate[kind] >= 0 && rate[kind] <= CEILING_PER_SECOND)) throw new RangeError(`a rate of ${rate[kind]} ${kind} probes per second`);
  }
  return rate;
}

interface Asked {
  readonly t_ms: number;
  readonly node: number;
  readonly kind: ProbeKind;
  readonly ok: boolean;
  readonly ms: number;
}

/** Spreads a second's probes evenly, node after node, both kinds in the order of time. Fractions are owed to the next second. */
function askSecond(
  world: World,
  fromMs: number,
  rate: ProbeRate,
  turns: { owed: number; node: number }[],
  offer: (row: Asked) => void,
): { answeredMs: number; probes: number } {
  const counts = KINDS.map((kind, index) => {
    const turn = turns[index] as { owed: number };
    turn.owed += rate[kind];
    const count = Math.floor(turn.owed);
    turn.owed -= count;
    return count;
  });
  const next = counts.map(() => 0);
  const due = (kind: number): number => {
    const [done, count] = [next[kind] as number, counts[kind] as number];
    return done < count ? fromMs + Math.floor(((done + 0.5 + kind * 0.25) * 1000) / (count + 0.5)) : Number.POSITIVE_INFINITY;
  };
  let answeredMs = fromMs;
  const probes = counts.reduce((sum, count) => sum + count, 0);
  for (let asked = 0; asked < probes; asked += 1) {
    const kind = due(0) <= due(1) ? 0 : 1;
    const tMs = due(kind);
    const turn = turns[kind] as { node: number };
    const answer = world.answer(tMs, turn.node, kind);
    offer({ t_ms: tMs, node: turn.node, kind: KINDS[kind] as ProbeKind, ok: answer >= 0, ms: Math.abs(answer) });
    answeredMs = Math.max(answeredMs, tMs + Math.abs(answer));
    turn.node = (turn.node + 1) % world.nodes;
    next[kind] = (next[kind] as number) + 1;
  }
  return { answeredMs, probes };
}
