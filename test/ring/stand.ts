/**
 * What every ring test holds in its hands: the stand that runs (see global-setup.ts), deployments on it, waits
 * with a deadline, histories, journals, and openssl's view of every port. Nothing here asks a node through the product.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Installation, openInstallation } from '../../adapters/stack/installation.ts';
import { type DeploymentRecord, FINAL_STATES } from '../../core/intake/deployment-record.ts';
import type { Report, TimelineEntry } from '../../core/report/model.ts';
import { detailOf, send } from '../../stand/demo/events.ts';
import { followToReport } from '../../stand/demo/follow.ts';
import { serves, type Witnessed, witness } from '../../stand/demo/witness.ts';
import { activate, type PreparedDeployment, prepare, putInPlace } from '../../stand/deployer.ts';
import type { FailureName } from '../../stand/failures.ts';
import { heal } from '../../stand/heal.ts';
import { CLUSTER, PATHS, type Ring, type RingNode } from '../../stand/ring/topology.ts';
import type { JournalLine } from '../../stand/simulated/node/journal.ts';
import { existingRing, type StandStatus, status } from '../../stand/stand.ts';
import { TEST_NET } from './net.ts';

export { serves, type Witnessed, witness } from '../../stand/demo/witness.ts';
export { CLUSTER } from '../../stand/ring/topology.ts';

/** The shared stand as one test file uses it. */
export interface TestStand {
  readonly status: StandStatus;
  readonly ring: Ring;
  readonly installation: Installation;
}

let opened: Promise<TestStand> | undefined;

/** Opens the running stand; the same for every test of a file. */
export function theStand(): Promise<TestStand> {
  opened ??= open();
  return opened;
}

async function open(): Promise<TestStand> {
  return { status: await status(TEST_NET), ring: existingRing(TEST_NET), installation: await openInstallation('Ringward') };
}

/** A line of a test's own account, seen with every run. */
export function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** What SSM does wrong from now on, such as `delay=200-800,loss=0.1`; empty for nothing. Throws where the stand does not take it. */
export async function ssmFaults(faults: string): Promise<void> {
  const { status } = await theStand();
  const answer = await fetch(`${status.endpoint}/_ringward/ssm-faults`, { method: 'POST', body: faults });
  if (answer.status !== 200) throw new Error(`the stand takes no faults "${faults}": ${answer.status} ${await answer.text()}`);
}

let numbered = 0;

/** A deployment id that no other test uses; it says whose it is. */
export function newDeploymentId(whose: string): string {
  numbered += 1;
  return `d-${whose}-${Date.now().toString(36)}-${numbered}`;
}

/** Puts the good files back wherever a test left others, and proves every port with openssl. Call it before a test that needs a whole ring. */
export async function makeWhole({ ring }: TestStand): Promise<readonly Witnessed[]> {
  const whole = (seen: readonly Witnessed[]): boolean => seen.every((one) => serves(one, one.client.leaf));
  let seen = await witness(ring);
  // A renewal that was kept is whole on the wire and yet not what `heal` would put there: it stays.
  if (!whole(seen)) {
    await heal(ring, ring.nodes, tell);
    seen = await witness(ring);
  }
  if (!whole(seen)) throw new Error(`the ring is not whole: ${JSON.stringify(seen)}`);
  return seen;
}

/** A deployment as a deployer carries it out, step by step; each test takes the steps it needs. */
export interface TestDeployment {
  readonly id: string;
  readonly prepared: PreparedDeployment;
  readonly detail: Record<string, unknown>;
  readonly before: readonly Witnessed[];
}

/** Makes keys and files of a failure; sends nothing and writes nothing to a node. */
export async function makeDeployment(
  stand: TestStand,
  failure: FailureName,
  whose: string,
  nodes?: readonly RingNode[],
): Promise<TestDeployment> {
  const before = await makeWhole(stand);
  const prepared = await (nodes ? prepare(failure, stand.ring, nodes) : prepare(failure, stand.ring));
  const id = newDeploymentId(whose);
  return { id, prepared, detail: detailOf(id, prepared), before };
}

export async function sendStarting({ detail }: TestDeployment): Promise<void> {
  await send('Certificate Deployment Starting', detail);
}

export async function sendCompleted({ detail }: TestDeployment): Promise<void> {
  await send('Certificate Deployment Completed', detail);
}

/** Writes the files and makes them active, as careless deployers do. */
export async function deliver({ ring }: TestStand, { prepared }: TestDeployment): Promise<void> {
  await putInPlace(prepared);
  await activate(prepared, ring);
}

/** Starting event, backups verified, files in place and active: all that comes before the completed event. */
export async function deployUpToCompleted(
  stand: TestStand,
  failure: FailureName,
  whose: string,
  nodes?: readonly RingNode[],
): Promise<TestDeployment> {
  const deployment = await makeDeployment(stand, failure, whose, nodes);
  await sendStarting(deployment);
  await waitForState(stand, deployment.id, ['backed-up']);
  await deliver(stand, deployment);
  return deployment;
}

/** Polls `look` until it gives something. Throws an error that says what was waited for, and what was seen last. */
export async function waitFor<T>(
  what: string,
  look: () => Promise<T | undefined>,
  timeoutMs = 60_000,
  everyMs = 100,
  seen: () => string = () => '',
): Promise<T> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > until) throw new Error(`${what} did not come within ${timeoutMs / 1000} s ${seen()}`.trim());
    await pause(everyMs);
  }
}

export async function recordOf({ installation }: TestStand, deployment: string): Promise<DeploymentRecord | undefined> {
  return (await installation.deployments(CLUSTER)).find((one) => one.deployment === deployment);
}

/** Waits until the deployment is in one of the states. */
export async function waitForState(
  stand: TestStand,
  deployment: string,
  states: readonly DeploymentRecord['state'][],
  timeoutMs = 120_000,
): Promise<DeploymentRecord> {
  let last: string | undefined;
  const look = async (): Promise<DeploymentRecord | undefined> => {
    const record = await recordOf(stand, deployment);
    last = record?.state;
    return record && states.includes(record.state) ? record : undefined;
  };
  return waitFor(`deployment ${deployment} in ${states.join(' or ')}`, look, timeoutMs, 100, () => `(it is ${last ?? 'unknown'})`);
}

/** Waits for any end of the deployment. */
export async function waitForEnd(stand: TestStand, deployment: string, timeoutMs = 240_000): Promise<DeploymentRecord> {
  return waitForState(stand, deployment, [...FINAL_STATES], timeoutMs);
}

/** Waits for the report of the deployment's newest epoch. */
export async function waitForReport({ installation }: TestStand, deployment: string, timeoutMs = 240_000): Promise<Report> {
  return followToReport(installation, deployment, () => undefined, timeoutMs);
}

export async function timelineOf({ installation }: TestStand, deployment: string): Promise<readonly TimelineEntry[]> {
  return installation.timeline(CLUSTER, deployment);
}

/** The node's journal as it lies on its disk; a line torn by a kill is left out, as the node itself would cut it off. */
export async function journalOf(node: RingNode, deployment?: string): Promise<JournalLine[]> {
  const text = await readFile(join(node.folder + PATHS.ringwardHome, 'journal.jsonl'), 'utf8').catch(() => '');
  const lines = text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as JournalLine];
    } catch {
      return [];
    }
  });
  return deployment === undefined ? lines : lines.filter((line) => line.deployment === deployment);
}

/** Sentences for every node on which I7 does not hold: each must be whole with the leaf of before, or with the renewed one. */
export function mixtures(
  after: readonly Witnessed[],
  before: readonly Witnessed[],
  renewed: Readonly<Record<string, string>> = {},
): string[] {
  return after.flatMap((now) => {
    const was = before.find((one) => one.node === now.node);
    const leaf = renewed[now.node] ?? was?.client.leaf ?? null;
    const wire = serves(now, leaf)
      ? []
      : [
          `${now.address} serves ${now.client.leaf} on 9042 (${now.client.error ?? now.client.verification}) and ${now.internode.leaf} on 7000 (${now.internode.error ?? now.internode.verification}), not ${leaf}`,
        ];
    const same = renewed[now.node] !== undefined || (was?.keystore === now.keystore && was.yaml === now.yaml);
    return same ? wire : [...wire, `${now.address}: keystore or cassandra.yaml are not those of before`];
  });
}
