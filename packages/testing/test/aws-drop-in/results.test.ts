import { type DurableContext, withDurableExecution } from "@aws/durable-execution-sdk-js";
import { afterEach, expect, test, vi } from "vitest";
import { useEnvironment } from "./support/environment.ts";
import { describeModules } from "./support/modules.ts";

interface Order {
  readonly id?: string;
}

const shop = withDurableExecution(async (order: Order, context: DurableContext) => {
  const price = await context.step("price", async () => ({ amount: 12 }));
  await context.wait("cool off", { hours: 1 });
  await context.runInChildContext("pack", async (child) => {
    await child.step("box", async () => "box");
    await child.step("box", async () => "larger box");
    return "packed";
  });
  return { order, price };
});

const failing = withDurableExecution(async (_: unknown, context: DurableContext) => {
  await context.step(
    "charge",
    async () => {
      throw new Error("no money");
    },
    { retryStrategy: () => ({ shouldRetry: false }) },
  );
});

const idle = withDurableExecution(async () => "nothing to do");

describeModules("a result of %s module", (testing) => {
  const { LocalDurableTestRunner, OperationStatus } = testing;
  useEnvironment(testing, { skipTime: true });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  test("has what the handler returned, and its status", async () => {
    const runner = new LocalDurableTestRunner({ handlerFunction: shop });
    const execution = await runner.run({ payload: { id: "order-1" } });
    expect(execution.getStatus()).toBe("SUCCEEDED");
    expect(execution.getResult()).toEqual({ order: { id: "order-1" }, price: { amount: 12 } });
    expect(() => execution.getError()).toThrow("Cannot get error for succeeded execution");
  });

  test("of a run without a payload is that of an empty one", async () => {
    const runner = new LocalDurableTestRunner<{ order: Order }>({ handlerFunction: shop });
    expect((await runner.run()).getResult()?.order).toEqual({});
    runner.reset();
    expect((await runner.run({})).getResult()?.order).toEqual({});
  });

  test.for(["null", "0", "false", '""'])(
    "of a run with the payload %s is that of it",
    async (text) => {
      const payload: unknown = JSON.parse(text);
      const handlerFunction = withDurableExecution(async (event: unknown) => ({ event }));
      const execution = await new LocalDurableTestRunner({ handlerFunction }).run({ payload });
      expect(execution.getResult()).toEqual({ event: payload });
      const [started] = execution.getHistoryEvents();
      expect(started?.ExecutionStartedDetails?.Input?.Payload).toBe(text);
    },
  );

  test("of a handler that returns nothing is undefined", async () => {
    const handlerFunction = withDurableExecution(async () => {});
    const execution = await new LocalDurableTestRunner({ handlerFunction }).run();
    expect(execution.getStatus()).toBe("SUCCEEDED");
    expect(execution.getResult()).toBeUndefined();
  });

  test("has the error of a handler that failed; asking for its result throws that", async () => {
    const execution = await new LocalDurableTestRunner({ handlerFunction: failing }).run();
    expect(execution.getStatus()).toBe("FAILED");
    expect(execution.getError()).toMatchObject({
      errorMessage: expect.stringContaining("no money") as unknown,
      errorType: "StepError",
    });
    expect(() => void execution.getResult()).toThrow("no money");
  });

  test("throws with the stack of the handler, as far as the handler tells it", async () => {
    const handlerFunction = withDurableExecution(async () => {
      throw new TypeError("not like this");
    });
    const execution = await new LocalDurableTestRunner({ handlerFunction }).run();
    const { stackTrace } = execution.getError();
    const thrown = thrownBy(() => void execution.getResult());
    expect(thrown).toBeInstanceOf(Error);
    expect(thrown).toHaveProperty("message", "not like this");
    if (stackTrace !== undefined) expect(thrown).toHaveProperty("stack", stackTrace.join("\n"));
  });

  test("lists all operations in order of start, and those with a status", async () => {
    const handlerFunction = withDurableExecution(async (__: unknown, context: DurableContext) => {
      await context.step("good", async () => 1);
      await context
        .step("bad", async () => Promise.reject(new Error("no")), {
          retryStrategy: () => ({ shouldRetry: false }),
        })
        .catch(() => {});
      await context.wait("later", { seconds: 1 });
    });
    const execution = await new LocalDurableTestRunner({ handlerFunction }).run();
    const names = (status?: (typeof OperationStatus)["FAILED" | "SUCCEEDED" | "STARTED"]) =>
      execution
        .getOperations(status === undefined ? undefined : { status })
        .map((operation) => operation.getName());
    expect(names()).toEqual(["good", "bad", "later"]);
    expect(names(OperationStatus.SUCCEEDED)).toEqual(["good", "later"]);
    expect(names(OperationStatus.FAILED)).toEqual(["bad"]);
    expect(names(OperationStatus.STARTED)).toEqual([]);
  });

  test("lists the invocations", async () => {
    const execution = await new LocalDurableTestRunner({ handlerFunction: shop }).run();
    const invocations = execution.getInvocations();
    expect(invocations.length).toBeGreaterThan(0);
    for (const invocation of invocations) {
      expect(invocation).toEqual({
        startTimestamp: expect.any(Date) as unknown,
        endTimestamp: expect.any(Date) as unknown,
        requestId: expect.any(String) as unknown,
        error: undefined,
      });
    }
    expect(new Set(invocations.map(({ requestId }) => requestId)).size).toBe(invocations.length);
  });

  test("tells with what an invocation failed", async () => {
    const execution = await new LocalDurableTestRunner({ handlerFunction: failing }).run();
    expect(execution.getInvocations().at(-1)?.error).toMatchObject({ errorType: "StepError" });
  });

  test("has the history", async () => {
    const execution = await new LocalDurableTestRunner({ handlerFunction: shop }).run({
      payload: { id: "order-1" },
    });
    const events = execution.getHistoryEvents();
    expect(events.map(({ EventId }) => EventId)).toEqual(events.map((__, index) => index + 1));
    const told = events.filter(({ EventType }) => EventType !== "InvocationCompleted");
    expect(told.map(({ EventType, Name }) => [EventType, Name])).toEqual([
      ["ExecutionStarted", undefined],
      ["StepStarted", "price"],
      ["StepSucceeded", "price"],
      ["WaitStarted", "cool off"],
      ["WaitSucceeded", "cool off"],
      ["ContextStarted", "pack"],
      ["StepStarted", "box"],
      ["StepSucceeded", "box"],
      ["StepStarted", "box"],
      ["StepSucceeded", "box"],
      ["ContextSucceeded", "pack"],
      ["ExecutionSucceeded", undefined],
    ]);
    expect(told[0]?.ExecutionStartedDetails?.Input?.Payload).toBe('{"id":"order-1"}');
    expect(told.every(({ EventTimestamp }) => EventTimestamp instanceof Date)).toBe(true);
  });

  test("prints a table of the operations", async () => {
    const table = vi.spyOn(console, "table").mockImplementation(() => {});
    const execution = await new LocalDurableTestRunner({ handlerFunction: shop }).run();
    execution.print();
    const rows = table.mock.calls[0]?.[0] as readonly Record<string, string>[];
    expect(rows).toHaveLength(5);
    expect(rows[0]).toEqual({
      parentId: "-",
      name: "price",
      type: "STEP",
      subType: "Step",
      status: "SUCCEEDED",
      startTime: expect.stringMatching(/^\d{4}-.*Z$/) as unknown,
      endTime: expect.stringMatching(/^\d{4}-.*Z$/) as unknown,
      duration: expect.stringMatching(/^\d+ms$/) as unknown,
    });
    expect(rows[3]).toMatchObject({
      parentId: expect.stringMatching(/^[0-9a-f]+$/) as unknown,
      name: "box",
    });
  });

  test("prints the columns that are asked for", async () => {
    const table = vi.spyOn(console, "table").mockImplementation(() => {});
    const execution = await new LocalDurableTestRunner({ handlerFunction: shop }).run();
    execution.print({
      parentId: false,
      type: false,
      subType: false,
      startTime: false,
      endTime: false,
      duration: false,
    });
    const rows = table.mock.calls[0]?.[0] as readonly Record<string, string>[];
    expect(rows[0]).toEqual({ name: "price", status: "SUCCEEDED" });
    execution.print({ name: false, status: undefined } as object);
    const others = table.mock.calls[1]?.[0] as readonly Record<string, string>[];
    expect(Object.keys(others[0] ?? {})).toEqual([
      "parentId",
      "type",
      "subType",
      "startTime",
      "endTime",
      "duration",
    ]);
  });

  test("says so when there is nothing to print", async () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    const execution = await new LocalDurableTestRunner({ handlerFunction: idle }).run();
    execution.print();
    expect(log).toHaveBeenCalledWith("No operations found.");
  });
});

function thrownBy(action: () => void): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}
