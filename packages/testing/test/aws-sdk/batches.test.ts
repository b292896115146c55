import type { BatchResult, DurableContext } from "@aws/durable-execution-sdk-js";
import { respond } from "../../src/index.ts";
import { BRANCHES_BEGIN_IN_TURN, onEverySdk, type Scenario } from "./support/on-every-sdk.ts";
import type { BatchConfig, Sdk } from "./support/sdks.ts";

/** What a batch says of itself. */
const summary = (batch: BatchResult<unknown>): unknown => ({
  status: batch.status,
  reason: batch.completionReason,
  counts: [batch.successCount, batch.failureCount, batch.startedCount, batch.totalCount],
  all: batch.all.map(({ index, status, result, error }) => [
    index,
    status,
    result ?? (error && "an error"),
  ]),
});

/** What 1.1.7 does, besides, where an item fails. */
const ERRORS_ARE_STORED_BARE: NonNullable<Scenario["differs"]> = {
  "1.1.7": { because: "the errors of a batch are stored without their messages" },
};

/** Maps each number to its double; 13 is unlucky, and the item's value is how long it takes. */
const doubling =
  (items: number[], config?: (sdk: Sdk) => BatchConfig): Scenario["handler"] =>
  (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const batch = await context.map(
        "double",
        items,
        async (child, item) => {
          await child.wait({ seconds: item });
          return child.step(
            async () => {
              if (item === 13) throw new Error("unlucky");
              return item * 2;
            },
            { retryStrategy: () => ({ shouldRetry: false }) },
          );
        },
        config?.(sdk),
      );
      const seen = summary(batch);
      await context.wait("after", { seconds: 1 });
      return seen;
    });

onEverySdk("a map without limits", {
  handler: doubling([3, 1, 2]),
  expected: {
    result: {
      status: "SUCCEEDED",
      reason: "ALL_COMPLETED",
      counts: [3, 0, 0, 3],
      all: [
        [0, "SUCCEEDED", 6],
        [1, "SUCCEEDED", 2],
        [2, "SUCCEEDED", 4],
      ],
    },
    // One for each wait, and the last.
    invocations: ["PENDING", "PENDING", "PENDING", "PENDING", "SUCCEEDED"],
    elapsedMs: 4000,
  },
  differs: BRANCHES_BEGIN_IN_TURN,
});

onEverySdk("an empty map", {
  handler: doubling([]),
  expected: {
    result: { status: "SUCCEEDED", reason: "ALL_COMPLETED", counts: [0, 0, 0, 0], all: [] },
  },
});

onEverySdk("a map, one item at a time", {
  handler: doubling([2, 2, 2], () => ({ maxConcurrency: 1 })),
  expected: { status: "SUCCEEDED", elapsedMs: 7000 },
});

onEverySdk("a map, two items at a time", {
  handler: doubling([5, 1, 1, 1], () => ({ maxConcurrency: 2 })),
  expected: { status: "SUCCEEDED" },
  differs: BRANCHES_BEGIN_IN_TURN,
});

onEverySdk("a map with an item that fails, and nothing is tolerated", {
  handler: doubling([1, 13, 20], () => ({ maxConcurrency: 2 })),
  expected: { status: "SUCCEEDED", result: { reason: "FAILURE_TOLERANCE_EXCEEDED" } },
  differs: ERRORS_ARE_STORED_BARE,
});

onEverySdk("a map that tolerates a failure", {
  handler: doubling([1, 13, 20], () => ({ completionConfig: { toleratedFailureCount: 1 } })),
  expected: { result: { reason: "ALL_COMPLETED", counts: [2, 1, 0, 3] } },
  differs: ERRORS_ARE_STORED_BARE,
});

onEverySdk("a map that tolerates fewer failures than there are", {
  handler: doubling([13, 13, 20], () => ({ completionConfig: { toleratedFailureCount: 1 } })),
  expected: { result: { reason: "FAILURE_TOLERANCE_EXCEEDED" } },
  differs: ERRORS_ARE_STORED_BARE,
});

for (const [percentage, reason] of [
  [20, "FAILURE_TOLERANCE_EXCEEDED"],
  [25, "ALL_COMPLETED"],
] as const) {
  onEverySdk(`a map of which a quarter fails, and ${percentage} % may`, {
    handler: doubling([1, 2, 13, 20], () => ({
      completionConfig: { toleratedFailurePercentage: percentage },
    })),
    expected: { result: { reason } },
    differs: ERRORS_ARE_STORED_BARE,
  });
}

onEverySdk("a map that has enough with two", {
  handler: doubling([30, 1, 2, 40], () => ({ completionConfig: { minSuccessful: 2 } })),
  expected: {
    result: { status: "SUCCEEDED", reason: "MIN_SUCCESSFUL_REACHED", counts: [2, 0, 2, 4] },
    elapsedMs: 3000,
  },
  differs: BRANCHES_BEGIN_IN_TURN,
});

onEverySdk("a map that has enough with two, one at a time", {
  handler: doubling([3, 1, 2, 4], () => ({
    maxConcurrency: 1,
    completionConfig: { minSuccessful: 2 },
  })),
  expected: { result: { reason: "MIN_SUCCESSFUL_REACHED" } },
});

onEverySdk("a map that decides itself when it is complete", {
  needs: "completeBatch",
  handler: doubling([30, 1, 2, 40], (sdk) => ({
    completionConfig: {
      shouldComplete: ({ items }) =>
        items[2]?.status === sdk.BatchItemStatus.SUCCEEDED
          ? sdk.completeBatch()
          : sdk.continueBatch(),
    },
  })),
  expected: {
    result: { reason: "CUSTOM_COMPLETION_SUCCEEDED", status: "SUCCEEDED" },
    elapsedMs: 3000,
  },
});

onEverySdk("a map that decides itself that it has failed", {
  needs: "completeBatch",
  handler: doubling([30, 13, 2, 40], (sdk) => ({
    completionConfig: {
      shouldComplete: ({ failureCount }) =>
        failureCount > 0 ? sdk.completeBatch(sdk.CompletionOutcome.FAILED) : sdk.continueBatch(),
    },
  })),
  expected: { result: { reason: "CUSTOM_COMPLETION_FAILED", status: "FAILED" } },
});

onEverySdk("a flat map", {
  needs: "NestingType",
  handler: doubling([3, 1, 2], (sdk) => ({ nesting: sdk.NestingType.FLAT })),
  expected: { result: { reason: "ALL_COMPLETED" }, elapsedMs: 4000 },
});

onEverySdk("a flat map that has enough with one", {
  needs: "NestingType",
  handler: doubling([3, 1, 2], (sdk) => ({
    nesting: sdk.NestingType.FLAT,
    completionConfig: { minSuccessful: 1 },
  })),
  expected: { result: { reason: "MIN_SUCCESSFUL_REACHED" }, elapsedMs: 2000 },
});

onEverySdk("names of items, and what an item is given", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const batch = await context.map(
        ["x", "y"],
        async (child, item, index, all) =>
          child.step(item, async () => `${item}${index}${all.length}`),
        { itemNamer: (item, index) => `${index}: ${item}` },
      );
      return batch.getResults();
    }),
  expected: {
    result: ["x02", "y12"],
    operations: [
      "Map SUCCEEDED",
      '  MapIteration "0: x" SUCCEEDED',
      '    Step "x" SUCCEEDED',
      '  MapIteration "1: y" SUCCEEDED',
      '    Step "y" SUCCEEDED',
    ],
  },
  differs: BRANCHES_BEGIN_IN_TURN,
});

onEverySdk("a map that throws its errors, and says whether there are any", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const batch = await context.map([1, 2], async (_child, item) => {
        if (item === 2) throw new RangeError("two");
        return item;
      });
      const seen = [batch.hasFailure, batch.getErrors().map(({ message }) => message)];
      try {
        batch.throwIfError();
      } catch (error) {
        return [...seen, (error as Error).name, (error as Error).message];
      }
      return seen;
    }),
  expected: { status: "SUCCEEDED", result: [true, ["two"], "ChildContextError", "two"] },
  differs: ERRORS_ARE_STORED_BARE,
});

onEverySdk("the errors of a batch, before and after a replay", {
  handler: (sdk) => {
    const seen: unknown[] = [];
    return sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const batch = await context.map([1], async () => {
        throw new RangeError("out of range");
      });
      const [error] = batch.getErrors();
      seen.push([error?.name, error?.message, error?.cause?.name, error?.cause?.message]);
      await context.wait({ seconds: 1 });
      return seen;
    });
  },
  expected: {
    result: [
      ["ChildContextError", "out of range", "StepError", "out of range"],
      ["ChildContextError", "out of range", "StepError", "out of range"],
    ],
  },
  differs: {
    "1.1.7": {
      because: "they are stored without their messages",
      outcome: {
        result: [
          ["ChildContextError", "out of range", "StepError", "out of range"],
          ["StepError", "Unknown error", "Error", ""],
        ],
      },
    },
  },
});

onEverySdk("callbacks in a map, answered in another order", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const batch = await context.map("ask", ["a", "b", "c"], async (child, name) =>
        child.waitForCallback(name, async () => {}),
      );
      return batch.getResults();
    }),
  options: {
    callbacks: {
      a: respond.success(1).after({ hours: 3 }),
      b: respond.success(2).after({ hours: 1 }),
      c: respond.success(3).after({ hours: 2 }),
    },
  },
  expected: {
    result: ["1", "2", "3"],
    invocations: ["PENDING", "PENDING", "PENDING", "SUCCEEDED"],
  },
  differs: BRANCHES_BEGIN_IN_TURN,
});

onEverySdk("retries in a map", {
  handler: (sdk) => {
    const attempts = [0, 0, 0];
    return sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const batch = await context.map([0, 1, 2], async (child, item) =>
        child.step(
          async () => {
            attempts[item] = (attempts[item] ?? 0) + 1;
            if ((attempts[item] ?? 0) <= item) throw new Error("again");
            return attempts[item];
          },
          { retryStrategy: () => ({ shouldRetry: true, delay: { minutes: 1 } }) },
        ),
      );
      return batch.getResults();
    });
  },
  expected: { result: [1, 2, 3], elapsedMs: 120_000 },
  differs: BRANCHES_BEGIN_IN_TURN,
});

onEverySdk("a map in a map", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const outer = await context.map("outer", [1, 2], async (child, a) => {
        const inner = await child.map("inner", [10, 20], async (grandchild, b) => {
          await grandchild.wait({ seconds: a });
          return a * b;
        });
        return inner.getResults();
      });
      return outer.getResults();
    }),
  expected: {
    result: [
      [10, 20],
      [20, 40],
    ],
    elapsedMs: 2000,
  },
  differs: BRANCHES_BEGIN_IN_TURN,
});

onEverySdk("serdes of items, and of the whole batch", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const batch = await context.map([1, 2], async (_child, item) => item, {
        itemSerdes: {
          serialize: async (value) => `#${value ?? ""}`,
          deserialize: async (text) => Number(text?.slice(1)) * 100,
        },
      });
      const before = batch.getResults();
      await context.wait({ seconds: 1 });
      return before;
    }),
  expected: { result: [100, 200] },
  differs: {
    "1.1.7": {
      because: "a batch is stored as its items were returned",
      outcome: { result: [1, 2] },
    },
  },
});

onEverySdk("300 items, 50 at a time", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const items = Array.from({ length: 300 }, (_item, index) => index);
      const batch = await context.map(
        "many",
        items,
        async (child, item) => child.step(async () => item),
        { maxConcurrency: 50 },
      );
      return batch.getResults().reduce((sum, item) => sum + item, 0);
    }),
  expected: { result: 44_850, invocations: ["SUCCEEDED"] },
  differs: BRANCHES_BEGIN_IN_TURN,
});

onEverySdk("parallel branches, with and without names", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const batch = await context.parallel("trip", [
        {
          name: "flight",
          func: async (child: DurableContext) => child.step("book", async () => "seat 12A"),
        },
        async (child: DurableContext) => {
          await child.wait("pause", { hours: 1 });
          return "room 7";
        },
      ]);
      return summary(batch);
    }),
  expected: {
    result: {
      status: "SUCCEEDED",
      reason: "ALL_COMPLETED",
      all: [
        [0, "SUCCEEDED", "seat 12A"],
        [1, "SUCCEEDED", "room 7"],
      ],
    },
    invocations: ["PENDING", "SUCCEEDED"],
  },
  differs: BRANCHES_BEGIN_IN_TURN,
});

/** Branches that take 1 s, 2 s, 3 s; the second fails. */
const branching =
  (config?: (sdk: Sdk) => BatchConfig): Scenario["handler"] =>
  (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const batch = await context.parallel(
        [1, 2, 3].map((seconds) => async (child: DurableContext) => {
          await child.wait({ seconds });
          if (seconds === 2) throw new Error("branch 2");
          return seconds;
        }),
        config?.(sdk),
      );
      const seen = summary(batch);
      await context.wait("after", { seconds: 1 });
      return seen;
    });

const parallelConfigs: readonly {
  readonly what: string;
  readonly config?: (sdk: Sdk) => BatchConfig;
  readonly reason: string;
  readonly needs?: keyof Sdk;
}[] = [
  { what: "without a configuration", reason: "FAILURE_TOLERANCE_EXCEEDED" },
  {
    what: "with an empty completion",
    config: () => ({ completionConfig: {} }),
    reason: "FAILURE_TOLERANCE_EXCEEDED",
  },
  {
    what: "that tolerate a failure",
    config: () => ({ completionConfig: { toleratedFailureCount: 1 } }),
    reason: "ALL_COMPLETED",
  },
  {
    what: "that tolerate any failure",
    config: () => ({ completionConfig: { toleratedFailurePercentage: 100 } }),
    reason: "ALL_COMPLETED",
  },
  {
    what: "of which one is enough",
    config: () => ({ completionConfig: { minSuccessful: 1 } }),
    reason: "MIN_SUCCESSFUL_REACHED",
  },
  {
    what: "of which two are enough, or one failure too many",
    config: () => ({ completionConfig: { minSuccessful: 2, toleratedFailureCount: 0 } }),
    reason: "FAILURE_TOLERANCE_EXCEEDED",
  },
  {
    what: "one at a time",
    config: () => ({ maxConcurrency: 1, completionConfig: { toleratedFailureCount: 3 } }),
    reason: "ALL_COMPLETED",
  },
  {
    what: "two at a time, of which one is enough",
    config: () => ({ maxConcurrency: 2, completionConfig: { minSuccessful: 1 } }),
    reason: "MIN_SUCCESSFUL_REACHED",
  },
  {
    what: "that are flat",
    needs: "NestingType",
    config: (sdk) => ({
      nesting: sdk.NestingType.FLAT,
      completionConfig: { toleratedFailureCount: 1 },
    }),
    reason: "ALL_COMPLETED",
  },
  {
    what: "that are complete when the last one is",
    needs: "completeBatch",
    config: (sdk) => ({
      completionConfig: {
        shouldComplete: ({ completedCount, totalCount }) =>
          completedCount === totalCount ? sdk.completeBatch() : sdk.continueBatch(),
      },
    }),
    reason: "CUSTOM_COMPLETION_SUCCEEDED",
  },
];
for (const { what, config, reason, needs } of parallelConfigs) {
  onEverySdk(`parallel branches ${what}`, {
    handler: branching(config),
    ...(needs !== undefined && { needs }),
    expected: { status: "SUCCEEDED", result: { reason } },
    differs: reason.startsWith("MIN_") ? BRANCHES_BEGIN_IN_TURN : ERRORS_ARE_STORED_BARE,
  });
}
