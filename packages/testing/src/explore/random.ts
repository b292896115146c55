import { RandomStream } from "../engine/random.ts";

/** Chance, determined by a seed. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** A whole number from `least` to `most`. */
  integer(least: number, most: number): number;
  /** One of several. */
  pick<T>(from: readonly T[]): T;
  /** True with that probability. */
  chance(probability: number): boolean;
}

/** @param run - which of the many that a seed determines. */
export function randomOf(seed: number, run: number): Random {
  const stream = new RandomStream(Math.imul(seed, 0x85ebca6b) ^ Math.imul(run + 1, 0xc2b2ae35));
  const integer = (least: number, most: number): number =>
    least + Math.floor(stream.next() * (most - least + 1));
  return {
    next: () => stream.next(),
    integer,
    pick: (from) => {
      const picked = from[integer(0, from.length - 1)];
      if (picked === undefined && from.length === 0) throw new RangeError("Nothing to pick from.");
      return picked as (typeof from)[number];
    },
    chance: (probability) => stream.next() < probability,
  };
}
