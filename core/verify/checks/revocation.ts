/** No certificate in use is on a registered revocation list (RFC 5280, 5). Without a registered list there is nothing to judge. */

import type { RevocationFact } from '../../node/facts.ts';
import { type Check, conclude, finding, withoutObservation } from '../check.ts';
import type { Finding } from '../findings.ts';
import { type SeenLeaf, seenLeaves } from '../seen-leaves.ts';
import type { VerificationSnapshot } from '../snapshot.ts';

export const revocation: Check = (snapshot, _policy, now) => {
  const name = 'revocation';
  const { observation, registration } = snapshot;
  if (!observation) return withoutObservation(name, snapshot);
  const { lists } = registration.revocation;
  const failing: Finding[] = [];
  const told: Finding[] = [];
  const missing: string[] = [];
  const reported = observation.revocations ?? [];
  if (lists.length > 0 && reported.length < lists.length) missing.push('the node did not read the registered revocation lists');
  for (const list of reported) {
    const seen = { where: list.path, seenBy: 'node' as const, how: 'the revocation list read on the node', at: observation.at };
    const stale = list.nextUpdate !== undefined && list.nextUpdate < now;
    if (list.error !== undefined || stale) {
      const observed = list.error ?? `its issuer promised a newer one by ${new Date(list.nextUpdate ?? 0).toISOString()}`;
      told.push(finding(snapshot, 'REVOCATION_LIST_UNUSABLE', { ...seen, expected: 'a current list of a known authority', observed }));
      missing.push(`${list.path}: ${observed}`);
    }
    // A revocation stays one, however old the list is that tells it.
    for (const { certificate, at, reason } of list.revoked) {
      for (const { chain, leaf: _, ...leaf } of seenLeaves(snapshot)) {
        const revoked = chain.find(({ sha256 }) => sha256 === certificate);
        if (!revoked) continue;
        const observed = `${revoked.subject} revoked at ${new Date(at).toISOString()}, ${reason} (${list.path})`;
        failing.push(finding(snapshot, 'LEAF_REVOKED', { ...leaf, expected: 'on no revocation list', observed }));
      }
    }
  }
  const uncovered = leavesNotCovered(snapshot, reported);
  for (const { leaf, listeners: _, chain: __, ...seen } of uncovered)
    told.push(
      finding(snapshot, 'REVOCATION_NOT_COVERED', { ...seen, expected: 'a list of its issuer', observed: `none of ${leaf.issuer}` }),
    );
  const passed =
    lists.length === 0
      ? 'No revocation list is registered; revocation was not judged.'
      : uncovered.length > 0
        ? `None of ${lists.length} revocation lists is of the leaf’s issuer; revocation was not judged.`
        : `Nothing in use is on ${lists.length} revocation lists.`;
  return conclude(name, snapshot, { failing, told, missing, passed });
};

/** Leaves in keystores whose issuer has no usable list; a list that cannot be used is told as such. */
function leavesNotCovered(snapshot: VerificationSnapshot, reported: readonly RevocationFact[]): SeenLeaf[] {
  const known = reported.filter(({ covered }) => covered !== undefined);
  if (known.length === 0 || reported.some(({ error }) => error !== undefined)) return [];
  const covered = new Set(known.flatMap((list) => list.covered ?? []));
  return seenLeaves(snapshot).filter(({ seenBy, leaf }) => seenBy === 'node' && !covered.has(leaf.sha256));
}
