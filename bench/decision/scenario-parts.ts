/** The pieces of which the kinds of deployments are put together. */
import { anyTemperament } from './noise.ts';
import type { Draws } from './random.ts';
import { ALL, type Elevation, type Failing, type Scenario } from './scenario.ts';

/** Later than any watch ends. */
export const FOREVER_MS = 86_400_000;

/** A healthy deployment on a cluster of any temperament. */
export function healthy(draws: Draws, part: Partial<Scenario> = {}): Scenario {
  return {
    noise: part.noise ?? anyTemperament(draws),
    elevations: part.elevations ?? [],
    failing: part.failing ?? [],
    stops: part.stops ?? [],
    baseline: part.baseline ?? 'fresh',
    staleFactor: part.staleFactor ?? 1,
    graceS: part.graceS ?? 0,
    onsetS: part.onsetS ?? null,
    faulty: part.faulty ?? [],
  };
}

/** Response times of all nodes and both kinds of probes, `factor` times as long from `fromS` on. */
export function slower(factor: number, fromS: number, part: Partial<Elevation> = {}): Elevation {
  return { fromMs: fromS * 1000, toMs: FOREVER_MS, node: ALL, tls: factor, cql: factor, rampMs: 0, innocent: false, ...part };
}

/**
 * Handshakes that fail, from `fromS` on: in one world of two in bursts. A fault’s bursts leave it above its threshold between them; what
 * is innocent swings more, up to its threshold.
 */
export function failing(share: number, fromS: number, draws: Draws, part: Partial<Failing> = {}): Failing {
  return { kind: 'tls', share, fromMs: fromS * 1000, toMs: FOREVER_MS, node: ALL, burst: draws.chance(0.5) ? FAULT_BURST : 1, ...part };
}

/** Between the bursts seven tenths of the share are left. */
const FAULT_BURST = 1.6;

/** The same where the share is below the threshold. */
export function innocentFailing(share: number, draws: Draws, part: Partial<Failing> = {}): Failing {
  return failing(share, 0, draws, { burst: draws.chance(0.5) ? INNOCENT_BURST : 1, ...part });
}

/** Between the bursts half of the share is left. */
const INNOCENT_BURST = 2;

/** A fault from the deployment on. */
export const faulty = (draws: Draws, part: Partial<Scenario>): Scenario => healthy(draws, { onsetS: 0, ...part });

/** What is declared for a deployment by restart. */
export const RESTART_GRACE_S = 240;

/** Each node restarts in turn within 95 s: refused at first, then with cold caches. All is over well within the grace. */
export function restartsOf(draws: Draws, nodes: number): Pick<Scenario, 'elevations' | 'failing'> {
  const restarts = Array.from({ length: nodes }, (_, node) => {
    const fromMs = (node * 90_000) / nodes + draws.between(0, 5000);
    return { node, fromMs, upMs: fromMs + draws.between(8000, 15_000) };
  });
  return {
    failing: restarts.flatMap(({ node, fromMs, upMs }) =>
      (['tls', 'cql'] as const).map((kind) => ({ kind, node, fromMs, toMs: upMs, share: 1, burst: 1 })),
    ),
    elevations: restarts.map(({ node, upMs }) =>
      slower(draws.between(2, 3.5), upMs / 1000, { node, decayMs: draws.between(15_000, 25_000) }),
    ),
  };
}
