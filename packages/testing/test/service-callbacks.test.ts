import {
  type CallbackConfig,
  type DurableHandler,
  UnknownCallbackError,
  withDurableExecution,
} from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import {
  CallbackClosedError,
  DurableTestRunner,
  InvalidPayloadError,
  respond,
} from "../src/index.ts";
import { eventLines, eventsOf, operationsOf, rejectionOf } from "./support/history.ts";

const start = Date.parse("2025-01-01T00:00:00.000Z");
const at = (seconds: number): Date => new Date(start + seconds * 1000);

/** Waits for one callback and answers with how it ended. */
const asking = (config?: CallbackConfig<unknown>) =>
  withDurableExecution(async (_: unknown, context) => {
    const callback = await context.createCallback<unknown>("approval", config);
    return callback.settled();
  });

const waiting = async <Output>(
  handler: DurableHandler<unknown, Output>,
): Promise<DurableTestRunner<unknown, Output>> => {
  const runner = new DurableTestRunner(handler);
  await runner.run();
  return runner;
};

describe("the states of a callback", () => {
  test.for([
    { by: "success", status: "SUCCEEDED" },
    { by: "failure", status: "FAILED" },
    { by: "silence", status: "TIMED_OUT" },
  ])("lead from STARTED to $status by $by", async ({ by, status }) => {
    const runner = await waiting(asking({ timeout: { seconds: 10 } }));
    const callback = runner.callback("approval");
    expect(callback.status).toBe("STARTED");
    if (by === "success") await callback.succeed(1);
    else if (by === "failure") await callback.fail(new Error("no"));
    else await runner.advance({ seconds: 10 });
    expect(callback.status).toBe(status);
    expect(runner.result.operations[0]).toMatchObject({ status, endedAt: runner.now });
  });

  test.for(["success", "failure", "silence"])(
    "never change once the callback has ended by %s",
    async (by) => {
      const handler = withDurableExecution(async (_: unknown, context) => {
        const callback = await context.createCallback<unknown>("approval", {
          timeout: { seconds: 10 },
        });
        await context.createCallback("another one").then((other) => other.result());
        return callback.settled();
      });
      const runner = await waiting(handler);
      const callback = runner.callback("approval");
      if (by === "success") await callback.succeed(1);
      else if (by === "failure") await callback.fail(new Error("no"));
      else await runner.advance({ seconds: 10 });
      const before = runner.result;
      for (const send of [
        () => callback.succeed(2),
        () => callback.fail(new Error("other")),
        () => callback.heartbeat(),
      ]) {
        const error = await rejectionOf(send());
        expect(CallbackClosedError.is(error)).toBe(true);
        expect(error).toMatchObject({ code: "CALLBACK_CLOSED", callbackId: callback.callbackId });
        expect((error as Error).message).toContain('"approval" has ended already');
        expect((error as Error).message).toContain(runner.now.toISOString());
      }
      expect(runner.result.history).toEqual(before.history);
      expect(runner.result.operations).toEqual(before.operations);
      expect(runner.result.world).toEqual(before.world);
      await runner.advance({ days: 1 });
      expect(operationsOf(runner.result, "CALLBACK")[0]).toEqual(
        operationsOf(before, "CALLBACK")[0],
      );
    },
  );
});

describe("the deadlines of a callback", () => {
  test("are told by its handle and its operation", async () => {
    const runner = await waiting(
      asking({ timeout: { hours: 48 }, heartbeatTimeout: { hours: 12 } }),
    );
    const callback = runner.callback("approval");
    expect(callback.timeoutAt).toEqual(at(48 * 3600));
    expect(callback.heartbeatAt).toEqual(at(12 * 3600));
    expect(runner.result.pendingCallbacks[0]).toMatchObject({
      timeoutAt: at(48 * 3600),
      heartbeatAt: at(12 * 3600),
    });
  });

  test("count from the start of the callback, not of the execution", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      await context.wait("before", { minutes: 1 });
      const callback = await context.createCallback("approval", { timeout: { minutes: 1 } });
      return callback.settled();
    });
    const runner = await waiting(handler);
    expect(runner.callback("approval").timeoutAt).toEqual(at(120));
    const result = await runner.runToCompletion();
    expect(result).toMatchObject({
      result: { status: "TIMED_OUT", reason: "timeout" },
      elapsedMs: 120_000,
    });
  });

  test("a heartbeat restarts the heartbeat timer only", async () => {
    const runner = await waiting(
      asking({ timeout: { seconds: 100 }, heartbeatTimeout: { seconds: 30 } }),
    );
    const callback = runner.callback("approval");
    await runner.advance({ seconds: 20 });
    const beaten = await callback.heartbeat();
    expect(beaten).toMatchObject({ status: "PENDING", elapsedMs: 20_000 });
    expect(callback.heartbeatAt).toEqual(at(50));
    expect(callback.timeoutAt).toEqual(at(100));
    expect((await runner.advance({ seconds: 29 })).status).toBe("PENDING");
    const result = await runner.advance({ seconds: 1 });
    expect(result).toMatchObject({
      result: { status: "TIMED_OUT", reason: "heartbeat" },
      elapsedMs: 50_000,
    });
  });

  test("the overall timeout passes in spite of heartbeats", async () => {
    const runner = await waiting(
      asking({ timeout: { seconds: 100 }, heartbeatTimeout: { seconds: 30 } }),
    );
    for (let beats = 0; beats < 4; beats += 1) {
      await runner.advance({ seconds: 20 });
      await runner.callback("approval").heartbeat();
    }
    const result = await runner.runToCompletion();
    expect(result).toMatchObject({
      result: { status: "TIMED_OUT", reason: "timeout" },
      elapsedMs: 100_000,
    });
  });

  test.for([
    { what: "from the start", beatAfter: undefined },
    { what: "after a heartbeat", beatAfter: 40 },
  ])("at the same instant the overall timeout wins, $what", async ({ beatAfter }) => {
    const runner = await waiting(
      asking({ timeout: { seconds: 60 + (beatAfter ?? 0) }, heartbeatTimeout: { seconds: 60 } }),
    );
    if (beatAfter !== undefined) {
      await runner.advance({ seconds: beatAfter });
      await runner.callback("approval").heartbeat();
    }
    const result = await runner.runToCompletion();
    expect(result.result).toEqual({ status: "TIMED_OUT", reason: "timeout" });
    expect(eventsOf(result, "CallbackTimedOut")).toHaveLength(1);
  });

  test("a heartbeat at the very instant of the deadline, before it happens, saves the callback", async () => {
    const runner = await waiting(asking({ heartbeatTimeout: { seconds: 30 } }));
    await runner.advance({ seconds: 29, milliseconds: 999 });
    await runner.callback("approval").heartbeat();
    expect((await runner.advance({ seconds: 29, milliseconds: 999 })).status).toBe("PENDING");
  });

  test("a heartbeat of a callback without heartbeat timeout is accepted and does nothing", async () => {
    const runner = await waiting(asking({ timeout: { seconds: 60 } }));
    const before = runner.result;
    const after = await runner.callback("approval").heartbeat();
    expect(after.history).toEqual(before.history);
    expect(after.operations).toEqual(before.operations);
    expect(after.world).toMatchObject([{ kind: "heartbeat", by: "test", ignored: false }]);
    const result = await runner.runToCompletion();
    expect(result.elapsedMs).toBe(60_000);
  });

  test("heartbeats leave no event and invoke nobody", async () => {
    const runner = await waiting(asking({ heartbeatTimeout: { seconds: 30 } }));
    const result = await runner.callback("approval").heartbeat();
    expect(eventLines(result)).toEqual([
      "ExecutionStarted",
      "CallbackStarted approval",
      "InvocationCompleted",
    ]);
    expect(result.invocations).toHaveLength(1);
  });

  test.for([
    { option: "timeout", type: "Callback.Timeout" },
    { option: "heartbeatTimeout", type: "Callback.Heartbeat" },
  ])("the history tells them apart by error type: $type", async ({ option, type }) => {
    const runner = await waiting(asking({ [option]: { seconds: 5 } }));
    const result = await runner.runToCompletion();
    expect(
      eventsOf(result, "CallbackTimedOut")[0]?.CallbackTimedOutDetails.Error.Payload,
    ).toMatchObject({ ErrorType: type });
    expect(operationsOf(result, "CALLBACK")[0]?.error?.ErrorType).toBe(type);
  });

  test("are gone once the callback has been answered", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback<string>("approval", {
        timeout: { seconds: 60 },
        heartbeatTimeout: { seconds: 30 },
      });
      const answer = await callback.result();
      await context.wait("long after", { hours: 1 });
      return answer;
    });
    const runner = await waiting(handler);
    const result = await runner.callback("approval").succeed("in time");
    expect(result.result).toBe("in time");
    expect(eventsOf(result, "CallbackTimedOut")).toEqual([]);
  });
});

describe("what is sent to a callback", () => {
  test("of an unknown id is told to the sender, and changes nothing", async () => {
    const runner = await waiting(asking());
    const before = runner.result;
    for (const send of [
      () => runner.sendCallbackSuccess("no such id", 1),
      () => runner.sendCallbackFailure("no such id", new Error("no")),
      () => runner.sendCallbackHeartbeat("no such id"),
      () => runner.sendCallbackSuccess(undefined as never),
    ]) {
      const error = await rejectionOf(send());
      expect(UnknownCallbackError.is(error)).toBe(true);
      expect((error as Error).message).toContain("runner.callback(name).callbackId");
    }
    expect(runner.result).toEqual(before);
    const result = await runner.callback("approval").succeed("still fine");
    expect(result.status).toBe("SUCCEEDED");
  });

  describe("after a deadline is refused, saying how a test answers before it:", () => {
    const lateAnswer = async (runner: DurableTestRunner): Promise<string> => {
      const error = await rejectionOf(runner.callback("approval").succeed("late"));
      expect(CallbackClosedError.is(error)).toBe(true);
      return (error as Error).message;
    };
    const inTime =
      'To answer in time, do so where run() returns, which stops before the deadline as long as the callback is open; let less time pass until then (advance, advanceUntil); or script it: callbacks: { "approval": respond.success(…).after(…) }.';

    test.for(["timeout", "heartbeatTimeout"] as const)("its own %s", async (deadline) => {
      const runner = await waiting(asking({ [deadline]: { seconds: 10 } }));
      await runner.runToCompletion();
      expect(await lateAnswer(runner)).toContain(
        `Callback "approval" has ended already: TIMED_OUT at ${at(10).toISOString()}. What is sent to it now is ignored. ${inTime}`,
      );
    });

    test("the execution's", async () => {
      const runner = new DurableTestRunner(asking());
      await runner.run(undefined, { timeout: { minutes: 1 } });
      await runner.advance({ minutes: 1 });
      expect(await lateAnswer(runner)).toContain(
        `Callback "approval" is closed: the execution has ended (TIMED_OUT at ${at(60).toISOString()}). ${inTime}`,
      );
    });

    test("one that its script let pass", async () => {
      const runner = new DurableTestRunner(asking({ timeout: { seconds: 10 } }), {
        callbacks: { approval: respond.never() },
      });
      await runner.run();
      expect(await lateAnswer(runner)).toContain(
        'Its script let the deadline pass: have it answer before (callbacks: { "approval": respond.success(…).after(…) })',
      );
      await runner[Symbol.asyncDispose]();
    });

    test("but not where an answer was there first", async () => {
      const runner = await waiting(asking({ timeout: { seconds: 10 } }));
      await runner.callback("approval").succeed("first");
      expect(await lateAnswer(runner)).not.toContain("in time");
    });
  });

  test("after the execution has ended is refused, saying how and when it ended", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback("never awaited");
      await context.wait("a while", { minutes: 1 });
      return callback.callbackId;
    });
    const runner = new DurableTestRunner(handler);
    await runner.run();
    const { result } = await runner.advance({ hours: 1 });
    for (const send of [
      () => runner.sendCallbackSuccess(String(result), 1),
      () => runner.sendCallbackFailure(String(result), new Error("no")),
      () => runner.sendCallbackHeartbeat(String(result)),
    ]) {
      const error = await rejectionOf(send());
      expect(CallbackClosedError.is(error)).toBe(true);
      expect((error as Error).message).toContain("the execution has ended (SUCCEEDED");
      expect((error as Error).message).toContain(at(60).toISOString());
    }
    expect(runner.result.history.at(-1)?.EventType).toBe("ExecutionSucceeded");
  });

  test("may be as large as the service takes", async () => {
    const runner = await waiting(asking());
    const largest = "x".repeat(262_144 - 2);
    const result = await runner.callback("approval").succeed(largest);
    expect(result.result).toEqual({ status: "SUCCEEDED", value: largest });
  });

  test.for([
    { what: "text", payload: "x".repeat(262_144 - 1) },
    { what: "text of many bytes a letter", payload: "ü".repeat(131_072) },
    { what: "bytes", payload: new Uint8Array(262_145).fill(48) },
  ])("is refused when it is larger, and the callback is still open: $what", async ({ payload }) => {
    const runner = await waiting(asking());
    const before = runner.result;
    const error = await rejectionOf(runner.callback("approval").succeed(payload));
    expect(InvalidPayloadError.is(error)).toBe(true);
    expect(error).toMatchObject({ code: "INVALID_PAYLOAD" });
    expect((error as Error).message).toContain("262144");
    expect(runner.result).toEqual(before);
    const result = await runner.callback("approval").succeed("smaller");
    expect(result.result).toEqual({ status: "SUCCEEDED", value: "smaller" });
  });

  test("is refused as well when a failure is larger", async () => {
    const runner = await waiting(asking());
    const error = await rejectionOf(
      runner.callback("approval").fail({ ErrorData: "x".repeat(262_145) }),
    );
    expect(InvalidPayloadError.is(error)).toBe(true);
    expect(runner.callback("approval").status).toBe("STARTED");
  });
});

describe("a completion", () => {
  test("invokes a handler that is blocked on something else: it replays and suspends again", async () => {
    let invocations = 0;
    const handler = withDurableExecution(async (_: unknown, context) => {
      invocations += 1;
      const callback = await context.createCallback<string>("approval");
      await context.wait("an hour", { hours: 1 });
      return callback.result();
    });
    const runner = new DurableTestRunner(handler, { timeSkipping: "manual" });
    await runner.run();
    const blocked = await runner.callback("approval").succeed("early");
    expect(blocked.status).toBe("PENDING");
    expect(invocations).toBe(2);
    const result = await runner.advance({ hours: 1 });
    expect(result.result).toBe("early");
    expect(eventLines(result)).toEqual([
      "ExecutionStarted",
      "CallbackStarted approval",
      "WaitStarted an hour",
      "InvocationCompleted",
      "CallbackSucceeded approval",
      "InvocationCompleted",
      "WaitSucceeded an hour",
      "InvocationCompleted",
      "ExecutionSucceeded",
    ]);
  });

  test("during an invocation is delivered with the next checkpoint", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback<string>("approval");
      await context.step("answer", async () => {
        await runner.callback("approval").succeed("from inside");
      });
      const answer = await callback.result();
      return { answer, invocations: runner.result.invocations.length };
    });
    const runner: DurableTestRunner = new DurableTestRunner(handler);
    const result = await runner.run();
    expect(result.result).toEqual({ answer: "from inside", invocations: 1 });
  });

  test("that the invocation never saw begins the next one at once", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback<string>("approval", { timeout: { hours: 1 } });
      // Sent, but nothing is checkpointed after it: this invocation is not told.
      if (sends < 1) {
        sends += 1;
        await runner.callback("approval").succeed("unseen");
      }
      return callback.result();
    });
    let sends = 0;
    const runner: DurableTestRunner = new DurableTestRunner(handler);
    const result = await runner.run();
    expect(result).toMatchObject({ status: "SUCCEEDED", result: "unseen", elapsedMs: 0 });
    expect(result.invocations).toHaveLength(2);
  });

  test("resolves at once with the result as it stands while another call is going on", async () => {
    const seen: unknown[] = [];
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback<string>("approval");
      await context.step("answer", async () => {
        const standing = await runner.callback("approval").succeed("x");
        seen.push(standing.status, standing.pendingCallbacks, standing.invocations.at(-1)?.status);
      });
      return callback.result();
    });
    const runner: DurableTestRunner = new DurableTestRunner(handler);
    await runner.run();
    expect(seen).toEqual(["PENDING", [], "RUNNING"]);
  });

  test("may come from anywhere else while the runner is busy, without deadlock", async () => {
    const runner: DurableTestRunner = new DurableTestRunner(
      withDurableExecution(async (_: unknown, context) => {
        const callback = await context.createCallback<string>("approval");
        outside.resolve(callback.callbackId);
        await context.step("meanwhile", () => told.promise);
        return callback.result();
      }),
    );
    const outside = Promise.withResolvers<string>();
    const told = Promise.withResolvers<undefined>();
    const running = runner.run();
    const sent = outside.promise.then(async (id) => {
      const result = await runner.sendCallbackSuccess(id, "from outside");
      told.resolve(undefined);
      return result;
    });
    expect((await sent).status).toBe("PENDING");
    expect((await running).result).toBe("from outside");
  });
});

describe("things due at the same instant", () => {
  test("are all applied, in order, before one invocation", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callbacks = await Promise.all(
        ["a", "b"].map((name) => context.createCallback(name, { timeout: { minutes: 1 } })),
      );
      const waits = [context.wait("w1", { minutes: 1 }), context.wait("w2", { minutes: 1 })];
      await Promise.all(waits);
      return Promise.all(callbacks.map((callback) => callback.settled()));
    });
    const runner = new DurableTestRunner(handler);
    await runner.run();
    const result = await runner.runToCompletion();
    expect(result.invocations).toHaveLength(2);
    expect(eventLines(result).slice(6)).toEqual([
      "CallbackTimedOut a",
      "CallbackTimedOut b",
      "WaitSucceeded w1",
      "WaitSucceeded w2",
      "InvocationCompleted",
      "ExecutionSucceeded",
    ]);
  });

  test("and each other's undoing: what the first makes void does not happen", async () => {
    // The heartbeat deadline is void once the overall timeout has ended the callback.
    const runner = await waiting(
      asking({ timeout: { minutes: 1 }, heartbeatTimeout: { minutes: 1 } }),
    );
    const result = await runner.runToCompletion();
    expect(eventLines(result).filter((line) => line.startsWith("CallbackTimedOut"))).toHaveLength(
      1,
    );
  });
});

describe("the end of the execution", () => {
  test("closes open callbacks to senders and drops their timers", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      await context.createCallback("open", { timeout: { minutes: 1 } });
      return "done";
    });
    const runner = new DurableTestRunner(handler);
    const ended = await runner.run();
    expect(ended.pendingCallbacks).toEqual([]);
    const later = await runner.advance({ hours: 1 });
    expect(later.history).toEqual(ended.history);
    expect(later.elapsedMs).toBe(0);
    expect(runner.callback("open").status).toBe("STARTED");
    const error = await rejectionOf(runner.callback("open").succeed(1));
    expect(CallbackClosedError.is(error)).toBe(true);
  });

  test("abandons running work, whose later checkpoints are refused quietly", async () => {
    const ended = Promise.withResolvers<undefined>();
    const effects: string[] = [];
    const handler = withDurableExecution(async (_: unknown, context) => {
      void context.step("slow", async () => {
        await ended.promise;
        effects.push("went on");
        return "too late";
      });
      return "done";
    });
    const runner = new DurableTestRunner(handler);
    const result = await runner.run();
    expect(result.result).toBe("done");
    ended.resolve(undefined);
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
    expect(effects).toEqual(["went on"]);
    expect(runner.result.history).toEqual(result.history);
    expect(operationsOf(runner.result, "STEP")[0]?.status).toBe("STARTED");
  });

  test("drops the timers of waits and retries", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      void context.wait("a day", { days: 1 });
      void context.step("retried", () => {
        throw new Error("again");
      });
      await context.wait("a second", { seconds: 1 });
      return "done";
    });
    const runner = new DurableTestRunner(handler);
    const ended = await runner.run();
    expect(ended.result).toBe("done");
    const later = await runner.advance({ days: 2 });
    expect(later.history).toEqual(ended.history);
  });
});
