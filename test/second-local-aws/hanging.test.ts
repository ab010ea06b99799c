/** Whatever hangs, an execution ends, and with a decision: on an engine that keeps every time-out of the definitions. */
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { SecondLocalAws } from './second-local-aws.ts';

const hang = () => new Promise<never>(() => undefined);
let aws: SecondLocalAws;
let nodes: Awaited<ReturnType<SecondLocalAws['putItems']>>;
beforeAll(async () => {
  aws = await SecondLocalAws.start();
  await aws.deploy(60);
  nodes = await aws.putItems('nodes.json', [{ node: 'node-1' }, { node: 'node-2' }]);
});
afterAll(() => aws.stop());

/** A deployment that is watched for one more window and then kept. */
beforeEach(() => {
  let window = 0;
  aws.functions = {
    AdmitVerification: () => ({
      outcome: 'admitted',
      cluster: 'payments',
      deployment: 'd-1',
      epoch: 1,
      purpose: 'new',
      window: 1,
      occasion: 'o',
      depth: 'full',
      nodes,
      lookFrom: new Date().toISOString(),
    }),
    ObserveNode: (payload) => ({ ...payload, observed: true }),
    JudgeNode: ({ node, observed }) => ({ node, outcome: observed ? 'passed' : 'unknown' }),
    ObserveFromClient: () => ({ outcome: 'passed' }),
    JudgeClient: () => ({ accuses: [] }),
    DecideDeployment: () => {
      window += 1;
      return window === 1
        ? {
            decision: 'watch',
            window: 2,
            lookAgainAt: new Date(Date.now() + 500).toISOString(),
            toCheck: ['endpoints', 'services'],
            probe: true,
          }
        : { decision: 'decided', verdict: 'keep' };
    },
    ProbeWindow: ({ lookAgainAt }) => ({ lookAt: lookAgainAt, accused: [] }),
    HoldDeployment: () => ({ verdict: 'hold' }),
    WriteReport: () => ({ verdict: 'written' }),
  };
});

const called = (name: string) => aws.calls.filter((call) => call.name === name);
const INPUT = { detail: { cluster: 'payments' } };

test('nothing hangs: two windows, every node asked in both, checks between them, kept and reported', async () => {
  expect(await aws.run('verify-deployment', INPUT)).toMatchObject({ status: 'SUCCEEDED', output: { verdict: 'written' } });
  expect(
    called('ObserveNode')
      .map(({ payload }) => payload['node'])
      .toSorted(),
  ).toEqual(['node-1', 'node-1', 'node-2', 'node-2']);
  expect(['CheckEndpoints', 'CheckServices', 'WriteReport', 'HoldDeployment'].map((name) => called(name).length)).toEqual([1, 1, 1, 0]);
});

test('one node never answers: it is judged as unknown, the others count, and it is decided', async () => {
  aws.functions['ObserveNode'] = ({ node, ...rest }) => (node === 'node-2' ? hang() : { ...rest, node, observed: true });
  expect(await aws.run('verify-deployment', INPUT)).toMatchObject({ status: 'SUCCEEDED', output: { verdict: 'written' } });
  const judged = called('JudgeNode').map(({ payload: { node, error } }) => `${node} ${error ?? 'observed'}`);
  expect(judged.toSorted()).toEqual(['node-1 observed', 'node-1 observed', 'node-2 States.Timeout', 'node-2 States.Timeout']);
  expect(called('DecideDeployment')).toHaveLength(2);
});

test('one node is never judged: its own machine ends without a judgement, and it is decided', async () => {
  aws.functions['ObserveNode'] = ({ node, ...rest }) => (node === 'node-2' ? hang() : { ...rest, node, observed: true });
  aws.functions['JudgeNode'] = ({ node }) => (node === 'node-2' ? hang() : { node, outcome: 'passed' });
  expect(await aws.run('verify-deployment', INPUT)).toMatchObject({ status: 'SUCCEEDED', output: { verdict: 'written' } });
  // The last attempt's time-out, the machine's own and that of whoever waits for it come together here: any may be first.
  const last = await vi.waitUntil(
    async () => {
      const ends = (await aws.ends('verify-node')).slice(0, 4);
      return ends.includes('RUNNING') ? undefined : ends;
    },
    { timeout: 20_000, interval: 200 },
  );
  expect(last.filter((status) => status === 'SUCCEEDED')).toHaveLength(2);
  expect(called('DecideDeployment')).toHaveLength(2);
});

test.each([
  ['the client’s look', 'ObserveFromClient'],
  ['the checks of endpoints', 'CheckEndpoints'],
  ['the probes', 'ProbeWindow'],
  ['the checks of services', 'CheckServices'],
])('%s hang: what they would have seen is missing, and it is decided without', async (_, name) => {
  aws.functions[name] = hang;
  expect(await aws.run('verify-deployment', INPUT)).toMatchObject({ status: 'SUCCEEDED', output: { verdict: 'written' } });
  expect(called('DecideDeployment')).toHaveLength(2);
  expect(called('HoldDeployment')).toHaveLength(0);
});

test('the decision itself hangs: a person is asked, with the error’s name', async () => {
  aws.functions['DecideDeployment'] = hang;
  expect(await aws.run('verify-deployment', INPUT)).toMatchObject({ status: 'SUCCEEDED', output: { verdict: 'written' } });
  expect(called('HoldDeployment').map(({ payload }) => payload)).toEqual([
    expect.objectContaining({ cluster: 'payments', deployment: 'd-1', epoch: 1, error: 'States.Timeout' }),
  ]);
});

test('a rollback hangs at a node: that is handed over with the node’s name, and concluded', async () => {
  const hot = await aws.putItems('hot.json', [{ node: 'node-1', way: 'hot' }]);
  aws.functions['DecideDeployment'] = () => ({ decision: 'decided', verdict: 'roll-back', toRollBack: ['node-1'] });
  aws.functions['AdmitRollback'] = () => ({ cluster: 'payments', deployment: 'd-1', epoch: 1, window: 1, occasion: 'o' });
  aws.functions['PlanRollBack'] = () => ({ planned: 1, planHash: 'h', startedAt: 0 });
  aws.functions['NextMove'] = ({ rollbacks }) =>
    rollbacks === undefined
      ? { move: 'restore', wave: 0, items: hot }
      : { move: 'conclude', left: [], why: 'every wave is through', again: hot };
  aws.functions['RestoreHot'] = hang;
  aws.functions['ConcludeRollBack'] = ({ rollbacks }) => ({ outcome: 'concluded', rollbacks });
  expect(await aws.run('verify-deployment', INPUT, 150_000)).toMatchObject({ status: 'SUCCEEDED' });
  expect(called('ConcludeRollBack').map(({ payload }) => payload['rollbacks'])).toEqual([
    [expect.objectContaining({ node: 'node-1', error: 'States.Timeout' })],
  ]);
}, 180_000);

test('all of Ringward hangs: the execution still ends, by the state machine’s own time-out at the latest', async () => {
  aws.functions['DecideDeployment'] = hang;
  aws.functions['HoldDeployment'] = hang;
  const { status, ms } = await aws.run('verify-deployment', INPUT, 150_000);
  expect(['FAILED', 'TIMED_OUT']).toContain(status);
  expect(ms).toBeLessThan(122_000);
}, 180_000);
