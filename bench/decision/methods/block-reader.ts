/** Rows to blocks of 3 s: counts and medians of each node and of the cluster, the latter of logarithms over each node's own baseline. */

const BLOCK_MS = 3000;
/** An older baseline says nothing about response times. */
const FRESH_MS = 300_000;
const KINDS = 2;

/** Index: kind, then node; the cluster comes last. */
export interface BlockCounts {
  readonly probes: readonly Uint32Array[];
  readonly failed: readonly Uint32Array[];
  /** Lower median of the answers; NaN when fewer than half were answered. */
  readonly medians: readonly Float64Array[];
}

export interface Baseline {
  /** Share of reads that failed. */
  readonly errors: number;
  /** Kind, stream: medians of blocks in order; absent without a fresh baseline. */
  readonly blocks: readonly (readonly Float64Array[])[];
}

/** Values of one kind in one block, with the nodes that gave them. */
class Answers {
  values = new Float64Array(64);
  nodes = new Uint16Array(64);
  count = 0;

  add(node: number, value: number): void {
    if (this.count === this.values.length) {
      const [values, nodes] = [new Float64Array(this.count * 2), new Uint16Array(this.count * 2)];
      values.set(this.values);
      nodes.set(this.nodes);
      [this.values, this.nodes] = [values, nodes];
    }
    this.values[this.count] = value;
    this.nodes[this.count] = node;
    this.count += 1;
  }
}

export class BlockReader {
  readonly nodes: number;
  baseline: Baseline = { errors: 0, blocks: [] };
  readonly #fromMs: number;
  readonly #each: (block: BlockCounts, endS: number) => void;
  readonly #counts: BlockCounts;
  readonly #answers = [new Answers(), new Answers()];
  /** Baseline: time, node, kind, answer. */
  #before: [tMs: number, node: number, kind: number, answer: number][] = [];
  #normal: Float64Array[] = [];
  #begun = false;
  #endMs: number;

  constructor(nodes: number, fromMs: number, each: (block: BlockCounts, endS: number) => void) {
    this.nodes = nodes;
    this.#fromMs = fromMs;
    this.#each = each;
    this.#endMs = fromMs + BLOCK_MS;
    const counts = () => Array.from({ length: KINDS }, () => new Uint32Array(nodes + 1));
    this.#counts = { probes: counts(), failed: counts(), medians: Array.from({ length: KINDS }, () => new Float64Array(nodes + 1)) };
  }

  offer(tMs: number, node: number, kind: number, answer: number): void {
    if (tMs < 0) {
      this.#before.push([tMs, node, kind, answer]);
      return;
    }
    this.#begin();
    if (tMs < this.#fromMs) return;
    while (tMs >= this.#endMs) this.#close();
    this.#count(node, kind, answer);
  }

  advance(tMs: number): void {
    if (tMs < 0) return;
    this.#begin();
    while (tMs >= this.#endMs) this.#close();
  }

  state(): object {
    return { baseline: { ...this.baseline, blocks: this.baseline.blocks.map((kind) => kind.map((one) => [...one])) }, endMs: this.#endMs };
  }

  #count(node: number, kind: number, answer: number): void {
    const { probes, failed } = this.#counts;
    for (const stream of [node, this.nodes]) {
      (probes[kind] as Uint32Array)[stream] = (probes[kind]?.[stream] as number) + 1;
      if (answer < 0) (failed[kind] as Uint32Array)[stream] = (failed[kind]?.[stream] as number) + 1;
    }
    if (answer > 0) (this.#answers[kind] as Answers).add(node, Math.log(answer) - (this.#normal[kind]?.[node] ?? 0));
  }

  #close(): void {
    this.#medians();
    this.#each(this.#counts, this.#endMs / 1000);
    this.#clear();
    this.#endMs += BLOCK_MS;
  }

  #clear(): void {
    for (const counts of [...this.#counts.probes, ...this.#counts.failed]) counts.fill(0);
    for (const answers of this.#answers) answers.count = 0;
  }

  #medians(): void {
    for (let kind = 0; kind < KINDS; kind += 1) {
      const answers = this.#answers[kind] as Answers;
      const byNode: number[][] = Array.from({ length: this.nodes }, () => []);
      for (let at = 0; at < answers.count; at += 1) (byNode[answers.nodes[at] as number] as number[]).push(answers.values[at] as number);
      const all = answers.values.subarray(0, answers.count);
      for (let stream = 0; stream <= this.nodes; stream += 1) {
        const values = stream === this.nodes ? all.sort() : Float64Array.from(byNode[stream] as number[]).sort();
        const enough = values.length * 2 >= (this.#counts.probes[kind]?.[stream] as number) && values.length > 0;
        (this.#counts.medians[kind] as Float64Array)[stream] = enough ? (values[(values.length - 1) >> 1] as number) : Number.NaN;
      }
    }
  }

  /** At the first row of the watch the baseline is complete. */
  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    const before = this.#before;
    this.#before = [];
    const reads = before.filter(([, , kind]) => kind === 1);
    const errors = reads.length === 0 ? 0 : reads.filter(([, , , answer]) => answer < 0).length / reads.length;
    this.baseline = { errors, blocks: [] };
    const last = before.at(-1);
    if (!last || -last[0] > FRESH_MS) return;
    this.#normal = [0, 1].map((wanted) =>
      Float64Array.from({ length: this.nodes }, (_, at) => {
        const logs = before.flatMap(([, node, kind, answer]) => (node === at && kind === wanted && answer > 0 ? [Math.log(answer)] : []));
        return logs.length === 0 ? 0 : (Float64Array.from(logs).sort()[(logs.length - 1) >> 1] as number);
      }),
    );
    this.baseline = { errors, blocks: this.#blocksOf(before) };
  }

  #blocksOf(before: readonly [tMs: number, node: number, kind: number, answer: number][]): Float64Array[][] {
    const medians: number[][][] = [0, 1].map(() => Array.from({ length: this.nodes + 1 }, () => []));
    const close = () => {
      this.#medians();
      for (const [kind, streams] of medians.entries()) {
        for (const [stream, values] of streams.entries()) {
          const median = this.#counts.medians[kind]?.[stream] as number;
          if (!Number.isNaN(median)) values.push(median);
        }
      }
      this.#clear();
    };
    let end = Math.floor((before[0]?.[0] ?? 0) / BLOCK_MS) * BLOCK_MS + BLOCK_MS;
    for (const [tMs, node, kind, answer] of before) {
      while (tMs >= end) {
        close();
        end += BLOCK_MS;
      }
      this.#count(node, kind, answer);
    }
    close();
    return medians.map((streams) => streams.map((values) => Float64Array.from(values).sort()));
  }
}
