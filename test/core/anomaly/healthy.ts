/**
 * Healthy deployments from a seed: eight weeks of history of three nodes, then a watch in which nothing is wrong, but everything moves as it does
 * on real hosts: hours and minutes that hang together, heavy tails, pauses for garbage, compactions, and now and then a batch load.
 */
import { noticed, type UnusualSoFar } from '../../../core/anomaly/unusual.ts';
import { unusualIn } from '../../../core/anomaly/unusual-loads.ts';
import { type Baseline, emptyBaseline } from '../../../core/baseline/baseline.ts';
import { learn } from '../../../core/baseline/learn.ts';
import type { BaselineSample } from '../../../core/baseline/sample.ts';
import { Health } from '../../../core/health/health-check.ts';
import type { HealthSample } from '../../../core/health/health-sample.ts';
import { judgeHealth } from '../../../core/health/judge-health.ts';
import type { SoakLoad } from '../../../core/load/gather-load.ts';
import { seededRandom } from '../../../stand/random.ts';
import { at as momentOf } from './../baseline/weeks.ts';

const HOUR = 3_600_000;
const WEEKS = 8;
const HOURS = WEEKS * 168;
const WINDOW_MS = 5000;
/** A look at the nodes every so many windows. */
const NODE_LOOK = 12;
export const RING = ['i-0', 'i-1', 'i-2'] as const;
const CHECKS = ['checkout', 'orders', 'search'] as const;

type Random = () => number;
const normal = (random: Random): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
/** A step of noise that hangs together: `memory` of it stays. */
const step = (before: number, memory: number, deviation: number, random: Random): number =>
  memory * before + Math.sqrt(1 - memory * memory) * deviation * normal(random);
/** One answer: scatters, and two of a hundred take several times as long. */
const scattered = (random: Random): number => Math.exp(0.25 * normal(random)) * (random() < 0.02 ? 2 + 4 * random() : 1);
const season = (hour: number): number => Math.exp(0.4 * Math.sin(((hour % 24) / 24) * 2 * Math.PI) - (hour % 168 >= 120 ? 0.4 : 0));

/** What a node's hours look like: the level of each metric by the hour. */
interface Level {
  readonly connectionMs: number;
  readonly cpu: number;
  readonly errors: number;
}
const LEVEL: Level = { connectionMs: 9, cpu: 0.14, errors: 0.0004 };

function* hoursOf(random: Random): Generator<Level> {
  let [slow, busy, failing] = [0, 0, 0];
  for (let hour = 0; ; hour++) {
    [slow, busy, failing] = [step(slow, 0.5, 0.12, random), step(busy, 0.5, 0.12, random), step(failing, 0.7, 0.4, random)];
    const odd = random() < 0.005 ? 2.5 : 1;
    yield {
      connectionMs: LEVEL.connectionMs * season(hour) ** 0.5 * Math.exp(slow) * odd,
      cpu: Math.min(0.7, LEVEL.cpu * season(hour) * Math.exp(busy) * odd),
      errors: LEVEL.errors * Math.exp(failing),
    };
  }
}

/** Errors of so many requests; few enough for a sum of exponential pauses. */
function countOf(mean: number, random: Random): number {
  let [count, sum] = [0, -Math.log(1 - random())];
  while (sum < mean) [count, sum] = [count + 1, sum - Math.log(1 - random())];
  return count;
}

interface History {
  readonly baselines: readonly Baseline<'production'>[];
  /** Hours after what was learnt, of each node. */
  readonly next: ReadonlyMap<string, readonly Level[]>;
}

/** What is learnt of a healthy ring in eight weeks, and the week after. */
export function historyOf(seed: number): History {
  const random = seededRandom(seed);
  const next = new Map<string, readonly Level[]>();
  const baselines = RING.map((node) => {
    const hours = hoursOf(random);
    const all = Array.from({ length: HOURS + 168 }, () => hours.next().value as Level);
    next.set(node, all.slice(HOURS));
    const samples = all.slice(0, HOURS).map((level, hour): BaselineSample => {
      const requests = 200_000 * season(hour);
      return {
        at: momentOf(hour) + HOUR / 2,
        node,
        values: {
          'connection-time': level.connectionMs * scattered(random),
          cpu: level.cpu,
          'error-rate': countOf(requests * level.errors, random) / requests,
        },
      };
    });
    return learn(emptyBaseline('production', 'payments', node), samples, momentOf(HOURS));
  });
  return { baselines, next };
}

/** What is wrong after all: factors from the first window on. */
export interface Wrong {
  readonly connection?: number;
  readonly cpu?: number;
  readonly errors?: number;
  readonly answers?: number;
}

/** What a watch of so many windows found unusual, look after look. */
export function watch(history: History, seed: number, windows: number, wrong: Wrong = {}): UnusualSoFar[] {
  const random = seededRandom(seed);
  const hour = Math.floor(random() * 168);
  const start = momentOf(HOURS + hour) + Math.floor(random() * (HOUR - windows * WINDOW_MS));
  const known = { environment: 'production' as const, cluster: 'payments', versions: history.baselines, overrides: [] };
  // One in thirty has a batch load that makes everything a third slower, and takes half as much CPU again.
  const batch = random() < 1 / 30;
  const nodes = RING.map((node) => ({
    node,
    level: history.next.get(node)?.[hour] as Level,
    minute: 0,
    busy: 0,
    pausing: 0,
    compacts: random() < 0.1,
    counters: { requests: 5_000_000, errors: 2000, cpuMs: 1e9 },
  }));
  const health = Health.parse({ checks: CHECKS.map((name) => ({ kind: 'tcp', name, host: `${name}.internal`, port: 443 })) });
  const answered = (check: string, at: number, factor: number): HealthSample => ({
    check,
    outcome: 'passed',
    observed: 'it accepts',
    at,
    ms: 20 * factor * scattered(random),
    attempts: 1,
  });
  const before = CHECKS.flatMap((check) => Array.from({ length: 20 }, (_, i) => answered(check, start - (21 - i) * HOUR, 1)));
  const during: HealthSample[] = [];
  const soak: { [node: string]: SoakLoad[string] } = Object.fromEntries(RING.map((node) => [node, { samples: [], connections: [] }]));
  let found: UnusualSoFar[] = [];
  for (let window = 0; window < windows; window++) {
    const at = start + window * WINDOW_MS;
    for (const one of nodes) {
      one.minute = step(one.minute, 0.9, 0.15, random);
      one.busy = step(one.busy, 0.8, 0.2, random);
      one.pausing = one.pausing > 0 ? one.pausing - 1 : random() < 0.01 ? 2 : 0;
      const slow = (batch ? 1.33 : 1) * (one.pausing > 0 ? 3 + 7 * random() : 1) * (wrong.connection ?? 1);
      const share = Math.min(1, one.level.cpu * Math.exp(one.busy) * (batch ? 1.5 : 1) * (one.compacts ? 1.5 : 1) * (wrong.cpu ?? 1));
      const requests = Math.round(280 * season(hour) * (0.8 + 0.4 * random()));
      const { counters } = one;
      counters.requests += requests;
      counters.errors += countOf(requests * one.level.errors * (wrong.errors ?? 1), random);
      counters.cpuMs += share * WINDOW_MS * 8;
      const seen = soak[one.node] as SoakLoad[string];
      const looked = window % NODE_LOOK === 0;
      const sample = { at, uptimeMs: 1e9 + window * WINDOW_MS, processors: 8, dropped: 0, ...counters };
      soak[one.node] = {
        samples: looked ? [...seen.samples, sample] : seen.samples,
        connections: [...seen.connections, one.level.connectionMs * Math.exp(one.minute) * slow * scattered(random)],
      };
    }
    for (const check of CHECKS) {
      const pausing = nodes.some((one) => one.pausing > 0) && random() < 1 / 3;
      during.push(answered(check, at, (batch ? 1.33 : 1) * (pausing ? 3 + 7 * random() : 1) * (wrong.answers ?? 1)));
    }
    found = noticed(found, unusualIn({ health: judgeHealth(health, before, during.slice(-12)), soak }, known, at), at);
  }
  return found;
}
