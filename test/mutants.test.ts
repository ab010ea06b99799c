import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isTitle, testsIn, withTables } from '../checks/named-tests.ts';
import { MUTANTS } from './mutants/mutants.ts';

const root = join(import.meta.dirname, '..');
const read = (file: string) => (existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : '');

test('at least 20 mutants, each by a name of its own', () => {
  expect(MUTANTS.length).toBeGreaterThanOrEqual(20);
  expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
});

test.each(MUTANTS)(
  '$name: its text stands in its file once, and the test that must catch it is there',
  ({ file, find, replace, test: named }) => {
    expect(read(file).split(find).length - 1).toBe(1);
    expect(replace).not.toBe(find);
    const found = testsIn(named.file, read(named.file)).find((one) => isTitle(named.title, one, withTables(named.file, read)));
    expect(found?.skipped).toBe(false);
  },
);
