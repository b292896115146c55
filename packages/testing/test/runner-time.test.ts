import crypto from "node:crypto";
import { promisify } from "node:util";
import {
  createRetryStrategy,
  type DurableContext,
  type DurableHandler,
  withDurableExecution,
} from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import { DurableTestRunner, ExecutionStalledError, respond } from "../src/index.ts";
import { eventLines, eventsOf, operationsOf, rejectionOf } from "./support/history.ts";

const handlerOf = <Output>(
  body: (context: DurableContext) => Promise<Output>,
): DurableHandler<unknown, Output> =>
  withDurableExecution(async (_: unknown, context) => body(context));

const every10Seconds = createRetryStrategy({
  maxAttempts: 10,
  initialDelay: { seconds: 10 },
  backoffRate: 1,
  jitter: "NONE",
});

/** A step that fails a number of times. */
const failing = (times: number) => (step: { readonly attempt: number }) => {
  if (step.attempt <= times) throw new Error("not yet");
  return step.attempt;
};

describe("the virtual clock", () => {
  test("starts at the beginning of 2025 unless told otherwise", async () => {
    const runner = new DurableTestRunner(handlerOf(async () => 1));
    expect(runner.now).toEqual(new Date("2025-01-01T00:00:00.000Z"));
    const result = await runner.run();
    expect(result.startedAt).toEqual(new Date("2025-01-01T00:00:00.000Z"));
  });

  test.for([
    { startTime: new Date("2030-06-01T12:00:00.000Z") },
    { startTime: "2030-06-01T12:00:00.000Z" },
    { startTime: Date.parse("2030-06-01T12:00:00.000Z") },
  ])("starts at $startTime when told so", async ({ startTime }) => {
    const runner = new DurableTestRunner(
      handlerOf(async (context) => {
        await context.wait({ hours: 1 });
      }),
      { startTime },
    );
    const result = await runner.run();
    expect(result.startedAt.toISOString()).toBe("2030-06-01T12:00:00.000Z");
    expect(result.endedAt?.toISOString()).toBe("2030-06-01T13:00:00.000Z");
    expect(result.elapsedMs).toBe(3_600_000);
    expect(result.history[0]?.EventTimestamp).toEqual(result.startedAt);
  });

  test("is the runner's own: executions that run at once do not share it", async () => {
    const runners = [1, 2, 3, 4].map(
      (hours) => new DurableTestRunner(handlerOf((context) => context.wait({ hours }))),
    );
    const results = await Promise.all(runners.map((runner) => runner.run()));
    expect(results.map(({ elapsedMs }) => elapsedMs / 3_600_000)).toEqual([1, 2, 3, 4]);
  });

  test("may be moved before the execution begins", async () => {
    const runner = new DurableTestRunner(handlerOf(async () => "ran"));
    const idle = await runner.advance({ days: 1 });
    expect(idle).toMatchObject({ status: "PENDING", operations: [], history: [], invocations: [] });
    const result = await runner.run();
    expect(result.startedAt).toEqual(new Date("2025-01-02T00:00:00.000Z"));
    expect(result.elapsedMs).toBe(0);
  });
});

describe("run()", () => {
  test("skips over waits and retries, and the clock stays at the last thing that happened", async () => {
    const runner = new DurableTestRunner(
      handlerOf(async (context) => {
        await context.wait({ days: 3 });
        await context.step("flaky", failing(2), { retryStrategy: every10Seconds });
        await (await context.createCallback("approval")).result();
      }),
    );
    const result = await runner.run();
    expect(result.status).toBe("PENDING");
    expect(result.elapsedMs).toBe(3 * 86_400_000 + 20_000);
    expect(runner.now.getTime() - result.startedAt.getTime()).toBe(result.elapsedMs);
  });

  test.for(["timeout", "heartbeatTimeout"])(
    "stops before the %s of an open callback that has no script",
    async (option) => {
      const runner = new DurableTestRunner(
        handlerOf(async (context) => {
          const callback = await context.createCallback("approval", { [option]: { hours: 1 } });
          return callback.result();
        }),
      );
      const result = await runner.run();
      expect(result).toMatchObject({ status: "PENDING", elapsedMs: 0 });
      expect(result.pendingCallbacks.map(({ name }) => name)).toEqual(["approval"]);
    },
  );

  test("stops before the own timeout of a by-id wait on such a callback", async () => {
    const runner = new DurableTestRunner(
      handlerOf(async (context) => {
        const callback = await context.createCallback("approval");
        const other = await context.createCallback("other");
        await context.wait({ minutes: 1 });
        return Promise.all([
          context.waitForCallback(callback, { timeout: { hours: 1 } }),
          other.result(),
        ]);
      }),
    );
    await runner.run();
    await runner.advance({ minutes: 1 });
    const result = await runner.callback("other").succeed();
    expect(result).toMatchObject({ status: "PENDING", elapsedMs: 60_000 });
    expect(result.pendingCallbacks.map(({ name }) => name)).toEqual(["approval"]);
    expect((await runner.advance({ hours: 1 })).error?.ErrorType).toBe("CallbackTimeoutError");
  });

  test("does not stop before the lapsed timeout of a by-id wait that is over", async () => {
    const runner = new DurableTestRunner(
      handlerOf(async (context) => {
        const first = await context.createCallback("first");
        await context.waitForCallback(first, { timeout: { hours: 1 } });
        await (await context.createCallback("second", { timeout: { hours: 5 } })).result();
      }),
    );
    await runner.run();
    const result = await runner.callback("first").succeed();
    expect(result.status).toBe("PENDING");
    expect(result.pendingCallbacks.map(({ name }) => name)).toEqual(["second"]);
  });

  test("stops before the execution's timeout while such a callback is open", async () => {
    const runner = new DurableTestRunner(
      handlerOf(async (context) => (await context.createCallback("approval")).result()),
    );
    const waiting = await runner.run(undefined, { timeout: { hours: 1 } });
    expect(waiting).toMatchObject({ status: "PENDING", elapsedMs: 0 });
    const result = await runner.runToCompletion();
    expect(result).toMatchObject({ status: "TIMED_OUT", elapsedMs: 3_600_000 });
  });

  test("lets the execution's timeout pass when no such callback is open", async () => {
    const runner = new DurableTestRunner(handlerOf((context) => context.wait({ days: 1 })));
    const result = await runner.run(undefined, { timeout: { hours: 1 } });
    expect(result).toMatchObject({
      status: "TIMED_OUT",
      elapsedMs: 3_600_000,
      result: undefined,
      error: { ErrorType: "ExecutionTimeout" },
    });
    expect(eventsOf(result, "ExecutionStarted")[0]?.ExecutionStartedDetails.ExecutionTimeout).toBe(
      3600,
    );
    expect(eventLines(result).at(-1)).toBe("ExecutionTimedOut");
  });

  test("ends within its timeout without notice", async () => {
    const runner = new DurableTestRunner(handlerOf((context) => context.wait({ hours: 1 })));
    const result = await runner.run(undefined, { timeout: { hours: 2 } });
    expect(result.status).toBe("SUCCEEDED");
    expect((await runner.advance({ hours: 5 })).status).toBe("SUCCEEDED");
  });

  test("stops before every wait while such a callback is open: it could be answered before", async () => {
    const runner = new DurableTestRunner(
      handlerOf(async (context) => {
        const callback = await context.createCallback("approval", { timeout: { hours: 1 } });
        await context.wait({ minutes: 59 });
        await context.wait({ minutes: 2 });
        return callback.result();
      }),
    );
    expect(await runner.run()).toMatchObject({ status: "PENDING", elapsedMs: 0 });
    const result = await runner.advance({ minutes: 59 });
    expect(result).toMatchObject({ status: "PENDING", elapsedMs: 59 * 60_000 });
    expect(operationsOf(result, "WAIT").map(({ status }) => status)).toEqual([
      "SUCCEEDED",
      "STARTED",
    ]);
    const answered = await runner.callback("approval").succeed("yes");
    expect(answered).toMatchObject({ result: "yes", elapsedMs: 61 * 60_000 });
  });

  test("goes on with retries while such a callback is open: the handler is at work", async () => {
    const runner = new DurableTestRunner(
      handlerOf(async (context) => {
        const callback = await context.createCallback("approval", { timeout: { hours: 1 } });
        await context.step("ask", failing(2), { retryStrategy: every10Seconds });
        return callback.result();
      }),
    );
    const result = await runner.run();
    expect(result).toMatchObject({ status: "PENDING", elapsedMs: 20_000 });
    expect(result.step("ask")).toMatchObject({ status: "SUCCEEDED", attempt: 3 });
  });

  test("stops before what is due after a deadline, though it could happen by itself", async () => {
    const runner = new DurableTestRunner(
      handlerOf(async (context) => {
        const callback = await context.createCallback("approval", { timeout: { seconds: 5 } });
        await context.step("ask", failing(1), { retryStrategy: every10Seconds });
        return callback.result();
      }),
    );
    expect(await runner.run()).toMatchObject({ status: "PENDING", elapsedMs: 0 });
    expect(await runner.advance({ seconds: 10 })).toMatchObject({
      status: "SUCCEEDED",
      result: undefined,
    });
  });

  test("stops before a deadline even when something else is due at the very same instant after it", async () => {
    const runner = new DurableTestRunner(
      handlerOf(async (context) => {
        const callback = await context.createCallback("approval", { timeout: { hours: 1 } });
        const wait = context.wait({ hours: 1 });
        return Promise.race([callback.result(), wait.then(() => "waited")]);
      }),
    );
    const result = await runner.run();
    expect(result).toMatchObject({ status: "PENDING", elapsedMs: 0 });
    expect((await runner.runToCompletion()).result).toBeUndefined();
  });

  test("takes what is due at the same instant before a deadline", async () => {
    const runner = new DurableTestRunner(
      handlerOf(async (context) => {
        const retried = context.step("ask", failing(1), { retryStrategy: every10Seconds });
        const callback = await context.createCallback("approval", { timeout: { seconds: 10 } });
        await retried;
        return callback.result();
      }),
    );
    const result = await runner.run();
    expect(result).toMatchObject({ status: "PENDING", elapsedMs: 10_000 });
    expect(result.step("ask").status).toBe("SUCCEEDED");
    expect((await runner.advance({ seconds: 0 })).status).toBe("SUCCEEDED");
  });

  test("goes on past the deadline of a callback that somebody has answered", async () => {
    const runner = new DurableTestRunner(
      handlerOf(async (context) => {
        const callback = await context.createCallback("approval", { timeout: { minutes: 1 } });
        await context.wait({ hours: 1 });
        return callback.result();
      }),
      { timeSkipping: "auto" },
    );
    const waiting = await runner.run();
    expect(waiting.elapsedMs).toBe(0);
    const result = await runner.callback("approval").succeed("now");
    expect(result).toMatchObject({ result: "now", elapsedMs: 3_600_000 });
  });

  test("never hangs: an execution that only the world can move is a result", async () => {
    const runner = new DurableTestRunner(
      handlerOf(async (context) => (await context.createCallback("approval")).result()),
    );
    expect((await runner.run()).status).toBe("PENDING");
  });

  test("gives the same result as the property, which stands as it is", async () => {
    const runner = new DurableTestRunner(handlerOf(async () => "x"));
    const result = await runner.run();
    expect(runner.result).toEqual(result);
  });

  test("gives the handler the input, through JSON, and an empty object for none", async () => {
    const inputs: unknown[] = [];
    const handler = withDurableExecution(async (input: unknown) => {
      inputs.push(input);
    });
    const date = new Date("2025-05-05T00:00:00.000Z");
    await new DurableTestRunner(handler).run({ date, nothing: undefined, list: [1] });
    await new DurableTestRunner(handler).run();
    await new DurableTestRunner(handler).run(null);
    await new DurableTestRunner(handler).run("text");
    expect(inputs).toEqual([{ date: date.toISOString(), list: [1] }, {}, null, "text"]);
  });
});

describe('timeSkipping: "manual"', () => {
  test.for([
    {
      what: "a wait",
      body: (context: DurableContext) => context.wait({ seconds: 10 }),
    },
    {
      what: "a retry",
      body: (context: DurableContext) =>
        context.step("flaky", failing(1), { retryStrategy: every10Seconds }),
    },
    {
      what: "a callback's timeout",
      body: async (context: DurableContext) =>
        (await context.createCallback("cb", { timeout: { seconds: 10 } })).result(),
    },
    {
      what: "a callback's heartbeat timeout",
      body: async (context: DurableContext) =>
        (await context.createCallback("cb", { heartbeatTimeout: { seconds: 10 } })).result(),
    },
  ])("stops before $what", async ({ body }) => {
    const runner = new DurableTestRunner(handlerOf<unknown>(body), { timeSkipping: "manual" });
    const stopped = await runner.run();
    expect(stopped).toMatchObject({ status: "PENDING", elapsedMs: 0 });
    expect(stopped.invocations).toHaveLength(1);
    const almost = await runner.advance({ seconds: 9, milliseconds: 999 });
    expect(almost.status).toBe("PENDING");
    expect(almost.invocations).toHaveLength(1);
    expect((await runner.advance({ milliseconds: 1 })).status).toBe("SUCCEEDED");
  });

  test("stops before the execution's timeout", async () => {
    const runner = new DurableTestRunner(
      handlerOf((context) => context.wait({ days: 1 })),
      {
        timeSkipping: "manual",
      },
    );
    expect((await runner.run(undefined, { timeout: { hours: 1 } })).status).toBe("PENDING");
    expect((await runner.advance({ hours: 1 })).status).toBe("TIMED_OUT");
  });

  test("lets a test interleave a callback and a wait", async () => {
    const runner = new DurableTestRunner(
      handlerOf(async (context) => {
        const callback = await context.createCallback<string>("approval");
        return Promise.race([
          callback.result(),
          context.wait("deadline", { minutes: 5 }).then(() => "too late"),
        ]);
      }),
      { timeSkipping: "manual" },
    );
    await runner.run();
    await runner.advance({ minutes: 4 });
    const result = await runner.callback("approval").succeed("in time");
    expect(result).toMatchObject({ result: "in time", elapsedMs: 240_000 });
  });

  test("stops again after each answer", async () => {
    const runner = new DurableTestRunner(
      handlerOf(async (context) => {
        await (await context.createCallback("approval")).result();
        await context.wait({ seconds: 5 });
        await context.wait({ seconds: 5 });
      }),
      { timeSkipping: "manual" },
    );
    await runner.run();
    expect(await runner.callback("approval").succeed()).toMatchObject({ elapsedMs: 0 });
    expect(await runner.advance({ seconds: 5 })).toMatchObject({
      status: "PENDING",
      elapsedMs: 5000,
    });
    expect(await runner.runToCompletion()).toMatchObject({
      status: "SUCCEEDED",
      elapsedMs: 10_000,
    });
  });
});

describe("advance()", () => {
  test("lets everything happen that is due on the way, in order, with the invocations it causes", async () => {
    const runner = new DurableTestRunner(
      handlerOf(async (context) => {
        await context.wait("one", { minutes: 1 });
        const callback = await context.createCallback("cb", { timeout: { minutes: 1 } });
        const answer = await callback.settled();
        await context.step("flaky", failing(1), { retryStrategy: every10Seconds });
        await context.wait("two", { hours: 1 });
        return answer;
      }),
      { timeSkipping: "manual" },
    );
    await runner.run();
    const result = await runner.advance({ minutes: 3 });
    expect(result).toMatchObject({ status: "PENDING", elapsedMs: 180_000 });
    expect(result.invocations).toHaveLength(4);
    expect(result.invocations.map(({ startedAt }) => startedAt.getTime())).toEqual(
      [0, 60, 120, 130].map((seconds) => result.startedAt.getTime() + seconds * 1000),
    );
  });

  test("includes the target instant", async () => {
    const runner = new DurableTestRunner(
      handlerOf((context) => context.wait({ minutes: 1 })),
      {
        timeSkipping: "manual",
      },
    );
    await runner.run();
    expect((await runner.advance({ minutes: 1 })).status).toBe("SUCCEEDED");
  });

  test("leaves the clock exactly at the target", async () => {
    const runner = new DurableTestRunner(
      handlerOf(async (context) => {
        await (await context.createCallback("cb", { timeout: { days: 9 } })).result();
      }),
    );
    await runner.run();
    const result = await runner.advance({ hours: 1, minutes: 2, seconds: 3, milliseconds: 4 });
    expect(result.elapsedMs).toBe(3_723_004);
    expect(runner.now).toEqual(new Date("2025-01-01T01:02:03.004Z"));
    await runner.advanceTo(new Date("2025-01-02T00:00:00.000Z"));
    expect(runner.now).toEqual(new Date("2025-01-02T00:00:00.000Z"));
  });

  test("by nothing goes on as far as possible without time passing", async () => {
    const runner = new DurableTestRunner(
      handlerOf(async (context) => {
        await context.wait({ minutes: 1 });
        return "done";
      }),
      { timeSkipping: "manual" },
    );
    await runner.run();
    expect(await runner.advance({ seconds: 0 })).toMatchObject({ status: "PENDING", elapsedMs: 0 });
    expect((await runner.advanceTo(runner.now)).status).toBe("PENDING");
  });

  test("lets deadlines of unscripted callbacks pass", async () => {
    const runner = new DurableTestRunner(
      handlerOf(async (context) =>
        (await context.createCallback("cb", { timeout: { minutes: 5 } })).settled(),
      ),
    );
    await runner.run();
    const result = await runner.advance({ minutes: 5 });
    expect(result.result).toEqual({ status: "TIMED_OUT", reason: "timeout" });
  });

  test("stops exactly at its target, also in the middle of an invocation", async () => {
    const runner = new DurableTestRunner(
      handlerOf(async (context) => {
        await context.wait({ minutes: 1 });
        await context.step("slow", async () => {
          await new Promise((resolve) => {
            setTimeout(resolve, 90_000);
          });
        });
        return "done";
      }),
      { timeSkipping: "manual" },
    );
    await runner.run();
    const middle = await runner.advance({ minutes: 2 });
    expect(middle).toMatchObject({ status: "PENDING", elapsedMs: 120_000 });
    expect(middle.invocations.map(({ status }) => status)).toEqual(["PENDING", "RUNNING"]);
    const result = await runner.advance({ minutes: 2 });
    expect(result).toMatchObject({ status: "SUCCEEDED", elapsedMs: 150_000 });
  });

  test("moves the clock on after the end, without anything happening", async () => {
    const runner = new DurableTestRunner(handlerOf(async () => "done"));
    const ended = await runner.run();
    const later = await runner.advance({ hours: 1 });
    expect(later).toEqual(ended);
    expect(runner.now).toEqual(new Date("2025-01-01T01:00:00.000Z"));
  });

  test("takes a Temporal.Duration, or what looks like one", async () => {
    class TemporalDuration {
      readonly years = 0;
      readonly months = 0;
      readonly weeks = 0;
      readonly days = 0;
      readonly hours = 1;
      readonly minutes = 30;
      readonly seconds = 0;
      readonly milliseconds = 5;
      readonly microseconds = 0;
      readonly nanoseconds = 0;
      get [Symbol.toStringTag](): string {
        return "Temporal.Duration";
      }
    }
    const runner = new DurableTestRunner(handlerOf(async () => 1));
    await runner.advance(new TemporalDuration());
    expect(runner.now).toEqual(new Date("2025-01-01T01:30:00.005Z"));
  });
});

describe("runToCompletion()", () => {
  test("lets every deadline pass, for the outside world is silent", async () => {
    const runner = new DurableTestRunner(
      handlerOf(async (context) => {
        const a = await context.createCallback("a", { timeout: { days: 1 } });
        const b = await context.createCallback("b", { heartbeatTimeout: { days: 2 } });
        const c = await context.createCallback("c", { timeout: { days: 4 } });
        const wait = await context
          .waitForCallback(c, { timeout: { days: 3 } })
          .catch((error: Error) => error.name);
        return [(await a.settled()).status, (await b.settled()).status, wait];
      }),
    );
    await runner.run();
    const result = await runner.runToCompletion();
    expect(result).toMatchObject({
      result: ["TIMED_OUT", "TIMED_OUT", "CallbackTimeoutError"],
      elapsedMs: 3 * 86_400_000,
    });
  });

  test("on an execution that has ended is its result", async () => {
    const runner = new DurableTestRunner(handlerOf(async () => "done"));
    const result = await runner.run();
    expect(await runner.runToCompletion()).toEqual(result);
  });

  test("throws when it waits for a callback without any deadline, saying for what and how to go on", async () => {
    const runner = new DurableTestRunner(
      handlerOf(async (context) => {
        const named = await context.createCallback("approval");
        const unnamed = await context.createCallback();
        await context.wait("first", { hours: 1 });
        return Promise.all([named.result(), unnamed.result()]);
      }),
    );
    await runner.run();
    const error = await rejectionOf(runner.runToCompletion());
    expect(ExecutionStalledError.is(error)).toBe(true);
    expect(error).toMatchObject({ code: "EXECUTION_STALLED" });
    const { message } = error as Error;
    expect(message).toContain('callback "approval", open');
    expect(message).toContain("callback unnamed");
    expect(message).toContain("runner.callback(name).succeed");
    expect(message).toContain("respond.success");
  });

  test("leaves the runner usable after it has thrown", async () => {
    const runner = new DurableTestRunner(
      handlerOf(async (context) => (await context.createCallback<string>("approval")).result()),
    );
    await runner.run();
    await rejectionOf(runner.runToCompletion());
    const result = await runner.callback("approval").succeed("after all");
    expect(result.result).toBe("after all");
  });

  test("shortens a long list of what it waits for", async () => {
    const runner = new DurableTestRunner(
      handlerOf(async (context) => {
        const callbacks = [];
        for (let index = 0; index < 13; index += 1) {
          callbacks.push(await context.createCallback(`cb-${index}`));
        }
        return Promise.all(callbacks.map((callback) => callback.result()));
      }),
    );
    await runner.run();
    const error = await rejectionOf(runner.runToCompletion());
    expect((error as Error).message).toContain('"cb-9", open and 3 more.');
  });
});

describe("stop()", () => {
  test("ends the execution with the error it is given", async () => {
    const runner = new DurableTestRunner(
      handlerOf(async (context) => (await context.createCallback("approval")).result()),
    );
    await runner.run();
    const result = await runner.stop({ ErrorType: "Operator", ErrorMessage: "enough" });
    expect(result).toMatchObject({
      status: "STOPPED",
      error: { ErrorType: "Operator", ErrorMessage: "enough" },
      pendingCallbacks: [],
    });
    expect(eventsOf(result, "ExecutionStopped")[0]?.ExecutionStoppedDetails.Error.Payload).toEqual({
      ErrorType: "Operator",
      ErrorMessage: "enough",
    });
    expect(await rejectionOf(runner.callback("approval").succeed())).toMatchObject({
      code: "CALLBACK_CLOSED",
    });
  });

  test("says that it was stopped when no error is given", async () => {
    const runner = new DurableTestRunner(
      handlerOf((context) => context.wait({ hours: 1 })),
      {
        timeSkipping: "manual",
      },
    );
    await runner.run();
    expect((await runner.stop()).error).toEqual({
      ErrorType: "Stopped",
      ErrorMessage: "The execution was stopped.",
    });
  });

  test("from inside a step cuts the invocation off", async () => {
    const handler = handlerOf(async (context) => {
      await context.step("stops everything", async () => {
        await runner.stop();
      });
      return "not reached";
    });
    const runner: DurableTestRunner = new DurableTestRunner(handler);
    const result = await runner.run();
    expect(result.status).toBe("STOPPED");
    expect(result.invocations).toMatchObject([{ status: "DIED" }]);
    expect(operationsOf(result, "STEP")[0]?.status).toBe("STARTED");
  });
});

describe("timers within an invocation", () => {
  test("are run until it suspends, and deadlines that may pass on the way fire in order", async () => {
    const handler = handlerOf(async (context) => {
      const callback = await context.createCallback<string>("approval", {
        timeout: { seconds: 5 },
      });
      await context.step("slow", async () => {
        await new Promise((resolve) => {
          setTimeout(resolve, 10_000);
        });
      });
      return callback.settled();
    });
    const runner = new DurableTestRunner(handler);
    await runner.run();
    const result = await runner.runToCompletion();
    expect(result).toMatchObject({
      result: { status: "TIMED_OUT", reason: "timeout" },
      elapsedMs: 10_000,
    });
    expect(result.invocations).toHaveLength(1);
    expect(eventLines(result).slice(1, 5)).toEqual([
      "CallbackStarted approval",
      "StepStarted slow",
      "CallbackTimedOut approval",
      "StepSucceeded slow",
    ]);
  });

  test("that real work outruns let nothing else happen, however slow the machine", async () => {
    const handler = handlerOf(async (context) => {
      const callback = await context.createCallback<string>("approval", {
        heartbeatTimeout: { seconds: 1 },
      });
      await context.step("real", async () => {
        const timer = setTimeout(() => {}, 60_000);
        await promisify(crypto.pbkdf2)("password", "salt", 100_000, 64, "sha512");
        clearTimeout(timer);
      });
      return callback.result();
    });
    const callbacks = { approval: respond.success("yes") };
    const result = await new DurableTestRunner(handler, { callbacks }).run();
    expect(result).toMatchObject({ result: "yes", elapsedMs: 0 });
    expect(eventLines(result).slice(2, 6)).toEqual([
      "StepStarted real",
      "StepSucceeded real",
      "InvocationCompleted",
      "CallbackSucceeded approval",
    ]);
  });

  test("are cut by the execution's timeout", async () => {
    const handler = handlerOf(async (context) => {
      await context.step("slow", async () => {
        await new Promise((resolve) => {
          setTimeout(resolve, 100_000);
        });
      });
    });
    const result = await new DurableTestRunner(handler).run(undefined, {
      timeout: { seconds: 30 },
    });
    expect(result).toMatchObject({ status: "TIMED_OUT", elapsedMs: 30_000 });
    expect(eventLines(result).slice(-2)).toEqual(["InvocationCompleted", "ExecutionTimedOut"]);
  });

  test("answer from scripts while they run", async () => {
    const handler = handlerOf(async (context) => {
      const callback = await context.createCallback<string>("approval");
      await context.step("slow", async () => {
        await new Promise((resolve) => {
          setTimeout(resolve, 10_000);
        });
      });
      return callback.result();
    });
    const result = await new DurableTestRunner(handler, {
      callbacks: { approval: respond.success("meanwhile").after({ seconds: 3 }) },
    }).run();
    expect(result).toMatchObject({ result: "meanwhile", elapsedMs: 10_000 });
    expect(result.invocations).toHaveLength(1);
    expect(result.world[0]?.at).toEqual(new Date("2025-01-01T00:00:03.000Z"));
  });

  test("let Lambda's limit of 15 minutes end the invocation, which is begun again", async () => {
    let invocations = 0;
    const handler = handlerOf(async (context) => {
      invocations += 1;
      const first = invocations === 1;
      await context.step("too slow", async () => {
        await new Promise((resolve) => {
          setTimeout(resolve, first ? 3_600_000 : 1000);
        });
      });
      return "done";
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result).toMatchObject({ result: "done", elapsedMs: 901_000 });
    expect(result.invocations).toMatchObject([
      { status: "DIED", error: { ErrorType: "Sandbox.Timedout" } },
      { status: "SUCCEEDED" },
    ]);
  });
});
