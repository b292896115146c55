import { type DurableContext, withDurableExecution } from "@aws/durable-execution-sdk-js";
import { expect, test } from "vitest";
import { useEnvironment } from "./support/environment.ts";
import { describeModules } from "./support/modules.ts";

interface Target {
  readonly functionName: string;
  readonly input?: unknown;
}

const caller = withDurableExecution(async (target: Target, context: DurableContext) => ({
  answer: await context.invoke<unknown, unknown>("call", target.functionName, target.input),
}));

const durable = withDurableExecution(async (input: object, context: DurableContext) => {
  const stepped = await context.step("stepped", async () => "a step");
  await context.wait("waited", { hours: 2 });
  return { input, stepped };
});

describeModules("functions that are invoked, with %s module", (testing) => {
  const { LocalDurableTestRunner } = testing;
  useEnvironment(testing, { skipTime: true });
  const newRunner = () => new LocalDurableTestRunner({ handlerFunction: caller });

  test("may be durable", async () => {
    const runner = newRunner();
    const call = runner.getOperation("call");
    expect(runner.registerDurableFunction("inner", durable)).toBe(runner);
    const execution = await runner.run({
      payload: { functionName: "inner", input: { from: "outer" } },
    });
    const answer = { input: { from: "outer" }, stepped: "a step" };
    expect(execution.getResult()).toEqual({ answer });
    expect(call.getType()).toBe("CHAINED_INVOKE");
    expect(call.getStatus()).toBe("SUCCEEDED");
    expect(call.getChainedInvokeDetails()).toMatchObject({ result: answer });
    expect(execution.getOperations().map((operation) => operation.getName())).toEqual(["call"]);
  });

  test("may be plain", async () => {
    const runner = newRunner();
    const seen: unknown[] = [];
    expect(
      runner.registerFunction("plain", async (event: { n: number }, context: object) => {
        seen.push(context);
        return { doubled: event.n * 2, at: new Date(0) };
      }),
    ).toBe(runner);
    const execution = await runner.run({ payload: { functionName: "plain", input: { n: 21 } } });
    expect(execution.getResult()).toEqual({
      answer: { doubled: 42, at: "1970-01-01T00:00:00.000Z" },
    });
    expect(seen[0]).toMatchObject({
      functionName: expect.any(String) as unknown,
      getRemainingTimeInMillis: expect.any(Function) as unknown,
    });
  });

  test.for(["null", "0", "false", '""'])("get the input %s, and may answer it", async (text) => {
    const input: unknown = JSON.parse(text);
    const runner = newRunner();
    const seen: unknown[] = [];
    runner
      .registerFunction("plain", async (event: unknown) => {
        seen.push(event);
        return event;
      })
      .registerDurableFunction(
        "durable",
        withDurableExecution(async (event: unknown) => {
          seen.push(event);
          return event;
        }),
      );
    for (const functionName of ["plain", "durable"]) {
      const execution = await runner.run({ payload: { functionName, input } });
      expect(execution.getResult()).toEqual({ answer: input });
      runner.reset();
    }
    expect(seen).toEqual([input, input]);
  });

  test("may answer through their callback", async () => {
    const runner = newRunner();
    runner
      .registerFunction("good", (event: object, __: object, callback: Answer) => {
        callback(null, { event });
      })
      .registerFunction("bad", (___: object, __: object, callback: Answer) => {
        callback(new TypeError("wrong"), undefined);
      })
      .registerFunction("worse", (___: object, __: object, callback: Answer) => {
        callback("just a text", undefined);
      });
    const good = await runner.run({ payload: { functionName: "good", input: { n: 1 } } });
    expect(good.getResult()).toEqual({ answer: { event: { n: 1 } } });
    runner.reset();
    const bad = await runner.run({ payload: { functionName: "bad" } });
    expect(bad.getError().errorMessage).toContain("wrong");
    runner.reset();
    const worse = await runner.run({ payload: { functionName: "worse" } });
    expect(worse.getError().errorMessage).toContain("just a text");
  });

  test("fail their invoke when they throw", async () => {
    const runner = newRunner();
    const call = runner.getOperation("call");
    runner.registerFunction("plain", async () => Promise.reject(new RangeError("too far")));
    const execution = await runner.run({ payload: { functionName: "plain" } });
    expect(execution.getStatus()).toBe("FAILED");
    expect(execution.getError()).toMatchObject({
      errorType: "InvokeError",
      errorMessage: expect.stringContaining("too far") as unknown,
    });
    expect(call.getStatus()).toBe("FAILED");
    expect(call.getChainedInvokeDetails()?.error).toMatchObject({
      errorType: "RangeError",
      errorMessage: "too far",
    });
    expect(call.getChainedInvokeDetails()?.result).toBeUndefined();
  });

  test("fail their invoke when their execution fails", async () => {
    const runner = newRunner();
    const call = runner.getOperation("call");
    runner.registerDurableFunction(
      "inner",
      withDurableExecution(async () => Promise.reject(new RangeError("too far"))),
    );
    const execution = await runner.run({ payload: { functionName: "inner" } });
    expect(execution.getStatus()).toBe("FAILED");
    expect(call.getChainedInvokeDetails()?.error).toMatchObject({
      errorType: "RangeError",
      errorMessage: "too far",
    });
  });

  test("are those that were registered last under their name", async () => {
    const runner = newRunner();
    runner.registerFunction("it", async () => "first");
    runner.registerDurableFunction(
      "it",
      withDurableExecution(async () => "second"),
    );
    const second = await runner.run({ payload: { functionName: "it" } });
    expect(second.getResult()).toEqual({ answer: "second" });
    runner.reset();
    runner.registerFunction("it", async () => "third");
    const third = await runner.run({ payload: { functionName: "it" } });
    expect(third.getResult()).toEqual({ answer: "third" });
  });

  test("stay registered when the runner is reset", async () => {
    const runner = newRunner();
    runner.registerFunction("plain", async () => "here");
    runner.reset();
    const execution = await runner.run({ payload: { functionName: "plain" } });
    expect(execution.getResult()).toEqual({ answer: "here" });
  });

  test("must be registered: the run rejects", async () => {
    const runner = newRunner();
    runner.registerFunction("plain", async () => "here");
    await expect(runner.run({ payload: { functionName: "plane" } })).rejects.toThrow(
      "No function found for function name plane",
    );
  });

  test("may be invoked several times at once", async () => {
    const runner = new LocalDurableTestRunner({
      handlerFunction: withDurableExecution(async (__: unknown, context: DurableContext) =>
        Promise.all([1, 2, 3].map(async (n) => context.invoke(`call ${n}`, "double", n))),
      ),
    });
    runner.registerFunction("double", async (n: number) => n * 2);
    expect((await runner.run()).getResult()).toEqual([2, 4, 6]);
  });

  test("run beside a long step of their caller, one after the other, in one invocation", async () => {
    const runner = new LocalDurableTestRunner({
      handlerFunction: withDurableExecution(async (__: unknown, context: DurableContext) => {
        const batch = await context.parallel([
          async (branch) =>
            branch.step("long", async () => {
              await new Promise((resolve) => {
                setTimeout(resolve, 10_000);
              });
              return "long";
            }),
          async (branch) => {
            const first = await branch.invoke<number, string>("waits", 1);
            const second = await branch.invoke<number, string>("steps", 2);
            return [first, second, await branch.invoke<number, string>("waits", 3)].join(" ");
          },
        ]);
        return batch.getResults();
      }),
    });
    const waits = withDurableExecution(async (n: number, context: DurableContext) => {
      await context.wait({ seconds: 2 });
      return `waits ${n}`;
    });
    const steps = withDurableExecution(async (n: number, context: DurableContext) =>
      context.step(async () => `steps ${n}`),
    );
    runner.registerDurableFunction("waits", waits).registerDurableFunction("steps", steps);
    const execution = await runner.run();
    expect(execution.getResult()).toEqual(["long", "waits 1 steps 2 waits 3"]);
    expect(execution.getInvocations()).toHaveLength(1);
  });
});

type Answer = (error: unknown, result: unknown) => void;
