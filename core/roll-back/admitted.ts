/** A rollback that was admitted, as it travels through `roll-back.asl.json`. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Verdict } from '../decide/verdict.ts';
import type { HumanStart } from '../events/deployment-events.ts';
import type { Look } from '../observe/evidence-keys.ts';
import type { RollbackMode } from './course/wave.ts';

/** What `verify-deployment` hands over with its verdict; the look says where the evidence lies. */
const FromVerdict = z.object({
  verdictOf: z.literal('verify-deployment'),
  cluster: z.string(),
  deployment: z.string(),
  epoch: z.number().int(),
  nodes: z.array(z.string()).min(1),
  purpose: z.literal('deployed'),
  window: z.number().int(),
  occasion: z.string(),
});
type FromVerdict = z.infer<typeof FromVerdict>;

export interface AdmittedRollback extends Look {
  readonly cluster: string;
  readonly deployment: string;
  readonly epoch: number;
  readonly scope: 'cluster' | 'node';
  readonly mode: RollbackMode;
  readonly nodes?: readonly string[];
  readonly way?: 'hot' | 'restart';
  /** How often this rollback was planned; a hot way that fails is planned once more, by restart. */
  readonly planned: number;
}

/** Did a verdict ask for this, rather than a person? */
export const isFromVerdict = (input: unknown): input is FromVerdict => FromVerdict.safeParse(input).success;

/** The look of an execution that brings no evidence of its own. */
export const lookOf = (execution: string): Look => ({
  purpose: 'deployed',
  window: 0,
  occasion: createHash('sha256').update(execution).digest('hex').slice(0, 8),
});

/** A person's rollback is a verdict too, with the person's reason. */
export function verdictOfPerson(request: HumanStart, epoch: number, now: number): Verdict {
  const who = request.requestedBy ?? 'a person';
  return {
    verdict: 'roll-back',
    reason: `Asked for by ${who}${request.reason ? `: ${request.reason}` : ', without a reason'}.`,
    nodes: request.nodes ?? [],
    evidence: [],
    vantagePoints: [],
    nextStep: 'Nothing to do: the nodes go back to the certificate of before and are verified again.',
    decidedAt: now,
    epoch,
  };
}
