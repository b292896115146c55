import { AsyncLocalStorage } from "node:async_hooks";
import {
  createRetryStrategy,
  type DurableContext,
  type Logger,
  PayloadTooLargeError,
  type RetryStrategy,
  type Serdes,
  SerdesError,
  StepError,
  withDurableExecution,
} from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import { DurableTestRunner } from "../src/index.ts";
import { eventsOf, operationsOf } from "./support/history.ts";

const handlerOf = <Output>(body: (context: DurableContext) => Promise<Output>) =>
  withDurableExecution(async (_: unknown, context) => body(context));

const never: RetryStrategy = () => ({ shouldRetry: false });

/** Fails a number of times, then tells the attempt. */
const failing = (times: number) => (step: { readonly attempt: number }) => {
  if (step.attempt <= times) throw new Error(`attempt ${step.attempt}`);
  return step.attempt;
};

const delaysOf = (result: Parameters<typeof eventsOf>[0]) =>
  eventsOf(result, "StepFailed").map(
    (event) => event.StepFailedDetails.RetryDetails.NextAttemptDelaySeconds,
  );

describe("a step", () => {
  test("runs once, and replays its result", async () => {
    let runs = 0;
    const handler = handlerOf(async (context) => {
      const value = await context.step("work", () => {
        runs += 1;
        return { runs };
      });
      await context.wait({ seconds: 1 });
      await context.wait({ seconds: 1 });
      return value;
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toEqual({ runs: 1 });
    expect(result.invocations).toHaveLength(3);
    expect(runs).toBe(1);
  });

  test("may be synchronous or asynchronous, named or not", async () => {
    const handler = handlerOf(async (context) => [
      await context.step(() => 1),
      await context.step(async () => 2),
      await context.step(undefined, () => 3, {}),
      await context.step("named", async () => 4),
    ]);
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toEqual([1, 2, 3, 4]);
    expect(operationsOf(result, "STEP").map(({ name }) => name)).toEqual([
      undefined,
      undefined,
      undefined,
      "named",
    ]);
  });

  test("returns in the first run what a replay would return: what survives JSON", async () => {
    class Money {
      readonly amount = 3;
      readonly at = new Date("2025-05-05T00:00:00.000Z");
      readonly nothing = undefined;
      double(): number {
        return this.amount * 2;
      }
    }
    const seen: unknown[] = [];
    const handler = handlerOf(async (context) => {
      const money = await context.step("work", () => new Money());
      seen.push(money);
      await context.wait({ seconds: 1 });
    });
    await new DurableTestRunner(handler).run();
    expect(seen).toHaveLength(2);
    for (const money of seen) {
      expect(money).not.toBeInstanceOf(Money);
      expect(money).toStrictEqual({ amount: 3, at: "2025-05-05T00:00:00.000Z" });
    }
  });

  test.for([undefined, null])("may return %s", async (value) => {
    const seen: unknown[] = [];
    const handler = handlerOf(async (context) => {
      seen.push(await context.step("work", () => value));
      await context.wait({ seconds: 1 });
    });
    await new DurableTestRunner(handler).run();
    expect(seen).toEqual([value, value]);
  });

  test("uses its own serdes, in both directions, in the first run as in a replay", async () => {
    const dates: Serdes<Date> = {
      serialize: async (date) => date?.toISOString(),
      deserialize: async (text) => new Date(text),
    };
    const seen: unknown[] = [];
    const handler = handlerOf(async (context) => {
      seen.push(await context.step("now", () => new Date(0), { serdes: dates }));
      await context.wait({ seconds: 1 });
    });
    const result = await new DurableTestRunner(handler).run();
    expect(seen).toEqual([new Date(0), new Date(0)]);
    expect(eventsOf(result, "StepSucceeded")[0]?.StepSucceededDetails.Result.Payload).toBe(
      "1970-01-01T00:00:00.000Z",
    );
  });

  test("tells its attempt, and has a logger that writes at once", async () => {
    const lines: unknown[] = [];
    const logger: Logger = {
      debug: (...data) => lines.push(["debug", ...data.slice(0, -1)]),
      info: (...data) => lines.push(["info", ...data.slice(0, -1)]),
      warn: (...data) => lines.push(["warn", ...data.slice(0, -1)]),
      error: (...data) => lines.push(["error", ...data.slice(0, -1)]),
    };
    const handler = withDurableExecution(
      async (_: unknown, context) =>
        context.step(
          "work",
          (step) => {
            step.logger.info("attempt", step.attempt);
            return failing(1)(step);
          },
          { retryStrategy: createRetryStrategy({ jitter: "NONE" }) },
        ),
      { logger },
    );
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toBe(2);
    expect(lines).toEqual([
      ["info", "attempt", 1],
      ["info", "attempt", 2],
    ]);
  });
});

describe("a step that fails", () => {
  test("throws a StepError whose cause is what it threw, the same on every replay", async () => {
    class PaymentDeclined extends Error {
      override readonly name = "PaymentDeclined";
    }
    const errors: unknown[] = [];
    const handler = handlerOf(async (context) => {
      await context
        .step(
          "charge",
          () => {
            throw new PaymentDeclined("no money");
          },
          { retryStrategy: never },
        )
        .catch((error: unknown) => errors.push(error));
      await context.wait({ seconds: 1 });
    });
    await new DurableTestRunner(handler).run();
    expect(errors).toHaveLength(2);
    for (const error of errors) {
      expect(StepError.is(error)).toBe(true);
      expect(error).toMatchObject({
        name: "StepError",
        code: "STEP_FAILED",
        stepName: "charge",
        errorType: "PaymentDeclined",
        errorMessage: "no money",
        message: 'Step "charge" failed: PaymentDeclined: no money',
      });
      const { cause } = error as Error;
      expect(cause).toBeInstanceOf(Error);
      expect(cause).not.toBeInstanceOf(PaymentDeclined);
      expect(cause).toMatchObject({ name: "PaymentDeclined", message: "no money" });
      expect((cause as Error).stack).toContain("steps.test.ts");
    }
  });

  test.for([
    { thrown: "just a text", message: "An unnamed step failed: Error: just a text" },
    { thrown: { code: 7 }, message: 'An unnamed step failed: Error: Thrown: {"code":7}' },
    { thrown: undefined, message: "An unnamed step failed: Error: Thrown: undefined" },
    { thrown: 10n, message: "An unnamed step failed: Error: Thrown: 10n" },
  ])("may throw anything: $thrown", async ({ thrown, message }) => {
    const handler = handlerOf(async (context) =>
      context.step(
        () => {
          // eslint-disable-next-line typescript/only-throw-error -- that is what is tested
          throw thrown;
        },
        { retryStrategy: never },
      ),
    );
    const result = await new DurableTestRunner(handler).run();
    expect(result.error).toMatchObject({ ErrorType: "StepError", ErrorMessage: message });
  });

  test("fails the execution when nobody catches it", async () => {
    const handler = handlerOf(async (context) =>
      context.step(
        "work",
        () => {
          throw new TypeError("x");
        },
        { retryStrategy: never },
      ),
    );
    const result = await new DurableTestRunner(handler).run();
    expect(result).toMatchObject({ status: "FAILED", error: { ErrorType: "StepError" } });
  });

  test.for([
    {
      what: "a cycle",
      make: () => {
        const a: Record<string, unknown> = {};
        a["a"] = a;
        return a;
      },
    },
    { what: "a BigInt", make: () => 1n },
    { what: "a function", make: () => () => 1 },
    { what: "a symbol", make: () => Symbol("s") },
  ])("because its result has no JSON form says so, and is not retried: $what", async ({ make }) => {
    const attempts: number[] = [];
    const causes: unknown[] = [];
    const handler = handlerOf(async (context) => {
      await context
        .step("work", (step) => {
          attempts.push(step.attempt);
          return make();
        })
        .catch((error: Error) => causes.push(error.cause));
    });
    await new DurableTestRunner(handler).run();
    expect(attempts).toEqual([1]);
    expect(SerdesError.is(causes[0])).toBe(true);
    expect((causes[0] as Error).message).toContain(
      'The result of step "work" cannot be serialised',
    );
    expect((causes[0] as Error).message).toContain("give a serdes");
  });

  test("because its result is too large says so, and is not retried", async () => {
    const attempts: number[] = [];
    const causes: unknown[] = [];
    const handler = handlerOf(async (context) => {
      await context
        .step("work", (step) => {
          attempts.push(step.attempt);
          return "x".repeat(262_143);
        })
        .catch((error: Error) => causes.push(error.cause));
      return context.step("largest", () => "x".repeat(262_142)).then((text) => text.length);
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toBe(262_142);
    expect(attempts).toEqual([1]);
    expect(PayloadTooLargeError.is(causes[0])).toBe(true);
    expect((causes[0] as Error).message).toContain("262145 bytes; the service stores 262144");
  });

  test("with a huge error still fails: the error is cut to what the service stores", async () => {
    const handler = handlerOf(async (context) => {
      try {
        await context.step(
          "work",
          () => {
            throw new Error("ü".repeat(100_000));
          },
          { retryStrategy: never },
        );
      } catch (error) {
        return (error as StepError).errorMessage?.slice(-10);
      }
      return "not thrown";
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toMatch(/… \(cut\)$/);
    expect(
      JSON.stringify(eventsOf(result, "StepFailed")[0]?.StepFailedDetails.Error.Payload).length,
    ).toBeLessThan(32_768);
  });

  test.for(["serialize", "deserialize"] as const)(
    "when its serdes cannot %s says what of",
    async (direction) => {
      const broken: Serdes<number> = {
        serialize: (value) => {
          if (direction === "serialize") throw new RangeError("broken");
          return String(value);
        },
        deserialize: () => {
          throw new RangeError("broken");
        },
      };
      const errors: unknown[] = [];
      const handler = handlerOf(async (context) => {
        await context
          .step("work", () => 1, { serdes: broken })
          .catch((error: unknown) => errors.push(error));
      });
      await new DurableTestRunner(handler).run();
      const error = StepError.is(errors[0]) ? errors[0].cause : errors[0];
      expect(SerdesError.is(error)).toBe(true);
      expect((error as Error).message).toContain('step "work"');
      expect((error as Error).message).toContain("broken");
    },
  );

  test("when its serdes makes something that is no text says so", async () => {
    const handler = handlerOf(async (context) =>
      context.step("work", () => 1, {
        serdes: { serialize: () => 7 as never, deserialize: Number },
      }),
    );
    const result = await new DurableTestRunner(handler).run();
    expect(result.error?.ErrorMessage).toContain("serialize returned number instead of text");
  });
});

describe("retries", () => {
  test("go on until an attempt succeeds; the failures are in the history", async () => {
    const handler = handlerOf((context) =>
      context.step("flaky", failing(2), {
        retryStrategy: createRetryStrategy({ jitter: "NONE" }),
      }),
    );
    const result = await new DurableTestRunner(handler).run();
    expect(result).toMatchObject({ result: 3, elapsedMs: 15_000 });
    expect(result.invocations).toHaveLength(3);
    expect(eventsOf(result, "StepFailed").map((event) => event.StepFailedDetails)).toMatchObject([
      {
        Error: { Payload: { ErrorType: "Error", ErrorMessage: "attempt 1" } },
        RetryDetails: { CurrentAttempt: 1, NextAttemptDelaySeconds: 5 },
      },
      {
        Error: { Payload: { ErrorMessage: "attempt 2" } },
        RetryDetails: { CurrentAttempt: 2, NextAttemptDelaySeconds: 10 },
      },
    ]);
    expect(operationsOf(result, "STEP")[0]).toMatchObject({ attempt: 3, status: "SUCCEEDED" });
  });

  test("are spent after maxAttempts", async () => {
    const handler = handlerOf((context) =>
      context.step("flaky", failing(99), {
        retryStrategy: createRetryStrategy({ maxAttempts: 4, jitter: "NONE" }),
      }),
    );
    const result = await new DurableTestRunner(handler).run();
    expect(result.status).toBe("FAILED");
    expect(delaysOf(result)).toEqual([5, 10, 20, undefined]);
    expect(result.error?.ErrorMessage).toContain("attempt 4");
  });

  test("by default are five, with delays drawn from 0 to 5 s, 10 s … at most 60 s, and at least 1 s", async () => {
    const handler = handlerOf((context) => context.step("flaky", failing(99)));
    const bounds = [5, 10, 20, 40, 60];
    const seen = new Set<string>();
    for (let seed = 0; seed < 20; seed += 1) {
      const result = await new DurableTestRunner(handler, { seed }).run();
      const delays = delaysOf(result);
      expect(delays).toHaveLength(6);
      expect(delays[5]).toBeUndefined();
      for (const [index, bound] of bounds.entries()) {
        expect(delays[index]).toBeGreaterThanOrEqual(1);
        expect(delays[index]).toBeLessThanOrEqual(bound);
        expect(Number.isInteger(delays[index])).toBe(true);
      }
      seen.add(JSON.stringify(delays));
    }
    expect(seen.size).toBeGreaterThan(15);
  });

  test("draw their jitter from the execution's seed", async () => {
    const handler = handlerOf((context) => context.step("flaky", failing(99)));
    const delays = async (seed: number) =>
      delaysOf(await new DurableTestRunner(handler, { seed }).run());
    expect(await delays(3)).toEqual(await delays(3));
    expect(await delays(3)).not.toEqual(await delays(4));
  });

  test("with HALF jitter wait at least half of the delay", async () => {
    const handler = handlerOf((context) =>
      context.step("flaky", failing(3), {
        retryStrategy: createRetryStrategy({
          maxAttempts: 4,
          initialDelay: { seconds: 40 },
          maxDelay: { seconds: 60 },
          jitter: "HALF",
        }),
      }),
    );
    for (let seed = 0; seed < 10; seed += 1) {
      const [first, second, third] = delaysOf(await new DurableTestRunner(handler, { seed }).run());
      expect(first).toBeGreaterThanOrEqual(20);
      expect(first).toBeLessThanOrEqual(40);
      expect(second).toBeGreaterThanOrEqual(30);
      expect(third).toBeLessThanOrEqual(60);
    }
  });

  test.for([
    {
      what: "the rate",
      config: { initialDelay: { seconds: 2 }, backoffRate: 3 },
      delays: [2, 6, 18],
    },
    { what: "a rate of one", config: { backoffRate: 1 }, delays: [5, 5, 5] },
    {
      what: "the longest delay",
      config: { initialDelay: { minutes: 1 }, maxDelay: { seconds: 90 } },
      delays: [60, 90, 90],
    },
    { what: "a first delay of zero", config: { initialDelay: { seconds: 0 } }, delays: [1, 1, 1] },
    {
      what: "a rate that makes fractions",
      config: { initialDelay: { seconds: 1 }, backoffRate: 1.5 },
      delays: [1, 2, 2],
    },
  ])("follow $what", async ({ config, delays }) => {
    const handler = handlerOf((context) =>
      context.step("flaky", failing(3), {
        retryStrategy: createRetryStrategy({ maxAttempts: 4, ...config, jitter: "NONE" }),
      }),
    );
    const result = await new DurableTestRunner(handler).run();
    expect(delaysOf(result)).toEqual(delays);
  });

  test("ask the strategy with the error and the attempt that failed", async () => {
    const asked: unknown[] = [];
    class Transient extends Error {}
    const handler = handlerOf((context) =>
      context.step(
        "flaky",
        (step) => {
          throw step.attempt < 3 ? new Transient("again") : new TypeError("for good");
        },
        {
          retryStrategy: (error, attempt) => {
            asked.push([error instanceof Transient, attempt]);
            return error instanceof Transient
              ? { shouldRetry: true, delay: { seconds: 1 } }
              : { shouldRetry: false };
          },
        },
      ),
    );
    const result = await new DurableTestRunner(handler).run();
    expect(result.error?.ErrorMessage).toContain("TypeError: for good");
    expect(asked).toEqual([
      [true, 1],
      [true, 2],
      [false, 3],
    ]);
  });

  test.for([
    { delay: undefined, seconds: 1 },
    { delay: { seconds: 0 }, seconds: 1 },
    { delay: { seconds: 0.2 }, seconds: 1 },
    { delay: { seconds: 2.4 }, seconds: 2 },
    { delay: { seconds: 2.5 }, seconds: 3 },
    { delay: { milliseconds: 3600 }, seconds: 4 },
    { delay: { minutes: 0.5 }, seconds: 30 },
    { delay: { days: 366 }, seconds: 31_622_400 },
  ])("round the delay $delay to $seconds s", async ({ delay, seconds }) => {
    const handler = handlerOf((context) =>
      context.step("flaky", failing(1), {
        retryStrategy: () => ({ shouldRetry: true, delay: delay as never }),
      }),
    );
    const result = await new DurableTestRunner(handler).run();
    expect(delaysOf(result)).toEqual([seconds]);
  });

  test.for([
    {
      what: "throws",
      strategy: () => {
        throw new EvalError("strategy is broken");
      },
      says: "strategy is broken",
    },
    {
      what: "returns nothing",
      strategy: () => undefined,
      says: "returned undefined; it must return { shouldRetry, delay? }",
    },
    { what: "returns a boolean", strategy: () => true, says: "returned true" },
    {
      what: "returns something else",
      strategy: () => ({ retry: true }),
      says: 'returned {"retry":true}',
    },
    {
      what: "returns a text as shouldRetry",
      strategy: () => ({ shouldRetry: "yes" }),
      says: "it must return",
    },
    {
      what: "is asynchronous",
      strategy: async () => ({ shouldRetry: true }),
      says: "it must return",
    },
    {
      what: "asks for a delay that is none",
      strategy: () => ({ shouldRetry: true, delay: { seconds: -1 } }),
      says: "is negative",
    },
    {
      what: "asks for a delay of NaN",
      strategy: () => ({ shouldRetry: true, delay: { seconds: Number.NaN } }),
      says: 'retry delay of step "flaky"',
    },
  ])("by a strategy that $what fail with what must be mended", async ({ strategy, says }) => {
    const causes: unknown[] = [];
    const handler = handlerOf(async (context) => {
      await context
        .step("flaky", failing(1), { retryStrategy: strategy as never })
        .catch((error: Error) => causes.push(error.cause));
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.status).toBe("SUCCEEDED");
    expect((causes[0] as Error).message).toContain(says);
  });

  test("do not hold up other branches, nor each other", async () => {
    const strategy = (seconds: number) =>
      createRetryStrategy({ initialDelay: { seconds }, jitter: "NONE" });
    const handler = handlerOf((context) =>
      Promise.all([
        context.step("a", failing(1), { retryStrategy: strategy(30) }),
        context.step("b", failing(2), { retryStrategy: strategy(10) }),
        context.wait({ seconds: 40 }),
      ]),
    );
    const result = await new DurableTestRunner(handler).run();
    expect(result).toMatchObject({ result: [2, 3, null], elapsedMs: 40_000 });
  });

  test("that fall due during an invocation run in it", async () => {
    const handler = handlerOf((context) =>
      Promise.all([
        context.step("quick", failing(1), {
          retryStrategy: createRetryStrategy({ initialDelay: { seconds: 1 }, jitter: "NONE" }),
        }),
        context.step("slow", async () => {
          await new Promise((resolve) => {
            setTimeout(resolve, 10_000);
          });
        }),
        context
          .step("between", async () => {
            await new Promise((resolve) => {
              setTimeout(resolve, 5000);
            });
          })
          .then(() => "between"),
      ]),
    );
    const result = await new DurableTestRunner(handler).run();
    expect(result).toMatchObject({ result: [2, null, "between"], elapsedMs: 10_000 });
    expect(result.invocations).toHaveLength(1);
  });
});

describe("the asynchronous context of the caller", () => {
  test("is that of a step's every attempt, and of what follows an operation", async () => {
    const orders = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const sleep = (ms: number) => (): Promise<void> =>
      new Promise((resolve) => {
        setTimeout(resolve, ms);
      });
    const handler = handlerOf((context) =>
      orders.run("order-7", () =>
        Promise.all([
          context.step(
            "flaky",
            (step) => {
              seen.push([step.attempt, orders.getStore()]);
              return failing(1)(step);
            },
            { retryStrategy: () => ({ shouldRetry: true }) },
          ),
          context.wait({ seconds: 2 }).then(() => seen.push(["waited", orders.getStore()])),
          context.step("meanwhile", sleep(3000)),
          context.step("longer", sleep(5000)),
        ]),
      ),
    );
    const result = await new DurableTestRunner(handler).run();
    expect(result.invocations).toHaveLength(1);
    expect(seen).toEqual([
      [1, "order-7"],
      [2, "order-7"],
      ["waited", "order-7"],
    ]);
  });
});

describe("an at-most-once step", () => {
  test("runs as any other when nothing interrupts it", async () => {
    const attempts: number[] = [];
    const handler = handlerOf((context) =>
      context.step(
        "charge",
        (step) => {
          attempts.push(step.attempt);
          return failing(1)(step);
        },
        {
          semantics: "AtMostOncePerRetry",
          retryStrategy: createRetryStrategy({ jitter: "NONE" }),
        },
      ),
    );
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toBe(2);
    expect(attempts).toEqual([1, 2]);
    expect(eventsOf(result, "StepStarted")).toHaveLength(2);
  });

  test("is recorded as started before its function runs", async () => {
    const seen: unknown[] = [];
    const handler = handlerOf((context) =>
      context.step("charge", () => seen.push(runner.result.operations[0]?.status), {
        semantics: "AtMostOncePerRetry",
      }),
    );
    const runner: DurableTestRunner = new DurableTestRunner(handler);
    await runner.run();
    expect(seen).toEqual(["STARTED"]);
  });
});

describe("child contexts", () => {
  test("give their operations a parent, and ids of their own", async () => {
    const handler = handlerOf(async (context) =>
      context.runInChildContext("outer", async (outer) => {
        await outer.step("in outer", () => 1);
        return outer.runInChildContext("inner", (inner) => inner.step("in inner", () => 2));
      }),
    );
    const result = await new DurableTestRunner(handler).run();
    const [outer, , inner] = result.operations;
    expect(result.result).toBe(2);
    expect(result.operations.map(({ name, parentId }) => [name, parentId])).toEqual([
      ["outer", undefined],
      ["in outer", outer?.id],
      ["inner", outer?.id],
      ["in inner", inner?.id],
    ]);
    expect(new Set(result.operations.map(({ id }) => id)).size).toBe(4);
  });

  test("return through JSON, or a serdes of their own, in the first run as in a replay", async () => {
    const seen: unknown[] = [];
    const shouting: Serdes<string> = {
      serialize: (text) => text?.toUpperCase(),
      deserialize: (text) => text,
    };
    const handler = handlerOf(async (context) => {
      seen.push(await context.runInChildContext("dates", async () => ({ at: new Date(0) })));
      seen.push(
        await context.runInChildContext("shouting", async () => "hello", { serdes: shouting }),
      );
      await context.wait({ seconds: 1 });
    });
    const result = await new DurableTestRunner(handler).run();
    expect(seen).toEqual([
      { at: "1970-01-01T00:00:00.000Z" },
      "HELLO",
      { at: "1970-01-01T00:00:00.000Z" },
      "HELLO",
    ]);
    expect(eventsOf(result, "ContextSucceeded")[1]?.ContextSucceededDetails.Result.Payload).toBe(
      "HELLO",
    );
  });

  test("are not run again once they have returned", async () => {
    let bodies = 0;
    const handler = handlerOf(async (context) => {
      const value = await context.runInChildContext("child", async (child) => {
        bodies += 1;
        return child.step("work", () => "worked");
      });
      await context.wait({ seconds: 1 });
      return value;
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toBe("worked");
    expect(bodies).toBe(1);
  });

  test("throw a ChildContextError whose cause is what the body threw, the same on every replay", async () => {
    const errors: unknown[] = [];
    const handler = handlerOf(async (context) => {
      await context
        .runInChildContext("child", async () => {
          throw new RangeError("out of bounds");
        })
        .catch((error: unknown) => errors.push(error));
      await context.wait({ seconds: 1 });
    });
    await new DurableTestRunner(handler).run();
    expect(errors).toHaveLength(2);
    for (const error of errors) {
      expect(error).toMatchObject({
        name: "ChildContextError",
        code: "CHILD_CONTEXT_FAILED",
        contextName: "child",
        errorType: "RangeError",
        errorMessage: "out of bounds",
        message: 'Child context "child" failed: RangeError: out of bounds',
      });
      expect((error as Error).cause).toMatchObject({ name: "RangeError" });
    }
  });

  test("keep the chain of causes: a child's step failed in a child", async () => {
    const chains: unknown[] = [];
    const handler = handlerOf(async (context) => {
      await context
        .runInChildContext((outer) =>
          outer.runInChildContext("inner", (inner) =>
            inner.step(
              "work",
              () => {
                throw new RangeError("deep");
              },
              { retryStrategy: never },
            ),
          ),
        )
        .catch((error: Error) => {
          const chain: string[] = [];
          for (let each: unknown = error; each instanceof Error; each = each.cause) {
            chain.push(each.name);
          }
          chains.push([error.message, ...chain]);
        });
      await context.wait({ seconds: 1 });
    });
    await new DurableTestRunner(handler).run();
    const chain = [
      'An unnamed child context failed: ChildContextError: Child context "inner" failed: StepError: Step "work" failed: RangeError: deep',
      "ChildContextError",
      "ChildContextError",
      "StepError",
      "RangeError",
    ];
    expect(chains).toEqual([chain, chain]);
  });

  test("whose body throws at once reject, not throw", async () => {
    const handler = handlerOf((context) =>
      context
        .runInChildContext("child", () => {
          throw new Error("not even async");
        })
        .catch((error: Error) => error.message),
    );
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toContain("not even async");
  });

  test("with a result too large to be stored keep their operations and run again on a replay", async () => {
    let bodies = 0;
    let steps = 0;
    const handler = handlerOf(async (context) => {
      const text = await context.runInChildContext("large", async (child) => {
        bodies += 1;
        const letter = await child.step("small", () => {
          steps += 1;
          return "ü";
        });
        return letter.repeat(200_000);
      });
      await context.wait({ seconds: 1 });
      return text.length;
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toBe(200_000);
    expect(bodies).toBe(2);
    expect(steps).toBe(1);
    expect(eventsOf(result, "ContextSucceeded")[0]?.ContextSucceededDetails.Result.Payload).toBe(
      "",
    );
  });

  test("inside one that runs again keep what they know", async () => {
    const bodies: string[] = [];
    const handler = handlerOf(async (context) => {
      const text = await context.runInChildContext("large", async (child) => {
        bodies.push("large");
        const part = await child.runInChildContext("part", async () => {
          bodies.push("part");
          return "x";
        });
        return part.repeat(300_000);
      });
      await context.wait({ seconds: 1 });
      return text.length;
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toBe(300_000);
    expect(bodies).toEqual(["large", "part", "large"]);
  });

  test("with a result that has no JSON form fail with a SerdesError", async () => {
    const handler = handlerOf((context) => context.runInChildContext("child", async () => 1n));
    const result = await new DurableTestRunner(handler).run();
    expect(result.error).toMatchObject({ ErrorType: "ChildContextError" });
    expect(result.error?.ErrorMessage).toContain("SerdesError");
    expect(result.error?.ErrorMessage).toContain('"child"');
  });
});
