import {
  createRetryStrategy,
  type DurableContext,
  InvalidArgumentError,
  PromiseCombinatorError,
  StepError,
  withDurableExecution,
} from "@durabletest/runtime";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DurableTestRunner } from "../../src/index.ts";
import { eventLines, operationsOf } from "../support/history.ts";

const handlerOf = <Output>(body: (context: DurableContext) => Promise<Output>) =>
  withDurableExecution(async (_: unknown, context) => body(context));

const once = createRetryStrategy({ maxAttempts: 1 });

const failing = (context: DurableContext, name: string): Promise<never> =>
  context.step<never>(
    name,
    () => {
      throw new RangeError(`no ${name}`);
    },
    { retryStrategy: once },
  );

const after = async (context: DurableContext, hours: number): Promise<number> => {
  await context.wait(`${hours} h`, { hours });
  return hours;
};

const unhandled: unknown[] = [];
const notice = (reason: unknown): void => void unhandled.push(reason);
beforeEach(() => {
  unhandled.length = 0;
  process.on("unhandledRejection", notice);
});
afterEach(() => {
  process.off("unhandledRejection", notice);
  expect(unhandled).toEqual([]);
});

/** Runs a handler body with two replays after it, and tells what it saw each time. */
const onEveryReplay = async (body: (context: DurableContext) => Promise<unknown>) => {
  const seen: unknown[] = [];
  const handler = handlerOf(async (context) => {
    seen.push(await body(context).catch((error: unknown) => error));
    await context.wait("x", { seconds: 1 });
    await context.wait("y", { seconds: 1 });
  });
  const result = await new DurableTestRunner(handler).run();
  expect(result.status).toBe("SUCCEEDED");
  expect(seen.length).toBeGreaterThanOrEqual(3);
  return { seen, result };
};

describe("promise.all", () => {
  test("gives all values, and records them in a context", async () => {
    const { seen, result } = await onEveryReplay((context) =>
      context.promise.all("both", [after(context, 2), context.step(() => "x"), 7]),
    );
    expect(seen).toEqual([
      [2, "x", 7],
      [2, "x", 7],
      [2, "x", 7],
    ]);
    expect(operationsOf(result, "CONTEXT")).toMatchObject([
      { name: "both", subType: "RunInChildContext", result: [2, "x", 7] },
    ]);
  });

  test("fails with the first that fails", async () => {
    const { seen } = await onEveryReplay((context) =>
      context.promise.all("both", [after(context, 2), failing(context, "stock")]),
    );
    for (const error of seen) {
      expect(PromiseCombinatorError.is(error)).toBe(true);
      expect(error).toMatchObject({
        combinatorName: "both",
        errorType: "StepError",
        message:
          'Promise combinator "both" failed: StepError: Step "stock" failed: RangeError: no stock',
        code: "PROMISE_COMBINATOR_FAILED",
      });
      expect(StepError.is((error as Error).cause)).toBe(true);
    }
  });

  test("needs no name, and may have nothing to wait for", async () => {
    const { seen, result } = await onEveryReplay((context) => context.promise.all([]));
    expect(seen[0]).toEqual([]);
    expect(eventLines(result).slice(1, 3)).toEqual(["ContextStarted", "ContextSucceeded"]);
  });
});

describe("promise.allSettled", () => {
  test("tells how each has settled; reasons are errors, the same on every replay", async () => {
    const { seen, result } = await onEveryReplay((context) =>
      context.promise.allSettled([
        after(context, 1),
        failing(context, "stock"),
        Promise.reject(new TypeError("plain")),
        // oxlint-disable-next-line prefer-promise-reject-errors -- also that is possible
        Promise.reject("a text"),
        context.step(() => {}),
      ]),
    );
    for (const outcomes of seen as PromiseSettledResult<unknown>[][]) {
      expect(outcomes.map(({ status }) => status)).toEqual([
        "fulfilled",
        "rejected",
        "rejected",
        "rejected",
        "fulfilled",
      ]);
      const reasons = outcomes.flatMap((each): Error[] =>
        each.status === "rejected" ? [each.reason as Error] : [],
      );
      expect(StepError.is(reasons[0])).toBe(true);
      expect(reasons[0]).toMatchObject({ cause: { message: "no stock" } });
      expect(reasons.map(({ name, message }) => `${name}: ${message}`).slice(1)).toEqual([
        "TypeError: plain",
        "Error: a text",
      ]);
      expect(outcomes[0]).toEqual({ status: "fulfilled", value: 1 });
    }
    expect(JSON.stringify(result.history)).not.toContain(".test.ts");
  });

  test("stores values as the handler's serdes does", async () => {
    const handler = withDurableExecution(
      async (_: unknown, context) => {
        const outcomes = await context.promise.allSettled([context.step(() => new Date(5))]);
        await context.wait({ seconds: 1 });
        const [first] = outcomes;
        return first.status === "fulfilled" ? first.value : new Date(0);
      },
      {
        serdes: {
          serialize: async (value) => (value as Date).toISOString(),
          deserialize: async (text) => new Date(text),
        },
      },
    );
    const result = await new DurableTestRunner(handler).run();
    expect(result.history.at(-1)).toMatchObject({
      ExecutionSucceededDetails: { Result: { Payload: "1970-01-01T00:00:00.005Z" } },
    });
  });
});

describe("promise.any", () => {
  test("gives the first that succeeds", async () => {
    const { seen } = await onEveryReplay((context) =>
      context.promise.any([failing(context, "stock"), after(context, 2), after(context, 1)]),
    );
    expect(seen).toEqual(Array.from(seen, () => 1));
  });

  test("fails when all fail, with all their errors", async () => {
    const { seen } = await onEveryReplay((context) =>
      context.promise.any("any", [failing(context, "stock"), failing(context, "price")]),
    );
    for (const error of seen) {
      expect(PromiseCombinatorError.is(error)).toBe(true);
      const { cause } = error as { cause: AggregateError };
      expect(cause).toBeInstanceOf(AggregateError);
      expect(cause.errors.map((each) => StepError.is(each))).toEqual([true, true]);
      expect((cause.errors[1] as StepError).stepName).toBe("price");
    }
  });
});

describe("promise.race", () => {
  test("gives the first that settles, the same on every replay, and leaves the others behind", async () => {
    const { seen, result } = await onEveryReplay((context) =>
      context.promise.race([after(context, 24), after(context, 1)]),
    );
    expect(seen).toEqual([1, 1, 1]);
    expect(result.elapsedMs).toBe(3_600_000 + 2000);
  });

  test("fails with the first that settles, if that fails; the others raise nothing", async () => {
    const later = async (context: DurableContext): Promise<never> => {
      await context.wait({ seconds: 1 });
      throw new Error("too late to matter");
    };
    const { seen } = await onEveryReplay((context) =>
      context.promise.race([failing(context, "stock"), later(context)]),
    );
    expect(seen.every((error) => PromiseCombinatorError.is(error))).toBe(true);
  });

  test("of a callback and a wait is decided by the world", async () => {
    const handler = handlerOf(async (context) => {
      const approval = await context.createCallback<string>("approval");
      return context.promise.race([approval.result(), after(context, 1)]);
    });
    const silent = new DurableTestRunner(handler);
    await silent.run();
    expect((await silent.advance({ hours: 1 })).result).toBe(1);
    const answered = new DurableTestRunner(handler);
    expect(await answered.run()).toMatchObject({ status: "PENDING", elapsedMs: 0 });
    expect((await answered.callback("approval").succeed("yes")).result).toBe("yes");
    const late = new DurableTestRunner(handler);
    await late.run();
    await late.advance({ minutes: 59 });
    expect((await late.callback("approval").succeed("in time")).result).toBe("in time");
  });

  test("raises nothing either when the handler has returned before", async () => {
    let called = false;
    const handler = handlerOf(async (context) => {
      void (async () => {
        for (let tick = 0; tick < 100; tick += 1) await Promise.resolve();
        called = true;
        await context.promise.race([Promise.reject(new Error("too late to matter"))]);
      })();
    });
    const runner = new DurableTestRunner(handler);
    expect((await runner.run()).status).toBe("SUCCEEDED");
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    expect(called).toBe(true);
  });

  test.for<{ what: string; call: (context: DurableContext) => Promise<unknown>; says: string }>([
    {
      what: "of nothing, which would wait for ever",
      call: (context) => context.promise.race([]),
      says: "promise.race: there is no promise to wait for.",
    },
    {
      what: "of what is no array",
      call: (context) => context.promise.race("x", new Set() as never),
      says: "promise.race: the promises Set(0) {} are no array. Call it as promise.race(name?, promises, …).",
    },
    {
      what: "with a name that is too long",
      call: (context) => context.promise.race("x".repeat(300), [1]),
      says: "promise.race: the name",
    },
  ])("is refused $what", async ({ call, says }) => {
    const errors: unknown[] = [];
    const handler = handlerOf(async (context) => {
      await call(context).catch((error: unknown) => errors.push(error));
    });
    const result = await new DurableTestRunner(handler).run();
    expect(operationsOf(result, "CONTEXT")).toEqual([]);
    expect(InvalidArgumentError.is(errors[0])).toBe(true);
    expect((errors[0] as Error).message).toContain(says);
  });
});
