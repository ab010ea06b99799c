/** `pack` and `upload`: as `PackStep.java` and `Upload.java`. */

import { oneTimeKeyStatement } from '../../../core/backup/names.ts';
import { sha256Hex } from '../../../core/canonical.ts';
import type { NodeRequest } from '../../../core/node/requests.ts';
import type { OneTimeKey, PackResult } from '../../../core/node/results.ts';
import { derOf, readStore } from '../ring/certificates.ts';
import { KEYSTORE, type SnapshotOnDisk } from '../ring/host.ts';
import type { Journal } from './journal.ts';
import type { Program } from './program-in-hand.ts';
import type { RequestOf } from './request-of.ts';
import { offerOneTimeKey, seal } from './sealed.ts';
import { buildSnapshot, manifestHash } from './snapshots.ts';
import { mismatch, snapshotMissing } from './step-failure.ts';
import { seeOwn } from './wire.ts';

const PACK_MS = 150;

export async function pack(program: Program, request: RequestOf<'pack'>, journal: Journal): Promise<PackResult> {
  const { host, reach, sleep } = program;
  const { backupId, recipient } = request;
  checkPin(program, 'recipient', recipient.spki);
  const known = host.disk.snapshots.get(backupId);
  if (known?.pack) return known.pack.result;
  const snapshot = known ?? (await takeSnapshot(program, request, journal));
  if (!snapshot.seen) throw mismatch(`backup ${backupId} was fetched to this node, not made here; it cannot be packed again`);
  journal.begin('encrypt', `backup ${backupId} for ${recipient.keyId}`);
  reach('pack-before-encrypt');
  await sleep(PACK_MS);
  const manifestSha256 = manifestHash(snapshot.manifest);
  const { jwe, encryptedKey } = seal(snapshot, manifestSha256, recipient.spki);
  host.disk.pins.set('recipient', sha256Hex(recipient.spki));
  const result: PackResult = {
    backupId,
    manifestSha256,
    manifest: [...snapshot.manifest],
    ciphertextSha256: sha256Hex(jwe),
    ciphertextBytes: Buffer.byteLength(jwe),
    encryptedKey,
    ...snapshot.seen,
  };
  reach('pack-before-record');
  snapshot.pack = { result, jwe };
  reach('pack-after-record');
  journal.done('encrypt', `ciphertext ${result.ciphertextSha256}`);
  return result;
}

async function takeSnapshot(program: Program, request: RequestOf<'pack'>, journal: Journal): Promise<SnapshotOnDisk> {
  const { host, reach, ring } = program;
  journal.begin('snapshot', `backup ${request.backupId}`);
  const generated = { 'service-state': '{"service":"cassandra"}', 'system-state': `{"clock":${ring.clock.now}}` };
  reach('snapshot-before-files');
  const copied = buildSnapshot(host, request.files, generated);
  const listeners = await seeOwn(program);
  const leaves = listeners.flatMap(({ listener, chain: [leaf] }) => (leaf === undefined ? [] : [[listener, leaf]]));
  const { chain } = readStore(host.disk.files.get(KEYSTORE)?.text ?? '');
  const seen = {
    storeLeaves: chain[0] === undefined ? [] : [{ path: KEYSTORE, leaf: chain[0] }],
    servedLeaves: Object.fromEntries(leaves) as PackResult['servedLeaves'],
    certificates: derOf([...chain, ...listeners.flatMap((fact) => fact.chain)]),
  };
  reach('snapshot-before-publish');
  const snapshot = { ...copied, seen };
  host.disk.snapshots.set(request.backupId, snapshot);
  reach('snapshot-after-publish');
  journal.done('snapshot', `manifest ${manifestHash(snapshot.manifest)}`);
  return snapshot;
}

/** A public key that this node knows already must be the same again. */
export function checkPin({ host }: Program, name: string, spki: string): void {
  const pinned = host.disk.pins.get(name);
  if (pinned !== undefined && pinned !== sha256Hex(spki))
    throw mismatch(`the ${name} key is ${sha256Hex(spki)}, this node knows ${pinned}`);
}

/** A key that was not used yet is offered again. */
export function oneTimeKeyOf({ host, reach }: Program, { node, epoch }: NodeRequest, backupId: string): OneTimeKey {
  reach('one-time-before-key');
  const index = host.disk.oneTime.get(backupId) ?? host.disk.journal.length;
  host.disk.oneTime.set(backupId, index);
  reach('one-time-after-key');
  return offerOneTimeKey(index, (spki) => oneTimeKeyStatement(backupId, node, epoch, spki));
}

export async function upload(program: Program, request: RequestOf<'upload'>, journal: Journal): Promise<object> {
  const { host, reach, put } = program;
  const packed = host.disk.snapshots.get(request.backupId)?.pack;
  if (!packed) throw snapshotMissing(`no pack of backup ${request.backupId} on this node`);
  if (sha256Hex(packed.jwe) !== request.ciphertextSha256) throw mismatch('the pack on this node is another');
  journal.begin('upload', `backup ${request.backupId}`);
  reach('upload-before');
  const status = await put(request.url, packed.jwe);
  reach('upload-after');
  journal.done('upload', `status ${status}`);
  return { backupId: request.backupId, status, oneTimeKey: oneTimeKeyOf(program, request, request.backupId) };
}
