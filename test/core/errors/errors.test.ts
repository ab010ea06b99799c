import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ERRORS, type ErrorCode, RingwardError } from '../../../core/errors/catalogue.ts';
import { FINDING_CODES, type FindingCodeName } from '../../../core/verify/codes.ts';

const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
/** Rows of a table under a heading, by their code in backquotes. */
function rowsUnder(heading: string): Map<string, string> {
  const section = page.split(/^## /m).find((part) => part.startsWith(heading)) ?? '';
  return new Map([...section.matchAll(/^\| `([A-Z_]+)` \|.*$/gm)].map(([row, code]) => [code as string, row]));
}

describe.each([
  ['Errors', ERRORS, (code: string) => [ERRORS[code as ErrorCode].class, ERRORS[code as ErrorCode].what, ERRORS[code as ErrorCode].fix]],
  [
    'Findings',
    FINDING_CODES,
    (code: string) => [
      FINDING_CODES[code as FindingCodeName].severity,
      FINDING_CODES[code as FindingCodeName].meaning,
      FINDING_CODES[code as FindingCodeName].action,
    ],
  ],
] as const)('docs/errors.md: %s', (heading, table, texts) => {
  const rows = rowsUnder(heading);

  test('lists each code once, and no other', () => {
    expect([...rows.keys()].sort()).toEqual(Object.keys(table).sort());
  });

  test.each(Object.keys(table))('%s with the same words', (code) => {
    for (const text of texts(code)) expect(rows.get(code)).toContain(text);
  });
});

test('an error names code, class, field, value and fix in one line', () => {
  const error = new RingwardError('FIELD_INVALID', { field: 'detail.cluster', value: 'missing', fix: 'Give it.' });
  expect(error.message).toBe(
    'FIELD_INVALID (permanent): A field is missing, unknown or of the wrong type. [field detail.cluster, value missing] → Give it.',
  );
  expect(error.name).toBe('FIELD_INVALID');
});
