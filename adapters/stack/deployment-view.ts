/** A deployment's item as a reader needs it: lenient, so that an older command line reads what a newer stack wrote. */
import { z } from 'zod';

const Item = z.looseObject({
  cluster: z.string(),
  deployment: z.string(),
  state: z.string(),
  epoch: z.number().default(0),
  detail: z.looseObject({ requestedBy: z.string().optional(), change: z.string().optional() }).optional(),
  verdict: z.unknown().optional(),
  reason: z.string().optional(),
  nextStep: z.string().optional(),
  startedAt: z.number().optional(),
  completedAt: z.number().optional(),
  decidedAt: z.number().optional(),
  updatedAt: z.number().optional(),
  reportKey: z.string().optional(),
});

export interface DeploymentView {
  readonly cluster: string;
  readonly deployment: string;
  readonly state: string;
  readonly epoch: number;
  readonly change: string | null;
  readonly requestedBy: string | null;
  readonly verdict: string | null;
  readonly reason: string | null;
  readonly nextStep: string | null;
  /** First moment that is known of it, ms; 0 when none is. */
  readonly since: number;
  readonly reported: boolean;
}

const Verdict = z.union([z.string(), z.looseObject({ verdict: z.string(), reason: z.string().optional(), nextStep: z.string().optional() })]);

/** Reads one item of the Deployments table. */
export function viewOf(raw: unknown): DeploymentView {
  const item = Item.parse(raw);
  const verdict = Verdict.safeParse(item.verdict).data;
  const told = typeof verdict === 'object' ? verdict : undefined;
  return {
    cluster: item.cluster,
    deployment: item.deployment,
    state: item.state,
    epoch: item.epoch,
    change: item.detail?.change ?? null,
    requestedBy: item.detail?.requestedBy ?? null,
    verdict: typeof verdict === 'string' ? verdict : (told?.verdict ?? null),
    reason: item.reason ?? told?.reason ?? null,
    nextStep: item.nextStep ?? told?.nextStep ?? null,
    since: item.startedAt ?? item.completedAt ?? item.updatedAt ?? 0,
    reported: item.reportKey !== undefined,
  };
}
