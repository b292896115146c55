import {
  type Callback,
  type CallbackConfig,
  CallbackExternalError,
  type CallbackOutcome,
  createRetryStrategy,
  Duration,
  type DurableContext,
  withDurableExecution,
} from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import { DurableTestRunner, respond } from "../src/index.ts";
import { eventLines, eventsOf, operationsOf, rejectionOf } from "./support/history.ts";

/** Creates one callback and answers with what it brought. */
const asking = (config?: CallbackConfig<unknown>) =>
  withDurableExecution(async (_: unknown, context) => {
    const callback = await context.createCallback<unknown>("approval", config);
    return { got: await callback.result() };
  });

describe("createCallback", () => {
  test("records the start of the callback at once, with its name and an id", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback("approval");
      return callback.callbackId;
    });
    const result = await new DurableTestRunner(handler).run();
    const [started] = eventsOf(result, "CallbackStarted");
    expect(started).toMatchObject({
      EventId: 2,
      SubType: "Callback",
      Name: "approval",
      CallbackStartedDetails: { CallbackId: result.result },
    });
    expect(started?.CallbackStartedDetails).not.toHaveProperty("Timeout");
    expect(started?.CallbackStartedDetails).not.toHaveProperty("HeartbeatTimeout");
  });

  test("records its timeouts in seconds", async () => {
    const handler = asking({
      timeout: Duration.fromMinutes(2),
      heartbeatTimeout: { minutes: 1, seconds: 1 },
    });
    const result = await new DurableTestRunner(handler).run();
    expect(eventsOf(result, "CallbackStarted")[0]?.CallbackStartedDetails).toMatchObject({
      Timeout: 120,
      HeartbeatTimeout: 61,
    });
  });

  test("takes a timeout of zero as none", async () => {
    const handler = asking({ timeout: { seconds: 0 }, heartbeatTimeout: Duration.fromSeconds(0) });
    const runner = new DurableTestRunner(handler);
    const waiting = await runner.run();
    const details = eventsOf(waiting, "CallbackStarted")[0]?.CallbackStartedDetails;
    expect(details).not.toHaveProperty("Timeout");
    expect(details).not.toHaveProperty("HeartbeatTimeout");
    expect(runner.callback("approval").timeoutAt).toBeUndefined();
    expect(runner.callback("approval").heartbeatAt).toBeUndefined();
    const muchLater = await runner.advance({ days: 1000 });
    expect(muchLater.status).toBe("PENDING");
  });

  test("needs neither a name nor a config", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      await context.createCallback();
      await context.createCallback({ timeout: { seconds: 5 } });
      await context.createCallback(undefined, { timeout: { seconds: 6 } });
      return "done";
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toBe("done");
    expect(
      eventsOf(result, "CallbackStarted").map((event) => [
        event.Name,
        event.CallbackStartedDetails.Timeout,
      ]),
    ).toEqual([
      [undefined, undefined],
      [undefined, 5],
      [undefined, 6],
    ]);
  });

  test("lets the handler do other work before it asks for the result", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback<string>("approval");
      const sent = await context.step("send", () => `sent ${callback.callbackId.length > 0}`);
      await context.wait("pause", { minutes: 1 });
      return [sent, await callback.result()];
    });
    const runner = new DurableTestRunner(handler);
    await runner.run();
    const result = await runner.callback("approval").succeed("yes");
    expect(result.result).toEqual(["sent true", "yes"]);
  });

  test("lets the handler hold many callbacks, answered in any order", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callbacks: Callback<string>[] = [];
      for (const name of ["a", "b", "c"]) {
        callbacks.push(await context.createCallback<string>(name));
      }
      return Promise.all(callbacks.map((callback) => callback.result()));
    });
    const runner = new DurableTestRunner(handler);
    await runner.run();
    await runner.callback("c").succeed("third");
    await runner.callback("a").succeed("first");
    const result = await runner.callback("b").succeed("second");
    expect(result.result).toEqual(["first", "second", "third"]);
  });

  test("starts several callbacks that are created together in one checkpoint", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const [a, b] = await Promise.all([context.createCallback("a"), context.createCallback("b")]);
      return [a.callbackId, b.callbackId];
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toEqual(
      operationsOf(result, "CALLBACK").map(({ callbackId }) => callbackId),
    );
    expect(result.invocations).toHaveLength(1);
  });

  test("gives an abandoned callback no part in the execution: the handler may return without it", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      await context.createCallback("approval", { timeout: { seconds: 60 } });
      return "Callback created";
    });
    const runner = new DurableTestRunner(handler);
    const result = await runner.run();
    expect(result).toMatchObject({ status: "SUCCEEDED", elapsedMs: 0, pendingCallbacks: [] });
    expect(operationsOf(result, "CALLBACK")).toHaveLength(1);
  });
});

describe("callback ids", () => {
  const many = withDurableExecution(async (_: unknown, context) => {
    const ids: string[] = [];
    for (let index = 0; index < 50; index += 1) {
      ids.push((await context.createCallback("same")).callbackId);
    }
    await context.runInChildContext("child", async (child) => {
      ids.push((await child.createCallback("same")).callbackId);
    });
    return ids;
  });
  const idsOf = async (seed?: number): Promise<readonly string[]> => {
    const { result } = await new DurableTestRunner(many, seed === undefined ? {} : { seed }).run();
    return result ?? [];
  };

  test("are unique within an execution", async () => {
    const ids = await idsOf();
    expect(ids).toHaveLength(51);
    expect(new Set(ids).size).toBe(51);
  });

  test("are the same for the same seed", async () => {
    expect(await idsOf(7)).toEqual(await idsOf(7));
  });

  test("differ for another seed", async () => {
    const other = new Set(await idsOf(8));
    expect((await idsOf(7)).some((id) => other.has(id))).toBe(false);
  });

  test("use the alphabet and length of the service", async () => {
    for (const id of await idsOf()) {
      expect(id).toMatch(/^[A-Za-z0-9+/]+={0,2}$/);
      expect(id.length).toBeLessThanOrEqual(1024);
    }
  });
});

describe("callback.result()", () => {
  test("suspends the execution until the answer comes", async () => {
    const runner = new DurableTestRunner(asking());
    const waiting = await runner.run();
    expect(waiting.status).toBe("PENDING");
    expect(waiting.invocations.map(({ status }) => status)).toEqual(["PENDING"]);
    const result = await runner.callback("approval").succeed({ approved: true });
    expect(result.result).toEqual({ got: { approved: true } });
    expect(eventLines(result)).toEqual([
      "ExecutionStarted",
      "CallbackStarted approval",
      "InvocationCompleted",
      "CallbackSucceeded approval",
      "InvocationCompleted",
      "ExecutionSucceeded",
    ]);
  });

  test.for([
    { payload: "text" },
    { payload: 0 },
    { payload: false },
    { payload: null },
    { payload: "" },
    { payload: [] },
    { payload: { deep: [{ er: "äöü 🎉" }] } },
  ])("brings the payload $payload as it was sent", async ({ payload }) => {
    const runner = new DurableTestRunner(asking());
    await runner.run();
    const result = await runner.callback("approval").succeed(payload);
    expect(result.result).toEqual({ got: payload });
  });

  test("is undefined for an answer without payload", async () => {
    const seen: unknown[] = [];
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback("approval");
      seen.push(await callback.result());
      return "done";
    });
    const runner = new DurableTestRunner(handler);
    await runner.run();
    const result = await runner.callback("approval").succeed();
    expect(seen).toEqual([undefined]);
    expect(eventsOf(result, "CallbackSucceeded")[0]?.CallbackSucceededDetails).toEqual({
      Result: { Truncated: false },
    });
  });

  test("reads bytes as the text they are", async () => {
    const runner = new DurableTestRunner(asking());
    await runner.run();
    const bytes = new TextEncoder().encode('{"status":"approved","amount":1000}');
    const result = await runner.callback("approval").succeed(bytes);
    expect(result.result).toEqual({ got: { status: "approved", amount: 1000 } });
  });

  test("gets bytes exactly, a byte order mark included", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback<string>("approval", {
        serdes: { serialize: (text) => text, deserialize: (text) => text },
      });
      return callback.result();
    });
    const runner = new DurableTestRunner(handler);
    await runner.run();
    const result = await runner
      .callback("approval")
      .succeed(new Uint8Array([0xef, 0xbb, 0xbf, 0x78]));
    expect(result.result).toBe("\uFEFFx");
  });

  test("does not get bytes that are no text: they are refused to the sender", async () => {
    const runner = new DurableTestRunner(asking());
    await runner.run();
    const error = await rejectionOf(
      runner.callback("approval").succeed(new Uint8Array([0x22, 0xff, 0x22])),
    );
    expect(error).toMatchObject({ code: "INVALID_PAYLOAD" });
    expect(runner.callback("approval").status).toBe("STARTED");
  });

  test("throws a CallbackExternalError with all that the sender said", async () => {
    const seen: unknown[] = [];
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback("payment");
      try {
        await callback.result();
      } catch (error) {
        seen.push(error);
      }
      return callback.callbackId;
    });
    const runner = new DurableTestRunner(handler);
    await runner.run();
    const { result } = await runner.callback("payment").fail({
      ErrorType: "PaymentDeclined",
      ErrorMessage: "Insufficient funds",
      ErrorData: '{"balance":3}',
      StackTrace: ["at charge (payments.ts:1:1)"],
    });
    expect(seen).toHaveLength(1);
    expect(CallbackExternalError.is(seen[0])).toBe(true);
    expect(seen[0]).toMatchObject({
      name: "CallbackExternalError",
      code: "CALLBACK_FAILED",
      message: "Insufficient funds",
      errorType: "PaymentDeclined",
      errorMessage: "Insufficient funds",
      errorData: '{"balance":3}',
      stackTrace: ["at charge (payments.ts:1:1)"],
      callbackName: "payment",
      callbackId: result,
    });
  });

  test("names a callback without a name by its id, and does without a reason if none was given", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback();
      return callback.result().catch((error: Error) => [callback.callbackId, error.message]);
    });
    const runner = new DurableTestRunner(handler);
    const waiting = await runner.run();
    const result = await runner.sendCallbackFailure(
      waiting.pendingCallbacks[0]?.callbackId ?? "",
      {},
    );
    const [id, message] = result.result as [string, string];
    expect(message).toBe(`The outside world failed the callback ${id}.`);
  });

  test("fails the execution when the handler does not catch the failure", async () => {
    const runner = new DurableTestRunner(asking());
    await runner.run();
    const result = await runner
      .callback("approval")
      .fail({ ErrorType: "RejectedError", ErrorMessage: "not approved" });
    expect(result.status).toBe("FAILED");
    expect(result.error).toMatchObject({
      ErrorType: "CallbackExternalError",
      ErrorMessage: expect.stringContaining("not approved") as string,
    });
  });

  test.for(["timeout", "heartbeatTimeout"] as const)(
    "is undefined when the %s passes",
    async (option) => {
      const seen: unknown[] = [];
      const handler = withDurableExecution(async (_: unknown, context) => {
        const callback = await context.createCallback("approval", { [option]: { seconds: 30 } });
        const answer = await callback.result();
        seen.push(answer);
        return answer === undefined ? "fallback" : "primary";
      });
      const runner = new DurableTestRunner(handler);
      await runner.run();
      const result = await runner.runToCompletion();
      expect(result).toMatchObject({ status: "SUCCEEDED", result: "fallback", elapsedMs: 30_000 });
      expect(seen).toEqual([undefined]);
    },
  );

  test("brings the answer at once when the callback has ended before it is asked for", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback<string>("approval");
      await context.wait("pause", { hours: 1 });
      return callback.result();
    });
    const runner = new DurableTestRunner(handler, {
      callbacks: { approval: respond.success("early").after({ minutes: 5 }) },
    });
    const result = await runner.run();
    expect(result).toMatchObject({ result: "early", elapsedMs: 3_600_000 });
  });

  test("may be asked for any number of times, with the same answer", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback<{ n: number }>("approval");
      const [a, b] = await Promise.all([callback.result(), callback.result()]);
      return [a, b, await callback.result(), await callback.settled()];
    });
    const runner = new DurableTestRunner(handler);
    await runner.run();
    const result = await runner.callback("approval").succeed({ n: 1 });
    expect(result.result).toEqual([
      { n: 1 },
      { n: 1 },
      { n: 1 },
      { status: "SUCCEEDED", value: { n: 1 } },
    ]);
  });

  test("does not hold up a handler that asks for it and does not await it", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback("approval");
      void callback.result();
      await context.step("work", () => 1);
      return "done";
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toBe("done");
  });

  test("is the fallback pattern of the guide: a second callback when the first got no answer", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const primary = await context.createCallback<string>("primary", { timeout: { seconds: 30 } });
      const first = await primary.result();
      if (first !== undefined) return { source: "primary", result: first };
      const fallback = await context.createCallback<string>("fallback", {
        timeout: { minutes: 2 },
      });
      return { source: "fallback", result: await fallback.result() };
    });
    const runner = new DurableTestRunner(handler, {
      callbacks: { primary: respond.never(), fallback: respond.success("late help") },
    });
    const result = await runner.run();
    expect(result).toMatchObject({
      result: { source: "fallback", result: "late help" },
      elapsedMs: 30_000,
    });
  });
});

describe("callback.settled()", () => {
  const settling = (config?: CallbackConfig<unknown>) => {
    const outcomes: CallbackOutcome<unknown>[] = [];
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback<unknown>("approval", config);
      outcomes.push(await callback.settled());
      await context.wait("after", { seconds: 1 });
    });
    return { outcomes, handler };
  };

  test("tells an empty answer from a timeout", async () => {
    const { outcomes, handler } = settling({ timeout: { seconds: 10 } });
    const runner = new DurableTestRunner(handler);
    await runner.run();
    await runner.callback("approval").succeed();
    expect(outcomes[0]).toEqual({ status: "SUCCEEDED", value: undefined });
  });

  test("tells of a failure without throwing", async () => {
    const { outcomes, handler } = settling();
    const runner = new DurableTestRunner(handler);
    await runner.run();
    const result = await runner.callback("approval").fail(new TypeError("no"));
    expect(result.status).toBe("SUCCEEDED");
    const [outcome] = outcomes;
    expect(outcome?.status).toBe("FAILED");
    if (outcome?.status === "FAILED") {
      expect(CallbackExternalError.is(outcome.error)).toBe(true);
      expect(outcome.error).toMatchObject({ errorType: "TypeError", errorMessage: "no" });
    }
  });

  test.for([
    { option: "timeout", reason: "timeout" },
    { option: "heartbeatTimeout", reason: "heartbeat" },
  ])("tells which deadline passed: $reason", async ({ option, reason }) => {
    const { outcomes, handler } = settling({ [option]: { seconds: 10 } });
    await new DurableTestRunner(handler, { callbacks: { approval: respond.never() } }).run();
    expect(outcomes[0]).toEqual({ status: "TIMED_OUT", reason });
  });

  test("is the same on every replay", async () => {
    const { outcomes, handler } = settling();
    const runner = new DurableTestRunner(handler);
    await runner.run();
    await runner.callback("approval").succeed({ deep: { er: 1 } });
    expect(outcomes).toHaveLength(2);
    expect(outcomes[1]).toEqual(outcomes[0]);
  });
});

describe("callbacks in child contexts", () => {
  test("work as in the handler itself, and are inside the child's operation", async () => {
    const handler = withDurableExecution(async (_: unknown, context) =>
      context.runInChildContext("child", async (child) => {
        const callback = await child.createCallback<string>("approval");
        return callback.result();
      }),
    );
    const runner = new DurableTestRunner(handler);
    const waiting = await runner.run();
    const [context] = operationsOf(waiting, "CONTEXT");
    expect(waiting.pendingCallbacks[0]?.parentId).toBe(context?.id);
    const result = await runner.callback("approval").succeed("fine");
    expect(result.result).toBe("fine");
    expect(eventLines(result)).toEqual([
      "ExecutionStarted",
      "ContextStarted child",
      "CallbackStarted approval",
      "InvocationCompleted",
      "CallbackSucceeded approval",
      "ContextSucceeded child",
      "InvocationCompleted",
      "ExecutionSucceeded",
    ]);
  });

  test("fail the child context when their failure is not caught", async () => {
    const causes: unknown[] = [];
    const handler = withDurableExecution(async (_: unknown, context) => {
      try {
        await context.runInChildContext("child", async (child) => {
          const callback = await child.createCallback("approval");
          await callback.result();
        });
      } catch (error) {
        causes.push((error as Error).cause);
      }
      await context.wait("later", { seconds: 1 });
    });
    const runner = new DurableTestRunner(handler);
    await runner.run();
    await runner.callback("approval").fail({ ErrorType: "Rejected", ErrorMessage: "no" });
    // First as it happened, then as it was replayed.
    expect(causes).toHaveLength(2);
    for (const cause of causes) {
      expect(CallbackExternalError.is(cause)).toBe(true);
      expect(cause).toMatchObject({
        errorType: "Rejected",
        errorMessage: "no",
        callbackName: "approval",
      });
    }
  });

  test("run side by side in several children", async () => {
    const handler = withDurableExecution(async (_: unknown, context) =>
      Promise.all(
        ["flight", "hotel"].map((name) =>
          context.runInChildContext(name, async (child) => {
            const callback = await child.createCallback<string>(`${name} booked`);
            return callback.result();
          }),
        ),
      ),
    );
    const runner = new DurableTestRunner(handler);
    await runner.run();
    await runner.callback("hotel booked").succeed("H");
    const result = await runner.callback("flight booked").succeed("F");
    expect(result.result).toEqual(["F", "H"]);
  });
});

describe("a context that closes while a callback made in it is open", () => {
  const leaking = (body: (child: DurableContext) => Promise<string>) =>
    withDurableExecution(async (_: unknown, context) => {
      const id = await context.runInChildContext("child", body);
      await context.wait("meanwhile", { minutes: 1 });
      return context.waitForCallback<string>(id);
    });

  test("keeps its operations, so that the id can still be waited for after a replay", async () => {
    let bodies = 0;
    const handler = leaking(async (child) => {
      bodies += 1;
      return (await child.createCallback("late")).callbackId;
    });
    const runner = new DurableTestRunner(handler);
    await runner.run();
    const waiting = await runner.advance({ minutes: 1 });
    expect(waiting.status).toBe("PENDING");
    expect(waiting.operation("meanwhile").status).toBe("SUCCEEDED");
    const result = await runner.callback("late").succeed("there it is");
    expect(result.result).toBe("there it is");
    expect(result.invocations).toHaveLength(3);
    // Its body is replayed, so that the callback's serdes and schema are known again.
    expect(bodies).toBe(3);
  });

  test("keeps them through the contexts around it", async () => {
    const handler = leaking((child) =>
      child.runInChildContext("inner", async (inner) =>
        inner.runInChildContext(
          "innermost",
          async (innermost) => (await innermost.createCallback("late")).callbackId,
        ),
      ),
    );
    const runner = new DurableTestRunner(handler);
    await runner.run();
    const result = await runner.callback("late").succeed("from below");
    expect(result.result).toBe("from below");
  });

  test("keeps them when it fails, too", async () => {
    let id = "";
    const handler = withDurableExecution(async (_: unknown, context) => {
      const known = await context
        .runInChildContext("child", async (child) => {
          const callback = await child.createCallback("late");
          throw new Error(callback.callbackId);
        })
        .catch((error: Error) => (error.cause as Error).message);
      id = known;
      await context.wait("meanwhile", { minutes: 1 });
      return context.waitForCallback<string>(known);
    });
    const runner = new DurableTestRunner(handler);
    await runner.run();
    const result = await runner.sendCallbackSuccess(id, "after the failure");
    expect(result.result).toBe("after the failure");
  });

  test("keeps them when the callback was made in a step in it", async () => {
    const handler = leaking((child) =>
      child.step("make", async (step) => (await step.createCallback("late")).callbackId),
    );
    const runner = new DurableTestRunner(handler);
    await runner.run();
    const result = await runner.callback("late").succeed("made in a step");
    expect(result.result).toBe("made in a step");
  });

  test("keeps them for an answer that comes before the wait begins", async () => {
    const handler = leaking(async (child) => (await child.createCallback("late")).callbackId);
    const runner = new DurableTestRunner(handler, {
      callbacks: { late: respond.success("early").after({ seconds: 10 }) },
    });
    const result = await runner.run();
    expect(result.result).toBe("early");
  });
});

describe("a context that closes when its callbacks have ended", () => {
  test("takes them with it: they are unknown outside, in the first run as on a replay", async () => {
    const seen: string[] = [];
    const handler = withDurableExecution(async (_: unknown, context) => {
      const id = await context.runInChildContext("child", async (child) => {
        const callback = await child.createCallback<string>("approval");
        await callback.result();
        return callback.callbackId;
      });
      seen.push(await context.waitForCallback<string>(id).catch((error: Error) => error.name));
      await context.wait({ hours: 1 });
    });
    const runner = new DurableTestRunner(handler, {
      callbacks: { approval: respond.success("yes") },
    });
    await runner.run();
    expect(seen).toEqual(["UnknownCallbackError", "UnknownCallbackError"]);
  });
});

describe("the parties of a callback", () => {
  test("may be one: a fake external system that answers from inside the step that calls it", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback<string>("approval");
      await context.step("ask", async () => {
        await runner.sendCallbackSuccess(callback.callbackId, "at once");
      });
      return callback.result();
    });
    const runner: DurableTestRunner<unknown, string | undefined> = new DurableTestRunner(handler);
    const result = await runner.run();
    expect(result).toMatchObject({ status: "SUCCEEDED", result: "at once" });
    expect(result.invocations).toHaveLength(1);
    expect(eventLines(result)).toEqual([
      "ExecutionStarted",
      "CallbackStarted approval",
      "StepStarted ask",
      "CallbackSucceeded approval",
      "StepSucceeded ask",
      "InvocationCompleted",
      "ExecutionSucceeded",
    ]);
  });

  test("combine credit and fraud checks as in the guide", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const credit = await context.createCallback<{ score: number }>("credit_check", {
        timeout: Duration.fromMinutes(5),
      });
      const fraud = await context.createCallback<{ risk: string }>("fraud_check", {
        timeout: Duration.fromMinutes(3),
      });
      const creditResult = await credit.result();
      const fraudResult = await fraud.result();
      return (creditResult?.score ?? 0) > 650 && fraudResult?.risk === "low";
    });
    const runner = new DurableTestRunner(handler, {
      callbacks: {
        credit_check: respond.success({ score: 700 }).after({ minutes: 4 }),
        fraud_check: respond.success({ risk: "low" }).after({ minutes: 2 }),
      },
    });
    const result = await runner.run();
    expect(result).toMatchObject({ result: true, elapsedMs: 240_000 });
  });

  test("combine with retry as in the guide: the step is tried again when its wait times out", async () => {
    const attempts: number[] = [];
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback<string>("external_api");
      return context.step(
        "wait",
        (step) => {
          attempts.push(step.attempt);
          return step.waitForCallback(callback, { timeout: Duration.fromMinutes(2) });
        },
        {
          retryStrategy: createRetryStrategy({
            maxAttempts: 3,
            initialDelay: { seconds: 5 },
            jitter: "NONE",
          }),
        },
      );
    });
    const runner = new DurableTestRunner(handler, {
      callbacks: { external_api: respond.success("third time").after({ minutes: 5 }) },
    });
    const result = await runner.run();
    expect(result).toMatchObject({ result: "third time", elapsedMs: 300_000 });
    expect([...new Set(attempts)]).toEqual([1, 2, 3]);
  });
});
