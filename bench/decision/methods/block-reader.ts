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

/** Values with the nodes that gave them; grows as needed. */
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

  /** Lower median of one node's values, or of all (`null`); NaN when they are none, or fewer than half of `probes`. */
  median(node: number | null, probes: number): number {
    if (scratch.length < this.count) scratch = new Float64Array(this.count * 2);
    let count = 0;
    for (let at = 0; at < this.count; at += 1) {
      if (node !== null && this.nodes[at] !== node) continue;
      scratch[count] = this.values[at] as number;
      count += 1;
    }
    if (count === 0 || count * 2 < probes) return Number.NaN;
    return count > 48 ? (scratch.subarray(0, count).sort()[(count - 1) >> 1] as number) : middleOfFew(count);
  }
}

let scratch = new Float64Array(256);

/** Insertion is the fastest order for a block's few values. */
function middleOfFew(count: number): number {
  for (let at = 1; at < count; at += 1) {
    const value = scratch[at] as number;
    let place = at;
    while (place > 0 && (scratch[place - 1] as number) > value) {
      scratch[place] = scratch[place - 1] as number;
      place -= 1;
    }
    scratch[place] = value;
  }
  return scratch[(count - 1) >> 1] as number;
}

export class BlockReader {
  readonly nodes: number;
  baseline: Baseline = { errors: 0, blocks: [] };
  readonly #fromMs: number;
  readonly #each: (block: BlockCounts, endS: number) => void;
  readonly #counts: BlockCounts;
  readonly #answers = [new Answers(), new Answers()];
  /** The baseline's rows, by column, until the watch begins: time, kind, and the answers with their nodes. */
  readonly #before = { tMs: new Answers(), kind: new Answers(), answer: new Answers() };
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
      this.#before.tMs.add(node, tMs);
      this.#before.kind.add(node, kind);
      this.#before.answer.add(node, answer);
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
    const { probes, medians } = this.#counts;
    for (let kind = 0; kind < KINDS; kind += 1) {
      const answers = this.#answers[kind] as Answers;
      for (let stream = 0; stream <= this.nodes; stream += 1) {
        const median = answers.median(stream === this.nodes ? null : stream, probes[kind]?.[stream] as number);
        (medians[kind] as Float64Array)[stream] = median;
      }
    }
  }

  /** At the first row of the watch the baseline is complete. */
  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    const { tMs, kind, answer } = this.#before;
    let [reads, errors] = [0, 0];
    const logs = [new Answers(), new Answers()];
    for (let at = 0; at < tMs.count; at += 1) {
      const value = answer.values[at] as number;
      if (kind.values[at] === 1) {
        reads += 1;
        if (value < 0) errors += 1;
      }
      if (value > 0) logs[kind.values[at] as number]?.add(answer.nodes[at] as number, Math.log(value));
    }
    this.baseline = { errors: reads === 0 ? 0 : errors / reads, blocks: [] };
    if (tMs.count === 0 || -(tMs.values[tMs.count - 1] as number) > FRESH_MS) return;
    this.#normal = logs.map((of) => Float64Array.from({ length: this.nodes }, (_, node) => of.median(node, 0) || 0));
    this.baseline = { errors: this.baseline.errors, blocks: this.#blocksBefore() };
  }

  #blocksBefore(): Float64Array[][] {
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
    const { tMs, kind, answer } = this.#before;
    let end = Math.floor((tMs.values[0] as number) / BLOCK_MS) * BLOCK_MS + BLOCK_MS;
    for (let at = 0; at < tMs.count; at += 1) {
      while ((tMs.values[at] as number) >= end) {
        close();
        end += BLOCK_MS;
      }
      this.#count(answer.nodes[at] as number, kind.values[at] as number, answer.values[at] as number);
    }
    close();
    return medians.map((streams) => streams.map((values) => Float64Array.from(values).sort()));
  }
}
