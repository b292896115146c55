import { describe, expect, test } from "vitest";
import { explore, ExplorationError } from "../../src/explore/index.ts";
import { corpus } from "./corpus.ts";

/** More of both: EXPLORE_SEEDS=10 EXPLORE_RUNS=20000. */
const SEEDS = Number(process.env["EXPLORE_SEEDS"] ?? 4);
const TWIN_RUNS = Number(process.env["EXPLORE_RUNS"] ?? 120);

describe.each(corpus)("a handler that $name", ({ make }) => {
  test("is found with nearly every seed, in few decisions", async () => {
    const found: ExplorationError[] = [];
    for (let seed = 0; seed < SEEDS; seed += 1) {
      const { handler, options } = make("bug");
      const error = await explore(handler, { ...options, seed, runs: 2000 }).catch(
        (thrown: unknown) => thrown,
      );
      if (error instanceof ExplorationError) found.push(error);
    }
    expect(found.length).toBeGreaterThanOrEqual(SEEDS - 1);
    expect(Math.max(...found.map(({ decisions }) => decisions.length))).toBeLessThanOrEqual(5);
  }, 60_000);

  test("is not found where there is no bug", async () => {
    const { handler, options } = make("twin");
    const report = await explore(handler, { ...options, runs: TWIN_RUNS });
    expect(report.runs).toBeGreaterThan(0);
  }, 600_000);
});
