/**
 * What a rollback does next. The state machine asks after each move; all rules of order, approval, pause and failure are here.
 *
 * A rollback always ends: each wait has a deadline (I12), no node is tried more often than {@link MOST_TRIES}, and a wave whose proof fails is looked
 * at {@link MOST_LOOKS} times. What is left then is handed to a person (I7).
 */
import { ERRORS, type ErrorCode } from '../../errors/catalogue.ts';
import type { Approval, Control } from './control.ts';
import type { Wave } from './wave.ts';

/** How one attempt at a node ended; of several the newest counts. */
export interface Attempt {
  readonly node: string;
  readonly ok: boolean;
  /** Code of the error that it ended by. */
  readonly code?: string | undefined;
  readonly finishedAt: number;
}

/** What has happened to a wave so far; all times in ms. */
export interface WaveProgress {
  /** Since when a person is asked. */
  readonly askedAt?: number;
  /** Looks at its nodes since they went back. */
  readonly looks?: number;
  /** The first and the last look of the unbroken run in which every one of them passed. */
  readonly provenSince?: number;
  readonly provenAt?: number;
}

export interface CourseOfRollback {
  readonly planHash: string;
  readonly waves: readonly Wave[];
  readonly progress: Readonly<Partial<Record<number, WaveProgress>>>;
  readonly attempts: readonly Attempt[];
  readonly control: Control | null;
  readonly approvals: readonly Approval[];
  /** When the ring was surveyed last; null for never. */
  readonly surveyedAt: number | null;
  /** Why these nodes must not be interrupted now, by the last survey; null when they may. */
  readonly blocked: (nodes: readonly string[]) => string | null;
  /** When the rollback began, and the deadlines of its waits, ms. */
  readonly startedAt: number;
  /** Moves so far. */
  readonly moves: number;
  /** May those whose port took no reload be planned anew, by restart? Once. */
  readonly mayReplan: boolean;
  readonly limits: { readonly approvalMs: number; readonly pauseMs: number; readonly wholeMs: number };
  readonly now: number;
}

export type Move =
  | { readonly move: 'survey' }
  | { readonly move: 'ask'; readonly wave: number; readonly dueAt: number }
  | { readonly move: 'restore'; readonly wave: number; readonly nodes: readonly string[] }
  | { readonly move: 'restart-instead'; readonly nodes: readonly string[] }
  | { readonly move: 'prove'; readonly wave: number }
  | { readonly move: 'wait'; readonly seconds: number; readonly why: string }
  | { readonly move: 'conclude'; readonly why: string; readonly left: readonly string[] };

/** Of one node, the first one included. */
export const MOST_TRIES = 3;
/** At a wave, before its proof is given up. */
export const MOST_LOOKS = 6;
/** Between two looks at what is waited for: a tenth of the time that it has lasted, within these. */
const SHORTEST_POLL_S = 5;
const LONGEST_POLL_S = 60;
/** A survey older than this says nothing about now. */
const SURVEY_MS = 60_000;
/** An execution's history holds 25,000 events, of which a move takes some ten. */
const MOST_MOVES = 2000;
/** The Map works on so many at once; more of them would wait beyond their survey. */
const AT_ONCE = 40;

/** Pure: the same course, the same move. */
export function nextMove(course: CourseOfRollback): Move {
  const { control, now, startedAt, limits } = course;
  const left = course.waves.flatMap(({ nodes }) => nodes).filter((node) => attemptsOf(course, node).length === 0);
  const conclude = (why: string): Move => ({ move: 'conclude', why, left });
  if (control?.word === 'cancel') return conclude(`${control.by} cancelled it${control.reason ? `: ${control.reason}` : ''}`);
  const wave = course.waves.findIndex((_, i) => !isDone(course, i));
  if (wave === -1) return conclude('every wave is through');
  if (course.moves >= MOST_MOVES) return conclude(`after ${course.moves} moves another execution must go on: ringward retry`);
  if (now >= startedAt + limits.wholeMs) return conclude(`it was not through within ${Math.round(limits.wholeMs / 1000)} s`);
  if (control?.word === 'pause') {
    const until = control.at + limits.pauseMs;
    if (now >= until) return conclude(`${control.by} paused it, and nobody resumed it within ${Math.round(limits.pauseMs / 1000)} s`);
    return { move: 'wait', seconds: pollAfter(now - control.at), why: `paused by ${control.by} until it is resumed` };
  }
  return inWave(course, wave, conclude);
}

function inWave(course: CourseOfRollback, index: number, conclude: (why: string) => Move): Move {
  const wave = course.waves[index] as Wave;
  const progress = course.progress[index] ?? {};
  const states = statesOf(course, wave);
  const inState = (...wanted: NodeState[]): string[] => wave.nodes.filter((_, i) => wanted.includes(states[i] as NodeState));
  const open = inState('waiting', 'again');
  // Also where only a second attempt is open: another plan was another question.
  if (wave.approval && open.length > 0) {
    const waiting = awaitApproval(course, index, progress, conclude);
    if (waiting !== null) return waiting;
  }
  if (open.length > 0) return restore(course, index, open, conclude);
  const instead = inState('needs-restart');
  if (instead.length > 0 && course.mayReplan) return { move: 'restart-instead', nodes: instead };
  const failed = inState('failed', 'needs-restart');
  if (failed.length > 0) return conclude(`${failed.join(', ')} of ${wave.name} did not come back`);
  return prove(course, index, conclude);
}

function awaitApproval(course: CourseOfRollback, index: number, { askedAt }: WaveProgress, conclude: (why: string) => Move): Move | null {
  const wave = course.waves[index] as Wave;
  const answer = course.approvals.find((one) => one.wave === index && one.planHash === course.planHash);
  if (answer?.answer === 'approve') return null;
  if (answer) return conclude(`${answer.by} rejected ${wave.name}${answer.reason ? `: ${answer.reason}` : ''}`);
  const dueAt = (askedAt ?? course.now) + course.limits.approvalMs;
  if (course.now >= dueAt) return conclude(`nobody approved ${wave.name} within ${Math.round(course.limits.approvalMs / 1000)} s`);
  return { move: 'ask', wave: index, dueAt };
}

/** As many of the open nodes as may be at work at once, in their order. */
function restore(course: CourseOfRollback, index: number, open: readonly string[], conclude: (why: string) => Move): Move {
  const wave = course.waves[index] as Wave;
  if (wave.way === 'hot') return { move: 'restore', wave: index, nodes: open };
  const lastDone = Math.max(0, ...course.attempts.map(({ finishedAt }) => finishedAt));
  const { surveyedAt, now } = course;
  if (surveyedAt === null || surveyedAt < lastDone || now - surveyedAt > SURVEY_MS) return { move: 'survey' };
  const chosen: string[] = [];
  for (const node of open)
    if (chosen.length < Math.min(wave.together, AT_ONCE) && course.blocked([...chosen, node]) === null) chosen.push(node);
  if (chosen.length > 0) return { move: 'restore', wave: index, nodes: chosen };
  const why = course.blocked(open.slice(0, 1)) ?? '';
  const since = Math.max(lastDone, course.startedAt);
  if (now >= since + course.limits.approvalMs) return conclude(`no node may be interrupted: ${why}`);
  return { move: 'wait', seconds: pollAfter(now - since), why };
}

function prove(course: CourseOfRollback, index: number, conclude: (why: string) => Move): Move {
  const wave = course.waves[index] as Wave;
  const { looks = 0, provenSince } = course.progress[index] ?? {};
  if (provenSince === undefined) {
    if (looks >= MOST_LOOKS) return conclude(`${wave.name} went back, but was not proven in ${looks} looks`);
    return { move: 'prove', wave: index };
  }
  const rest = Math.ceil((provenSince + wave.soakSeconds * 1000 - course.now) / 1000);
  return rest > 0
    ? { move: 'wait', seconds: Math.min(rest, LONGEST_POLL_S), why: `${wave.name} is proven; its soak lasts ${rest} s more` }
    : { move: 'prove', wave: index };
}

const pollAfter = (ms: number): number => Math.round(Math.min(LONGEST_POLL_S, Math.max(SHORTEST_POLL_S, ms / 10_000)));

type NodeState = 'waiting' | 'again' | 'back' | 'needs-restart' | 'failed';

const statesOf = (course: CourseOfRollback, { nodes, way }: Wave): NodeState[] =>
  nodes.map((node) => stateOf(attemptsOf(course, node), way));

function stateOf(attempts: readonly Attempt[], way: Wave['way']): NodeState {
  const last = attempts.at(-1);
  if (!last) return 'waiting';
  if (last.ok) return 'back';
  if (last.code === 'RELOAD_FAILED' && way === 'hot') return 'needs-restart';
  const mayTryAgain = last.code === 'RELOAD_FAILED' || isRetryable(last.code);
  return mayTryAgain && attempts.length < MOST_TRIES ? 'again' : 'failed';
}

const isRetryable = (code: string | undefined): boolean =>
  code !== undefined && Object.hasOwn(ERRORS, code) && ERRORS[code as ErrorCode].class === 'retryable';

const attemptsOf = ({ attempts }: CourseOfRollback, node: string): Attempt[] => attempts.filter((one) => one.node === node);

/** Back, and proven for as long as its soak. Without a proof between waves the others go on past a failure: what it costs, the survey counts. */
function isDone(course: CourseOfRollback, index: number): boolean {
  const wave = course.waves[index] as Wave;
  const states = statesOf(course, wave);
  if (!wave.proof)
    return states.every((state) => state === 'back' || state === 'failed' || (state === 'needs-restart' && !course.mayReplan));
  const { provenSince, provenAt } = course.progress[index] ?? {};
  const soaked = provenSince !== undefined && provenAt !== undefined && provenAt - provenSince >= wave.soakSeconds * 1000;
  return soaked && states.every((state) => state === 'back');
}
