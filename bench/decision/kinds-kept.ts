/** Deployments with which nothing is wrong, however it looks. */
import type { Kind } from './kind.ts';
import { TEMPERAMENTS } from './noise.ts';
import { ALL, type Stop } from './scenario.ts';
import { healthy, innocentFailing, RESTART_GRACE_S, restartsOf, slower } from './scenario-parts.ts';

const temperament = (name: string, of: keyof typeof TEMPERAMENTS, truth: string): Kind => ({
  name,
  group: 'kept',
  truth,
  draw: (draws) => healthy(draws, { noise: TEMPERAMENTS[of](draws) }),
});

/** Eight seconds, as a long collection or a SIGSTOP: within them probes wait, and most run into their time-out. */
const STOP_MS = 8000;

export const KEPT: readonly Kind[] = [
  temperament('healthy-calm', 'calm', 'quiet nodes, rare tails'),
  temperament('healthy-heavy-tails', 'heavyTails', '1–6 % of probes in a Pareto tail of exponent 0.8–1.3'),
  temperament('healthy-gc-bursts', 'gcBursts', 'times of 8–40 s with pauses of 0.1–0.35 s a second or two apart, on one node'),
  temperament('healthy-batch-jobs', 'batchJobs', 'jobs of 45–300 s with up to 1.35 × the response time, compactions'),
  temperament('healthy-daily-drift', 'dailyDrift', 'the steep hours of a day, and steps of the load by up to 1.25 ×'),
  temperament('healthy-noisy-correlated', 'noisyCorrelated', 'autoregressive noise common to all nodes, stalls of the probing client'),
  temperament('healthy-unequal-nodes', 'unequalNodes', 'nodes whose levels differ by a factor of two or more'),
  {
    name: 'gc-pause-one-node',
    group: 'kept',
    truth: 'one node stands still once, for 8 s; most probes of it then time out',
    draw: (draws, nodes) =>
      healthy(draws, { stops: [{ node: draws.below(nodes), fromMs: draws.between(1000, 600_000), lengthMs: STOP_MS }] }),
  },
  {
    name: 'gc-pause-each-node',
    group: 'kept',
    truth: 'every node stands still once, for 8 s, one after the other with 15–90 s between',
    draw: (draws, nodes) => {
      let fromMs = draws.between(1000, 200_000);
      const stops: Stop[] = [];
      for (let node = 0; node < nodes; node += 1) {
        stops.push({ node, fromMs, lengthMs: STOP_MS });
        fromMs += STOP_MS + draws.between(15_000, 90_000);
      }
      return healthy(draws, { stops });
    },
  },
  {
    name: 'gc-pause-all-nodes',
    group: 'kept',
    truth: 'all nodes stand still at once, one time, for 8 s, as when a hypervisor does',
    draw: (draws) => healthy(draws, { stops: [{ node: ALL, fromMs: draws.between(1000, 600_000), lengthMs: STOP_MS }] }),
  },
  {
    name: 'tls-failures-5',
    group: 'kept',
    truth: '5 % of the handshakes fail, evenly or in bursts; the threshold is 10 %',
    draw: (draws) => healthy(draws, { failing: [innocentFailing(0.05, draws)] }),
  },
  {
    name: 'cql-errors-12',
    group: 'kept',
    truth: 'the share of failing reads is 12 %, evenly or in bursts; the threshold is 20 percentage points above the baseline',
    draw: (draws) => healthy(draws, { failing: [innocentFailing(0.12, draws, { kind: 'cql' })] }),
  },
  {
    name: 'one-node-below',
    group: 'kept',
    truth: 'one node is below each threshold at once: 5 % of its handshakes fail, and it answers in 1.25 × the time',
    draw: (draws, nodes) => {
      const node = draws.below(nodes);
      return healthy(draws, { failing: [innocentFailing(0.05, draws, { node })], elevations: [slower(1.25, 0, { node, innocent: true })] });
    },
  },
  {
    name: 'ramp-to-1.3x',
    group: 'kept',
    truth: 'response times grow to 1.3 × within 30–240 s and stay',
    draw: (draws) => healthy(draws, { elevations: [slower(1.3, 0, { rampMs: draws.between(30_000, 240_000), innocent: true })] }),
  },
  {
    name: 'traffic-shift',
    group: 'kept',
    truth: 'with the deployment the load steps: 1.15–1.3 × from its first second on',
    draw: (draws) => healthy(draws, { elevations: [slower(draws.between(1.15, 1.3), 0, { rampMs: 2000, innocent: true })] }),
  },
  {
    name: 'stale-baseline',
    group: 'kept',
    truth: 'the only baseline is of an hour ago, when response times were 0.4–0.65 × of what is now normal; held against the level of now',
    draw: (draws) => healthy(draws, { baseline: 'stale', staleFactor: draws.between(0.4, 0.65) }),
  },
  {
    name: 'no-baseline',
    group: 'kept',
    truth: 'nothing was measured before; held against the level of now',
    draw: (draws) => healthy(draws, { baseline: 'absent' }),
  },
  {
    name: 'restart-warm-up',
    group: 'kept',
    truth: 'each node restarts in turn (refused for 8–15 s, then 2–3.5 × as slow, cooling with 15–25 s) within a declared grace of 240 s',
    draw: (draws, nodes) => {
      const restarts = restartsOf(draws, nodes);
      return healthy(draws, { graceS: RESTART_GRACE_S, ...restarts });
    },
  },
  {
    name: 'tls-failures-exactly-10',
    group: 'apart',
    truth: '10 % of the handshakes fail, each for itself: not above 10 %, and not below',
    draw: (draws) => healthy(draws, { failing: [innocentFailing(0.1, draws, { burst: 1 })] }),
  },
];
