import { describe, expect, test } from "vitest";
import {
  type DurableContext,
  InvalidArgumentError,
  isDurableHandler,
  NotDurableInvocationError,
  ServiceCallError,
  withDurableExecution,
} from "../src/index.ts";
import type { Operation } from "../src/protocol.ts";
import { FakeService, ids, invoke, now } from "./support/fake-service.ts";

const handlerOf = <Output>(body: (context: DurableContext) => Promise<Output>) =>
  withDurableExecution(async (_: unknown, context) => body(context));

const rejectionOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => {
      throw new Error("It resolved.");
    },
    (error: unknown) => error,
  );

const steps = (count: number): Operation[] =>
  Array.from({ length: count }, (_, index) => ({
    Id: ids[index + 1] ?? "",
    Type: "STEP",
    SubType: "Step",
    Status: "SUCCEEDED",
    StartTimestamp: now,
    EndTimestamp: now,
    StepDetails: { Result: String(index + 1) },
  }));

describe("withDurableExecution", () => {
  test.for([undefined, null, {}, "handler"])("wants a function, not %j", (handler) => {
    expect(() => withDurableExecution(handler as never)).toThrow(InvalidArgumentError);
    expect(() => withDurableExecution(handler as never)).toThrow("withDurableExecution: ");
  });

  test("wraps a handler once", () => {
    const handler = withDurableExecution(async () => 1);
    expect(() => withDurableExecution(handler)).toThrow(InvalidArgumentError);
    expect(() => withDurableExecution(handler)).toThrow("is wrapped already");
  });

  test("makes a handler that is known as one", () => {
    const handler = withDurableExecution(async () => 1);
    expect(isDurableHandler(handler)).toBe(true);
    for (const other of [undefined, null, {}, async () => 1, "handler"]) {
      expect(isDurableHandler(other)).toBe(false);
    }
  });

  test.for([
    undefined,
    null,
    "event",
    { orderId: 7 },
    { DurableExecutionArn: "arn", CheckpointToken: "t" },
  ])(
    "makes a handler that says so when it is invoked as an ordinary function: %j",
    async (event) => {
      const error = await rejectionOf(withDurableExecution(async () => 1)(event));
      expect(NotDurableInvocationError.is(error)).toBe(true);
      expect(error).toMatchObject({ code: "NOT_A_DURABLE_INVOCATION" });
      expect((error as Error).message).toContain("DurableTestRunner");
    },
  );

  test("takes the service client of its config when the invocation brings none", async () => {
    const event = {
      DurableExecutionArn: "arn:test",
      CheckpointToken: "token-1",
      InitialExecutionState: {
        Operations: [{ Id: "e", Type: "EXECUTION", Status: "STARTED", StartTimestamp: now }],
      },
    };
    const body = async (_: unknown, context: DurableContext) => context.step("work", () => 7);
    for (const durableExecutionClient of [undefined, null, {}, { checkpoint: 1 }]) {
      const client = new FakeService();
      const output = await withDurableExecution(body, { client })({
        ...event,
        durableExecutionClient,
      });
      expect(output).toEqual({ Status: "SUCCEEDED", Result: "7" });
      expect(client.updates.length).toBeGreaterThan(0);
    }
  });

  test("prefers the client that the invocation brings", async () => {
    const configured = new FakeService();
    const brought = new FakeService();
    const handler = withDurableExecution(
      async (_: unknown, context: DurableContext) => context.step(() => 1),
      { client: configured },
    );
    await invoke(handler, brought);
    expect(configured.requests).toEqual([]);
    expect(brought.requests.length).toBeGreaterThan(0);
  });

  test("wants the EXECUTION to come first", async () => {
    const error = await rejectionOf(
      withDurableExecution(async () => 1)({
        DurableExecutionArn: "arn:test",
        CheckpointToken: "token-1",
        InitialExecutionState: { Operations: steps(1) },
        durableExecutionClient: new FakeService(),
      }),
    );
    expect(NotDurableInvocationError.is(error)).toBe(true);
    expect((error as Error).message).toContain("EXECUTION");
  });

  test("wants a state at all", async () => {
    const error = await rejectionOf(
      withDurableExecution(async () => 1)({
        DurableExecutionArn: "arn:test",
        CheckpointToken: "token-1",
        InitialExecutionState: {},
        durableExecutionClient: new FakeService(),
      }),
    );
    expect(NotDurableInvocationError.is(error)).toBe(true);
  });
});

describe("the answer of an invocation", () => {
  test("is the handler's result as JSON", async () => {
    const handler = withDurableExecution(async (input: { readonly n: number }) => ({
      doubled: input.n * 2,
    }));
    expect(await invoke(handler, new FakeService(), { input: '{"n":4}' })).toEqual({
      Status: "SUCCEEDED",
      Result: '{"doubled":8}',
    });
  });

  test("has no result when the handler returns nothing", async () => {
    const output = await invoke(
      handlerOf(async () => {}),
      new FakeService(),
    );
    expect(output).toEqual({ Status: "SUCCEEDED", Result: undefined });
  });

  test("is FAILED when the handler throws", async () => {
    const output = await invoke(
      handlerOf(async () => {
        throw new RangeError("no");
      }),
      new FakeService(),
    );
    expect(output).toMatchObject({
      Status: "FAILED",
      Error: { ErrorType: "RangeError", ErrorMessage: "no" },
    });
  });

  test("is FAILED when the input is no JSON", async () => {
    const output = await invoke(
      handlerOf(async () => 1),
      new FakeService(),
      { input: "{no" },
    );
    expect(output).toMatchObject({ Status: "FAILED", Error: { ErrorType: "SyntaxError" } });
  });

  test("is PENDING when it waits for the outside world", async () => {
    const service = new FakeService();
    const output = await invoke(
      handlerOf((context) => context.wait({ seconds: 5 })),
      service,
    );
    expect(output).toEqual({ Status: "PENDING" });
    expect(service.updates).toMatchObject([
      { Id: ids[1], Type: "WAIT", Action: "START", WaitOptions: { WaitSeconds: 5 } },
    ]);
  });

  test("takes an input that is absent as an empty object", async () => {
    const inputs: unknown[] = [];
    const handler = withDurableExecution(async (input: unknown) => {
      inputs.push(input);
    });
    await handler({
      DurableExecutionArn: "arn:test",
      CheckpointToken: "token-1",
      InitialExecutionState: {
        Operations: [{ Id: "e", Type: "EXECUTION", Status: "STARTED", StartTimestamp: now }],
      },
      durableExecutionClient: new FakeService(),
    });
    expect(inputs).toEqual([{}]);
  });

  test("larger than 6 MB is checkpointed, and the answer is empty", async () => {
    const service = new FakeService();
    const output = await invoke(
      handlerOf(async (context) => {
        await context.step("before", () => 1);
        return "x".repeat(6_291_456);
      }),
      service,
    );
    expect(output).toEqual({ Status: "SUCCEEDED", Result: "" });
    const last = service.updates.at(-1);
    expect(last).toMatchObject({ Type: "EXECUTION", Action: "SUCCEED" });
    expect(last?.Payload).toHaveLength(6_291_458);
    expect(service.requests.at(-1)?.Updates).toHaveLength(1);
  });

  test("in an answer of exactly 6 MB is given as it is, and a larger one is not", async () => {
    const service = new FakeService();
    const answerOf = (length: number): Promise<unknown> =>
      invoke(
        handlerOf(async () => "x".repeat(length)),
        service,
      );
    const largest = 6_291_418;
    expect(JSON.stringify(await answerOf(largest))).toHaveLength(6_291_456);
    expect(service.requests).toEqual([]);
    expect(await answerOf(largest + 1)).toEqual({ Status: "SUCCEEDED", Result: "" });
    expect(service.requests).toHaveLength(1);
  });

  test("goes through the serdes of the handler, which may be asynchronous", async () => {
    const handler = withDurableExecution(async () => "hello", {
      serdes: {
        serialize: async (value) => String(value).toUpperCase(),
        deserialize: (text) => text,
      },
    });
    expect(await invoke(handler, new FakeService())).toEqual({
      Status: "SUCCEEDED",
      Result: "HELLO",
    });
  });

  test("is FAILED when the serdes of the handler rejects", async () => {
    const handler = withDurableExecution(async () => "hello", {
      serdes: {
        serialize: () => Promise.reject(new RangeError("cannot")),
        deserialize: (text) => text,
      },
    });
    expect(await invoke(handler, new FakeService())).toMatchObject({
      Status: "FAILED",
      Error: { ErrorType: "SerdesError" },
    });
  });

  test("comes once everything recorded has been taken", async () => {
    const service = new FakeService();
    await invoke(
      handlerOf(async (context) => {
        void context.wait("left behind", { seconds: 1 });
        return "done";
      }),
      service,
    );
    expect(service.updates).toMatchObject([{ Name: "left behind", Action: "START" }]);
  });
});

describe("context.lambdaContext", () => {
  test("is what Lambda passed, in child contexts and steps as well", async () => {
    const lambdaContext = { awsRequestId: "r-1", getRemainingTimeInMillis: () => 7000 };
    const seen: unknown[] = [];
    await invoke(
      handlerOf(async (context) => {
        seen.push(context.lambdaContext);
        await context.runInChildContext(async (child) => {
          seen.push(child.lambdaContext);
          await child.step(() => void seen.push(context.lambdaContext.getRemainingTimeInMillis()));
        });
      }),
      new FakeService(),
      { lambdaContext },
    );
    expect(seen[0]).toBe(lambdaContext);
    expect(seen[1]).toBe(lambdaContext);
    expect(seen[2]).toBe(7000);
  });

  test.for([undefined, null, "context"])("cannot be read where %j was passed", async (given) => {
    const output = await invoke(
      handlerOf(async (context) => context.lambdaContext.functionName),
      new FakeService(),
      { lambdaContext: given },
    );
    expect(output).toMatchObject({
      Status: "FAILED",
      Error: {
        ErrorType: "NotDurableInvocationError",
        ErrorMessage: expect.stringContaining("without a Lambda context") as string,
      },
    });
  });

  test("is not needed by who does not read it; logs then have no request id", async () => {
    const metadata: unknown[] = [];
    const log = (...data: readonly unknown[]) => void metadata.push(data.at(-1));
    const handler = withDurableExecution(
      async (_: unknown, context) => context.logger.info("without"),
      { logger: { debug: log, info: log, warn: log, error: log } },
    );
    await invoke(handler, new FakeService());
    await invoke(handler, new FakeService(), {
      lambdaContext: { awsRequestId: "r-2", tenantId: "t-1" },
    });
    expect(metadata).toEqual([
      { executionArn: "arn:test", requestId: "" },
      { executionArn: "arn:test", requestId: "r-2", tenantId: "t-1" },
    ]);
  });
});

describe("a state in pages", () => {
  const replaying = handlerOf(async (context) => [
    await context.step(() => -1),
    await context.step(() => -1),
    await context.step(() => -1),
  ]);

  test("is fetched to its end before the handler runs", async () => {
    const [first, second, third] = steps(3) as [Operation, Operation, Operation];
    const service = new FakeService({
      pages: {
        two: { Operations: [second], NextMarker: "three" },
        three: { Operations: [], NextMarker: "four" },
        four: { Operations: [third] },
      },
    });
    const output = await invoke(replaying, service, { operations: [first], nextMarker: "two" });
    expect(output).toEqual({ Status: "SUCCEEDED", Result: "[1,2,3]" });
    expect(service.pageRequests).toMatchObject([
      { DurableExecutionArn: "arn:test", CheckpointToken: "token-1", Marker: "two" },
      { Marker: "three" },
      { Marker: "four" },
    ]);
    expect(service.requests).toEqual([]);
  });

  test("ends with an empty marker, or a page without operations", async () => {
    const service = new FakeService({ pages: { two: { NextMarker: "" } } });
    expect(
      await invoke(replaying, service, { operations: steps(3), nextMarker: "" }),
    ).toMatchObject({ Status: "SUCCEEDED" });
    expect(
      await invoke(replaying, service, { operations: steps(3), nextMarker: "two" }),
    ).toMatchObject({ Status: "SUCCEEDED" });
    expect(service.pageRequests).toHaveLength(1);
  });

  test("that cannot be fetched is a fault: the service invokes again", async () => {
    const error = await rejectionOf(
      invoke(replaying, new FakeService(), { operations: steps(1), nextMarker: "lost" }),
    );
    expect(ServiceCallError.is(error)).toBe(true);
    expect(error).toMatchObject({ code: "SERVICE_CALL_FAILED" });
    expect((error as Error).message).toContain("Invalid Marker: lost");
    expect((error as Error).cause).toBeInstanceOf(Error);
  });

  test("may come with a checkpoint's answer too", async () => {
    const service = new FakeService({
      checkpoint: async (_, number) =>
        number === 1
          ? {
              CheckpointToken: "token-1",
              NewExecutionState: { Operations: [], NextMarker: "more" },
            }
          : { CheckpointToken: "token-1" },
      pages: {
        more: {
          Operations: [
            {
              Id: ids[1] ?? "",
              Type: "CALLBACK",
              SubType: "Callback",
              Status: "STARTED",
              StartTimestamp: now,
              CallbackDetails: { CallbackId: "from the second page" },
            },
          ],
          NextMarker: "",
        },
      },
    });
    const output = await invoke(
      handlerOf(async (context) => (await context.createCallback()).callbackId),
      service,
    );
    expect(output).toMatchObject({ Result: '"from the second page"' });
  });

  test("whose rest cannot be fetched is a fault as well", async () => {
    const service = new FakeService({
      checkpoint: async () => ({
        CheckpointToken: "token-1",
        NewExecutionState: { NextMarker: "lost" },
      }),
    });
    const error = await rejectionOf(
      invoke(
        handlerOf((context) => context.wait({ seconds: 1 })),
        service,
      ),
    );
    expect(ServiceCallError.is(error)).toBe(true);
    expect((error as Error).message).toContain("Invalid Marker: lost");
  });
});
