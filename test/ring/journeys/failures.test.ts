/** Every failure on a real ring, judged by openssl, the files' hashes and the clients; the product is never told its name. */
import { readFile } from 'node:fs/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { Report } from '../../../core/report/model.ts';
import { type Journey, runJourney } from '../../../stand/demo/journey.ts';
import { problemsOf, resultOf } from '../../../stand/demo/outcome.ts';
import { FAILURE_NAMES, FAILURES, type FailureName } from '../../../stand/failures.ts';
import { executionsOf, statesEntered } from '../executions.ts';
import { CLUSTER, makeWhole, serves, tell, theStand } from '../stand.ts';

/** `none` first: the ring goes on with the renewed leaves. The one that restarts a node last. */
const ORDER: readonly FailureName[] = [
  'none',
  'other-ca',
  'expired-leaf',
  'not-yet-valid',
  'missing-intermediate',
  'mismatched-key',
  'broken-pem',
  'locked-keystore',
];
const SEVEN_PHASES = [
  'Stop accepting',
  'Stop service',
  'Restore certificates',
  'Restore configuration',
  'Start service',
  'Prove node',
  'Restore traffic',
];

const journeys: Journey[] = [];
afterAll(() => {
  for (const journey of journeys) {
    const { failure, verdict, path, detectMs, rollbackMs, clientQueries, clientErrors, newConnectionErrorsAfterProof } = resultOf(journey);
    tell(
      `${failure.padEnd(22)} ${verdict.padEnd(10)} ${path ?? '-'} detect ${detectMs} ms, rollback ${rollbackMs ?? '-'} ms, ${clientErrors} of ${clientQueries} queries failed, ${newConnectionErrorsAfterProof ?? '-'} new connections after the proof`,
    );
  }
});

async function travel(failure: FailureName): Promise<Journey> {
  const stand = await theStand();
  await makeWhole(stand);
  const journey = await runJourney(stand.ring, { failure, waitAtGate: true, timeoutMs: 240_000 }, () => undefined);
  journeys.push(journey);
  return journey;
}

test('every failure that the stand knows has its journey here', () => {
  expect(ORDER.toSorted()).toEqual(FAILURE_NAMES.toSorted());
});

describe.each(ORDER)('%s', (failure) => {
  test(`${failure}: the right verdict, openssl's view before and after, and no client lost`, async () => {
    const journey = await travel(failure);
    expect(problemsOf(journey, true)).toEqual([]);
    expect(journey.report.verdict.verdict).toBe(failure === 'none' ? 'keep' : 'roll-back');
    expectDeployed(journey);
    expectClients(journey);
    await expectWholeReport(journey);
    if (failure === 'locked-keystore') await expectSevenPhases(journey);
  });
});

/** What openssl and the files' hashes showed after the activation, before the product was told. */
function expectDeployed(journey: Journey): void {
  for (const deployed of journey.deployed.filter(({ node }) => journey.deployedNodes.includes(node))) {
    const before = journey.before.find(({ node }) => node === deployed.node);
    const reported = journey.report.nodes.find(({ node }) => node === deployed.node);
    expect(deployed.keystore).not.toBe(before?.keystore);
    expect(reported?.before).toBe(before?.client.leaf);
    if (['none', 'other-ca', 'expired-leaf', 'not-yet-valid', 'missing-intermediate'].includes(journey.failure)) {
      expect(deployed.client.leaf).not.toBe(before?.client.leaf);
      expect(deployed.client.leaf).toBe(reported?.deployed);
      expect(serves(deployed, deployed.client.leaf)).toBe(journey.failure === 'none');
    }
    // A file that does not load leaves the old leaf on the wire; the report then names the file by its hash.
    if (journey.failure === 'broken-pem')
      expect([deployed.client.leaf, reported?.deployed]).toEqual([before?.client.leaf, deployed.keystore]);
    if (journey.failure === 'mismatched-key') expect(serves(deployed, reported?.deployed ?? null)).toBe(false);
    if (journey.failure === 'locked-keystore') {
      expect(deployed.yaml).not.toBe(before?.yaml);
      expect(deployed.client).toMatchObject({ leaf: null, handshake: false });
      // The certificates of a PEM keystore are in clear, so the leaf is known although Cassandra cannot open the key.
      expect(reported?.deployed).toMatch(/^SHA256:[0-9a-f]{64}$/);
      expect([before?.client.leaf, deployed.keystore]).not.toContain(reported?.deployed);
    }
  }
}

function expectClients(journey: Journey): void {
  const { clientQueries, clientErrors, newConnectionErrors, newConnectionErrorsAfterProof, path } = resultOf(journey);
  expect(clientQueries).toBeGreaterThanOrEqual(1000);
  expect(path).toBe(journey.failure === 'none' ? null : FAILURES[journey.failure].activation === 'restart' ? 'restart' : 'hot');
  if (path !== 'restart') expect(clientErrors).toBe(0);
  if (journey.failure === 'none') expect(newConnectionErrors).toBe(0);
  else expect(newConnectionErrorsAfterProof).toBe(0);
}

/** Timeline, verdict with evidence, checks, before and after, backup, durations; and the page beside the JSON. */
async function expectWholeReport(journey: Journey): Promise<void> {
  const report = Report.parse(JSON.parse(await readFile(journey.reportFile.replace(/html$/, 'json'), 'utf8')));
  const rolledBack = journey.failure !== 'none';
  expect(report.outcome).toBe(rolledBack ? 'rolled-back' : 'kept');
  expect(new Set(report.timeline.map(({ area }) => area))).toEqual(
    new Set(['intake', 'backup', 'verify', 'decide', 'report', ...(rolledBack ? ['roll-back'] : [])]),
  );
  expect(report.timeline.map(({ at }) => at)).toEqual(report.timeline.map(({ at }) => at).toSorted((a, b) => a - b));
  expect(report.verdict.vantagePoints.length).toBeGreaterThanOrEqual(2);
  expect(report.verdict.evidence.length > 0).toBe(rolledBack);
  expect(report.detectMs).toBeGreaterThan(0);
  expect(report.rollbackMs === null).toBe(!rolledBack);
  expect(new Set(report.verifications.map(({ moment }) => moment))).toEqual(
    new Set(rolledBack ? ['deployed', 'after-rollback'] : ['deployed']),
  );
  for (const { nodes } of report.verifications) for (const { checks } of nodes) expect(checks.length).toBeGreaterThanOrEqual(9);
  for (const node of report.nodes.filter((one) => journey.deployedNodes.includes(one.node))) {
    expect(node).toMatchObject({ outcome: rolledBack ? 'old-verified' : 'new-verified', backupStatus: 'verified' });
    expect(node.backupVersion).toMatch(/./);
    expect(node.after).toBe(journey.after.find((one) => one.node === node.node)?.client.leaf);
    if (rolledBack) expect(node.rollbackMs).toBeGreaterThan(0);
  }
  const page = await readFile(journey.reportFile, 'utf8');
  expect(page).toMatch(/^<!doctype html>[\s\S]*<\/html>\s*$/);
  expect(page).toContain(`<title>${CLUSTER} · ${journey.deployment} · ${report.outcome}</title>`);
  expect(page).not.toMatch(/<script|src="http|href="http/);
}

async function expectSevenPhases(journey: Journey): Promise<void> {
  const stand = await theStand();
  const [execution, ...others] = await executionsOf(stand, journey.deployment, 'roll-back-node');
  expect(others).toEqual([]);
  expect(execution?.status).toBe('SUCCEEDED');
  expect(await statesEntered(execution?.arn ?? '')).toEqual(['Which way?', ...SEVEN_PHASES, 'Conclude node']);
  const [node] = journey.deployedNodes;
  const [before, after] = [journey.before, journey.after].map((seen) => seen.find((one) => one.node === node)?.yaml);
  expect(after).toBe(before);
}
