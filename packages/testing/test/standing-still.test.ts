/** An invocation that is going on when run() or advance() stops stands still, and goes on from there. */
import {
  type CallbackConfig,
  type DurableContext,
  withDurableExecution,
} from "@durabletest/runtime";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  DurableTestRunner,
  formatTimeline,
  respond,
  RunnerBusyError,
  RunnerDisposedError,
} from "../src/index.ts";
import { eventLines, rejectionOf } from "./support/history.ts";

const MINUTE_MS = 60_000;

const handlerOf = <Output>(body: (context: DurableContext) => Promise<Output>) =>
  withDurableExecution(async (_: unknown, context) => body(context));

/** A step that takes ten minutes beside a callback. */
const slowBeside = (config: Pick<CallbackConfig<string>, "timeout" | "heartbeatTimeout">) =>
  handlerOf(async (context) => {
    const approval = await context.createCallback<string>("approval", config);
    const slow = context.step("slow", async () => {
      const begun = new Date().toISOString();
      await sleep(10 * MINUTE_MS);
      return [begun, new Date().toISOString()];
    });
    return [(await approval.settled()).status, await slow];
  });

const statuses = ({ result }: DurableTestRunner): readonly string[] =>
  result.invocations.map(({ status }) => status);

const turns = async (count = 5): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
};

const unhandled: unknown[] = [];
const notice = (reason: unknown): void => void unhandled.push(reason);
beforeEach(() => {
  unhandled.length = 0;
  process.on("unhandledRejection", notice);
});
afterEach(async () => {
  await turns();
  process.off("unhandledRejection", notice);
  expect(unhandled).toEqual([]);
});

describe("run()", () => {
  test.for(["timeout", "heartbeatTimeout"] as const)(
    "stops before the %s of a callback beside a step that takes longer",
    async (deadline) => {
      const runner = new DurableTestRunner(slowBeside({ [deadline]: { minutes: 5 } }));
      const waiting = await runner.run();
      expect(waiting).toMatchObject({ status: "PENDING", elapsedMs: 0 });
      expect(waiting.invocations).toMatchObject([{ status: "RUNNING", endedAt: undefined }]);
      expect(waiting.pendingCallbacks.map(({ name }) => name)).toEqual(["approval"]);
      expect(waiting.step("slow").status).toBe("STARTED");
      expect(eventLines(waiting)).not.toContain("InvocationCompleted");
    },
  );

  test("does not stop for a callback that has no deadline within the step", async () => {
    const runner = new DurableTestRunner(slowBeside({ timeout: { minutes: 11 } }));
    const waiting = await runner.run();
    expect(waiting).toMatchObject({ status: "PENDING", elapsedMs: 10 * MINUTE_MS });
    expect(statuses(runner)).toEqual(["PENDING"]);
  });

  test("stops before the end of a wait beside such a step", async () => {
    const runner = new DurableTestRunner(
      handlerOf(async (context) => {
        const approval = await context.createCallback<string>("approval");
        const slow = context.step("slow", () => sleep(10 * MINUTE_MS));
        const first = await Promise.race([
          approval.result(),
          context.wait("reminder", { minutes: 3 }).then(() => "remind"),
        ]);
        await slow;
        return first;
      }),
    );
    expect(await runner.run()).toMatchObject({ status: "PENDING", elapsedMs: 0 });
    expect(statuses(runner)).toEqual(["RUNNING"]);
    expect(await runner.callback("approval").succeed("yes")).toMatchObject({
      result: "yes",
      elapsedMs: 10 * MINUTE_MS,
    });
  });

  test("lets the timers of the handler fire until then", async () => {
    const ticks: number[] = [];
    const runner = new DurableTestRunner(
      handlerOf(async (context) => {
        const approval = await context.createCallback<string>("approval", {
          timeout: { minutes: 5 },
        });
        await context.step("ticks", async () => {
          for (let minute = 1; minute <= 10; minute += 1) {
            await sleep(MINUTE_MS);
            ticks.push(minute);
          }
        });
        return approval.result();
      }),
    );
    const waiting = await runner.run();
    expect(ticks).toEqual([1, 2, 3, 4]);
    expect(waiting.elapsedMs).toBe(4 * MINUTE_MS);
    expect((await runner.callback("approval").succeed("yes")).result).toBe("yes");
    expect(ticks).toHaveLength(10);
  });
});

describe("what the test does next goes on from there", () => {
  test("an answer reaches the handler in its next checkpoint, in the same invocation", async () => {
    const runner = new DurableTestRunner(slowBeside({ timeout: { minutes: 5 } }));
    await runner.run();
    const result = await runner.callback("approval").succeed("yes");
    expect(result).toMatchObject({
      result: ["SUCCEEDED", ["2025-01-01T00:00:00.000Z", "2025-01-01T00:10:00.000Z"]],
      elapsedMs: 10 * MINUTE_MS,
    });
    expect(statuses(runner)).toEqual(["SUCCEEDED"]);
    expect(eventLines(result)).toEqual([
      "ExecutionStarted",
      "CallbackStarted approval",
      "StepStarted slow",
      "CallbackSucceeded approval",
      "StepSucceeded slow",
      "InvocationCompleted",
      "ExecutionSucceeded",
    ]);
  });

  test("a failure, too", async () => {
    const runner = new DurableTestRunner(slowBeside({ timeout: { minutes: 5 } }));
    await runner.run();
    const result = await runner.callback("approval").fail(new Error("no"));
    expect(result.result?.[0]).toBe("FAILED");
  });

  test("heartbeats keep a callback open during a slow step, and each stops before the next deadline", async () => {
    const runner = new DurableTestRunner(slowBeside({ heartbeatTimeout: { minutes: 3 } }));
    await runner.run();
    for (const minute of [2, 4, 6]) {
      await runner.advance({ minutes: 2 });
      const waiting = await runner.callback("approval").heartbeat();
      expect(waiting.elapsedMs).toBe(minute * MINUTE_MS);
      expect(statuses(runner)).toEqual(["RUNNING"]);
    }
    await runner.advance({ minutes: 2 });
    // The next deadline, after eleven minutes, is none of the step's.
    expect((await runner.callback("approval").heartbeat()).elapsedMs).toBe(10 * MINUTE_MS);
    expect(statuses(runner)).toEqual(["PENDING"]);
    const result = await runner.callback("approval").succeed("yes");
    expect(result.result?.[0]).toBe("SUCCEEDED");
  });

  test("silence lets the deadline pass in its middle", async () => {
    const runner = new DurableTestRunner(slowBeside({ timeout: { minutes: 5 } }));
    await runner.run();
    const result = await runner.runToCompletion();
    expect(result).toMatchObject({ result: ["TIMED_OUT", {}], elapsedMs: 10 * MINUTE_MS });
    expect(eventLines(result).slice(2, 5)).toEqual([
      "StepStarted slow",
      "CallbackTimedOut approval",
      "StepSucceeded slow",
    ]);
  });

  test("of two callbacks, the one that is still open holds it", async () => {
    const runner = new DurableTestRunner(
      handlerOf(async (context) => {
        const legal = await context.createCallback<string>("legal", { timeout: { minutes: 2 } });
        const sales = await context.createCallback<string>("sales", { timeout: { minutes: 4 } });
        await context.step("slow", () => sleep(10 * MINUTE_MS));
        return [await legal.result(), await sales.result()];
      }),
    );
    await runner.run();
    const waiting = await runner.callback("legal").succeed("L");
    expect(waiting).toMatchObject({ status: "PENDING", elapsedMs: 0 });
    expect(statuses(runner)).toEqual(["RUNNING"]);
    await runner.advance({ minutes: 3 });
    expect((await runner.callback("sales").succeed("S")).result).toEqual(["L", "S"]);
    expect(statuses(runner)).toEqual(["SUCCEEDED"]);
  });

  test("advanceUntil() goes into its middle, and on", async () => {
    const runner = new DurableTestRunner(
      handlerOf(async (context) => {
        await context.runInChildContext("first", async (child) => {
          await child.step("one", () => sleep(MINUTE_MS));
          await child.step("two", () => sleep(MINUTE_MS));
        });
        return "done";
      }),
      { timeSkipping: "manual" },
    );
    await runner.run();
    const result = await runner.advanceUntil("two");
    expect(result).toMatchObject({ status: "SUCCEEDED", elapsedMs: 2 * MINUTE_MS });
  });
});

describe("advance()", () => {
  const slow = handlerOf(async (context) => {
    await context.wait("before", { minutes: 1 });
    const times = await context.step("slow", async () => {
      const begun = new Date().toISOString();
      await sleep(10 * MINUTE_MS);
      return [begun, new Date().toISOString()];
    });
    return times;
  });

  test("stops in the middle of a step; the clock is exactly there", async () => {
    const runner = new DurableTestRunner(slow, { timeSkipping: "manual" });
    await runner.run();
    const middle = await runner.advance({ minutes: 5, milliseconds: 7 });
    expect(runner.now).toEqual(new Date("2025-01-01T00:05:00.007Z"));
    expect(middle).toMatchObject({ status: "PENDING", elapsedMs: 5 * MINUTE_MS + 7 });
    expect(statuses(runner)).toEqual(["PENDING", "RUNNING"]);
    const result = await runner.advanceTo(new Date("2025-01-01T00:11:00.000Z"));
    expect(result.result).toEqual(["2025-01-01T00:01:00.000Z", "2025-01-01T00:11:00.000Z"]);
    expect(runner.now).toEqual(new Date("2025-01-01T00:11:00.000Z"));
    expect(statuses(runner)).toEqual(["PENDING", "SUCCEEDED"]);
  });

  test("as often as the test likes, to the same result as in one go", async () => {
    const often = new DurableTestRunner(slow, { timeSkipping: "manual" });
    await often.run();
    for (let step = 0; step < 25; step += 1) await often.advance({ seconds: 27 });
    const once = await new DurableTestRunner(slow).run();
    expect(JSON.stringify(often.result.history)).toBe(JSON.stringify(once.history));
  });

  test("by nothing changes nothing", async () => {
    const runner = new DurableTestRunner(slowBeside({ timeout: { minutes: 5 } }));
    const waiting = await runner.run();
    expect(await runner.advance({ seconds: 0 })).toEqual(waiting);
    expect(statuses(runner)).toEqual(["RUNNING"]);
  });

  test("a timer that the step arms then counts from the time that the test set", async () => {
    const { promise: gate, resolve: proceed } = Promise.withResolvers<void>();
    const runner = new DurableTestRunner(
      handlerOf(async (context) => {
        await context.wait("before", { minutes: 1 });
        return context.step("waits for somebody", async () => {
          await Promise.race([gate, sleep(60 * MINUTE_MS)]);
          await sleep(MINUTE_MS);
          return new Date().toISOString();
        });
      }),
      { timeSkipping: "manual" },
    );
    await runner.run();
    await runner.advance({ minutes: 5 });
    proceed();
    await turns();
    expect((await runner.advance({ minutes: 1 })).result).toBe("2025-01-01T00:06:00.000Z");
  });
});

describe('timeSkipping: "manual"', () => {
  test("stops before a timer of the service in the middle of an invocation", async () => {
    const runner = new DurableTestRunner(
      handlerOf(async (context) =>
        Promise.all([
          context.step("slow", () => sleep(10 * MINUTE_MS)),
          context.wait("short", { minutes: 1 }),
        ]),
      ),
      { timeSkipping: "manual" },
    );
    expect(await runner.run()).toMatchObject({ status: "PENDING", elapsedMs: 0 });
    expect(statuses(runner)).toEqual(["RUNNING"]);
    const waiting = await runner.advance({ minutes: 1 });
    expect(waiting.operation("short").status).toBe("SUCCEEDED");
    expect(statuses(runner)).toEqual(["RUNNING"]);
    expect(await runner.advance({ minutes: 9 })).toMatchObject({ status: "SUCCEEDED" });
  });

  test("lets scripted answers come meanwhile", async () => {
    const runner = new DurableTestRunner(slowBeside({ timeout: { minutes: 5 } }), {
      timeSkipping: "manual",
      callbacks: { approval: respond.success("yes").after({ minutes: 2 }) },
    });
    expect((await runner.run()).result?.[0]).toBe("SUCCEEDED");
  });

  test("stops before the deadline of a callback, and goes on when it is answered", async () => {
    const runner = new DurableTestRunner(slowBeside({ timeout: { minutes: 5 } }), {
      timeSkipping: "manual",
    });
    expect(await runner.run()).toMatchObject({ status: "PENDING", elapsedMs: 0 });
    const result = await runner.callback("approval").succeed("yes");
    expect(result).toMatchObject({ status: "SUCCEEDED", elapsedMs: 10 * MINUTE_MS });
  });
});

describe("while it stands still", () => {
  test("stop() ends it with the execution", async () => {
    let isOver = false;
    const runner = new DurableTestRunner(
      handlerOf(async (context) => {
        const approval = await context.createCallback("approval", { timeout: { minutes: 5 } });
        await context.step("slow", () => sleep(10 * MINUTE_MS));
        isOver = true;
        return approval.result();
      }),
    );
    await runner.run();
    const result = await runner.stop({ ErrorType: "Operator", ErrorMessage: "enough" });
    expect(result).toMatchObject({ status: "STOPPED", elapsedMs: 0 });
    expect(result.invocations).toMatchObject([
      { status: "DIED", error: { ErrorType: "Abandoned" } },
    ]);
    expect(result.step("slow").status).toBe("STARTED");
    expect(await runner.advance({ hours: 1 })).toMatchObject({ status: "STOPPED" });
    expect(isOver).toBe(false);
  });

  test("a runner may be disposed of, and nothing goes on or is left behind", async () => {
    let isOver = false;
    const runner = new DurableTestRunner(
      handlerOf(async (context) => {
        await context.createCallback("approval", { timeout: { minutes: 5 } });
        await context.step("slow", () => sleep(10 * MINUTE_MS));
        isOver = true;
      }),
    );
    await runner.run();
    await runner[Symbol.asyncDispose]();
    await turns();
    expect(isOver).toBe(false);
    expect(statuses(runner)).toEqual(["DIED"]);
    expect(RunnerDisposedError.is(await rejectionOf(runner.advance({ hours: 1 })))).toBe(true);
  });

  test("another runner goes on as ever", async () => {
    const standing = new DurableTestRunner(slowBeside({ timeout: { minutes: 5 } }));
    await standing.run();
    const other = await new DurableTestRunner(
      handlerOf(async (context) => {
        await context.wait({ hours: 1 });
        await context.step("slow", () => sleep(MINUTE_MS));
        return new Date().toISOString();
      }),
    ).run();
    expect(other.result).toBe("2025-01-01T01:01:00.000Z");
    expect(standing.now).toEqual(new Date("2025-01-01T00:00:00.000Z"));
    expect((await standing.callback("approval").succeed("yes")).status).toBe("SUCCEEDED");
  });

  test("real work in it goes on, and is recorded when it is done", async () => {
    const { promise: work, resolve: finish } = Promise.withResolvers<string>();
    const runner = new DurableTestRunner(
      handlerOf(async (context) => {
        const approval = await context.createCallback<string>("approval", {
          timeout: { minutes: 5 },
        });
        const done = await context.step("works", () =>
          Promise.race([work, sleep(10 * MINUTE_MS, "too slow")]),
        );
        const next = await context.step("next", () => done.toUpperCase());
        return [next, await approval.result()];
      }),
    );
    await runner.run();
    expect(statuses(runner)).toEqual(["RUNNING"]);
    finish("done");
    await turns();
    expect(runner.result.step("works").result).toBe("done");
    expect(runner.result.elapsedMs).toBe(0);
    const result = await runner.callback("approval").succeed("yes");
    expect(result).toMatchObject({ result: ["DONE", "yes"], elapsedMs: 0 });
  });

  test("its code may answer a callback, and does not wait for itself", async () => {
    const { promise: work, resolve: finish } = Promise.withResolvers<void>();
    const handler = handlerOf(async (context) => {
      const approval = await context.createCallback<string>("approval", {
        timeout: { minutes: 5 },
      });
      await context.step("asks a fake", async () => {
        await Promise.race([work, sleep(10 * MINUTE_MS)]);
        await runner.callback("approval").succeed("from inside");
        return rejectionOf(runner.advance({ hours: 1 })).then((error) =>
          RunnerBusyError.is(error) ? "busy" : String(error),
        );
      });
      return approval.result();
    });
    const runner: DurableTestRunner = new DurableTestRunner(handler);
    await runner.run();
    finish();
    await turns();
    const result = await runner.runToCompletion();
    expect(result).toMatchObject({ result: "from inside", elapsedMs: 0 });
    expect(result.step("asks a fake").result).toBe("busy");
  });

  test("it may come to its end by itself, and is told of an answer by another invocation", async () => {
    const { promise: work, resolve: finish } = Promise.withResolvers<void>();
    const runner = new DurableTestRunner(
      handlerOf(async (context) => {
        const approval = await context.createCallback<string>("approval", {
          timeout: { minutes: 5 },
        });
        await context.step("works", () => Promise.race([work, sleep(10 * MINUTE_MS)]));
        return approval.result();
      }),
    );
    await runner.run();
    finish();
    await turns();
    expect(statuses(runner)).toEqual(["PENDING"]);
    expect((await runner.callback("approval").succeed("yes")).result).toBe("yes");
    expect(statuses(runner)).toEqual(["PENDING", "SUCCEEDED"]);
  });

  test("the timeline and the result show it", async () => {
    const runner = new DurableTestRunner(slowBeside({ timeout: { minutes: 5 } }));
    const waiting = await runner.run();
    const timeline = formatTimeline(waiting);
    expect(timeline).toContain("slow");
    expect(timeline).toContain("approval");
    expect(() => JSON.stringify(waiting)).not.toThrow();
  });

  test("what went wrong in it meanwhile is told by the next call", async () => {
    const { promise: work, resolve: finish } = Promise.withResolvers<void>();
    const runner = new DurableTestRunner(
      handlerOf(async (context) => {
        await context.createCallback("approval", { timeout: { minutes: 5 } });
        await context.step("works", () => Promise.race([work, sleep(10 * MINUTE_MS)]));
        await context.invoke("nobody registered this", {});
      }),
    );
    await runner.run();
    finish();
    await turns();
    expect(await rejectionOf(runner.advance({ minutes: 1 }))).toMatchObject({
      code: "FUNCTION_NOT_REGISTERED",
    });
  });
});

describe("an execution and one that it has invoked", () => {
  const child = handlerOf(async (context) => {
    const signature = await context.createCallback<string>("signature", {
      timeout: { minutes: 5 },
    });
    await context.step("slow", () => sleep(10 * MINUTE_MS));
    return signature.result();
  });
  const parent = handlerOf(async (context) => {
    const approval = await context.createCallback<string>("approval");
    const signed = context.invoke<string>("child", {});
    const approved = await context.step("note", async (step) => {
      const answer = await step.waitForCallback(approval);
      return answer;
    });
    return [approved, await signed];
  });
  const both = () => new DurableTestRunner(parent, { durableFunctions: { child } });
  const invoked = (runner: DurableTestRunner) => {
    const invoke = runner.result.operations.find(({ type }) => type === "CHAINED_INVOKE");
    if (invoke?.type !== "CHAINED_INVOKE") throw new Error("It has invoked nothing.");
    return runner.execution(invoke.executionArn ?? "");
  };

  test("one may stand still while the other is suspended", async () => {
    const runner = both();
    const waiting = await runner.run();
    expect(waiting).toMatchObject({ status: "PENDING", elapsedMs: 0 });
    expect(statuses(runner)).toEqual(["PENDING"]);
    expect(invoked(runner).invocations.map(({ status }) => status)).toEqual(["RUNNING"]);
    expect(waiting.pendingCallbacks.map(({ name }) => name)).toEqual(["approval", "signature"]);
  });

  test("the suspended one is invoked beside it when it is answered", async () => {
    const runner = both();
    await runner.run();
    const approved = await runner.callback("approval").succeed("approved");
    expect(approved).toMatchObject({ status: "PENDING", elapsedMs: 0 });
    expect(approved.step("note").result).toBe("approved");
    expect(invoked(runner).invocations.map(({ status }) => status)).toEqual(["RUNNING"]);
    const result = await runner.callback("signature").succeed("signed");
    expect(result).toMatchObject({ result: ["approved", "signed"], elapsedMs: 10 * MINUTE_MS });
  });

  test("the other way round, too", async () => {
    const runner = both();
    await runner.run();
    const signed = await runner.callback("signature").succeed("signed");
    expect(signed).toMatchObject({ status: "PENDING", elapsedMs: 10 * MINUTE_MS });
    const result = await runner.callback("approval").succeed("approved");
    expect(result).toMatchObject({ result: ["approved", "signed"] });
  });

  test("stop() ends the execution under test; the invoked one comes to its own end", async () => {
    const runner = both();
    await runner.run();
    expect((await runner.stop()).status).toBe("STOPPED");
    await runner.advance({ minutes: 10 });
    expect(invoked(runner).invocations.at(-1)?.status).not.toBe("RUNNING");
  });
});

describe("a plain function that never settles", () => {
  const handler = handlerOf(async (context) => {
    const approval = await context.createCallback<string>("approval", { timeout: { minutes: 5 } });
    const invoked = context.invoke("hangs", {}).catch((error: Error) => error.message);
    return [(await approval.settled()).status, await invoked];
  });
  const runnerOf = (): DurableTestRunner =>
    new DurableTestRunner(handler, { functions: { hangs: () => new Promise(() => {}) } });

  test("stands still as well, and leaves the clock to the test", async () => {
    const runner = runnerOf();
    expect(await runner.run({})).toMatchObject({ status: "PENDING", elapsedMs: 0 });
    expect(await runner.advance({ minutes: 1 })).toMatchObject({ elapsedMs: MINUTE_MS });
    const result = await runner.callback("approval").succeed("yes");
    expect(result).toMatchObject({ status: "SUCCEEDED", elapsedMs: 15 * MINUTE_MS });
    expect(result.result).toEqual([
      "SUCCEEDED",
      expect.stringContaining("Task timed out after 900.00 seconds"),
    ]);
  });

  test("lets what is due before its timeout happen before it", async () => {
    const runner = runnerOf();
    await runner.run({});
    const result = await runner.runToCompletion();
    expect(result.elapsedMs).toBe(15 * MINUTE_MS);
    expect(result.callback("approval").endedAt).toEqual(new Date("2025-01-01T00:05:00.000Z"));
  });
});
