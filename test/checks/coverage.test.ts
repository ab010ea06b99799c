import { describe, expect, test } from 'vitest';
import { judgeCoverage } from '../../checks/coverage.ts';
import { isTitle, testsIn } from '../../checks/named-tests.ts';
import { requirementsOf } from '../../checks/requirements.ts';

const story = `# Story
## INVEST Criteria
- **Small**: no requirement
### Scenario: Checks
    "file_integrity": "SHA-256 checksum verification",
  | Health Check Type | Implementation |
  | Database health | CQL query |
And more:
  - Continuous monitoring
## Definition of Done
- [ ] Edge cases handled
`;
const document = (proof: string): string => `# Coverage
## Checks
| Requirement | Proof |
| --- | --- |
| file_integrity: SHA-256 checksum verification | ${proof} |
| Database health: CQL query | open |
| Continuous monitoring | open |
## Definition of Done
| Requirement | Proof |
| --- | --- |
| Edge cases handled | open |
`;
const testFile = `
import { describe, test } from 'vitest';
test('a changed file is found', () => {});
test.skip('a skipped one', () => {});
test.each(['yaml'])('file %s of many', () => {});
const names = ['other-ca'];
describe.skip('later', () => { test('inside a skipped group', () => {}); });
for (const name of names) test(\`demo \${name} is rolled back\`, () => {});
test.skipIf(true)('only sometimes', () => {});
`;
const judge = (proof: string): string[] =>
  judgeCoverage(story, document(proof), (file) => (file === 'test/core/a.test.ts' ? testFile : null)).problems;

test('the story is read row by row', () => {
  expect(requirementsOf(story)).toEqual([
    { section: 'Checks', text: 'file_integrity: SHA-256 checksum verification' },
    { section: 'Checks', text: 'Database health: CQL query' },
    { section: 'Checks', text: 'Continuous monitoring' },
    { section: 'Definition of Done', text: 'Edge cases handled' },
  ]);
});

describe('a proof', () => {
  test.each([
    'open',
    '`test/core/a.test.ts` › a changed file is found',
    '`test/core/a.test.ts` › file yaml of many<br>`test/core/a.test.ts` › demo other-ca is rolled back',
  ])('is taken: %s', (proof) => expect(judge(proof)).toEqual([]));
  test.each([
    ['`test/core/gone.test.ts` › a changed file is found', /does not exist/],
    ['`test/core/a.test.ts` › a test of another name', /has no test/],
    ['`test/core/a.test.ts` › a skipped one', /is skipped/],
    ['`test/core/a.test.ts` › inside a skipped group', /is skipped/],
    ['`test/core/a.test.ts` › only sometimes', /is skipped/],
    ['`test/core/a.test.ts` › file keystore of many', /has no test/],
    ['done', /neither "open" nor/],
    ['`test/core/a.test.ts` › a changed file is found<br>and more', /neither "open" nor/],
  ])('is refused: %s', (proof, expected) => expect(judge(proof)).toContainEqual(expect.stringMatching(expected)));
});

test('a requirement without a row, and a row without a requirement', () => {
  const cut = document('open').replace('| Continuous monitoring | open |\n', '| Something else | open |\n');
  const { problems } = judgeCoverage(story, cut, () => null);
  expect(problems).toEqual([
    expect.stringMatching(/no row for "Checks › Continuous monitoring"/),
    expect.stringMatching(/"Checks › Something else" is no requirement/),
  ]);
});

test('tests are read from syntax, so a title in a comment or a string is none', () => {
  expect(testsIn('x.test.ts', "// test('a', () => {});\nconst s = \"test('b')\";\nit('c', () => {});")).toEqual([
    { title: 'c', skipped: false },
  ]);
  expect(isTitle('c', { title: 'cc', skipped: false }, '')).toBe(false);
});
