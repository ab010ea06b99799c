/** Documents: links lead somewhere, and the catalogue of errors is told in full. */
import { posix } from 'node:path';
import { ERRORS } from '../core/errors/catalogue.ts';
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

/** Differences between the catalogue of errors and `docs/errors.md`: a heading for each code, its fix below it. */
export function judgeErrors(
  document: string,
  catalogue: Readonly<Record<string, { readonly fix: string; readonly what: string }>>,
): string[] {
  const sections = new Map(
    document.split(/^(?=## )/m).flatMap((part) => (part.startsWith('## ') ? [[/^## (\S+)/.exec(part)?.[1] ?? '', part] as const] : [])),
  );
  return [
    ...Object.entries(catalogue).flatMap(([code, { what, fix }]) => {
      const section = sections.get(code);
      if (section === undefined) return [`docs/errors.md: ${code} is missing`];
      return [what, fix].filter((text) => !section.includes(text)).map((text) => `docs/errors.md: ${code} does not say "${text}"`);
    }),
    ...[...sections.keys()]
      .filter((code) => !Object.hasOwn(catalogue, code))
      .map((code) => `docs/errors.md: ${code} is not in core/errors/catalogue.ts`),
  ];
}

export async function checkDocuments(): Promise<Outcome> {
  const files = await filesMatching(/\.md$/);
  const read = (path: string): string | null => (exists(path) ? (path.endsWith('.md') ? textOf(path) : '') : null);
  const links = files.flatMap((path) => brokenLinks(path, textOf(path), read));
  const errors = exists('docs/errors.md') ? judgeErrors(textOf('docs/errors.md'), ERRORS) : ['docs/errors.md is missing'];
  return { problems: [...links, ...errors], note: `${files.length} documents, ${Object.keys(ERRORS).length} errors` };
}
