import type { DurableContext } from "@aws/durable-execution-sdk-js";
import { describe, expect, test } from "vitest";
import { explore, ExplorationError } from "../../src/explore/index.ts";
import { DurableTestRunner, recordEffect, respond, type RunnerOptions } from "../../src/index.ts";
import { sdks, VERSIONS } from "./support/sdks.ts";

describe.each(VERSIONS)("a step of SDK %s is scripted", (version) => {
  const sdk = sdks[version];
  const charged: number[] = [];
  const handler = sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
    context.runInChildContext("payment", async (child) =>
      child.step(
        "charge",
        async ({ attempt }: { attempt?: number }) => {
          charged.push(attempt ?? 0);
          return "receipt";
        },
        { retryStrategy: () => ({ shouldRetry: true, delay: { seconds: 5 } }) },
      ),
    ),
  );
  const run = async (steps: RunnerOptions["steps"]) => {
    charged.length = 0;
    const runner = new DurableTestRunner(handler, { steps, unusedScripts: "error" });
    return runner.run({});
  };

  test("by a response, by name or path, which goes through its serdes", async () => {
    for (const name of ["charge", "payment/charge"]) {
      const result = await run({ [name]: respond.success({ id: 7 }) });
      expect(result.result).toEqual({ id: 7 });
      expect(result.step("charge").runs).toBe(0);
      expect(charged).toEqual([]);
    }
  });

  test("by a list, crashes included, after which its function is called", async () => {
    const result = await run({
      charge: [respond.failure(new Error("503")), respond.crash("before"), respond.crash("after")],
    });
    expect(result.result).toBe("receipt");
    expect(result.step("charge")).toMatchObject({ attempt: 2, runs: 2, completedRuns: 2 });
    expect(charged).toHaveLength(2);
    expect(result.invocations.filter(({ status }) => status === "DIED")).toHaveLength(2);
    expect(result.elapsedMs).toBe(5000);
  });

  test("by a function that calls its own, and takes its time", async () => {
    const result = await run({
      charge: async ({ name, attempt, run: charge, step }) => {
        await new Promise((resolve) => setTimeout(resolve, 600_000));
        return [name, attempt, step.status, await charge()];
      },
    });
    expect(result.result).toEqual(["charge", 1, "STARTED", "receipt"]);
    expect(result.elapsedMs).toBe(600_000);
  });

  test("not at all, where its script is for another one", async () => {
    const runner = new DurableTestRunner(handler, { steps: { refund: respond.success(1) } });
    const result = await runner.run({});
    expect(result).toMatchObject({ result: "receipt", unusedScripts: ["refund"] });
    expect(result.step("charge")).toMatchObject({ runs: 1, completedRuns: 1 });
  });

  test("by an exploration", async () => {
    const twice = sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      await context.step("charge", async () => recordEffect("charge"));
      return "done";
    });
    const exploring = explore(twice, {
      runs: 50,
      check: ({ effects }) => {
        if (effects.length > 1) throw new Error("charged twice");
      },
    });
    await expect(exploring).rejects.toThrow(ExplorationError);
    await expect(exploring).rejects.toThrow("charged twice");
  });
});
