/**
 * Deployments with which something is wrong. Of every fault of response time that stays holds, and is measured on the world itself: the
 * true median is above 1.5 × the baseline's in each 60 s of it, at every node that has it, over any noise.
 */
import type { Kind } from './kind.ts';
import type { Draws } from './random.ts';
import type { Scenario } from './scenario.ts';
import { failing, faulty, RESTART_GRACE_S, restartsOf, slower } from './scenario-parts.ts';

const found = (name: string, truth: string, draw: (draws: Draws, nodes: number) => Scenario): Kind => ({
  name,
  group: 'found',
  truth,
  draw,
});

/** On for 20 to 45 s, off for about as long. */
const flap = (draws: Draws) => {
  const onMs = draws.between(20_000, 45_000);
  return { flap: { onMs, offMs: onMs * draws.between(0.7, 1.3) } };
};

export const FOUND: readonly Kind[] = [
  found('latency-2x', 'response times twice as long from the deployment on', (draws) => faulty(draws, { elevations: [slower(2, 0)] })),
  found('latency-3x', 'response times three times as long', (draws) => faulty(draws, { elevations: [slower(3, 0)] })),
  found('latency-2x-cql-only', 'reads take twice as long, handshakes as ever', (draws) =>
    faulty(draws, { elevations: [slower(2, 0, { tls: 1 })] }),
  ),
  found('ramp-to-2x', 'grow to twice as long within 60–180 s; the time counts from the ramp’s beginning', (draws) =>
    faulty(draws, { elevations: [slower(2, 0, { rampMs: draws.between(60_000, 180_000) })] }),
  ),
  found('tls-failures-20', '20 % of the handshakes fail, evenly or in bursts', (draws) =>
    faulty(draws, { failing: [failing(0.2, 0, draws)] }),
  ),
  found('tls-failures-50', '50 % of the handshakes fail', (draws) => faulty(draws, { failing: [failing(0.5, 0, draws)] })),
  found('cql-errors-40', 'the share of failing reads grows by 40 percentage points', (draws) =>
    faulty(draws, { failing: [failing(0.4, 0, draws, { kind: 'cql' })] }),
  ),
  found('flapping-latency', '2–2.5 × as long for 20–45 s, as ever for about as long, and again', (draws) =>
    faulty(draws, { elevations: [slower(draws.between(2, 2.5), 0, flap(draws))] }),
  ),
  found('flapping-tls', '50 % of the handshakes fail for 20–45 s, none for about as long, and again', (draws) =>
    faulty(draws, { failing: [failing(0.5, 0, draws, flap(draws))] }),
  ),
  found('one-node-2x', 'one node answers in twice the time', (draws, nodes) => {
    const node = draws.below(nodes);
    return faulty(draws, { elevations: [slower(2, 0, { node })], faulty: [node] });
  }),
  found('one-node-tls', '20–50 % of the handshakes with one node fail', (draws, nodes) => {
    const node = draws.below(nodes);
    return faulty(draws, { failing: [failing(draws.between(0.2, 0.5), 0, draws, { node })], faulty: [node] });
  }),
  found('late-2x', 'well for 2–4 min, then twice as long', (draws) => {
    const onsetS = Math.round(draws.between(120, 240));
    return faulty(draws, { onsetS, elevations: [slower(2, onsetS)] });
  }),
  found('late-tls-20', 'well for 2–4 min, then 20 % of the handshakes fail', (draws) => {
    const onsetS = Math.round(draws.between(120, 240));
    return faulty(draws, { onsetS, failing: [failing(0.2, onsetS, draws)] });
  }),
  found('2x-after-grace', 'restarts as declared, and when the grace of 240 s ends, response times are twice as long', (draws, nodes) => {
    const { failing: refused, elevations } = restartsOf(draws, nodes);
    const onsetS = RESTART_GRACE_S;
    return faulty(draws, { graceS: onsetS, onsetS, failing: refused, elevations: [...elevations, slower(2, onsetS)] });
  }),
  found('tls-20-stale-baseline', '20 % of the handshakes fail, and the only baseline is of an hour ago', (draws) =>
    faulty(draws, { baseline: 'stale', staleFactor: draws.between(0.4, 0.65), failing: [failing(0.2, 0, draws)] }),
  ),
];
