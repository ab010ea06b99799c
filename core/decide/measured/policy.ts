/** What measured evidence is judged by. Strict at the edge: a policy that contradicts itself must not run silently. */
import { z } from 'zod';
import { parseOrExplain } from '../../errors/from-schema.ts';

/** The factors that are measured, each with a weight in the score. */
export const FACTORS = ['tlsFailures', 'cqlErrors', 'tlsTime', 'cqlTime'] as const;
export type Factor = (typeof FACTORS)[number];

const weight = z.number().min(0).max(1000);
const seconds = z.number().min(0).max(86_400);

const share = z.number().min(0.001, 'a share above 0, at most 0.9').max(0.9, 'a share above 0, at most 0.9');

/** Every field by itself; what contradicts another field is told by {@link contradictionsOf}. A profile has these under `measured`. */
export const MeasuredFields = z.strictObject({
  /** What is too much. Exactly the threshold is not above it. */
  thresholds: z
    .strictObject({
      /** Share of handshakes that fail. */
      tlsFailures: share.default(0.1),
      /** Percentage points above the baseline's share of failed requests, as a share. */
      cqlErrorsAboveBaseline: share.default(0.2),
      /** Times the node's own response time of before. */
      responseTimeRatio: z.number().min(1.01, 'above 1, or what is usual would be a failure').max(100).default(1.5),
      /** Share of all weight at which several factors together are too much, each below its own threshold. */
      score: z.number().min(0.05).max(1).default(0.5),
    })
    .prefault({}),
  /** Their ratio counts, not their sum; 0 silences a factor. */
  weights: z
    .strictObject({
      tlsFailures: weight.default(40),
      cqlErrors: weight.default(10),
      tlsTime: weight.default(25),
      cqlTime: weight.default(25),
    })
    .prefault({}),
  /** Chance at most of a roll-back where everything stays exactly at its threshold for the whole watch. */
  alpha: z.number().min(1e-9, 'above 0, at most 0.1').max(0.1, 'above 0, at most 0.1').default(0.001),
  /** What "keep" needs: odds that each node is below each threshold. */
  safeOdds: z.number().min(2).max(1e6).default(100),
  /** How long good evidence must last at least before "keep", seconds. */
  soakS: seconds.default(180),
  /** How long is watched for faults that begin late before "keep" is said, seconds: ten minutes where the horizon allows it. A record that ends sooner is kept after its soak. */
  watchS: seconds.optional(),
  /** When a restarted node has warmed up, seconds since the deployment: before it nothing is evidence. */
  warmUpS: seconds.default(0),
  /** From then on: nothing is evidence and nothing decides, seconds. */
  graceS: seconds.default(0),
  /** The end of the watch, seconds since the deployment; without a decision it is "hold". */
  horizonS: z.number().min(1).max(86_400).default(900),
  /** A baseline whose newest probe is older than this says nothing by itself, seconds. */
  staleAfterS: seconds.default(300),
  /** A success that took longer is a failure. */
  timeoutMs: z.number().min(1).max(600_000).default(5000),
  /** A node that answers nothing at all pauses (garbage collection, a stopped process); a pause up to this long is no evidence, seconds. */
  pauseS: z.number().min(0).max(120).default(10),
  /** Limits of probing: probes per second and kind, for a node while all is calm and while there is suspicion, and in all. */
  probing: z
    .strictObject({
      calmPerNode: z.number().min(0.01).max(100).default(3),
      burstPerNode: z.number().min(0.01).max(1000).default(60),
      most: z.number().min(0.1).max(10_000).default(300),
      /** Probes per kind of all bursts of one watch together. */
      burstBudget: z.number().min(0).max(1e7).default(30_000),
    })
    .prefault({}),
});

/** A field that another one leaves no room for. */
export interface PolicyContradiction {
  readonly path: readonly [string, ...string[]];
  readonly message: string;
  /** What the field should be. */
  readonly fix: string;
}

export function contradictionsOf(policy: z.infer<typeof MeasuredFields>): PolicyContradiction[] {
  const { warmUpS, graceS, soakS, watchS, horizonS, probing } = policy;
  const start = warmUpS + graceS;
  const all: readonly (PolicyContradiction & { readonly when: boolean })[] = [
    {
      when: FACTORS.every((factor) => policy.weights[factor] === 0),
      path: ['weights', FACTORS[0]],
      message: 'The weights are all 0, so no measurement could ever count.',
      fix: 'at least one weight above 0; with all at 0 nothing would be judged',
    },
    {
      when: start >= horizonS,
      path: ['graceS'],
      message: 'Warm-up and grace would last beyond the horizon, so nothing would be measured.',
      fix: `warmUpS + graceS (${start}) below horizonS (${horizonS}); else nothing could ever be judged`,
    },
    {
      when: start < horizonS && start + soakS > horizonS,
      path: ['soakS'],
      message: 'Grace and soak of measurements do not fit into the horizon, so nothing could be kept.',
      fix: `warmUpS + graceS + soakS (${start + soakS}) at most horizonS (${horizonS}); else nothing could ever be kept`,
    },
    {
      when: watchS !== undefined && watchS < soakS,
      path: ['watchS'],
      message: 'The watch for late faults would end before the soak.',
      fix: `at least soakS (${soakS})`,
    },
    {
      when: watchS !== undefined && watchS > horizonS,
      path: ['watchS'],
      message: 'The watch for late faults would last beyond the horizon.',
      fix: `at most horizonS (${horizonS})`,
    },
    {
      when: probing.burstPerNode < probing.calmPerNode,
      path: ['probing', 'burstPerNode'],
      message: 'Suspicion would be probed less than calm.',
      fix: `at least calmPerNode (${probing.calmPerNode})`,
    },
  ];
  return all.filter(({ when }) => when).map(({ path, message, fix }) => ({ path, message, fix }));
}

export const MeasuredPolicy = MeasuredFields.superRefine((policy, context) => {
  for (const { path, fix } of contradictionsOf(policy)) context.addIssue({ code: 'custom', path: [...path], message: fix });
});
export type MeasuredPolicy = z.infer<typeof MeasuredPolicy>;

/** The default is that of production. */
export const PRODUCTION: MeasuredPolicy = MeasuredPolicy.parse({});

/** Throws FIELD_INVALID with field, value and fix. */
export const readMeasuredPolicy = (input: unknown): MeasuredPolicy => parseOrExplain(MeasuredPolicy, input, 'measured policy');

const TEN_MINUTES = 600;

/** See `watchS`. */
export const watchOf = (policy: MeasuredPolicy): number => policy.watchS ?? Math.max(policy.soakS, Math.min(TEN_MINUTES, policy.horizonS));

/** Weights as shares of 1. */
export function shareOf(policy: MeasuredPolicy, factor: Factor): number {
  const sum = FACTORS.reduce((total, one) => total + policy.weights[one], 0);
  return policy.weights[factor] / sum;
}
