import {
  callbackId,
  CallbackExternalError,
  CallbackTimeoutError,
  type CallbackWaitConfig,
  UnknownCallbackError,
  withDurableExecution,
} from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import { DurableTestRunner, respond } from "../src/index.ts";
import { eventLines, eventsOf, operationsOf, rejectionOf } from "./support/history.ts";

/** What a handler tells a test of an error it caught. */
const facts = (error: unknown): unknown =>
  CallbackTimeoutError.is(error) ? { timedOut: error.reason, name: error.callbackName } : error;

describe("waitForCallback with a callback or an id", () => {
  test("brings the answer, for the callback as for its id", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback<string>("payment");
      return Promise.all([
        context.waitForCallback(callback),
        context.waitForCallback(callback.callbackId),
        context.waitForCallback(callbackId<string>(String(callback.callbackId))),
      ]);
    });
    const runner = new DurableTestRunner(handler);
    await runner.run();
    const result = await runner.callback("payment").succeed("paid");
    expect(result.result).toEqual(["paid", "paid", "paid"]);
  });

  test("records nothing of its own without a timeout", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback<string>("payment");
      return context.waitForCallback(callback, { name: "the wait", timeout: { seconds: 0 } });
    });
    const runner = new DurableTestRunner(handler);
    await runner.run();
    const result = await runner.callback("payment").succeed("paid");
    expect(eventLines(result)).toEqual([
      "ExecutionStarted",
      "CallbackStarted payment",
      "InvocationCompleted",
      "CallbackSucceeded payment",
      "InvocationCompleted",
      "ExecutionSucceeded",
    ]);
  });

  test("throws the sender's failure", async () => {
    const errors: unknown[] = [];
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback<string>("payment");
      await context.waitForCallback(callback).catch((error: unknown) => errors.push(error));
      await context
        .waitForCallback(callback, { timeout: { minutes: 1 } })
        .catch((error: unknown) => errors.push(error));
    });
    const runner = new DurableTestRunner(handler);
    await runner.run();
    await runner.callback("payment").fail({
      ErrorType: "Declined",
      ErrorMessage: "no",
      ErrorData: "data",
      StackTrace: ["at them"],
    });
    expect(errors).toHaveLength(2);
    for (const error of errors) {
      expect(CallbackExternalError.is(error)).toBe(true);
      expect(error).toMatchObject({
        errorType: "Declined",
        errorMessage: "no",
        errorData: "data",
        stackTrace: ["at them"],
        callbackName: "payment",
      });
    }
  });

  test.for([
    {
      option: "timeout",
      reason: "timeout",
      message: 'No answer for callback "payment" within its timeout.',
    },
    {
      option: "heartbeatTimeout",
      reason: "heartbeat",
      message: 'No heartbeat for callback "payment" within its heartbeat timeout.',
    },
  ])(
    "throws a CallbackTimeoutError when the callback's own $option passes",
    async ({ option, reason, message }) => {
      const errors: unknown[] = [];
      const handler = withDurableExecution(async (_: unknown, context) => {
        const callback = await context.createCallback<string>("payment", {
          [option]: { seconds: 5 },
        });
        await context.waitForCallback(callback).catch((error: unknown) => errors.push(error));
        return callback.callbackId;
      });
      const runner = new DurableTestRunner(handler);
      await runner.run();
      const { result } = await runner.runToCompletion();
      expect(CallbackTimeoutError.is(errors[0])).toBe(true);
      expect(errors[0]).toMatchObject({
        name: "CallbackTimeoutError",
        code: "CALLBACK_TIMEOUT",
        reason,
        message,
        callbackName: "payment",
        callbackId: result,
      });
    },
  );

  test("fails the execution when a timeout is not caught, unlike result()", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback<string>("payment", { timeout: { seconds: 5 } });
      return context.waitForCallback(callback);
    });
    const runner = new DurableTestRunner(handler, { callbacks: { payment: respond.never() } });
    const result = await runner.run();
    expect(result.status).toBe("FAILED");
    expect(result.error).toMatchObject({ ErrorType: "CallbackTimeoutError" });
    expect(eventsOf(result, "CallbackTimedOut")[0]?.CallbackTimedOutDetails.Error.Payload).toEqual(
      expect.objectContaining({ ErrorType: "Callback.Timeout" }),
    );
  });

  test("finds a callback that an earlier invocation made in another context", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const id = await context.runInChildContext(
        "child",
        async (child) => (await child.createCallback("payment")).callbackId,
      );
      await context.wait("a minute", { minutes: 1 });
      return context.waitForCallback(callbackId<string>(id));
    });
    const runner = new DurableTestRunner(handler);
    await runner.run();
    const result = await runner.callback("payment").succeed("found");
    expect(result.result).toBe("found");
  });

  test.for(["no such id", ""])(
    "refuses the unknown id %j before suspending, with nothing recorded",
    async (unknown) => {
      const errors: unknown[] = [];
      const handler = withDurableExecution(async (_: unknown, context) => {
        await context.createCallback("payment");
        await context
          .waitForCallback(callbackId(unknown), { timeout: { minutes: 1 } })
          .catch((error: unknown) => errors.push(error));
        return context.step("after", () => "went on");
      });
      const result = await new DurableTestRunner(handler).run();
      expect(result).toMatchObject({ status: "SUCCEEDED", result: "went on" });
      expect(result.operations.map(({ name }) => name)).toEqual(["payment", "after"]);
      expect(UnknownCallbackError.is(errors[0])).toBe(true);
      expect(errors[0]).toMatchObject({ code: "UNKNOWN_CALLBACK", callbackId: unknown });
      expect((errors[0] as Error).message).toContain(JSON.stringify(unknown));
    },
  );

  test("does not know the callbacks of another execution", async () => {
    let id = "";
    const maker = withDurableExecution(async (_: unknown, context) => {
      id = (await context.createCallback("theirs")).callbackId;
    });
    await new DurableTestRunner(maker, { seed: 1 }).run();
    const handler = withDurableExecution(async (_: unknown, context) =>
      context.waitForCallback(callbackId(id)),
    );
    const result = await new DurableTestRunner(handler, { seed: 2 }).run();
    expect(result.error).toMatchObject({ ErrorType: "UnknownCallbackError" });
  });
});

describe("a wait with a timeout of its own", () => {
  const waiting = (
    config: CallbackWaitConfig = {
      timeout: { minutes: 2 },
    },
  ) =>
    withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback<string>("api");
      const outcomes: unknown[] = [];
      try {
        outcomes.push(await context.waitForCallback(callback, config));
      } catch (error) {
        outcomes.push(facts(error));
      }
      return outcomes;
    });

  test("gives up the wait, and says that the callback is still open", async () => {
    const errors: unknown[] = [];
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback<string>("api");
      await context
        .waitForCallback(callback, { timeout: { minutes: 2 } })
        .catch((error: unknown) => errors.push(error));
      return callback.result();
    });
    const runner = new DurableTestRunner(handler);
    await runner.run();
    const passed = await runner.advance({ minutes: 2 });
    expect(passed.status).toBe("PENDING");
    expect(passed.pendingCallbacks.map(({ name }) => name)).toEqual(["api"]);
    expect(errors[0]).toMatchObject({ reason: "wait", callbackName: "api" });
    expect((errors[0] as Error).message).toContain("still open");
    const result = await runner.callback("api").succeed("late but fine");
    expect(result.result).toBe("late but fine");
  });

  test("brings the answer when that comes first", async () => {
    const runner = new DurableTestRunner(waiting());
    await runner.run();
    await runner.advance({ minutes: 1 });
    const result = await runner.callback("api").succeed("in time");
    expect(result.result).toEqual(["in time"]);
  });

  test("is recorded as a context that holds one wait, and closes empty on an answer", async () => {
    const runner = new DurableTestRunner(waiting({ name: "patience", timeout: { minutes: 2 } }));
    const pending = await runner.run();
    expect(pending.operations).toMatchObject([
      { type: "CALLBACK", name: "api" },
      { type: "CONTEXT", name: "patience", subType: "CallbackWait", status: "STARTED" },
      { type: "WAIT", name: undefined, subType: "CallbackWaitTimeout", seconds: 120 },
    ]);
    const [, context, wait] = pending.operations;
    expect(wait?.parentId).toBe(context?.id);
    const result = await runner.callback("api").succeed("in time");
    expect(eventLines(result)).toEqual([
      "ExecutionStarted",
      "CallbackStarted api",
      "ContextStarted patience",
      "WaitStarted",
      "InvocationCompleted",
      "CallbackSucceeded api",
      "ContextSucceeded patience",
      "InvocationCompleted",
      "ExecutionSucceeded",
    ]);
    expect(eventsOf(result, "ContextSucceeded")[0]?.ContextSucceededDetails).toEqual({
      Result: { Truncated: false },
    });
  });

  test("closes with the CallbackTimeoutError when it gives up", async () => {
    const runner = new DurableTestRunner(waiting());
    await runner.run();
    const result = await runner.advance({ minutes: 2 });
    expect(result.result).toEqual([{ timedOut: "wait", name: "api" }]);
    expect(eventsOf(result, "ContextFailed")[0]?.ContextFailedDetails.Error.Payload).toMatchObject({
      ErrorType: "CallbackTimeoutError",
    });
  });

  test("leaves its WAIT to lapse, without cancelling it", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback<string>("api");
      const answer = await context.waitForCallback(callback, { timeout: { minutes: 2 } });
      await context.wait("longer", { minutes: 10 });
      return answer;
    });
    const runner = new DurableTestRunner(handler);
    await runner.run();
    const result = await runner.callback("api").succeed("in time");
    expect(result).toMatchObject({ result: "in time", elapsedMs: 600_000 });
    expect(eventsOf(result, "WaitCancelled")).toEqual([]);
    expect(operationsOf(result, "WAIT").map(({ status }) => status)).toEqual([
      "SUCCEEDED",
      "SUCCEEDED",
    ]);
  });

  test.for([
    { option: "timeout", reason: "timeout" },
    { option: "heartbeatTimeout", reason: "heartbeat" },
  ])("throws for the callback's own $option when that passes first", async ({ option, reason }) => {
    const errors: unknown[] = [];
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback<string>("api", { [option]: { minutes: 1 } });
      await context
        .waitForCallback(callback, { timeout: { minutes: 2 } })
        .catch((error: unknown) => errors.push(facts(error)));
      await context.wait("then", { minutes: 5 });
    });
    const runner = new DurableTestRunner(handler);
    await runner.run();
    await runner.runToCompletion();
    // As it happened, then replayed twice: when the WAIT lapsed, and at the end.
    expect(errors.length).toBeGreaterThanOrEqual(2);
    expect(new Set(errors.map((error) => JSON.stringify(error)))).toEqual(
      new Set([JSON.stringify({ timedOut: reason, name: "api" })]),
    );
  });

  test("has the same outcome on every replay, even when the answer comes right after it gave up", async () => {
    const seen: string[] = [];
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback<string>("api");
      const outcome = await context
        .waitForCallback(callback, { timeout: { minutes: 2 } })
        .catch((error: unknown) => (CallbackTimeoutError.is(error) ? error.reason : "?"));
      seen.push(outcome);
      await context.wait("then", { hours: 1 });
      return [outcome, await callback.result()];
    });
    const runner = new DurableTestRunner(handler, {
      callbacks: { api: respond.success("just too late").after({ minutes: 2, seconds: 1 }) },
    });
    const result = await runner.run();
    expect(result.result).toEqual(["wait", "just too late"]);
    expect(new Set(seen)).toEqual(new Set(["wait"]));
  });

  test("loses against an answer of the same instant that was armed before it", async () => {
    const runner = new DurableTestRunner(waiting(), {
      callbacks: { api: respond.success("just in time").after({ minutes: 2 }) },
    });
    const result = await runner.run();
    expect(result.result).toEqual(["just in time"]);
  });

  test("records nothing when the callback has ended before", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback<string>("api");
      await context.wait("first", { minutes: 5 });
      const first = await context.waitForCallback(callback, { timeout: { seconds: 1 } });
      await context.wait("then", { minutes: 5 });
      return [first, await context.waitForCallback(callback, { timeout: { seconds: 1 } })];
    });
    const runner = new DurableTestRunner(handler, { callbacks: { api: respond.success("there") } });
    const result = await runner.run();
    expect(result.result).toEqual(["there", "there"]);
    expect(operationsOf(result, "CONTEXT")).toEqual([]);
  });

  test("may be one of several on the same callback, each with a timeout of its own", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback<string>("api");
      const wait = (minutes: number): Promise<string> =>
        context
          .waitForCallback(callback, { timeout: { minutes } })
          .catch((error: unknown) => (CallbackTimeoutError.is(error) ? error.reason : "?"));
      return Promise.all([wait(1), wait(2), wait(10)]);
    });
    const runner = new DurableTestRunner(handler, {
      callbacks: { api: respond.success("answer").after({ minutes: 5 }) },
    });
    const result = await runner.run();
    expect(result).toMatchObject({ result: ["wait", "wait", "answer"], elapsedMs: 300_000 });
  });

  test("inside a child context is named after where it waits", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback<string>("api");
      return context.runInChildContext("child", (child) =>
        child.waitForCallback(callback, { name: "inside", timeout: { minutes: 1 } }),
      );
    });
    const runner = new DurableTestRunner(handler);
    const pending = await runner.run();
    const [child, wait] = operationsOf(pending, "CONTEXT");
    expect(wait).toMatchObject({ name: "inside", parentId: child?.id });
    const result = await runner.callback("api").succeed("yes");
    expect(result.result).toBe("yes");
  });

  test.for([
    { seconds: -1 },
    { seconds: 1.5 },
    { seconds: Number.NaN },
    {},
    { fortnights: 1 },
    null,
    "2 minutes",
    120,
  ])("refuses the timeout %j before anything is recorded", async (timeout) => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback<string>("api");
      return context.waitForCallback(callback, { timeout: timeout as never });
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.error).toMatchObject({ ErrorType: "InvalidDurationError" });
    expect(result.error?.ErrorMessage).toMatch(/^timeout: /);
    expect(operationsOf(result, "CONTEXT")).toEqual([]);
  });
});

describe("a target that is none", () => {
  test.for([undefined, null, 42, {}, { callbackId: 7 }])(
    "is refused with what it was: %j",
    async (target) => {
      const handler = withDurableExecution(async (_: unknown, context) =>
        context.waitForCallback(target as never),
      );
      const result = await new DurableTestRunner(handler).run();
      expect(result.error).toMatchObject({
        ErrorType: "InvalidArgumentError",
        ErrorMessage: expect.stringContaining("no callback, callback id, or submitter") as string,
      });
      expect(result.operations).toEqual([]);
    },
  );

  test("does not disturb the runner, which can go on to be disposed", async () => {
    const handler = withDurableExecution(async (_: unknown, context) =>
      context.waitForCallback(callbackId("nothing")),
    );
    const runner = new DurableTestRunner(handler);
    const result = await runner.run();
    expect(result.status).toBe("FAILED");
    expect(await rejectionOf(runner.run())).toMatchObject({ code: "RUNNER_USED" });
  });
});
