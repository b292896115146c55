import {
  type BatchConfig,
  BatchCompletionError,
  type BatchResult,
  ChildContextError,
  createRetryStrategy,
  type DurableContext,
  type MapConfig,
  type Serdes,
  StepError,
  withDurableExecution,
} from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import { DurableTestRunner } from "../../src/index.ts";
import { eventLines, operationsOf } from "../support/history.ts";

const handlerOf = <Output>(body: (context: DurableContext) => Promise<Output>) =>
  withDurableExecution(async (_: unknown, context) => body(context));

const once = createRetryStrategy({ maxAttempts: 1 });

/** A batch as plain data, errors as their messages. */
const shown = (batch: BatchResult<unknown>) => ({
  all: batch.all.map(
    ({ index, status, result, error }) => [index, status, result ?? error?.message] as const,
  ),
  reason: batch.completionReason,
  status: batch.status,
  counts: [batch.successCount, batch.failureCount, batch.startedCount, batch.totalCount],
});

/** Runs a batch, and tells it on the first run and on each of two replays. */
const onEveryReplay = async (make: (context: DurableContext) => Promise<BatchResult<unknown>>) => {
  const seen: unknown[] = [];
  const handler = handlerOf(async (context) => {
    seen.push(shown(await make(context)));
    await context.wait("after", { seconds: 1 });
    await context.wait("after that", { seconds: 1 });
  });
  const result = await new DurableTestRunner(handler).run();
  expect(result.error).toBeUndefined();
  expect(result.status).toBe("SUCCEEDED");
  expect(seen).toHaveLength(3);
  expect(seen[1]).toEqual(seen[0]);
  expect(seen[2]).toEqual(seen[0]);
  return { batch: seen[0] as ReturnType<typeof shown>, result };
};

/** Fails where the item says so. */
const act = (child: DurableContext, item: string): Promise<string> =>
  child.step(
    "act",
    () => {
      if (item.startsWith("bad")) throw new RangeError(item);
      return item.toUpperCase();
    },
    { retryStrategy: once },
  );

describe("map", () => {
  test("applies a function to each item, in a context of its own", async () => {
    const handler = handlerOf(async (context) => {
      const batch = await context.map("greet", ["a", "b"], act);
      return batch.getResults();
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toEqual(["A", "B"]);
    expect(
      operationsOf(result, "CONTEXT").map(({ name, subType, status }) => [name, subType, status]),
    ).toEqual([
      ["greet", "Map", "SUCCEEDED"],
      ["map-item-0", "MapIteration", "SUCCEEDED"],
      ["map-item-1", "MapIteration", "SUCCEEDED"],
    ]);
    const [map, first, second] = operationsOf(result, "CONTEXT");
    expect([first?.parentId, second?.parentId]).toEqual([map?.id, map?.id]);
    expect(operationsOf(result, "STEP").map(({ parentId }) => parentId)).toEqual([
      first?.id,
      second?.id,
    ]);
  });

  test("stores what AWS's SDK stores", async () => {
    const handler = handlerOf(async (context) => {
      await context.map("m", ["a", "bad"], act, { completionConfig: { toleratedFailureCount: 1 } });
    });
    const result = await new DurableTestRunner(handler).run();
    const event = result.history.find(
      ({ EventType, Name }) => EventType === "ContextSucceeded" && Name === "m",
    );
    const payload =
      event?.EventType === "ContextSucceeded"
        ? event.ContextSucceededDetails.Result.Payload
        : undefined;
    expect(JSON.parse(payload ?? "")).toEqual({
      all: [
        { result: "A", index: 0, status: "SUCCEEDED" },
        {
          error: {
            ErrorType: "ChildContextError",
            ErrorMessage: 'Map item 1 failed: StepError: Step "act" failed: RangeError: bad',
            ErrorData: expect.any(String) as unknown,
          },
          index: 1,
          status: "FAILED",
        },
      ],
      completionReason: "ALL_COMPLETED",
    });
  });

  test("gives the function the item, its index, and all items", async () => {
    const items = [10, 20, 30] as const;
    const handler = handlerOf(async (context) => {
      const batch = await context.map(items, (_, item, index, all) => item + index + all.length);
      return batch.getResults();
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toEqual([13, 24, 35]);
  });

  test("of no items completes at once", async () => {
    const { batch, result } = await onEveryReplay((context) => context.map("none", [], act));
    expect(batch).toEqual({
      all: [],
      reason: "ALL_COMPLETED",
      status: "SUCCEEDED",
      counts: [0, 0, 0, 0],
    });
    expect(eventLines(result).slice(1, 3)).toEqual([
      "ContextStarted none",
      "ContextSucceeded none",
    ]);
  });

  test("names its items as itemNamer says", async () => {
    const handler = handlerOf(async (context) => {
      await context.map("m", ["x", "y"], act, { itemNamer: (item, index) => `${item}-${index}` });
    });
    const result = await new DurableTestRunner(handler).run();
    expect(operationsOf(result, "CONTEXT").map(({ name }) => name)).toEqual(["m", "x-0", "y-1"]);
  });

  test("starts all items at once, and gives results in the order of the items", async () => {
    const { batch, result } = await onEveryReplay((context) =>
      context.map("m", [3, 1, 2], async (child, hours) => {
        await child.wait({ hours });
        return hours;
      }),
    );
    expect(batch.all).toEqual([
      [0, "SUCCEEDED", 3],
      [1, "SUCCEEDED", 1],
      [2, "SUCCEEDED", 2],
    ]);
    expect(result.elapsedMs).toBe(3 * 3_600_000 + 2000);
  });

  test("runs no more items at once than maxConcurrency: one that waits counts", async () => {
    const { result } = await onEveryReplay((context) =>
      context.map(
        "m",
        [1, 1, 1, 1, 1],
        async (child, hours) => {
          await child.wait({ hours });
          return hours;
        },
        { maxConcurrency: 2 },
      ),
    );
    expect(result.elapsedMs).toBe(3 * 3_600_000 + 2000);
    const open = { now: 0, most: 0 };
    for (const { EventType, SubType } of result.history) {
      if (SubType !== "MapIteration") continue;
      open.now += EventType === "ContextStarted" ? 1 : -1;
      open.most = Math.max(open.most, open.now);
    }
    expect(open.most).toBe(2);
  });

  test("runs items one after the other with a maxConcurrency of 1", async () => {
    const handler = handlerOf(async (context) => {
      await context.map("m", ["a", "b"], act, { maxConcurrency: 1 });
    });
    const result = await new DurableTestRunner(handler).run();
    expect(eventLines(result)).toEqual([
      "ExecutionStarted",
      "ContextStarted m",
      "ContextStarted map-item-0",
      "StepStarted act",
      "StepSucceeded act",
      "ContextSucceeded map-item-0",
      "ContextStarted map-item-1",
      "StepStarted act",
      "StepSucceeded act",
      "ContextSucceeded map-item-1",
      "ContextSucceeded m",
      "InvocationCompleted",
      "ExecutionSucceeded",
    ]);
  });

  test("takes up again where it was when an item suspends the execution", async () => {
    const ran: string[] = [];
    const handler = handlerOf(async (context) => {
      const batch = await context.map(
        ["r0", "r1"],
        async (child, item, index) => {
          if (index === 1) await child.wait({ seconds: 1 });
          return child.step(() => {
            ran.push(item);
            return item;
          });
        },
        { maxConcurrency: 1 },
      );
      return batch.getResults();
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toEqual(["r0", "r1"]);
    expect(result.invocations).toHaveLength(2);
    expect(ran).toEqual(["r0", "r1"]);
  });

  test("waits for callbacks in its items", async () => {
    const handler = handlerOf(async (context) => {
      const batch = await context.map("ask", ["ann", "bob"], (child, who) =>
        child.waitForCallback<string>(who, () => {}),
      );
      return batch.getResults();
    });
    const runner = new DurableTestRunner(handler);
    const waiting = await runner.run();
    expect(waiting.pendingCallbacks).toHaveLength(2);
    await runner.callback("bob").succeed("no");
    const result = await runner.callback("ann").succeed("yes");
    expect(result.result).toEqual(["yes", "no"]);
  });

  test("may be nested", async () => {
    const { batch } = await onEveryReplay((context) =>
      context.map("outer", [1, 2], async (child, n) => {
        const inner = await child.map("inner", [10, 20], (grandchild, m) =>
          grandchild.step(() => n * m),
        );
        return inner.getResults();
      }),
    );
    expect(batch.all.map(([, , result]) => result)).toEqual([
      [10, 20],
      [20, 40],
    ]);
  });
});

describe("a map whose items fail", () => {
  test("completes with the first failure, and begins no item after it", async () => {
    const { batch } = await onEveryReplay((context) =>
      context.map("m", ["ok", "bad", "never"], act, { maxConcurrency: 1 }),
    );
    expect(batch).toEqual({
      all: [
        [0, "SUCCEEDED", "OK"],
        [1, "FAILED", 'Map item 1 failed: StepError: Step "act" failed: RangeError: bad'],
      ],
      reason: "FAILURE_TOLERANCE_EXCEEDED",
      status: "FAILED",
      counts: [1, 1, 0, 2],
    });
  });

  test.for<{
    what: string;
    items: string[];
    config: BatchConfig<string>["completionConfig"];
    reason: string;
    status: string;
    statuses: string;
  }>([
    {
      what: "fewer than are tolerated",
      items: ["a", "bad", "b"],
      config: { toleratedFailureCount: 1 },
      reason: "ALL_COMPLETED",
      status: "FAILED",
      statuses: "SFS",
    },
    {
      what: "more than are tolerated",
      items: ["bad", "bad", "b"],
      config: { toleratedFailureCount: 1 },
      reason: "FAILURE_TOLERANCE_EXCEEDED",
      status: "FAILED",
      statuses: "FF",
    },
    {
      what: "the first of them when none is tolerated",
      items: ["a", "bad", "b"],
      config: { toleratedFailureCount: 0 },
      reason: "FAILURE_TOLERANCE_EXCEEDED",
      status: "FAILED",
      statuses: "SF",
    },
    {
      what: "no more than the tolerated percentage",
      items: ["bad", "a", "b", "c"],
      config: { toleratedFailurePercentage: 25 },
      reason: "ALL_COMPLETED",
      status: "FAILED",
      statuses: "FSSS",
    },
    {
      what: "more than the tolerated percentage of all items",
      items: ["bad", "bad", "b", "c"],
      config: { toleratedFailurePercentage: 25 },
      reason: "FAILURE_TOLERANCE_EXCEEDED",
      status: "FAILED",
      statuses: "FF",
    },
    {
      what: "too many, and enough have succeeded",
      items: ["a", "bad", "b"],
      config: { minSuccessful: 1, toleratedFailureCount: 0 },
      reason: "MIN_SUCCESSFUL_REACHED",
      status: "SUCCEEDED",
      statuses: "S",
    },
    {
      what: "some, and enough succeed",
      items: ["bad", "a", "bad", "b", "c"],
      config: { minSuccessful: 2 },
      reason: "MIN_SUCCESSFUL_REACHED",
      status: "FAILED",
      statuses: "FSFS",
    },
    {
      what: "some, and not enough succeed",
      items: ["bad", "a", "bad"],
      config: { minSuccessful: 2 },
      reason: "ALL_COMPLETED",
      status: "FAILED",
      statuses: "FSF",
    },
    {
      what: "none, and the last makes it enough",
      items: ["a", "b"],
      config: { minSuccessful: 2 },
      reason: "ALL_COMPLETED",
      status: "SUCCEEDED",
      statuses: "SS",
    },
    {
      what: "one, and nothing is said about that",
      items: ["a", "bad", "b"],
      config: {},
      reason: "FAILURE_TOLERANCE_EXCEEDED",
      status: "FAILED",
      statuses: "SF",
    },
    {
      what: "one, and a function of one's own goes on",
      items: ["a", "bad", "b"],
      config: { shouldComplete: () => ({ complete: false }) },
      reason: "ALL_COMPLETED",
      status: "FAILED",
      statuses: "SFS",
    },
    {
      what: "one, and a function of one's own calls that a success",
      items: ["a", "bad", "b"],
      config: { shouldComplete: ({ failureCount }) => ({ complete: failureCount > 0 }) },
      reason: "CUSTOM_COMPLETION_SUCCEEDED",
      status: "SUCCEEDED",
      statuses: "SF",
    },
    {
      what: "none, and a function of one's own calls that a failure",
      items: ["a", "b", "c"],
      config: {
        shouldComplete: ({ items }) =>
          items[1]?.status === "SUCCEEDED"
            ? { complete: true, outcome: "FAILED" }
            : { complete: false },
      },
      reason: "CUSTOM_COMPLETION_FAILED",
      status: "FAILED",
      statuses: "SS",
    },
    {
      what: "none, and a function of one's own lets none begin",
      items: ["a"],
      config: { shouldComplete: () => ({ complete: true }) },
      reason: "CUSTOM_COMPLETION_SUCCEEDED",
      status: "SUCCEEDED",
      statuses: "",
    },
  ])(
    "ends as its completion config says: $what",
    async ({ items, config, reason, status, statuses }) => {
      for (const nesting of ["NESTED", "FLAT"] as const) {
        const { batch } = await onEveryReplay((context) =>
          context.map("m", items, act, { maxConcurrency: 1, completionConfig: config, nesting }),
        );
        expect(batch).toMatchObject({ reason, status });
        expect(batch.all.map(([, each]) => each[0]).join("")).toBe(statuses);
      }
    },
  );

  test("throws nothing; throwIfError throws the first error by index, the same on every replay", async () => {
    const errors: unknown[] = [];
    const handler = handlerOf(async (context) => {
      const batch = await context.map(
        "m",
        [2, 1],
        async (child, hours) => {
          await child.wait({ hours });
          return act(child, `bad ${hours}`);
        },
        { completionConfig: { toleratedFailureCount: 2 } },
      );
      try {
        batch.throwIfError();
      } catch (error) {
        errors.push(error);
      }
      await context.wait({ seconds: 1 });
      expect(batch.getErrors().map(({ contextName }) => contextName)).toEqual([
        "map-item-0",
        "map-item-1",
      ]);
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.status).toBe("SUCCEEDED");
    expect(errors).toHaveLength(2);
    for (const error of errors) {
      expect(ChildContextError.is(error)).toBe(true);
      const { cause, errorType } = error as ChildContextError;
      expect(errorType).toBe("StepError");
      expect(StepError.is(cause)).toBe(true);
      expect((cause as StepError).cause).toMatchObject({ name: "RangeError", message: "bad 2" });
    }
  });

  test("has nothing to throw when none has failed, unless it was completed as a failure", async () => {
    const handler = handlerOf(async (context) => {
      const good = await context.map(["a"], act);
      good.throwIfError();
      const called = await context.map(["a", "b"], act, {
        completionConfig: {
          shouldComplete: ({ successCount }) => ({
            complete: successCount === 2,
            outcome: "FAILED",
          }),
        },
      });
      expect(called.hasFailure).toBe(false);
      called.throwIfError();
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.error).toMatchObject({ ErrorType: BatchCompletionError.name });
  });

  test("because shouldComplete is broken fails as a whole, and says so", async () => {
    const handler = handlerOf(async (context) =>
      context.map("m", ["a"], act, { completionConfig: { shouldComplete: () => true as never } }),
    );
    const result = await new DurableTestRunner(handler).run();
    expect(result.error?.ErrorMessage).toBe(
      'Child context "m" failed: InvalidArgumentError: The shouldComplete of map "m" returned true; it must return { complete: false } or { complete: true, outcome? }, where outcome is "SUCCEEDED" or "FAILED".',
    );
  });
});

describe("a map that completes early", () => {
  test("tells which items were still going on, and lets nothing more come of them", async () => {
    const ran: string[] = [];
    const { batch, result } = await onEveryReplay((context) =>
      context.map(
        "m",
        [5, 1, 2],
        async (child, hours) => {
          await child.wait(`${hours} h`, { hours });
          await child.step(() => ran.push(`${hours} h`));
          return hours;
        },
        { completionConfig: { minSuccessful: 1 } },
      ),
    );
    expect(batch).toEqual({
      all: [
        [0, "STARTED", undefined],
        [1, "SUCCEEDED", 1],
        [2, "STARTED", undefined],
      ],
      reason: "MIN_SUCCESSFUL_REACHED",
      status: "SUCCEEDED",
      counts: [1, 0, 2, 3],
    });
    expect(ran).toEqual(["1 h"]);
    expect(result.elapsedMs).toBe(3_600_000 + 2000);
  });

  test("does not wait for the timers of the others", async () => {
    const handler = handlerOf(async (context) => {
      await context.map(
        [1, 24],
        async (child, hours) => {
          await child.wait({ hours });
        },
        { completionConfig: { minSuccessful: 1 } },
      );
      await context.step("after", () => 1);
      return "done";
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toBe("done");
    expect(result.elapsedMs).toBe(3_600_000);
  });

  test("keeps callbacks known that its items had opened", async () => {
    let id = "";
    const handler = handlerOf(async (context) => {
      const batch = await context.map(
        ["open", "quick"],
        async (child, item) => {
          if (item === "quick") return child.step(() => item);
          const callback = await child.createCallback<string>("left open");
          await child.step(() => {
            id = callback.callbackId;
          });
          return callback.result();
        },
        { completionConfig: { minSuccessful: 1 } },
      );
      const answer = await context.waitForCallback<string>(id);
      return [batch.startedCount, batch.getResults(), answer];
    });
    const runner = new DurableTestRunner(handler);
    await runner.run();
    const result = await runner.callback("left open").succeed("late");
    expect(result.result).toEqual([1, ["quick"], "late"]);
  });
});

describe.for(["NESTED", "FLAT"] as const)(
  "a map of %s items whose result is too large",
  (nesting) => {
    const bulky = async (child: DurableContext, size: number, index: number): Promise<string> => {
      if (size < 0) return act(child, `bad ${index}`);
      await child.wait({ hours: index + 1 });
      return child.step(() => String(index).repeat(size));
    };

    test("is made anew on every replay, the same", async () => {
      const { batch, result } = await onEveryReplay((context) =>
        context.map("large", [70_000, 70_000, 70_000, 70_000], bulky, { nesting }),
      );
      expect(batch.counts).toEqual([4, 0, 0, 4]);
      expect(batch.all.map(([, , text]) => (text as string).slice(0, 2))).toEqual([
        "00",
        "11",
        "22",
        "33",
      ]);
      const event = result.history.find(
        ({ EventType, Name }) => EventType === "ContextSucceeded" && Name === "large",
      );
      expect(
        event?.EventType === "ContextSucceeded" &&
          JSON.parse(event.ContextSucceededDetails.Result.Payload ?? ""),
      ).toEqual({
        type: "MapResult",
        totalCount: 4,
        successCount: 4,
        failureCount: 0,
        completionReason: "ALL_COMPLETED",
        status: "SUCCEEDED",
        itemStatuses: "SSSS",
      });
    });

    test("keeps failures, and items that were still going on, as they were", async () => {
      const { batch } = await onEveryReplay((context) =>
        context.map("large", [140_000, -1, 140_000, 5], bulky, {
          nesting,
          completionConfig: { minSuccessful: 2 },
        }),
      );
      expect(batch.all.map(([, status]) => status)).toEqual([
        "SUCCEEDED",
        "FAILED",
        "SUCCEEDED",
        "STARTED",
      ]);
      expect(batch.reason).toBe("MIN_SUCCESSFUL_REACHED");
    });

    test("tells what began last, and did not end", async () => {
      const { batch } = await onEveryReplay((context) =>
        context.map("large", [140_000, 140_000, 3, 3, 3], bulky, {
          nesting,
          maxConcurrency: 2,
          completionConfig: {
            shouldComplete: ({ items }) => ({
              complete: items[3] !== undefined && items[3].status === "STARTED",
            }),
          },
        }),
      );
      expect(batch.all.map(([, status]) => status)).toEqual([
        "SUCCEEDED",
        "SUCCEEDED",
        "STARTED",
        "STARTED",
      ]);
    });

    test("asks no function of one's own again", async () => {
      let asked = 0;
      const { batch } = await onEveryReplay((context) =>
        context.map("large", [140_000, 140_000, 140_000], bulky, {
          nesting,
          completionConfig: {
            shouldComplete({ successCount }) {
              asked += 1;
              return { complete: successCount === 2, outcome: "FAILED" };
            },
          },
        }),
      );
      expect(batch.reason).toBe("CUSTOM_COMPLETION_FAILED");
      expect(batch.all.map(([, status]) => status)).toEqual(["SUCCEEDED", "SUCCEEDED", "STARTED"]);
      const last = asked;
      expect(last).toBeGreaterThan(0);
    });

    test("is summed up as the config says", async () => {
      const { result } = await onEveryReplay((context) =>
        context.map("large", [140_000, 140_000], bulky, {
          nesting,
          summaryGenerator: (batch) => `${batch.getResults().length} texts`,
        }),
      );
      const event = result.history.find(
        ({ EventType, Name }) => EventType === "ContextSucceeded" && Name === "large",
      );
      expect(
        event?.EventType === "ContextSucceeded" &&
          JSON.parse(event.ContextSucceededDetails.Result.Payload ?? ""),
      ).toMatchObject({ itemStatuses: "SS", summary: "2 texts" });
    });

    test.for<{ what: string; summaryGenerator: () => string; says: string }>([
      { what: "too large", summaryGenerator: () => "x".repeat(300_000), says: "Make it shorter." },
      {
        what: "no text",
        summaryGenerator: () => 7 as never,
        says: "The summaryGenerator returned 7; it must return a text.",
      },
    ])("fails when its summary is $what", async ({ summaryGenerator, says }) => {
      const handler = handlerOf(async (context) =>
        context.map("large", [140_000, 140_000], bulky, { nesting, summaryGenerator }),
      );
      const result = await new DurableTestRunner(handler).run();
      expect(result.error?.ErrorMessage).toContain(says);
    });
  },
);

describe("a map of FLAT items", () => {
  test("records no context for an item; its operations stand in the map", async () => {
    const handler = handlerOf(async (context) => {
      const batch = await context.map("flat", ["a", "b"], act, {
        maxConcurrency: 1,
        nesting: "FLAT",
      });
      return batch.getResults();
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toEqual(["A", "B"]);
    expect(eventLines(result)).toEqual([
      "ExecutionStarted",
      "ContextStarted flat",
      "StepStarted act",
      "StepSucceeded act",
      "StepStarted act",
      "StepSucceeded act",
      "ContextSucceeded flat",
      "InvocationCompleted",
      "ExecutionSucceeded",
    ]);
    const [map] = operationsOf(result, "CONTEXT");
    const steps = operationsOf(result, "STEP");
    expect(steps.map(({ parentId }) => parentId)).toEqual([map?.id, map?.id]);
    expect(new Set(steps.map(({ id }) => id)).size).toBe(2);
  });

  test("gives the same result on every replay, suspended in between or not", async () => {
    const { batch } = await onEveryReplay((context) =>
      context.map(
        "m",
        [2, 1, 3],
        async (child, hours, index) => {
          await child.wait({ hours });
          if (index === 1) throw new TypeError("no");
          return new Date(hours);
        },
        { nesting: "FLAT", completionConfig: { toleratedFailureCount: 1 } },
      ),
    );
    expect(batch.all).toEqual([
      [0, "SUCCEEDED", "1970-01-01T00:00:00.002Z"],
      [1, "FAILED", "Map item 1 failed: TypeError: no"],
      [2, "SUCCEEDED", "1970-01-01T00:00:00.003Z"],
    ]);
  });

  test("has a step run once that an item leaves behind", async () => {
    let runs = 0;
    await onEveryReplay((context) =>
      context.map(
        "m",
        [1],
        async (child) => {
          void child.step("audit", async () => {
            runs += 1;
          });
          await child.wait({ hours: 1 });
          await child.wait({ hours: 1 });
          return 1;
        },
        { nesting: "FLAT" },
      ),
    );
    expect(runs).toBe(1);
  });
});

describe("a map with a serdes", () => {
  const wrapping: Serdes<string> = {
    serialize: (value) => `wrapped:${value}`,
    deserialize: (text) => text.slice("wrapped:".length),
  };
  const dates: Serdes<Date> = {
    serialize: async (date) => date?.toISOString(),
    deserialize: async (text) => new Date(text),
  };
  const joined: Serdes<BatchResult<string>> = {
    serialize: (batch) => `JOINED:${batch?.getResults().join(",")}`,
    deserialize: (text) =>
      ({
        all: text
          .slice("JOINED:".length)
          .split(",")
          .map((result, index) => ({ index, status: "SUCCEEDED", result })),
        completionReason: "ALL_COMPLETED",
      }) as never,
  };
  const payloadsOf = (result: { history: readonly { EventType: string }[] }, subType: string) =>
    (result.history as readonly never[]).flatMap(
      (event: {
        EventType: string;
        SubType?: string;
        ContextSucceededDetails?: { Result: { Payload?: string } };
      }) =>
        event.EventType === "ContextSucceeded" && event.SubType === subType
          ? [event.ContextSucceededDetails?.Result.Payload]
          : [],
    );

  test("for items stores and reads each with it", async () => {
    const { batch, result } = await onEveryReplay((context) =>
      context.map("m", ["x", "y"], act, { itemSerdes: wrapping }),
    );
    expect(batch.all.map(([, , value]) => value)).toEqual(["X", "Y"]);
    expect(payloadsOf(result, "MapIteration")).toEqual(["wrapped:X", "wrapped:Y"]);
  });

  test("for items keeps what is no JSON, in either nesting and on every replay", async () => {
    for (const nesting of ["NESTED", "FLAT"] as const) {
      const { batch } = await onEveryReplay((context) =>
        context.map("m", [1, 2], async (_, n) => new Date(n), { itemSerdes: dates, nesting }),
      );
      expect(batch.all.map(([, , value]) => value)).toEqual([new Date(1), new Date(2)]);
    }
  });

  test("for the whole stores and reads the whole with it", async () => {
    const { batch, result } = await onEveryReplay((context) =>
      context.map("m", ["x", "y"], act, { serdes: joined }),
    );
    expect(batch).toMatchObject({
      all: [
        [0, "SUCCEEDED", "X"],
        [1, "SUCCEEDED", "Y"],
      ],
      status: "SUCCEEDED",
      counts: [2, 0, 0, 2],
    });
    expect(payloadsOf(result, "Map")).toEqual(["JOINED:X,Y"]);
  });

  test("of the handler's uses that for its items", async () => {
    const handler = withDurableExecution(
      async (_: unknown, context) => {
        const batch = await context.map("m", ["x"], act);
        await context.wait({ seconds: 1 });
        return batch.getResults()[0];
      },
      { serdes: wrapping },
    );
    const result = await new DurableTestRunner(handler).run();
    expect(result.history.at(-1)).toMatchObject({
      ExecutionSucceededDetails: { Result: { Payload: "wrapped:X" } },
    });
  });

  test.for<{ what: string; config: MapConfig<string, string>; says: string }>([
    {
      what: "writes nothing",
      config: { serdes: { serialize: () => undefined, deserialize: () => null as never } },
      says: "serialize returned no text",
    },
    {
      what: "reads something else",
      config: { serdes: { serialize: () => "text", deserialize: () => ({}) as never } },
      says: "deserialize returned {}, which is no { all, completionReason }",
    },
  ])("that $what fails the map", async ({ config, says }) => {
    const handler = handlerOf(async (context) => context.map("m", ["x"], act, config));
    const result = await new DurableTestRunner(handler).run();
    expect(result.error?.ErrorMessage).toContain(says);
  });

  test("for items that cannot read one back fails that item", async () => {
    const { batch } = await onEveryReplay((context) =>
      context.map("m", ["x", "y"], act, {
        completionConfig: { toleratedFailureCount: 2 },
        itemSerdes: {
          serialize: (value) => value,
          deserialize: (text) => {
            if (text === "Y") throw new SyntaxError("cannot read Y");
            return text;
          },
        },
      }),
    );
    expect(batch.all).toEqual([
      [0, "SUCCEEDED", "X"],
      [1, "FAILED", expect.stringContaining("cannot read Y")],
    ]);
  });
});
