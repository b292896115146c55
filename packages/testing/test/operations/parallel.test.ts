import {
  type DurableContext,
  InvalidArgumentError,
  withDurableExecution,
} from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import { DurableTestRunner } from "../../src/index.ts";
import { operationsOf } from "../support/history.ts";

const handlerOf = <Output>(body: (context: DurableContext) => Promise<Output>) =>
  withDurableExecution(async (_: unknown, context) => body(context));

describe("parallel", () => {
  test("runs branches side by side, each in a context of its own", async () => {
    const handler = handlerOf(async (context) => {
      const batch = await context.parallel("book", [
        async (child) => {
          await child.wait({ hours: 2 });
          return "flight";
        },
        { name: "hotel", func: (child) => child.step(() => 7) },
        { func: () => true },
      ]);
      await context.wait({ seconds: 1 });
      return batch.getResults();
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toEqual(["flight", 7, true]);
    expect(operationsOf(result, "CONTEXT").map(({ name, subType }) => [name, subType])).toEqual([
      ["book", "Parallel"],
      ["parallel-branch-0", "ParallelBranch"],
      ["hotel", "ParallelBranch"],
      ["parallel-branch-2", "ParallelBranch"],
    ]);
    expect(result.elapsedMs).toBe(2 * 3_600_000 + 1000);
  });

  test("needs no name, and may have no branches", async () => {
    const handler = handlerOf(async (context) => {
      const none = await context.parallel([]);
      const two = await context.parallel([async () => 1, async () => 2], { maxConcurrency: 1 });
      return [none.totalCount, none.completionReason, two.getResults()];
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toEqual([0, "ALL_COMPLETED", [1, 2]]);
  });

  test("tells a function that decides the names of branches, and what has not begun", async () => {
    const seen: unknown[] = [];
    const handler = handlerOf(async (context) => {
      await context.parallel([{ name: "a", func: async () => 1 }, async () => 2], {
        maxConcurrency: 1,
        completionConfig: {
          shouldComplete({ items }) {
            seen.push(items.map(({ name, status }) => [name, status]));
            return { complete: false };
          },
        },
      });
    });
    await new DurableTestRunner(handler).run();
    expect(seen[0]).toEqual([
      ["a", undefined],
      [undefined, undefined],
    ]);
    expect(seen.at(-1)).toEqual([
      ["a", "SUCCEEDED"],
      [undefined, "SUCCEEDED"],
    ]);
  });

  test("completes with the first branch that succeeds, if that is enough", async () => {
    const handler = handlerOf(async (context) => {
      const batch = await context.parallel(
        [
          (child: DurableContext) => child.waitForCallback<string>("person", () => {}),
          async (child: DurableContext) => {
            await child.wait({ hours: 1 });
            return "robot";
          },
        ],
        { completionConfig: { minSuccessful: 1 } },
      );
      await context.wait({ seconds: 1 });
      return [batch.getResults(), batch.started().map(({ index }) => index)];
    });
    const slow = new DurableTestRunner(handler);
    await slow.run();
    expect((await slow.advance({ hours: 2 })).result).toEqual([["robot"], [0]]);
    const quick = new DurableTestRunner(handler, { timeSkipping: "manual" });
    await quick.run();
    await quick.callback("person").succeed("yes");
    expect((await quick.runToCompletion()).result).toEqual([["yes"], [1]]);
  });

  test("stores of a result that is too large how many had begun, too", async () => {
    const handler = handlerOf(async (context) => {
      const batch = await context.parallel(
        "large",
        [1, 2, 3].map((hours) => async (child: DurableContext) => {
          await child.wait({ hours });
          return "x".repeat(140_000);
        }),
        { completionConfig: { minSuccessful: 2 } },
      );
      await context.wait({ seconds: 1 });
      return [batch.successCount, batch.startedCount];
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toEqual([2, 1]);
    const event = result.history.find(
      ({ EventType, Name }) => EventType === "ContextSucceeded" && Name === "large",
    );
    expect(
      event?.EventType === "ContextSucceeded" &&
        JSON.parse(event.ContextSucceededDetails.Result.Payload ?? ""),
    ).toMatchObject({ type: "ParallelResult", startedCount: 1, itemStatuses: "SS-" });
  });
});

describe("what is wrong with a batch is refused before anything is recorded", () => {
  const act = async (): Promise<number> => 1;
  test.for<{ what: string; call: (context: DurableContext) => Promise<unknown>; says: string }>([
    {
      what: "items that are no array",
      call: (context) => context.map("m", { length: 2 } as never, act),
      says: 'map: the items {"length":2} are no array. Call it as map(name?, items, …).',
    },
    {
      what: "no function",
      call: (context) => context.map("m", [1], undefined as never),
      says: "map: undefined is no function. Call it as map(name?, items, function, config?).",
    },
    {
      what: "branches that are no array",
      call: (context) => context.parallel(act as never),
      says: "parallel: the branches function act are no array.",
    },
    {
      what: "a branch that is no function",
      call: (context) => context.parallel([act, 7 as never]),
      says: "parallel: branch 1 is 7, which is no function and no { name?, func }.",
    },
    {
      what: "a branch without a function",
      call: (context) => context.parallel([{ name: "a" } as never]),
      says: 'parallel: branch 0 is {"name":"a"}',
    },
    {
      what: "a branch with an empty name",
      call: (context) => context.parallel([{ name: "", func: act }]),
      says: 'parallel: branch 0: the name "" is no text of 1 to 256 characters.',
    },
    {
      what: "an item's name that is too long",
      call: (context) => context.map([1], act, { itemNamer: () => "x".repeat(257) }),
      says: "map: itemNamer: the name",
    },
    {
      what: "an itemNamer that throws",
      call: (context) =>
        context.map([1], act, {
          itemNamer: () => {
            throw new InvalidArgumentError("no name for it");
          },
        }),
      says: "no name for it",
    },
    {
      what: "a name that is too long",
      call: (context) => context.map("x".repeat(257), [1], act),
      says: "map: the name",
    },
    {
      what: "no concurrency at all",
      call: (context) => context.map("m", [1], act, { maxConcurrency: 0 }),
      says: 'map "m": maxConcurrency: 0 is no whole number of at least 1.',
    },
    {
      what: "half a concurrency",
      call: (context) => context.parallel([act], { maxConcurrency: 1.5 }),
      says: "parallel: maxConcurrency: 1.5 is no whole number of at least 1.",
    },
    {
      what: "an unknown option",
      call: (context) => context.map([1], act, { concurrency: 2 } as never),
      says: 'map: there is no option "concurrency", which was given as 2. The options are maxConcurrency,',
    },
    {
      what: "an itemNamer for branches",
      call: (context) => context.parallel([act], { itemNamer: act } as never),
      says: 'parallel: there is no option "itemNamer"',
    },
    {
      what: "an unknown nesting",
      call: (context) => context.map([1], act, { nesting: "DEEP" as never }),
      says: 'map: nesting: "DEEP" is none of "NESTED", "FLAT".',
    },
    {
      what: "a completion config that is none",
      call: (context) => context.map("m", [1], act, { completionConfig: 2 as never }),
      says: 'map "m": completionConfig: the config 2 is no object.',
    },
    {
      what: "an unknown option for completion",
      call: (context) => context.map([1], act, { completionConfig: { minSuccess: 1 } as never }),
      says: 'map: completionConfig: there is no option "minSuccess"',
    },
    {
      what: "no success at all",
      call: (context) => context.map([1], act, { completionConfig: { minSuccessful: 0 } }),
      says: "map: completionConfig: minSuccessful: 0 is no whole number of at least 1.",
    },
    {
      what: "a negative tolerance",
      call: (context) => context.map([1], act, { completionConfig: { toleratedFailureCount: -1 } }),
      says: "toleratedFailureCount: -1 is no whole number of at least 0.",
    },
    {
      what: "more than all",
      call: (context) =>
        context.map([1], act, { completionConfig: { toleratedFailurePercentage: 101 } }),
      says: "toleratedFailurePercentage: 101 is no number from 0 to 100.",
    },
    {
      what: "two ways to complete",
      call: (context) =>
        context.map("m", [1], act, {
          completionConfig: {
            minSuccessful: 1,
            shouldComplete: () => ({ complete: true }),
          } as never,
        }),
      says: 'map "m": completionConfig: shouldComplete decides alone; minSuccessful cannot be given as well.',
    },
  ])("$what", async ({ call, says }) => {
    const errors: unknown[] = [];
    const handler = handlerOf(async (context) => {
      await call(context).catch((error: unknown) => errors.push(error));
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.status).toBe("SUCCEEDED");
    expect(operationsOf(result, "CONTEXT")).toEqual([]);
    expect(InvalidArgumentError.is(errors[0])).toBe(true);
    expect((errors[0] as Error).message).toContain(says);
  });
});
