import { describe, expect, test } from 'vitest';
import { readRegistration } from '../../core/cluster/read-registration.ts';
import { NODES, registration, World } from './world.ts';

const written = (cluster: string, environment: string, more: object = {}) => {
  const { limits: _, profiles: __, ...rest } = registration;
  return readRegistration({ ...rest, cluster, environment, ...more });
};

describe('cluster show --profile', () => {
  test('every value with its source, for people and for programs', async () => {
    const world = new World();
    world.registrations = [written('payments', 'production', { profile: { measured: { alpha: 0.002 } }, limits: { soakSeconds: 240 } })];
    expect(await world.run('cluster', 'show', 'payments', '--profile', '--plain')).toBe(0);
    expect(world.out).toContain('measured.alpha\t0.002\tprofile of cluster.yaml\tprofile.measured.alpha\n');
    expect(world.out).toContain('limits.soakSeconds\t240\tlimits of cluster.yaml\tlimits.soakSeconds\n');
    expect(world.out).toContain('checks.node.names\trequired\tbuilt-in production\tprofile.checks.node.names\n');
    world.out = '';
    expect(await world.run('cluster', 'show', 'payments', '--profile', '--json')).toBe(0);
    const told = JSON.parse(world.out) as { profile: string; builtIn: string; values: { field: string; value: unknown; from: string }[] };
    expect(told).toMatchObject({ profile: 'production', builtIn: 'production' });
    expect(told.values).toContainEqual({
      field: 'measured.alpha',
      value: 0.002,
      from: 'profile of cluster.yaml',
      at: 'profile.measured.alpha',
    });
  });

  test('a cluster of before there were profiles is told as what it is', async () => {
    const world = new World();
    expect(await world.run('cluster', 'show', 'payments', '--profile')).toBe(0);
    expect(world.out).toContain('registered before there were profiles');
  });
});

describe('cluster compare', () => {
  const kept = (environment: 'staging' | 'production', cluster: string, issuer: string) => ({
    environment,
    shape: 's',
    of: { change: 'leaf-renewal', artifacts: ['keystore'], issuer, key: 'ec', chain: ['ec'], trusts: null },
    cluster,
    deployment: 'd-0',
    at: 0,
    leaves: [],
    anchors: ['CN=Root'],
  });
  const worldOf = (more: object, issuer: string): World => {
    const world = new World();
    world.registrations = [written('payments-staging', 'staging', more), written('payments', 'production')];
    world.kept = [kept('staging', 'payments-staging', issuer), kept('production', 'payments', 'CN=CA')];
    return world;
  };

  test('what matters is told first, in words, and ends 2', async () => {
    const world = worldOf({ profile: { checks: { node: { revocation: 'advisory' } } } }, 'CN=Other CA');
    expect(await world.run('cluster', 'compare', 'payments-staging', 'payments', '--plain')).toBe(2);
    expect(world.out.split('\n').map((line) => line.split('\t').slice(0, 4))).toEqual([
      ['matters', 'trust.issuer', 'CN=Other CA', 'CN=CA'],
      ['matters', 'profile.checks.node.revocation', 'advisory', 'required'],
      [''],
    ]);
  });

  test('what differs by environment is only shown when asked for, and ends 0', async () => {
    const world = worldOf({}, 'CN=CA');
    expect(await world.run('cluster', 'compare', 'payments-staging', 'payments')).toBe(0);
    expect(world.out).toContain('Nothing differs that matters: payments-staging (staging) and payments (production).');
    expect(world.out).toContain('3 more as their environments differ anyway; --all shows them.');
    world.out = '';
    expect(await world.run('cluster', 'compare', 'payments-staging', 'payments', '--all', '--plain')).toBe(0);
    expect(world.out).toMatch(/^by environment\tprofile\.approvals\.node\t0\t1\t/);
    world.out = '';
    expect(await world.run('cluster', 'compare', 'payments-staging', 'payments', '--json')).toBe(0);
    expect(JSON.parse(world.out)).toMatchObject({
      clusters: ['payments-staging', 'payments'],
      differences: [{ rank: 'expected' }, {}, {}],
    });
  });

  test('a cluster that is not registered is an error', async () => {
    expect(await worldOf({}, 'x').run('cluster', 'compare', 'payments', 'gone')).toBe(1);
  });
});

test('a contradictory profile is refused on registering, with field, value and fix, and nothing is stored', async () => {
  const world = new World();
  const { limits: _, ...rest } = registration;
  const yaml = JSON.stringify({
    ...rest,
    environment: 'disaster-recovery',
    nodes: NODES.map((node, i) => ({ node, address: `10.0.1.${i}` })),
  });
  world.files.set('cluster.yaml', yaml);
  expect(await world.run('cluster', 'register', 'cluster.yaml')).toBe(1);
  expect(world.err).toMatch(
    /PROFILE_CONTRADICTORY .*kind network.*\[field health\.checks, value 0 checks\].*\{ kind: network, name: network \}/,
  );
  expect(world.registrations).toHaveLength(1);
});
