/** What must be true of what is left: I2, I4, I6, I7, I12. */
import { canonicalHash, sha256Hex } from '../../../core/canonical.ts';
import type { Host } from '../../../stand/simulated/ring/host.ts';
import { WITNESS } from '../../../stand/simulated/scenario.ts';
import { ACTS, type Invariant, oldLeafOf, type Seen, timelineOf } from './seen.ts';

const LISTENERS = ['client', 'internode'] as const;

/** I2: "rolled back" means a fresh handshake and a read on every TLS port, from a client and from every peer, and evidence of that. */
export const provenFromEverywhere: Invariant = (seen) => {
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

/** I4: a private key is never in clear outside its node: not in a table, an object, a command, an event or a history. */
export const keysStayHome: Invariant = ({ aws, ring, before }) => {
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

/** I6: a crash or a fault anywhere, then a resume, ends in the same state. */
export const sameEnd: Invariant = (seen) => {
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

/** I7: each execution that comes to its end leaves old verified, or a person who was told; and what it says agrees with the record. */
export const oneEnd: Invariant = (seen) => {
  const { record, ring, aws } = seen;
  const last = [...aws.executions.values()].findLast(({ machine, status }) => machine === 'RollBack' && status === 'SUCCEEDED');
  const said = (last?.output as { readonly outcome?: string } | undefined)?.outcome;
  if (said === 'rolled-back' && record.state !== 'rolled-back')
    return [`the execution and its report say rolled back, and the record is ${record.state}`];
  // What was not admitted has changed nothing, and waits in the dead-letter queue until somebody redrives it.
  const newest = [...aws.executions.values()].findLast(({ machine, status }) => machine === 'RollBack' && status !== 'ABORTED');
  if (newest?.status === 'FAILED' && aws.letters.some((letter) => letter.includes(newest.arn))) return [];
  const told = timelineOf(seen).some(({ what }) => /need a person|handed to a person/.test(what)) || aws.letters.length > 0;
  if (record.state === 'rolled-back') return [];
  if (record.state !== 'handed-over' && record.state !== 'held') return [`the record rests in ${record.state}, which is no end`];
  return told ? [] : [`${ring.hosts.length} nodes rest in ${record.state}, and nobody was told`];
};

/** I12: every wait has a deadline: nothing is under way once all is at rest, and nothing took longer than it may. */
export const everythingEnds: Invariant = ({ aws }) => [
  ...[...aws.executions.values()].flatMap(({ machine, status, startedAt, stoppedAt, timeoutSeconds }) => {
    if (status === 'RUNNING' || stoppedAt === null) return [`${machine} is still running`];
    return stoppedAt - startedAt > timeoutSeconds * 1000 ? [`${machine} took longer than it may`] : [];
  }),
  ...[...aws.commands.values()]
    .filter(({ status }) => status === 'Pending' || status === 'InProgress')
    .map(({ step, node }) => `${step} on ${node} never ended`),
];
