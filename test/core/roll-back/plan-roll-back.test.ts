import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CataloguedBackup } from '../../../core/backup/catalogue.ts';
import { canonicalHash } from '../../../core/canonical.ts';
import { RingwardError } from '../../../core/errors/catalogue.ts';
import { planRollBack } from '../../../core/roll-back/plan-roll-back.ts';
import type { RollbackRequest } from '../../../core/roll-back/request.ts';
import { byHash, NOW } from '../../fixtures/pki.ts';
import {
  address,
  backupOf,
  COMPLETED,
  evil,
  good,
  hash,
  healthyState,
  KEYSTORE,
  makeRing,
  NODES,
  type NodeState,
  oldLeaves,
  registration,
  YAML,
} from '../../fixtures/ring.ts';

const changed = { keystoreHash: hash('d') };

function request(states: readonly Partial<NodeState>[], bent: Partial<RollbackRequest> = {}): RollbackRequest {
  const ring = makeRing(NODES.map((_, i) => ({ ...healthyState(i), ...states[i] })));
  return {
    registration,
    deployment: 'd-1',
    completedAt: COMPLETED,
    observations: ring.observations,
    backups: ring.backups,
    scope: 'cluster',
    epoch: 2,
    now: NOW,
    ...bent,
  };
}

test('goes back hot when only certificate files changed and JMX answers', () => {
  const plan = planRollBack(request([changed, changed, changed]));
  expect(plan.hot.map(({ node, way, certificates, configuration }) => ({ node, way, certificates, configuration }))).toEqual(
    NODES.map((node) => ({ node, way: 'hot', certificates: [KEYSTORE], configuration: [] })),
  );
  expect(plan.hot[0]?.expect).toEqual({ client: oldLeaves[0]?.sha256, internode: oldLeaves[0]?.sha256 });
  expect(plan).toMatchObject({ restart: [], refused: [], safety: 'safe' });
});

test('a node that was restarted after the deployment with its configuration unchanged goes back hot', () => {
  expect(planRollBack(request([{ ...changed, startedAt: NOW }], { nodes: [NODES[0]] })).hot).toHaveLength(1);
});

test('restarts where the yaml changed, and says why; seeds come last', () => {
  const locked = { ...changed, yamlHash: hash('e') };
  const plan = planRollBack(request([locked, locked, locked]));
  expect(plan.hot).toEqual([]);
  expect(plan.restart.map(({ node }) => node)).toEqual([NODES[1], NODES[2], NODES[0]]);
  expect(plan.restart[0]).toMatchObject({ configuration: [YAML], why: expect.stringContaining('reads it only at its start') });
});

test('restarts a node that is down, even while another one is down; the seed first when no seed is up', () => {
  const down = { ...changed, service: 'failed' };
  const plan = planRollBack(request([down, down]));
  expect(plan.restart.map(({ node }) => node)).toEqual([NODES[0], NODES[1]]);
});

test('tries the hot way where JMX did not answer, and says that the restart way follows if it cannot', () => {
  const asked = request([changed], { nodes: [address(0)], scope: 'node' });
  const observation = asked.observations.get(NODES[0]);
  if (!observation) throw new Error('fixture');
  const plan = planRollBack({
    ...asked,
    observations: new Map([...asked.observations, [NODES[0], { ...observation, ring: null, ringError: 'connection refused' }]]),
  });
  expect(plan.restart).toEqual([]);
  expect(plan.hot[0]?.why).toContain('the restart way follows');
});

test('restarts a node that runs and has not joined the ring: a reload would leave it outside', () => {
  const asked = request([changed], { nodes: [address(0)], scope: 'node' });
  const observation = asked.observations.get(NODES[0]);
  if (!observation?.ring) throw new Error('fixture');
  for (const operationMode of ['STARTING', 'JOINING_FAILED']) {
    const outside = { ...observation, ring: { ...observation.ring, operationMode } };
    const plan = planRollBack({ ...asked, observations: new Map([...asked.observations, [NODES[0], outside]]) });
    expect([plan.hot, plan.restart[0]?.why]).toEqual([[], expect.stringContaining(`has not joined the ring (${operationMode})`)]);
  }
});

test('restarts a node that took a new JMX key at a start after the deployment, and not one that still has the old key', () => {
  const jmxStore = '/etc/cassandra/tls/jmx.p12';
  const planned = (startedAt: number) => {
    const asked = request([{ ...changed, startedAt }], { nodes: [address(0)], scope: 'node' });
    const observation = asked.observations.get(NODES[0]);
    const backup = asked.backups.find(({ node }) => node === NODES[0]);
    const keystore = observation?.stores.find(({ kind }) => kind === 'keystore');
    const file = observation?.files.find(({ path }) => path === KEYSTORE);
    const entry = backup?.manifest.find(({ path }) => path === KEYSTORE);
    if (!observation || !backup || !keystore || !file || !entry) throw new Error('fixture');
    const withJmx = {
      ...observation,
      stores: [...observation.stores, { ...keystore, path: jmxStore, listeners: ['jmx' as const] }],
      files: [...observation.files, { ...file, path: jmxStore, sha256: hash('f') }],
    };
    return planRollBack({
      ...asked,
      observations: new Map([...asked.observations, [NODES[0], withJmx]]),
      backups: [{ ...backup, manifest: [...backup.manifest, { ...entry, path: jmxStore }] }],
    });
  };
  expect(planned(COMPLETED + 1).restart[0]?.why).toContain('JMX takes its key only at the start');
  expect(planned(COMPLETED - 1).hot).toHaveLength(1);
});

describe('refuses, with the reason and the way forward', () => {
  const one = { nodes: [NODES[1]], scope: 'node' as const };
  const withBackup = (bent: Partial<CataloguedBackup>) => planRollBack(request([{}, changed], { ...one, backups: [backupOf(1, bent)] }));
  const oldLeafUntil = (notAfter: number, leaf = good.leaf(address(1), { notAfter })) =>
    withBackup({ servedLeaves: { client: leaf.sha256, internode: leaf.sha256 }, certificates: byHash(leaf, good.intermediate, good.root) });

  test.each([
    ['no backup at all', () => planRollBack(request([{}, changed], { ...one, backups: [] })), 'no backup'],
    ['a backup that is only uploaded', () => withBackup({ status: 'uploaded' }), 'uploaded, not verified'],
    ['a backup that is not of before', () => withBackup({ status: 'refused', reason: 'it holds the new files' }), 'it holds the new files'],
    ['a backup of another deployment', () => withBackup({ deployment: 'd-0' }), 'no backup'],
    ['an old leaf that has expired', () => oldLeafUntil(NOW - 1000), 'expired'],
    ['an old leaf that expires within the soak', () => oldLeafUntil(NOW + 60_000), 'within the soak'],
    ['an old leaf that cannot be read', () => withBackup({ certificates: {} }), 'cannot be read'],
    ['nothing that differs', () => planRollBack(request([], one)), 'nothing differs'],
    [
      'a hot way that cannot work',
      () => planRollBack(request([{}, { ...changed, yamlHash: hash('e') }], { ...one, way: 'hot' })),
      'hot way cannot',
    ],
    ['a node that did not answer', () => planRollBack({ ...request([{}, changed], one), observations: new Map() }), 'did not answer'],
  ])('%s', (_, plan, why) => {
    const { hot, restart, refused } = plan();
    expect({ hot, restart, refused }).toEqual({
      hot: [],
      restart: [],
      refused: [{ node: NODES[1], why: expect.stringContaining(why), wayForward: expect.stringMatching(/.{5,}/) }],
    });
  });

  test('a restart while another node is not live', () => {
    const plan = planRollBack(request([{}, { ...changed, yamlHash: hash('e') }, { service: 'failed' }], one));
    expect(plan.restart).toEqual([]);
    expect(plan.refused[0]?.why).toContain(NODES[2]);
  });

  test('an old leaf that a peer no longer trusts: trust first', () => {
    const plan = planRollBack(request([{}, changed, { trust: [evil.root] }], one));
    expect(plan).toMatchObject({ hot: [], safety: 'trust-first', refused: [{ node: NODES[1], why: expect.stringContaining(NODES[2]) }] });
  });

  test('an unknown node, by name', () => {
    expect(() => planRollBack(request([], { nodes: ['10.9.9.9'] }))).toThrow(RingwardError);
  });
});

test('a node whose ports did not take the reload is restarted, and the way back of every other node stays in the plan', () => {
  const locked = { ...changed, yamlHash: hash('e') };
  const plan = planRollBack(request([locked, {}, changed], { notReloading: [NODES[1]] }));
  expect(plan.restart.map(({ node }) => node)).toEqual([NODES[1], NODES[0]]);
  expect(plan.restart[0]?.why).toBe('its ports did not take the reload');
  expect(plan.hot.map(({ node }) => node)).toEqual([NODES[2]]);
  expect(planRollBack(request([{}, changed], { nodes: [NODES[1]], way: 'hot', notReloading: [NODES[1]] })).restart).toHaveLength(1);
});

test('a way that a person asks for is taken', () => {
  expect(planRollBack(request([{}, changed], { nodes: [NODES[1]], way: 'restart' })).restart).toHaveLength(1);
});

test('the hash binds every part of the plan', () => {
  const plan = planRollBack(request([changed, changed, changed]));
  const { hash: stated, ...body } = plan;
  expect(stated).toBe(canonicalHash(body));
  expect(planRollBack(request([changed, changed, changed], { epoch: 3 })).hash).not.toBe(stated);
});

test('property: never two interrupted at once beside a node that is down, never a node without a verified backup', () => {
  const state = fc.record({
    changed: fc.boolean(),
    yaml: fc.boolean(),
    up: fc.boolean(),
    backup: fc.constantFrom('verified', 'uploaded', 'refused'),
  });
  fc.assert(
    fc.property(fc.array(state, { minLength: 3, maxLength: 3 }), (drawn) => {
      const states = drawn.map(({ changed: c, yaml, up }) => ({
        ...(c && changed),
        ...(yaml && { yamlHash: hash('e') }),
        ...(!up && { service: 'failed' }),
      }));
      const backups = drawn.map(({ backup }, i) => backupOf(i, { status: backup as CataloguedBackup['status'] }));
      const plan = planRollBack(request(states, { backups, nodes: NODES }));
      const planned = [...plan.hot, ...plan.restart];
      expect(new Set([...planned, ...plan.refused].map(({ node }) => node)).size).toBe(planned.length + plan.refused.length);
      for (const { node } of planned) expect(drawn[NODES.indexOf(node as (typeof NODES)[number])]?.backup).toBe('verified');
      const someoneDown = drawn.some(({ up }) => !up);
      // A node that is up may be interrupted only while all the others are up.
      for (const { node } of plan.restart) if (drawn[NODES.indexOf(node as (typeof NODES)[number])]?.up) expect(someoneDown).toBe(false);
    }),
    { numRuns: 60 },
  );
});
