import { RandomStream } from "../engine/random.ts";

/** Chance, determined by a seed. */
export class Random {
  readonly #stream: RandomStream;

  /** @param run - which of the many that a seed determines. */
  constructor(seed: number, run: number) {
    this.#stream = new RandomStream(Math.imul(seed, 0x85ebca6b) ^ Math.imul(run + 1, 0xc2b2ae35));
  }

  /** In [0, 1). */
  next(): number {
    return this.#stream.next();
  }

  /** A whole number from `least` to `most`. */
  integer(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  /** One of several. */
  pick<T>(from: readonly T[]): T {
    if (from.length === 0) throw new RangeError("Nothing to pick from.");
    return from[this.integer(0, from.length - 1)] as T;
  }

  /** True with that probability. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }
}
