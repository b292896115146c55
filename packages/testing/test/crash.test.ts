/** The sandbox of an invocation that is going on dies when the test says so. */
import { InvalidArgumentError, withDurableExecution } from "@durabletest/runtime";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { DurableTestRunner, RunnerNotStartedError } from "../src/index.ts";

describe("crash()", () => {
  test("cuts off an invocation that stands still; what a step has not recorded is run once more", async () => {
    const waiting = withDurableExecution(async (_: unknown, context) => {
      const wait = context.wait("pause", { minutes: 5 });
      const packed = await context.step("pack", async () => {
        await sleep(600_000);
        return new Date().toISOString();
      });
      await wait;
      return packed;
    });
    const runner = new DurableTestRunner(waiting, { timeSkipping: "manual" });
    await runner.run(undefined);
    const crashed = await runner.crash();
    expect(crashed.invocations.map(({ status }) => status)).toEqual(["DIED", "RUNNING"]);
    expect(crashed.invocations[0]?.error?.ErrorType).toBe("Sandbox.Crashed");
    const { result, operations } = await runner.runToCompletion();
    expect(result).toBe("2025-01-01T00:10:00.000Z");
    expect(operations.find(({ name }) => name === "pack")).toMatchObject({ runs: 2 });
  });

  test("may be called while a call of the runner goes on, which goes on with the next invocation", async () => {
    let calls = 0;
    const handler = withDurableExecution(async (_: unknown, context) =>
      context.step("ask", async () => {
        calls += 1;
        if (calls === 1) await runner.crash();
        return calls;
      }),
    );
    const runner: DurableTestRunner<unknown, number> = new DurableTestRunner(handler);
    const { result, invocations } = await runner.run(undefined);
    expect(result).toBe(2);
    expect(invocations.map(({ status }) => status)).toEqual(["DIED", "SUCCEEDED"]);
  });

  test("is refused where nothing is going on", async () => {
    const runner = new DurableTestRunner(
      withDurableExecution(async (_: unknown, context) => {
        await (await context.createCallback("approval")).result();
      }),
    );
    await expect(runner.crash()).rejects.toThrow(RunnerNotStartedError);
    await runner.run(undefined);
    await expect(runner.crash()).rejects.toThrow(InvalidArgumentError);
  });
});
