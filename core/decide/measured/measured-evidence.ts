/** What the probes of a watch say at one moment, as the decision about the deployment reads it. */
import { z } from 'zod';
import { because, firstOf } from './because.ts';
import { accused, openForKeep, unsettledNodes } from './conclude.ts';
import { FACTORS } from './policy.ts';
import { scopeOf } from './scope.ts';
import type { MeasuredState } from './state.ts';

export const MeasuredEvidence = z.object({
  /** How much the profile has it count. */
  probes: z.enum(['required', 'advisory']),
  /** Nodes that the probes accuse; empty where there is not enough evidence against any. */
  accused: z.array(z.string()),
  /** One sentence: the strongest evidence with its interval. */
  because: z.string(),
  /** What is missing before the measurements let the deployment be kept. */
  open: z.array(z.string()),
  /** Nodes of which some share or time is neither shown to be below its threshold nor beyond it; absent in what was written before it was told. */
  unsettled: z.array(z.string()).optional(),
  /** How often one node, or the cluster as a whole, looked wrong for a while, though never enough to be accused: the most of any; absent in what was written before it was told. */
  episodes: z.int().min(0).optional(),
  /** What a person should know besides. */
  notices: z.array(z.string()),
  /** Until when probes have been judged, seconds since the deployment. */
  untilS: z.number(),
});
export type MeasuredEvidence = z.infer<typeof MeasuredEvidence>;

/** Nobody probed although it was to be done: silence is no evidence (I8). */
const NOT_PROBED = 'nothing was probed';

/**
 * @param state null where there is none yet
 * @param atS now, seconds since the deployment
 */
export function measuredEvidence(state: MeasuredState | null, probes: MeasuredEvidence['probes'], atS: number): MeasuredEvidence {
  if (state === null) return { probes, accused: [], because: NOT_PROBED, open: [NOT_PROBED], unsettled: [], notices: [], untilS: 0 };
  const scope = accused(state) ? scopeOf(state) : [];
  // Without any probe of before there is nothing that a response time could be usual by: its failures are judged all the same.
  // Beyond the horizon nothing is probed any more: what stood then stands.
  const judged = state.reference === 'none' ? withoutTimes(state) : state;
  const nowS = Math.min(atS, state.policy.horizonS);
  const open = openForKeep(judged, nowS);
  return {
    probes,
    accused: scope,
    because: scope.length === 0 && open.length > 0 ? `not yet shown to be well: ${firstOf(open)}` : because(state, scope),
    open,
    unsettled: unsettledNodes(judged, nowS),
    episodes: Math.max(0, ...Object.values(state.episodesOf ?? {})),
    notices: state.reference === 'none' ? ['Response times were not judged for "keep": nothing was probed before the deployment.'] : [],
    untilS: state.untilS,
  };
}

function withoutTimes(state: MeasuredState): MeasuredState {
  const weights = { ...state.policy.weights, tlsTime: 0, cqlTime: 0 };
  // Where only times are judged, nothing would be left that shows it well.
  return FACTORS.every((factor) => weights[factor] === 0) ? state : { ...state, policy: { ...state.policy, weights } };
}
