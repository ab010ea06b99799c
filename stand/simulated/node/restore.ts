/** `restore-hot`, and phases 3 and 4 of the restart way: as `RestoreHot.java` and `RestoreFiles.java`. */
import type { RestoreResult } from '../../../core/node/results.ts';
import type { Journal } from './journal.ts';
import type { Program } from './program-in-hand.ts';
import { replaceFiles } from './replacement.ts';
import type { RequestOf } from './request-of.ts';
import { verifiedSnapshot } from './snapshots.ts';
import { StepFailure } from './step-failure.ts';
import { proveOwn } from './wire.ts';

const RELOAD_MS = 80;
const PROOF_MS = 2000;

export async function restoreHot(program: Program, request: RequestOf<'restore-hot'>, journal: Journal): Promise<RestoreResult> {
  const { host, reach, ring, sleep } = program;
  const snapshot = verifiedSnapshot(program, request.backup.backupId, request.backup.manifestSha256);
  reach('swap-after-verify');
  const restored = await replaceFiles(program, request, snapshot, journal);
  journal.begin('reload', 'JMX reloadSslCertificates');
  reach('reload-before');
  await sleep(RELOAD_MS);
  const answers = host.process !== null && host.process.mode !== 'STARTING';
  if (answers) ring.reload(host);
  reach('reload-after');
  if (!answers)
    throw new StepFailure('RELOAD_FAILED', 'the files are back, but the reload was not made: ConnectException', 'See that JMX answers.');
  journal.done('reload', `in ${RELOAD_MS} ms`);
  reach('proof-before');
  const { listeners, missing } = await proveOwn(program, request.expect, PROOF_MS);
  if (missing.length > 0)
    throw new StepFailure('RELOAD_FAILED', `after the reload ${missing.join('; ')}`, 'Cassandra’s log says why the reload had no effect.');
  reach('proof-after');
  return { restored, reload: { ok: true, ms: RELOAD_MS }, listeners, proven: true, journalHead: journal.head };
}

export async function restoreFiles(
  program: Program,
  request: RequestOf<'restore-certificates' | 'restore-configuration'>,
  journal: Journal,
): Promise<RestoreResult> {
  if (program.host.process)
    throw new StepFailure(
      'SERVICE_NOT_STOPPED',
      `Cassandra is running, pid ${program.host.process.pid}`,
      'Stop it (step stop-service), then send the request again.',
    );
  const snapshot = verifiedSnapshot(program, request.backup.backupId, request.backup.manifestSha256);
  program.reach('swap-after-verify');
  const skipped = request.step === 'restore-configuration' && program.planted.has('no-configuration');
  const restored = request.paths.length === 0 || skipped ? [] : await replaceFiles(program, request, snapshot, journal);
  return { restored, listeners: [], proven: false, journalHead: journal.head };
}
