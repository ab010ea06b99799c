/** The one place where the decider under measurement is named: production's policy, with the grace that was declared. */
import { type MeasuredPolicy, PRODUCTION } from '../../core/decide/measured/policy.ts';
import { decideLive, replayTrace } from '../../core/decide/measured/replay.ts';
import type { Decider, Declared } from './decider.ts';

const policyOf = ({ graceS }: Declared): MeasuredPolicy => ({ ...PRODUCTION, graceS });

export const decider: Decider = {
  name: 'ringward',
  replayTrace: (rows, declared) => replayTrace(rows, policyOf(declared)),
  decideLive: (declared, nodes) => decideLive(policyOf(declared), { deployed: nodes }),
};
