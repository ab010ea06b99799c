import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { RingwardError } from '../../core/errors/catalogue.ts';
import { backup, NODES, record, registration, START, World } from './world.ts';

describe('cluster', () => {
  test('register reads cluster.yaml, fills defaults and stores it', async () => {
    const world = new World();
    world.registrations = [];
    world.files.set('cluster.yaml', stringify({ ...registration, ports: undefined }));
    expect(await world.run('cluster', 'register', 'cluster.yaml', '-o', 'json')).toBe(0);
    expect(world.registrations).toEqual([{ ...registration, profile: { extends: 'production' } }]);
  });

  test('a typo is named with field and fix, and nothing is stored', async () => {
    const world = new World();
    world.registrations = [];
    world.files.set('cluster.yaml', stringify({ ...registration, environmnt: 'production', environment: undefined }));
    expect(await world.run('cluster', 'register', 'cluster.yaml')).toBe(1);
    expect(world.err).toMatch(/FIELD_INVALID.*environmnt.*Did you mean "environment"/);
    expect(world.opened).toBe(0);
  });

  test('a missing file and broken YAML are told', async () => {
    const world = new World();
    expect(await world.run('cluster', 'register', 'gone.yaml')).toBe(1);
    expect(world.err).toContain('ARGUMENT_INVALID');
    world.files.set('broken.yaml', 'a: [1');
    expect(await world.run('cluster', 'register', 'broken.yaml')).toBe(1);
    expect(world.err).toContain('is not YAML');
  });

  test('list and show', async () => {
    const world = new World();
    expect(await world.run('cluster', 'list', '--plain')).toBe(0);
    expect(world.out).toBe('payments\tproduction\t3\t1\t9042 7000 7199\t0\n');
    world.out = '';
    expect(await world.run('cluster', 'show', 'payments')).toBe(0);
    expect(world.out).toContain(NODES[2]);
    expect(await world.run('cluster', 'show', 'orders')).toBe(1);
    expect(world.err).toContain('CLUSTER_UNKNOWN');
  });
});

describe('dead-letters', () => {
  const letters = () => [
    {
      id: 'm-1',
      sentAt: START,
      receiptHandle: 'r1',
      body: {
        error: 'CLUSTER_UNKNOWN',
        cause: '{"errorMessage":"no such cluster"}',
        stateMachine: 'verify-deployment',
        input: { 'detail-type': 'Certificate Deployment Completed', detail: { cluster: 'orders', deploymentId: 'd-3' } },
      },
    },
    {
      id: 'm-2',
      sentAt: START + 1,
      receiptHandle: 'r2',
      body: {
        source: 'ringward.deployer',
        'detail-type': 'Certificate Deployment Starting',
        detail: { cluster: 'payments', deploymentId: 'd-4' },
      },
    },
  ];

  test('list tells error, cause and input, gives the letters back, and needs attention', async () => {
    const world = new World();
    world.letters = letters();
    expect(await world.run('dead-letters', 'list', '--plain')).toBe(2);
    expect(world.out).toBe(
      'm-1\t03:00:00Z\tCLUSTER_UNKNOWN\tCertificate Deployment Completed · orders · d-3\tno such cluster\nm-2\t03:00:00Z\tnot delivered\tCertificate Deployment Starting · payments · d-4\t\n',
    );
    expect(world.returned).toEqual(['m-1', 'm-2']);
    world.letters = [];
    expect(await world.run('dead-letters', 'list')).toBe(0);
  });

  test('redrive sends the named letter, and gives the others back', async () => {
    const world = new World();
    world.letters = letters();
    expect(await world.run('dead-letters', 'redrive', '--id', 'm-2')).toBe(0);
    expect(world.redriven).toEqual(['m-2']);
    expect(world.returned).toEqual(['m-1']);
  });

  test('an unknown letter redrives nothing', async () => {
    const world = new World();
    world.letters = letters();
    expect(await world.run('dead-letters', 'redrive', '--id', 'm-2', '--id', 'm-9')).toBe(1);
    expect(world.redriven).toEqual([]);
    expect(world.returned.toSorted()).toEqual(['m-1', 'm-2']);
  });

  test('without a name nothing is redriven; one that fails does not keep the others', async () => {
    const world = new World();
    world.letters = letters();
    expect(await world.run('dead-letters', 'redrive')).toBe(1);
    expect(world.opened).toBe(0);
    world.overrides.redrive = async ({ id }) => {
      if (id === 'm-1') throw new Error('throttled');
      return `event ${id}`;
    };
    expect(await world.run('dead-letters', 'redrive', '--all', '-o', 'json')).toBe(1);
    expect(JSON.parse(world.out)).toEqual([
      { id: 'm-1', started: null, error: 'throttled' },
      { id: 'm-2', started: 'event m-2', error: null },
    ]);
  });
});

describe('doctor', () => {
  test('says ok line by line', async () => {
    const world = new World();
    expect(await world.run('doctor', '-o', 'json')).toBe(0);
    const { ok, checks } = JSON.parse(world.out);
    expect(ok).toBe(true);
    expect(checks.map(({ check }: { check: string }) => check)).toEqual(
      expect.arrayContaining([
        'Node.js',
        'credentials',
        'stack',
        'outputs',
        'clock',
        'table DeploymentsTable',
        'table BaselinesTable',
        'document ActDocument',
        'clusters',
        'nodes of payments',
      ]),
    );
  });

  test.each<[string, (world: World) => void, string]>([
    [
      'no stack',
      (world) => {
        world.failToOpen = new RingwardError('STACK_MISSING', { field: 'stack', value: 'Ringward' });
      },
      'stack',
    ],
    [
      'no cluster',
      (world) => {
        world.registrations = [];
      },
      'clusters',
    ],
    [
      'a node away',
      (world) => {
        world.overrides.managedNodes = async () => [{ node: NODES[0], ping: 'ConnectionLost', agent: null }];
      },
      'nodes of payments',
    ],
    [
      'a table out of reach',
      (world) => {
        world.overrides.touchTable = async () => Promise.reject(new Error('AccessDenied'));
      },
      'table ClustersTable',
    ],
    [
      'a document missing',
      (world) => {
        world.overrides.documentStatus = async () => undefined;
      },
      'document ObserveDocument',
    ],
    [
      'a clock that is wrong',
      (world) => {
        world.overrides.stack = { outputs: {}, status: 'CREATE_COMPLETE', answeredAt: START, receivedAt: START + 60_000 };
      },
      'clock',
    ],
    [
      'a stack rolled back',
      (world) => {
        world.overrides.stack = { outputs: {}, status: 'UPDATE_ROLLBACK_COMPLETE', answeredAt: START, receivedAt: START };
      },
      'stack',
    ],
  ])('%s needs attention, with what to do', async (_name, change, check) => {
    const world = new World();
    change(world);
    expect(await world.run('doctor', '-o', 'json')).toBe(2);
    expect(JSON.parse(world.out).checks).toContainEqual(
      expect.objectContaining({ check, state: 'attention', fix: expect.stringMatching(/\w/) }),
    );
  });
});

describe('verify and backup', () => {
  test('check-certificates answers in the call', async () => {
    const world = new World();
    world.executions = [
      {
        execution: 'x',
        status: 'SUCCEEDED',
        startedAt: 0,
        stoppedAt: 0,
        output: { outcome: 'passed', reason: 'nine ports' },
        error: null,
        cause: null,
      },
    ];
    expect(await world.run('verify', '--cluster', 'payments', '--certificates', '-o', 'json')).toBe(0);
    expect(world.started).toEqual([
      {
        machine: 'check-certificates',
        name: 'express',
        input: { cluster: 'payments', deployment: 'latest', scope: 'cluster', mode: 'automated' },
      },
    ]);
    expect(JSON.parse(world.out)).toEqual({ outcome: 'passed', reason: 'nine ports' });
  });

  test.each([
    [{ outcome: 'failed', reason: 'expired' }, 2],
    [{ outcome: 'unknown', reason: 'no answer' }, 2],
    [{}, 2],
    [{ outcome: 'rolled-back' }, 3],
    [{ outcome: 'handed-over' }, 4],
  ])('the answer %j ends %i: missing evidence is never good', async (output, exit) => {
    const world = new World();
    world.executions = [{ execution: 'x', status: 'SUCCEEDED', startedAt: 0, stoppedAt: 0, output, error: null, cause: null }];
    expect(await world.run('verify', '--cluster', 'payments', '--certificates')).toBe(exit);
  });

  test('verify starts the journey of the deployment', async () => {
    const world = new World();
    world.records = [record('held')];
    expect(await world.run('verify', '--cluster', 'payments')).toBe(0);
    expect(world.started[0]).toMatchObject({ machine: 'verify-deployment', input: { deployment: 'd-1' } });
  });

  test('backup start -w is good only when every backup is verified', async () => {
    const world = new World();
    world.records = [record('backup-failed')];
    world.backups = [backup(NODES[0], 'verified'), backup(NODES[1], 'refused', 'not before')];
    expect(await world.run('backup', 'start', '--cluster', 'payments', '-w')).toBe(2);
    world.backups = NODES.map((node) => backup(node, 'verified'));
    expect(await world.run('backup', 'start', '--cluster', 'payments', '-w')).toBe(0);
    expect(world.started.map(({ machine }) => machine)).toEqual(['back-up-cluster', 'back-up-cluster']);
  });
});

describe('the program', () => {
  test('help names every verb and the exit codes, and opens nothing', async () => {
    const world = new World();
    expect(await world.run('--help')).toBe(0);
    for (const verb of ['doctor', 'check', 'gate', 'status', 'rollback', 'report', 'cluster', 'dead-letters', 'verify', 'backup'])
      expect(world.out).toMatch(new RegExp(`^ {2}${verb}\\b`, 'm'));
    expect(world.out).toContain('124 timed out');
    expect(world.opened).toBe(0);
  });

  test('an unknown verb and a missing option end 1 with a hint', async () => {
    const world = new World();
    expect(await world.run('rolback')).toBe(1);
    expect(world.err).toContain('Did you mean rollback?');
    expect(await world.run('gate', '--cluster', 'payments')).toBe(1);
    expect(world.err).toContain("required option '--deployment <id>' not specified");
  });

  test('an error of AWS is told with code and fix', async () => {
    const world = new World();
    world.failToOpen = new RingwardError('CREDENTIALS_MISSING', { message: 'The token is expired.' });
    expect(await world.run('status')).toBe(1);
    expect(world.err).toContain('CREDENTIALS_MISSING (operator): The token is expired. → Set AWS_REGION');
  });
});
