/** What a rollback's state machine carries from move to move, as the course of the rollback. */
import type { Registration } from '../../cluster/registration.ts';
import type { DeploymentRecord } from '../../intake/deployment-record.ts';
import type { RollbackPlan } from '../plan.ts';
import type { Asking } from './control.ts';
import type { Attempt, CourseOfRollback, Move, WaveProgress } from './next-move.ts';
import { blockedBy, type RingSurvey } from './survey.ts';

/** Of one plan: another plan has other waves. */
export interface Progress {
  readonly planHash: string;
  readonly waves: Readonly<Partial<Record<number, WaveProgress>>>;
  /** How many moves there were, over all plans. */
  readonly moves?: number;
  /** What was told last, so that waiting is told once. */
  readonly told?: string | null;
}

/** What `verify-deployment` waits for a rollback that it started: it must end before. */
const VERDICT_WAITS_MS = 3_000_000;
/** What a restart may take besides, ms. */
const A_RESTART_MS = 180_000;

/** Two days: a rollback that waits for people, or soaks between waves, is in no hurry. */
const LONGEST_MS = 172_800_000;

export interface CarriedOn {
  readonly plan: RollbackPlan;
  readonly registration: Pick<Registration, 'nodes' | 'limits'>;
  readonly record: Pick<DeploymentRecord, 'epoch' | 'control' | 'approvals'>;
  readonly attempts: readonly Attempt[];
  readonly progress: Progress;
  readonly survey: RingSurvey | null;
  readonly planned: number;
  /** Started by a verdict, whose execution waits for it. */
  readonly ofVerdict: boolean;
  readonly startedAt: number;
  readonly now: number;
}

export function courseOf({
  plan,
  registration,
  record,
  attempts,
  progress,
  survey,
  planned,
  ofVerdict,
  startedAt,
  now,
}: CarriedOn): CourseOfRollback {
  const { approvalSeconds, pauseSeconds, rollbackSeconds } = registration.limits;
  const wholeMs = (): number => {
    if (ofVerdict) return VERDICT_WAITS_MS;
    const patient = plan.mode === 'staged' || plan.mode === 'interactive' || record.control !== undefined;
    return patient ? LONGEST_MS : rollbackSeconds * 1000 + plan.restart.length * A_RESTART_MS;
  };
  return {
    planHash: plan.hash,
    waves: plan.waves,
    progress: progress.waves,
    attempts,
    control: record.control?.epoch === record.epoch ? record.control : null,
    approvals: record.approvals ?? [],
    surveyedAt: survey?.at ?? null,
    blocked: survey === null ? () => 'the ring was not surveyed' : blockedBy(survey, registration),
    startedAt,
    moves: progress.moves ?? 0,
    mayReplan: planned < 2,
    limits: {
      approvalMs: approvalSeconds * 1000,
      pauseMs: ofVerdict ? Math.min(pauseSeconds * 1000, VERDICT_WAITS_MS / 2) : pauseSeconds * 1000,
      wholeMs: wholeMs(),
    },
    now,
  };
}

/**
 * Progress with what came of the last move.
 * @param passed whether a look at a wave passed; null where there was none
 * @param asking the question that stands
 */
export function progressAfter(
  before: Progress | undefined,
  { move, wave = -1 }: { readonly move?: Move['move']; readonly wave?: number },
  plan: Pick<RollbackPlan, 'hash'>,
  passed: boolean | null,
  asking: Asking | undefined,
  now: number,
): Progress {
  const same = before?.planHash === plan.hash;
  const waves = same ? before.waves : {};
  const moves = (before?.moves ?? 0) + 1;
  const told = before?.told ?? null;
  const { looks = 0, provenSince, askedAt } = waves[wave] ?? {};
  const kept = askedAt === undefined ? {} : { askedAt };
  if (same && move === 'prove') {
    const proven = passed === true ? { provenSince: provenSince ?? now, provenAt: now } : {};
    // A soak that ends in a failure begins anew, with its looks counted on.
    return {
      planHash: plan.hash,
      moves,
      told,
      waves: { ...waves, [wave]: { ...kept, looks: passed === true && provenSince !== undefined ? looks : looks + 1, ...proven } },
    };
  }
  if (same && move === 'ask' && askedAt === undefined)
    return {
      planHash: plan.hash,
      moves,
      told,
      waves: {
        ...waves,
        [wave]: { ...waves[wave], askedAt: asking?.wave === wave && asking.planHash === plan.hash ? asking.askedAt : now },
      },
    };
  return { planHash: plan.hash, moves, told, waves };
}

/** What the timeline says of a move; null where it is told elsewhere, or not worth a line. */
export function tellMove(move: Move, { waves }: Pick<RollbackPlan, 'waves'>): string | null {
  switch (move.move) {
    case 'ask':
      return `${waves[move.wave]?.name} waits for an approval until ${new Date(move.dueAt).toISOString()}: ringward approve, or ringward reject`;
    case 'restore':
      return `${waves[move.wave]?.name}: ${move.nodes.join(', ')}`;
    case 'restart-instead':
      return `a restart instead of a reload for ${move.nodes.join(', ')}`;
    case 'prove':
      return `${waves[move.wave]?.name} is proven before the next wave begins`;
    case 'wait':
      return `waiting: ${move.why.replace(/ \d+ s more$/, ' on')}`;
    case 'conclude':
      return move.left.length > 0 ? `it ends here, ${move.left.length} node(s) not begun: ${move.why}` : null;
    case 'survey':
      return null;
  }
}
