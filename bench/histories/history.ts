/** One random history: nodes, executions that die and overlap, people, and hosts that do as they please; checked after every event. */
import type { RollbackMode } from '../../core/roll-back/course/wave.ts';
import { Draws, seedOf } from '../decision/random.ts';
import { Execution, type Faults, type Said } from './execution.ts';
import { type Bug, SimulatedNode } from './node.ts';

export const NODES = 12;
const RACKS = 3;
/** Events that are drawn; then nothing more goes wrong, and everything ends. */
export const LEAST_EVENTS = 200;
const MOST_EVENTS = 4000;
const MODES: readonly RollbackMode[] = ['automated', 'staged', 'interactive', 'emergency'];
/** More moves than any rollback of twelve nodes can need, waits for people included. */
const MOST_MOVES = 1500;

export interface Violation {
  readonly invariant: string;
  readonly what: string;
  readonly event: number;
}

export interface Ended {
  readonly events: number;
  readonly violations: readonly Violation[];
  /** A short sum of the whole history: the same seed, the same sum. */
  readonly sum: number;
}

export class History {
  readonly nodes: readonly SimulatedNode[];
  readonly #draws: Draws;
  readonly #bug: Bug | null;
  readonly #faults: Faults;
  readonly #coverage: Map<string, number>;
  readonly #violations: Violation[] = [];
  readonly #executions: Execution[] = [];
  #said: Said = { control: null, approvals: [] };
  #epoch = 0;
  #now = 1_000_000;
  #event = 0;
  #sum = 0;

  constructor(seed: number, bug: Bug | null, coverage: Map<string, number>) {
    this.#draws = new Draws(seed);
    this.#bug = bug;
    this.#coverage = coverage;
    const { uniform } = { uniform: () => this.#draws.uniform() };
    this.#faults = { lost: uniform() * 0.1, dies: uniform() * 0.15, drain: uniform() * 0.1 };
    this.nodes = Array.from({ length: NODES }, (_, i) => new SimulatedNode(`n${i + 1}`, 1 + (i % RACKS)));
    for (const node of this.nodes) {
      if (this.#draws.chance(0.1)) node.reloads = false;
      if (this.#draws.chance(0.05)) node.die();
    }
    this.#begin();
  }

  run(): Ended {
    while (this.#event < LEAST_EVENTS) this.#drawn();
    this.#settle();
    this.#checkEnd();
    return { events: this.#event, violations: this.#violations, sum: this.#sum };
  }

  /** A new execution takes the rollback with a newer epoch. */
  #begin(mode: RollbackMode = this.#draws.pick(MODES)): void {
    this.#epoch += 1;
    const way = this.#draws.pick(['hot', 'restart', null] as const);
    const back = new Set(
      this.nodes.filter(({ files, serves, accepting }) => files === 'old' && serves === 'old' && accepting).map(({ name }) => name),
    );
    const execution = new Execution(this.#epoch, mode, way, this.nodes, this.#now, this.#bug);
    const touched = execution.waves.flatMap(({ nodes }) => nodes).find((node) => back.has(node));
    if (touched) this.#violated('I6', `${touched} is back already, and epoch ${this.#epoch} would touch it again`);
    this.#executions.push(execution);
  }

  get #current(): Execution {
    return this.#executions.at(-1) as Execution;
  }

  #drawn(): void {
    const chance = this.#draws.uniform();
    const current = this.#current;
    if (current.isOver && chance < 0.3) this.#takeOver();
    else if (chance < 0.78) this.#advance(current);
    else if (chance < 0.86) this.#advance(this.#draws.pick(this.#executions));
    else if (chance < 0.9) this.#say();
    else if (chance < 0.93) this.#host();
    else if (chance < 0.95) this.#takeOver();
    else this.#pass(this.#draws.between(500, 20_000));
  }

  #advance(execution: Execution): void {
    if (execution.isOver) {
      this.#host();
      return;
    }
    const cancelled =
      this.#said.control?.word === 'cancel' && this.#said.control.epoch === execution.epoch && execution.working.length === 0;
    const before = this.nodes.map(({ interrupted }) => interrupted);
    const starts = this.nodes.map((node) => node.starts);
    const what = execution.advance(this.#now, this.#epoch, this.#said, this.#draws, this.#faults);
    this.#note(what);
    this.#now += what === 'wait' ? 5000 : 300;
    if (cancelled && (what === 'restore' || what === 'survey')) this.#violated('I13', 'something new was begun after a cancel');
    this.#checkInterrupted(before, execution);
    this.#checkStarts(starts);
    if (execution.moves > MOST_MOVES) {
      this.#violated('I12', `${execution.moves} moves without an end`);
      execution.outcome = 'stale';
    }
    if (execution.outcome === 'rolled-back') this.#checkClaim(execution);
    if (execution.outcome === 'handed-over') this.#checkHandedOver(execution);
    if (execution.epoch < this.#epoch && what.endsWith(':done') && this.#fencedAt(execution))
      this.#violated('I5', `epoch ${execution.epoch} acted (${what}) where a newer one was known`);
  }

  /** Whether the node that was just worked on had seen a newer epoch. */
  #fencedAt({ epoch, attempts }: Execution): boolean {
    const node = this.nodes.find(({ name }) => name === attempts.at(-1)?.node);
    return node !== undefined && attempts.at(-1)?.ok === true && node.epoch > epoch && attempts.at(-1)?.finishedAt === this.#now - 300;
  }

  #say(): void {
    const current = this.#current;
    const by = { by: 'ann', at: this.#now };
    const chance = this.#draws.uniform();
    if (current.last?.move === 'ask' && chance < 0.7) {
      this.#said.approvals.push({
        wave: current.last.wave,
        planHash: current.planHash,
        answer: chance < 0.6 ? 'approve' : 'reject',
        ...by,
      });
      this.#note('answer');
    } else {
      const word = (['pause', 'go', 'go', 'cancel'] as const)[this.#draws.below(4)] ?? 'go';
      if (this.#said.control?.epoch === this.#epoch && this.#said.control.word === 'cancel') return;
      this.#said.control = { word, epoch: this.#epoch, ...by };
      this.#note(word);
    }
  }

  /** A host dies, is started by its supervisor, or takes the new files again by a configuration tool. */
  #host(): void {
    const node = this.#draws.pick(this.nodes);
    const chance = this.#draws.uniform();
    if (chance < 0.35 && node.serves !== null) {
      node.die();
      this.#note('host:dies');
    } else if (chance < 0.75 && node.serves === null) {
      if (node.start(this.#bug)) this.#violated('I7', `${node.name} began on a mixture of files`);
      this.#note('host:started');
    } else if (chance > 0.9 && !node.open && node.files === 'old') {
      node.files = 'new';
      this.#note('host:files-put-back');
    } else this.#pass(1000);
  }

  #takeOver(): void {
    this.#begin();
    this.#note('take-over');
  }

  #pass(ms: number): void {
    this.#now += ms;
    this.#note('time');
  }

  #note(what: string): void {
    this.#event += 1;
    this.#coverage.set(what, (this.#coverage.get(what) ?? 0) + 1);
    for (let i = 0; i < what.length; i++) this.#sum = (Math.imul(this.#sum, 31) + what.charCodeAt(i)) | 0;
  }

  /** Nothing more goes wrong; a last execution, and what older ones still had under way, come to their ends. */
  #settle(): void {
    if (this.#said.control?.word === 'pause') this.#said.control = { ...this.#said.control, word: 'go', at: this.#now };
    while (this.#event < MOST_EVENTS) {
      const busy = this.#executions.filter((one) => !one.isOver);
      if (busy.length === 0) return;
      const execution = this.#draws.pick(busy);
      if (execution.last?.move === 'ask' && execution === this.#current)
        this.#said.approvals.push({ wave: execution.last.wave, planHash: execution.planHash, answer: 'approve', by: 'bob', at: this.#now });
      this.#advance(execution);
    }
    this.#violated('I12', `no end in ${MOST_EVENTS} events`);
  }

  #violated(invariant: string, what: string): void {
    if (this.#violations.length < 5) this.#violations.push({ invariant, what, event: this.#event });
  }

  /** I3: nodes of two racks are never interrupted together by rollbacks. */
  #checkInterrupted(before: readonly boolean[], execution: Execution): void {
    const { mode } = execution;
    const fresh = this.nodes.filter((node, i) => node.interrupted && !before[i] && !execution.wasDown(node.name));
    for (const node of fresh) {
      const other = this.nodes.find((one) => one !== node && one.interrupted && one.rack !== node.rack && one.serves === null);
      if (other) this.#violated('I3', `${node.name} is interrupted (${mode}) while ${other.name} of another rack is`);
    }
  }

  #checkStarts(before: readonly number[]): void {
    this.nodes.forEach((node, i) => {
      if (node.starts > (before[i] as number) && node.serves === 'mixed') this.#violated('I7', `${node.name} began on a mixture of files`);
    });
  }

  /** I2: who claims that all is rolled back has seen it. */
  #checkClaim(execution: Execution): void {
    const wanted = new Set(execution.waves.flatMap(({ nodes }) => nodes));
    const not = this.nodes.find((node) => wanted.has(node.name) && !(node.files === 'old' && node.serves === 'old' && node.accepting));
    if (not) this.#violated('I2', `epoch ${execution.epoch} claims to be rolled back, and ${not.name} is not`);
  }

  /** I7: at its end, every node that an execution was about is whole, or handed over by name. */
  #checkHandedOver(execution: Execution): void {
    const wanted = new Set([...execution.waves.flatMap(({ nodes }) => nodes), ...execution.attempts.map(({ node }) => node)]);
    for (const node of this.nodes) {
      const whole = node.files !== 'mixed' && node.serves === node.files && node.accepting;
      if (wanted.has(node.name) && !whole && !execution.handedOver.includes(node.name))
        this.#violated('I7', `${node.name} is neither whole nor handed over`);
    }
  }

  /** I7: nobody's rollback leaves a node out of service that no one was told of. */
  #checkEnd(): void {
    const told = new Set(this.#executions.flatMap(({ handedOver }) => handedOver));
    for (const node of this.nodes)
      if (node.interrupted && node.serves !== null && !node.accepting && !told.has(node.name))
        this.#violated('I7', `${node.name} was left without clients`);
  }
}

/** The history of a number, in a run. */
export const historyOf = (index: number, run: number, bug: Bug | null, coverage: Map<string, number>): Ended =>
  new History(seedOf(bug ?? 'histories', index, run), bug, coverage).run();
