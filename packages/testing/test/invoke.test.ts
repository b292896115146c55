import { type DurableContext, withDurableExecution } from "@aws/durable-execution-sdk-js";
import { describe, expect, test } from "vitest";
import {
  type AnyDurableLambdaHandler,
  type DurableResult,
  DurableTestRunner,
  respond,
} from "../src/index.ts";

/** Invokes a function and returns what it returned, or what became of it. */
const caller = withDurableExecution(
  async (event: { target: string; input?: unknown }, context: DurableContext) => {
    try {
      const got = await context.invoke("call", event.target, event.input);
      return { got: got === undefined ? "undefined" : got };
    } catch (error) {
      const { name, message, cause } = error as Error;
      return { name, message, cause: (cause as Error | undefined)?.message };
    }
  },
);

const echo = withDurableExecution(async (event: unknown, context: DurableContext) => {
  await context.wait("a while", { seconds: 60 });
  return { echo: event };
});

/** That SDK takes some milliseconds before it suspends. */
const seconds = ({ elapsedMs }: Pick<DurableResult<unknown>, "elapsedMs">) =>
  Math.floor(elapsedMs / 1000);

describe("a durable function that is invoked", () => {
  test("runs as an execution of its own, on the same clock", async () => {
    const runner = new DurableTestRunner(caller, { durableFunctions: { echo } });
    const result = await runner.run({ target: "echo", input: { n: 1 } });
    expect(result.result).toEqual({ got: { echo: { n: 1 } } });
    expect(seconds(result)).toBe(60);
    expect(result.invocations).toHaveLength(2);
    expect(result.operations).toMatchObject([
      {
        type: "CHAINED_INVOKE",
        name: "call",
        functionName: "echo",
        input: { n: 1 },
        result: { echo: { n: 1 } },
        status: "SUCCEEDED",
      },
    ]);
    const [operation] = result.operations;
    const arn = operation?.type === "CHAINED_INVOKE" ? (operation.executionArn ?? "") : "";
    const inner = runner.execution(arn);
    expect(inner.result).toEqual({ echo: { n: 1 } });
    expect(inner.operations).toMatchObject([{ type: "WAIT", name: "a while" }]);
    expect(inner.invocations).toHaveLength(2);
  });

  test("is told in the caller's history, with every field", async () => {
    const runner = new DurableTestRunner(caller, { durableFunctions: { echo } });
    const { history } = await runner.run({ target: "echo", input: { n: 1 } });
    expect(history.map(({ EventType }) => EventType)).toEqual([
      "ExecutionStarted",
      "ChainedInvokeStarted",
      "InvocationCompleted",
      "ChainedInvokeSucceeded",
      "InvocationCompleted",
      "ExecutionSucceeded",
    ]);
    expect(history[1]).toMatchObject({
      Name: "call",
      ChainedInvokeStartedDetails: {
        FunctionName: "echo",
        Input: { Payload: '{"n":1}' },
        ExecutedVersion: "$LATEST",
        DurableExecutionArn: expect.stringMatching(
          /^arn:aws:lambda:us-east-1:123456789012:function:echo:\$LATEST\/durable-execution\/test\/[0-9a-f-]{36}$/,
        ) as unknown,
      },
    });
  });

  test.each([
    ["echo", "arn:aws:lambda:eu-west-1:123456789012:function:echo:$LATEST"],
    ["echo:live", "echo"],
    ["arn:aws:lambda:eu-west-1:123456789012:function:echo", "echo:3"],
  ])("is found as %s when it is asked for as %s", async (registered, asked) => {
    const runner = new DurableTestRunner(caller, { durableFunctions: { [registered]: echo } });
    expect((await runner.run({ target: asked })).status).toBe("SUCCEEDED");
  });

  test("of several versions the one that is asked for is found", async () => {
    const version = (n: number) => withDurableExecution(async () => n);
    const durableFunctions = { "f:1": version(1), "f:2": version(2) };
    const runner = new DurableTestRunner(caller, { durableFunctions });
    expect((await runner.run({ target: "f:2" })).result).toEqual({ got: 2 });
    await expect(
      new DurableTestRunner(caller, { durableFunctions }).run({ target: "f" }),
    ).rejects.toThrow(/"f", which the runner does not know/);
  });

  test("returns nothing", async () => {
    const nothing = withDurableExecution(async () => {});
    const runner = new DurableTestRunner(caller, { durableFunctions: { nothing } });
    expect((await runner.run({ target: "nothing" })).result).toEqual({ got: "undefined" });
  });

  test("fails", async () => {
    const failing = withDurableExecution(async () => {
      throw new TypeError("no such order");
    });
    const runner = new DurableTestRunner(caller, { durableFunctions: { failing } });
    const { result, operations } = await runner.run({ target: "failing" });
    expect(result).toMatchObject({ name: "InvokeError" });
    expect(operations).toMatchObject([
      { status: "FAILED", error: { ErrorType: "TypeError", ErrorMessage: "no such order" } },
    ]);
  });

  test("times out", async () => {
    const target = { handler: echo, timeout: { seconds: 59 } };
    const runner = new DurableTestRunner(caller, { durableFunctions: { target } });
    const timedOut = await runner.run({ target: "target" });
    const { result, operations, history } = timedOut;
    expect(result).toMatchObject({ name: "InvokeError" });
    expect(operations).toMatchObject([
      { status: "TIMED_OUT", error: { ErrorType: "ExecutionTimeout" } },
    ]);
    expect(seconds(timedOut)).toBe(59);
    expect(history[3]).toMatchObject({ EventType: "ChainedInvokeTimedOut" });
  });

  test("has callbacks of its own, which the test answers by name or by id", async () => {
    const asking = withDurableExecution(async (_: unknown, context: DurableContext) =>
      context.waitForCallback("approval", async () => {}, { timeout: { hours: 1 } }),
    );
    const both = withDurableExecution(async (_: unknown, context: DurableContext) =>
      Promise.all([context.invoke("asking", {}), context.invoke("asking", {})]),
    );
    const runner = new DurableTestRunner(both, { durableFunctions: { asking } });
    const waiting = await runner.run({});
    expect(waiting.status).toBe("PENDING");
    expect(seconds(waiting)).toBe(0);
    expect(waiting.pendingCallbacks).toHaveLength(2);
    const [first, second] = waiting.pendingCallbacks;
    expect(first?.callbackId).not.toBe(second?.callbackId);
    await runner.callback("approval", 1).succeed("second");
    const done = await runner.sendCallbackSuccess(first?.callbackId ?? "", "first");
    expect(done.result).toEqual(["first", "second"]);
  });

  test("has its callbacks answered by scripts, and their deadlines are silence", async () => {
    const asking = withDurableExecution(async (_: unknown, context: DurableContext) =>
      context.waitForCallback("approval", async () => {}, { timeout: { hours: 1 } }),
    );
    const scripted = new DurableTestRunner(caller, {
      durableFunctions: { asking },
      callbacks: { approval: respond.success("yes").after({ minutes: 5 }) },
    });
    const answered = await scripted.run({ target: "asking" });
    expect(answered.result).toEqual({ got: "yes" });
    expect(seconds(answered)).toBe(300);

    const silent = new DurableTestRunner(caller, { durableFunctions: { asking } });
    expect((await silent.run({ target: "asking" })).status).toBe("PENDING");
    const gaveUp = await silent.runToCompletion();
    expect(seconds(gaveUp)).toBe(3600);
    expect(gaveUp.operations).toMatchObject([{ status: "FAILED" }]);
  });

  test("that waits for ever is named when the execution cannot end", async () => {
    const asking = withDurableExecution(async (_: unknown, context: DurableContext) =>
      context.waitForCallback("approval", async () => {}),
    );
    const runner = new DurableTestRunner(caller, { durableFunctions: { asking } });
    await runner.run({ target: "asking" });
    await expect(runner.runToCompletion()).rejects.toThrow(
      /invoke "call", running.*In "asking".*callback .*open/,
    );
  });

  test.each<[string, AnyDurableLambdaHandler, RegExp]>([
    [
      "never settles",
      withDurableExecution(async () => new Promise(() => {})),
      /^In "broken": .*neither settles/,
    ],
    ["is no durable one", async () => "done", /^In "broken": .*"done"/],
    ["rejects", async () => Promise.reject(new Error("boom")), /^In "broken": .*boom/],
  ])("that %s is named", async (_, broken, message) => {
    const runner = new DurableTestRunner(caller, { durableFunctions: { broken } });
    await expect(runner.run({ target: "broken" })).rejects.toThrow(message);
  });

  test("goes on when the caller has not waited for it", async () => {
    const seen: string[] = [];
    const forgetful = withDurableExecution(async (_: unknown, context: DurableContext) => {
      void context.invoke("later", {});
      void context.invoke("plain", {});
      await context.wait({ seconds: 1 });
      return "done";
    });
    const later = withDurableExecution(async (_: unknown, context: DurableContext) => {
      seen.push("later begins");
      await context.wait({ seconds: 10 });
      seen.push("later ends");
    });
    const runner = new DurableTestRunner(forgetful, {
      durableFunctions: { later },
      functions: { plain: () => void seen.push("plain") },
    });
    expect((await runner.run({})).result).toBe("done");
    expect(seen).toEqual(["later begins", "plain"]);
    await runner.advance({ seconds: 10 });
    expect(seen).toEqual(["later begins", "plain", "later begins", "later ends"]);
    expect(runner.result.elapsedMs).toBeLessThan(2000);
  });

  test("in a circle is stopped, and the circle is shown", async () => {
    const again = withDurableExecution(async (n: number, context: DurableContext) =>
      context.invoke("again", n + 1),
    );
    const runner = new DurableTestRunner(again, { durableFunctions: { again } });
    await expect(runner.run(0)).rejects.toMatchObject({
      code: "LIMIT_EXCEEDED",
      message: expect.stringMatching(/durable-test → again → again/) as unknown,
    });
  });

  test("same seed, same history; another seed, other ids", async () => {
    const random = withDurableExecution(async (_: unknown, context: DurableContext) =>
      context.step("draw", async () => Math.random()),
    );
    const run = async (seed: number) =>
      new DurableTestRunner(caller, { seed, durableFunctions: { random } }).run({
        target: "random",
      });
    expect(JSON.stringify((await run(1)).history)).toBe(JSON.stringify((await run(1)).history));
    expect((await run(1)).result).not.toEqual((await run(2)).result);
  });
});

describe("a plain function that is invoked", () => {
  const run = async (target: (input: never) => unknown, input?: unknown) =>
    new DurableTestRunner(caller, { functions: { target } }).run({ target: "target", input });

  test("gets the input and answers", async () => {
    const { result, history } = await run(({ n }: { n: number }) => ({ twice: 2 * n }), { n: 2 });
    expect(result).toEqual({ got: { twice: 4 } });
    expect(history[1]).toMatchObject({
      ChainedInvokeStartedDetails: { FunctionName: "target", ExecutedVersion: "$LATEST" },
    });
  });

  test("takes virtual time", async () => {
    const result = await run(async () => {
      await new Promise((resolve) => setTimeout(resolve, 60_000));
    });
    expect(seconds(result)).toBe(60);
  });

  test("that returns nothing answers null, as Lambda does", async () => {
    expect((await run(() => {})).result).toEqual({ got: null });
  });

  test.each([
    [
      "throws",
      () => {
        throw new RangeError("too much");
      },
    ],
    [
      "rejects",
      async () => {
        throw new RangeError("too much");
      },
    ],
  ])("fails when it %s", async (_, target) => {
    const { operations, result } = await run(target);
    expect(operations).toMatchObject([
      { status: "FAILED", error: { ErrorType: "RangeError", ErrorMessage: "too much" } },
    ]);
    expect(result).toMatchObject({ name: "InvokeError" });
  });

  test("fails when what it returns is no JSON", async () => {
    const { operations } = await run(() => 1n);
    expect(operations).toMatchObject([
      {
        status: "FAILED",
        error: { ErrorMessage: expect.stringMatching(/"target".*bigint/) as unknown },
      },
    ]);
  });

  test("fails when it exits the process", async () => {
    const { operations } = await run(() => process.exit(3));
    expect(operations).toMatchObject([
      { status: "FAILED", error: { ErrorType: "Runtime.ExitError" } },
    ]);
  });

  test.each([
    ["does not settle", async () => new Promise(() => {})],
    ["takes too long", async () => new Promise((resolve) => setTimeout(resolve, 901_000))],
  ])("times out when it %s", async (_, target) => {
    const result = await run(target);
    expect(result.operations).toMatchObject([
      { status: "TIMED_OUT", error: { ErrorType: "Sandbox.Timedout" } },
    ]);
    expect(seconds(result)).toBe(900);
  });
});

describe("a function that nobody registered", () => {
  test("is a clear error, with what was registered", async () => {
    const runner = new DurableTestRunner(caller, { functions: { payments: () => 1 } });
    await expect(runner.run({ target: "payment" })).rejects.toMatchObject({
      code: "FUNCTION_NOT_REGISTERED",
      functionName: "payment",
      message: expect.stringMatching(
        /"payment".*Did you mean "payments"\?[^]*durableFunctions/,
      ) as unknown,
    });
  });

  test("cannot be both durable and plain", () => {
    const functions = { echo: () => 1 };
    expect(() => new DurableTestRunner(caller, { durableFunctions: { echo }, functions })).toThrow(
      /functions.echo is one of durableFunctions, too/,
    );
  });

  test.each([
    [{ durableFunctions: { f: 1 } }, /durableFunctions.f: 1 is not a durable handler/],
    [
      { durableFunctions: { f: { handler: echo, timeout: { seconds: 0.5 } } } },
      /durableFunctions.f.timeout/,
    ],
    [{ functions: { f: "x" } }, /functions.f: "x" is not a function/],
    [{ functions: 1 }, /functions: 1 is not an object/],
  ])("%j is refused", (options, message) => {
    expect(() => new DurableTestRunner(caller, options as never)).toThrow(message);
  });
});
