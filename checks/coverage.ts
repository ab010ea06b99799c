/** `docs/coverage.md`: each requirement of the user story, with the tests that prove it, or `open`. */
import { isTitle, testsIn, withTables } from './named-tests.ts';
import type { Outcome } from './outcome.ts';
import { exists, textOf } from './repository.ts';
import { type Requirement, requirementsOf } from './requirements.ts';

/** Requirements of the story as it was given; fewer means that the copy was cut. */
const REQUIREMENTS_OF_THE_STORY = 175;

interface Row extends Requirement {
  readonly line: number;
  /** `file › title` each, or empty when open. */
  readonly proofs: readonly { readonly file: string; readonly title: string }[];
  readonly open: boolean;
}

/** Rows of the document: `| requirement | proof |` below the heading of its section. */
function rowsOf(document: string): { rows: Row[]; problems: string[] } {
  const rows: Row[] = [];
  const problems: string[] = [];
  let section = '';
  for (const [index, line] of document.split('\n').entries()) {
    section = /^#{2,3} (.+)$/.exec(line)?.[1]?.trim() ?? section;
    const cells = /^\| (.+) \| (.+) \|$/.exec(line);
    if (cells === null || cells[1] === 'Requirement' || /^-+$/.test(cells[1] as string)) continue;
    const [, text, proof] = cells as unknown as [string, string, string];
    const proofs = [...proof.matchAll(/`(test\/[^`]+?\.test\.ts)` › ([^<]+?)(?=<br>|$)/g)].map(([, file, title]) => ({
      file: file as string,
      title: (title as string).trim().replaceAll('\\|', '|'),
    }));
    if (proof !== 'open' && proofs.length !== proof.split('<br>').length) {
      problems.push(`docs/coverage.md:${index + 1}: "${proof}" is neither "open" nor \`test/….test.ts\` › title (several: joined by <br>)`);
    }
    rows.push({ section, text: text.replaceAll('\\|', '|'), line: index + 1, proofs, open: proof === 'open' });
  }
  return { rows, problems };
}

/** Problems of the document against the story; `readTest` gives a test file's text, or null when there is none. */
export function judgeCoverage(
  story: string,
  document: string,
  readTest: (file: string) => string | null,
): { problems: string[]; proven: number; open: number } {
  const { rows, problems } = rowsOf(document);
  const keyOf = ({ section, text }: Requirement): string => `${section} › ${text}`;
  const requirements = requirementsOf(story);
  const covered = new Set(rows.map(keyOf));
  const required = new Set(requirements.map(keyOf));
  problems.push(...requirements.filter((one) => !covered.has(keyOf(one))).map((one) => `docs/coverage.md: no row for "${keyOf(one)}"`));
  problems.push(
    ...rows
      .filter((row) => !required.has(keyOf(row)))
      .map((row) => `docs/coverage.md:${row.line}: "${keyOf(row)}" is no requirement of docs/user-story.md`),
  );
  for (const row of rows) {
    for (const { file, title } of row.proofs) {
      const text = readTest(file);
      const test =
        text === null
          ? undefined
          : testsIn(file, text).find((one) =>
              isTitle(
                title,
                one,
                withTables(file, (path) => readTest(path) ?? ''),
              ),
            );
      if (text === null) problems.push(`docs/coverage.md:${row.line}: ${file} does not exist`);
      else if (test === undefined) problems.push(`docs/coverage.md:${row.line}: ${file} has no test "${title}"`);
      else if (test.skipped) problems.push(`docs/coverage.md:${row.line}: "${title}" in ${file} is skipped, so it proves nothing`);
    }
  }
  const open = rows.filter((row) => row.open).length;
  return { problems, proven: rows.length - open, open };
}

export async function checkCoverage(): Promise<Outcome> {
  const story = textOf('docs/user-story.md');
  const { problems, proven, open } = judgeCoverage(story, textOf('docs/coverage.md'), (file) => (exists(file) ? textOf(file) : null));
  const count = requirementsOf(story).length;
  if (count !== REQUIREMENTS_OF_THE_STORY)
    problems.push(`docs/user-story.md has ${count} requirements, not ${REQUIREMENTS_OF_THE_STORY}: the copy differs from the story`);
  return { problems, note: `${proven} of ${proven + open} requirements proven, ${open} open` };
}
