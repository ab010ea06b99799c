/** One rollback from its start to its rest, whatever happens in between: it is started again as its starter would, until it is over. */

import type { Execution } from '../../stand/simulated/aws/simulated-aws.ts';
import { CLUSTER, DEPLOYMENT, type ScenarioName, worldFrom } from '../../stand/simulated/scenario.ts';
import { Life } from '../../stand/simulated/time/life.ts';
import type { SimulatedWorld, WorldState, WorldWishes } from '../../stand/simulated/world.ts';
import { type Fault, withFault } from './fault.ts';

/** Who starts a rollback: the verdict of a verification, or a person. */
export const STARTERS = ['verdict', 'person'] as const;
export type Starter = (typeof STARTERS)[number];

/** The call and what happens to it; or the crash point of a node's program, by the same names. */
export interface FaultAt {
  readonly kind: string;
  readonly ordinal: number;
  readonly fault: Fault | 'program-ends';
}

export interface Attempt {
  readonly by: Starter;
  readonly ended: 'crashed' | 'never' | Execution['status'];
  /** `rolled-back`, `handed-over` … of its output; the error where it failed. */
  readonly outcome: string;
}

export interface Told {
  readonly attempts: readonly Attempt[];
  readonly world: SimulatedWorld;
  /** What `atEnds` said of the ends that an execution came to. */
  readonly told: readonly string[];
  /** False where the fault was never reached: the point is none. */
  readonly hit: boolean;
}

/** A rollback that is not over after so many starts never will be. */
const MOST_STARTS = 5;
/** Longer than any rollback may take, ms: what has not ended by then never will. */
const NEVER_ENDED_MS = 4 * 3_600_000;
/** What is still under way when all is over comes to its end in this time, ms. */
const REST_MS = 120_000;
const REFUSED = new Set(['refused', 'DEPLOYMENT_DECIDED']);

export interface Telling {
  /** How soon somebody starts it again after a crash. */
  readonly resumeAfterMs: number;
  /** What is wrong whenever an execution has come to its own end, be it a hand-over. */
  readonly atEnds: (world: SimulatedWorld) => readonly string[];
}

/** Tells the story. */
export async function tell(
  state: WorldState,
  starter: Starter,
  at: FaultAt | null,
  wishes: WorldWishes,
  { resumeAfterMs, atEnds }: Telling,
): Promise<Told> {
  const world = worldFrom(state, wishes);
  const told: string[] = [];
  let hit = false;
  let crash = (): void => undefined;
  if (at && at.fault !== 'program-ends')
    world.carry = withFault(
      { ...at, fault: at.fault },
      () => crash(),
      () => {
        hit = true;
      },
    );
  if (at?.fault === 'program-ends') {
    let reached = 0;
    world.endsProgram = (node, step, point) => {
      if (programPoint(node, step, point) !== at.kind || ++reached !== at.ordinal) return false;
      hit = true;
      return true;
    };
  }
  const controller = (ends: () => void): void => {
    crash = ends;
  };
  const ended = (): void => {
    told.push(...atEnds(world));
  };
  const attempts = await runToRest(world, { state, starter }, { resumeAfterMs, controller, ended });
  return { attempts, world, told, hit };
}

/** The rollback with nothing put in its way but what the world has already. */
export const tellUndisturbed = (world: SimulatedWorld, { state, starter }: Ground): Promise<Attempt[]> =>
  runToRest(world, { state, starter }, { resumeAfterMs: 0, controller: () => undefined, ended: () => undefined });

interface Running {
  readonly resumeAfterMs: number;
  /** Is given what ends the controller of each start. */
  readonly controller: (crash: () => void) => void;
  readonly ended: () => void;
}

/** Starts, and starts again, until the rollback is over. */
async function runToRest(
  world: SimulatedWorld,
  { state, starter }: Pick<Ground, 'state' | 'starter'>,
  { resumeAfterMs, controller, ended: tellEnded }: Running,
): Promise<Attempt[]> {
  const attempts: Attempt[] = [];
  await world.inside(async () => {
    while (attempts.length < MOST_STARTS && !isOver(world, attempts)) {
      // The same start again is what a redrive does, once; after that it is a person's business.
      const by = starter === 'verdict' && attempts.every(({ ended }) => ended === 'crashed') && attempts.length < 2 ? 'verdict' : 'person';
      const crashed = Promise.withResolvers<'crashed'>();
      const life = new Life('controller');
      controller(() => {
        life.end();
        for (const execution of world.aws.state.executions.values())
          if (execution.status === 'RUNNING') Object.assign(execution, { status: 'ABORTED', stoppedAt: world.clock.now });
        crashed.resolve('crashed');
      });
      const tooLong = world.pass(NEVER_ENDED_MS).then(() => 'never' as const);
      const ended = await Promise.race([world.execute('RollBack', inputOf(by, state), life), crashed.promise, tooLong]);
      if (ended === 'never') {
        attempts.push({ by, ended, outcome: '' });
        break;
      }
      if (ended === 'crashed') {
        attempts.push({ by, ended, outcome: '' });
        await world.pass(resumeAfterMs);
      } else {
        attempts.push({ by, ended: ended.status, outcome: ended.status === 'SUCCEEDED' ? outcomeOf(ended) : ended.error });
        tellEnded();
      }
    }
    await world.pass(REST_MS);
  });
  return attempts;
}

/** A person sees the record, and starts again until it says that all is back; or is told that there is no way back. */
function isOver({ aws }: SimulatedWorld, attempts: readonly Attempt[]): boolean {
  const last = attempts.at(-1);
  if (!last || last.ended === 'crashed') return false;
  return REFUSED.has(last.outcome) || recordIn(aws.state)?.['state'] === 'rolled-back';
}

const recordIn = ({ tables }: WorldState['aws']) =>
  [...(tables.get('Deployments')?.values() ?? [])].find(({ deployment }) => deployment === DEPLOYMENT);

/** How a crash point of a node's program is named among the calls. */
export const programPoint = (node: string, step: string, point: string): string => `node/${step}@${node}:program.${point}`;

const outcomeOf = ({ output }: Execution): string => String((output as { readonly outcome?: unknown } | null)?.outcome);

function inputOf(by: Starter, state: WorldState): object {
  if (by === 'person')
    return { cluster: CLUSTER, deployment: DEPLOYMENT, reason: 'what the ports serve is wrong', requestedBy: 'somebody' };
  const record = recordIn(state.aws);
  const nodes = state.ring.hosts.map(({ node }) => node);
  const look = { purpose: 'deployed', window: 0, occasion: '0a1b2c3d' };
  return { verdictOf: 'verify-deployment', cluster: CLUSTER, deployment: DEPLOYMENT, epoch: record?.['epoch'], nodes, ...look };
}

/** A scenario with its starter: what is run again and again. */
export interface Ground {
  readonly scenario: ScenarioName;
  readonly starter: Starter;
  readonly state: WorldState;
}
