/** The same journey where something is against it: a deployer that does not wait, an SSM that loses, delays and doubles. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { runJourney } from '../../../stand/demo/journey.ts';
import { problemsOf, resultOf } from '../../../stand/demo/outcome.ts';
import { heal } from '../../../stand/heal.ts';
import { CLUSTER, makeWhole, ssmFaults, tell, theStand } from '../stand.ts';

const FAULTS = 'delay=200-800,loss=0.1,duplicate=0.2,late-id=500,seed=7';

afterEach(() => ssmFaults(''));
afterAll(async () => {
  await makeWhole(await theStand());
});

test('a deployer that does not wait: the late backup holds the new files, is not taken for the old ones, and the run holds', async () => {
  const stand = await theStand();
  await makeWhole(stand);
  const journey = await runJourney(stand.ring, { failure: 'other-ca', waitAtGate: false, timeoutMs: 240_000 }, () => undefined);
  expect(problemsOf(journey, false)).toEqual([]);
  expect(journey.report).toMatchObject({ outcome: 'held', verdict: { verdict: 'hold' }, plan: null });
  const backups = await stand.installation.backups(CLUSTER, journey.deployment);
  expect(backups.map(({ status }) => status)).toEqual(stand.ring.nodes.map(() => 'refused'));
  for (const { node, reason } of backups) {
    expect(reason).toMatch(/the files were changed already|it was made after the deployment wrote there/);
    expect(journey.report.verdict.reason).toContain(`The backup of ${node} is not of before`);
    // Held: nobody put anything back.
    const [deployed, after] = [journey.deployed, journey.after].map((seen) => seen.find((one) => one.node === node));
    expect([after?.client.leaf, after?.keystore]).toEqual([deployed?.client.leaf, deployed?.keystore]);
  }
  await heal(stand.ring, stand.ring.nodes, tell);
});

test('SSM delays, loses and doubles commands: the same outcome', async () => {
  const stand = await theStand();
  await makeWhole(stand);
  const history = join(stand.ring.folder, 'local-aws/ssm-history.jsonl');
  const earlier = readFileSync(history, 'utf8').length;
  await ssmFaults(FAULTS);
  const journey = await runJourney(stand.ring, { failure: 'other-ca', waitAtGate: true, timeoutMs: 280_000 }, () => undefined);
  await ssmFaults('');
  expect(problemsOf(journey, true)).toEqual([]);
  const { verdict, path, clientErrors, newConnectionErrorsAfterProof } = resultOf(journey);
  expect({ verdict, path, clientErrors, newConnectionErrorsAfterProof }).toEqual({
    verdict: 'roll-back',
    path: 'hot',
    clientErrors: 0,
    newConnectionErrorsAfterProof: 0,
  });
  // The faults were really there: which of them fall on which command depends on the order in which nodes are asked.
  const happened = readFileSync(history, 'utf8').slice(earlier);
  expect(happened).toMatch(/"DuplicateRun"|"Cancelled"/);
  tell(
    `SSM faults (${FAULTS}): ${happened.split('"DuplicateRun"').length - 1} commands ran twice, ${happened.split('"Cancelled"').length - 1} mentions of a cancelled one`,
  );
}, 400_000);
