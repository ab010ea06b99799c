/** Reads a runbook as a person does: its chapters, and in each the commands that are typed as they stand. */

/** A line that begins with four spaces, `#` and a space is a command. */
const COMMAND = /^ {4}# (.+)$/;
const CHAPTER = /^(\d+)\. \S/;

/** Commands by the number of their chapter, in their order. */
export function commandsOf(runbook: string): ReadonlyMap<number, readonly string[]> {
  const chapters = new Map<number, string[]>();
  let chapter = 0;
  for (const line of runbook.split('\n')) {
    chapter = Number(CHAPTER.exec(line)?.[1] ?? chapter);
    const command = COMMAND.exec(line)?.[1];
    if (command !== undefined) chapters.set(chapter, [...(chapters.get(chapter) ?? []), command]);
  }
  return chapters;
}

/** Look, plan, go back, prove: the chapters that are gone through from top to bottom. */
export const MAIN_CHAPTERS = [1, 2, 3, 4] as const;
