/**
 * A whole world in one process: a simulated ring, an AWS in memory that runs the deployed state machines and the real handlers, and a
 * clock that waits for nothing. The same seed gives the same run twice. Its state is plain data, so a world can be copied.
 */
import type { HandshakeFact } from '../../core/node/facts.ts';
import type { NodeRequest } from '../../core/node/requests.ts';
import { seededRandom } from '../random.ts';
import type { Carry } from './aws/call.ts';
import { type Handler, type Handlers, loadHandlers } from './aws/functions.ts';
import { interceptingAws } from './aws/intercept.ts';
import { type AwsState, type Execution, SimulatedAws } from './aws/simulated-aws.ts';
import type { Ended } from './aws/ssm.ts';
import { Workflows } from './aws/workflows.ts';
import { ENVIRONMENT, withEnvironment } from './environment.ts';
import { dialling } from './network.ts';
import type { Locks, PlantedOnNode } from './node/program-in-hand.ts';
import { runProgram } from './node/run-program.ts';
import { dialPort } from './ring/dial-port.ts';
import { type Dialler, type RingState, SimulatedRing } from './ring/ring.ts';
import { inVirtualTime } from './time/in-virtual-time.ts';
import { Life } from './time/life.ts';
import { VirtualClock } from './time/virtual-clock.ts';

export interface WorldState {
  readonly now: number;
  readonly aws: AwsState;
  readonly ring: RingState;
}

/** Machines whose functions are loaded, and a function that a deployer's Completed event reaches. */
const MACHINES = ['BackUpCluster', 'RollBack', 'RollBackNode', 'VerifyNode'];

/** How many worlds there were in this process: functions remember public keys by id, and a new world must not profit from it. */
let worlds = 0;

export interface WorldWishes {
  readonly seed: number;
  /** Bugs that a test plants in the nodes. */
  readonly planted?: ReadonlySet<PlantedOnNode>;
  /** Handlers in the place of the real ones. */
  readonly handlers?: Readonly<Record<string, (real: Handler) => Handler>>;
  /** `false`: nobody ends what takes too long; a bug that a test plants. */
  readonly deadlines?: boolean;
}

/** Where a node's program is ended: asked at each of its crash points. */
export type EndProgram = (node: string, step: string, point: string) => boolean;

export class SimulatedWorld {
  readonly clock: VirtualClock;
  readonly ring: SimulatedRing;
  readonly aws: SimulatedAws;
  readonly random: () => number;
  carry: Carry = (call) => call.perform();
  endsProgram: EndProgram = () => false;
  readonly #locks: Locks = new Map();
  readonly #workflows: Workflows;
  readonly #wishes: WorldWishes;
  readonly #number: number;
  #handlers: Handlers = new Map();

  constructor(state: WorldState, wishes: WorldWishes) {
    worlds += 1;
    this.#number = worlds;
    this.#wishes = wishes;
    this.clock = new VirtualClock(state.now);
    this.random = seededRandom(wishes.seed);
    this.ring = new SimulatedRing(state.ring, this.clock);
    const nodes = state.ring.hosts.map(({ node }) => node);
    const { clock, random } = this;
    const carry = (): Carry => this.carry;
    this.aws = new SimulatedAws(state.aws, { clock, random, nodes, run: (...args) => this.runProgram(...args) }, carry);
    const { executions, objects } = state.aws;
    this.#workflows = new Workflows({
      clock,
      random,
      executions,
      objects,
      handlers: () => this.#handlers,
      carry,
      tokens: this.aws.tokens,
      deadlines: wishes.deadlines ?? true,
    });
  }

  /** The state as it is now, to be copied. */
  get state(): WorldState {
    return { now: this.clock.now, aws: this.aws.state, ring: this.ring.state };
  }

  /** Runs something inside the world: its clock, chance, AWS, network and environment are the only ones meanwhile. */
  async inside<T>(run: () => Promise<T>): Promise<T> {
    const real = await loadHandlers(MACHINES, ['AdmitVerification']);
    const bent = this.#wishes.handlers ?? {};
    this.#handlers = new Map([...real].map(([name, handler]) => [name, bent[name]?.(handler) ?? handler]));
    const ports = {
      isOpen: (address: string) => this.ring.host(address).process?.nativeTransport === true,
      dial: (dialler: Dialler, address: string, how: string) =>
        dialPort(
          { ring: this.ring, clock: this.clock, carry: this.carry },
          { from: 'function', place: `client/${how}`, dialler, address, listener: 'client' },
        ),
    };
    try {
      return await withEnvironment(ENVIRONMENT(this.#number), () =>
        inVirtualTime(this.clock, this.random, () =>
          interceptingAws(
            (client, command, input) => this.aws.answer(client, command, input),
            () => dialling(ports, run),
          ),
        ),
      );
    } finally {
      this.clock.clear();
    }
  }

  /** Runs a state machine to its end; where `life` is ended before, nobody hears of it any more. */
  execute(machine: string, input: unknown, life = new Life(machine)): Promise<Execution> {
    return this.#workflows.execute(machine, input, life);
  }

  /** Calls one function as its event source would. */
  async call(name: string, event: unknown): Promise<unknown> {
    const handler = this.#handlers.get(name);
    if (!handler) throw new Error(`no function ${name} was loaded`);
    return handler(event as never);
  }

  /** One request to one node by its own program, as the agent runs it. */
  runProgram(node: string, request: NodeRequest, allow: 'observe' | 'act', life = new Life(request.step)): Promise<Ended> {
    const { clock, ring } = this;
    const carry: Carry = (call) => this.carry(call);
    const { objects } = this.aws.state;
    const endsAt = (point: string): boolean => this.endsProgram(node, request.step, point);
    const planted = this.#wishes.planted ?? new Set();
    return runProgram({ clock, ring, carry, objects, endsAt, planted, locks: this.#locks }, node, request, allow, life);
  }

  /** What a person, or the checker, sees who dials a port. No fault is put into it. */
  look(dialler: Dialler, address: string, listener: 'client' | 'internode'): HandshakeFact {
    return this.ring.dial(dialler, address, listener);
  }

  /** Lets time pass in the world: what is under way goes on. */
  async pass(ms: number): Promise<void> {
    await this.clock.sleep(ms);
  }
}
