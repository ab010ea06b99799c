/** Small rules over all files that git tracks. */
import { dirname } from 'node:path';
import type { Outcome } from './outcome.ts';
import { exists, filesMatching, ROOT, textOf } from './repository.ts';

const LINES_AT_MOST = 350;
const SOURCE = /\.(ts|mjs|cjs|py|sh|java)$/;

/** What belongs to one machine, registry or person. Each pattern is written so that it does not match itself. */
const LOCAL: readonly (readonly [string, RegExp])[] = [
  ['an absolute path of one machine', /(?<![\w.~*)}\]/-])\/(?:home|Users|root|workspace)\/[\w.-]+/],
  ['a registry credential', /_auth(?:Token)?\s*=/],
  ['a registry of one place', /(?:"resolved": "|registry\s*=\s*|index-url\s*=?\s*|extra-index-url\s*=?\s*)https?:\/\//],
  ['a private key', /-----BEGIN (?:RSA |EC |ENCRYPTED )?PRIVATE KEY-----[\r\n]+[A-Za-z0-9+/]{40}/],
];

/** Where this clone lies: whatever the folder is called, no file may name it. Too short a path would be found everywhere. */
const HERE = dirname(ROOT).length > 4 ? `${dirname(ROOT)}/` : `${ROOT}/`;

/** As a path of its own, not as the middle of a longer one. */
const stands = (folder: string, line: string): boolean =>
  line
    .split(folder)
    .slice(0, -1)
    .some((before) => !/[\w.-]$/.test(before));

/** Problems of one file's text, with line numbers; `here` is a folder that no file may name. */
export function judgeNames(path: string, text: string, here: string = HERE): string[] {
  return text.split('\n').flatMap((line, index) => {
    const next = text.split('\n')[index + 1] ?? '';
    const named = stands(here, line) ? [`${path}:${index + 1}: the folder of one clone: ${line.trim().slice(0, 120)}`] : [];
    const local = LOCAL.filter(
      ([, pattern]) => pattern.test(line) || (line.includes('PRIVATE KEY') && pattern.test(`${line}\n${next}`)),
    ).map(([what]) => `${path}:${index + 1}: ${what}: ${line.trim().slice(0, 120)}`);
    return [...named, ...local];
  });
}

export async function checkNames(): Promise<Outcome> {
  const files = await filesMatching(/(?<!\.(?:png|jar|ico|p12|jks|gz|zip))$/);
  return { problems: files.flatMap((path) => judgeNames(path, textOf(path))), note: `${files.length} files` };
}

/** Problems of the three places that name versions. */
export function judgeVersions(packageJson: string, requirements: string, pom: string): string[] {
  const { dependencies = {}, devDependencies = {} } = JSON.parse(packageJson) as Record<string, Record<string, string>>;
  const npm = Object.entries({ ...dependencies, ...devDependencies }).filter(
    ([, version]) => !/^(npm:[\w@/-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
  );
  const python = requirements
    .split('\n')
    .filter((line) => /^[A-Za-z]/.test(line) && !/^[A-Za-z0-9._-]+(\[[\w,]+\])?==[\w.]+(\s|$)/.test(line));
  const maven = [...pom.matchAll(/<version>([^<]*)<\/version>/g)]
    .map(([, version]) => version as string)
    .filter((version) => !/^[\w.-]+$|^\$\{[\w.-]+\}$/.test(version));
  return [
    ...npm.map(([name, version]) => `package.json: ${name} "${version}" is not exact`),
    ...python.map((line) => `requirements.txt: "${line}" is not exact`),
    ...maven.map((version) => `pom.xml: version "${version}" is not exact`),
  ];
}

export async function checkVersions(): Promise<Outcome> {
  const requirements = await filesMatching(/(^|\/)requirements[\w-]*\.txt$/);
  const poms = await filesMatching(/(^|\/)pom\.xml$/);
  const together = (paths: readonly string[]): string => paths.map(textOf).join('\n');
  const problems = judgeVersions(textOf('package.json'), together(requirements), together(poms));
  if (!exists('package-lock.json')) problems.push('package-lock.json is missing');
  return { problems, note: ['package.json', ...requirements, ...poms].join(', ') };
}

export async function checkLength(): Promise<Outcome> {
  const files = await filesMatching(SOURCE);
  const long = files.map((path) => ({ path, lines: textOf(path).split('\n').length })).filter(({ lines }) => lines > LINES_AT_MOST);
  return {
    problems: [],
    warnings: long.map(({ path, lines }) => `${path} has ${lines} lines: does it hold more than one thought?`),
    note: `${files.length} files`,
  };
}
