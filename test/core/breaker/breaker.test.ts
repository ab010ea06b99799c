import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { afterAsking, type Breaker, closedBreaker, mayAsk, notAsked, openFor, policyFor, toTell } from '../../../core/breaker/breaker.ts';

const POLICY = policyFor('client', 3);
const NODES = policyFor('nodes', 3);
const fresh = closedBreaker('payments', 'client');
const fails = (breaker: Breaker, times: number, now = 1000, who = 'client', policy = POLICY): Breaker =>
  Array.from({ length: times }).reduce<Breaker>((one) => afterAsking(one, 'a', { ok: false, who, error: 'cut' }, now, policy), breaker);
const trialOf = (breaker: Breaker, caller: string, now: number): Breaker => {
  const permit = mayAsk(breaker, caller, now, POLICY);
  if (permit.permit !== 'trial') throw new Error(permit.permit);
  return permit.next;
};

describe('a breaker', () => {
  test('stays closed for two failures, and for any number with successes between them', () => {
    expect(fails(fresh, 2).state).toBe('closed');
    let breaker = fresh;
    for (let i = 0; i < 20; i++) breaker = afterAsking(fails(breaker, 2), 'a', { ok: true }, 1000, POLICY);
    expect(breaker).toEqual(fresh);
  });

  test('opens at the third in a row, says since when and why, and refuses until its time is over', () => {
    const open = fails(fresh, 3);
    expect(open).toMatchObject({ state: 'open', brokenSince: 1000, until: 31_000, error: 'cut' });
    expect(mayAsk(open, 'b', 30_999, POLICY)).toEqual({ permit: 'refused' });
    expect(notAsked(open)).toBe('the client: known to be broken since 1970-01-01T00:00:01.000Z (cut)');
  });

  test('is half-open for one caller; its success closes, its failure opens for twice as long, at most ten minutes', () => {
    let breaker = fails(fresh, 3);
    for (const length of [60_000, 120_000, 240_000, 480_000, 600_000, 600_000]) {
      const trial = trialOf(breaker, 'b', breaker.until);
      expect(mayAsk(trial, 'c', breaker.until + 1, POLICY)).toEqual({ permit: 'refused' });
      breaker = afterAsking(trial, 'b', { ok: false, who: 'client', error: 'still' }, breaker.until, POLICY);
      expect([breaker.state, breaker.until - trial.until + POLICY.trialMs, breaker.brokenSince]).toEqual(['open', length, 1000]);
    }
    const closed = afterAsking(trialOf(breaker, 'd', breaker.until), 'd', { ok: true }, breaker.until, POLICY);
    expect(closed).toMatchObject({ state: 'closed', failures: 0, openings: 0, brokenSince: null });
  });

  test('takes no word of a late failure for the outcome of the trial', () => {
    const trial = trialOf(fails(fresh, 3), 'b', 40_000);
    expect(fails(trial, 1, 40_001)).toBe(trial);
  });

  test('gives a trial that was lost to the next caller', () => {
    const trial = trialOf(fails(fresh, 3), 'b', 31_000);
    expect(mayAsk(trial, 'c', 31_000 + POLICY.trialMs, POLICY)).toMatchObject({ permit: 'trial', next: { trial: 'c' } });
  });

  test('of the nodes: one that fails for ever opens nothing; half of them, with no answer between, do', () => {
    const nodes = closedBreaker('payments', 'nodes');
    expect(fails(nodes, 50, 1000, 'n1', NODES).state).toBe('closed');
    expect(fails(fails(nodes, 2, 1000, 'n1', NODES), 1, 1000, 'n2', NODES).state).toBe('open');
    expect(policyFor('nodes', 1000).different).toBe(500);
    expect(policyFor('nodes', 1).different).toBe(1);
  });

  test('is told when it opens and when it closes, each once, and not when it is tried', () => {
    const open = fails(fresh, 3);
    expect([toTell(fresh), toTell(open), toTell({ ...open, told: 'open' })]).toEqual([null, 'open', null]);
    const trial = trialOf({ ...open, told: 'open' }, 'b', 40_000);
    expect([toTell(trial), toTell(afterAsking(trial, 'b', { ok: true }, 40_000, POLICY))]).toEqual([null, 'closed']);
  });
});

test('property: never two trials at once; a success closes; no time open is longer than the ceiling', () => {
  const steps = fc.array(
    fc.record({ caller: fc.constantFrom('a', 'b', 'c', 'd'), wait: fc.nat(200_000), ok: fc.boolean(), ends: fc.boolean() }),
    { minLength: 20, maxLength: 60 },
  );
  fc.assert(
    fc.property(steps, (all) => {
      let breaker: Breaker = fresh;
      let now = 0;
      let lastTrialUntil = Number.NEGATIVE_INFINITY;
      const running = new Set<string>();
      for (const { caller, wait, ok, ends } of all) {
        now += wait;
        const permit = mayAsk(breaker, caller, now, POLICY);
        if (permit.permit === 'refused') {
          expect(breaker.state).not.toBe('closed');
          expect(breaker.until - now).toBeLessThanOrEqual(breaker.state === 'open' ? POLICY.mostOpenMs : POLICY.trialMs);
          continue;
        }
        if (permit.permit === 'trial') {
          // The one before has ended, or its time is over.
          if (running.size > 0) expect(now).toBeGreaterThanOrEqual(lastTrialUntil);
          running.clear();
          running.add(caller);
          lastTrialUntil = permit.next.until;
          breaker = permit.next;
        }
        if (!ends) continue;
        breaker = afterAsking(breaker, caller, ok ? { ok } : { ok, who: 'client', error: 'x' }, now, POLICY);
        if (ok) expect(breaker.state).toBe('closed');
        if (breaker.state !== 'half-open') running.clear();
        if (breaker.state === 'open') expect(breaker.until).toBeLessThanOrEqual(now + openFor(breaker.openings, POLICY));
      }
    }),
    { numRuns: 2000 },
  );
});
