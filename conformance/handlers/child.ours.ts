import { setTimeout } from "node:timers/promises";
import {
  createRetryStrategy,
  type DurableContext,
  type RetryStrategy,
  type Serdes,
  withDurableExecution,
} from "@durabletest/runtime";
import type { Handlers } from "./handlers.ts";

const noRetry: RetryStrategy = () => ({ shouldRetry: false });
const onceMore = createRetryStrategy({
  maxAttempts: 2,
  initialDelay: { seconds: 1 },
  jitter: "NONE",
});

const uppercase: Serdes<string> = {
  serialize: (value) => value?.toUpperCase(),
  deserialize: (text) => text,
};

function fail(): never {
  throw new Error("The operation failed.");
}

/** More than the service stores of an operation. */
const LARGE = 300_000;

export const child: Handlers = {
  "3-1": () =>
    withDurableExecution((input: string, context: DurableContext) =>
      context.runInChildContext((inner) => inner.step(() => input)),
    ),

  "3-2": () =>
    withDurableExecution(
      ({ name, value }: { name: string; value: string }, context: DurableContext) =>
        context.runInChildContext(name, (inner) => inner.step(() => value)),
    ),

  "3-3": () =>
    withDurableExecution((input: string, context: DurableContext) =>
      context.runInChildContext("two_steps", async (inner) => {
        const first = await inner.step(() => input);
        return inner.step(() => first);
      }),
    ),

  "3-4": () =>
    withDurableExecution((_: null, context: DurableContext) =>
      context.runInChildContext("failing", (inner) => inner.step(fail, { retryStrategy: noRetry })),
    ),

  "3-5": () =>
    withDurableExecution(async (input: string, context: DurableContext) => {
      try {
        await context.runInChildContext((inner) => inner.step(fail, { retryStrategy: noRetry }));
      } catch {
        return context.step("recovery", () => input);
      }
      return "the child context did not fail";
    }),

  "3-6": () =>
    withDurableExecution((input: string, context: DurableContext) =>
      context.runInChildContext("outer", async (outer) => {
        const outerResult = await outer.step(() => input);
        return outer.runInChildContext("inner", (inner) => inner.step(() => outerResult));
      }),
    ),

  "3-7": () =>
    withDurableExecution((input: string, context: DurableContext) =>
      context.runInChildContext("retrying", (inner) =>
        inner.step((running) => (running.attempt === 1 ? fail() : input), {
          retryStrategy: onceMore,
        }),
      ),
    ),

  "3-8": () =>
    withDurableExecution((_: null, context: DurableContext) =>
      context.runInChildContext("exhausted", (inner) =>
        inner.step(fail, { retryStrategy: onceMore }),
      ),
    ),

  "3-9": () =>
    withDurableExecution(async (input: string, context: DurableContext) => {
      const result = await context.runInChildContext((inner) => inner.step(() => input));
      await context.wait({ seconds: 1 });
      return result;
    }),

  "3-10": () =>
    withDurableExecution((input: string, context: DurableContext) =>
      context.runInChildContext("step_and_wait", async (inner) => {
        const result = await inner.step(() => input);
        await inner.wait({ seconds: 1 });
        return result;
      }),
    ),

  "3-11": ({ logger }) =>
    withDurableExecution(
      async (input: string, context: DurableContext) => {
        const large = await context.runInChildContext("large", async (inner) => {
          inner.logger.info(input);
          const small = await inner.step(() => "x");
          return small.repeat(LARGE);
        });
        await context.wait({ seconds: 1 });
        return large.length;
      },
      { logger, logWhileReplaying: true },
    ),

  "3-12": () => {
    let crashes = 0;
    return withDurableExecution((input: string, context: DurableContext) =>
      context.runInChildContext((inner) =>
        inner.step(async () => {
          if (crashes === 0) {
            crashes += 1;
            await setTimeout(1000); // until the start of the step has been recorded
            process.exit(1);
          }
          return input;
        }),
      ),
    );
  },

  "3-13": () =>
    withDurableExecution(async (input: string, context: DurableContext) => {
      const result = await context.runInChildContext("wait_only", async (inner) => {
        await inner.wait({ seconds: 1 });
        return input;
      });
      return context.step(() => result);
    }),

  "3-14": () =>
    withDurableExecution((input: string, context: DurableContext) =>
      context.runInChildContext("uppercase", (inner) => inner.step(() => input), {
        serdes: uppercase,
      }),
    ),

  "3-15": () =>
    withDurableExecution((_: null, context: DurableContext) =>
      context.runInChildContext("failing", async () => fail()),
    ),

  "3-16": () =>
    withDurableExecution((_: null, context: DurableContext) =>
      context.runInChildContext("null", async () => null),
    ),

  "3-17": ({ logger }) =>
    withDurableExecution(
      async (input: string, context: DurableContext) => {
        const result = await context.runInChildContext("log_only", async (inner) => {
          inner.logger.info(input);
          return input;
        });
        await context.wait({ seconds: 1 });
        return result;
      },
      { logger, logWhileReplaying: true },
    ),

  "3-18": () =>
    withDurableExecution(async (input: string, context: DurableContext) => {
      const fromChild = await context.runInChildContext("step_and_wait", async (inner) => {
        const result = await inner.step(() => input);
        await inner.wait({ seconds: 1 });
        return result;
      });
      const result = await context.step(() => fromChild);
      await context.wait({ seconds: 1 });
      return result;
    }),
};
