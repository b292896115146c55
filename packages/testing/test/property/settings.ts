import { randomInt } from "node:crypto";

/**
 * How many cases, and which.
 *
 * `DURABLETEST_RUNS=50000` runs that many cases of the largest property, the others in proportion, and
 * other ones each time; `DURABLETEST_SEED` repeats a run (the seed stands beside the name of the test).
 * Without either, every run is the same. `DURABLETEST_SHRINK=no` looks for no smaller case, where one asks
 * only whether a property holds.
 */
const DEFAULT_RUNS = 2000;
const DEFAULT_SEED = 20250101;

const wanted = process.env["DURABLETEST_RUNS"];
const totalRuns = wanted === undefined ? DEFAULT_RUNS : count("DURABLETEST_RUNS", wanted);

export const seed: number = chooseSeed();

/** Cases of a property that gets `share` of the largest one's. */
export const runs = (share: number): number => Math.max(1, Math.ceil(totalRuns * share));

/** Real milliseconds a property may take: never a matter of a slow machine. */
export const limitMs = (share: number): number => 60_000 + runs(share) * 100;

/** What a property is checked with. */
export const parameters = (
  share: number,
): { readonly seed: number; readonly numRuns: number; readonly endOnFailure: boolean } => ({
  seed,
  numRuns: runs(share),
  endOnFailure: process.env["DURABLETEST_SHRINK"] === "no",
});

function chooseSeed(): number {
  const given = process.env["DURABLETEST_SEED"];
  if (given !== undefined) return count("DURABLETEST_SEED", given);
  return wanted === undefined ? DEFAULT_SEED : randomInt(2 ** 31);
}

function count(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error(`${name}=${text} is no whole number.`);
}
