/** A thread that runs its share of the points; virtual time is one to a thread. */
import { parentPort, workerData } from 'node:worker_threads';
import { decidedWorld, SCENARIOS, type ScenarioName } from '../../stand/simulated/scenario.ts';
import { checkPoint, settledOf, type Violation } from './check.ts';
import { countByFault, type Point, pointsOf } from './points.ts';
import { STARTERS, type Starter } from './story.ts';

export interface Asked {
  readonly seed: number;
  readonly grounds: readonly string[];
  readonly every: number;
  readonly point: string | null;
  readonly thread: number;
  readonly threads: number;
}

export interface Answered {
  readonly points: number;
  readonly byFault: ReturnType<typeof countByFault>;
  /** How many points went each way: who started, and how each start ended. */
  readonly byEnd: readonly (readonly [string, number])[];
  readonly violations: readonly Violation[];
}

const EVERY_MS = 15_000;

async function share({ seed, grounds, every, point: only, thread, threads }: Asked): Promise<Answered> {
  // What handlers log of the faults that they meet would drown what is found.
  console.error = () => undefined;
  const run: Point[] = [];
  const violations: Violation[] = [];
  const ends = new Map<string, number>();
  let told = performance.now();
  for (const name of grounds) {
    const [scenario, starter] = groundNamed(name);
    const ground = { scenario, starter, state: await decidedWorld(scenario, { seed }) };
    const settled = await settledOf(ground, { seed });
    const all = await pointsOf(ground, { seed });
    const wanted = only === null ? all.filter((_, i) => i % every === 0) : all.filter(({ id }) => id === only);
    const mine = wanted.filter((_, i) => i % threads === thread);
    for (const [done, point] of mine.entries()) {
      const checked = await checkPoint(point, settled, { seed });
      if (!checked.hit) throw new Error(`the point ${point.id} was not reached again: the run is not the same twice`);
      const end = checked.attempts.map((attempt) => `${attempt.by} ${attempt.outcome || attempt.ended}`).join(' → ');
      ends.set(end, (ends.get(end) ?? 0) + 1);
      violations.push(...checked.violations);
      run.push(point);
      if (thread === 0 && performance.now() - told > EVERY_MS) {
        told = performance.now();
        parentPort?.postMessage(`${name}: ${done} of ${mine.length} points of this thread, ${violations.length} violations`);
      }
    }
  }
  return { points: run.length, byFault: countByFault(run), byEnd: [...ends], violations };
}

function groundNamed(name: string): readonly [ScenarioName, Starter] {
  const [scenario = '', starter = ''] = name.split('/');
  if (!Object.hasOwn(SCENARIOS, scenario) || !(STARTERS as readonly string[]).includes(starter))
    throw new Error(`there is no ground ${name} → one of ${Object.keys(SCENARIOS).join(', ')}, then / and ${STARTERS.join(' or ')}`);
  return [scenario as ScenarioName, starter as Starter];
}

if (parentPort) parentPort.postMessage(await share(workerData as Asked));
