/** The invariants of the design, each a function over what is seen at rest, with its sentence. */
import { canonicalHash, sha256Hex } from '../../../core/canonical.ts';
import { tryParseCertificate } from '../../../core/certificate/parse.ts';
import { checkJournal, linesOf } from '../../../stand/simulated/node/journal.ts';
import type { Host } from '../../../stand/simulated/ring/host.ts';
import { WITNESS } from '../../../stand/simulated/scenario.ts';
import { ACTS, type Invariant, isDisturbance, oldLeafOf, type Seen, timelineOf } from './seen.ts';

const LISTENERS = ['client', 'internode'] as const;

/** I1: no action without a verified backup of exactly what it overwrites; what is put back is the backup's, what is lost is kept. */
const onlyFromVerifiedBackups: Invariant = (seen) =>
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

/** I2: "rolled back" means a fresh handshake and a read on every TLS port, from a client and from every peer, and evidence of that. */
const provenFromEverywhere: Invariant = (seen) => {
  if (seen.record.state !== 'rolled-back') return [];
  const wrong = seen.ring.hosts.flatMap((host) =>
    dialsTo(seen, host).flatMap(([who, fact]) => {
      const good = fact.handshake === 'complete' && fact.read === 'answered' && fact.chain[0] === oldLeafOf(seen, host);
      return good
        ? []
        : [`the record says rolled back, and ${who} sees on ${fact.listener} of ${host.node}: ${fact.handshake}, ${fact.read}`];
    }),
  );
  return [...wrong, ...(isProvenByEvidence(seen) ? [] : ['the record says rolled back, and no look after the last change passed'])];
};

function dialsTo(seen: Seen, host: Host) {
  const peers = seen.ring.hosts.filter((other) => other !== host && other.process);
  const diallers = [['a client', WITNESS] as const, ...peers.map((peer) => [peer.node, peer.process?.context ?? WITNESS] as const)];
  return diallers.flatMap(([who, dialler]) =>
    LISTENERS.map((listener) => [who, seen.dial({ chain: dialler.chain, trust: dialler.trust }, host.address, listener)] as const),
  );
}

/** Some conclusion that every node passed rests on a look that began after the last change of the ring before it. */
function isProvenByEvidence({ aws, ring }: Seen): boolean {
  const conclusions = [...aws.objects].filter(([key]) => key.endsWith('/verifications.json')).flatMap(([, versions]) => versions);
  return conclusions.some(({ body, at }) => {
    const verified = JSON.parse(body) as { readonly outcome: string; readonly lookedAt: number }[];
    const changed = Math.max(0, ...ring.history.filter((one) => ACTS.has(one.what) && one.at <= at).map((one) => one.at));
    return verified.length === ring.hosts.length && verified.every(({ outcome, lookedAt }) => outcome === 'passed' && lookedAt >= changed);
  });
}

/** I3: no two nodes are down together: with three replicas the quorum of every range would be gone. */
const oneAtATime: Invariant = ({ ring }) => {
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

/** I4: a private key is never in clear outside its node: not in a table, an object, a command, an event or a history. */
const keysStayHome: Invariant = ({ aws, ring, before }) => {
  const { secrets: _theCanarysOwn, ...rest } = aws;
  const told = JSON.stringify(rest, (_, value: unknown) => (value instanceof Map ? [...value] : value));
  const packed = [...aws.commands.values()].map(({ request }) => Buffer.from(request, 'base64url').toString()).join('\n');
  return [...ring.hosts, ...before.ring.hosts].flatMap((host) =>
    [...host.disk.files.values()].flatMap(({ text }) => {
      const [, body] = /-----BEGIN PRIVATE KEY-----\n([^-]{40,}?)\n/.exec(text) ?? [];
      return body !== undefined && (told.includes(body) || packed.includes(body))
        ? [`a private key of ${host.node} is told outside its node`]
        : [];
    }),
  );
};

/** I5: only the holder of the current epoch acts: on no node does an older one come after a newer. */
const fenced: Invariant = ({ ring, record }) =>
  ring.hosts.flatMap((host) => {
    const epochs = linesOf(host.disk).map(({ epoch }) => epoch);
    const back = epochs.findIndex((epoch, i) => i > 0 && epoch < (epochs[i - 1] ?? 0));
    if (back > 0) return [`epoch ${epochs[back]} acted on ${host.node} after epoch ${epochs[back - 1]}`];
    return (epochs.at(-1) ?? 0) > record.epoch
      ? [`epoch ${epochs.at(-1)} acted on ${host.node}, and the record is at ${record.epoch}`]
      : [];
  });

/** I6: a crash or a fault anywhere, then a resume, ends in the same state. */
const sameEnd: Invariant = (seen) => {
  const now = settledState(seen);
  return now === seen.settled ? [] : [`it ends otherwise than undisturbed: ${differenceOf(seen.settled, now)}`];
};

/** What must not depend on what went wrong on the way: files, ports, service, leftovers, and the record. */
export function settledState({ ring, record }: Pick<Seen, 'ring' | 'record'>): string {
  const nodes = ring.hosts.map(({ node, process, disk }) => ({
    node,
    files: [...disk.files].map(([path, { text, mode, owner }]) => `${path} ${sha256Hex(text).slice(0, 12)} ${mode} ${owner}`).toSorted(),
    process: process && {
      mode: process.mode,
      nativeTransport: process.nativeTransport,
      serves: canonicalHash(process.context).slice(0, 12),
    },
    clientsOff: disk.clientsOff,
    left: [...disk.staged.keys(), ...disk.oneTime.keys(), disk.torn].filter(Boolean),
  }));
  return JSON.stringify({ state: record.state, nodes });
}

function differenceOf(wanted: string, now: string): string {
  const [a, b] = [wanted, now].map((text) => JSON.parse(text) as { readonly state: string; readonly nodes: readonly object[] });
  const nodes = b?.nodes.filter((node, i) => JSON.stringify(node) !== JSON.stringify(a?.nodes[i])) ?? [];
  return `${a?.state === b?.state ? '' : `the record is ${b?.state}; `}${nodes.map((node) => JSON.stringify(node)).join('; ')}`.slice(
    0,
    600,
  );
}

/** I7: no process ever starts on a mixture of files. */
const noMixture: Invariant = ({ ring, backups, before }) =>
  ring.history.flatMap(({ what, node, loaded }) => {
    if (what !== 'started' || !loaded) return [];
    const old = backups.get(node)?.manifest.filter(({ kind }) => !kind.endsWith('-state')) ?? [];
    const deployed = before.ring.hosts.find((host) => host.node === node)?.disk.files ?? new Map();
    const allOld = old.every(({ path, sha256 }) => loaded[path] === sha256);
    const allNew = [...deployed].every(([path, { text }]) => loaded[path] === sha256Hex(text));
    return allOld || allNew ? [] : [`the process of ${node} started on a mixture of old and new files`];
  });

/** I7: each execution that comes to its end leaves old verified, or a person who was told; and what it says agrees with the record. */
const oneEnd: Invariant = (seen) => {
  const { record, ring, aws } = seen;
  const last = [...aws.executions.values()].findLast(({ machine, status }) => machine === 'RollBack' && status === 'SUCCEEDED');
  const said = (last?.output as { readonly outcome?: string } | undefined)?.outcome;
  if (said === 'rolled-back' && record.state !== 'rolled-back')
    return [`the execution and its report say rolled back, and the record is ${record.state}`];
  const told = timelineOf(seen).some(({ what }) => /need a person|handed to a person/.test(what)) || aws.letters.length > 0;
  if (record.state === 'rolled-back') return [];
  if (record.state !== 'handed-over' && record.state !== 'held') return [`the record rests in ${record.state}, which is no end`];
  return told ? [] : [`${ring.hosts.length} nodes rest in ${record.state}, and nobody was told`];
};

/** I10: what would go back to an expired leaf is refused, whatever else goes wrong. */
const safeTargets: Invariant = ({ ring, backups }) =>
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
const writtenBefore: Invariant = (seen) => {
  const entries = timelineOf(seen);
  return seen.ring.hosts.flatMap((host) => {
    const lines = linesOf(host.disk);
    const { intact, open } = checkJournal(host.disk);
    const unannounced = lines.filter(
      ({ phase, state, step, at, epoch }) =>
        phase === 'step' &&
        state === 'begin' &&
        at > seen.before.now &&
        !entries.some((one) => one.what === `${step} begins` && one.node === host.node && one.at <= at && one.epoch === epoch),
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

/** I12: every wait has a deadline: nothing is under way once all is at rest, and nothing took longer than it may. */
const everythingEnds: Invariant = ({ aws }) => [
  ...[...aws.executions.values()].flatMap(({ machine, status, startedAt, stoppedAt, timeoutSeconds }) => {
    if (status === 'RUNNING' || stoppedAt === null) return [`${machine} is still running`];
    return stoppedAt - startedAt > timeoutSeconds * 1000 ? [`${machine} took longer than it may`] : [];
  }),
  ...[...aws.commands.values()]
    .filter(({ status }) => status === 'Pending' || status === 'InProgress')
    .map(({ step, node }) => `${step} on ${node} never ended`),
];

/** What holds whenever an execution has come to an end, be it a hand-over, and not only when all is at rest. */
export const atEveryEnd: Invariant = oneEnd;

/** By their numbers in the design. */
export const INVARIANTS: readonly (readonly [name: string, invariant: Invariant])[] = [
  ['I1', onlyFromVerifiedBackups],
  ['I2', provenFromEverywhere],
  ['I3', oneAtATime],
  ['I4', keysStayHome],
  ['I5', fenced],
  ['I6', sameEnd],
  ['I7', noMixture],
  ['I7', oneEnd],
  ['I10', safeTargets],
  ['I11', writtenBefore],
  ['I12', everythingEnds],
];

const hostOf = ({ ring }: Seen, node: string): Host => {
  const host = ring.hosts.find((one) => one.node === node);
  if (!host) throw new Error(`no host ${node}`);
  return host;
};
