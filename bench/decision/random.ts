/** Repeatable chance: the same seed gives the same numbers, on every machine. */

/** 32 bits in, 32 bits out, each bit of the result depending on all of them ("lowbias32" of Chris Wellons' hash prospector). */
export function mix32(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x21f0aaad);
  bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
  return (bits ^ (bits >>> 15)) >>> 0;
}

/** The seed of one world: of its kind's name, its number in that kind, and the run's own number. */
export function seedOf(name: string, index: number, run: number): number {
  let seed = mix32(run + 0x9e3779b9);
  for (const letter of name) seed = mix32(seed ^ Math.imul(letter.codePointAt(0) as number, 0x85ebca6b));
  return mix32(seed ^ Math.imul(index + 1, 0xc2b2ae35));
}

const QUANTILES = 8192;

/** Quantiles of the standard normal at (i + ½)/8192: a normal number is one look-up of 13 random bits. */
export const NORMAL = Float64Array.from({ length: QUANTILES }, (_, index) => quantile((index + 0.5) / QUANTILES));

/** Bits of an index into `NORMAL`. */
export const NORMAL_MASK = QUANTILES - 1;

/** P. J. Acklam's rational approximation, relative error below 1.2e-9. */
function quantile(p: number): number {
  if (p > 0.5) return -quantile(1 - p);
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    return (
      (((((-7.784894002430293e-3 * q - 0.3223964580411365) * q - 2.400758277161838) * q - 2.549732539343734) * q + 4.374664141464968) * q +
        2.938163982698783) /
      ((((7.784695709041462e-3 * q + 0.3224671290700398) * q + 2.445134137142996) * q + 3.754408661907416) * q + 1)
    );
  }
  const q = p - 0.5;
  const r = q * q;
  return (
    ((((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r + 138.357751867269) * r - 30.66479806614716) * r +
      2.506628277459239) *
      q) /
    (((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r + 66.80131188771972) * r - 13.28068155288572) * r + 1)
  );
}

/** A stream of random numbers (sfc32 of PractRand, 128 bits of state). */
export class Draws {
  #a: number;
  #b: number;
  #c: number;
  #count = 1;

  constructor(seed: number) {
    this.#a = mix32(seed);
    this.#b = mix32(this.#a ^ 0x6a09e667);
    this.#c = mix32(this.#b ^ 0x3c6ef372);
    for (let warm = 0; warm < 12; warm += 1) this.bits();
  }

  /** 32 random bits, as an unsigned number. */
  bits(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#count) | 0;
    this.#count = (this.#count + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    this.#c |= 0;
    return sum >>> 0;
  }

  /** In [0, 1). */
  uniform(): number {
    return this.bits() / 4294967296;
  }

  between(least: number, most: number): number {
    return least + (most - least) * this.uniform();
  }

  /** Evenly on the logarithm, as sizes of systems are. */
  scale(least: number, most: number): number {
    return Math.exp(this.between(Math.log(least), Math.log(most)));
  }

  normal(): number {
    return NORMAL[this.bits() & NORMAL_MASK] as number;
  }

  exponential(mean: number): number {
    return -mean * Math.log(1 - this.uniform());
  }

  chance(share: number): boolean {
    return this.uniform() < share;
  }

  /** In 0 … count − 1. */
  below(count: number): number {
    return Math.floor(this.uniform() * count);
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }
}
