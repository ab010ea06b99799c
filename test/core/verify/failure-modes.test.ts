/** Every row of the table of failure modes, made of generated certificates: named, on the right node, and nothing else beside it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { KNOWN_RUNTIMES } from '../../../core/certificate/runtimes/runtime.ts';
import { causesOf, noticesOf } from '../../../core/verify/causes.ts';
import { FINDING_CODES } from '../../../core/verify/codes.ts';
import { FAILURE_MODES, failureModeOf } from '../../../core/verify/failure-modes.ts';
import { policyOf } from '../../../core/verify/policy.ts';
import { gatherSnapshot } from '../../../core/verify/snapshot.ts';
import { verifyNode } from '../../../core/verify/verify-node.ts';
import { CASES, clientsTrust, LAST, leaf, look, ring, shows, target } from '../../fixtures/failure-cases.ts';
import { byHash, makeCertificate, NOW } from '../../fixtures/pki.ts';
import { address, evil, good, type Ring, registration } from '../../fixtures/ring.ts';

test('a ring without a fault: no cause, no notice, every check passed', () => {
  const verifications = look(ring());
  expect(verifications.map(({ outcome }) => outcome)).toEqual(['passed', 'passed', 'passed']);
  expect([causesOf(verifications), noticesOf(verifications)]).toEqual([[], []]);
});

describe.each(FAILURE_MODES)('$row $name', ({ row, codes: [code] }) => {
  test(`${row}: ${code} on that node alone, and nothing else`, () => {
    const made = CASES[row];
    if (!made) throw new Error(`row ${row} has no case`);
    const { ring: seen, bent } = made();
    const verifications = look(seen, bent);
    const causes = causesOf(verifications).map((cause) => [cause.code, cause.nodes, cause.row]);
    if (FINDING_CODES[code].severity === 'notice') {
      expect(causes).toEqual([]);
      expect(noticesOf(verifications)).toEqual([{ code, nodes: [target] }]);
    } else expect(causes).toEqual([[code, [target], row]]);
  });
});

describe('with every client runtime registered', () => {
  const clients = KNOWN_RUNTIMES.map(({ runtime, version }) => ({ name: `${runtime} ${version}`, runtime, version }));

  test('a ring without a fault: every runtime accepts it, nothing above a notice', () => {
    const verifications = look(ring(), { clients });
    expect(verifications.map(({ outcome }) => outcome)).toEqual(['passed', 'passed', 'passed']);
    expect([causesOf(verifications), noticesOf(verifications)]).toEqual([[], []]);
    expect(verifications[0]?.checks.find(({ check }) => check === 'client-runtimes')?.summary).toMatch(/^java 8.* would accept it\.$/);
  });

  test.each(FAILURE_MODES)('$row: a prediction takes no cause’s place', ({ row }) => {
    const made = CASES[row];
    if (!made) throw new Error(`row ${row} has no case`);
    const { ring: seen, bent } = made();
    const without = causesOf(look(seen, bent)).map(({ code, nodes }) => [code, nodes]);
    expect(causesOf(look(seen, { ...bent, clients })).map(({ code, nodes }) => [code, nodes])).toEqual(without);
  });
});

test('a signature with SHA-1, and the second codes of a row', () => {
  const causes = causesOf(look(ring(shows(leaf({ signedWith: 'sha1' }), good.intermediate))));
  expect(causes.map(({ code, row }) => [code, row])).toEqual([['WEAK_SIGNATURE', 26]]);
  const sole = makeCertificate({ name: 'Sole', authority: true });
  expect(failureModeOf(sole.name)).toBeNull();
});

test('what was so before is told, and no reason to go back to the same', () => {
  const nameless = good.leaf(address(LAST), { addresses: [] });
  const seen = ring(shows(nameless, good.intermediate));
  const before = {
    ...(seen.backups[LAST] as Ring['backups'][number]),
    servedLeaves: { client: nameless.sha256, internode: nameless.sha256 },
    certificates: byHash(nameless),
  };
  const parts = {
    purpose: 'deployed',
    nodeId: target,
    registration,
    observations: seen.observations,
    client: seen.client,
    deployed: null,
  } as const;
  const judged = (bent: typeof before | null) =>
    verifyNode(gatherSnapshot({ ...parts, before: bent, activation: 'reload', completedAt: 0 }), policyOf(registration.limits), NOW, [
      'names',
    ]);
  expect(judged(null).checks[0]).toMatchObject({
    outcome: 'failed',
    findings: [{ code: 'NAMES_MISSING', severity: 'proof' }, {}, {}, {}, {}, {}],
  });
  expect(judged(before).checks[0]).toMatchObject({
    outcome: 'passed',
    findings: [{ code: 'NAMES_MISSING', severity: 'warning' }, {}, {}, {}, {}, {}],
  });
});

test('the table: 34 rows, each finding in one row alone', () => {
  expect(FAILURE_MODES.map(({ row }) => row)).toEqual(Array.from({ length: 34 }, (_, i) => i + 1));
  const codes = FAILURE_MODES.flatMap((mode) => mode.codes);
  expect(new Set(codes).size).toBe(codes.length);
});

test('evil twins do not make a healthy ring suspicious', () => {
  const trust = [good.root, evil.root];
  expect(causesOf(look(clientsTrust(ring({ trust }, { trust }), ...trust)))).toEqual([]);
});

test('the guide has every row with the words of the table', () => {
  const guide = readFileSync(join(import.meta.dirname, '../../../docs/guide/failure-modes.md'), 'utf8');
  for (const { row, name, codes, versions } of FAILURE_MODES) {
    const line = guide.split('\n').find((one) => one.startsWith(`| ${row} |`));
    for (const text of [name, versions, ...codes]) expect(line).toContain(text);
  }
});
