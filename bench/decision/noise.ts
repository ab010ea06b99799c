/** Healthy clusters of several temperaments. Each is a range of parameters; a seed draws one of it. */
import type { Draws } from './random.ts';
import type { Noise } from './scenario.ts';

/** What every cluster has a little of. */
function everyday(draws: Draws): Noise {
  return {
    medianMs: { tls: draws.scale(6, 30), cql: draws.scale(1.5, 8) },
    nodeSigma: draws.between(0.03, 0.15),
    probeSigma: { tls: draws.between(0.25, 0.7), cql: draws.between(0.35, 0.9) },
    own: { sigma: draws.between(0.03, 0.08), tauS: draws.scale(2, 25) },
    shared: { sigma: draws.between(0.02, 0.06), tauS: draws.scale(3, 30) },
    tail: { share: draws.scale(0.003, 0.02), exponent: draws.between(0.9, 1.6) },
    pauses: { everyS: draws.scale(3, 15), ms: draws.scale(15, 90) },
    bursts: null,
    jobs: null,
    compactions: null,
    shifts: null,
    day: { factor: draws.between(1, 1.3), phase: draws.uniform() },
    hiccups: { everyS: draws.scale(90, 600), ms: draws.scale(150, 1000) },
    errors: { tls: draws.scale(0.0002, 0.006), cql: draws.scale(0.0001, 0.004) },
  };
}

type Temperament = (draws: Draws) => Noise;

const calm: Temperament = (draws) => ({
  ...everyday(draws),
  probeSigma: { tls: draws.between(0.08, 0.2), cql: draws.between(0.1, 0.25) },
  own: { sigma: draws.between(0.01, 0.04), tauS: draws.scale(3, 20) },
  shared: { sigma: draws.between(0.01, 0.03), tauS: draws.scale(5, 30) },
  tail: { share: draws.scale(0.0003, 0.002), exponent: draws.between(1.3, 2) },
});

const heavyTails: Temperament = (draws) => ({
  ...everyday(draws),
  probeSigma: { tls: draws.between(0.4, 0.9), cql: draws.between(0.6, 1.1) },
  tail: { share: draws.scale(0.01, 0.06), exponent: draws.between(0.7, 1.2) },
});

const gcBursts: Temperament = (draws) => ({
  ...everyday(draws),
  pauses: { everyS: draws.scale(2, 8), ms: draws.scale(20, 120) },
  bursts: {
    everyS: draws.scale(60, 240),
    lengthS: draws.scale(8, 40),
    pauseEveryS: draws.between(0.8, 2),
    pauseMs: draws.scale(100, 350),
  },
});

const batchJobs: Temperament = (draws) => ({
  ...everyday(draws),
  jobs: { everyS: draws.scale(120, 500), lengthS: draws.scale(45, 300), factor: draws.between(1.15, 1.35) },
  compactions: { everyS: draws.scale(100, 500), lengthS: draws.scale(20, 120), factor: draws.between(1.1, 1.35) },
});

const dailyDrift: Temperament = (draws) => ({
  ...everyday(draws),
  // Near the steepest hours of the morning and the evening, where a quarter of an hour shows the most.
  day: { factor: draws.between(1.5, 2.8), phase: draws.pick([0, 0.5]) + draws.between(-0.08, 0.08) },
  shifts: { everyS: draws.scale(150, 500), factor: draws.between(1.05, 1.25) },
});

/** Much within seconds, little within minutes: what a block of some seconds sees swings, the true minute hardly does. */
const noisyCorrelated: Temperament = (draws) => ({
  ...everyday(draws),
  own: { sigma: draws.between(0.06, 0.15), tauS: draws.scale(1, 8) },
  shared: { sigma: draws.between(0.07, 0.15), tauS: draws.scale(1.5, 10) },
  hiccups: { everyS: draws.scale(40, 240), ms: draws.scale(200, 1200) },
});

const unequalNodes: Temperament = (draws) => ({
  ...everyday(draws),
  nodeSigma: draws.between(0.4, 0.8),
  own: { sigma: draws.between(0.04, 0.1), tauS: draws.scale(3, 30) },
  compactions: { everyS: draws.scale(150, 500), lengthS: draws.scale(20, 90), factor: draws.between(1.1, 1.35) },
});

export const TEMPERAMENTS = { calm, heavyTails, gcBursts, batchJobs, dailyDrift, noisyCorrelated, unequalNodes } as const;

export const anyTemperament: Temperament = (draws) => draws.pick(Object.values(TEMPERAMENTS))(draws);
