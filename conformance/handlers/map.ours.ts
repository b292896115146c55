import {
  type BatchData,
  type BatchResult,
  type DurableContext,
  type Serdes,
  withDurableExecution,
} from "@durabletest/runtime";
import type { Handlers } from "./handlers.ts";

const oneByOne = { maxConcurrency: 1 } as const;

function fail(): never {
  throw new Error("The operation failed.");
}

/** Maps outcomes to what they stand for: "fail" fails, everything else is its own result. */
const outcome = (_: DurableContext, item: string): string => (item === "fail" ? fail() : item);

const uppercase = (_: DurableContext, item: string): string => item.toUpperCase();

const counts = (batch: BatchResult<unknown>) => ({
  completionReason: batch.completionReason,
  successCount: batch.successCount,
  failureCount: batch.failureCount,
  totalCount: batch.totalCount,
});

const wrapped: Serdes<string> = {
  serialize: (value) => `wrapped:${value ?? ""}`,
  deserialize: (text) => text.replace("wrapped:", ""),
};

/** The results of a batch, all of whose items have succeeded. */
const joined: Serdes<BatchData<string>> = {
  serialize: (batch) => `OPSERDE:${batch?.all.map(({ result }) => result).join(",") ?? ""}`,
  deserialize: (text) => ({
    all: text
      .replace("OPSERDE:", "")
      .split(",")
      .map((result, index) => ({ index, status: "SUCCEEDED", result })),
    completionReason: "ALL_COMPLETED",
  }),
};

export const map: Handlers = {
  "9-1": () =>
    withDurableExecution(async (names: string[], context: DurableContext) => {
      const batch = await context.map(
        "map",
        names,
        (item, name) => item.step(() => `Hello, ${name}!`),
        oneByOne,
      );
      return batch.getResults();
    }),

  "9-2": () =>
    withDurableExecution(async (numbers: number[], context: DurableContext) => {
      const batch = await context.map(numbers, (_item, n) => n * 2, oneByOne);
      return batch.getResults();
    }),

  "9-3": () =>
    withDurableExecution(async (numbers: number[], context: DurableContext) => {
      const batch = await context.map("indexed", numbers, (_item, n, index) => n + index, oneByOne);
      return batch.getResults();
    }),

  "9-4": () =>
    withDurableExecution(async (items: string[], context: DurableContext) =>
      (await context.map("empty", items, uppercase)).getResults(),
    ),

  "9-5": () =>
    withDurableExecution(async (_: null, context: DurableContext) => {
      const batch = await context.map("failfast", ["ok", "fail", "ok"], outcome, {
        ...oneByOne,
        completionConfig: { toleratedFailureCount: 0 },
      });
      return { ...counts(batch), status: batch.status };
    }),

  "9-6": () =>
    withDurableExecution(async (_: null, context: DurableContext) => {
      const batch = await context.map("throwing", ["fail", "ok"], outcome, {
        ...oneByOne,
        completionConfig: { toleratedFailureCount: 0 },
      });
      batch.throwIfError();
      return "nothing was thrown";
    }),

  "9-7": () =>
    withDurableExecution(async (_: null, context: DurableContext) => {
      const batch = await context.map("min-successful", ["a", "b", "c", "d"], outcome, {
        ...oneByOne,
        completionConfig: { minSuccessful: 2 },
      });
      const { completionReason, successCount, totalCount } = batch;
      return { completionReason, successCount, totalCount };
    }),

  "9-8": () =>
    withDurableExecution(async (_: null, context: DurableContext) => {
      const batch = await context.map("tolerated", ["ok", "fail", "ok"], outcome, {
        ...oneByOne,
        completionConfig: { toleratedFailureCount: 1 },
      });
      return { ...counts(batch), status: batch.status };
    }),

  "9-9": () =>
    withDurableExecution(async (_: null, context: DurableContext) =>
      counts(
        await context.map("tolerated-exceeded", ["fail", "fail", "ok"], outcome, {
          ...oneByOne,
          completionConfig: { toleratedFailureCount: 1 },
        }),
      ),
    ),

  "9-10": () =>
    withDurableExecution(async (_: null, context: DurableContext) =>
      counts(
        await context.map("tolerated-pct", ["fail", "fail", "ok", "ok"], outcome, {
          ...oneByOne,
          completionConfig: { toleratedFailurePercentage: 25 },
        }),
      ),
    ),

  "9-11": () =>
    withDurableExecution(async (_: null, context: DurableContext) => {
      const batch = await context.map("concurrent", ["r0", "r1", "r2"], outcome, {
        maxConcurrency: 2,
      });
      return batch.getResults();
    }),

  "9-12": () =>
    withDurableExecution(async (_: null, context: DurableContext) => {
      const batch = await context.map(
        "flat",
        ["fa", "fb"],
        (item, value) => item.step(() => value),
        { ...oneByOne, nesting: "FLAT" },
      );
      return batch.getResults();
    }),

  "9-13": () =>
    withDurableExecution(async (numbers: number[], context: DurableContext) => {
      const batch = await context.map("named-items", numbers, (_item, n) => n * 10, {
        ...oneByOne,
        itemNamer: (n) => `item-${n}`,
      });
      return batch.getResults();
    }),

  "9-14": () =>
    withDurableExecution(async (_: null, context: DurableContext) => {
      const batch = await context.map("serdes", ["x", "y"], uppercase, {
        ...oneByOne,
        itemSerdes: wrapped,
      });
      return batch.getResults();
    }),

  "9-15": () =>
    withDurableExecution(async (_: null, context: DurableContext) => {
      const batch = await context.map(
        "suspend",
        ["r0", "r1"],
        async (item, value, index) => {
          if (index === 1) await item.wait({ seconds: 1 });
          return item.step(() => value);
        },
        oneByOne,
      );
      return batch.getResults();
    }),

  "9-16": () =>
    withDurableExecution(async (_: null, context: DurableContext) => {
      const { successCount, totalCount } = await context.map(
        "large",
        ["a", "b", "c", "d"],
        (_item, letter) => letter.repeat(70_000),
        oneByOne,
      );
      return { successCount, totalCount };
    }),

  "9-17": () =>
    withDurableExecution(async (_: null, context: DurableContext) => {
      const batch = await context.map("then-wait", ["a", "b"], uppercase, oneByOne);
      await context.wait({ seconds: 1 });
      return batch.getResults();
    }),

  "9-18": () =>
    withDurableExecution(async (_: null, context: DurableContext) => {
      const batch = await context.map("fail-then-wait", ["ok", "fail"], outcome, {
        ...oneByOne,
        completionConfig: { toleratedFailureCount: 1 },
      });
      await context.wait({ seconds: 1 });
      return { ...counts(batch), status: batch.status };
    }),

  "9-19": () =>
    withDurableExecution(async (_: null, context: DurableContext) => {
      const batch = await context.map("op-serde", ["x", "y"], uppercase, {
        ...oneByOne,
        serdes: joined,
      });
      return batch.getResults();
    }),

  "9-20": () =>
    withDurableExecution(async (_: null, context: DurableContext) => {
      const batch = await context.map("op-serde-replay", ["x", "y"], uppercase, {
        ...oneByOne,
        serdes: joined,
      });
      await context.wait({ seconds: 1 });
      return batch.getResults();
    }),
};
