/**
 * Everything that is known about one node at one moment, gathered once; checks read it and nothing else.
 * Missing parts are `null`, never made up (I8).
 */
import type { CataloguedBackup } from '../backup/catalogue.ts';
import { type Certificate, sha256OfFingerprint, tryParseCertificate } from '../certificate/parse.ts';
import type { RegisteredNode, Registration } from '../cluster/registration.ts';
import type { DeployedNode } from '../events/deployment-events.ts';
import type { LoadSample } from '../load/load-sample.ts';
import type { NodeObservation } from '../node/facts.ts';
import type { ClientObservation } from './client-observation.ts';

/** Ports that take a new key without a restart; JMX does not. */
export const RELOADING_LISTENERS = ['client', 'internode'] as const;
export type ReloadingListener = (typeof RELOADING_LISTENERS)[number];
export const isReloading = (listener: string): listener is ReloadingListener =>
  (RELOADING_LISTENERS as readonly string[]).includes(listener);

/** The parts of a backup that verification compares with. */
export type BackupFacts = Pick<
  CataloguedBackup,
  'backupId' | 'manifest' | 'manifestSha256' | 'storeLeaves' | 'servedLeaves' | 'certificates'
>;

/** What the node should have: file hashes by path, and leaves (hex) by port; a port left out has no known expectation. */
export interface Expected {
  readonly files: readonly { readonly path: string; readonly sha256: string }[];
  readonly leaves: { readonly [L in ReloadingListener]?: string };
  /** Where the expectation comes from, in words for the report. */
  readonly source: string;
}

/** When the new files should be served. Times in ms. */
export interface Activation {
  readonly activation: 'reload' | 'restart' | 'poll';
  readonly completedAt: number;
  readonly dueAt: number;
}

export interface VerificationSnapshot {
  /** `deployed`: the event's files and leaf are expected; `old`: after a rollback, the backup's. */
  readonly purpose: 'deployed' | 'old';
  readonly node: RegisteredNode;
  readonly registration: Registration;
  readonly observation: NodeObservation | null;
  /** Why there is no observation, when there is none. */
  readonly observationError: string | null;
  /** Counters of this node from earlier looks and watches, oldest first. */
  readonly earlierLoads: readonly LoadSample[];
  /** What the other nodes observed in the same window; a node that did not answer has `null`. */
  readonly others: readonly { readonly node: string; readonly observation: NodeObservation | null }[];
  readonly client: ClientObservation | null;
  readonly expected: Expected;
  readonly announcedLeaf: string | null;
  /** Keystores whose leaf that is. */
  readonly announcedFor: readonly string[];
  readonly before: BackupFacts | null;
  readonly activation: Activation;
  /** When the first of this evidence was asked for, ms by our clock: nothing in it is older. */
  readonly lookedAt: number;
  /** Every parsed certificate of all observations and the backup, by hash; `null` when the DER is no certificate. */
  readonly certificates: ReadonlyMap<string, Certificate | null>;
}

export interface SnapshotParts {
  readonly purpose: 'deployed' | 'old';
  readonly nodeId: string;
  readonly registration: Registration;
  /** Observations of this window by node id. */
  readonly observations: ReadonlyMap<string, NodeObservation>;
  readonly observationErrors?: ReadonlyMap<string, string>;
  readonly earlierLoads?: readonly LoadSample[];
  readonly client: ClientObservation | null;
  /** The node's part of the deployment event; null for a node that is not part of the deployment. */
  readonly deployed: DeployedNode | null;
  readonly before: BackupFacts | null;
  readonly activation: 'reload' | 'restart' | 'poll';
  readonly completedAt: number;
}

/** Cassandra looks at its files at least every ten minutes (`SSLFactory`, hot reload period). */
const POLL_MS = 600_000;

/** The moment from which the ports must serve the new leaf: the declared activation plus its grace. */
export function activationDueAt(activation: Activation['activation'], completedAt: number, graceSeconds: number): number {
  return activation === 'poll' ? completedAt + POLL_MS : completedAt + graceSeconds * 1000;
}

/**
 * The activation as a watch that began at `since` waits for it, and when it is due, ms: what Cassandra has looked at since the deployment
 * is not waited for again.
 */
export function activationOfWatch(
  { detail, completedAt }: { readonly detail: Pick<Activation, 'activation'>; readonly completedAt?: number | undefined },
  since: number,
  graceSeconds: number,
): { readonly activation: Activation['activation']; readonly dueAt: number } {
  const polled = detail.activation === 'poll' && completedAt !== undefined && completedAt + POLL_MS <= since;
  const activation = polled ? 'reload' : detail.activation;
  return { activation, dueAt: activationDueAt(activation, since, graceSeconds) };
}

/** Puts the snapshot of one node together. Throws `RangeError` when the node is not registered. */
export function gatherSnapshot(parts: SnapshotParts): VerificationSnapshot {
  const { registration, nodeId } = parts;
  const node = registration.nodes.find((candidate) => candidate.node === nodeId);
  if (!node) throw new RangeError(`node ${nodeId} is not registered in ${registration.cluster}`);
  const observation = parts.observations.get(nodeId) ?? null;
  return {
    purpose: parts.purpose,
    node,
    registration,
    observation,
    observationError: observation ? null : (parts.observationErrors?.get(nodeId) ?? 'the node did not answer'),
    earlierLoads: parts.earlierLoads ?? [],
    others: registration.nodes
      .filter((other) => other.node !== nodeId)
      .map((other) => ({ node: other.node, observation: parts.observations.get(other.node) ?? null })),
    client: parts.client,
    expected: parts.purpose === 'old' ? expectOld(parts.before) : expectDeployed(parts.deployed, observation),
    announcedFor: announcedFor(parts.deployed, observation),
    announcedLeaf: parts.deployed?.leafFingerprint ? sha256OfFingerprint(parts.deployed.leafFingerprint) : null,
    before: parts.before,
    activation: {
      activation: parts.activation,
      completedAt: parts.completedAt,
      dueAt: activationDueAt(parts.activation, parts.completedAt, registration.limits.activationGraceSeconds),
    },
    lookedAt: lookedAt(parts.observations, parts.client),
    certificates: parseAll([
      ...[...parts.observations.values()].map((o) => o.certificates),
      parts.client?.certificates,
      parts.before?.certificates,
    ]),
  };
}

/** When the first of these was asked for, by the clocks of our functions; an observation of an older program tells its own clock's. */
export function lookedAt(observations: ReadonlyMap<string, NodeObservation>, client: ClientObservation | null): number {
  const asked = [...observations.values()].map(({ askedAt, at }) => askedAt ?? at);
  return Math.min(Number.MAX_SAFE_INTEGER, ...asked, ...(client ? [client.askedAt ?? client.at] : []));
}

function expectDeployed(deployed: DeployedNode | null, observation: NodeObservation | null): Expected {
  const files = deployed?.artifacts.map(({ path, sha256 }) => ({ path, sha256 })) ?? [];
  const leaves: { client?: string; internode?: string } = {};
  const announced = deployed?.leafFingerprint ? sha256OfFingerprint(deployed.leafFingerprint) : null;
  for (const listener of RELOADING_LISTENERS) {
    const store = keystoreOf(observation, listener);
    const leaf = announced !== null && isAnnouncedFor(store?.path, deployed, observation) ? announced : store?.chain[0];
    if (leaf) leaves[listener] = leaf;
  }
  const isAnnounced = announced !== null && Object.values(leaves).includes(announced);
  return { files, leaves, source: isAnnounced ? 'announced by the deployment event' : 'the leaf in the keystore on disk' };
}

function announcedFor(deployed: DeployedNode | null, observation: NodeObservation | null): string[] {
  const stores = observation ? reloadingKeystores(observation).filter(({ outbound }) => !outbound) : [];
  return stores.map(({ path }) => path).filter((path) => isAnnouncedFor(path, deployed, observation));
}

/** One leaf is announced for a node: it is that of the one keystore which was deployed, not of a keystore beside it. */
function isAnnouncedFor(path: string | undefined, deployed: DeployedNode | null, observation: NodeObservation | null): boolean {
  const written = (deployed?.artifacts ?? []).filter(({ kind }) => kind === 'keystore').map((artifact) => artifact.path);
  const inUse = RELOADING_LISTENERS.map((listener) => keystoreOf(observation, listener)?.path);
  const meant = written.filter((one) => inUse.includes(one));
  if (meant.length > 1) return false;
  // Stores that are reached by another path than the announced one cannot be told apart.
  return path === undefined || meant.length === 0 || meant.includes(path);
}

function expectOld(before: BackupFacts | null): Expected {
  if (!before) return { files: [], leaves: {}, source: 'no backup is known' };
  const files = before.manifest
    .filter(({ kind }) => kind !== 'service-state' && kind !== 'system-state')
    .map(({ path, sha256 }) => ({ path, sha256 }));
  const { client, internode } = before.servedLeaves;
  return { files, leaves: { ...(client && { client }), ...(internode && { internode }) }, source: `backup ${before.backupId}` };
}

function parseAll(sources: readonly (Readonly<Record<string, string>> | undefined)[]): Map<string, Certificate | null> {
  const parsed = new Map<string, Certificate | null>();
  for (const source of sources) {
    for (const [sha256, der] of Object.entries(source ?? {})) {
      if (parsed.get(sha256)) continue;
      const certificate = tryParseCertificate(der);
      // A certificate filed under another hash than its own is no evidence for that hash.
      parsed.set(sha256, certificate?.sha256 === sha256 ? certificate : null);
    }
  }
  return parsed;
}

/** The keystore that a port uses, as the node reported it. */
export function keystoreOf(observation: NodeObservation | null, listener: 'client' | 'internode' | 'jmx') {
  return observation?.stores.find((store) => store.kind === 'keystore' && !store.outbound && store.listeners.includes(listener));
}

/** What the node shows when it dials others: its `outbound_keystore`, else the keystore of the port between nodes. */
export function diallingKeystoreOf(observation: NodeObservation | null) {
  return observation?.stores.find((store) => store.outbound) ?? keystoreOf(observation, 'internode');
}

/** The truststore that a port uses, as the node reported it. */
export function truststoreOf(observation: NodeObservation | null, listener: 'client' | 'internode' | 'jmx') {
  return observation?.stores.find((store) => store.kind === 'truststore' && store.listeners.includes(listener));
}

/** Keystores that a reloading port uses: the ones a deployment is about. */
export function reloadingKeystores(observation: NodeObservation) {
  return observation.stores.filter((store) => store.kind === 'keystore' && store.listeners.some((listener) => listener !== 'jmx'));
}

/** The parsed certificates of these hashes; what could not be parsed is left out. */
export function certificatesOf(snapshot: VerificationSnapshot, hashes: readonly string[]): Certificate[] {
  return hashes.map((hash) => snapshot.certificates.get(hash)).filter((certificate) => certificate != null);
}
