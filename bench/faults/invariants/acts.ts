/** What must be true of everything that is done to a node: I1, I3, I5, I10, I11, and of each start I7. */
import { sha256Hex } from '../../../core/canonical.ts';
import { tryParseCertificate } from '../../../core/certificate/parse.ts';
import { checkJournal, linesOf } from '../../../stand/simulated/node/journal.ts';
import type { Host } from '../../../stand/simulated/ring/host.ts';
import { ACTS, type Invariant, isDisturbance, type Seen, timelineOf } from './seen.ts';

/** I1: no action without a verified backup of exactly what it overwrites; what is put back is the backup's, what is lost is kept. */
export const onlyFromVerifiedBackups: Invariant = (seen) =>
  seen.ring.history.flatMap(({ node, what, path = '', before, after }) => {
    if (!ACTS.has(what)) return [];
    const backup = seen.backups.get(node);
    if (backup?.status !== 'verified') return [`${what} on ${node}, whose backup is ${backup?.status ?? 'not there'}`];
    if (what !== 'file-replaced') return [];
    const entry = backup.manifest.find((one) => one.path === path);
    if (entry?.sha256 !== after) return [`${path} on ${node} became ${after?.slice(0, 12)}, which is not the backup’s`];
    const kept =
      before == null || before === after || [...hostOf(seen, node).disk.kept.keys()].some((key) => key.endsWith(`${path}/${before}`));
    return kept ? [] : [`${path} on ${node} was overwritten, and no copy of ${before?.slice(0, 12)} was kept`];
  });

/** I3: no two nodes are down together: with three replicas the quorum of every range would be gone. */
export const oneAtATime: Invariant = ({ ring }) => {
  const down = new Set<string>();
  const wrong: string[] = [];
  for (const happening of ring.history) {
    if (isDisturbance(happening)) down.add(happening.node);
    if (happening.what === 'normal') down.delete(happening.node);
    if (down.size > 1 && isDisturbance(happening))
      wrong.push(`${happening.node} ${happening.what} while ${[...down].filter((node) => node !== happening.node).join(', ')} is down`);
  }
  return wrong.slice(0, 1);
};

/** I5: only the holder of the current epoch acts: on no node does an older one come after a newer. */
export const fenced: Invariant = ({ ring, record }) =>
  ring.hosts.flatMap((host) => {
    const epochs = linesOf(host.disk).map(({ epoch }) => epoch);
    const back = epochs.findIndex((epoch, i) => i > 0 && epoch < (epochs[i - 1] ?? 0));
    if (back > 0) return [`epoch ${epochs[back]} acted on ${host.node} after epoch ${epochs[back - 1]}`];
    return (epochs.at(-1) ?? 0) > record.epoch
      ? [`epoch ${epochs.at(-1)} acted on ${host.node}, and the record is at ${record.epoch}`]
      : [];
  });

/** I7: no process ever starts on a mixture of files. */
export const noMixture: Invariant = ({ ring, backups, before }) =>
  ring.history.flatMap(({ what, node, loaded }) => {
    if (what !== 'started' || !loaded) return [];
    const old = backups.get(node)?.manifest.filter(({ kind }) => !kind.endsWith('-state')) ?? [];
    const deployed = before.ring.hosts.find((host) => host.node === node)?.disk.files ?? new Map();
    const allOld = old.every(({ path, sha256 }) => loaded[path] === sha256);
    const allNew = [...deployed].every(([path, { text }]) => loaded[path] === sha256Hex(text));
    return allOld || allNew ? [] : [`the process of ${node} started on a mixture of old and new files`];
  });

/** I10: what would go back to an expired leaf is refused, whatever else goes wrong. */
export const safeTargets: Invariant = ({ ring, backups }) =>
  ring.history.flatMap(({ what, node, at }) => {
    const backup = backups.get(node);
    if (!ACTS.has(what) || !backup) return [];
    const der = backup.certificates[backup.servedLeaves.client ?? ''];
    const leaf = der === undefined ? null : tryParseCertificate(der);
    return leaf && leaf.notAfter < at ? [`${what} on ${node}, whose old leaf expired before`] : [];
  });

/** What must stand in the node's journal before something happens to it. */
const BEGUN: Readonly<Record<string, string>> = {
  'file-replaced': 'rename',
  reloaded: 'reload',
  'clients-off': 'native-transport',
  drained: 'drain',
  stopped: 'stop',
  started: 'start',
};

/** I11: every action is written down before it happens, in the node's own chained journal and, by whoever asked, in the timeline. */
export const writtenBefore: Invariant = (seen) => {
  const entries = timelineOf(seen);
  return seen.ring.hosts.flatMap((host) => {
    const lines = linesOf(host.disk);
    const { intact, open } = checkJournal(host.disk);
    const unannounced = lines.filter(
      ({ phase, state, step, at, epoch }) =>
        phase === 'step' &&
        state === 'begin' &&
        at > seen.before.now &&
        !entries.some(
          (one) =>
            one.what === `${step} begins` && (one.node === host.node || step === 'pass-epoch') && one.at <= at && one.epoch === epoch,
        ),
    );
    const unwritten = seen.ring.history.filter(({ node, what, at }) => {
      const phase = BEGUN[what];
      return (
        node === host.node &&
        phase !== undefined &&
        !lines.some((line) => line.phase === phase && line.state === 'begin' && line.at <= at && line.at > seen.before.now)
      );
    });
    return [
      ...(intact ? [] : [`the journal of ${host.node} is not whole`]),
      ...(open === null ? [] : [`${open.step} stands open in the journal of ${host.node}`]),
      ...unannounced.slice(0, 1).map(({ step }) => `${step} began on ${host.node} without a word in the timeline`),
      ...unwritten.slice(0, 1).map(({ what }) => `${what} on ${host.node} without a line in its journal before`),
    ];
  });
};

const hostOf = ({ ring }: Seen, node: string): Host => {
  const host = ring.hosts.find((one) => one.node === node);
  if (!host) throw new Error(`no host ${node}`);
  return host;
};
