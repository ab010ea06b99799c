/**
 * One account of a sequential test by betting: experts whose wealth multiplies by an e-value a block, each given a little fresh capital
 * at every block, so that a fault which begins late is met as well as an early one (Shin, Ramdas, Rinaldo: E-detectors, 2022). Under the
 * hypothesis its value exceeds 1/α with a probability of at most α, however often one looks (Ville 1939).
 */

/** Blocks of a watch of 15 min. */
const BLOCKS = 300;
const FIRST_CAPITAL = 0.5;
const LATER_CAPITAL = 0.5 / (BLOCKS - 1);

export class BlockAccount {
  readonly #wealth: Float64Array;
  readonly #cap: number;
  #block = 0;
  #given = 0;

  constructor(experts: number, cap: number) {
    this.#wealth = new Float64Array(experts);
    this.#cap = cap;
  }

  /** One block: the e-value of each expert, capped so that no single block decides. */
  bet(of: (expert: number) => number): void {
    const capital = this.#block === 0 ? FIRST_CAPITAL : this.#block < BLOCKS ? LATER_CAPITAL : 0;
    this.#block += 1;
    this.#given += capital;
    for (let expert = 0; expert < this.#wealth.length; expert += 1) {
      this.#wealth[expert] = ((this.#wealth[expert] as number) + capital) * Math.min(of(expert), this.#cap);
    }
  }

  get value(): number {
    let sum = 0;
    for (const wealth of this.#wealth) sum += wealth;
    return sum / this.#wealth.length + 1 - this.#given;
  }

  state(): object {
    return { wealth: [...this.#wealth], block: this.#block };
  }
}
