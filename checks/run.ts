/**
 * `npm run check`: everything that can be judged without running the product, one line a check.
 *
 * Usage: run.ts [--json] [--fix] [name …]
 */
import { availableParallelism } from 'node:os';
import { parseArgs, styleText } from 'node:util';
import { CHECKS } from './catalogue.ts';
import type { Check, Outcome } from './outcome.ts';
import { runScript } from './repository.ts';

interface Result extends Outcome {
  readonly name: string;
  readonly ms: number;
}

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean' }, fix: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  allowPositionals: true,
});

if (values.help) {
  const width = Math.max(...CHECKS.map(({ name }) => name.length));
  const list = CHECKS.map(({ name, about }) => `  ${name.padEnd(width)}  ${about}`).join('\n');
  process.stdout.write(
    `Usage: npm run check [-- --json] [--fix] [name …]\n\nChecks:\n${list}\n\n--fix lets biome mend format, imports and what lint can mend.\n`,
  );
  process.exit(0);
}
const unknown = positionals.find((name) => !CHECKS.some((check) => check.name === name));
if (unknown !== undefined) {
  process.stderr.write(`check: no check "${unknown}"; there are: ${CHECKS.map(({ name }) => name).join(', ')}.\n`);
  process.exit(1);
}
if (values.fix) await runScript('node_modules/@biomejs/biome/bin/biome', ['check', '--write', '--log-level=none', '.']);

/** Runs a check; what it throws is its problem. */
async function runCheck(check: Check): Promise<Result> {
  const began = performance.now();
  const outcome = await check.run().catch((error: Error): Outcome => ({ problems: [error.stack ?? error.message], note: 'broke off' }));
  return { name: check.name, ms: Math.round(performance.now() - began), ...outcome };
}

/** Runs all, a few at a time, each after those it names. */
async function runAll(checks: readonly Check[], onEnd: (result: Result) => void): Promise<Result[]> {
  const waiting = [...checks];
  const ended: Result[] = [];
  const worker = async (): Promise<void> => {
    while (waiting.length > 0) {
      const ready = waiting.findIndex(({ after }) =>
        (after ?? []).every((name) => !checks.some((check) => check.name === name) || ended.some((result) => result.name === name)),
      );
      if (ready === -1) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        continue;
      }
      const result = await runCheck(waiting.splice(ready, 1)[0] as Check);
      ended.push(result);
      onEnd(result);
    }
  };
  await Promise.all(Array.from({ length: Math.min(4, Math.max(2, availableParallelism())) }, worker));
  return ended;
}

const chosen = CHECKS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const width = Math.max(...chosen.map(({ name }) => name.length));
const indent = (text: string): string => `    ${text.replaceAll('\n', '\n    ')}`;

function show({ name, ms, problems, warnings = [], note }: Result): void {
  const word = problems.length > 0 ? styleText('red', 'failed') : 'ok    ';
  const lines = [`${word} ${name.padEnd(width)} ${`${(ms / 1000).toFixed(1)} s`.padStart(7)}  ${note}`];
  lines.push(...problems.map(indent), ...warnings.map((warning) => indent(`${styleText('yellow', 'warning')} ${warning}`)));
  process.stdout.write(`${lines.join('\n')}\n`);
}

const began = performance.now();
const results = await runAll(chosen, values.json ? () => undefined : show);
const failed = results.filter(({ problems }) => problems.length > 0);
if (values.json) process.stdout.write(`${JSON.stringify({ ok: failed.length === 0, checks: results })}\n`);
else {
  const total = `${results.length - failed.length} checks ok, ${failed.length} failed, in ${((performance.now() - began) / 1000).toFixed(1)} s`;
  process.stdout.write(`\n${total}${failed.length > 0 ? `: ${failed.map(({ name }) => name).join(', ')}` : ''}\n`);
}
process.exitCode = failed.length > 0 ? 1 : 0;
