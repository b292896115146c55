import type { DurableContext } from "@aws/durable-execution-sdk-js";
import { onEverySdk, type Scenario } from "./support/on-every-sdk.ts";

/** What is stored of a large batch. */
const SUMMARY_SAYS_LESS: NonNullable<Scenario["differs"]> = {
  "1.1.7": { because: "the summary does not say which items have ended" },
  "2.0.0": { because: "the summary does not say which items have ended" },
  "2.2.0": { because: "the summary does not say which items have ended" },
};
/** A replay that waits for an item which had not ended. */
const hangs = {
  because: "the replay waits for an item that had not ended",
  outcome: {
    rejection: "HandlerStuckError",
    status: "PENDING",
    result: undefined,
    invocations: ["PENDING", "PENDING", "PENDING", "DIED"],
    elapsedMs: 3500,
  },
} as const;

const KB = 1024;
const text = (kilobytes: number): string => "x".repeat(kilobytes * KB);

onEverySdk("a step whose result is as large as may be", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      // Two quotes are part of it.
      const value = await context.step("large", async () => "x".repeat(256 * KB - 2));
      await context.wait({ seconds: 1 });
      return value.length;
    }),
  expected: { result: 256 * KB - 2, invocations: ["PENDING", "SUCCEEDED"] },
});

onEverySdk("a step whose result is too large", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
      context.step("large", async () => text(300)),
    ),
  expected: {
    status: "FAILED",
    invocations: ["FAILED"],
  },
});

onEverySdk("a child context whose result is too large is run again on replay", {
  handler: (sdk) => {
    let runs = 0;
    return sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const value = await context.runInChildContext("large", async (child) => {
        runs += 1;
        const part = await child.step("part", async () => text(150));
        return part + (await child.step("other part", async () => text(150)));
      });
      await context.wait({ seconds: 1 });
      await context.wait({ seconds: 1 });
      return [value.length, runs];
    });
  },
  expected: {
    result: [300 * KB, 3],
    invocations: ["PENDING", "PENDING", "SUCCEEDED"],
    operations: [
      'RunInChildContext "large" SUCCEEDED',
      '  Step "part" SUCCEEDED',
      '  Step "other part" SUCCEEDED',
      "Wait SUCCEEDED",
      "Wait SUCCEEDED",
    ],
  },
});

onEverySdk("a child context whose result is too large, with a summary", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const value = await context.runInChildContext(
        "large",
        async (child) => (await child.step("part", async () => text(200))) + text(200),
        { summaryGenerator: (result) => `${result.length} characters` },
      );
      await context.wait({ seconds: 1 });
      return value.length;
    }),
  expected: { result: 400 * KB },
});

onEverySdk("large contexts within each other, and waits in them", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const value = await context.runInChildContext("outer", async (outer) => {
        const inner = await outer.runInChildContext("inner", async (child) => {
          await child.wait({ hours: 1 });
          return (await child.step("part", async () => text(200))) + text(100);
        });
        await outer.wait({ hours: 1 });
        return inner + inner;
      });
      await context.wait({ hours: 1 });
      return value.length;
    }),
  expected: { result: 600 * KB, elapsedMs: 3 * 3_600_000 },
});

onEverySdk("a map whose results are too large together", {
  handler: (sdk) => {
    const runs: number[] = [];
    return sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const batch = await context.map("large", [1, 2, 3], async (child, item) => {
        const value = await child.step(async () => {
          runs.push(item);
          return text(120);
        });
        return value;
      });
      await context.wait({ seconds: 1 });
      return [batch.getResults().map(({ length }) => length), batch.completionReason, runs];
    });
  },
  expected: {
    result: [[120 * KB, 120 * KB, 120 * KB], "ALL_COMPLETED", [1, 2, 3]],
    invocations: ["PENDING", "SUCCEEDED"],
  },
  differs: SUMMARY_SAYS_LESS,
});

onEverySdk("a large map that ends early, and is rebuilt of what had ended", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const seen: unknown[] = [];
      const batch = await context.map(
        "large",
        [1, 20, 2, 30],
        async (child, item) => {
          await child.wait({ seconds: item });
          return text(150);
        },
        { completionConfig: { minSuccessful: 2 } },
      );
      seen.push(
        batch.completionReason,
        batch.all.map(({ status }) => status),
      );
      await context.wait({ seconds: 1 });
      return seen;
    }),
  expected: {
    result: ["MIN_SUCCESSFUL_REACHED", ["SUCCEEDED", "SUCCEEDED"]],
  },
  differs: { "1.1.7": hangs, "2.0.0": hangs, "2.2.0": hangs },
});

onEverySdk("a result of the handler beyond what a response carries", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      await context.step("before", async () => 1);
      return text(7 * KB);
    }),
  expected: { status: "SUCCEEDED", result: text(7 * KB), invocations: ["SUCCEEDED"] },
});

onEverySdk("more state than fits into one page", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      let sum = 0;
      for (let index = 0; index < 60; index += 1) {
        sum += (await context.step(`step ${index}`, async () => text(200))).length;
      }
      await context.wait({ seconds: 1 });
      return sum;
    }),
  expected: { result: 60 * 200 * KB, invocations: ["PENDING", "SUCCEEDED"] },
});

onEverySdk("more than one batch of updates at once", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const values = await Promise.all(
        Array.from({ length: 400 }, async (_item, index) => context.step(async () => index)),
      );
      await context.wait({ seconds: 1 });
      return values.reduce((sum, value) => sum + value, 0);
    }),
  expected: { result: 79_800, invocations: ["PENDING", "SUCCEEDED"] },
});

onEverySdk("an error with more to say than is kept", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
      context.step(
        async () => {
          throw new Error(text(40));
        },
        { retryStrategy: () => ({ shouldRetry: false }) },
      ),
    ),
  expected: { status: "FAILED" },
});
