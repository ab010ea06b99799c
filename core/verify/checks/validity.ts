/** The two checks of a leaf's validity, wherever the leaf is seen: in the keystore, by a client, by a peer. */
import { type Check, conclude, finding } from '../check.ts';
import type { Finding } from '../findings.ts';
import { leafMissing, seenLeaves } from '../seen-leaves.ts';

/** No leaf has expired; one that does soon is a warning. */
export const expiration: Check = (snapshot, policy, now) => {
  const leaves = seenLeaves(snapshot);
  const failing: Finding[] = [];
  const told: Finding[] = [];
  for (const { leaf, chain: _, listeners: __, ...seen } of leaves) {
    const observed = `until ${iso(leaf.notAfter)}`;
    // The clock that saw it counts as much as ours: the node refuses by its own.
    const latest = Math.max(now, seen.at);
    if (latest > leaf.notAfter) failing.push(finding(snapshot, 'LEAF_EXPIRED', { ...seen, expected: `valid at ${iso(latest)}`, observed }));
    else if (now + policy.expiryNoticeMs > leaf.notAfter)
      told.push(
        finding(snapshot, 'LEAF_EXPIRES_SOON', {
          ...seen,
          expected: `valid for another ${policy.expiryNoticeMs / 86_400_000} days`,
          observed,
        }),
      );
  }
  const [first] = leaves;
  const passed = first ? `Every leaf is valid; the one in use until ${iso(Math.min(...leaves.map(({ leaf }) => leaf.notAfter)))}.` : '';
  return conclude('expiration', snapshot, { failing, told, missing: leafMissing(snapshot, leaves), passed });
};

/** Every leaf is valid already, by our clock and by the node's own. */
export const notBefore: Check = (snapshot, policy, now) => {
  const leaves = seenLeaves(snapshot);
  const failing: Finding[] = [];
  const told: Finding[] = [];
  const { observation } = snapshot;
  for (const { leaf, chain: _, listeners: __, ...seen } of leaves) {
    const earliest = Math.min(now, seen.at);
    if (earliest < leaf.notBefore) {
      failing.push(
        finding(snapshot, 'LEAF_NOT_YET_VALID', {
          ...seen,
          expected: `valid at ${iso(earliest)}${earliest === now ? '' : ' (the clock of the vantage point)'}`,
          observed: `from ${iso(leaf.notBefore)}`,
        }),
      );
    }
  }
  // A soak judges the same report again and again: what counts is our clock when it was asked for.
  const ours = observation?.askedAt ?? now;
  if (observation && Math.abs(observation.at - ours) > policy.clockSkewMs) {
    told.push(
      finding(snapshot, 'NODE_CLOCK_SKEWED', {
        where: 'clock',
        expected: `${iso(ours)} ± ${policy.clockSkewMs / 1000} s`,
        observed: iso(observation.at),
        seenBy: 'node',
        how: 'the node’s clock beside ours',
        at: now,
      }),
    );
  }
  return conclude('not-before', snapshot, {
    failing,
    told,
    missing: leafMissing(snapshot, leaves),
    passed: 'Every leaf is valid already, by the node’s clock and ours.',
  });
};

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
