/** The user story as a list: every table row, bullet and named check of `docs/user-story.md`, under its heading. */

export interface Requirement {
  readonly section: string;
  readonly text: string;
}

/** Chapters that describe the story itself and ask for nothing. */
const NO_REQUIREMENTS = ['User Story', 'INVEST Criteria'];

/** Requirements in the order of the story. */
export function requirementsOf(story: string): Requirement[] {
  const requirements: Requirement[] = [];
  let section = '';
  let rowsOfTable = 0;
  for (const line of story.split('\n')) {
    const heading = /^#{2,3} (.+)$/.exec(line)?.[1];
    if (heading !== undefined) section = heading.replace(/^(Scenario|Edge Case): /, '').trim();
    const row = /^\s*\|(.+)\|\s*$/.exec(line)?.[1];
    rowsOfTable = row === undefined ? 0 : rowsOfTable + 1;
    const text = row !== undefined ? (rowsOfTable > 1 ? cells(row) : undefined) : (bullet(line) ?? namedCheck(line));
    if (text !== undefined && !NO_REQUIREMENTS.includes(section)) requirements.push({ section, text });
  }
  return requirements;
}

const cells = (row: string): string =>
  row
    .split('|')
    .map((cell) => cell.trim())
    .join(': ');

const bullet = (line: string): string | undefined => /^\s*- (?:\[[ x]\] )?(.+)$/.exec(line)?.[1]?.trim();

/** A leaf of the verification suite's JSON. */
const namedCheck = (line: string): string | undefined => {
  const found = /^\s*"(\w+)": "(.+)",?$/.exec(line);
  return found === null ? undefined : `${found[1]}: ${found[2]}`;
};
