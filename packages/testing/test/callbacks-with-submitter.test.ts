import {
  CallbackExternalError,
  CallbackSubmitterError,
  CallbackTimeoutError,
  createRetryStrategy,
  type StepContext,
  type WaitForCallbackConfig,
  withDurableExecution,
} from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import { DurableTestRunner, respond } from "../src/index.ts";
import { eventLines, eventsOf, operationsOf } from "./support/history.ts";

type Submitter = (callbackId: string, step: StepContext) => void | Promise<void>;

/** Waits with a submitter, collects what was thrown, and goes through one more replay. */
function submitting(submitter: Submitter, config?: WaitForCallbackConfig<unknown>) {
  const errors: unknown[] = [];
  const handler = withDurableExecution(async (_: unknown, context) => {
    let answer: unknown;
    try {
      answer = await context.waitForCallback<unknown>("payment", submitter, config);
    } catch (error) {
      errors.push(error);
      answer = "caught";
    }
    await context.wait("then", { seconds: 1 });
    return answer;
  });
  return { errors, handler };
}

const once = createRetryStrategy({ maxAttempts: 1 });
const twice = createRetryStrategy({
  maxAttempts: 2,
  initialDelay: { seconds: 5 },
  jitter: "NONE",
});

describe("waitForCallback with a submitter", () => {
  test("hands the id to the submitter in a step, and waits", async () => {
    const ids: string[] = [];
    const { handler } = submitting((id) => {
      ids.push(id);
    });
    const runner = new DurableTestRunner(handler);
    const waiting = await runner.run();
    expect(waiting.status).toBe("PENDING");
    expect(ids).toEqual([runner.callback("payment").callbackId]);
    const result = await runner.sendCallbackSuccess(ids[0] ?? "", { paid: true });
    expect(result.result).toEqual({ paid: true });
    expect(ids).toHaveLength(1);
  });

  test("is a context with the callback and the step inside, both without a name", async () => {
    const { handler } = submitting(() => {}, { timeout: { minutes: 5 } });
    const runner = new DurableTestRunner(handler);
    const waiting = await runner.run();
    expect(waiting.operations).toMatchObject([
      { type: "CONTEXT", name: "payment", subType: "WaitForCallback", parentId: undefined },
      { type: "CALLBACK", name: undefined, parentId: waiting.operations[0]?.id },
      { type: "STEP", name: undefined, parentId: waiting.operations[0]?.id, status: "SUCCEEDED" },
    ]);
    expect(eventsOf(waiting, "CallbackStarted")[0]?.CallbackStartedDetails.Timeout).toBe(300);
  });

  test("needs no name", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => [
      await context.waitForCallback<string>(() => {}),
      await context.waitForCallback<string>(undefined, () => {}, { timeout: { seconds: 9 } }),
    ]);
    const runner = new DurableTestRunner(handler);
    const first = await runner.run();
    const second = await runner.sendCallbackSuccess(
      first.pendingCallbacks[0]?.callbackId ?? "",
      "a",
    );
    const result = await runner.sendCallbackSuccess(
      second.pendingCallbacks[0]?.callbackId ?? "",
      "b",
    );
    expect(result.result).toEqual(["a", "b"]);
    expect(operationsOf(result, "CONTEXT").map(({ name }) => name)).toEqual([undefined, undefined]);
  });

  test("gives the submitter a step context: the attempt, a logger, callbacks", async () => {
    const attempts: number[] = [];
    const { handler } = submitting(
      (_, step) => {
        attempts.push(step.attempt);
        if (step.attempt === 1) throw new Error("flaky");
      },
      { retryStrategy: twice },
    );
    const runner = new DurableTestRunner(handler, {
      callbacks: { payment: respond.success("ok") },
    });
    const result = await runner.run();
    // The answer was there at once: it counts more than how the question was put.
    expect(result.result).toBe("ok");
    expect(attempts).toEqual([1, 2]);
  });

  test("tries a submitter that fails again, with the same callback", async () => {
    const ids: string[] = [];
    const { handler } = submitting(
      (id, step) => {
        ids.push(id);
        if (step.attempt === 1) throw new Error("flaky");
      },
      { retryStrategy: twice },
    );
    const runner = new DurableTestRunner(handler);
    const waiting = await runner.run();
    expect(waiting.elapsedMs).toBe(5000);
    expect(ids).toHaveLength(2);
    expect(ids[1]).toBe(ids[0]);
    const result = await runner.callback("payment").succeed("at last");
    expect(result.result).toBe("at last");
  });

  test("uses the default retry strategy unless told otherwise", async () => {
    const attempts: number[] = [];
    const { handler, errors } = submitting((_, step) => {
      attempts.push(step.attempt);
      throw new Error("always");
    });
    await new DurableTestRunner(handler).run();
    expect(attempts).toEqual([1, 2, 3, 4, 5, 6]);
    expect(CallbackSubmitterError.is(errors[0])).toBe(true);
  });

  test("throws a CallbackSubmitterError when the submitter's retries are spent, on every replay", async () => {
    const { handler, errors } = submitting(
      () => {
        throw new RangeError("queue is down");
      },
      { retryStrategy: twice },
    );
    const runner = new DurableTestRunner(handler);
    await runner.run();
    const result = await runner.runToCompletion();
    expect(result.result).toBe("caught");
    expect(errors).toHaveLength(2);
    for (const error of errors) {
      expect(CallbackSubmitterError.is(error)).toBe(true);
      expect(error).toMatchObject({
        code: "CALLBACK_SUBMITTER_FAILED",
        callbackName: "payment",
        errorType: "RangeError",
        errorMessage: "queue is down",
      });
      expect((error as Error).message).toContain('waitForCallback "payment"');
      expect((error as Error).cause).toMatchObject({ name: "RangeError" });
    }
  });

  test("throws a CallbackSubmitterError when what the submitter returned cannot be read back", async () => {
    const errors: unknown[] = [];
    const handler = withDurableExecution(
      async (_: unknown, context) => {
        await context
          .waitForCallback("payment", () => "sent" as unknown as undefined, { retryStrategy: once })
          .catch((error: unknown) => errors.push(error));
      },
      {
        serdes: {
          serialize: (value) => JSON.stringify(value),
          deserialize: () => {
            throw new RangeError("unreadable");
          },
        },
      },
    );
    await new DurableTestRunner(handler).run();
    expect(CallbackSubmitterError.is(errors[0])).toBe(true);
    expect(errors[0]).toMatchObject({ errorType: "SerdesError" });
  });

  test("throws a CallbackExternalError when the sender reports a failure, on every replay", async () => {
    const { handler, errors } = submitting(() => {});
    const runner = new DurableTestRunner(handler);
    await runner.run();
    const callbackId = runner.callback("payment").callbackId;
    await runner.callback("payment").fail({
      ErrorType: "Declined",
      ErrorMessage: "no",
      ErrorData: "why",
    });
    expect(errors).toHaveLength(2);
    for (const error of errors) {
      expect(CallbackExternalError.is(error)).toBe(true);
      expect(error).toMatchObject({
        callbackName: "payment",
        callbackId,
        errorType: "Declined",
        errorMessage: "no",
        errorData: "why",
      });
    }
  });

  test.for([
    { option: "timeout", reason: "timeout" },
    { option: "heartbeatTimeout", reason: "heartbeat" },
  ])(
    "throws a CallbackTimeoutError when the $option passes, on every replay",
    async ({ option, reason }) => {
      const { handler, errors } = submitting(() => {}, { [option]: { minutes: 5 } });
      const runner = new DurableTestRunner(handler);
      await runner.run();
      const result = await runner.runToCompletion();
      expect(result).toMatchObject({ result: "caught", elapsedMs: 301_000 });
      expect(errors).toHaveLength(2);
      for (const error of errors) {
        expect(CallbackTimeoutError.is(error)).toBe(true);
        expect(error).toMatchObject({ reason, callbackName: "payment" });
      }
    },
  );

  test("still brings an answer that comes before the submitter's step has ended", async () => {
    const { handler } = submitting(async (id) => {
      await runner.sendCallbackSuccess(id, "before the step ended");
    });
    const runner: DurableTestRunner = new DurableTestRunner(handler);
    const result = await runner.run();
    expect(result.result).toBe("before the step ended");
    expect(eventLines(result).slice(0, 6)).toEqual([
      "ExecutionStarted",
      "ContextStarted payment",
      "CallbackStarted",
      "StepStarted",
      "CallbackSucceeded",
      "StepSucceeded",
    ]);
  });

  test("still brings an answer that comes before a submitter that then fails for good", async () => {
    const { handler } = submitting(
      async (id) => {
        await runner.sendCallbackSuccess(id, "sent before failing");
        throw new Error("acknowledgement lost");
      },
      { retryStrategy: once },
    );
    const runner: DurableTestRunner = new DurableTestRunner(handler);
    const result = await runner.run();
    expect(result.result).toBe("sent before failing");
  });

  test("still brings an answer that comes between two attempts of the submitter", async () => {
    const { handler } = submitting(
      (_, step) => {
        if (step.attempt === 1) throw new Error("acknowledgement lost");
      },
      { retryStrategy: twice },
    );
    const runner = new DurableTestRunner(handler, {
      callbacks: { payment: respond.success("between").after({ seconds: 2 }) },
    });
    const result = await runner.run();
    expect(result).toMatchObject({ result: "between", elapsedMs: 6000 });
  });

  test("keeps the callback known when its submitter has failed: a late answer is not unknown to the service", async () => {
    const { handler } = submitting(
      () => {
        throw new Error("down");
      },
      { retryStrategy: once },
    );
    const runner = new DurableTestRunner(handler, { timeSkipping: "manual" });
    const waiting = await runner.run();
    expect(waiting.pendingCallbacks).toHaveLength(1);
    const after = await runner.callback("payment").succeed("nobody waits");
    expect(after.status).toBe("PENDING");
    expect(runner.callback("payment").status).toBe("SUCCEEDED");
  });

  test("does not run the submitter again on a replay", async () => {
    let runs = 0;
    const { handler } = submitting(() => {
      runs += 1;
    });
    const runner = new DurableTestRunner(handler);
    await runner.run();
    const result = await runner.callback("payment").succeed(1);
    expect(result.invocations).toHaveLength(3);
    expect(runs).toBe(1);
  });

  test("works inside child contexts and side by side", async () => {
    const handler = withDurableExecution(async (_: unknown, context) =>
      context.runInChildContext("wrapper", (child) =>
        Promise.all([
          child.waitForCallback<string>("left", () => {}),
          child.waitForCallback<string>("right", () => {}),
        ]),
      ),
    );
    const runner = new DurableTestRunner(handler);
    await runner.run();
    await runner.callback("right").succeed("R");
    const result = await runner.callback("left").succeed("L");
    expect(result.result).toEqual(["L", "R"]);
  });

  test("is undefined for an answer without payload, on every replay", async () => {
    const seen: unknown[] = [];
    const handler = withDurableExecution(async (_: unknown, context) => {
      seen.push(await context.waitForCallback("payment", () => {}));
      await context.wait("then", { seconds: 1 });
    });
    const runner = new DurableTestRunner(handler);
    await runner.run();
    await runner.callback("payment").succeed();
    expect(seen).toEqual([undefined, undefined]);
  });

  test.for([
    { option: "timeout", value: { seconds: -5 } },
    { option: "heartbeatTimeout", value: {} },
  ])("refuses the bad $option before anything is recorded", async ({ option, value }) => {
    const handler = withDurableExecution(async (_: unknown, context) =>
      context.waitForCallback("payment", () => {}, { [option]: value as never }),
    );
    const result = await new DurableTestRunner(handler).run();
    expect(result.error).toMatchObject({
      ErrorType: "InvalidDurationError",
      ErrorMessage: expect.stringContaining(option) as string,
    });
    expect(result.operations).toEqual([]);
  });

  test("refuses a submitter that is no function", async () => {
    const handler = withDurableExecution(async (_: unknown, context) =>
      context.waitForCallback(
        // @ts-expect-error: on purpose
        { send: true },
        () => {},
      ),
    );
    const result = await new DurableTestRunner(handler).run();
    expect(result.error).toMatchObject({ ErrorType: "InvalidArgumentError" });
    expect(result.operations).toEqual([]);
  });

  test("never sends CALLBACK CANCEL: a callback cannot be cancelled", async () => {
    const { handler } = submitting(() => {}, { timeout: { seconds: 5 } });
    const runner = new DurableTestRunner(handler, { callbacks: { payment: respond.never() } });
    const result = await runner.run();
    expect(result.operations.some(({ status }) => status === "CANCELLED")).toBe(false);
  });
});
