import { type DurableContext, withDurableExecution } from "@aws/durable-execution-sdk-js";
import { afterEach, describe, expect, test } from "vitest";
import { useEnvironment } from "./support/environment.ts";
import { aws, describeModules, ours } from "./support/modules.ts";

/** The types of AWS's SDK take it from a package that need not be there. */
interface LambdaContext {
  readonly functionName: string;
  readonly functionVersion: string;
  readonly getRemainingTimeInMillis: () => number;
  readonly done: () => void;
  readonly fail: () => void;
  readonly succeed: () => void;
}

function throwsError(action: () => void): boolean {
  try {
    action();
    return false;
  } catch (error) {
    return error instanceof Error;
  }
}

function containsItself(): object {
  const payload: Record<string, unknown> = {};
  payload["itself"] = payload;
  return payload;
}

/** Taken before anybody fakes it. */
const realNow = performance.now.bind(performance);

const handlerFunction = withDurableExecution(
  async (input: { n?: number }, context: DurableContext) =>
    context.step("double", async () => 2 * (input.n ?? 0)),
);

describeModules("a runner of %s module", (testing) => {
  const { LocalDurableTestRunner } = testing;
  useEnvironment(testing, { skipTime: true });

  test("is used again after a reset", async () => {
    const runner = new LocalDurableTestRunner({ handlerFunction });
    for (const n of [1, 2]) {
      runner.reset();
      const double = runner.getOperation("double");
      expect(double.getStatus()).toBeUndefined();
      const execution = await runner.run({ payload: { n } });
      expect(execution.getOperations()).toHaveLength(1);
      expect(execution.getHistoryEvents()[0]?.EventType).toBe("ExecutionStarted");
      expect(double.getStepDetails()?.result).toBe(2 * n);
    }
  });

  test("leaves handles from before a reset with what they have", async () => {
    const runner = new LocalDurableTestRunner({ handlerFunction });
    const before = runner.getOperation("double");
    await runner.run({ payload: { n: 1 } });
    runner.reset();
    await runner.run({ payload: { n: 2 } });
    expect(before.getStepDetails()?.result).toBe(2);
    expect(runner.getOperation("double").getStepDetails()?.result).toBe(4);
  });

  test("shows, without a reset, the last run through its handles", async () => {
    const runner = new LocalDurableTestRunner({ handlerFunction });
    const double = runner.getOperation("double");
    const first = await runner.run({ payload: { n: 1 } });
    const second = await runner.run({ payload: { n: 2 } });
    expect([first.getResult(), second.getResult()]).toEqual([2, 4]);
    expect(double.getStepDetails()?.result).toBe(4);
  });

  test("runs beside others", async () => {
    const runs = [1, 2, 3].map(async (n) => {
      const execution = await new LocalDurableTestRunner({ handlerFunction }).run({
        payload: { n },
      });
      return execution.getResult() as unknown;
    });
    expect(await Promise.all(runs)).toEqual([2, 4, 6]);
  });

  test("rejects with what a handler rejects with that is no durable one", async () => {
    const runner = new LocalDurableTestRunner({
      handlerFunction: async () => Promise.reject(new TypeError("not durable")),
    });
    await expect(runner.run()).rejects.toThrow(TypeError);
    await expect(runner.run()).rejects.toThrow("not durable");
  });

  test("rejects when the handler answers like none", async () => {
    const runner = new LocalDurableTestRunner({ handlerFunction: async () => "hello" });
    await expect(runner.run()).rejects.toBeDefined();
  });

  test("rejects what is still waited for when the run rejects", async () => {
    const runner = new LocalDurableTestRunner({
      handlerFunction: async () => Promise.reject(new TypeError("not durable")),
    });
    const waited = runner.getOperation("double").waitForData();
    await Promise.all([
      expect(waited).rejects.toThrow("Operation was not found"),
      expect(runner.run()).rejects.toThrow("not durable"),
    ]);
  });

  test("runs a handler that fails with a long text", async () => {
    const runner = new LocalDurableTestRunner({
      handlerFunction: withDurableExecution(async () => {
        throw new Error("e".repeat(200_000));
      }),
    });
    expect((await runner.run()).getError().errorMessage).toHaveLength(200_000);
  });

  test.each([
    ["a payload that is no JSON", handlerFunction, { amount: 10n }],
    ["a payload that contains itself", handlerFunction, containsItself()],
    ["no handler", undefined, {}],
  ])("rejects what is waited for when a run cannot begin: %s", async (_, handler, payload) => {
    const runner = new LocalDurableTestRunner({ handlerFunction: handler as never });
    const waited = runner.getOperation("double").waitForData();
    await Promise.all([
      expect(waited).rejects.toThrow("Operation was not found"),
      expect(runner.run({ payload })).rejects.toThrow(Error),
    ]);
  });

  test("rejects what is waited for since a reset when the run from before it is over", async () => {
    const runner = new LocalDurableTestRunner({
      handlerFunction: withDurableExecution(async (_: unknown, context: DurableContext) => {
        const [answer] = await context.createCallback("approval");
        return answer;
      }),
    });
    const before = runner.getOperation("approval");
    const run = runner.run();
    await before.waitForData();
    runner.reset();
    const after = runner.getOperation("approval").waitForData();
    await Promise.all([
      expect(after).rejects.toThrow("Operation was not found"),
      before.sendCallbackSuccess("yes"),
    ]);
    expect((await run).getResult()).toBe("yes");
  });

  test("runs several times at once, with handles on operations of all of them", async () => {
    const runner = new LocalDurableTestRunner({
      handlerFunction: withDurableExecution(
        async ({ name }: { name: string }, context: DurableContext) => {
          const [answer] = await context.createCallback(name);
          return answer;
        },
      ),
    });
    const [first, second] = [runner.getOperation("first"), runner.getOperation("second")];
    const runs = ["first", "second"].map(async (name) => runner.run({ payload: { name } }));
    await second.waitForData();
    await first.waitForData();
    await first.sendCallbackSuccess("A");
    await second.sendCallbackSuccess("B");
    const results = await Promise.all(runs);
    expect(results.map((result) => result.getResult() as unknown)).toEqual(["A", "B"]);
  });

  test("tells the handler as what it runs", async () => {
    const runner = new LocalDurableTestRunner({
      handlerFunction: withDurableExecution(async (__: unknown, context: DurableContext) => {
        const lambdaContext = context.lambdaContext as LambdaContext;
        return {
          functionName: lambdaContext.functionName,
          functionVersion: lambdaContext.functionVersion,
          remaining: lambdaContext.getRemainingTimeInMillis(),
          knowsItsExecution: context.executionContext.durableExecutionArn.length > 0,
          throws: [lambdaContext.done, lambdaContext.fail, lambdaContext.succeed].map(throwsError),
        };
      }),
    });
    expect((await runner.run()).getResult()).toEqual({
      functionName: "my-function-name",
      functionVersion: "1",
      remaining: 900_000,
      knowsItsExecution: true,
      throws: [true, true, true],
    });
  });
});

describeModules("the environment of %s module", ({ LocalDurableTestRunner }) => {
  const waiting = withDurableExecution(
    async ({ seconds }: { seconds: number }, context: DurableContext) => context.wait({ seconds }),
  );

  afterEach(() => LocalDurableTestRunner.teardownTestEnvironment());

  const realTimeOfARun = async (seconds: number): Promise<number> => {
    const start = realNow();
    await new LocalDurableTestRunner({ handlerFunction: waiting }).run({ payload: { seconds } });
    return realNow() - start;
  };

  test("takes real time unless it is told to skip it", async () => {
    await LocalDurableTestRunner.setupTestEnvironment({});
    expect(await realTimeOfARun(1)).toBeGreaterThan(500);
  });

  test("skips time if it is told so", async () => {
    await LocalDurableTestRunner.setupTestEnvironment({ skipTime: true });
    expect(await realTimeOfARun(3600)).toBeLessThan(60_000);
  });

  test("is torn down without a word", async () => {
    await LocalDurableTestRunner.setupTestEnvironment({ skipTime: true });
    await expect(LocalDurableTestRunner.teardownTestEnvironment()).resolves.toBeUndefined();
  });
});

describe("the modules", () => {
  const { LocalDurableTestRunner, CloudDurableTestRunner, ...values } = ours;

  test("export the same names", () => {
    expect(Object.keys(ours).toSorted()).toEqual(Object.keys(aws).toSorted());
  });

  test("export the same values", () => {
    expect(aws).toMatchObject(values);
    expect(values).toMatchObject({
      ExecutionStatus: aws.ExecutionStatus,
      InvocationType: aws.InvocationType,
      OperationStatus: aws.OperationStatus,
      OperationType: aws.OperationType,
      WaitingOperationStatus: aws.WaitingOperationStatus,
    });
  });

  test.each([
    ["local", LocalDurableTestRunner, aws.LocalDurableTestRunner],
    ["cloud", CloudDurableTestRunner, aws.CloudDurableTestRunner],
  ] as const)("have %s runners with the same methods", (_, our, their) => {
    const released = methodsOf(our.prototype).filter((name) => !UNRELEASED.has(name));
    expect(released).toEqual(methodsOf(their.prototype));
    expect(methodsOf(our)).toEqual(methodsOf(their));
  });
});

/** AWS's module has them in its sources, and in no version that is published. */
const UNRELEASED: ReadonlySet<string> = new Set(["pauseExecution", "resumeExecution"]);

/** The public ones: what creates parts of AWS's runner is its own affair. */
function methodsOf(owner: object): readonly string[] {
  return Object.getOwnPropertyNames(owner)
    .filter((key) => typeof Reflect.get(owner, key) === "function" && !key.startsWith("create"))
    .toSorted();
}
