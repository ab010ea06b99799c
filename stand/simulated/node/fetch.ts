/** `open-restore`, `trial-restore` and `fetch-backup`: as `OpenRestore.java` and `FetchStep.java`. */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { sha256Hex } from '../../../core/canonical.ts';
import { readStore } from '../ring/certificates.ts';
import { CONFIGURATION, KEYSTORE, passwordOf, type SnapshotOnDisk } from '../ring/host.ts';
import type { Journal } from './journal.ts';
import { checkPin, oneTimeKeyOf } from './pack.ts';
import type { Program } from './program-in-hand.ts';
import type { AnyRequest, RequestOf } from './request-of.ts';
import { unseal } from './sealed.ts';
import { checked } from './snapshots.ts';
import { fieldInvalid, mismatch, StepFailure } from './step-failure.ts';

const TRIAL_MS = 250;

export async function openRestore(program: Program, request: RequestOf<'open-restore'>): Promise<object> {
  return { oneTimeKey: oneTimeKeyOf(program, request, request.backup.backupId) };
}

type Fetch = RequestOf<'trial-restore'> | RequestOf<'fetch-backup'>;

/** `keep`: what was fetched becomes the local snapshot. */
export function fetchStep(keep: boolean): (program: Program, request: Fetch, journal: Journal) => Promise<object> {
  return async (program, request, journal) => {
    const { host, reach, sleep } = program;
    const { backupId, manifestSha256 } = request.backup;
    journal.begin('fetch', `backup ${backupId}`);
    const fetched = await fetchVerified(program, request);
    reach('scratch-written');
    await sleep(TRIAL_MS);
    const reason = trial(fetched);
    if (keep && reason === null) {
      reach('fetched-before-publish');
      const there = host.disk.snapshots.get(backupId);
      if (!there || !isSound(there, backupId, manifestSha256)) host.disk.snapshots.set(backupId, fetched);
    }
    journal.done('fetch', reason === null ? 'verified' : `not verified: ${reason}`);
    reach('scratch-before-removal');
    const result = { backupId, filesCompared: fetched.manifest.length, stores: [], verified: reason === null };
    return reason === null ? result : { ...result, reason };
  };
}

/** Signature, ciphertext's hash, decryption, manifest, files: in the order that leaves nothing unproven to be parsed. */
async function fetchVerified(program: Program, request: Fetch): Promise<SnapshotOnDisk> {
  const { backupId, manifestSha256 } = request.backup;
  checkStatement(program, request);
  const jwe = await program.get(request.url);
  if (sha256Hex(jwe) !== request.ciphertextSha256) throw mismatch(`the ciphertext is ${sha256Hex(jwe)}, the signed statement says another`);
  const index = program.host.disk.oneTime.get(backupId);
  if (index === undefined)
    throw new StepFailure(
      'FIELD_INVALID',
      `field rewrappedKey: the node holds no one-time key for backup ${backupId}; each serves once`,
      'Ask for a new one (step open-restore), then send the request again.',
    );
  const snapshot = unseal(jwe, manifestSha256, request.rewrappedKey, index);
  try {
    return checked(snapshot, backupId, manifestSha256);
  } catch (error) {
    throw mismatch((error as Error).message);
  }
}

function checkStatement(program: Program, request: Fetch): void {
  checkPin(program, 'signer', request.signer);
  const signer = createPublicKey({ key: Buffer.from(request.signer, 'base64'), format: 'der', type: 'spki' });
  const digest = createHash('sha256').update(request.statement).digest();
  if (!verify('sha256', digest, signer, Buffer.from(request.signature, 'base64')))
    throw mismatch('the statement’s signature is not by the given signer');
  program.host.disk.pins.set('signer', sha256Hex(request.signer));
  const said = JSON.parse(request.statement) as Readonly<Record<string, unknown>>;
  const { backupId, manifestSha256 } = request.backup;
  const expected = { backupId, node: request.node, cluster: request.cluster, manifestSha256, ciphertextSha256: request.ciphertextSha256 };
  for (const [name, value] of Object.entries(expected))
    if (said[name] !== value) throw mismatch(`the signed statement names ${name} ${String(said[name])}, the request ${value}`);
}

/** Would Cassandra run on these files? Null when it would. */
function trial({ manifest, files }: SnapshotOnDisk): string | null {
  const textOf = (path: string): string => files[manifest.findIndex((entry) => entry.path === path)] ?? '';
  const keys = readStore(textOf(KEYSTORE));
  if (keys.password !== passwordOf(textOf(CONFIGURATION))) return `${KEYSTORE} does not load: password was incorrect`;
  return keys.keyMatchesLeaf === true ? null : `the key in ${KEYSTORE} does not belong to its leaf`;
}

function isSound(snapshot: SnapshotOnDisk, backupId: string, manifestSha256: string): boolean {
  try {
    checked(snapshot, backupId, manifestSha256);
    return true;
  } catch {
    return false;
  }
}

export async function removeOneTimeKey({ host }: Program, request: AnyRequest): Promise<void> {
  const { backupId } = request['backup'] as { readonly backupId?: string };
  if (backupId === undefined) throw fieldInvalid('backup', 'is missing');
  host.disk.oneTime.delete(backupId);
}
