import { withDurableExecution } from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import {
  type DurableResult,
  DurableTestRunner,
  InvocationStatus,
  isDurableResult,
  OperationStatus,
  OperationType,
  respond,
} from "../src/index.ts";
import { eventsOf, operationsOf } from "./support/history.ts";
import { wireHandler } from "./support/wire.ts";

const at = (seconds: number): Date =>
  new Date(Date.parse("2025-01-01T00:00:00.000Z") + seconds * 1000);

/** A little of everything. */
const order = withDurableExecution(async (_: unknown, context) => {
  await context.step("reserve", () => ({ stock: 3 }));
  await context.wait("cool down", { minutes: 1 });
  await context.runInChildContext("pay", async (child) => {
    await child.waitForCallback("payment", () => {});
    return "paid";
  });
  const approval = await context.createCallback<string>("approval", {
    timeout: { hours: 1 },
    heartbeatTimeout: { minutes: 10 },
  });
  return approval.result();
});
const paying = { payment: respond.success({ amount: 7 }).after({ seconds: 30 }) };

describe("the status of a result", () => {
  test.for([
    { status: "SUCCEEDED", result: "done", error: undefined, ended: true },
    { status: "FAILED", result: undefined, error: "TypeError", ended: true },
    { status: "TIMED_OUT", result: undefined, error: "ExecutionTimeout", ended: true },
    { status: "STOPPED", result: undefined, error: "Stopped", ended: true },
    { status: "PENDING", result: undefined, error: undefined, ended: false },
  ] as const)("$status goes with what it has", async ({ status, result: wanted, error, ended }) => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      if (status === "SUCCEEDED") return "done";
      if (status === "FAILED") throw new TypeError("no");
      await (await context.createCallback("never")).result();
      return "not reached";
    });
    const runner = new DurableTestRunner(handler);
    await runner.run(undefined, status === "TIMED_OUT" ? { timeout: { hours: 1 } } : {});
    if (status === "TIMED_OUT") await runner.runToCompletion();
    if (status === "STOPPED") await runner.stop();
    const { result } = runner;
    expect(result.status).toBe(status);
    expect(result.status).toBe(InvocationStatus[status]);
    expect(result.result).toBe(wanted);
    expect(result.error?.ErrorType).toBe(error);
    expect(result.endedAt).toEqual(ended ? runner.now : undefined);
  });

  test("SUCCEEDED goes with undefined when the handler returns nothing", async () => {
    const result = await new DurableTestRunner(withDurableExecution(async () => {})).run();
    expect(result).toMatchObject({ status: "SUCCEEDED", result: undefined });
    expect(
      eventsOf(result, "ExecutionSucceeded")[0]?.ExecutionSucceededDetails.Result.Payload,
    ).toBeUndefined();
  });

  test("FAILED goes with the error the handler threw, with its stack", async () => {
    const handler = withDurableExecution(async () => {
      throw new RangeError("too far");
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.error).toMatchObject({ ErrorType: "RangeError", ErrorMessage: "too far" });
    expect(result.error?.StackTrace?.join("\n")).toContain("results.test.ts");
  });

  test("FAILED goes with a SerdesError when the handler's result has no JSON form", async () => {
    const handler = withDurableExecution(async () => ({ big: 1n }));
    const result = await new DurableTestRunner(handler).run();
    expect(result.error).toMatchObject({ ErrorType: "SerdesError" });
    expect(result.error?.ErrorMessage).toContain("The result of the handler cannot be serialised");
  });

  test("is read from a large result as from a small one", async () => {
    const handler = withDurableExecution(async () => "ü".repeat(4_000_000));
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toHaveLength(4_000_000);
    expect(result.invocations).toHaveLength(1);
  });
});

describe("operations", () => {
  test("are listed in the order of their start, nested ones too, without the execution", async () => {
    const result = await new DurableTestRunner(order, { callbacks: paying }).run();
    expect(result.operations.map(({ type, subType, name }) => [type, subType, name])).toEqual([
      ["STEP", "Step", "reserve"],
      ["WAIT", "Wait", "cool down"],
      ["CONTEXT", "RunInChildContext", "pay"],
      ["CONTEXT", "WaitForCallback", "payment"],
      ["CALLBACK", "Callback", undefined],
      ["STEP", "Step", undefined],
      ["CALLBACK", "Callback", "approval"],
    ]);
  });

  test("know the context they are in", async () => {
    const result = await new DurableTestRunner(order, { callbacks: paying }).run();
    const [reserve, , pay, payment, callback, submitter] = result.operations;
    expect(reserve?.parentId).toBeUndefined();
    expect(pay?.parentId).toBeUndefined();
    expect(payment?.parentId).toBe(pay?.id);
    expect(callback?.parentId).toBe(payment?.id);
    expect(submitter?.parentId).toBe(payment?.id);
  });

  test("tell by type what there is to tell", async () => {
    const result = await new DurableTestRunner(order, { callbacks: paying }).run();
    expect(result.operations).toMatchObject([
      {
        type: "STEP",
        status: "SUCCEEDED",
        startedAt: at(0),
        endedAt: at(0),
        attempt: 1,
        nextAttemptAt: undefined,
        result: { stock: 3 },
        error: undefined,
      },
      {
        type: "WAIT",
        status: "SUCCEEDED",
        startedAt: at(0),
        endedAt: at(60),
        seconds: 60,
        scheduledEndAt: at(60),
      },
      { type: "CONTEXT", status: "SUCCEEDED", result: "paid", startedAt: at(60), endedAt: at(90) },
      { type: "CONTEXT", status: "SUCCEEDED", result: { amount: 7 }, error: undefined },
      {
        type: "CALLBACK",
        status: "SUCCEEDED",
        startedAt: at(60),
        endedAt: at(90),
        result: { amount: 7 },
        timeoutAt: undefined,
        heartbeatAt: undefined,
      },
      { type: "STEP", status: "SUCCEEDED", result: undefined },
      {
        type: "CALLBACK",
        status: "STARTED",
        startedAt: at(90),
        endedAt: undefined,
        timeoutAt: at(90 + 3600),
        heartbeatAt: at(90 + 600),
        result: undefined,
        error: undefined,
      },
    ]);
  });

  test("narrow by type, also with the names of the types", async () => {
    const result = await new DurableTestRunner(order, { callbacks: paying }).run();
    const callbacks = result.operations.filter(
      (operation) => operation.type === OperationType.CALLBACK,
    );
    expect(callbacks.map(({ callbackId }) => callbackId.length > 0)).toEqual([true, true]);
    expect(operationsOf(result, "WAIT")[0]?.status).toBe(OperationStatus.SUCCEEDED);
  });

  test("tell of a step between two attempts when the next is due, and what it last threw", async () => {
    const handler = withDurableExecution(async (_: unknown, context) =>
      context.step(
        "flaky",
        () => {
          throw new RangeError("again");
        },
        { retryStrategy: () => ({ shouldRetry: true, delay: { seconds: 9 } }) },
      ),
    );
    const runner = new DurableTestRunner(handler, { timeSkipping: "manual" });
    const first = await runner.run();
    expect(operationsOf(first, "STEP")).toMatchObject([
      {
        status: "PENDING",
        attempt: 1,
        nextAttemptAt: at(9),
        error: { ErrorType: "RangeError", ErrorMessage: "again" },
        result: undefined,
        endedAt: undefined,
      },
    ]);
    const second = await runner.advance({ seconds: 9 });
    expect(operationsOf(second, "STEP")).toMatchObject([{ attempt: 2, nextAttemptAt: at(18) }]);
  });

  test("tell of a step that waits which attempt is under way", async () => {
    const handler = withDurableExecution(async (_: unknown, context) =>
      context.step("waits", async (step) => (await step.createCallback("cb")).result()),
    );
    const result = await new DurableTestRunner(handler).run();
    expect(operationsOf(result, "STEP")).toMatchObject([{ status: "STARTED", attempt: 1 }]);
  });

  test("tell what failed", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      await context.runInChildContext("child", async () => {
        throw new RangeError("no");
      });
    });
    const result = await new DurableTestRunner(handler).run();
    expect(operationsOf(result, "CONTEXT")).toMatchObject([
      { status: "FAILED", result: undefined, error: { ErrorType: "RangeError" } },
    ]);
  });

  test("show a payload that is no JSON as the text it is", async () => {
    const handler = wireHandler(async ({ checkpoint }) => {
      await checkpoint({ Id: "s", Type: "STEP", Action: "SUCCEED", Payload: "{plain" });
      return { Status: "SUCCEEDED" };
    });
    const result = await new DurableTestRunner(handler).run();
    expect(operationsOf(result, "STEP")[0]?.result).toBe("{plain");
  });
});

describe("pendingCallbacks", () => {
  test("lists the open ones, in the order of their start", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callbacks = [];
      for (const name of ["a", "b", "c"]) callbacks.push(await context.createCallback(name));
      await Promise.all(callbacks.map((callback) => callback.result()));
    });
    const runner = new DurableTestRunner(handler);
    const all = await runner.run();
    expect(all.pendingCallbacks.map(({ name }) => name)).toEqual(["a", "b", "c"]);
    const two = await runner.callback("b").succeed();
    expect(two.pendingCallbacks.map(({ name }) => name)).toEqual(["a", "c"]);
    expect(two.pendingCallbacks[0]).toMatchObject({
      type: "CALLBACK",
      callbackId: runner.callback("a").callbackId,
    });
  });

  test("lists those of what the execution has invoked, and no others", async () => {
    const ask = withDurableExecution(async (_: unknown, context) => {
      await context.waitForCallback("review", () => {});
    });
    const relay = withDurableExecution(async (_: unknown, context) => {
      await context.invoke("ask", undefined);
    });
    const handler = withDurableExecution(async (_: unknown, context) => {
      const approval = await context.createCallback("approval");
      await Promise.all([approval.result(), context.invoke("relay", undefined)]);
    });
    const runner = new DurableTestRunner(handler, { durableFunctions: { ask, relay } });
    const result = await runner.run();
    const namesIn = ({ pendingCallbacks }: DurableResult<unknown>) =>
      pendingCallbacks.map(({ name }) => name);
    expect(namesIn(result)).toEqual(["approval", "review"]);
    const [invoke] = operationsOf(result, "CHAINED_INVOKE");
    const relayed = runner.execution(invoke?.executionArn ?? "");
    expect(namesIn(relayed)).toEqual(["review"]);
    const [inner] = operationsOf(relayed, "CHAINED_INVOKE");
    expect(namesIn(runner.execution(inner?.executionArn ?? ""))).toEqual(["review"]);
  });

  test("is empty once the execution has ended", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      await context.createCallback("open");
    });
    expect((await new DurableTestRunner(handler).run()).pendingCallbacks).toEqual([]);
  });
});

describe("invocations", () => {
  test("tell when they began and ended, and how", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      await context.wait({ seconds: 5 });
      await context.step("slow", async () => {
        await new Promise((resolve) => {
          setTimeout(resolve, 3000);
        });
      });
      throw new TypeError("in the end");
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.invocations).toMatchObject([
      { startedAt: at(0), endedAt: at(0), status: "PENDING", error: undefined },
      {
        startedAt: at(5),
        endedAt: at(8),
        status: "FAILED",
        error: { ErrorType: "TypeError", ErrorMessage: "in the end" },
      },
    ]);
    expect(new Set(result.invocations.map(({ requestId }) => requestId)).size).toBe(2);
    expect(
      eventsOf(result, "InvocationCompleted").map(
        ({ InvocationCompletedDetails: details }) => details,
      ),
    ).toEqual(
      result.invocations.map(({ requestId, startedAt, endedAt }) => ({
        RequestId: requestId,
        StartTimestamp: startedAt,
        EndTimestamp: endedAt,
      })),
    );
  });

  test("show the one that is going on", async () => {
    const seen: unknown[] = [];
    const handler = withDurableExecution(async (_: unknown, context) =>
      context.step("look", () => {
        seen.push(runner.result.invocations);
      }),
    );
    const runner: DurableTestRunner = new DurableTestRunner(handler);
    await runner.run();
    expect(seen).toMatchObject([[{ status: "RUNNING", endedAt: undefined }]]);
  });
});

describe("history", () => {
  test("counts its events from 1, at virtual times that do not go back", async () => {
    const result = await new DurableTestRunner(order, { callbacks: paying }).run();
    expect(result.history.map(({ EventId }) => EventId)).toEqual(
      result.history.map((_, index) => index + 1),
    );
    const times = result.history.map(({ EventTimestamp }) => EventTimestamp.getTime());
    expect(times.toSorted((a, b) => a - b)).toEqual(times);
  });

  test("begins with the input and ends with the output", async () => {
    const handler = withDurableExecution(async (input: { readonly n: number }) => input.n * 2);
    const result = await new DurableTestRunner(handler).run({ n: 4 });
    expect(result.history[0]).toMatchObject({
      EventType: "ExecutionStarted",
      ExecutionStartedDetails: { Input: { Payload: '{"n":4}', Truncated: false } },
    });
    expect(result.history.at(-1)).toMatchObject({
      EventType: "ExecutionSucceeded",
      ExecutionSucceededDetails: { Result: { Payload: "8" } },
    });
  });

  test("has no operation id on InvocationCompleted", async () => {
    const result = await new DurableTestRunner(withDurableExecution(async () => 1)).run();
    expect(eventsOf(result, "InvocationCompleted")[0]).not.toHaveProperty("Id");
  });
});

describe("world", () => {
  test("is what the outside did, in order, by whom", async () => {
    const runner = new DurableTestRunner(order, { callbacks: paying });
    await runner.run();
    await runner.advance({ minutes: 5 });
    await runner.callback("approval").heartbeat();
    const result = await runner.callback("approval").fail(new Error("no"));
    const [payment, approval] = operationsOf(result, "CALLBACK");
    expect(result.world).toEqual([
      {
        at: at(90),
        kind: "success",
        callbackId: payment?.callbackId,
        callbackName: "payment",
        by: "script",
        ignored: false,
      },
      {
        at: at(390),
        kind: "heartbeat",
        callbackId: approval?.callbackId,
        callbackName: "approval",
        by: "test",
        ignored: false,
      },
      {
        at: at(390),
        kind: "failure",
        callbackId: approval?.callbackId,
        callbackName: "approval",
        by: "test",
        ignored: false,
      },
    ]);
  });
});

describe("elapsedMs", () => {
  test("counts virtual time from the start to now, or to the end", async () => {
    const runner = new DurableTestRunner(order, { callbacks: paying });
    await runner.advance({ hours: 1 });
    expect((await runner.run()).elapsedMs).toBe(90_000);
    expect((await runner.advance({ seconds: 10 })).elapsedMs).toBe(100_000);
    const result = await runner.callback("approval").succeed("yes");
    expect(result.elapsedMs).toBe(100_000);
    expect(result.startedAt).toEqual(at(3600));
    expect(result.endedAt).toEqual(at(3700));
    expect((await runner.advance({ hours: 1 })).elapsedMs).toBe(100_000);
  });
});

describe("a result", () => {
  test("is a moment: what happens later does not change it, read or not", async () => {
    const runner = new DurableTestRunner(order, { callbacks: paying });
    const untouched = await runner.run();
    const read = runner.result;
    const copy = structuredClone({ ...read });
    await runner.advance({ minutes: 9 });
    await runner.callback("approval").heartbeat();
    await runner.callback("approval").succeed("yes");
    expect({ ...read }).toEqual(copy);
    expect({ ...untouched }).toEqual(copy);
    expect(untouched.status).toBe("PENDING");
    expect(untouched.pendingCallbacks).toHaveLength(1);
    expect(runner.result.status).toBe("SUCCEEDED");
  });

  test("gives the same objects each time it is read", async () => {
    const result = await new DurableTestRunner(order, { callbacks: paying }).run();
    expect(result.operations).toBe(result.operations);
    expect(result.history).toBe(result.history);
  });

  test("before the execution has begun is pending and empty", () => {
    const { result } = new DurableTestRunner(order);
    expect(result).toMatchObject({
      status: "PENDING",
      result: undefined,
      error: undefined,
      operations: [],
      history: [],
      invocations: [],
      pendingCallbacks: [],
      world: [],
      elapsedMs: 0,
      startedAt: at(0),
    });
  });

  test("is known as one, and nothing else is", async () => {
    const runner = new DurableTestRunner(order);
    expect(isDurableResult(await runner.run())).toBe(true);
    expect(isDurableResult(runner.result)).toBe(true);
    for (const other of [undefined, null, "PENDING", {}, { status: "PENDING" }, runner]) {
      expect(isDurableResult(other)).toBe(false);
    }
  });
});
