/** What the probes of a watch say now, with what the nodes saw of it in this look, and of what is usual. */
import { z } from 'zod';
import type { MeasuredView } from '../../core/decide/confirm-measured.ts';
import { measuredEvidence } from '../../core/decide/measured/measured-evidence.ts';
import { BurstFact, type NodeObservation } from '../../core/node/facts.ts';
import { type OfLook, usualBurstsKey } from '../../core/observe/evidence-keys.ts';
import type { Measured } from '../../core/profile/measured.ts';
import { readEvidence } from './evidence.ts';
import { loadMeasuredState } from './probes.ts';

const UsualBursts = z.object({ at: z.number(), bursts: z.array(BurstFact) });

export interface ViewOf {
  readonly measured: Measured;
  /** When the activation is due: the deployment's own time 0, ms. */
  readonly dueAt: number;
  readonly observations: ReadonlyMap<string, NodeObservation>;
  readonly now: number;
}

/** Those of right before the deployment, however long its nodes took one after the other. Older ones are of another load, later ones of the new files. */
const USUAL_FOR_MS = 6 * 3_600_000;
const usualAt = (dueAt: number, { at, bursts }: z.infer<typeof UsualBursts>): readonly BurstFact[] =>
  at < dueAt && at >= dueAt - USUAL_FOR_MS ? bursts : [];

/** Null where the profile has nothing probed. */
export async function measuredView(of: OfLook, { measured, dueAt, observations, now }: ViewOf): Promise<MeasuredView | null> {
  const { probes, thresholds, weights } = measured;
  if (probes === 'off') return null;
  const state = await loadMeasuredState(of);
  const evidence = measuredEvidence(state, probes, Math.max(0, now - dueAt) / 1000);
  // Nobody is accused: then nothing is to be confirmed.
  const usual = evidence.accused.length === 0 ? undefined : await readEvidence(usualBurstsKey(of.cluster));
  return {
    evidence,
    thresholds,
    weights,
    bursts: [...observations.values()].flatMap(({ bursts }) => bursts ?? []),
    usual: usual === undefined ? [] : usualAt(dueAt, UsualBursts.parse(usual)),
  };
}
