/** Testing by betting on blocks as a whole decider, at a fixed rate of probes; it never says keep. */
import type { Decider } from './decider.ts';
import { BlockBetting } from './methods/block-betting.ts';
import { KINDS } from './scenario.ts';
import { PROBES_PER_SECOND, type ProbeRow } from './trace.ts';

const offer = (betting: BlockBetting, row: ProbeRow, node: number): void =>
  betting.offer(row.t_ms, node, KINDS.indexOf(row.kind), row.ok ? row.ms : -row.ms);

export const standIn: Decider = {
  name: 'stand-in',
  replayTrace: (rows, { graceS }) => {
    const all = [...rows];
    const nodes = [...new Set(all.map(({ node }) => node))];
    const betting = new BlockBetting(nodes.length, graceS);
    for (const row of all) {
      offer(betting, row, nodes.indexOf(row.node));
      if (betting.found) break;
    }
    const { found } = betting;
    if (!found) return { verdict: 'hold', decisionS: null, scope: [] };
    return { verdict: 'roll-back', decisionS: found.decisionS, scope: found.scope.map((node) => nodes[node] as string) };
  },
  decideLive: ({ graceS }, nodes) => {
    const betting = new BlockBetting(nodes.length, graceS);
    const numbers = new Map(nodes.map((name, node) => [name, node]));
    return {
      offer: (row) => offer(betting, row, numbers.get(row.node) as number),
      advance: (tMs) => {
        betting.advance(tMs);
        const { found } = betting;
        return found ? { verdict: 'roll-back', scope: found.scope.map((node) => nodes[node] as string) } : null;
      },
      rate: () => ({ tls: PROBES_PER_SECOND, cql: PROBES_PER_SECOND }),
      state: () => betting.state(),
    };
  },
};
