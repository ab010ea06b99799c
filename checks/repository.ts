/** The repository as the checks see it: its files, and the tools that it brings. */
import { execFile } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Absolute path of the repository. */
export const ROOT = dirname(import.meta.dirname);

export interface Ran {
  readonly code: number;
  readonly output: string;
}

/** Runs a program in the repository and gives back its exit code and output, whatever they are. */
export function runProgram(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(
      program,
      args,
      { cwd: ROOT, env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0', ...env }, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolve({
          code,
          output: `${stdout}${stderr}${error !== null && typeof error.code !== 'number' ? `\n${error.message}` : ''}`.trim(),
        });
      },
    );
  });
}

/** Runs a script of a package by this Node, since several of them refuse an older one. */
export const runScript = (script: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> =>
  runProgram(process.execPath, [join(ROOT, script), ...args], env);

/** Problems of a tool's output: its lines, when it failed. */
export const problemsOf = ({ code, output }: Ran): readonly string[] =>
  code === 0 ? [] : output === '' ? [`ended with exit code ${code}`] : output.split('\n');

/** Files that git tracks or would track, as repository paths, matching the pattern. */
export async function filesMatching(pattern: RegExp): Promise<string[]> {
  const { code, output } = await runProgram('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z']);
  if (code !== 0) throw new Error(`git ls-files failed: ${output}`);
  return output
    .split('\0')
    .filter((path) => path !== '' && pattern.test(path))
    .filter((path) => statSync(join(ROOT, path), { throwIfNoEntry: false })?.isFile() === true)
    .sort();
}

/** Text of a repository file. */
export const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

export const exists = (path: string): boolean => statSync(join(ROOT, path), { throwIfNoEntry: false }) !== undefined;
