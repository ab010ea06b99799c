/** `observe` and `state`: every fact of a node that a verification or a person needs; they change nothing. */

import type { z } from 'zod';
import { sha256Hex } from '../../../core/canonical.ts';
import type { FileFact, NodeObservation, StoreFact } from '../../../core/node/facts.ts';
import type { NodeRequest } from '../../../core/node/requests.ts';
import type { NodeState } from '../../../core/node/results.ts';
import { accepted, derOf, readStore } from '../ring/certificates.ts';
import { CONFIGURATION, KEYSTORE, passwordOf, TRUSTSTORE } from '../ring/host.ts';
import { checkJournal } from './journal.ts';
import { serviceFact } from './phases.ts';
import type { Locks, Program } from './program-in-hand.ts';
import type { RequestOf } from './request-of.ts';
import { seeOwn, seePeers } from './wire.ts';

const LOOK_MS = 120;
const FACTORY = 'org.apache.cassandra.security.PEMBasedSslContextFactory';
const LISTENERS: StoreFact['listeners'] = ['client', 'internode'];

export async function observe(program: Program, request: RequestOf<'observe'>): Promise<NodeObservation> {
  const { ring, host } = program;
  const { depth } = request;
  const at = ring.clock.now;
  const full = depth === 'full' || depth === 'soak';
  await program.sleep(LOOK_MS);
  const stores = storeFacts(program, depth === 'full');
  const listeners = await seeOwn(program);
  const peers = full ? await seePeers(program, request, request.peers) : [];
  const view = depth === 'certificates' ? null : ring.view(host);
  const shown = [...stores, ...listeners, ...peers].flatMap(({ chain }) => chain);
  return {
    at,
    files: fileFacts(program, request, full),
    stores,
    listeners,
    peers,
    ring: view,
    ...(view === null && depth !== 'certificates' ? { ringError: 'ConnectException: Connection refused' } : {}),
    service: serviceFact(program),
    configuration: [],
    java: '17.0.9',
    cassandra: '5.0.6',
    certificates: derOf(shown),
  };
}

function fileFacts({ host }: Program, { files }: NodeRequest, full: boolean): FileFact[] {
  return files.map(({ path, kind }) => {
    const file = host.disk.files.get(path);
    if (!file) return { path, kind, present: false };
    const { text, mode, owner, modifiedAt } = file;
    const fact = {
      path,
      kind,
      present: true,
      sha256: sha256Hex(text),
      bytes: Buffer.byteLength(text),
      mode,
      owner,
      group: owner,
      modifiedAt,
    };
    return full && host.process ? { ...fact, readableByService: true } : fact;
  });
}

function storeFacts({ host, ring }: Program, trial: boolean): StoreFact[] {
  const textOf = (path: string): string => host.disk.files.get(path)?.text ?? '';
  const [keys, trust] = [readStore(textOf(KEYSTORE)), readStore(textOf(TRUSTSTORE))];
  const loads = ring.contextOnDisk(host, passwordOf(textOf(CONFIGURATION))) !== null;
  const refusal = accepted(keys.chain, trust.chain, ring.clock.now) ? null : 'PKIX path building failed';
  const tried = trial ? { loads, ...(loads ? {} : { loadError: 'Keystore was tampered with, or password was incorrect' }) } : {};
  const judged = trial ? { jvm: { asServer: refusal, asClient: refusal, handshake: null } } : {};
  return [
    {
      path: KEYSTORE,
      kind: 'keystore',
      listeners: LISTENERS,
      factory: FACTORY,
      ...tried,
      chain: [...keys.chain],
      keyMatchesLeaf: keys.keyMatchesLeaf,
      keys: 1,
      ...judged,
    },
    {
      path: TRUSTSTORE,
      kind: 'truststore',
      listeners: LISTENERS,
      factory: FACTORY,
      ...(trial ? { loads: true } : {}),
      chain: [...trust.chain],
      keyMatchesLeaf: null,
    },
  ];
}

export async function state(program: Program, request: NodeRequest, locks: Locks): Promise<z.infer<typeof NodeState>> {
  const { disk, node } = program.host;
  const holder = locks.get(node);
  const { open, ...journal } = checkJournal(disk);
  return {
    epoch: disk.epochs[request.cluster] ?? 0,
    lock: holder?.life.isAlive ? { held: true, requestId: holder.requestId } : { held: false },
    open: open && { deployment: open.deployment, requestId: open.requestId, phase: `${open.step}/${open.phase}`, since: open.since },
    journal,
    files: fileFacts(program, request, false),
    snapshots: [...disk.snapshots.keys()],
    service: serviceFact(program),
  };
}
