import {
  CallbackTimeoutError,
  createRetryStrategy,
  type DurableContext,
  InvalidArgumentError,
  InvokeError,
  PayloadTooLargeError,
  type Serdes,
  SerdesError,
  StepError,
  withDurableExecution,
} from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import { DurableTestRunner } from "../../src/index.ts";
import { eventLines, eventsOf, operationsOf } from "../support/history.ts";

const handlerOf = <Output>(body: (context: DurableContext) => Promise<Output>) =>
  withDurableExecution(async (_: unknown, context) => body(context));

const echo = withDurableExecution(async (event: unknown, context) => {
  await context.wait("a while", { minutes: 1 });
  return event;
});

const failing = withDurableExecution(async (_: unknown, context) =>
  context.step(
    "charge",
    () => {
      throw new RangeError("no such card");
    },
    { retryStrategy: createRetryStrategy({ maxAttempts: 1 }) },
  ),
);

/** What an invoke throws, on the first run and on a replay. */
const errorsOf = async (
  functionName: string,
  options: ConstructorParameters<typeof DurableTestRunner>[1],
) => {
  const errors: unknown[] = [];
  const handler = handlerOf(async (context) => {
    await context.invoke(functionName, {}).catch((error: unknown) => errors.push(error));
    await context.wait({ seconds: 1 });
  });
  const result = await new DurableTestRunner(handler, options).run();
  expect(errors).toHaveLength(2);
  return { errors: errors as InvokeError[], result };
};

describe("invoke", () => {
  test("has a durable function run, and waits for what it returns", async () => {
    const handler = handlerOf(async (context) => {
      const first = await context.invoke("echo", { n: 1 });
      await context.wait({ seconds: 1 });
      return first;
    });
    const result = await new DurableTestRunner(handler, { durableFunctions: { echo } }).run();
    expect(result.result).toEqual({ n: 1 });
    expect(result.elapsedMs).toBe(61_000);
    expect(eventLines(result)).toEqual([
      "ExecutionStarted",
      "ChainedInvokeStarted",
      "InvocationCompleted",
      "ChainedInvokeSucceeded",
      "WaitStarted",
      "InvocationCompleted",
      "WaitSucceeded",
      "InvocationCompleted",
      "ExecutionSucceeded",
    ]);
    expect(eventsOf(result, "ChainedInvokeStarted")[0]).toMatchObject({
      SubType: "ChainedInvoke",
      ChainedInvokeStartedDetails: { FunctionName: "echo", Input: { Payload: '{"n":1}' } },
    });
  });

  test("has a plain function run", async () => {
    const handler = handlerOf((context) => context.invoke<number>("double", 21));
    const functions = { double: (n: number) => 2 * n };
    const result = await new DurableTestRunner(handler, { functions }).run();
    expect(result.result).toBe(42);
  });

  test("may have a name and a tenant", async () => {
    const handler = handlerOf((context) =>
      context.invoke("echo", "x", { name: "ask echo", tenantId: "blue" }),
    );
    const result = await new DurableTestRunner(handler, { durableFunctions: { echo } }).run();
    expect(eventsOf(result, "ChainedInvokeStarted")[0]).toMatchObject({
      Name: "ask echo",
      ChainedInvokeStartedDetails: { TenantId: "blue" },
    });
  });

  test("passes null and nothing on, and gives undefined when nothing was returned", async () => {
    const nothing = withDurableExecution(async () => {});
    const handler = handlerOf(async (context) => [
      (await context.invoke("nothing", undefined)) === undefined,
      (await context.invoke("echo", null)) === null,
    ]);
    const runner = new DurableTestRunner(handler, { durableFunctions: { echo, nothing } });
    expect((await runner.run()).result).toEqual([true, true]);
  });

  test("writes and reads with the serdes it is given, which may take their time", async () => {
    const shouting: Serdes<string> = {
      serialize: async (value) => JSON.stringify(value?.toUpperCase()),
      deserialize: async (text) => (JSON.parse(text) as string).toUpperCase(),
    };
    const handler = handlerOf(async (context) => [
      await context.invoke("echo", "in", { payloadSerdes: shouting }),
      await context.invoke("echo", "out", { resultSerdes: shouting }),
      await Promise.all([
        context.invoke("echo", "first", { payloadSerdes: shouting }),
        context.invoke("echo", "second"),
      ]),
    ]);
    const result = await new DurableTestRunner(handler, { durableFunctions: { echo } }).run();
    expect(result.result).toEqual(["IN", "OUT", ["FIRST", "second"]]);
    expect(
      eventsOf(result, "ChainedInvokeStarted").map(
        ({ ChainedInvokeStartedDetails }) => ChainedInvokeStartedDetails.Input.Payload,
      ),
    ).toEqual(['"IN"', '"out"', '"second"', '"FIRST"']);
  });

  test("runs beside other operations, several at once", async () => {
    const handler = handlerOf((context) =>
      Promise.all([
        context.invoke("echo", 1),
        context.invoke("echo", 2),
        context.step(() => 3),
        context.runInChildContext((child) => child.invoke("echo", 4)),
      ]),
    );
    const result = await new DurableTestRunner(handler, { durableFunctions: { echo } }).run();
    expect(result.result).toEqual([1, 2, 3, 4]);
    expect(result.elapsedMs).toBe(60_000);
    const [context] = operationsOf(result, "CONTEXT");
    expect(operationsOf(result, "CHAINED_INVOKE").at(-1)?.parentId).toBe(context?.id);
  });
});

describe("an invoke that fails", () => {
  test("throws the function's error, the same on every replay", async () => {
    const { errors } = await errorsOf("failing", { durableFunctions: { failing } });
    for (const error of errors) {
      expect(InvokeError.is(error)).toBe(true);
      expect(error).toMatchObject({
        code: "INVOKE_FAILED",
        functionName: "failing",
        status: "FAILED",
        errorType: "StepError",
        errorMessage: 'Step "charge" failed: RangeError: no such card',
        message:
          'Function "failing" failed: StepError: Step "charge" failed: RangeError: no such card',
      });
      expect(StepError.is(error.cause)).toBe(true);
      expect((error.cause as StepError).cause).toMatchObject({ name: "RangeError" });
    }
  });

  test("tells what is no durable function's error, too", async () => {
    const functions = {
      plain: () => {
        throw new TypeError("no idea");
      },
    };
    const { errors } = await errorsOf("plain", { functions });
    expect(errors[0]).toMatchObject({ cause: { name: "TypeError", message: "no idea" } });
  });

  test("tells that the function timed out", async () => {
    const slow = { handler: echo, timeout: { seconds: 59 } };
    const { errors, result } = await errorsOf("slow", { durableFunctions: { slow } });
    expect(errors.map(({ status }) => status)).toEqual(["TIMED_OUT", "TIMED_OUT"]);
    expect(errors[0]?.message).toContain('Function "slow" timed out: ExecutionTimeout');
    expect(result.elapsedMs).toBe(60_000);
  });

  test("comes out of a child context, and out of the execution, as itself", async () => {
    const errors: unknown[] = [];
    const handler = handlerOf(async (context) => {
      await context
        .runInChildContext("group", (child) => child.invoke("failing", {}))
        .catch((error: Error) => errors.push(error.cause));
      return context.invoke("failing", {});
    });
    const runner = new DurableTestRunner(handler, { durableFunctions: { failing } });
    const result = await runner.run();
    expect(result.error?.ErrorType).toBe("InvokeError");
    expect(errors.length).toBeGreaterThan(0);
    for (const error of errors) {
      expect(InvokeError.is(error)).toBe(true);
      expect(error).toMatchObject({ functionName: "failing", status: "FAILED" });
      expect(StepError.is((error as Error).cause)).toBe(true);
    }
  });

  test("because nobody answered there says so", async () => {
    const asking = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback("approval", { timeout: { hours: 1 } });
      return context.waitForCallback(callback);
    });
    const handler = handlerOf((context) =>
      context.invoke("asking", {}).catch((error: Error) => CallbackTimeoutError.is(error.cause)),
    );
    const runner = new DurableTestRunner(handler, { durableFunctions: { asking } });
    expect((await runner.run()).status).toBe("PENDING");
    expect((await runner.runToCompletion()).result).toBe(true);
  });
});

describe("an invoke is refused before anything is recorded", () => {
  test.for<{
    what: string;
    call: (context: DurableContext) => Promise<unknown>;
    kind: { is: (error: unknown) => boolean };
    says: string;
  }>([
    {
      what: "without a function name",
      call: (context) => context.invoke(undefined as never, {}),
      kind: InvalidArgumentError,
      says: "invoke: the function name undefined is no text of 1 to 256 characters. Call it as invoke(functionName, input, config?).",
    },
    {
      what: "with an empty function name",
      call: (context) => context.invoke("", {}),
      kind: InvalidArgumentError,
      says: 'the function name "" is no text',
    },
    {
      what: "with a function name that is too long",
      call: (context) => context.invoke("x".repeat(257), {}),
      kind: InvalidArgumentError,
      says: "1 to 256 characters",
    },
    {
      what: "with an unknown option",
      call: (context) => context.invoke("echo", {}, { tenant: "blue" } as never),
      kind: InvalidArgumentError,
      says: 'invoke "echo": there is no option "tenant", which was given as "blue".',
    },
    {
      what: "with an empty tenant",
      call: (context) => context.invoke("echo", {}, { tenantId: "" }),
      kind: InvalidArgumentError,
      says: 'tenantId: "" is no text',
    },
    {
      what: "with a serdes that is none",
      call: (context) => context.invoke("echo", {}, { resultSerdes: JSON as never }),
      kind: InvalidArgumentError,
      says: "resultSerdes: [object JSON] is no object with the functions serialize, deserialize.",
    },
    {
      what: "with a name that is none",
      call: (context) => context.invoke("echo", {}, { name: "" }),
      kind: InvalidArgumentError,
      says: 'invoke: the name "" is no text',
    },
    {
      what: "with an input that is too large",
      call: (context) => context.invoke("echo", "x".repeat(262_143)),
      kind: PayloadTooLargeError,
      says: 'The input of function "echo" has 262145 bytes; the service stores 262144. Store it elsewhere and give a reference.',
    },
    {
      what: "with an input that is too large, and takes its time",
      call: (context) =>
        context.invoke("echo", "x", {
          payloadSerdes: {
            serialize: async () => "x".repeat(262_145),
            deserialize: (text: string) => text,
          },
        }),
      kind: PayloadTooLargeError,
      says: "has 262145 bytes",
    },
    {
      what: "with an input that has no JSON form",
      call: (context) => context.invoke("echo", { n: 1n }),
      kind: SerdesError,
      says: 'The input of function "echo" cannot be serialised: Do not know how to serialize a BigInt. Give plain JSON data, or give a serdes.',
    },
  ])("$what", async ({ call, kind, says }) => {
    const errors: unknown[] = [];
    const handler = handlerOf(async (context) => {
      await call(context).catch((error: unknown) => errors.push(error));
      return "went on";
    });
    const result = await new DurableTestRunner(handler, { durableFunctions: { echo } }).run();
    expect(result.result).toBe("went on");
    expect(operationsOf(result, "CHAINED_INVOKE")).toEqual([]);
    expect(kind.is(errors[0])).toBe(true);
    expect((errors[0] as Error).message).toContain(says);
  });

  test("but an input may be just as large as the service stores", async () => {
    const size = withDurableExecution(async (text: string) => text.length);
    const handler = handlerOf((context) => context.invoke("size", "x".repeat(262_142)));
    const result = await new DurableTestRunner(handler, { durableFunctions: { size } }).run();
    expect(result.result).toBe(262_142);
  });
});

test("a function that the runner does not know is told with the line that invokes it", async () => {
  const handler = handlerOf(async (context) => {
    await context.step("before", () => 1);
    await context.invoke("paymets", {}, { name: "pay" });
  });
  const runner = new DurableTestRunner(handler, { functions: { payments: () => ({}) } });
  await expect(runner.run()).rejects.toThrow(
    /"paymets", which the runner does not know\. Did you mean "payments"\?[^]* It was called at .*operations\/invoke\.test\.ts:\d+/,
  );
});
