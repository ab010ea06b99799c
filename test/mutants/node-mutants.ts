/** Mutants of the program on a Cassandra host; the tests build its jar anew. */
import type { Mutant } from './mutant.ts';

const JAVA = 'on-node/java/io/ringward/node';
const BACKUP = 'test/on-node/backup.test.ts';
const FENCE = 'test/on-node/fence.test.ts';
const SWAP = 'test/on-node/swap.test.ts';

export const nodeMutants: readonly Mutant[] = [
  {
    name: 'epoch-fence',
    breaks: 'the node takes orders of an older epoch (I5)',
    file: `${JAVA}/EpochFence.java`,
    find: 'if (epoch < newest) {',
    replace: 'if (epoch < 0) {',
    test: { file: FENCE, title: 'an older epoch is refused with both numbers; an equal and a newer one act' },
  },
  {
    name: 'acts-twice',
    breaks: 'a repeated request acts again',
    file: `${JAVA}/Steps.java`,
    find: 'if (kept != null) {',
    replace: 'if (kept == request) {',
    test: { file: FENCE, title: 'a repeated request gets the same answer and acts no more' },
  },
  {
    name: 'observing-acts',
    breaks: 'the observing document lets a step act',
    file: `${JAVA}/Steps.java`,
    find: 'if (!trust && !"act".equals(allowed)) {',
    replace: 'if (!trust && allowed == null) {',
    test: { file: FENCE, title: 'the observing document lets nothing act' },
  },
  {
    name: 'journal-chain',
    breaks: 'a journal whose entries were altered counts as intact (I11)',
    file: `${JAVA}/Journal.java`,
    find: 'if (!linked || !Hashes.sha256(Json.canonical(line)).equals(hash)) summary.intact = false;',
    replace: 'if (!linked) summary.intact = false;',
    test: { file: FENCE, title: 'an altered entry is seen, and acting goes on: a rollback is never blocked by its log' },
  },
  {
    name: 'torn-journal',
    breaks: 'a line that a crash tore stays in the journal',
    file: `${JAVA}/Journal.java`,
    find: 'channel.truncate(size - torn);\n        channel.position(size - torn);',
    replace: 'channel.position(size);',
    test: { file: FENCE, title: 'a line torn by a crash is cut off, and that is journaled' },
  },
  {
    name: 'manifest-hash',
    breaks: 'a snapshot is restored although its manifest is not the one of the plan (I1)',
    file: `${JAVA}/Snapshot.java`,
    find: 'if (!manifest.sha256.equals(manifestSha256)) throw',
    replace: 'if (manifest.sha256.isEmpty()) throw',
    test: { file: SWAP, title: 'another manifest' },
  },
  {
    name: 'damaged-copy',
    breaks: 'a damaged copy is put in place (I1)',
    file: `${JAVA}/Snapshot.java`,
    find: 'if (!entry.sha256.equals(FileFacts.sha256(snapshot.fileOf(entry)))) throw',
    replace: 'if (FileFacts.sha256(snapshot.fileOf(entry)) == null) throw',
    test: { file: SWAP, title: 'a damaged copy 0003 in the snapshot (I1)' },
  },
  {
    name: 'files-under-a-running-node',
    breaks: 'files change under a running Cassandra on the restart way (I7)',
    file: `${JAVA}/RestoreFiles.java`,
    find: 'new Service(request).mustBeStopped();',
    replace: '',
    test: { file: SWAP, title: 'a running Cassandra: files never change under it on the restart way' },
  },
  {
    name: 'crash-leftovers',
    breaks: 'temporary files with keys stay where a crash left them (I6)',
    file: `${JAVA}/Replacement.java`,
    find: 'for (Path leftover : leftovers) Durable.shred(leftover);',
    replace: 'for (Path leftover : leftovers) leftover.toString();',
    test: { file: SWAP, title: 'temporary files that a crash left are gone after the next acting step' },
  },
  {
    name: 'overwritten-bytes',
    breaks: 'what a rollback overwrites is lost',
    file: `${JAVA}/Replacement.java`,
    find: '        keep();\n',
    replace: '',
    test: { file: SWAP, title: 'bytes and mode come back, the overwritten bytes are kept, and the reply says both hashes' },
  },
  {
    name: 'manifest-signature',
    breaks: 'a backup’s statement is believed whoever signed it',
    file: `${JAVA}/FetchedBackup.java`,
    find: 'if (!good) throw',
    replace: 'if (signature.length == 0) throw',
    test: { file: BACKUP, title: 'signature by a key that does not match the signer → BACKUP_MISMATCH, nothing left behind' },
  },
  {
    name: 'statement-of-another-node',
    breaks: 'a backup of another node is taken for this node’s own',
    file: `${JAVA}/FetchedBackup.java`,
    find: 'same(said, "node", request.node);',
    replace: '',
    test: { file: BACKUP, title: 'statement of another node, well signed → BACKUP_MISMATCH, nothing left behind' },
  },
  {
    name: 'gcm-tag',
    breaks: 'a pack with a tag of one byte is opened as far as it goes',
    file: `${JAVA}/Jwe.java`,
    find: 'tag.length != TAG_BYTES) throw',
    replace: 'tag.length == 0) throw',
    test: { file: BACKUP, title: 'tag cut to one byte, hash signed → BACKUP_MISMATCH, nothing left behind' },
  },
  {
    name: 'recipient-pin',
    breaks: 'the node encrypts its keys for whoever asks',
    file: `${JAVA}/Pins.java`,
    find: 'if (!pinned.equals(given)) {',
    replace: 'if (pinned.isEmpty()) {',
    test: { file: BACKUP, title: 'another recipient than the one this node knows is refused' },
  },
];
