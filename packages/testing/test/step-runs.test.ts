import { type DurableContext, withDurableExecution } from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import { DurableTestRunner, OperationNotFoundError, respond } from "../src/index.ts";

const runnerOf = (
  handler: (input: undefined, context: DurableContext) => Promise<unknown>,
  options?: ConstructorParameters<typeof DurableTestRunner>[1],
): DurableTestRunner<undefined> => new DurableTestRunner(withDurableExecution(handler), options);

describe("a step tells how often its function was called", () => {
  test("once, however often the handler is replayed", async () => {
    const result = await runnerOf(async (_, context) => {
      await context.step("charge", () => 1);
      await context.wait({ hours: 1 });
      await context.wait({ hours: 1 });
    }).run();
    expect(result.invocations).toHaveLength(3);
    expect(result.step("charge")).toMatchObject({ runs: 1, completedRuns: 1 });
  });

  test("once an attempt", async () => {
    const result = await runnerOf(async (_, context) =>
      context.step("charge", ({ attempt }) => {
        if (attempt < 3) throw new Error("declined");
        return attempt;
      }),
    ).run();
    expect(result.step("charge")).toMatchObject({ attempt: 3, runs: 3, completedRuns: 3 });
  });

  test("again in an invocation after one that died in its middle", async () => {
    let calls = 0;
    const result = await runnerOf(async (_, context) =>
      context.step("charge", async () => {
        calls += 1;
        if (calls === 1) process.exit(1);
        return calls;
      }),
    ).run();
    expect(result.result).toBe(2);
    expect(result.step("charge")).toMatchObject({ attempt: 1, runs: 2, completedRuns: 1 });
  });

  test("not again where it is at-most-once", async () => {
    const result = await runnerOf(async (_, context) => {
      try {
        await context.step("charge", async () => process.exit(1), {
          semantics: "AtMostOncePerRetry",
          retryStrategy: () => ({ shouldRetry: false }),
        });
      } catch {
        return "was interrupted";
      }
      return "was not";
    }).run();
    expect(result.result).toBe("was interrupted");
    expect(result.step("charge")).toMatchObject({ runs: 1, completedRuns: 0 });
  });

  test("again when the callback that it waits for has ended", async () => {
    const runner = runnerOf(async (_, context) =>
      context.step("ask", async (step) => {
        const callback = await step.createCallback<string>("answer");
        return step.waitForCallback(callback);
      }),
    );
    await runner.run();
    expect(runner.step("ask")).toMatchObject({ status: "STARTED", runs: 1, completedRuns: 0 });
    await runner.callback("answer").succeed("yes");
    expect(runner.step("ask")).toMatchObject({ status: "SUCCEEDED", runs: 2, completedRuns: 1 });
  });

  test("before it has ended, and in a fork", async () => {
    const runner = runnerOf(async (_, context) => {
      await context.step("charge", () => 1);
      await context.waitForCallback("approval", () => {});
      await context.step("ship", () => 2);
    });
    await runner.run();
    const fork = runner.fork();
    await fork.callback("approval").succeed();
    expect(fork.result.step("charge").runs).toBe(1);
    expect(fork.result.step("ship").runs).toBe(1);
    expect(() => runner.result.step("ship")).toThrow(OperationNotFoundError);
  });

  test("as the checks of a condition as well", async () => {
    const result = await runnerOf(async (_, context) =>
      context.waitForCondition("ready", (count: number) => count + 1, {
        initialState: 0,
        waitStrategy: (count) =>
          count < 3 ? { shouldContinue: true, delay: { minutes: 1 } } : { shouldContinue: false },
      }),
    ).run();
    expect(result.step("ready")).toMatchObject({ runs: 3, completedRuns: 3 });
  });
});

describe("runner.step(name)", () => {
  test("is a handle at any time, and shows the step as it stands", async () => {
    const runner = runnerOf(
      async (_, context) => {
        await context.step("charge", ({ attempt }) => {
          if (attempt === 1) throw new RangeError("declined");
          return "paid";
        });
        await context.waitForCallback("approval", () => {});
      },
      { timeSkipping: "manual" },
    );
    const charge = runner.step("charge");
    expect(() => charge.status).toThrow('No step "charge" has started. No step has.');
    await runner.run();
    expect(charge).toMatchObject({ status: "PENDING", attempt: 1, runs: 1, completedRuns: 1 });
    expect(charge.error?.ErrorType).toBe("RangeError");
    expect(charge.nextAttemptAt).toBeInstanceOf(Date);
    expect(charge.endedAt).toBeUndefined();
    await runner.advance({ minutes: 1 });
    expect(charge).toMatchObject({ status: "SUCCEEDED", result: "paid", error: undefined });
    expect(charge.endedAt?.getTime()).toBeGreaterThan(charge.startedAt.getTime());
    expect(charge.id).toBe(runner.result.step("charge").id);
  });

  test("throws with near misses and the timeline, from every member", async () => {
    const runner = runnerOf(async (_, context) => context.step("charge", () => 1));
    await runner.run();
    const handle = runner.step("chrage");
    const members = Object.getOwnPropertyNames(Object.getPrototypeOf(handle)).filter(
      (name) => name !== "constructor",
    );
    expect(members).toHaveLength(10);
    for (const member of members) {
      const read = (): unknown => Reflect.get(handle, member);
      expect(read).toThrow(/Did you mean "charge"\?[^]*Timeline/);
    }
  });

  test("takes a path, an index, and steps of functions that were invoked", async () => {
    const target = withDurableExecution(async (_: unknown, context) =>
      context.step("pay", () => "paid"),
    );
    const runner = runnerOf(
      async (_, context) => {
        await context.map("items", ["a", "b"], async (item, value) =>
          item.step("pack", () => value),
        );
        await context.invoke("payments", {});
        await context.waitForCallback("approval", () => {});
      },
      { durableFunctions: { payments: target }, callbacks: { approval: respond.success(1) } },
    );
    await runner.run();
    expect(runner.step("pack", 0).result).toBe("a");
    expect(runner.step("items[1]/pack").result).toBe("b");
    expect(runner.step("pay").result).toBe("paid");
    expect(() => runner.step("pack", 2).status).toThrow('There is no step "pack" number 2');
  });
});
