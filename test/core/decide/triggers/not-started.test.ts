/** "Service cannot start" and "node cannot join the ring": proof at their deadline, not before, by two kinds of vantage point. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decideDeployment } from '../../../../core/decide/decide-deployment.ts';
import type { NodeObservation } from '../../../../core/node/facts.ts';
import { verifyNode } from '../../../../core/verify/verify-node.ts';
import { allGood, evidence, failing, found, LIMITS, verdictOf, verification } from '../../../fixtures/deployment-evidence.ts';
import { codesOf, policy, run, snapshot } from '../../../fixtures/node-snapshot.ts';
import { NOW } from '../../../fixtures/pki.ts';
import { address, COMPLETED, NODES } from '../../../fixtures/ring.ts';

const START_MS = LIMITS.nodeStartSeconds * 1000;
type Ring = NonNullable<NodeObservation['ring']>;
interface Restarted {
  readonly ageMs: number;
  readonly ring?: Partial<Ring>;
  readonly activation?: 'restart' | 'reload';
  readonly startedAt?: number;
}
/** The first node, restarted `ageMs` before it was observed. */
const restarted = ({ ageMs, ring = {}, activation = 'restart', startedAt = COMPLETED - 10_000 }: Restarted) =>
  snapshot(
    (o) => ({ ...o, at: startedAt + ageMs, ring: o.ring && { ...o.ring, ...ring }, service: { state: 'active', pid: 7, startedAt } }),
    { activation },
  );
const state = (of: Restarted) => run('service-state', restarted(of));
const ALONE: Partial<Ring> = { live: [address(0)], unreachable: [address(1), address(2)] };
const silent = { handshake: 'unreachable' as const, chain: [] };

describe('the start’s deadline', () => {
  test.each<[string, Partial<Ring>]>([
    ['STARTING', { operationMode: 'STARTING' }],
    ['JOINING', { operationMode: 'JOINING' }],
    ['JOINING_FAILED', { operationMode: 'JOINING_FAILED' }],
    ['NORMAL, and sees nobody', ALONE],
  ])('a restarted node that is %s has until then; exactly at it is not past it', (_, ring) => {
    expect([START_MS - 1, START_MS].map((ageMs) => state({ ageMs, ring }).outcome)).toEqual(['unknown', 'unknown']);
    expect(codesOf(state({ ageMs: START_MS + 1, ring }))).toEqual(['NODE_NOT_JOINED']);
  });

  test('so has a process that serves nothing', () => {
    const serving = (ageMs: number) => {
      const from = restarted({ ageMs });
      const observation = from.observation && {
        ...from.observation,
        ring: null,
        listeners: from.observation.listeners.map((fact) => ({ ...fact, ...silent })),
      };
      return run('service-state', { ...from, observation });
    };
    expect(serving(START_MS).outcome).toBe('unknown');
    expect(codesOf(serving(START_MS + 1))).toEqual(['SERVICE_START_TIMED_OUT']);
  });

  test.each<[string, Restarted]>([
    ['sees one other node', { ageMs: START_MS + 1, ring: { live: [address(0), address(1)] } }],
    ['leaves because a person said so', { ageMs: START_MS + 1, ring: { operationMode: 'LEAVING' } }],
    ['was drained', { ageMs: START_MS + 1, ring: { operationMode: 'DRAINED' } }],
    ['was reloaded, not restarted', { ageMs: START_MS + 1, ring: ALONE, activation: 'reload' }],
    [
      'runs since long before the deployment',
      { ageMs: 2 * START_MS, ring: ALONE, startedAt: COMPLETED - LIMITS.completionSeconds * 1000 - 1 },
    ],
  ])('a node that %s is not late to join', (_, of) => {
    expect(codesOf(state(of))).not.toContain('NODE_NOT_JOINED');
    expect(state(of).outcome).toBe('passed');
  });

  test('one that a reload crashed, so that it started anew, is', () => {
    expect(codesOf(state({ ageMs: START_MS + 1, ring: ALONE, activation: 'reload', startedAt: COMPLETED + 1 }))).toEqual([
      'NODE_NOT_JOINED',
    ]);
  });

  test('property: never late before the deadline, always after it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3 * START_MS }), fc.constantFrom('STARTING', 'JOINING'), (ageMs, operationMode) => {
        expect(codesOf(state({ ageMs, ring: { operationMode } })).includes('NODE_NOT_JOINED')).toBe(ageMs > START_MS);
      }),
    );
  });
});

describe.each(['NODE_NOT_JOINED', 'SERVICE_START_TIMED_OUT', 'SERVICE_NOT_RUNNING'] as const)('%s', (code) => {
  const late = (...others: ReturnType<typeof found>[]) => [
    verification(NODES[0], [failing(found(code, 'node')), ...(others.length > 0 ? [failing(...others)] : [])]),
    ...allGood.slice(1),
  ];
  test('by the node alone is watched; what its peers or the client see makes it go back, that node alone', () => {
    expect(verdictOf(evidence(late()))).toBeNull();
    for (const other of [
      { ...found('NODE_SEEN_DOWN', 'peer'), toldBy: NODES[1] },
      { ...found('PEER_UNREACHABLE', 'peer'), toldBy: NODES[1] },
      found('CLIENT_UNREACHABLE', 'client'),
    ])
      expect(verdictOf(evidence(late(other)))).toMatchObject({
        verdict: 'roll-back',
        nodes: [NODES[0]],
        vantagePoints: ['node', other.seenBy],
        reason: expect.stringContaining(NODES[0]),
      });
  });
  test('its own word twice is one voice', () => {
    expect(verdictOf(evidence(late({ ...found('NODE_SEEN_DOWN', 'peer'), toldBy: NODES[0] })))).toBeNull();
  });
});

describe('from observations to the verdict', () => {
  /** The first node cannot join: its peers do not see it, and it sees nobody. */
  const decide = (ageMs: number) => {
    const from = restarted({ ageMs, ring: { ...ALONE, operationMode: 'JOINING' } });
    const peers = from.others.map((other) => {
      const ring = other.observation?.ring;
      const live = ring?.live.filter((one) => !one.includes(address(0))) ?? [];
      return { ...other, observation: other.observation && { ...other.observation, ring: ring ? { ...ring, live } : null } };
    });
    const judged = verifyNode({ ...from, others: peers }, policy, NOW);
    return decideDeployment(evidence([judged, ...allGood.slice(1)], { activation: 'restart' }));
  };
  test('watched until the deadline, and not held by the network’s shorter one; past it that node goes back', () => {
    expect(decide(START_MS)).toMatchObject({ decision: 'watch' });
    expect(decide(START_MS + 1)).toMatchObject({
      decision: 'decided',
      verdict: {
        verdict: 'roll-back',
        nodes: [NODES[0]],
        evidence: [{ code: 'NODE_NOT_JOINED' }, { code: 'NODE_SEEN_DOWN' }, { code: 'NODE_SEEN_DOWN' }],
      },
    });
  });
});
