/**
 * The leaf's subject alternative names cover the address at which the node is dialled (RFC 9525: no fall-back to the
 * common name). Silent where nobody verifies names, and the end of every client that begins to.
 */

import { coversName, hasNames } from '../../certificate/names.ts';
import type { Certificate } from '../../certificate/parse.ts';
import { type Check, conclude, finding } from '../check.ts';
import type { Finding } from '../findings.ts';
import { leafMissing, seenLeaves, wasSoBefore } from '../seen-leaves.ts';

export const names: Check = (snapshot) => {
  const { address } = snapshot.node;
  const leaves = seenLeaves(snapshot);
  const failing: Finding[] = [];
  const told: Finding[] = [];
  for (const { leaf, chain: _, listeners, ...seen } of leaves) {
    const code = codeOf(leaf, address);
    if (!code) continue;
    const asBefore = wasSoBefore(snapshot, listeners, ([before]) => before !== undefined && !coversName(before, address));
    const found = finding(snapshot, code, {
      ...seen,
      expected: `a name for ${address}`,
      observed: leaf.subjectAlternativeNames.join(', ') || 'no subject alternative name',
      ...(asBefore && { severity: 'warning' as const }),
    });
    (asBefore ? told : failing).push(found);
  }
  return conclude('names', snapshot, {
    failing,
    told,
    missing: leafMissing(snapshot, leaves),
    passed: told.length > 0 ? `Warning: no name for ${address}, as before.` : `Every leaf has a name for ${address}.`,
  });
};

function codeOf(leaf: Certificate, address: string): 'NAMES_MISSING' | 'NAME_NOT_COVERED' | null {
  if (!hasNames(leaf)) return 'NAMES_MISSING';
  return coversName(leaf, address) ? null : 'NAME_NOT_COVERED';
}
