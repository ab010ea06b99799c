/**
 * Reads the state of a change of authority from what nodes showed, what their backups hold and what was deployed. What is not known
 * is null or told as not seen, never guessed (I8).
 */
import type { CataloguedBackup } from '../backup/catalogue.ts';
import type { NodeObservation, StoreFact } from '../node/facts.ts';
import { keystoreOf } from '../verify/snapshot.ts';
import type { AuthorityEvidence } from './evidence.ts';
import { type Known, knownOf } from './known.ts';
import { readClients } from './read-clients.ts';
import type { AuthorityState, Keystore, Leaf, Shown, TrustingPort, Truststore } from './state.ts';

/** The state as it can be known from the evidence. */
export function readState(evidence: AuthorityEvidence): AuthorityState {
  const known = knownOf(evidence);
  const nodes = evidence.registration.nodes.map(({ node }) => node);
  const seen = nodes.flatMap((node) => {
    const observation = evidence.observations.get(node);
    return observation && observation.stores.length > 0 ? [{ node, observation }] : [];
  });
  const unseen = nodes
    .filter((node) => !seen.some((one) => one.node === node))
    .map((node) => ({ node, why: evidence.observations.has(node) ? 'it told of no store' : 'it did not answer' }));
  return {
    nodes,
    authorities: known.authorities,
    truststores: seen.flatMap(({ node, observation }) => truststoresOf(node, observation, evidence, known)),
    keystores: seen.flatMap(({ node, observation }) => keystoresOf(node, observation, evidence, known)),
    clients: readClients(evidence, known),
    unseen,
  };
}

function truststoresOf(node: string, observation: NodeObservation, evidence: AuthorityEvidence, known: Known): Truststore[] {
  return observation.stores.flatMap((store): Truststore[] => {
    const ports = store.listeners.filter((listener): listener is TrustingPort => listener !== 'jmx');
    if (store.kind !== 'truststore' || ports.length === 0) return [];
    const present = known.anchors(store.chain);
    const old = oldAnchors(
      store.path,
      evidence.backups.find((backup) => backup.node === node),
      known,
    );
    const announced = announcedFor(node, store.path, evidence);
    const later = announced === undefined ? old : known.content(announced);
    return [{ node, path: store.path, ports, present, ends: { old, new: later && known.anchors(later) } }];
  });
}

/** As the backup tells it; of one that was made before backups told it, what a file with the same hash holds anywhere. */
function oldAnchors(path: string, backup: CataloguedBackup | undefined, known: Known): readonly string[] | null {
  const told = backup?.storeAnchors?.find((one) => one.path === path)?.anchors;
  const packed = backup?.manifest.find((entry) => entry.path === path)?.sha256;
  const chain = told ?? (packed === undefined ? null : known.content(packed));
  return chain && known.anchors(chain);
}

function keystoresOf(node: string, observation: NodeObservation, evidence: AuthorityEvidence, known: Known): Keystore[] {
  const backup = evidence.backups.find((one) => one.node === node);
  const outbound = observation.stores.some((store) => store.outbound);
  return observation.stores.flatMap((store): Keystore[] => {
    const shown = store.kind === 'keystore' ? shownFrom(store, outbound) : [];
    if (shown.length === 0) return [];
    const old = backup?.storeLeaves.find(({ path }) => path === store.path)?.leaf;
    const oldLeaf = old === undefined ? null : known.leafOfPool(old, Object.keys(backup?.certificates ?? {}));
    const present = Object.fromEntries(shown.map((to) => [to, shownNow(store, to, observation, known)]));
    const announced = announcedFor(node, store.path, evidence);
    const later = announced === undefined ? oldLeaf : known.leaf(known.content(announced) ?? []);
    return [{ node, path: store.path, present, ends: { old: oldLeaf, new: later } }];
  });
}

function shownFrom(store: StoreFact, hasOutbound: boolean): Shown[] {
  if (store.outbound) return ['dialling'];
  return store.listeners.flatMap((listener): Shown[] => {
    if (listener === 'internode') return hasOutbound ? ['internode'] : ['internode', 'dialling'];
    return listener === 'client' ? ['client'] : [];
  });
}

/** What the port shows; what the file holds where the port is closed, since that is what it will show. */
function shownNow(store: StoreFact, to: Shown, observation: NodeObservation, known: Known): Leaf | null {
  const listener = to === 'client' ? 'client' : 'internode';
  const isOfPort = keystoreOf(observation, listener)?.path === store.path;
  const wire = observation.listeners.find((fact) => fact.listener === listener && fact.chain.length > 0);
  return known.leaf(isOfPort && wire ? wire.chain : store.chain);
}

/** Hash of the file that the deployment announced there; undefined where it announced none. */
function announcedFor(node: string, path: string, { deployed }: AuthorityEvidence): string | undefined {
  return deployed.find((one) => one.node === node)?.artifacts.find((artifact) => artifact.path === path)?.sha256;
}
