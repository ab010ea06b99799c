/** Writes recorded deployments as JSON lines, for replay, with what is true of each beside them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { horizonMsOf } from './judge.ts';
import { kindNamed } from './kinds.ts';
import { makeWorld } from './make-world.ts';
import { nodeNames, record, rowsOf, Trace } from './trace.ts';

/** What a trace is, in `index.json`. */
interface Written {
  readonly trace: string;
  readonly kind: string;
  readonly must: 'kept' | 'found' | 'apart';
  readonly truth: string;
  readonly onsetS: number | null;
  readonly graceS: number;
  readonly scope: readonly string[];
}

/** So many of each kind, `<kind>-<number>.jsonl`, and an index; gives the number of files. */
export function writeTraces(folder: string, kinds: readonly string[], each: number, run: number): number {
  mkdirSync(folder, { recursive: true });
  const index: Written[] = [];
  for (const name of kinds) {
    const kind = kindNamed(name);
    const horizonMs = horizonMsOf(kind);
    for (let number = 0; number < each; number += 1) {
      const { world } = makeWorld({ kind, index: number, run, nodes: 3, horizonMs });
      const file = `${name}-${number}.jsonl`;
      writeFileSync(join(folder, file), linesOf(record(world, horizonMs, new Trace(rowsOf(horizonMs)))));
      const { onsetS, graceS, faulty } = world.scenario;
      const names = nodeNames(world.nodes);
      index.push({
        trace: file,
        kind: name,
        must: kind.group,
        truth: kind.truth,
        onsetS,
        graceS,
        scope: faulty.map((node) => names[node] as string),
      });
    }
  }
  writeFileSync(join(folder, 'index.json'), `${JSON.stringify(index, null, 2)}\n`);
  return index.length;
}

/** One JSON object a line. */
export function linesOf(trace: Trace): string {
  const lines: string[] = [];
  for (const row of trace.rows()) lines.push(JSON.stringify(row));
  return `${lines.join('\n')}\n`;
}
