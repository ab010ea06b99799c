/** What was killed, where it stood, and how it ended: told while it happens, kept as a table beside the demo's reports. */
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../../../stand/ring/topology.ts';
import { tell } from '../stand.ts';

/** One kill. `at` is how long the victim had been at work, ms. */
export interface Strike {
  readonly test: string;
  readonly round: string;
  readonly victim: string;
  /** Step of the node's program, or phase of the deployment. */
  readonly phase: string;
  readonly atMs: number;
  /** Last line of the node's journal, or what the deployment's record said. */
  readonly stood: string;
}

const FOLDER = join(REPOSITORY, '.stand/reports');

export class Account {
  readonly #test: string;
  readonly strikes: Strike[] = [];

  constructor(test: string) {
    this.#test = test;
  }

  strike(strike: Omit<Strike, 'test'>): void {
    const whole = { test: this.#test, ...strike };
    this.strikes.push(whole);
    tell(
      `${this.#test} ${String(this.strikes.length).padStart(2)} | ${strike.round} | ${strike.victim} | ${strike.phase} after ${Math.round(strike.atMs)} ms | ${strike.stood}`,
    );
    this.#keep(whole);
  }

  /** How a round ended: the sentence and how long it took. */
  outcome(round: string, sentence: string, ms: number): void {
    tell(`${this.#test}    | ${round} → ${sentence} (${(ms / 1000).toFixed(1)} s)`);
    this.#keep({ test: this.#test, round, outcome: sentence, ms: Math.round(ms) });
  }

  #keep(line: object): void {
    mkdirSync(FOLDER, { recursive: true });
    appendFileSync(join(FOLDER, 'chaos.jsonl'), `${JSON.stringify({ at: new Date().toISOString(), ...line })}\n`);
  }
}
