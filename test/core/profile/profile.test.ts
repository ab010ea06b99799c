import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Environment } from '../../../core/cluster/environment.ts';
import { Registration } from '../../../core/cluster/registration.ts';
import { decideDeployment } from '../../../core/decide/decide-deployment.ts';
import { decideUnderProfile } from '../../../core/decide/decide-under-profile.ts';
import { explainProfile, mergeLayers, profileOf, valuesOf } from '../../../core/profile/effective.ts';
import { healthOf, requiredKinds } from '../../../core/profile/health-in-force.ts';
import { Limits } from '../../../core/profile/limits.ts';
import { Profile, type ProfileLayer } from '../../../core/profile/profile.ts';
import { LOAD_CHECKS, NODE_CHECKS } from '../../../core/verify/check-names.ts';
import { CHECKS } from '../../../core/verify/verify-node.ts';
import { CASES, leaf, ring, shows } from '../../fixtures/failure-cases.ts';
import { DAY, NOW } from '../../fixtures/pki.ts';
import { good } from '../../fixtures/ring.ts';
import { judged, registered } from './environments.ts';

/** Any layer: some fields of a profile, each of a value that fits by itself. */
const part = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const mode = fc.constantFrom('required' as const, 'advisory' as const, 'off' as const);
const some = (names: readonly string[], values: fc.Arbitrary<unknown>) => fc.dictionary(fc.constantFrom(...names), values, { maxKeys: 4 });
const anyLayer = fc.record(
  {
    limits: fc.record(
      { soakSeconds: part(fc.integer({ min: 1, max: 500 })), windowSeconds: part(fc.integer({ min: 1, max: 60 })) },
      { requiredKeys: [] },
    ),
    measured: fc.record(
      {
        thresholds: fc.record({ tlsFailures: part(fc.double({ min: 0.01, max: 0.9, noNaN: true })) }, { requiredKeys: [] }),
        weights: fc.record(
          { tlsFailures: part(fc.double({ min: 0, max: 1, noNaN: true })), cqlErrors: part(fc.constant(0.5)) },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: [] },
    ),
    checks: fc.record({ node: some(NODE_CHECKS, mode), load: some(LOAD_CHECKS, mode) }, { requiredKeys: [] }),
    rollBack: fc.record({ cluster: part(fc.constantFrom('automatic' as const, 'hold' as const)) }, { requiredKeys: [] }),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<ProfileLayer>;

describe('layers', () => {
  test('merging is associative, and an empty layer changes nothing', () => {
    fc.assert(
      fc.property(anyLayer, anyLayer, anyLayer, (a, b, c) => {
        expect(Profile.parse(mergeLayers(mergeLayers(a, b), c))).toEqual(Profile.parse(mergeLayers(a, mergeLayers(b, c))));
        expect(mergeLayers(a, {})).toEqual(a);
        expect(Profile.parse(mergeLayers({}, a))).toEqual(Profile.parse(a));
      }),
    );
  });

  test('whatever is over it, the profile in force fits its schema, says every field, and the uppermost word counts', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Environment.options), anyLayer, anyLayer, (environment, named, own) => {
        const source = { environment, profile: { extends: 'mine', ...own }, profiles: { mine: named }, limits: {} };
        const profile = profileOf(source);
        expect(Profile.parse(profile)).toEqual(profile);
        const values = valuesOf(profile);
        for (const [field, value] of valuesOf(own)) expect(values.get(field)).toBe(value);
        for (const [field, value] of valuesOf(named)) if (!valuesOf(own).has(field)) expect(values.get(field)).toBe(value);
        expect(new Map(explainProfile(source).map(({ field, value }) => [field, value]))).toEqual(values);
      }),
      { numRuns: 50 },
    );
  });

  test('each value is told with the layer that made it so, and where to change it', () => {
    const source = {
      environment: 'production' as const,
      profile: { extends: 'careful', measured: { alpha: 0.002 } },
      profiles: { careful: { extends: 'strict', limits: { soakSeconds: 300 } }, strict: { measured: { alpha: 0.005, graceS: 60 } } },
      limits: { windowSeconds: 9, soakSeconds: 300 },
    };
    const by = new Map(explainProfile(source).map((one) => [one.field, one]));
    expect(by.get('measured.alpha')).toMatchObject({ value: 0.002, from: 'profile of cluster.yaml', at: 'profile.measured.alpha' });
    expect(by.get('measured.graceS')).toMatchObject({
      value: 60,
      from: 'profile strict',
      at: 'profiles.strict.measured.graceS',
    });
    // Repeated above, and no source there.
    expect(by.get('limits.soakSeconds')).toMatchObject({ value: 300, from: 'profile careful' });
    expect(by.get('limits.windowSeconds')).toMatchObject({ value: 9, from: 'limits of cluster.yaml', at: 'limits.windowSeconds' });
    expect(by.get('limits.stopSeconds')).toMatchObject({ value: 120, from: 'built-in production', at: 'profile.limits.stopSeconds' });
  });

  test('every check that is run has a mode, and every mode a check', () => {
    expect(Object.keys(CHECKS)).toEqual([...NODE_CHECKS]);
    expect(Object.keys(Profile.parse({}).checks.node)).toEqual([...NODE_CHECKS]);
  });
});

/** As it was stored before there were profiles: every limit filled in, no profile. */
const STORED = {
  schema: 1,
  cluster: 'payments',
  environment: 'development',
  nodes: [{ node: 'i-0000000a', address: '10.0.0.1', datacenter: 'datacenter1', rack: 'rack1', root: '', seed: false }],
  files: [{ path: '/etc/cassandra/tls/node.pem', kind: 'keystore' }],
  cassandra: {
    home: '/usr/share/cassandra',
    yaml: '/etc/cassandra/cassandra.yaml',
    service: 'cassandra',
    log: '/var/log/cassandra/system.log',
  },
  ports: { client: 9042, internode: 7000, jmx: 7199 },
  jmx: { address: '127.0.0.1' },
  canary: { identitySecret: 'x', localDatacenter: 'datacenter1', consistency: 'LOCAL_QUORUM' },
  revocation: { lists: [] },
  limits: {
    soakSeconds: 180,
    windowSeconds: 5,
    nodeLookSeconds: 60,
    activationGraceSeconds: 2,
    verificationSeconds: 900,
    networkSeconds: 120,
    performanceSeconds: 600,
    nodeStartSeconds: 300,
    drainSeconds: 120,
    stopSeconds: 120,
    rollbackSeconds: 1800,
    completionSeconds: 14_400,
    alarmWatchSeconds: 3600,
    connectionMs: 100,
    throughputLossPercent: 5,
    cpuIncreasePercent: 10,
    expiryNoticeSeconds: 604_800,
  },
  health: {
    leastScore: 0.5,
    checks: [
      { kind: 'ring', name: 'ring' },
      { kind: 'cloudwatch', name: 'c', namespace: 'n', metric: 'm', expect: { below: 1 } },
    ],
  },
  alarms: [],
};

/** Limits that came later; what was registered before has their defaults. */
const LATER = { approvalSeconds: 3600, pauseSeconds: 86_400, waveSoakSeconds: 30 };

describe('what was registered before there were profiles', () => {
  const old = Registration.parse(STORED);

  test('is read as it was: the same limits, the same health checks, whatever the environment', () => {
    expect({ ...old, profiles: undefined }).toEqual({ ...old, limits: { ...STORED.limits, ...LATER }, profiles: undefined });
    expect(old.profile).toBeUndefined();
    expect(healthOf(old)).toEqual(old.health);
    expect(requiredKinds(profileOf(old))).toEqual([]);
  });

  test('is judged as production is, without probes, and nobody asks for staging', () => {
    const production = Profile.parse({});
    expect(profileOf(old)).toEqual({
      ...production,
      limits: { ...STORED.limits, ...LATER },
      measured: { ...production.measured, probes: 'off', healthFailingSeconds: 86_400 },
      consistency: { ...production.consistency, expectStaging: false },
      stability: { episodeSoakFactor: 1, mostEpisodes: 0, unusualSoakFactor: 1 },
    });
    const few = Registration.parse({ ...STORED, limits: { ...STORED.limits, soakSeconds: 8, verificationSeconds: 300 } });
    expect(profileOf(few).limits).toMatchObject({ soakSeconds: 8, verificationSeconds: 300, performanceSeconds: 600 });
  });

  test('production’s numbers are the defaults of before', () => {
    expect(Limits.parse({})).toEqual({ ...STORED.limits, ...LATER });
    expect(registered('production').limits).toEqual({ ...STORED.limits, ...LATER });
  });

  test('decides as before: the same evidence, the same decision', () => {
    const { profile: _, ...before } = registered('development', { limits: { ...STORED.limits, ...LATER } });
    const nameless = ring(shows(leaf({ addresses: ['elsewhere.example'] }), good.intermediate));
    const expired = ring({ ...shows(leaf({ notAfter: NOW - DAY }), good.intermediate), accepted: false });
    for (const seen of [ring(), nameless, expired, CASES[33]?.().ring ?? ring()])
      for (const goodFor of [0, 100, 181]) {
        const { evidence, rules } = judged(before, { ring: seen, goodFor });
        expect(decideUnderProfile(evidence, rules)).toEqual(decideDeployment({ ...evidence, limits: before.limits }));
      }
  });
});

describe('what cluster.yaml says', () => {
  test('stays as it was written beside the limits in force, and is read back alike', () => {
    const written = registered('development', { profile: { checks: { node: { names: 'required' } } }, limits: { windowSeconds: 7 } });
    expect(written.profile).toEqual({ extends: 'development', checks: { node: { names: 'required' } } });
    expect(written.limits).toMatchObject({ soakSeconds: 30, windowSeconds: 7 });
    const stored = Registration.parse(JSON.parse(JSON.stringify(written)));
    expect(profileOf(stored)).toEqual(profileOf(written));
    expect(profileOf(stored).checks.node).toMatchObject({ names: 'required', strength: 'advisory' });
  });

  test('health checks that are off are not run, those that advise weigh nothing', () => {
    const checks = [
      { kind: 'ring', name: 'ring', weight: 3 },
      { kind: 'network', name: 'network', weight: 3 },
      { kind: 'cloudwatch', name: 'c', namespace: 'n', metric: 'm', expect: { below: 1 } },
    ];
    expect(healthOf(registered('development', { health: { checks } })).checks.map(({ name, weight }) => [name, weight])).toEqual([
      ['ring', 3],
      ['network', 0],
    ]);
    expect(healthOf(registered('production', { health: { checks } })).checks.map(({ name }) => name)).toEqual(['ring', 'network', 'c']);
  });
});
