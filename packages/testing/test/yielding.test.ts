/** Handler code that yields, turn after turn, until a timer has come. */
import { withDurableExecution } from "@durabletest/runtime";
import { expect, test } from "vitest";
import { DurableTestRunner } from "../src/index.ts";
import { crashMatrix, explore } from "../src/explore/index.ts";

const handler = withDurableExecution(async (_: undefined, context) =>
  context.step("work", async () => {
    const signal = AbortSignal.timeout(30);
    while (!signal.aborted) {
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
    return "done";
  }),
);

test("ends in a run", async () => {
  expect(await new DurableTestRunner(handler).run()).toMatchObject({ result: "done" });
});

test("ends in every row of a crash matrix", async () => {
  const { rows } = await crashMatrix(handler, { input: undefined });
  expect(new Set(rows.map(({ result }) => result.status))).toEqual(new Set(["SUCCEEDED"]));
});

test("ends in an exploration", async () => {
  const { outcomes } = await explore(handler, { input: undefined, runs: 3 });
  expect(outcomes.map(({ status }) => status)).toEqual(["SUCCEEDED"]);
});
