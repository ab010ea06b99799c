/** A copy of the tree in a folder of its own, to be broken; the working tree is never touched. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { Mutant } from './mutant.ts';

const REPOSITORY = join(import.meta.dirname, '../..');
/** Not copied: what is installed or is a link to it, what runs, what Git keeps. */
const LEFT_OUT = new Set(['.git', '.stand', 'node_modules', '.cache', 'cdk.out', 'coverage']);
const LINKED = ['node_modules', '.cache'];

/** How one test ended. `file` is relative to the repository. */
export interface RanTest {
  readonly file: string;
  readonly title: string;
  readonly status: 'passed' | 'failed' | 'skipped' | 'pending' | 'todo' | 'disabled';
  /** First line of why it failed. */
  readonly reason?: string;
}

interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly (Pick<RanTest, 'title' | 'status'> & { readonly failureMessages: readonly string[] })[];
  }[];
}

export class PrivateCopy {
  readonly folder: string;
  #runs = 0;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static make(): PrivateCopy {
    const folder = mkdtempSync(join(tmpdir(), 'ringward-mutants-'));
    for (const entry of readdirSync(REPOSITORY)) {
      // Times are kept: the jar is fresh when it is newer than its sources.
      if (!LEFT_OUT.has(entry)) cpSync(join(REPOSITORY, entry), join(folder, entry), { recursive: true, preserveTimestamps: true });
    }
    for (const name of LINKED) if (existsSync(join(REPOSITORY, name))) symlinkSync(join(REPOSITORY, name), join(folder, name));
    return new PrivateCopy(folder);
  }

  /** Applies the mutation and returns how to undo it, or says why it cannot be applied. */
  mutate({ file, find, replace }: Mutant): (() => void) | string {
    const path = join(this.folder, file);
    if (!existsSync(path)) return `${file} does not exist → mend the list`;
    const text = readFileSync(path, 'utf8');
    const places = text.split(find).length - 1;
    if (places !== 1) return `${file} holds its text ${places === 0 ? 'nowhere' : `${places} times`} → mend the list: ${find.trim()}`;
    writeFileSync(
      path,
      text.replace(find, () => replace),
    );
    return () => {
      writeFileSync(path, text);
      // Clearly newer than a jar that was built from the mutation a moment ago.
      const soon = Date.now() / 1000 + 1;
      utimesSync(path, soon, soon);
    };
  }

  /** Runs the tests of these titles in these files. A file that does not load has no tests. */
  async runTests(files: readonly string[], titles: readonly string[]): Promise<RanTest[]> {
    this.#runs += 1;
    const output = join(this.folder, `.vitest-${this.#runs}.json`);
    const pattern = `(?:^|\\s)(?:${titles.map((title) => title.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})$`;
    const args = [
      'node_modules/vitest/vitest.mjs',
      'run',
      ...files,
      '-t',
      pattern,
      '--reporter=json',
      `--outputFile=${output}`,
      '--cache=false',
    ];
    const child = spawn(process.execPath, args, { cwd: this.folder, stdio: ['ignore', 'ignore', 'pipe'] });
    let complaint = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-2000);
    });
    await once(child, 'close');
    if (!existsSync(output)) throw new Error(`the tests did not run: ${complaint.trim() || 'no reason given'}`);
    const report = JSON.parse(readFileSync(output, 'utf8')) as VitestReport;
    return report.testResults.flatMap(({ name, assertionResults }) =>
      assertionResults.map(({ title, status, failureMessages: [first] }) => ({
        file: relative(this.folder, name),
        title,
        status,
        ...(first === undefined ? {} : { reason: first.split('\n')[0] as string }),
      })),
    );
  }

  /** Builds the jar from the copy's sources; gives the compiler's complaint when they do not compile. */
  buildJar(): string | null {
    const built = spawnSync(process.execPath, ['on-node/build.mjs'], { cwd: this.folder, encoding: 'utf8' });
    return built.status === 0 ? null : built.stderr.trim().slice(0, 500);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
