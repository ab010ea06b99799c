/**
 * Every reloading port serves the expected leaf, seen by fresh handshakes from the node itself and from its
 * peers. Before the activation is due an old leaf means "not yet"; afterwards it means that the reload failed.
 * JMX reads its key only at the start of the process, so an old leaf there is a notice until it nears expiry.
 */
import type { HandshakeFact } from '../../node/facts.ts';
import { type Check, conclude, finding, shown, withoutObservation } from '../check.ts';
import type { Finding, VantagePoint } from '../findings.ts';
import {
  certificatesOf,
  isReloading,
  keystoreOf,
  RELOADING_LISTENERS,
  type ReloadingListener,
  type VerificationSnapshot,
} from '../snapshot.ts';

/** The outcome of one leaf on one port: a finding that fails, one that is told, or a missing piece. */
interface LeafJudgement {
  readonly failing?: Finding;
  readonly told?: Finding;
  readonly missing?: string;
}

export const servedLeaf: Check = (snapshot, policy, now) => {
  const name = 'served-leaf';
  const { observation } = snapshot;
  if (!observation) return withoutObservation(name, snapshot);
  const judgements = RELOADING_LISTENERS.map((listener): LeafJudgement => {
    const fact = observation.listeners.find((candidate) => candidate.listener === listener);
    if (!fact) return { missing: `the ${listener} port was not looked at` };
    const how = 'fresh handshake from the node to its own port';
    return judgeServedLeaf(snapshot, listener, fact, { seenBy: 'node', how, at: observation.at }, now);
  });
  for (const { node: other, observation: view } of snapshot.others) {
    for (const fact of view?.peers ?? []) {
      // A peer that saw nothing is the business of the check of peer handshakes.
      if (fact.to !== snapshot.node.node || fact.chain.length === 0 || !isReloading(fact.listener)) continue;
      judgements.push(
        judgeServedLeaf(
          snapshot,
          fact.listener,
          fact,
          { seenBy: 'peer', how: `fresh handshake from ${other} with its own key`, toldBy: other, at: view?.at ?? 0 },
          now,
        ),
      );
    }
  }
  const failing = judgements.flatMap((judgement) => judgement.failing ?? []);
  failing.push(...differingContexts(snapshot, failing), ...staleLegacyPort(snapshot, now));
  const told = [...judgements.flatMap((judgement) => judgement.told ?? []), ...judgeJmx(snapshot, policy.expiryNoticeMs, now)];
  return conclude(name, snapshot, {
    failing,
    told,
    missing: judgements.flatMap((judgement) => judgement.missing ?? []),
    passed: `Client and internode port serve the expected leaf (${snapshot.expected.source}).`,
  });
};

/** Judges the leaf that one port showed to one vantage point. */
export function judgeServedLeaf(
  snapshot: VerificationSnapshot,
  listener: ReloadingListener,
  fact: HandshakeFact,
  seen: { readonly seenBy: VantagePoint; readonly how: string; readonly toldBy?: string; readonly at: number },
  now: number,
): LeafJudgement {
  const [served] = fact.chain;
  const where = `${listener}:${fact.port}`;
  if (served === undefined) return { missing: `${where} showed no certificate (${fact.handshake}${fact.error ? `: ${fact.error}` : ''})` };
  const expected = snapshot.expected.leaves[listener];
  if (served === expected) return {};
  const before = snapshot.before?.servedLeaves[listener];
  const isBefore = snapshot.purpose === 'deployed' && served === before;
  const about = {
    ...seen,
    where,
    expected: expected === undefined ? 'the leaf of the deployed keystore (it cannot be read)' : shown(expected),
    observed: shown(served),
  };
  if (expected === undefined && !(isBefore && keystoreChanged(snapshot, listener)))
    return { missing: `which leaf ${where} should serve is not known` };
  // What counts is when the port was looked at, not when that is judged.
  if (snapshot.purpose === 'deployed' && Math.min(now, snapshot.lookedAt) < snapshot.activation.dueAt) {
    return {
      missing: `${where} does not serve the new leaf yet; due at ${new Date(snapshot.activation.dueAt).toISOString()}`,
      told: finding(snapshot, 'LEAF_NOT_YET_SERVED', about),
    };
  }
  const code = isBefore ? 'SERVED_LEAF_IS_BEFORE' : missedReload(snapshot, listener) ? 'RELOAD_MISSED' : 'SERVED_LEAF_UNEXPECTED';
  return { failing: finding(snapshot, code, about) };
}

/** Nobody announced a leaf, the keystore is sound, and yet the port has something else in memory. */
function missedReload(snapshot: VerificationSnapshot, listener: ReloadingListener): boolean {
  const store = keystoreOf(snapshot.observation, listener);
  return snapshot.purpose === 'deployed' && snapshot.announcedLeaf === null && store?.loads !== false && store?.keyMatchesLeaf === true;
}

/** One port serves what it should, another does not: only one of the contexts was reloaded. */
function differingContexts(snapshot: VerificationSnapshot, failing: readonly Finding[]): Finding[] {
  const { observation } = snapshot;
  const stale = failing.filter(({ code }) => code === 'RELOAD_MISSED' || code === 'SERVED_LEAF_IS_BEFORE');
  const right = RELOADING_LISTENERS.filter((listener) => {
    const fact = observation?.listeners.find((candidate) => candidate.listener === listener);
    return fact?.chain[0] !== undefined && fact.chain[0] === snapshot.expected.leaves[listener];
  });
  if (right.length === 0) return [];
  return stale.map(({ code: _, severity: __, node: ___, toldBy, ...about }) =>
    finding(snapshot, 'CONTEXTS_DIFFER', {
      ...about,
      ...(toldBy === undefined ? {} : { toldBy }),
      expected: `${about.expected}, as the ${right.join(' and ')} port serves what it should`,
    }),
  );
}

function staleLegacyPort(snapshot: VerificationSnapshot, now: number): Finding[] {
  const { observation, expected, activation } = snapshot;
  const fact = observation?.listeners.find(({ listener }) => listener === 'legacy-internode');
  const [served] = fact?.chain ?? [];
  if (!observation || !fact || served === undefined || served === expected.leaves.internode) return [];
  const looked = Math.min(now, snapshot.lookedAt);
  if (expected.leaves.internode === undefined || (snapshot.purpose === 'deployed' && looked < activation.dueAt)) return [];
  return [
    finding(snapshot, 'LEGACY_PORT_STALE', {
      where: `legacy-internode:${fact.port}`,
      expected: shown(expected.leaves.internode),
      observed: shown(served),
      seenBy: 'node',
      how: 'fresh handshake from the node to its own port',
      at: observation.at,
    }),
  ];
}

/** Without a readable leaf on disk, a changed file still proves that the old leaf should be gone. */
function keystoreChanged(snapshot: VerificationSnapshot, listener: ReloadingListener): boolean {
  const path = keystoreOf(snapshot.observation, listener)?.path;
  const now = snapshot.observation?.files.find((file) => file.path === path)?.sha256;
  const before = snapshot.before?.manifest.find((entry) => entry.path === path)?.sha256;
  return now !== undefined && before !== undefined && now !== before;
}

function judgeJmx(snapshot: VerificationSnapshot, noticeMs: number, now: number): Finding[] {
  const { observation } = snapshot;
  const fact = observation?.listeners.find(({ listener }) => listener === 'jmx');
  const [served] = fact?.chain ?? [];
  if (!observation || !fact || served === undefined) return [];
  const seen = {
    where: `jmx:${fact.port}`,
    seenBy: 'node' as const,
    how: 'fresh handshake from the node to its own JMX port',
    at: observation.at,
  };
  const [leaf] = certificatesOf(snapshot, [served]);
  if (leaf && now + noticeMs > leaf.notAfter) {
    return [
      finding(snapshot, 'JMX_LEAF_EXPIRES_SOON', {
        ...seen,
        expected: 'valid until the next planned restart',
        observed: `until ${new Date(leaf.notAfter).toISOString()}`,
      }),
    ];
  }
  const [onDisk] = keystoreOf(observation, 'jmx')?.chain ?? [];
  if (onDisk === undefined || onDisk === served) return [];
  return [finding(snapshot, 'JMX_LEAF_STALE', { ...seen, expected: shown(onDisk), observed: shown(served) })];
}
