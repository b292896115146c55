import {
  createRetryStrategy,
  type DurableContext,
  type Logger,
  type Serdes,
  withDurableExecution,
} from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import { type DurableResult, DurableTestRunner } from "../src/index.ts";

/**
 * What the service's own conformance requirements say about steps, waits and child contexts: a handler,
 * and the events it must leave. Ids are compared with each other, not with fixed texts.
 */

const once = createRetryStrategy({ maxAttempts: 1 });
const everySecond = (maxAttempts: number) =>
  createRetryStrategy({
    maxAttempts,
    initialDelay: { seconds: 1 },
    backoffRate: 1,
    jitter: "NONE",
  });

const run = <Output>(
  body: (input: never, context: DurableContext) => Promise<Output>,
  input?: unknown,
): Promise<DurableResult<Output>> =>
  new DurableTestRunner<unknown, Output>(
    withDurableExecution<unknown, Output>((given, context) => body(given as never, context)),
  ).run(input);

/** Events without what every run decides for itself: times, request ids, and the first event. */
const events = ({ history }: DurableResult<unknown>): Record<string, unknown>[] => {
  const names = new Map<string, string>();
  const nameOf = (id: string | undefined): string | undefined => {
    if (id === undefined) return undefined;
    const known = names.get(id) ?? `#${names.size + 1}`;
    names.set(id, known);
    return known;
  };
  return history.slice(1).map((event) => {
    const { EventType, SubType, Name } = event;
    const details: unknown = Reflect.get(event, `${EventType}Details`);
    const id = EventType.startsWith("Execution") ? undefined : nameOf(event.Id);
    return {
      EventType,
      ...(SubType === undefined ? {} : { SubType }),
      ...(id === undefined ? {} : { id }),
      ...(event.ParentId === undefined ? {} : { parent: nameOf(event.ParentId) }),
      ...(Name === undefined ? {} : { Name }),
      details,
    };
  });
};

const anything: unknown = expect.anything();
const invocationCompleted = { EventType: "InvocationCompleted", details: anything };
const succeeded = (text: string) => ({
  EventType: "ExecutionSucceeded",
  details: { Result: { Payload: text, Truncated: false } },
});
const failed = (type: string) => ({
  EventType: "ExecutionFailed",
  details: { Error: { Payload: expect.objectContaining({ ErrorType: type }) as unknown } },
});

describe("steps", () => {
  const stepStarted = { EventType: "StepStarted", SubType: "Step", id: "#1", details: {} };

  test("that succeed at the first attempt", async () => {
    const result = await run(
      (input: string, context) => context.step(() => `Hello, ${input}!`),
      "World",
    );
    expect(result.result).toBe("Hello, World!");
    expect(events(result)).toMatchObject([
      stepStarted,
      {
        EventType: "StepSucceeded",
        SubType: "Step",
        id: "#1",
        details: {
          Result: { Payload: '"Hello, World!"', Truncated: false },
          RetryDetails: { CurrentAttempt: 1 },
        },
      },
      invocationCompleted,
      succeeded('"Hello, World!"'),
    ]);
  });

  test("that have a name, which stands in all their events", async () => {
    const result = await run((_, context) => context.step("custom_step_name", () => 1));
    expect(events(result).slice(0, 2)).toMatchObject([
      { EventType: "StepStarted", Name: "custom_step_name" },
      { EventType: "StepSucceeded", Name: "custom_step_name" },
    ]);
  });

  test("that depend on each other", async () => {
    const result = await run(async (_, context) => {
      const first = await context.step(() => "first");
      return context.step(() => `${first}_second`);
    });
    expect(result.result).toBe("first_second");
    expect(events(result).map(({ EventType, id }) => [EventType, id])).toEqual([
      ["StepStarted", "#1"],
      ["StepSucceeded", "#1"],
      ["StepStarted", "#2"],
      ["StepSucceeded", "#2"],
      ["InvocationCompleted", undefined],
      ["ExecutionSucceeded", undefined],
    ]);
  });

  test("that return something complex", async () => {
    const result = await run(
      ({ name, tags }: { name: string; tags: string[] }, context) =>
        context.step(() => ({ user: { name, tags }, count: tags.length })),
      { name: "Alice", tags: ["admin", "active"] },
    );
    expect(result.result).toEqual({ user: { name: "Alice", tags: ["admin", "active"] }, count: 2 });
  });

  test("that return nothing", async () => {
    const result = await run((_, context) => context.step(() => undefined));
    expect(result.result).toBeUndefined();
    expect(events(result)[1]).toMatchObject({ details: { Result: { Truncated: false } } });
  });

  test("that have a serdes of their own", async () => {
    const uppercase: Serdes<string> = {
      serialize: (text) => JSON.stringify(text?.toUpperCase()),
      deserialize: (text) => JSON.parse(text) as string,
    };
    const result = await run(
      (input: string, context) => context.step(() => input, { serdes: uppercase }),
      "hello world",
    );
    expect(result.result).toBe("HELLO WORLD");
  });

  test("that are skipped by a replay, which takes their result", async () => {
    const executed: string[] = [];
    const result = await run(async (_, context) => {
      const value = await context.step(() => {
        executed.push("step executed");
        return "cached_value";
      });
      await context.wait({ seconds: 1 });
      return value;
    });
    expect(executed).toEqual(["step executed"]);
    expect(events(result)).toMatchObject([
      stepStarted,
      { EventType: "StepSucceeded", id: "#1" },
      {
        EventType: "WaitStarted",
        SubType: "Wait",
        id: "#2",
        details: {
          Duration: 1,
          ScheduledEndTimestamp: new Date(result.startedAt.getTime() + 1000),
        },
      },
      invocationCompleted,
      { EventType: "WaitSucceeded", SubType: "Wait", id: "#2", details: { Duration: 1 } },
      invocationCompleted,
      succeeded('"cached_value"'),
    ]);
  });

  test("that failed for good throw the same on a replay", async () => {
    let runs = 0;
    const result = await run(async (_, context) => {
      try {
        await context.step(
          () => {
            runs += 1;
            throw new TypeError("no");
          },
          { retryStrategy: once },
        );
      } catch {
        // That is what it is about.
      }
      await context.wait({ seconds: 1 });
    });
    expect(runs).toBe(1);
    expect(events(result)).toMatchObject([
      stepStarted,
      {
        EventType: "StepFailed",
        id: "#1",
        details: {
          Error: { Payload: { ErrorType: "TypeError", ErrorMessage: "no" }, Truncated: false },
          RetryDetails: { CurrentAttempt: 1 },
        },
      },
      { EventType: "WaitStarted", id: "#2" },
      invocationCompleted,
      { EventType: "WaitSucceeded", id: "#2" },
      invocationCompleted,
      { EventType: "ExecutionSucceeded" },
    ]);
  });

  test("that fail, then succeed", async () => {
    const result = await run((_, context) =>
      context.step(
        (step) => {
          if (step.attempt === 1) throw new Error("unreliable");
          return "Operation succeeded";
        },
        { retryStrategy: everySecond(3) },
      ),
    );
    expect(result.result).toBe("Operation succeeded");
    expect(events(result)).toMatchObject([
      stepStarted,
      {
        EventType: "StepFailed",
        id: "#1",
        details: { RetryDetails: { CurrentAttempt: 1, NextAttemptDelaySeconds: 1 } },
      },
      invocationCompleted,
      stepStarted,
      {
        EventType: "StepSucceeded",
        id: "#1",
        details: { RetryDetails: { CurrentAttempt: 2 } },
      },
      invocationCompleted,
      { EventType: "ExecutionSucceeded" },
    ]);
  });

  test("that use up their attempts", async () => {
    const result = await run((_, context) =>
      context.step(
        () => {
          throw new Error("always");
        },
        { retryStrategy: everySecond(4) },
      ),
    );
    const retry = (attempt: number) => ({
      EventType: "StepFailed",
      details: { RetryDetails: { CurrentAttempt: attempt, NextAttemptDelaySeconds: 1 } },
    });
    const seen = events(result);
    expect(seen).toMatchObject([
      stepStarted,
      retry(1),
      invocationCompleted,
      stepStarted,
      retry(2),
      invocationCompleted,
      stepStarted,
      retry(3),
      invocationCompleted,
      stepStarted,
      { EventType: "StepFailed", details: { RetryDetails: { CurrentAttempt: 4 } } },
      invocationCompleted,
      failed("StepError"),
    ]);
    expect(seen[10]).not.toHaveProperty("details.RetryDetails.NextAttemptDelaySeconds");
  });

  test("that are retried by what they threw", async () => {
    class TransientError extends Error {
      override readonly name = "TransientError";
    }
    const flaky = (step: { readonly attempt: number }): string => {
      if (step.attempt === 1) throw new TransientError("temporary");
      return "fine";
    };
    const retried = await run((_, context) =>
      context.step(flaky, {
        retryStrategy: (error) => ({ shouldRetry: error.name === "TransientError" }),
      }),
    );
    const given = await run((_, context) =>
      context.step(flaky, {
        retryStrategy: (error) => ({ shouldRetry: error.name !== "TransientError" }),
      }),
    );
    expect(retried.result).toBe("fine");
    expect(given.status).toBe("FAILED");
    for (const result of [retried, given]) {
      expect(events(result)[1]).toMatchObject({
        EventType: "StepFailed",
        details: { Error: { Payload: { ErrorType: "TransientError" } } },
      });
    }
  });

  test("whose failure is caught, and made up for by another step", async () => {
    const result = await run(async (_, context) => {
      let value = "unset";
      try {
        await context.step(
          () => {
            throw new Error("no");
          },
          { retryStrategy: once },
        );
      } catch {
        value = "fallback_result";
      }
      return context.step(() => value);
    });
    expect(result.result).toBe("fallback_result");
    expect(events(result).map(({ EventType, id }) => [EventType, id])).toEqual([
      ["StepStarted", "#1"],
      ["StepFailed", "#1"],
      ["StepStarted", "#2"],
      ["StepSucceeded", "#2"],
      ["InvocationCompleted", undefined],
      ["ExecutionSucceeded", undefined],
    ]);
  });

  test("that log: once each time they run", async () => {
    const lines: unknown[] = [];
    const logger: Logger = { ...console, info: (line) => void lines.push(line) };
    const handler = withDurableExecution(
      async (input: string, context) => {
        const greeting = await context.step((step) => {
          step.logger.info(`Greeting step started for: ${input}`);
          return `Hello, ${input}!`;
        });
        await context.wait({ seconds: 1 });
        return greeting;
      },
      { logger },
    );
    const result = await new DurableTestRunner(handler).run("World");
    expect(result.result).toBe("Hello, World!");
    expect(lines).toEqual(["Greeting step started for: World"]);
  });
});

describe("waits", () => {
  test("one after the other", async () => {
    const result = await run(async (_, context) => {
      await context.wait("wait-1", { seconds: 2 });
      await context.wait("wait-2", { seconds: 2 });
      return { completedWaits: 2 };
    });
    expect(result).toMatchObject({ result: { completedWaits: 2 }, elapsedMs: 4000 });
    expect(events(result)).toMatchObject([
      { EventType: "WaitStarted", id: "#1", Name: "wait-1", details: { Duration: 2 } },
      invocationCompleted,
      { EventType: "WaitSucceeded", id: "#1", Name: "wait-1", details: { Duration: 2 } },
      { EventType: "WaitStarted", id: "#2", Name: "wait-2", details: { Duration: 2 } },
      invocationCompleted,
      { EventType: "WaitSucceeded", id: "#2", Name: "wait-2", details: { Duration: 2 } },
      invocationCompleted,
      { EventType: "ExecutionSucceeded" },
    ]);
  });

  test.for([
    { duration: { minutes: 1 }, seconds: 60 },
    { duration: { hours: 1 }, seconds: 3600 },
    { duration: { days: 1, hours: 2, minutes: 3, seconds: 4 }, seconds: 93_784 },
  ])("of $duration are recorded as $seconds s", async ({ duration, seconds }) => {
    const result = await run((_, context) => context.wait(duration));
    expect(events(result)[0]).toMatchObject({ details: { Duration: seconds } });
    expect(result.elapsedMs).toBe(seconds * 1000);
  });
});

describe("child contexts", () => {
  const contextStarted = {
    EventType: "ContextStarted",
    SubType: "RunInChildContext",
    id: "#1",
    details: {},
  };

  test("with a step inside", async () => {
    const result = await run(
      (input: string, context) =>
        context.runInChildContext("child", (child) => child.step(() => input)),
      "in",
    );
    expect(events(result)).toMatchObject([
      { ...contextStarted, Name: "child" },
      { EventType: "StepStarted", id: "#2", parent: "#1" },
      {
        EventType: "StepSucceeded",
        id: "#2",
        parent: "#1",
        details: { Result: { Payload: '"in"' } },
      },
      {
        EventType: "ContextSucceeded",
        SubType: "RunInChildContext",
        id: "#1",
        Name: "child",
        details: { Result: { Payload: '"in"', Truncated: false } },
      },
      invocationCompleted,
      succeeded('"in"'),
    ]);
    expect(events(result)[0]).not.toHaveProperty("parent");
  });

  test("whose step fails fail the execution", async () => {
    const result = await run((_, context) =>
      context.runInChildContext((child) =>
        child.step(
          () => {
            throw new RangeError("no");
          },
          { retryStrategy: once },
        ),
      ),
    );
    expect(events(result)).toMatchObject([
      contextStarted,
      { EventType: "StepStarted", id: "#2", parent: "#1" },
      {
        EventType: "StepFailed",
        id: "#2",
        details: { Error: { Payload: { ErrorType: "RangeError", ErrorMessage: "no" } } },
      },
      {
        EventType: "ContextFailed",
        id: "#1",
        details: { Error: { Payload: { ErrorType: "StepError" } } },
      },
      invocationCompleted,
      failed("ChildContextError"),
    ]);
  });

  test("that fail without any operation inside", async () => {
    const result = await run((_, context) =>
      context.runInChildContext(async () => {
        throw new Error("directly");
      }),
    );
    expect(events(result)).toMatchObject([
      contextStarted,
      {
        EventType: "ContextFailed",
        id: "#1",
        details: { Error: { Payload: { ErrorType: "Error", ErrorMessage: "directly" } } },
      },
      invocationCompleted,
      failed("ChildContextError"),
    ]);
  });

  test("whose failure is caught, and made up for by a step", async () => {
    const result = await run(async (input: string, context) => {
      await context
        .runInChildContext(async () => {
          throw new Error("x");
        })
        .catch(() => {});
      return context.step(() => input);
    }, "recovered");
    expect(result.result).toBe("recovered");
    expect(events(result).map(({ EventType }) => EventType)).toEqual([
      "ContextStarted",
      "ContextFailed",
      "StepStarted",
      "StepSucceeded",
      "InvocationCompleted",
      "ExecutionSucceeded",
    ]);
  });

  test("inside each other", async () => {
    const result = await run(
      (input: string, context) =>
        context.runInChildContext("outer", async (outer) => {
          const value = await outer.step(() => input);
          return outer.runInChildContext("inner", (inner) => inner.step(() => value));
        }),
      "deep",
    );
    expect(events(result).map(({ EventType, id, parent }) => [EventType, id, parent])).toEqual([
      ["ContextStarted", "#1", undefined],
      ["StepStarted", "#2", "#1"],
      ["StepSucceeded", "#2", "#1"],
      ["ContextStarted", "#3", "#1"],
      ["StepStarted", "#4", "#3"],
      ["StepSucceeded", "#4", "#3"],
      ["ContextSucceeded", "#3", "#1"],
      ["ContextSucceeded", "#1", undefined],
      ["InvocationCompleted", undefined, undefined],
      ["ExecutionSucceeded", undefined, undefined],
    ]);
  });

  test("whose step is retried", async () => {
    const result = await run(
      (input: string, context) =>
        context.runInChildContext((child) =>
          child.step(
            (step) => {
              if (step.attempt === 1) throw new Error("flaky");
              return input;
            },
            { retryStrategy: everySecond(2) },
          ),
        ),
      "fine",
    );
    expect(events(result)).toMatchObject([
      contextStarted,
      { EventType: "StepStarted", id: "#2" },
      {
        EventType: "StepFailed",
        id: "#2",
        details: { RetryDetails: { CurrentAttempt: 1, NextAttemptDelaySeconds: 1 } },
      },
      invocationCompleted,
      { EventType: "StepStarted", id: "#2" },
      { EventType: "StepSucceeded", id: "#2", details: { RetryDetails: { CurrentAttempt: 2 } } },
      { EventType: "ContextSucceeded", id: "#1" },
      invocationCompleted,
      succeeded('"fine"'),
    ]);
  });

  test("with a step and a wait inside, and a step and a wait after", async () => {
    const result = await run(async (input: string, context) => {
      const inside = await context.runInChildContext("child", async (child) => {
        const value = await child.step(() => input);
        await child.wait({ seconds: 1 });
        return value;
      });
      const after = await context.step(() => inside);
      await context.wait({ seconds: 1 });
      return after;
    }, "through");
    expect(events(result).map(({ EventType, id, parent }) => [EventType, id, parent])).toEqual([
      ["ContextStarted", "#1", undefined],
      ["StepStarted", "#2", "#1"],
      ["StepSucceeded", "#2", "#1"],
      ["WaitStarted", "#3", "#1"],
      ["InvocationCompleted", undefined, undefined],
      ["WaitSucceeded", "#3", "#1"],
      ["ContextSucceeded", "#1", undefined],
      ["StepStarted", "#4", undefined],
      ["StepSucceeded", "#4", undefined],
      ["WaitStarted", "#5", undefined],
      ["InvocationCompleted", undefined, undefined],
      ["WaitSucceeded", "#5", undefined],
      ["InvocationCompleted", undefined, undefined],
      ["ExecutionSucceeded", undefined, undefined],
    ]);
  });

  test("with a result too large to be stored", async () => {
    const result = await run(async (_, context) => {
      const text = await context.runInChildContext("large", async (child) => {
        const part = await child.step(() => "x");
        return part.repeat(300_000);
      });
      await context.wait({ seconds: 1 });
      return text.length;
    });
    expect(result.result).toBe(300_000);
    expect(events(result)).toMatchObject([
      { EventType: "ContextStarted" },
      { EventType: "StepStarted" },
      { EventType: "StepSucceeded" },
      { EventType: "ContextSucceeded", details: { Result: { Payload: "" } } },
      { EventType: "WaitStarted" },
      invocationCompleted,
      { EventType: "WaitSucceeded" },
      invocationCompleted,
      succeeded("300000"),
    ]);
  });

  test("with a serdes of their own", async () => {
    const result = await run(
      (input: string, context) =>
        context.runInChildContext("child", (child) => child.step(() => input), {
          serdes: { serialize: (text) => text?.toUpperCase(), deserialize: (text) => text },
        }),
      "hello child",
    );
    expect(result.result).toBe("HELLO CHILD");
    expect(events(result)).toMatchObject([
      contextStarted,
      { EventType: "StepStarted" },
      { EventType: "StepSucceeded", details: { Result: { Payload: '"hello child"' } } },
      { EventType: "ContextSucceeded", details: { Result: { Payload: "HELLO CHILD" } } },
      invocationCompleted,
      { EventType: "ExecutionSucceeded" },
    ]);
  });

  test("that return null", async () => {
    const result = await run((_, context) => context.runInChildContext(async () => null));
    expect(result.result).toBeNull();
    expect(events(result)).toMatchObject([
      contextStarted,
      { EventType: "ContextSucceeded", details: { Result: { Payload: "null" } } },
      invocationCompleted,
      succeeded("null"),
    ]);
  });
});
