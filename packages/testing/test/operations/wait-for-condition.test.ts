import {
  ConditionNotMetError,
  createWaitStrategy,
  type DurableContext,
  InvalidArgumentError,
  SerdesError,
  WaitForConditionError,
  type WaitForConditionConfig,
  type WaitStrategyConfig,
  withDurableExecution,
} from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import { DurableTestRunner } from "../../src/index.ts";
import { eventLines, eventsOf, operationsOf } from "../support/history.ts";

const handlerOf = <Output>(body: (context: DurableContext) => Promise<Output>) =>
  withDurableExecution(async (_: unknown, context) => body(context));

/** Counts to a number, one more with every check, minutes apart. */
const countingTo = (end: number): WaitForConditionConfig<number> => ({
  initialState: 0,
  waitStrategy: (count, attempt) =>
    count < end ? { shouldContinue: true, delay: { minutes: attempt } } : { shouldContinue: false },
});

describe("waitForCondition", () => {
  test("checks until its strategy says that it is enough, with time in between", async () => {
    const checks: unknown[] = [];
    const handler = handlerOf(async (context) => {
      const count = await context.waitForCondition(
        "job",
        (state, { attempt }) => {
          checks.push([state, attempt]);
          return state + 1;
        },
        countingTo(3),
      );
      await context.wait({ seconds: 1 });
      return count;
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toBe(3);
    expect(checks).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
    ]);
    expect(result.elapsedMs).toBe(3 * 60_000 + 1000);
    expect(result.invocations).toHaveLength(4);
    expect(operationsOf(result, "STEP")).toMatchObject([
      { name: "job", subType: "WaitForCondition", status: "SUCCEEDED", attempt: 3, result: 3 },
    ]);
    expect(eventLines(result)).toEqual([
      "ExecutionStarted",
      "StepStarted job",
      "StepSucceeded job",
      "InvocationCompleted",
      "StepStarted job",
      "StepSucceeded job",
      "InvocationCompleted",
      "StepStarted job",
      "StepSucceeded job",
      "WaitStarted",
      "InvocationCompleted",
      "WaitSucceeded",
      "InvocationCompleted",
      "ExecutionSucceeded",
    ]);
    expect(
      eventsOf(result, "StepSucceeded").map(({ StepSucceededDetails }) => StepSucceededDetails),
    ).toMatchObject([
      { Result: { Payload: "1" }, RetryDetails: { NextAttemptDelaySeconds: 60 } },
      { Result: { Payload: "2" }, RetryDetails: { NextAttemptDelaySeconds: 120 } },
      { Result: { Payload: "3" } },
    ]);
  });

  test("needs no second check when the first meets the condition", async () => {
    const handler = handlerOf((context) => context.waitForCondition((n) => n + 1, countingTo(1)));
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toBe(1);
    expect(result.invocations).toHaveLength(1);
  });

  test("hands the state on as it is stored: to the strategy, the next check, and the caller", async () => {
    const seen: unknown[] = [];
    const handler = handlerOf((context) =>
      context.waitForCondition<{ at: unknown }>(
        (state) => {
          seen.push(state.at);
          return { at: new Date(seen.length) };
        },
        {
          initialState: { at: "never" },
          waitStrategy: ({ at }, attempt) => {
            seen.push(at);
            return attempt === 2
              ? { shouldContinue: false }
              : { shouldContinue: true, delay: { seconds: 1 } };
          },
        },
      ),
    );
    const result = await new DurableTestRunner(handler).run();
    const [first, second] = ["1970-01-01T00:00:00.001Z", "1970-01-01T00:00:00.003Z"];
    expect(seen).toEqual(["never", first, first, second]);
    expect(result.result).toEqual({ at: second });
  });

  test("stores the state with its serdes", async () => {
    const handler = handlerOf(async (context) => {
      const state = await context.waitForCondition(
        "dates",
        (date) => new Date(date.getTime() + 1),
        {
          initialState: new Date(0),
          waitStrategy: (date) =>
            date.getTime() < 2
              ? { shouldContinue: true, delay: { seconds: 1 } }
              : { shouldContinue: false },
          serdes: {
            serialize: async (date) => date?.toISOString(),
            deserialize: async (text) => new Date(text),
          },
        },
      );
      return state instanceof Date && state.getTime();
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toBe(2);
  });

  test("may wait for a callback in its check", async () => {
    const handler = handlerOf((context) =>
      context.waitForCondition<string>(
        async (_, step) => {
          const callback = await step.createCallback<string>(`ask ${step.attempt}`);
          return (await callback.result()) ?? "nothing";
        },
        {
          initialState: "",
          waitStrategy: (answer) =>
            answer === "yes"
              ? { shouldContinue: false }
              : { shouldContinue: true, delay: { hours: 1 } },
        },
      ),
    );
    const runner = new DurableTestRunner(handler);
    await runner.run();
    await runner.callback("ask 1").succeed("no");
    const result = await runner.callback("ask 2").succeed("yes");
    expect(result.result).toBe("yes");
    expect(operationsOf(result, "STEP")).toMatchObject([{ attempt: 2 }]);
  });

  test("does not hold up what runs beside it", async () => {
    const handler = handlerOf((context) =>
      Promise.all([
        context.waitForCondition((n) => n + 1, countingTo(2)),
        context.step(() => "beside"),
        context.waitForCondition((n) => n + 1, countingTo(3)),
      ]),
    );
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toEqual([2, "beside", 3]);
    expect(result.elapsedMs).toBe(3 * 60_000);
  });
});

describe("a waitForCondition fails", () => {
  const failures: readonly {
    readonly what: string;
    readonly check?: (state: number) => number;
    readonly config?: Partial<WaitForConditionConfig<number>>;
    readonly type: string;
    readonly message: string;
  }[] = [
    {
      what: "when its check throws, without another attempt",
      check: () => {
        throw new RangeError("no such job");
      },
      type: "RangeError",
      message: "no such job",
    },
    {
      what: "when its strategy throws",
      config: {
        waitStrategy: () => {
          throw new RangeError("no idea");
        },
      },
      type: "RangeError",
      message: "no idea",
    },
    {
      what: "when its strategy decides nothing",
      config: { waitStrategy: () => true as never },
      type: "InvalidArgumentError",
      message:
        'The wait strategy of waitForCondition "job" returned true; it must return { shouldContinue: false } or { shouldContinue: true, delay }.',
    },
    {
      what: "when its strategy asks for an impossible delay",
      config: { waitStrategy: () => ({ shouldContinue: true, delay: { seconds: -1 } }) },
      type: "InvalidDurationError",
      message: 'delay of waitForCondition "job": {"seconds":-1} is negative',
    },
    {
      what: "when its state has no JSON form",
      check: () => 1n as never,
      type: SerdesError.name,
      message: 'The result of waitForCondition "job" cannot be serialised',
    },
  ];
  test.for(failures)("$what", async ({ check = (n) => n + 1, config, type, message }) => {
    const errors: unknown[] = [];
    let checks = 0;
    const handler = handlerOf(async (context) => {
      await context
        .waitForCondition(
          "job",
          (state) => {
            checks += 1;
            return check(state);
          },
          { ...countingTo(9), ...config },
        )
        .catch((error: unknown) => errors.push(error));
      await context.wait({ seconds: 1 });
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.status).toBe("SUCCEEDED");
    expect(checks).toBe(1);
    expect(errors).toHaveLength(2);
    for (const error of errors) {
      expect(WaitForConditionError.is(error)).toBe(true);
      expect(error).toMatchObject({
        code: "WAIT_FOR_CONDITION_FAILED",
        conditionName: "job",
        errorType: type,
        errorMessage: expect.stringContaining(message) as unknown,
        cause: { name: type },
      });
    }
    expect(operationsOf(result, "STEP")).toMatchObject([{ status: "FAILED" }]);
  });
});

describe("a wait strategy", () => {
  const running = { shouldContinuePolling: (n: number) => n < 99, jitter: "NONE" } as const;
  const delaysOf = async (config: WaitStrategyConfig<number>) => {
    const handler = handlerOf((context) =>
      context.waitForCondition("job", (n) => n + 1, {
        initialState: 0,
        waitStrategy: createWaitStrategy(config),
      }),
    );
    const result = await new DurableTestRunner(handler).run();
    const delays = eventsOf(result, "StepSucceeded").map(
      ({ StepSucceededDetails }) => StepSucceededDetails.RetryDetails.NextAttemptDelaySeconds,
    );
    return { result, delays };
  };

  test("by default grows from 5 s by half each time, to 5 minutes", async () => {
    const { delays } = await delaysOf({ ...running, maxAttempts: 13 });
    expect(delays).toEqual([5, 8, 11, 17, 25, 38, 57, 85, 128, 192, 288, 300]);
  });

  test("gives up after 60 checks, or as many as it is told", async () => {
    const sixty = await delaysOf(running);
    expect(sixty.delays).toHaveLength(59);
    const two = await delaysOf({ ...running, maxAttempts: 2, initialDelay: { minutes: 1 } });
    expect(two.delays).toEqual([60]);
    expect(two.result.error).toMatchObject({
      ErrorType: "WaitForConditionError",
      ErrorMessage:
        'waitForCondition "job" failed: ConditionNotMetError: The condition was not met in 2 checks, which is all that maxAttempts allows.',
    });
  });

  test("tells giving up from other failures", async () => {
    const handler = handlerOf((context) =>
      context
        .waitForCondition(() => 0, {
          initialState: 0,
          waitStrategy: createWaitStrategy({ ...running, maxAttempts: 1 }),
        })
        .catch((error: Error) => ConditionNotMetError.is(error.cause)),
    );
    expect((await new DurableTestRunner(handler).run()).result).toBe(true);
  });

  test("draws its jitter from the execution's seed", async () => {
    const { jitter: _, ...full } = { ...running, maxAttempts: 10 };
    const first = await delaysOf(full);
    const second = await delaysOf(full);
    const half = await delaysOf({ ...full, jitter: "HALF" });
    expect(first.delays).toEqual(second.delays);
    expect(half.delays).not.toEqual(first.delays);
    expect(half.delays.every((delay, index) => (delay ?? 0) >= 5 * 1.5 ** index * 0.5 - 1)).toBe(
      true,
    );
  });

  test.for<{ config: unknown; says: string }>([
    { config: {}, says: "createWaitStrategy: the option shouldContinuePolling is missing." },
    { config: undefined, says: "createWaitStrategy: the config undefined is no object." },
    {
      config: { shouldContinuePolling: true },
      says: "shouldContinuePolling: true is no function (state) => boolean.",
    },
    { config: { ...running, maxAttempts: 0 }, says: "maxAttempts: 0 is no whole number" },
    { config: { ...running, backoffRate: 0.5 }, says: "backoffRate: 0.5 is no number" },
    { config: { ...running, jitter: "SOME" }, says: 'jitter: "SOME" is none of' },
    { config: { ...running, timeoutSeconds: 5 }, says: 'there is no option "timeoutSeconds"' },
    { config: { ...running, initialDelay: {} }, says: "initialDelay: {} has no unit" },
  ])("is refused where it is made: $says", ({ config, says }) => {
    expect(() => createWaitStrategy(config as never)).toThrow(says);
  });
});

test.for<{ what: string; call: (context: DurableContext) => Promise<unknown>; says: string }>([
  {
    what: "no config",
    call: (context) => context.waitForCondition(() => 1, undefined as never),
    says: "waitForCondition: the config undefined is no object.",
  },
  {
    what: "no initial state",
    call: (context) =>
      context.waitForCondition("job", () => 1, {
        waitStrategy: () => ({ shouldContinue: false }),
      } as never),
    says: 'waitForCondition "job": the option initialState is missing.',
  },
  {
    what: "no strategy",
    call: (context) => context.waitForCondition("job", () => 1, { initialState: 1 } as never),
    says: 'waitForCondition "job": the option waitStrategy is missing.',
  },
  {
    what: "a strategy that is none",
    call: (context) =>
      context.waitForCondition(() => 1, { initialState: 1, waitStrategy: {} as never }),
    says: "waitStrategy: {} is no function (state, attempt)",
  },
  {
    what: "an unknown option",
    call: (context) => context.waitForCondition(() => 1, { ...countingTo(1), retry: 1 } as never),
    says: 'there is no option "retry"',
  },
  {
    what: "no check",
    call: (context) => context.waitForCondition("job", countingTo(1) as never, countingTo(1)),
    says: "is no function. Call it as waitForCondition(name?, function, config).",
  },
])(
  "a waitForCondition with $what is refused before anything is recorded",
  async ({ call, says }) => {
    const errors: unknown[] = [];
    const handler = handlerOf(async (context) => {
      await call(context).catch((error: unknown) => errors.push(error));
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.operations).toEqual([]);
    expect(InvalidArgumentError.is(errors[0])).toBe(true);
    expect((errors[0] as Error).message).toContain(says);
  },
);
