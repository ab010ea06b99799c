/** Worlds in which a deployment went wrong and was decided to go back: made by the real machines and handlers, not written down by hand. */
import { sha256Hex } from '../../core/canonical.ts';
import { readRegistration } from '../../core/cluster/read-registration.ts';
import type { DeploymentRecord } from '../../core/intake/deployment-record.ts';
import { DAY, type Made, makeAuthority, NOW, pemOf } from '../../test/fixtures/pki.ts';
import { emptyAws } from './aws/simulated-aws.ts';
import { readStore } from './ring/certificates.ts';
import { CONFIGURATION, KEYSTORE, newHost, TRUSTSTORE } from './ring/host.ts';
import type { Dialler } from './ring/ring.ts';
import { SimulatedWorld, type WorldState, type WorldWishes } from './world.ts';

export const CLUSTER = 'payments';
export const DEPLOYMENT = 'd-simulated';
export const CANARY_SECRET = 'ringward/canary/payments';
const MINUTE = 60_000;

/** Three of them are enough for a quorum; more make a ring larger and nothing else. */
const addressOf = (i: number): string => `10.0.1.${i + 1}`;
const nodeOf = (i: number): string => `i-0000000${i + 1}`;

export const SCENARIOS = {
  hot: 'a leaf of a foreign authority on every node, reloaded: only certificate files changed, so the way back is hot',
  restart: 'a leaf for another name, and a new keystore password in the configuration, restarted: the way back is by restart',
  fetched: 'as hot, but one copy in a node’s local snapshot is damaged: its backup comes from S3',
  unsafe: 'as hot, but the old leaf has expired meanwhile: there is no way back',
} as const;
export type ScenarioName = keyof typeof SCENARIOS;

const good = makeAuthority('Payments');
const foreign = makeAuthority('Foreign');
const canary = good.leaf('canary.payments.example');
const CANARY = { certificate: pemOf(canary, good.intermediate), privateKey: keyPem(canary), authorities: pemOf(good.root) };

/** What the checker dials with: an identity and authorities that every good node accepts. */
export const WITNESS: Dialler = { chain: readStore(CANARY.certificate).chain, trust: readStore(CANARY.authorities).chain };

function keyPem({ privateKey }: Made): string {
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

const keystore = (leaf: Made, intermediate: Made, password: string): string =>
  `# sealed with ${password}\n${keyPem(leaf)}${pemOf(leaf, intermediate)}`;
const yaml = (password: string): string => `cluster_name: ${CLUSTER}\nkeystore_password: ${password}\n`;

interface Files {
  readonly before: readonly Readonly<Record<string, string>>[];
  readonly after: readonly Readonly<Record<string, string>>[];
}

/** By scenario and size; keys are made once a process. */
const made = new Map<string, Files>();

function filesOf(scenario: ScenarioName, nodes: number): Files {
  const key = `${scenario} ${nodes}`;
  let files = made.get(key);
  if (!files) {
    const restart = scenario === 'restart';
    const before = Array.from({ length: nodes }, (_, i) => {
      const leaf = good.leaf(addressOf(i), scenario === 'unsafe' ? { notAfter: NOW + 10 * MINUTE } : {});
      return { [KEYSTORE]: keystore(leaf, good.intermediate, 'first'), [TRUSTSTORE]: pemOf(good.root), [CONFIGURATION]: yaml('first') };
    });
    const after = Array.from({ length: nodes }, (_, i) => {
      const bad = restart ? good.leaf('10.9.9.9', { notAfter: NOW + 90 * DAY }) : foreign.leaf(addressOf(i));
      const store = keystore(bad, restart ? good.intermediate : foreign.intermediate, restart ? 'second' : 'first');
      return { [KEYSTORE]: store, ...(restart ? { [CONFIGURATION]: yaml('second') } : {}) };
    });
    files = { before, after };
    made.set(key, files);
  }
  return files;
}

function registrationOf(nodes: number) {
  return readRegistration({
    schema: 1,
    cluster: CLUSTER,
    environment: 'production',
    nodes: Array.from({ length: nodes }, (_, i) => ({ node: nodeOf(i), address: addressOf(i), seed: i === 0 })),
    files: [
      { path: KEYSTORE, kind: 'keystore' },
      { path: TRUSTSTORE, kind: 'truststore' },
      { path: CONFIGURATION, kind: 'configuration' },
    ],
    cassandra: { home: '/usr/share/cassandra', yaml: CONFIGURATION },
    canary: { identitySecret: CANARY_SECRET },
    profile: { measured: { probes: 'off', beforeSeconds: 0 } },
  });
}

/** A healthy ring that was never heard of: good files, every process up. */
export function bareWorld(scenario: ScenarioName, nodes: number, wishes: WorldWishes): SimulatedWorld {
  const { before } = filesOf(scenario, nodes);
  const hosts = before.map((files, i) => newHost(nodeOf(i), addressOf(i), i === 0, files, NOW - DAY));
  const aws = emptyAws();
  aws.secrets.set(CANARY_SECRET, JSON.stringify(CANARY));
  return new SimulatedWorld({ now: NOW, aws, ring: { hosts, history: [] } }, wishes);
}

function event(kind: 'Starting' | 'Completed', scenario: ScenarioName, nodes: number, now: number): object {
  const { after } = filesOf(scenario, nodes);
  const detail = {
    schema: 1,
    deploymentId: DEPLOYMENT,
    cluster: CLUSTER,
    change: scenario === 'restart' ? 'configuration' : 'leaf-renewal',
    activation: scenario === 'restart' ? 'restart' : 'reload',
    requestedBy: 'pipeline',
    nodes: after.map((files, i) => ({
      node: nodeOf(i),
      artifacts: Object.entries(files).map(([path, text]) => ({
        path,
        sha256: sha256Hex(text),
        kind: path === CONFIGURATION ? 'configuration' : 'keystore',
      })),
    })),
  };
  const type = `Certificate Deployment ${kind}`;
  return { id: `e-${kind}`, time: new Date(now).toISOString(), source: 'ringward.deployer', 'detail-type': type, detail };
}

/** Writes the new files of a scenario onto every node, as a careless deployer does, and makes nothing active. */
export function deployFiles(world: SimulatedWorld, scenario: ScenarioName): void {
  const { hosts } = world.ring.state;
  const { after } = filesOf(scenario, hosts.length);
  for (const [i, { disk }] of hosts.entries())
    for (const [path, text] of Object.entries(after[i] ?? {}))
      disk.files.set(path, { text, mode: disk.files.get(path)?.mode ?? '0600', owner: 'cassandra', modifiedAt: world.clock.now });
}

/** New files on every node, and made active. */
async function deploy(world: SimulatedWorld, scenario: ScenarioName): Promise<void> {
  deployFiles(world, scenario);
  for (const host of world.ring.state.hosts) {
    if (scenario !== 'restart') world.ring.reload(host);
    else {
      world.ring.stop(host);
      world.ring.start(host);
      await world.pass(5000);
    }
  }
}

/**
 * The world at the moment when a rollback is to begin: registered, backed up and proven by `back-up-cluster`, the bad files deployed and
 * announced, and a verdict "roll back" written. Throws where the backups were not verified.
 */
export async function decidedWorld(
  scenario: ScenarioName,
  { nodes = 3, seed = 1 }: { readonly nodes?: number; readonly seed?: number } = {},
): Promise<WorldState> {
  const world = bareWorld(scenario, nodes, { seed });
  await world.inside(async () => {
    for (const host of world.ring.state.hosts) world.ring.start(host);
    await world.pass(10_000);
    for (const host of world.ring.state.hosts) world.ring.view(host);
    const { saveRegistration } = await import('../../adapters/dynamodb/clusters.ts');
    const { changeRecord } = await import('../../adapters/dynamodb/deployments.ts');
    await saveRegistration(registrationOf(nodes), world.clock.now);
    const backedUp = await world.execute('BackUpCluster', event('Starting', scenario, nodes, world.clock.now));
    const outcome = (backedUp.output as { readonly outcome?: string } | null)?.outcome;
    if (outcome !== 'backed-up')
      throw new Error(
        `the backup ended ${backedUp.status} ${outcome}: ${backedUp.error} ${backedUp.cause} ${JSON.stringify(backedUp.output)}`,
      );
    await world.pass(30_000);
    await deploy(world, scenario);
    await world.pass(scenario === 'unsafe' ? 20 * MINUTE : 1000);
    await world.call('AdmitVerification', { input: event('Completed', scenario, nodes, world.clock.now), execution: 'x-verify' });
    await world.pass(10_000);
    await changeRecord({ cluster: CLUSTER, deployment: DEPLOYMENT }, (record) => ({
      ...record,
      state: 'decided',
      verdict: verdictOf(record, world),
    }));
    if (scenario === 'fetched') damageSnapshot(world);
  });
  const { ring, aws, now } = world.state;
  // What led here is not what is looked at: the history of the rollback begins with it.
  return { now, ring: { ...ring, history: [] }, aws: { ...aws, executions: new Map(), commands: new Map(), events: [], letters: [] } };
}

function verdictOf({ epoch }: DeploymentRecord, world: SimulatedWorld): NonNullable<DeploymentRecord['verdict']> {
  return {
    verdict: 'roll-back',
    reason: 'the ports serve what nobody accepts',
    nodes: world.ring.state.hosts.map(({ node }) => node),
    evidence: [],
    vantagePoints: [],
    nextStep: 'the nodes go back',
    decidedAt: world.clock.now,
    epoch,
  };
}

/** One byte more in the copy of the second node's keystore. */
function damageSnapshot(world: SimulatedWorld): void {
  for (const snapshot of world.ring.host(nodeOf(1)).disk.snapshots.values()) {
    const place = snapshot.manifest.findIndex(({ path }) => path === KEYSTORE);
    snapshot.files[place] = `${snapshot.files[place]}\n`;
  }
}

/** A copy of a decided world, to be run and thrown away. */
export const worldFrom = (state: WorldState, wishes: WorldWishes): SimulatedWorld => new SimulatedWorld(structuredClone(state), wishes);
