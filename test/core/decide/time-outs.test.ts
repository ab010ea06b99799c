import { describe, expect, test } from 'vitest';
import { summariseWindow } from '../../../core/decide/this-window.ts';
import type { WindowSummary } from '../../../core/decide/window-summary.ts';
import { allGood, evidence, found, good, LIMITS, verdictOf, verification } from '../../fixtures/deployment-evidence.ts';
import { NOW } from '../../fixtures/pki.ts';
import { NODES } from '../../fixtures/ring.ts';

describe('time-outs of the parts', () => {
  const LONG_AGO = NOW - 500_000;
  const unreachable = [
    verification(NODES[0], [
      { check: 'service-state' },
      { check: 'wire-from-client', outcome: 'unknown', findings: [{ ...found('CLIENT_UNREACHABLE', 'client'), severity: 'warning' }] },
    ]),
    ...allGood.slice(1),
  ];
  const window = (at: number, bent: Partial<WindowSummary> = {}): WindowSummary => ({
    window: 0,
    at,
    outcome: 'unclear',
    ...bent,
  });
  const lost = (at: number) => window(at, { unreachable: true });
  const networkMs = LIMITS.networkSeconds * 1000;

  test('connectivity: ports that stay unreachable end in hold after the network’s own time, not in watching on', () => {
    const since = NOW - networkMs;
    const at = { completedAt: LONG_AGO, earlier: [good(since - 5000), lost(since), lost(NOW - 5000)] };
    expect(verdictOf(evidence(unreachable, at))).toMatchObject({
      verdict: 'hold',
      reason: expect.stringContaining(`longer than the ${LIMITS.networkSeconds} s that connectivity may take`),
    });
    expect(verdictOf(evidence(unreachable, { ...at, now: NOW - 1 }))).toBeNull();
  });

  test('connectivity that came back in between starts the time anew; before the activation is due it does not run', () => {
    const flap = [lost(NOW - networkMs - 10_000), window(NOW - 60_000), lost(NOW - 5000)];
    expect(verdictOf(evidence(unreachable, { completedAt: LONG_AGO, earlier: flap }))).toBeNull();
    const early = { completedAt: NOW - 10_000, earlier: [lost(NOW - networkMs - 10_000)] };
    expect(verdictOf(evidence(unreachable, early))).toBeNull();
  });

  test('a node that is starting has the start’s time, not the network’s', () => {
    const starting = [
      verification(NODES[0], [
        { check: 'service-state', outcome: 'unknown' },
        { check: 'wire-from-client', outcome: 'unknown', findings: [{ ...found('CLIENT_UNREACHABLE', 'client'), severity: 'warning' }] },
      ]),
      ...allGood.slice(1),
    ];
    expect(summariseWindow(evidence(starting)).unreachable).toBeUndefined();
    expect(summariseWindow(evidence(unreachable)).unreachable).toBe(true);
  });

  test('nor has it where its peers run and cannot reach it; a node that tells nothing of itself has the network’s', () => {
    const [first, second, third] = NODES as readonly [string, string, string];
    const link = {
      ...found('PEER_UNREACHABLE', 'peer', second),
      where: `${second} → ${first}, internode:7000`,
      severity: 'warning' as const,
    };
    const seen = (files: 'passed' | 'unknown') => [
      verification(first, [
        { check: 'file-integrity', outcome: files },
        { check: 'service-state', outcome: 'unknown' },
      ]),
      verification(second, [{ check: 'service-state' }, { check: 'peer-handshakes', outcome: 'unknown', findings: [link] }]),
      verification(third, [{}]),
    ];
    expect(summariseWindow(evidence(seen('passed'))).unreachable).toBeUndefined();
    expect(summariseWindow(evidence(seen('unknown'))).unreachable).toBe(true);
  });

  test('monitoring: good windows that never last for a soak end in hold after the monitoring’s own time', () => {
    const performanceMs = LIMITS.performanceSeconds * 1000;
    const flapping = [good(NOW - performanceMs), window(NOW - 100_000), good(NOW - 50_000), window(NOW - 5000)];
    const at = { completedAt: NOW - performanceMs - 10_000, earlier: flapping };
    expect(verdictOf(evidence(allGood, at))).toMatchObject({
      verdict: 'hold',
      reason: expect.stringContaining(`never stayed good for a soak of ${LIMITS.soakSeconds} s; now: every check passes`),
    });
    expect(verdictOf(evidence(allGood, { ...at, now: NOW - 1 }))).toBeNull();
  });

  test('a soak that ends before the monitoring’s time is left to end', () => {
    const at = NOW - LIMITS.soakSeconds * 1000 + 1000;
    expect(verdictOf(evidence(allGood, { completedAt: LONG_AGO, earlier: [good(NOW - 400_000), window(at - 1000), good(at)] }))).toBeNull();
  });
});
