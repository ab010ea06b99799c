/** One execution of the rollback's state machine: real waves and real moves, on simulated nodes. */
import { type Progress, progressAfter } from '../../core/roll-back/course/carry-on.ts';
import type { Approval, Control } from '../../core/roll-back/course/control.ts';
import { type Attempt, type CourseOfRollback, type Move, nextMove } from '../../core/roll-back/course/next-move.ts';
import { type PlannedPlace, type RollbackMode, type Wave, wavesOf } from '../../core/roll-back/course/wave.ts';
import type { Draws } from '../decision/random.ts';
import { type Bug, type Death, type SimulatedNode, WAYS } from './node.ts';

/** A node at work. */
interface Work {
  readonly node: SimulatedNode;
  readonly way: 'hot' | 'restart';
  step: number;
}

/** Chances of what goes wrong in a step. */
export interface Faults {
  readonly lost: number;
  readonly dies: number;
  readonly drain: number;
}

export interface Said {
  control: Control | null;
  approvals: Approval[];
}

const LIMITS = { approvalMs: 120_000, pauseMs: 300_000, wholeMs: 3_600_000 };

export class Execution {
  readonly epoch: number;
  readonly mode: RollbackMode;
  waves: readonly Wave[];
  planHash: string;
  progress: Progress;
  attempts: Attempt[] = [];
  working: Work[] = [];
  outcome: 'at-work' | 'rolled-back' | 'handed-over' | 'stale' = 'at-work';
  handedOver: string[] = [];
  moves = 0;
  last: Move | null = null;
  readonly #nodes: readonly SimulatedNode[];
  readonly #startedAt: number;
  readonly #bug: Bug | null;
  #surveyedAt: number | null = null;
  #down: ReadonlySet<string> = new Set();
  #planned = 0;

  constructor(
    epoch: number,
    mode: RollbackMode,
    way: 'hot' | 'restart' | null,
    nodes: readonly SimulatedNode[],
    now: number,
    bug: Bug | null,
  ) {
    this.epoch = epoch;
    this.mode = mode;
    this.#nodes = nodes;
    this.#startedAt = now;
    this.#bug = bug;
    this.waves = [];
    this.planHash = '';
    this.progress = { planHash: '', waves: {} };
    // As plan-roll-back, where another rollback may be under way.
    if (epoch > 1 && bug !== 'no-fence-of-all') for (const node of nodes) node.epoch = Math.max(node.epoch, epoch);
    this.#plan(way, null);
  }

  /** Nodes that differ from before, hot where their process can take it. */
  #plan(way: 'hot' | 'restart' | null, only: readonly string[] | null): void {
    this.#planned += 1;
    this.planHash = `${this.epoch}.${this.#planned}`;
    const places = this.#nodes.flatMap((node): PlannedPlace[] => {
      if (only !== null && !only.includes(node.name)) return [];
      const back = node.files === 'old' && node.serves === 'old' && node.accepting;
      if (back && this.#bug !== 'touches-what-is-back') return [];
      const chosen = way ?? (node.serves === null || !node.accepting ? 'restart' : 'hot');
      return [
        { node: node.name, way: node.serves === null || !node.accepting ? 'restart' : chosen, datacenter: 'dc1', rack: `rack${node.rack}` },
      ];
    });
    this.waves = wavesOf([...places.filter((one) => one.way === 'hot'), ...places.filter((one) => one.way === 'restart')], this.mode, 5);
    this.progress = progressAfter(this.progress, {}, { hash: this.planHash }, null, undefined, 0);
  }

  get isOver(): boolean {
    return this.outcome !== 'at-work';
  }

  /** One event of the execution: a step of a node at work, else the next move. Gives what happened, for the coverage. */
  advance(now: number, current: number, said: Said, draws: Draws, faults: Faults): string {
    if (this.working.length > 0) return this.#step(now, draws, faults);
    if (current !== this.epoch) {
      this.outcome = 'stale';
      return 'stale';
    }
    const move =
      this.#bug === 'goes-on-after-cancel' ? nextMove({ ...this.#course(now, said), control: null }) : nextMove(this.#course(now, said));
    this.moves += 1;
    this.last = move;
    this.#carryOut(move, now);
    return move.move;
  }

  #course(now: number, { control, approvals }: Said): CourseOfRollback {
    return {
      planHash: this.planHash,
      waves: this.waves,
      progress: this.progress.waves,
      attempts: this.#bug === 'tries-for-ever' ? this.attempts.filter(({ ok }) => ok) : this.attempts,
      control: control?.epoch === this.epoch ? control : null,
      approvals,
      surveyedAt: this.#bug === 'survey-forgotten' ? now : this.#surveyedAt,
      blocked: (names) => this.#blocked(names),
      startedAt: this.#startedAt,
      moves: this.moves,
      mayReplan: this.#planned < 2,
      limits: LIMITS,
      now,
    };
  }

  /** Three replicas, one a rack, and a quorum: nodes may be down together in one rack alone. */
  #blocked(names: readonly string[]): string | null {
    if (this.#bug === 'survey-forgotten') return null;
    let rack = 0;
    for (const node of this.#nodes) {
      if (!names.includes(node.name) && !this.#down.has(node.name)) continue;
      if (names.includes(node.name) && this.#down.has(node.name) && names.length === 1) return null;
      if (rack !== 0 && rack !== node.rack) return 'a range would lose its quorum';
      rack = node.rack;
    }
    return null;
  }

  #carryOut(move: Move, now: number): void {
    switch (move.move) {
      case 'survey':
        // As survey-ring: at first every node learns the epoch.
        if (this.#surveyedAt === null && this.#bug !== 'no-fence-of-all')
          for (const node of this.#nodes) node.epoch = Math.max(node.epoch, this.epoch);
        this.#surveyedAt = now;
        this.#down = new Set(this.#nodes.filter(({ up }) => !up).map(({ name }) => name));
        break;
      case 'restore': {
        const way = (this.waves[move.wave] as Wave).way;
        this.working = move.nodes.map((name) => ({ node: this.node(name), way, step: 0 }));
        break;
      }
      case 'restart-instead':
        this.#plan('restart', [
          ...move.nodes,
          ...this.waves.flatMap(({ nodes }) => nodes).filter((name) => !this.attempts.some((one) => one.node === name)),
        ]);
        break;
      case 'prove': {
        const wave = (this.waves[move.wave] as Wave).nodes;
        const passed = wave.every((name) => this.#isBack(this.node(name)));
        this.progress = progressAfter(this.progress, move, { hash: this.planHash }, passed, undefined, now);
        break;
      }
      case 'ask':
        this.progress = progressAfter(this.progress, move, { hash: this.planHash }, null, undefined, now);
        break;
      case 'conclude':
        this.#conclude();
        break;
      case 'wait':
        break;
    }
  }

  #conclude(): void {
    const wanted = this.#nodes.filter(
      ({ name }) => this.waves.some(({ nodes }) => nodes.includes(name)) || this.attempts.some(({ node }) => node === name),
    );
    const left = wanted.filter((node) => !this.#isBack(node)).map(({ name }) => name);
    this.handedOver = this.#bug === 'forgets-who-is-left' ? [] : left;
    this.outcome = left.length === 0 || this.#bug === 'claims-without-proof' ? 'rolled-back' : 'handed-over';
  }

  #isBack(node: SimulatedNode): boolean {
    return node.files === 'old' && node.serves === 'old' && node.accepting;
  }

  /** Was it down when the ring was surveyed last? It may have come up by itself since. */
  wasDown(name: string): boolean {
    return this.#down.has(name);
  }

  node(name: string): SimulatedNode {
    return this.#nodes.find((one) => one.name === name) as SimulatedNode;
  }

  #step(now: number, draws: Draws, { lost, dies, drain }: Faults): string {
    const index = draws.below(this.working.length);
    const work = this.working[index] as Work;
    const step = WAYS[work.way][work.step] as (typeof WAYS)['hot'][number];
    const chance = draws.uniform();
    const death: Death = chance < dies ? ((['before', 'within', 'after'] as const)[draws.below(3)] ?? 'before') : 'none';
    const code =
      chance > 1 - lost
        ? 'NODE_COMMAND_LOST'
        : step === 'stop-service' && draws.chance(drain)
          ? 'DRAIN_FAILED'
          : work.node.act(step, this.epoch, death, this.#bug);
    // The node's own machine sends a lost command again, and a died program's, now and then to no avail.
    if ((code === 'NODE_COMMAND_LOST' || code === 'NODE_PROGRAM_DIED') && draws.chance(0.8)) return `${step}:again`;
    work.step += 1;
    if (code !== undefined || work.step === WAYS[work.way].length) {
      this.working.splice(index, 1);
      this.attempts.push({ node: work.node.name, ok: code === undefined, code, finishedAt: now });
    }
    return `${step}:${code ?? 'done'}`;
  }
}
