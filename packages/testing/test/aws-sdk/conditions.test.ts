import type { DurableContext } from "@aws/durable-execution-sdk-js";
import { onEverySdk } from "./support/on-every-sdk.ts";

onEverySdk("polling until a condition holds", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
      context.waitForCondition("ready", async (state: number) => state + 1, {
        initialState: 0,
        waitStrategy: (state) =>
          state < 4
            ? { shouldContinue: true, delay: { minutes: state } }
            : { shouldContinue: false },
      }),
    ),
  expected: {
    result: 4,
    invocations: ["PENDING", "PENDING", "PENDING", "SUCCEEDED"],
    operations: ['WaitForCondition "ready" SUCCEEDED'],
    elapsedMs: 6 * 60_000,
  },
});

onEverySdk("a condition that holds at once, without a name", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
      context.waitForCondition(async () => ({ done: true }), {
        initialState: { done: false },
        waitStrategy: ({ done }) =>
          done ? { shouldContinue: false } : { shouldContinue: true, delay: { seconds: 1 } },
      }),
    ),
  expected: {
    result: { done: true },
    invocations: ["SUCCEEDED"],
    operations: ["WaitForCondition SUCCEEDED"],
  },
});

onEverySdk("createWaitStrategy, with backoff and without jitter", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
      context.waitForCondition(async (state: number) => state + 1, {
        initialState: 0,
        waitStrategy: sdk.createWaitStrategy<number>({
          maxAttempts: 10,
          initialDelay: { seconds: 2 },
          maxDelay: { seconds: 9 },
          backoffRate: 2,
          jitter: sdk.JitterStrategy.NONE,
          shouldContinuePolling: (state) => state < 5,
        }),
      }),
    ),
  // 2 s, 4 s, 8 s, 9 s.
  expected: { result: 5, elapsedMs: 23_000 },
});

onEverySdk("createWaitStrategy, whose attempts are spent", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
      context.waitForCondition("ready", async (state: number) => state + 1, {
        initialState: 0,
        waitStrategy: sdk.createWaitStrategy<number>({
          maxAttempts: 3,
          jitter: sdk.JitterStrategy.NONE,
          shouldContinuePolling: () => true,
        }),
      }),
    ),
  expected: { status: "FAILED" },
});

onEverySdk("a check that throws", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      try {
        return await context.waitForCondition<number>(
          "ready",
          async () => {
            throw new RangeError("no such job");
          },
          { initialState: 0, waitStrategy: () => ({ shouldContinue: false }) },
        );
      } catch (error) {
        return [(error as Error).name, (error as Error).message];
      }
    }),
  expected: {
    result: ["StepError", "no such job"],
    operations: ['WaitForCondition "ready" FAILED'],
  },
});

onEverySdk("a state that goes through serdes between two checks", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
      context.waitForCondition(async (state: Date) => new Date(state.getTime() + 1000), {
        initialState: new Date(0),
        waitStrategy: (state) =>
          state.getTime() < 3000
            ? { shouldContinue: true, delay: { seconds: 1 } }
            : { shouldContinue: false },
        serdes: {
          serialize: async (state) => String(state?.getTime()),
          deserialize: async (text) => new Date(Number(text)),
        },
      }),
    ),
  expected: { result: "1970-01-01T00:00:03.000Z", elapsedMs: 2000 },
});

onEverySdk("a process that exits in a check, which runs again with the same state", {
  handler: (sdk) => {
    let exits = 1;
    return sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
      context.waitForCondition(
        async (state: number) => {
          if (state === 1 && exits > 0) {
            exits -= 1;
            process.exit(1);
          }
          return state + 1;
        },
        {
          initialState: 0,
          waitStrategy: (state) =>
            state < 2 ? { shouldContinue: true, delay: { seconds: 1 } } : { shouldContinue: false },
        },
      ),
    );
  },
  expected: { result: 2, invocations: ["PENDING", "DIED", "SUCCEEDED"] },
});

onEverySdk("two conditions at once, and a wait", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const poll = async (name: string, seconds: number, times: number): Promise<number> =>
        context.waitForCondition(name, async (state: number) => state + 1, {
          initialState: 0,
          waitStrategy: (state) =>
            state < times
              ? { shouldContinue: true, delay: { seconds } }
              : { shouldContinue: false },
        });
      return Promise.all([
        poll("slow", 10, 3),
        poll("fast", 3, 5),
        context.wait({ seconds: 11 }).then(() => "waited"),
      ]);
    }),
  expected: { result: [3, 5, "waited"], elapsedMs: 20_000 },
});
