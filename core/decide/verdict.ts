/** What Ringward decides about a deployment. */
import { z } from 'zod';
import { type About, Asked } from '../decision-point/point.ts';
import { Finding } from '../verify/findings.ts';

export const Verdict = z.object({
  verdict: z.enum(['keep', 'roll-back', 'hold']),
  /** One sentence for a tired person. */
  reason: z.string(),
  /** Nodes to roll back (instance ids); empty unless the verdict is `roll-back`. */
  nodes: z.array(z.string()),
  /** The findings that carried the decision, strongest first. */
  evidence: z.array(Finding),
  /** Kinds of vantage point that agreed. */
  vantagePoints: z.array(z.enum(['node', 'peer', 'client'])),
  nextStep: z.string(),
  /** What a person should know besides: such as that staging never kept the artifact. */
  notices: z.array(z.string()).optional(),
  /** What a person was asked before it, and what was answered. */
  asked: Asked.optional(),
  decidedAt: z.number(),
  epoch: z.number().int(),
});
export type Verdict = z.infer<typeof Verdict>;

/** What a window of evidence led to: a verdict, or `watch` with the moment of the next look. */
export type Decision =
  | { readonly decision: 'decided'; readonly verdict: Verdict; readonly question?: Question }
  | { readonly decision: 'watch'; readonly why: string; readonly lookAgainAt: number; readonly depth: Depth };

/** Who is asked what in a window: everybody everything; everybody, but for how unchanged files load; the client alone. */
export type Depth = 'full' | 'soak' | 'client';

/** A hold for a reason that a person can settle. */
export interface Question {
  readonly about: About;
  /** Nodes that would go back, had the profile not a person asked. */
  readonly plan?: readonly string[];
}
