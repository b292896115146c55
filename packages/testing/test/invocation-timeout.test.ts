/** A function has a timeout: an invocation that takes as long dies, in virtual time, as Lambda ends it. */
import {
  createRetryStrategy,
  type DurableContext,
  type StepConfig,
  StepInterruptedError,
  withDurableExecution,
} from "@durabletest/runtime";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { DurableTestRunner, respond } from "../src/index.ts";
import { eventLines, eventsOf } from "./support/history.ts";

const MINUTE_MS = 60_000;
const aMinute = { invocationTimeout: { minutes: 1 } };

const handlerOf = <Output>(body: (context: DurableContext) => Promise<Output>) =>
  withDurableExecution(async (_: unknown, context) => body(context));

/** Takes so long, in minutes, the first time; later times so long. */
const taking = (...minutes: readonly number[]) => {
  let runs = 0;
  return async (): Promise<number> => {
    const index = Math.min(runs, minutes.length - 1);
    runs += 1;
    await sleep((minutes[index] ?? 0) * MINUTE_MS);
    return runs;
  };
};

const noRetry = createRetryStrategy({ maxAttempts: 1 });

/** One step with that body, made once for all invocations. */
const importing = (work: () => Promise<number>, config: StepConfig<number> = {}) =>
  handlerOf((context) => context.step("import", work, config));

describe("invocationTimeout", () => {
  test("ends an invocation in the middle of a step, and the service invokes again", async () => {
    const runner = new DurableTestRunner(
      importing(taking(10, 0.5), { retryStrategy: noRetry }),
      aMinute,
    );
    const result = await runner.run();
    expect(result).toMatchObject({ status: "SUCCEEDED", result: 2, elapsedMs: 1.5 * MINUTE_MS });
    expect(result.invocations).toMatchObject([
      {
        status: "DIED",
        endedAt: new Date("2025-01-01T00:01:00.000Z"),
        error: {
          ErrorType: "Sandbox.Timedout",
          ErrorMessage: "Task timed out after 60.00 seconds",
        },
      },
      { status: "SUCCEEDED", startedAt: new Date("2025-01-01T00:01:00.000Z") },
    ]);
    expect(eventLines(result)).toEqual([
      "ExecutionStarted",
      "StepStarted import",
      "InvocationCompleted",
      "StepSucceeded import",
      "InvocationCompleted",
      "ExecutionSucceeded",
    ]);
    expect(eventsOf(result, "InvocationCompleted")[0]?.InvocationCompletedDetails).toMatchObject({
      Error: { Payload: { ErrorType: "Sandbox.Timedout" } },
    });
  });

  test("does not use up the attempts of an at-least-once step", async () => {
    const result = await new DurableTestRunner(
      importing(taking(10, 10, 10, 0.5), { retryStrategy: noRetry }),
      aMinute,
    ).run();
    expect(result).toMatchObject({ status: "SUCCEEDED", result: 4, elapsedMs: 3.5 * MINUTE_MS });
    expect(result.step("import").attempt).toBe(1);
    expect(eventsOf(result, "StepStarted")).toHaveLength(1);
  });

  test("interrupts an at-most-once step, whose strategy decides", async () => {
    const errors: Error[] = [];
    const work = taking(10, 0.5);
    const result = await new DurableTestRunner(
      handlerOf((context) =>
        context.step("charge", work, {
          semantics: "AtMostOncePerRetry",
          retryStrategy: (error, attempt) => {
            errors.push(error);
            return { shouldRetry: attempt < 2, delay: { seconds: 5 } };
          },
        }),
      ),
      aMinute,
    ).run();
    expect(result).toMatchObject({ status: "SUCCEEDED", result: 2, elapsedMs: 95_000 });
    expect(errors.map((error) => StepInterruptedError.is(error))).toEqual([true]);
    expect(result.step("charge").attempt).toBe(2);
    expect(result.invocations.map(({ status }) => status)).toEqual([
      "DIED",
      "PENDING",
      "SUCCEEDED",
    ]);
  });

  test("fails the execution when an at-most-once step may not be tried again", async () => {
    const result = await new DurableTestRunner(
      handlerOf((context) =>
        context.step("charge", taking(10), {
          semantics: "AtMostOncePerRetry",
          retryStrategy: noRetry,
        }),
      ),
      aMinute,
    ).run();
    expect(result).toMatchObject({ status: "FAILED", elapsedMs: MINUTE_MS });
    expect(result.error?.ErrorMessage).toContain("charge");
  });

  test("counts each invocation by itself: what is suspended takes no time of it", async () => {
    const result = await new DurableTestRunner(
      handlerOf(async (context) => {
        for (let round = 0; round < 3; round += 1) {
          await context.step(`work ${round}`, () => sleep(40_000));
          await context.wait({ hours: 1 });
        }
      }),
      aMinute,
    ).run();
    expect(result.status).toBe("SUCCEEDED");
    expect(result.invocations.map(({ status }) => status)).toEqual([
      "PENDING",
      "PENDING",
      "PENDING",
      "SUCCEEDED",
    ]);
  });

  test("lets a step finish that takes exactly as long", async () => {
    const result = await new DurableTestRunner(importing(taking(1)), aMinute).run();
    expect(result).toMatchObject({ status: "SUCCEEDED", result: 1, elapsedMs: MINUTE_MS });
  });

  test("of code outside steps does the same", async () => {
    let runs = 0;
    const result = await new DurableTestRunner(
      handlerOf(async (context) => {
        await context.step("before", () => 1);
        runs += 1;
        if (runs === 1) await sleep(10 * MINUTE_MS);
        return runs;
      }),
      aMinute,
    ).run();
    expect(result).toMatchObject({ result: 2, elapsedMs: MINUTE_MS });
  });

  test("is 15 minutes unless it is given", async () => {
    const result = await new DurableTestRunner(importing(taking(20, 1))).run();
    expect(result).toMatchObject({ result: 2, elapsedMs: 16 * MINUTE_MS });
    expect(result.invocations[0]?.error?.ErrorMessage).toBe("Task timed out after 900.00 seconds");
  });

  test("ends with the execution's own timeout when that is shorter", async () => {
    const result = await new DurableTestRunner(importing(taking(10)), aMinute).run(undefined, {
      timeout: { seconds: 30 },
    });
    expect(result).toMatchObject({ status: "TIMED_OUT", elapsedMs: 30_000 });
  });

  test("what the dead invocation still does reaches nobody", async () => {
    const done: string[] = [];
    let runs = 0;
    const runner = new DurableTestRunner(
      handlerOf(async (context) => {
        runs += 1;
        const run = runs;
        await context.step("import", async () => {
          if (run === 1) await sleep(10 * MINUTE_MS);
          done.push(`run ${run}`);
        });
        return context.step("after", () => run);
      }),
      aMinute,
    );
    const result = await runner.run();
    expect(done).toEqual(["run 2"]);
    expect(result.step("after").result).toBe(2);
    await runner.advance({ hours: 1 });
    expect(done).toEqual(["run 2"]);
  });
});

describe("beside a callback that waits for the test", () => {
  const handlerBeside = () => {
    const work = taking(10, 0);
    return handlerOf(async (context) => {
      const approval = await context.createCallback<string>("approval");
      const imported = context.step("import", work);
      return [await approval.result(), await imported];
    });
  };

  test("run() stops before it", async () => {
    const runner = new DurableTestRunner(handlerBeside(), aMinute);
    const waiting = await runner.run();
    expect(waiting).toMatchObject({ status: "PENDING", elapsedMs: 0 });
    expect(waiting.invocations.map(({ status }) => status)).toEqual(["RUNNING"]);
  });

  test("it passes when the callback has been answered", async () => {
    const runner = new DurableTestRunner(handlerBeside(), aMinute);
    await runner.run();
    const result = await runner.callback("approval").succeed("yes");
    expect(result.status).toBe("SUCCEEDED");
    expect(result.invocations.map(({ status }) => status)).toEqual(["DIED", "SUCCEEDED"]);
  });

  test("it passes when a script answers", async () => {
    const result = await new DurableTestRunner(handlerBeside(), {
      ...aMinute,
      callbacks: { approval: respond.success("yes").after({ hours: 1 }) },
    }).run();
    expect(result.status).toBe("SUCCEEDED");
    expect(result.invocations[0]?.status).toBe("DIED");
  });

  test("it passes when the test lets time pass", async () => {
    const runner = new DurableTestRunner(handlerBeside(), aMinute);
    await runner.run();
    const later = await runner.advance({ minutes: 1 });
    expect(later.invocations[0]?.status).toBe("DIED");
    expect(later.invocations.length).toBeGreaterThan(1);
  });

  test("manual time skipping treats it alike: it is no timer of the service", async () => {
    const runner = new DurableTestRunner(handlerBeside(), { ...aMinute, timeSkipping: "manual" });
    expect(await runner.run()).toMatchObject({ status: "PENDING", elapsedMs: 0 });
    const result = await runner.callback("approval").succeed("yes");
    expect(result.status).toBe("SUCCEEDED");
    expect(result.invocations.map(({ status }) => status)).toEqual(["DIED", "SUCCEEDED"]);
  });
});

describe("invocationTimeout of a registered function", () => {
  test("is its own", async () => {
    const runner = new DurableTestRunner(
      handlerOf((context) => context.invoke<number>("import", {})),
      {
        durableFunctions: {
          import: {
            handler: importing(taking(10, 1)),
            invocationTimeout: { minutes: 5 },
          },
        },
      },
    );
    const result = await runner.run();
    expect(result).toMatchObject({ status: "SUCCEEDED", result: 2, elapsedMs: 6 * MINUTE_MS });
    const [invoke] = result.operations;
    if (invoke?.type !== "CHAINED_INVOKE") throw new Error("It has invoked nothing.");
    expect(runner.execution(invoke.executionArn ?? "").invocations).toMatchObject([
      { status: "DIED", error: { ErrorMessage: "Task timed out after 300.00 seconds" } },
      { status: "SUCCEEDED" },
    ]);
    expect(result.invocations.map(({ status }) => status)).toEqual(["PENDING", "SUCCEEDED"]);
  });

  test("is not that of the function under test", async () => {
    const runner = new DurableTestRunner(
      handlerOf((context) => context.invoke<number>("import", {})),
      {
        ...aMinute,
        durableFunctions: { import: importing(taking(10)) },
      },
    );
    expect(await runner.run()).toMatchObject({ result: 1, elapsedMs: 10 * MINUTE_MS });
  });
});
