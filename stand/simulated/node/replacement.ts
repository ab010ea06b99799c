/** Files of a verified snapshot put back, as `Replacement.java`: what is lost is kept, every file staged, then each renamed. */
import { sha256Hex } from '../../../core/canonical.ts';
import type { NodeRequest } from '../../../core/node/requests.ts';
import type { RestoreResult } from '../../../core/node/results.ts';
import type { SnapshotOnDisk } from '../ring/host.ts';
import type { Journal } from './journal.ts';
import type { Program } from './program-in-hand.ts';
import { fieldInvalid, StepFailure, snapshotMissing } from './step-failure.ts';

/** A rename and the next are so far apart, ms: somebody may look in between. */
const BETWEEN_RENAMES_MS = 2;

export async function replaceFiles(
  program: Program,
  request: NodeRequest & { readonly paths: readonly string[] },
  snapshot: SnapshotOnDisk,
  journal: Journal,
): Promise<RestoreResult['restored']> {
  const { host, reach, ring, sleep, planted } = program;
  const { disk } = host;
  const entries = registered(request).map((path) => {
    const index = snapshot.manifest.findIndex((entry) => entry.path === path);
    const entry = snapshot.manifest[index];
    if (!entry || entry.kind.endsWith('-state')) throw fieldInvalid('paths', `${path} is not in the backup`);
    return { ...entry, text: snapshot.files[index] ?? '' };
  });
  const folder = `${request.deployment}-${request.epoch}`;
  const hashOf = (path: string): string | null => {
    const file = disk.files.get(path);
    return file ? sha256Hex(file.text) : null;
  };
  const wasAbsent = new Set(entries.filter(({ path }) => hashOf(path) === null).map(({ path }) => path));
  const lost = entries.filter(({ path, sha256 }) => {
    const now = hashOf(path);
    return now !== null && now !== sha256 && !disk.kept.has(`${folder}${path}/${now}`);
  });
  if (lost.length > 0 && !planted.has('no-copies')) {
    journal.begin('keep', lost.map(({ path }) => `${path} ${hashOf(path)}`).join(', '));
    reach('swap-before-keep');
    for (const { path } of lost) disk.kept.set(`${folder}${path}/${hashOf(path)}`, disk.files.get(path)?.text ?? '');
    journal.done('keep', `copies in replaced-${folder}`);
    reach('swap-after-keep');
  }
  journal.begin('stage', `${entries.length} files from the snapshot`);
  reach('swap-before-stage');
  for (const { path, text, mode, owner } of entries) {
    disk.staged.set(path, { text, mode, owner, modifiedAt: ring.clock.now });
    reach('swap-before-stage-fsync');
    reach('swap-staged-one');
  }
  journal.done('stage', `${entries.length} files`);
  reach('swap-after-stage');
  for (const { path, text, mode, owner } of entries) {
    journal.begin('rename', path);
    reach('swap-before-rename');
    ring.replaceFile(host, path, text, { mode, owner });
    disk.staged.delete(path);
    reach('swap-after-rename');
    await sleep(BETWEEN_RENAMES_MS);
  }
  reach('swap-before-folder-fsync');
  reach('swap-after-folder-fsync');
  journal.done('rename', `${entries.length} files`);
  reach('swap-done');
  return entries.map(({ path, sha256 }) => {
    const after = hashOf(path);
    if (after !== sha256 && !planted.has('no-verification'))
      throw snapshotMissing(`${path} is ${after} after the swap, expected ${sha256}: something else writes it`);
    return { path, before: wasAbsent.has(path) ? null : lastKept(program, `${folder}${path}/`, sha256), after: sha256 };
  });
}

/** `paths`, each of which must be registered for the node. */
function registered({ paths, files }: NodeRequest & { readonly paths: readonly string[] }): readonly string[] {
  for (const path of paths)
    if (!files.some((file) => file.path === path))
      throw new StepFailure(
        'PATH_NOT_REGISTERED',
        `field paths: ${path} is not among the node’s registered files`,
        'Register the path under files in cluster.yaml, or leave it out.',
      );
  return paths;
}

/** Hash of the newest copy of a path; the backup's own when nothing else was overwritten. */
function lastKept({ host }: Program, folder: string, own: string): string {
  const copies = [...host.disk.kept.keys()].filter((key) => key.startsWith(folder));
  return copies.at(-1)?.slice(folder.length) ?? own;
}
