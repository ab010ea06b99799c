/** Documents: every link leads somewhere. */
import { posix } from 'node:path';
import type { Outcome } from './outcome.ts';
import { exists, filesMatching, textOf } from './repository.ts';

/** Anchor of a heading, as GitHub makes it. */
const anchorOf = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');

const withoutCode = (text: string): string =>
  text.replaceAll(/^```[\s\S]*?^```/gm, (block) => block.replaceAll(/[^\n]/g, '')).replaceAll(/`[^`\n]*`/g, '``');

const anchorsOf = (text: string): string[] =>
  text
    .replaceAll(/^```[\s\S]*?^```/gm, '')
    .split('\n')
    .flatMap((line) => /^#{1,6} (.+)$/.exec(line)?.[1] ?? [])
    .map(anchorOf);

/** Links of one document that lead nowhere. `read` gives a repository file's text, null when there is none, '' for a folder. */
export function brokenLinks(path: string, text: string, read: (path: string) => string | null): string[] {
  return withoutCode(text)
    .split('\n')
    .flatMap((line, index) =>
      [...line.matchAll(/\]\(([^)\s]+)(?: "[^"]*")?\)/g)].flatMap(([, target]) => {
        if (/^[a-z]+:/.test(target as string)) return [];
        const [file, anchor] = (target as string).split('#') as [string, string?];
        const resolved = file === '' ? path : posix.normalize(posix.join(posix.dirname(path), file));
        const body = file === '' ? text : read(resolved);
        if (body === null) return [`${path}:${index + 1}: ${target} does not exist`];
        return anchor === undefined || anchorsOf(body).includes(anchor)
          ? []
          : [`${path}:${index + 1}: ${resolved} has no heading #${anchor}`];
      }),
    );
}

export async function checkDocuments(): Promise<Outcome> {
  const files = await filesMatching(/\.md$/);
  const read = (path: string): string | null => (exists(path) ? (path.endsWith('.md') ? textOf(path) : '') : null);
  const links = files.flatMap((path) => brokenLinks(path, textOf(path), read));
  return { problems: links, note: `${files.length} documents` };
}
