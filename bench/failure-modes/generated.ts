/** Rows that a ring of 5.0.6 cannot show: judged on observations made of generated certificates. */
import { causesOf } from '../../core/verify/causes.ts';
import { FAILURE_MODES } from '../../core/verify/failure-modes.ts';
import { CASES, look, target } from '../../test/fixtures/failure-cases.ts';
import type { CaseResult } from './case-result.ts';

/** Why a ring cannot show the row. */
const WHY_NOT: Readonly<Record<number, string>> = {
  20: 'on 5.0.6 reloadssl reloads the legacy port too (measured)',
  23: 'the stand’s nodes authenticate each other by their authority, not by identities',
};

export function generatedCases(rows: readonly number[]): CaseResult[] {
  return FAILURE_MODES.filter(({ row }) => row in WHY_NOT && (rows.length === 0 || rows.includes(row))).map(
    ({ row, name, codes: [code] }) => {
      const began = performance.now();
      const made = CASES[row]?.();
      const causes = made ? causesOf(look(made.ring, made.bent)) : [];
      const cause = causes.find((one) => one.code === code);
      const rightly = causes.length === 1 && cause?.nodes.length === 1 && cause.nodes[0] === target;
      const named = causes.map((one) => `${one.code} on ${one.nodes.join('+')}`);
      const ms = Math.round(performance.now() - began);
      const { checks = [], seenBy = [] } = cause ?? {};
      return {
        row,
        title: name,
        how: 'PKI',
        expected: code,
        found: cause !== undefined,
        rightly,
        named,
        checks,
        seenBy,
        ms,
        confirmed: WHY_NOT[row] ?? '',
      };
    },
  );
}
