/** The node's own journal: one JSON object a line, each with the hash of the one before, as `Journal.java` writes it (I11). */
import { canonicalHash } from '../../../core/canonical.ts';
import type { NodeRequest } from '../../../core/node/requests.ts';
import type { Disk } from '../ring/host.ts';
import type { Program } from './program-in-hand.ts';

const FIRST = '0'.repeat(64);

export interface JournalLine {
  readonly seq: number;
  readonly at: number;
  readonly epoch: number;
  readonly requestId: string;
  readonly deployment: string;
  readonly step: string;
  readonly phase: string;
  readonly state: 'begin' | 'done' | 'failed';
  readonly detail: string;
  readonly prev: string;
  readonly hash: string;
}

export class Journal {
  readonly #program: Program;
  readonly #request: NodeRequest;

  constructor(program: Program, request: NodeRequest) {
    this.#program = program;
    this.#request = request;
    const { disk } = program.host;
    const torn = Buffer.byteLength(disk.torn);
    disk.torn = '';
    if (torn > 0) this.#write('journal', 'done', `cut off ${torn} bytes of a line torn by a crash`);
  }

  get head(): string {
    const last = this.#program.host.disk.journal.at(-1);
    return last === undefined ? FIRST : (JSON.parse(last) as JournalLine).hash;
  }

  begin(phase: string, detail: string): void {
    this.#write(phase, 'begin', detail);
  }

  done(phase: string, detail: string): void {
    this.#write(phase, 'done', detail);
  }

  failed(phase: string, detail: string): void {
    this.#write(phase, 'failed', detail);
  }

  #write(phase: string, state: JournalLine['state'], detail: string): void {
    const { host, reach, ring, planted } = this.#program;
    if (planted.has('no-journal')) return;
    const { epoch, requestId, deployment, step } = this.#request;
    const body = {
      seq: host.disk.journal.length + 1,
      at: ring.clock.now,
      epoch,
      requestId,
      deployment,
      step,
      phase,
      state,
      detail,
      prev: this.head,
    };
    const line = JSON.stringify({ ...body, hash: canonicalHash(body) });
    reach('journal-before-write');
    host.disk.torn = line.slice(0, line.length / 2);
    reach('journal-torn-write');
    host.disk.torn = '';
    // Before the fsync a crash of the program alone loses nothing that was written.
    host.disk.journal.push(line);
    reach('journal-before-fsync');
    reach('journal-after-fsync');
  }
}

export const linesOf = ({ journal }: Disk): JournalLine[] => journal.map((line) => JSON.parse(line) as JournalLine);

/** Sequence, links and hashes; `open` is the last begun action that neither ended nor failed. */
export function checkJournal(disk: Disk): {
  readonly entries: number;
  readonly head: string;
  readonly intact: boolean;
  readonly open: (JournalLine & { readonly since: number }) | null;
} {
  let head = FIRST;
  let intact = true;
  let open: (JournalLine & { readonly since: number }) | null = null;
  linesOf(disk).forEach((line, index) => {
    const { hash, ...body } = line;
    if (line.prev !== head || line.seq !== index + 1 || canonicalHash(body) !== hash) intact = false;
    head = hash;
    if (line.phase === 'step') open = line.state === 'begin' ? { ...line, since: line.at } : null;
    else if (open && line.state === 'begin') open = { ...line, since: open.since };
  });
  return { entries: disk.journal.length, head, intact, open };
}
