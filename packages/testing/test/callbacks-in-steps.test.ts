import {
  type Callback,
  CallbackTimeoutError,
  createRetryStrategy,
  type RetryStrategy,
  StepCannotWaitError,
  type StepConfig,
  type StepContext,
  UnknownCallbackError,
  withDurableExecution,
} from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import { DurableTestRunner, respond } from "../src/index.ts";
import { eventLines, eventsOf, operationsOf } from "./support/history.ts";

const retries: RetryStrategy = createRetryStrategy({
  maxAttempts: 3,
  initialDelay: { seconds: 10 },
  jitter: "NONE",
});

const inStep = <T>(body: (step: StepContext) => T | Promise<T>, config?: StepConfig<T>) =>
  withDurableExecution(async (_: unknown, context) => context.step("work", body, config));

describe("a step that waits for a callback", () => {
  test("suspends the invocation, and runs again from its start when the callback ends", async () => {
    const ids: string[] = [];
    const handler = inStep(async (step) => {
      const callback = await step.createCallback<string>("approval");
      ids.push(callback.callbackId);
      return callback.result();
    });
    const runner = new DurableTestRunner(handler);
    const waiting = await runner.run();
    expect(waiting.status).toBe("PENDING");
    expect(waiting.invocations).toHaveLength(1);
    const result = await runner.callback("approval").succeed("granted");
    expect(result.result).toBe("granted");
    expect(ids).toHaveLength(2);
    expect(ids[1]).toBe(ids[0]);
    expect(operationsOf(result, "CALLBACK")).toHaveLength(1);
  });

  test("stays started meanwhile: there is one StepStarted, and the attempt is the same", async () => {
    const attempts: number[] = [];
    const handler = inStep(async (step) => {
      attempts.push(step.attempt);
      const callback = await step.createCallback<string>("approval");
      return callback.result();
    });
    const runner = new DurableTestRunner(handler);
    const waiting = await runner.run();
    expect(operationsOf(waiting, "STEP")).toMatchObject([{ status: "STARTED", attempt: 1 }]);
    const result = await runner.callback("approval").succeed("granted");
    expect(attempts).toEqual([1, 1]);
    expect(eventLines(result)).toEqual([
      "ExecutionStarted",
      "StepStarted work",
      "CallbackStarted approval",
      "InvocationCompleted",
      "CallbackSucceeded approval",
      "StepSucceeded work",
      "InvocationCompleted",
      "ExecutionSucceeded",
    ]);
    expect(eventsOf(result, "StepSucceeded")[0]?.StepSucceededDetails.RetryDetails).toEqual({
      CurrentAttempt: 1,
    });
  });

  test("may wait for a callback that the handler made", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback<string>("approval");
      return context.step("work", (step) => step.waitForCallback(callback));
    });
    const runner = new DurableTestRunner(handler);
    await runner.run();
    const result = await runner.callback("approval").succeed("granted");
    expect(result.result).toBe("granted");
  });

  test("may use the handler's own Callback object", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback<string>("approval");
      return context.step("work", async () => ({ got: await callback.result() }));
    });
    const runner = new DurableTestRunner(handler);
    const waiting = await runner.run();
    expect(operationsOf(waiting, "STEP")[0]?.status).toBe("STARTED");
    const result = await runner.callback("approval").succeed("granted");
    expect(result.result).toEqual({ got: "granted" });
  });

  test("may wait for several callbacks, one after the other", async () => {
    let runs = 0;
    const handler = inStep(async (step) => {
      runs += 1;
      const first = await step.createCallback<string>("first");
      const answer = await first.result();
      const second = await step.createCallback<string>("second");
      return [answer, await second.result()];
    });
    const runner = new DurableTestRunner(handler);
    await runner.run();
    const between = await runner.callback("first").succeed(1);
    expect(between.pendingCallbacks.map(({ name }) => name)).toEqual(["second"]);
    const result = await runner.callback("second").succeed(2);
    expect(result.result).toEqual([1, 2]);
    expect(runs).toBe(3);
    expect(eventsOf(result, "StepStarted")).toHaveLength(1);
  });

  test("may wait for several callbacks together", async () => {
    const handler = inStep(async (step) => {
      const [a, b] = await Promise.all([
        step.createCallback<string>("a"),
        step.createCallback<string>("b"),
      ]);
      return Promise.all([a.result(), b.result()]);
    });
    const runner = new DurableTestRunner(handler);
    await runner.run();
    await runner.callback("b").succeed("B");
    const result = await runner.callback("a").succeed("A");
    expect(result.result).toEqual(["A", "B"]);
  });

  test("does not hold up what runs beside it", async () => {
    const handler = withDurableExecution(async (_: unknown, context) =>
      Promise.all([
        context.step("waits", async (step) => (await step.createCallback<string>("cb")).result()),
        context.step("works", () => "worked"),
        context.wait("passes", { minutes: 1 }).then(() => "passed"),
      ]),
    );
    const runner = new DurableTestRunner(handler);
    await runner.run();
    const waiting = await runner.advance({ minutes: 1 });
    expect(waiting.operation("works").status).toBe("SUCCEEDED");
    expect(waiting.operation("passes").status).toBe("SUCCEEDED");
    const result = await runner.callback("cb").succeed("answered");
    expect(result.result).toEqual(["answered", "worked", "passed"]);
  });

  test("may leave its wait behind: what it returns is its result", async () => {
    const handler = inStep(async (step) => {
      const callback = await step.createCallback<string>("approval");
      return Promise.race([callback.result(), Promise.resolve("did not wait")]);
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result).toMatchObject({ status: "SUCCEEDED", result: "did not wait" });
  });

  test("goes on without suspending when the answer is there already", async () => {
    let runs = 0;
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback<string>("approval");
      await context.wait("pause", { minutes: 5 });
      return context.step("work", async () => {
        runs += 1;
        return callback.result();
      });
    });
    const runner = new DurableTestRunner(handler, {
      callbacks: { approval: respond.success("early") },
    });
    const result = await runner.run();
    expect(result.result).toBe("early");
    expect(runs).toBe(1);
  });

  test("goes on in the same invocation when the answer comes during it", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback<string>("approval");
      const waits = context.step("waits", () => callback.result());
      await context.step("answers", async () => {
        await runner.sendCallbackSuccess(callback.callbackId, "from beside");
      });
      return waits;
    });
    const runner: DurableTestRunner<unknown, string | undefined> = new DurableTestRunner(handler);
    const result = await runner.run();
    expect(result.result).toBe("from beside");
    expect(result.invocations).toHaveLength(1);
  });

  test("gets undefined from result() when the callback times out, and its result is recorded", async () => {
    const handler = inStep(async (step) => {
      const callback = await step.createCallback<string>("approval", { timeout: { minutes: 1 } });
      return (await callback.result()) ?? "nobody answered";
    });
    const runner = new DurableTestRunner(handler, { callbacks: { approval: respond.never() } });
    const result = await runner.run();
    expect(result).toMatchObject({ result: "nobody answered", elapsedMs: 60_000 });
  });

  test("fails, and is retried, when its callback fails", async () => {
    const handler = inStep(
      async (step) => {
        const callback = await step.createCallback<string>("approval");
        return callback.result();
      },
      { retryStrategy: retries },
    );
    const runner = new DurableTestRunner(handler);
    await runner.run();
    const waiting = await runner.callback("approval").fail({ ErrorType: "No" });
    expect(operationsOf(waiting, "STEP")[0]).toMatchObject({ status: "STARTED", attempt: 2 });
    const result = await runner.callback("approval").succeed("the second time");
    expect(result.result).toBe("the second time");
  });
});

describe("the callbacks of a step", () => {
  test("are children of the step's own parent", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      await context.step("outside", (step) => void step.createCallback("at the top"));
      await context.runInChildContext("child", (child) =>
        child.step("inside", async (step) => {
          await step.createCallback("in the child");
        }),
      );
    });
    const result = await new DurableTestRunner(handler).run();
    const [atTheTop, inTheChild] = operationsOf(result, "CALLBACK");
    expect(atTheTop?.parentId).toBeUndefined();
    expect(inTheChild?.parentId).toBe(operationsOf(result, "CONTEXT")[0]?.id);
  });

  test("are new ones for every attempt", async () => {
    const ids = new Map<number, string>();
    const handler = inStep(
      async (step) => {
        const callback = await step.createCallback<string>("approval", {
          timeout: { minutes: 1 },
        });
        ids.set(step.attempt, callback.callbackId);
        return step.waitForCallback(callback);
      },
      { retryStrategy: retries },
    );
    const runner = new DurableTestRunner(handler, { callbacks: { approval: respond.never() } });
    const result = await runner.run();
    expect(result.status).toBe("FAILED");
    expect([...ids.keys()]).toEqual([1, 2, 3]);
    expect(new Set(ids.values()).size).toBe(3);
    expect(operationsOf(result, "CALLBACK").map(({ callbackId }) => callbackId)).toEqual([
      ...ids.values(),
    ]);
    expect(result.elapsedMs).toBe(3 * 60_000 + 10_000 + 20_000);
  });

  test("do not take the places of the handler's own operations", async () => {
    const handlerWith = (callbacks: number) =>
      withDurableExecution(async (_: unknown, context) => {
        await context.step("work", async (step) => {
          for (let index = 0; index < callbacks; index += 1) await step.createCallback();
        });
        await context.step("after", () => 1);
      });
    const ids = async (callbacks: number): Promise<readonly string[]> =>
      operationsOf(await new DurableTestRunner(handlerWith(callbacks)).run(), "STEP").map(
        ({ id }) => id,
      );
    expect(await ids(3)).toEqual(await ids(0));
  });

  test("may be waited for outside the step, by their id", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const id = await context.step(
        "ask",
        async (step) => (await step.createCallback<string>("approval")).callbackId,
      );
      return context.waitForCallback<string>(id);
    });
    const runner = new DurableTestRunner(handler);
    await runner.run();
    const result = await runner.callback("approval").succeed("granted");
    expect(result.result).toBe("granted");
  });

  test("answer to the name of the step's surroundings when they have none", async () => {
    const handler = withDurableExecution(async (_: unknown, context) =>
      context.runInChildContext("order", (child) =>
        child.step("work", async (step) => (await step.createCallback<string>()).result()),
      ),
    );
    const runner = new DurableTestRunner(handler, { callbacks: { order: respond.success("ok") } });
    const result = await runner.run();
    expect(result.result).toBe("ok");
  });
});

describe("a step's wait with a timeout of its own", () => {
  test("can be retried, while the callback stays open", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback<string>("api");
      return context.step(
        "work",
        (step) => step.waitForCallback(callback, { name: "patience", timeout: { minutes: 2 } }),
        { retryStrategy: retries },
      );
    });
    const runner = new DurableTestRunner(handler);
    const first = await runner.run();
    expect(first.elapsedMs).toBe(0);
    const second = await runner.advance({ minutes: 3 });
    expect(second.pendingCallbacks.map(({ name }) => name)).toEqual(["api"]);
    expect(operationsOf(second, "STEP")[0]).toMatchObject({ attempt: 2, status: "STARTED" });
    const result = await runner.callback("api").succeed("on the second attempt");
    expect(result.result).toBe("on the second attempt");
    expect(operationsOf(result, "CONTEXT").map(({ name, status }) => [name, status])).toEqual([
      ["patience", "FAILED"],
      ["patience", "SUCCEEDED"],
    ]);
  });

  test("fails the step when its retries are spent", async () => {
    const causes: unknown[] = [];
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback<string>("api");
      await context
        .step("work", (step) => step.waitForCallback(callback, { timeout: { minutes: 1 } }), {
          retryStrategy: createRetryStrategy({ maxAttempts: 2, jitter: "NONE" }),
        })
        .catch((error: Error) => causes.push(error.cause));
    });
    const runner = new DurableTestRunner(handler);
    await runner.run();
    const result = await runner.runToCompletion();
    expect(result.elapsedMs).toBe(60_000 + 5000 + 60_000);
    expect(CallbackTimeoutError.is(causes[0])).toBe(true);
    expect(causes[0]).toMatchObject({ reason: "wait", callbackName: "api" });
  });

  test("refuses an unknown id, which the retry strategy sees", async () => {
    const seen: unknown[] = [];
    const handler = inStep((step) => step.waitForCallback<string>("no such id"), {
      retryStrategy: (error) => {
        seen.push(error);
        return { shouldRetry: false };
      },
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.status).toBe("FAILED");
    expect(UnknownCallbackError.is(seen[0])).toBe(true);
  });
});

describe("an at-most-once step", () => {
  const strategies: unknown[] = [];
  const atMostOnce = {
    semantics: "AtMostOncePerRetry",
    retryStrategy: (error) => {
      strategies.push(error);
      return { shouldRetry: true };
    },
  } as const satisfies StepConfig<unknown>;

  test("may create a callback", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const id = await context.step(
        "ask",
        async (step) => (await step.createCallback<string>("approval")).callbackId,
        { semantics: "AtMostOncePerRetry" },
      );
      return context.waitForCallback<string>(id);
    });
    const runner = new DurableTestRunner(handler);
    await runner.run();
    const result = await runner.callback("approval").succeed("granted");
    expect(result.result).toBe("granted");
  });

  test.for([
    { how: "result()", wait: (callback: Callback<unknown>) => callback.result() },
    { how: "settled()", wait: (callback: Callback<unknown>) => callback.settled() },
    {
      how: "waitForCallback",
      wait: (callback: Callback<unknown>, step: StepContext) => step.waitForCallback(callback),
    },
    {
      how: "waitForCallback with a timeout",
      wait: (callback: Callback<unknown>, step: StepContext) =>
        step.waitForCallback(callback, { timeout: { minutes: 1 } }),
    },
  ])("cannot wait for an open callback with $how, and is not retried", async ({ wait }) => {
    strategies.length = 0;
    const errors: unknown[] = [];
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback("approval");
      await context
        .step("charge", (step) => wait(callback, step), atMostOnce)
        .catch((error: unknown) => errors.push(error));
      await context.wait("then", { seconds: 1 });
    });
    const runner = new DurableTestRunner(handler);
    await runner.run();
    const result = await runner.runToCompletion();
    expect(result.status).toBe("SUCCEEDED");
    expect(strategies).toEqual([]);
    // As it was thrown, and as it was replayed.
    expect(errors).toHaveLength(2);
    for (const error of errors) {
      expect(StepCannotWaitError.is(error)).toBe(true);
      expect(error).toMatchObject({ code: "STEP_CANNOT_WAIT" });
      expect((error as Error).message).toContain(
        'The at-most-once step "charge" cannot wait for callback "approval"',
      );
    }
    expect(operationsOf(result, "CONTEXT")).toEqual([]);
  });

  test("is named as unnamed when it has no name", async () => {
    const handler = withDurableExecution(async (_: unknown, context) =>
      context.step(
        async (step) => (await step.createCallback("approval")).result(),
        atMostOnce as StepConfig<unknown>,
      ),
    );
    const result = await new DurableTestRunner(handler).run();
    expect(result.error).toMatchObject({
      ErrorType: "StepCannotWaitError",
      ErrorMessage: expect.stringMatching(/^An at-most-once step cannot wait/) as string,
    });
  });

  test.for<{
    how: string;
    wait: (callback: Callback<unknown>, step: StepContext) => Promise<unknown>;
  }>([
    { how: "result()", wait: (callback) => callback.result() },
    { how: "waitForCallback", wait: (callback, step) => step.waitForCallback(callback) },
    {
      how: "waitForCallback with a timeout",
      wait: (callback, step) => step.waitForCallback(callback, { timeout: { minutes: 1 } }),
    },
  ])("may read a callback that was answered while it ran, with $how", async ({ wait }) => {
    const handler = withDurableExecution(async (_: unknown, context) =>
      context.step(
        "charge",
        async (step): Promise<unknown> => {
          const callback = await step.createCallback("inner");
          await runner.sendCallbackSuccess(callback.callbackId, "answer");
          return wait(callback, step);
        },
        atMostOnce as StepConfig<unknown>,
      ),
    );
    const runner: DurableTestRunner = new DurableTestRunner(handler);
    expect(await runner.run({})).toMatchObject({ status: "SUCCEEDED", result: "answer" });
  });

  test("may read a callback that has ended", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback<string>("approval");
      await context.wait("pause", { minutes: 1 });
      return context.step(
        "charge",
        async (step) => [
          await callback.result(),
          await step.waitForCallback(callback),
          await step.waitForCallback(callback, { timeout: { minutes: 1 } }),
        ],
        { semantics: "AtMostOncePerRetry" },
      );
    });
    const runner = new DurableTestRunner(handler, {
      callbacks: { approval: respond.success("granted") },
    });
    const result = await runner.run();
    expect(result.result).toEqual(["granted", "granted", "granted"]);
  });
});
