import { expect, test } from 'vitest';
import type { AuthorityEvidence } from '../../../core/authority-change/evidence.ts';
import { brokenLinks, connects } from '../../../core/authority-change/links.ts';
import { nextSteps } from '../../../core/authority-change/next-steps.ts';
import { phaseOf } from '../../../core/authority-change/phase.ts';
import { wayBack } from '../../../core/authority-change/plan.ts';
import { readState } from '../../../core/authority-change/read-state.ts';
import { sha256Hex } from '../../../core/canonical.ts';
import { parseCertificate } from '../../../core/certificate/parse.ts';
import type { NodeObservation } from '../../../core/node/facts.ts';
import { byHash, DAY, type Made, makeAuthority, NOW, pemOf } from '../../fixtures/pki.ts';
import {
  address,
  backupOf,
  good,
  healthyState,
  KEYSTORE,
  makeRing,
  NODES,
  oldLeaves,
  registration,
  TRUSTSTORE,
} from '../../fixtures/ring.ts';

/** The same names as the old authority’s, another key (row 6 of the failure modes). */
const rekeyed = makeAuthority('Payments');
const newLeaves = NODES.map((_, i) => rekeyed.leaf(address(i)));
const TRUST = { old: [good.root], both: [good.root, rekeyed.root], new: [rekeyed.root] };

/** What a node has: its trust, then its leaf. */
type At = `${keyof typeof TRUST} trust, ${'old' | 'new'} leaf`;
const trustOf = (at: At) => at.split(' ')[0] as keyof typeof TRUST;
const keyFile = (i: number, leaf: 'old' | 'new') => sha256Hex(`keystore ${i} ${leaf}`);
const trustFile = (trust: keyof typeof TRUST) => sha256Hex(`truststore ${trust}`);

function evidenceOf(at: readonly At[], bent: Partial<AuthorityEvidence> = {}): AuthorityEvidence {
  const leafOf = (i: number) => (at[i]?.endsWith('new leaf') ? 'new' : 'old');
  const ring = makeRing(
    at.map((one, i) => {
      const shown = leafOf(i) === 'old' ? [oldLeaves[i] as Made, good.intermediate] : [newLeaves[i] as Made, rekeyed.intermediate];
      return { ...healthyState(i), trust: TRUST[trustOf(one)], disk: shown, served: shown, keystoreHash: keyFile(i, leafOf(i)) };
    }),
  );
  const observations = [...ring.observations].map(([node, observation], i): [string, NodeObservation] => [
    node,
    {
      ...observation,
      files: observation.files.map((file) => (file.path === TRUSTSTORE ? { ...file, sha256: trustFile(trustOf(at[i] as At)) } : file)),
    },
  ]);
  return {
    registration,
    observations: new Map(observations),
    backups: NODES.map((_, i) => ({ ...backupOf(i), storeAnchors: [{ path: TRUSTSTORE, anchors: [good.root.sha256] }] })),
    deployed: NODES.map((node, i) => ({
      node,
      artifacts: [
        { path: KEYSTORE, sha256: keyFile(i, 'new'), kind: 'keystore' },
        { path: TRUSTSTORE, sha256: trustFile('new'), kind: 'truststore' },
      ],
    })),
    client: null,
    now: NOW,
    ...bent,
  };
}
const plan = (evidence: AuthorityEvidence, towards: 'old' | 'new') => nextSteps(readState(evidence), towards, { soakSeconds: 1 });

test.each<[string, boolean, At[]]>([
  ['new', true, ['new trust, new leaf', 'new trust, new leaf', 'new trust, new leaf']],
  ['dropping-old', true, ['both trust, new leaf', 'both trust, new leaf', 'new trust, new leaf']],
  ['out-of-order', false, ['new trust, new leaf', 'old trust, old leaf', 'both trust, old leaf']],
  ['out-of-order', false, ['new trust, old leaf', 'both trust, new leaf', 'old trust, new leaf']],
])('by its certificates alone a ring is %s', (phase, joined, at) => {
  const state = readState(evidenceOf(at));
  expect([phaseOf(state), connects(state)]).toEqual([phase, joined]);
});

test('the new truststore is known once one node has it, wherever that is', () => {
  const without = readState(evidenceOf(['old trust, old leaf', 'old trust, old leaf', 'old trust, old leaf']));
  expect([phaseOf(without), connects(without)]).toEqual(['unknown', true]);
  const first = readState(evidenceOf(['new trust, new leaf', 'old trust, old leaf', 'old trust, old leaf']));
  expect(first.truststores.map(({ ends }) => ends.new)).toEqual(NODES.map(() => [rekeyed.root.sha256]));
  expect(first.keystores.map(({ ends }) => ends.new?.sha256)).toEqual([newLeaves[0]?.sha256, undefined, undefined]);
});

test('authorities of one name are told apart by their keys, and the links between them break', () => {
  const state = readState(evidenceOf(['new trust, new leaf', 'old trust, old leaf', 'old trust, old leaf']));
  expect(new Set(Object.values(state.authorities).map(({ subject }) => subject))).toEqual(new Set(['CN=Payments Root']));
  expect(Object.keys(state.authorities)).toHaveLength(2);
  expect(brokenLinks(state).filter(({ shown }) => shown === 'internode')).toMatchObject([
    { truster: NODES[0], shower: NODES[1] },
    { truster: NODES[0], shower: NODES[2] },
    { truster: NODES[1], shower: NODES[0], by: TRUSTSTORE, leaf: newLeaves[0]?.sha256 },
    { truster: NODES[2], shower: NODES[0] },
  ]);
});

test('back after the old authority was dropped: trust first, with the very certificates that must travel', () => {
  const back = plan(evidenceOf(['new trust, new leaf', 'new trust, new leaf', 'new trust, new leaf']), 'old');
  expect(wayBack(back)).toBe('trust-first');
  expect(back.phases.map(({ phase, steps }) => [phase, steps.length])).toEqual([
    ['extend-trust', 3],
    ['replace-leaf', 3],
    ['reduce-trust', 3],
  ]);
  expect(back.phases[0]?.steps[0]).toMatchObject({ node: NODES[0], store: TRUSTSTORE, added: [{ der: good.root.base64 }] });
  expect(back.phases[1]?.steps.map((step) => 'to' in step && step.to)).toEqual(oldLeaves.map(({ sha256 }) => sha256));
});

test('a backup of before the truststores’ content was told: known where a file with its hash is, else not', () => {
  const manifest = backupOf(0).manifest.map((entry) => (entry.path === TRUSTSTORE ? { ...entry, sha256: trustFile('old') } : entry));
  const backups = NODES.map((_, i) => ({ ...backupOf(i), manifest }));
  const ends = (at: At[]) => readState(evidenceOf(at, { backups })).truststores.map(({ ends: { old } }) => old);
  expect(ends(['new trust, new leaf', 'old trust, old leaf', 'old trust, old leaf'])).toEqual(NODES.map(() => [good.root.sha256]));
  expect(ends(['new trust, new leaf', 'new trust, new leaf', 'new trust, new leaf'])).toEqual([null, null, null]);
});

test('what the port shows counts, not what lies in the file; a closed port will show the file’s', () => {
  const evidence = evidenceOf(['both trust, old leaf', 'both trust, old leaf', 'both trust, old leaf']);
  const seen = evidence.observations.get(NODES[0]);
  if (!seen) throw new Error('fixture');
  const disk = seen.stores.map((store) =>
    store.kind === 'keystore' ? { ...store, chain: [newLeaves[0]?.sha256 ?? '', rekeyed.intermediate.sha256] } : store,
  );
  const certificates = { ...seen.certificates, ...byHash(newLeaves[0] as Made, rekeyed.intermediate) };
  const shown = (listeners: NodeObservation['listeners']) =>
    readState({
      ...evidence,
      observations: new Map([...evidence.observations, [NODES[0], { ...seen, stores: disk, certificates, listeners }]]),
    }).keystores[0]?.present.internode?.sha256;
  expect(shown(seen.listeners)).toBe(oldLeaves[0]?.sha256);
  expect(shown(seen.listeners.map((fact) => ({ ...fact, chain: [] })))).toBe(newLeaves[0]?.sha256);
});

test('a keystore of its own for dialling is another store', () => {
  const evidence = evidenceOf(['both trust, old leaf', 'both trust, old leaf', 'both trust, old leaf']);
  const seen = evidence.observations.get(NODES[0]);
  const own = seen?.stores.find(({ kind }) => kind === 'keystore');
  if (!seen || !own) throw new Error('fixture');
  const outbound = { ...own, path: '/etc/cassandra/tls/out.pem', listeners: ['internode' as const], outbound: true };
  const observations = new Map([...evidence.observations, [NODES[0], { ...seen, stores: [...seen.stores, outbound] }]]);
  const { keystores } = readState({ ...evidence, observations });
  expect(keystores.slice(0, 2).map(({ path, present }) => [path, Object.keys(present)])).toEqual([
    [KEYSTORE, ['client', 'internode']],
    [outbound.path, ['dialling']],
  ]);
});

test('a node that did not answer is not seen', () => {
  const evidence = evidenceOf(['new trust, new leaf', 'new trust, new leaf', 'new trust, new leaf']);
  const observations = new Map([...evidence.observations].slice(0, 2));
  const state = readState({ ...evidence, observations });
  expect(state.unseen).toEqual([{ node: NODES[2], why: 'it did not answer' }]);
  expect(plan({ ...evidence, observations }, 'old').obstacles).toMatchObject([{ rule: 'node-not-seen', who: NODES[2] }]);
});

test('clients: the canary, registered ones by their own authorities, and an expired one where the library refuses it', () => {
  const expired = makeAuthority('Payments', { root: { notAfter: NOW - DAY } });
  const client = { at: NOW, wire: [], canary: [], authorities: [rekeyed.root.sha256], certificates: byHash(rekeyed.root) };
  const withClients = {
    ...registration,
    clients: [
      { name: 'billing', runtime: 'java' as const, authorities: pemOf(good.root, expired.root) },
      { name: 'reports', runtime: 'go' as const, authorities: pemOf(good.root, expired.root) },
      { name: 'as the canary', runtime: 'python' as const },
    ],
  };
  const shown = [newLeaves[0] as Made, rekeyed.intermediate].map(({ base64 }) => parseCertificate(base64));
  const evidence = evidenceOf(['both trust, new leaf', 'both trust, new leaf', 'new trust, new leaf'], {
    registration: withClients,
    client,
    shownByClients: new Map([['billing', shown]]),
  });
  const state = readState(evidence);
  expect(state.clients.map(({ name, trusts, shows }) => [name, trusts.length, shows?.issuers.length])).toEqual([
    ['the canary', 1, undefined],
    ['billing', 2, 1],
    ['reports', 1, undefined],
    ['as the canary', 1, undefined],
  ]);
  const back = plan(evidence, 'old');
  expect(back.obstacles).toMatchObject([
    { rule: 'client-would-refuse', who: 'the canary' },
    { rule: 'client-would-refuse', who: 'as the canary' },
    { rule: 'client-needs-authority', who: 'billing' },
    { rule: 'client-needs-authority', who: 'billing' },
    { rule: 'client-needs-authority', who: 'billing' },
  ]);
  expect(wayBack(back)).toBe('forward-only');
});
