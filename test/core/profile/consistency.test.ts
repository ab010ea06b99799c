import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareClusters } from '../../../core/profile/compare.ts';
import { type KeptArtifact, keptArtifacts, shapesOf, stagingStanding } from '../../../core/profile/consistency.ts';
import { makeAuthority, NOW } from '../../fixtures/pki.ts';
import { address, good, hash, healthyState, KEYSTORE, makeRing, NODES, type NodeState, TRUSTSTORE } from '../../fixtures/ring.ts';
import { registered } from './environments.ts';

const stagingCa = makeAuthority('Payments');
const other = makeAuthority('Ledger');
type Kind = 'keystore' | 'truststore';

/** What a deployment of fresh leaves shows on every node. */
function deployed(
  ca: typeof good,
  {
    kinds = ['keystore'],
    change = 'leaf-renewal',
    ...bent
  }: Partial<NodeState> & { kinds?: Kind[]; change?: 'leaf-renewal' | 'ca-rotation' } = {},
) {
  const leaves = NODES.map((_, i) => ca.leaf(address(i)));
  const states = leaves.map((leaf, i) => ({
    ...healthyState(i),
    disk: [leaf, ca.intermediate],
    served: [leaf, ca.intermediate],
    trust: [ca.root],
    ...bent,
  }));
  const nodes = NODES.map((node) => ({
    node,
    artifacts: kinds.map((kind) => ({ path: kind === 'keystore' ? KEYSTORE : TRUSTSTORE, sha256: hash('d'), kind })),
  }));
  return { shapes: shapesOf(change, nodes, makeRing(states).observations), leaves };
}

const inStaging = { environment: 'staging', cluster: 'payments-staging', deployment: 'd-0', at: NOW } as const;
const kept = (shapes: ReturnType<typeof deployed>['shapes'], before: readonly KeptArtifact[] = []) =>
  keptArtifacts(inStaging, shapes, before);

describe('was it in staging', () => {
  const renewal = deployed(good);

  test('nothing was ever kept there: never seen, and said so', () => {
    expect(stagingStanding(renewal.shapes, [])).toMatchObject({
      kept: false,
      how: 'never',
      sentence: expect.stringContaining('never seen in staging'),
    });
  });

  test('this very certificate', () => {
    expect(stagingStanding(renewal.shapes, kept(renewal.shapes))).toMatchObject({
      kept: true,
      how: 'same-artifact',
      sentence: expect.stringContaining('d-0 on payments-staging'),
    });
  });

  test('its like: other leaves of the same issuer, key and chain', () => {
    expect(stagingStanding(renewal.shapes, kept(deployed(good).shapes))).toMatchObject({ kept: true, how: 'same-shape', differences: [] });
  });

  test.each([
    ['another issuer', deployed(other), /^signed by CN=Payments Intermediate, in staging CN=Ledger Intermediate$/],
    ['an intermediate less', deployed(good, { disk: [good.leaf(address(0))] }), /^authorities sent along ec, in staging none$/],
    ['other files', deployed(good, { kinds: ['keystore', 'truststore'] }), /authorities trusted .*/],
    ['another kind of change', deployed(good, { change: 'ca-rotation' }), /^kind of change leaf-renewal, in staging ca-rotation$/],
  ])('%s is told, and is not the same', (_, staged, words) => {
    const standing = stagingStanding(renewal.shapes, kept(staged.shapes));
    expect(standing).toMatchObject({ kept: false, how: 'differs' });
    expect(standing.differences[0]).toMatch(words);
  });

  test('of several, the nearest is named, and the weightiest difference first', () => {
    const far = kept(deployed(other, { kinds: ['keystore', 'truststore'], change: 'ca-rotation' }).shapes);
    const near = kept(deployed(good, { change: 'ca-rotation' }).shapes).map((one) => ({ ...one, deployment: 'near' }));
    expect(stagingStanding(renewal.shapes, [...far, ...near]).sentence).toContain('near on payments-staging');
    const { differences } = stagingStanding(renewal.shapes, far);
    expect(differences.map((words) => words.split(' ')[0])).toEqual(['signed', 'authorities', 'files', 'kind']);
  });

  test('the same leaf with its intermediate lost on the way is not the same artifact', () => {
    const cut = renewal.shapes.map((shape) => ({ ...shape, of: { ...shape.of, chain: [] } }));
    expect(stagingStanding(cut, kept(renewal.shapes)).kept).toBe(false);
  });

  test('one node that got something else counts for all', () => {
    const [first, ...rest] = renewal.shapes;
    const mixed = [...rest, { ...(first as (typeof renewal.shapes)[number]), ...deployed(other).shapes[0] }];
    expect(stagingStanding(mixed as typeof renewal.shapes, kept(renewal.shapes)).kept).toBe(false);
  });

  test('a node that did not answer tells nothing, and nothing known is not "kept" (I8)', () => {
    expect(shapesOf('leaf-renewal', [{ node: NODES[0], artifacts: [] }], new Map())).toEqual([]);
    expect(stagingStanding([], kept(renewal.shapes))).toMatchObject({ kept: false, how: 'unknown' });
  });

  test('property: whatever staging kept counts for itself, in any company', () => {
    const all = [good, other, stagingCa].flatMap((ca) => [deployed(ca).shapes, deployed(ca, { kinds: ['truststore'] }).shapes]);
    const any = fc.constantFrom(...all);
    fc.assert(
      fc.property(any, fc.array(any, { maxLength: 4 }), (own, company) => {
        expect(
          stagingStanding(
            own,
            [own, ...company].flatMap((shapes) => kept(shapes)),
          ).kept,
        ).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

describe('what is remembered', () => {
  test('one small entry for each shape, with the newest leaves first and the oldest forgotten', () => {
    const first = deployed(good);
    const second = deployed(good);
    const [entry, ...more] = kept(second.shapes, kept(first.shapes));
    expect(more).toEqual([]);
    expect(entry?.leaves).toEqual([...second.leaves, ...first.leaves].map(({ sha256 }) => sha256));
    expect(entry?.anchors).toEqual(['CN=Payments Root']);
    let entries: KeptArtifact[] = [];
    for (let i = 0; i < 20; i++)
      entries = kept(
        first.shapes.map((shape, n) => ({ ...shape, leaf: `${i}-${n}` })),
        entries,
      );
    expect(entries[0]?.leaves).toHaveLength(50);
    expect(entries[0]?.leaves[0]).toBe('19-0');
    expect(JSON.stringify(entries).length).toBeLessThan(8_000);
  });
});

describe('two clusters side by side', () => {
  const production = {
    registration: registered('production'),
    kept: kept(deployed(good).shapes).map((one) => ({ ...one, cluster: 'payments' })),
  };
  const staging = (more: object = {}, shapes = deployed(good).shapes) => ({
    registration: { ...registered('staging', more), cluster: 'payments-staging' },
    kept: kept(shapes),
  });

  test('with what is built in and the same trust, nothing differs but by environment', () => {
    const differences = compareClusters(staging(), production);
    expect(differences.map(({ rank }) => new Set([rank]))).toEqual(differences.map(() => new Set(['expected'])));
    expect(differences.map(({ field }) => field)).toEqual([
      'profile.approvals.node',
      'profile.approvals.cluster',
      'profile.consistency.expectStaging',
    ]);
  });

  test('what matters comes first: trust and checks before thresholds, thresholds before what environments differ in anyway', () => {
    const relaxed = staging(
      { profile: { checks: { node: { names: 'advisory' } }, measured: { thresholds: { tlsFailures: 0.3 } } }, limits: { soakSeconds: 60 } },
      deployed(other).shapes,
    );
    const differences = compareClusters(relaxed, production);
    expect(differences.map(({ rank, field }) => `${rank} ${field}`)).toEqual([
      'act trust.issuer',
      'act trust.anchors',
      'act profile.checks.node.names',
      'know profile.limits.soakSeconds',
      'know profile.measured.thresholds.tlsFailures',
      'expected profile.approvals.node',
      'expected profile.approvals.cluster',
      'expected profile.consistency.expectStaging',
    ]);
    expect(differences[2]).toMatchObject({ values: ['advisory', 'required'], why: expect.stringContaining('passes unseen') });
  });

  test('files, canary, revocation and health checks are compared too', () => {
    const odd = staging({
      files: [{ path: KEYSTORE, kind: 'keystore' }],
      canary: { identitySecret: 'x', consistency: 'ONE' },
      revocation: { lists: ['/crl.pem'] },
      health: { leastScore: 0.5 },
    });
    expect(
      compareClusters(odd, production)
        .filter(({ rank }) => rank !== 'expected')
        .map(({ field }) => field),
    ).toEqual(['files', 'canary.consistency', 'revocation.lists', 'health.checks', 'health.leastScore']);
  });

  test('a cluster that kept nothing yet has no trust to compare, and that is said', () => {
    const fresh = { ...staging(), kept: [] };
    expect(compareClusters(fresh, production)[0]).toMatchObject({
      rank: 'know',
      field: 'trust',
      why: expect.stringContaining('payments-staging'),
    });
  });

  test('a cluster beside itself differs in nothing', () => {
    expect(compareClusters(production, production)).toEqual([]);
  });
});
