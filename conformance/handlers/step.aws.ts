import {
  createRetryStrategy,
  type DurableContext,
  JitterStrategy,
  retryPresets,
  StepSemantics,
  withDurableExecution,
} from "@aws/durable-execution-sdk-js";
import type { Handlers } from "./handlers.ts";

const everySecond = (maxAttempts: number): ReturnType<typeof createRetryStrategy> =>
  createRetryStrategy({
    maxAttempts,
    initialDelay: { seconds: 1 },
    backoffRate: 1,
    jitter: JitterStrategy.NONE,
  });

class TransientError extends Error {
  override readonly name = "TransientError";
}

function fail(): never {
  throw new Error("The operation failed.");
}

export const step: Handlers = {
  "1-1": () =>
    withDurableExecution((name: string, context: DurableContext) =>
      context.step(async () => `Hello, ${name}!`),
    ),

  "1-2": () =>
    withDurableExecution((name: string, context: DurableContext) =>
      context.step("custom_step_name", async () => `Hello, ${name}!`),
    ),

  "1-3": () =>
    withDurableExecution(async (_: null, context: DurableContext) => {
      const first = await context.step(async () => "first");
      return context.step(async () => `${first}_second`);
    }),

  "1-4": () =>
    withDurableExecution(
      ({ name, tags }: { name: string; tags: readonly string[] }, context: DurableContext) =>
        context.step(async () => ({ user: { name, tags }, count: tags.length })),
    ),

  "1-5": () =>
    withDurableExecution((_: null, context: DurableContext) => context.step(async () => undefined)),

  "1-6": () =>
    withDurableExecution((input: string, context: DurableContext) =>
      context.step(async () => input, {
        serdes: {
          serialize: async (value) => JSON.stringify(value?.toUpperCase()),
          deserialize: async (text = "null") => JSON.parse(text) as string,
        },
      }),
    ),

  "1-7": ({ logger }) =>
    withDurableExecution((name: string, context: DurableContext) => {
      context.configureLogger({ customLogger: logger });
      return context.step(async (running) => {
        running.logger.info(`Greeting step started for: ${name}`);
        const greeting = `Hello, ${name}!`;
        running.logger.info(`Greeting step completed with: ${greeting}`);
        return greeting;
      });
    }),

  "1-8": () =>
    withDurableExecution(async (_: null, context: DurableContext) => {
      const result = await context.step(async () => "computed");
      await context.wait({ seconds: 2 });
      return result;
    }),

  "1-9": ({ logger }) =>
    withDurableExecution(async (_: null, context: DurableContext) => {
      context.configureLogger({ customLogger: logger });
      const result = await context.step(async (running) => {
        running.logger.info("step executed");
        return "cached_value";
      });
      await context.wait({ seconds: 1 });
      return result;
    }),

  "1-10": ({ logger }) =>
    withDurableExecution(async (_: null, context: DurableContext) => {
      context.configureLogger({ customLogger: logger });
      let message = "";
      try {
        await context.step(
          async (running) => {
            running.logger.info("step executed");
            fail();
          },
          { retryStrategy: retryPresets.noRetry },
        );
      } catch (error) {
        message = String(error);
      }
      await context.wait({ seconds: 1 });
      return message;
    }),

  "1-11": () =>
    withDurableExecution((_: null, context: DurableContext) =>
      context.step(async (running) => (running.attempt === 1 ? fail() : "Operation succeeded"), {
        retryStrategy: everySecond(3),
      }),
    ),

  "1-12": () =>
    withDurableExecution((_: null, context: DurableContext) =>
      context.step(async () => fail(), { retryStrategy: everySecond(4) }),
    ),

  "1-13": () =>
    withDurableExecution((_: null, context: DurableContext) =>
      context.step(async (running) => (running.attempt <= 2 ? fail() : "done")),
    ),

  "1-14": () =>
    withDurableExecution((_: null, context: DurableContext) =>
      context.step(async (running) => (running.attempt <= 2 ? fail() : "done"), {
        retryStrategy: createRetryStrategy({
          maxAttempts: 5,
          initialDelay: { seconds: 2 },
          backoffRate: 3,
          jitter: JitterStrategy.NONE,
        }),
      }),
    ),

  "1-15": () =>
    withDurableExecution((_: null, context: DurableContext) =>
      context.step(
        async (running) => {
          if (running.attempt === 1) throw new TransientError("Try again.");
          return "done";
        },
        {
          retryStrategy: (error) =>
            error instanceof TransientError
              ? { shouldRetry: true, delay: { seconds: 1 } }
              : { shouldRetry: false },
        },
      ),
    ),

  "1-16": () =>
    withDurableExecution((_: null, context: DurableContext) =>
      context.step(
        async () => {
          throw new TransientError("Try again.");
        },
        {
          retryStrategy: (error) =>
            error instanceof TransientError
              ? { shouldRetry: false }
              : { shouldRetry: true, delay: { seconds: 1 } },
        },
      ),
    ),

  "1-17": ({ logger }) =>
    withDurableExecution((input: string, context: DurableContext) => {
      context.configureLogger({ customLogger: logger });
      return context.step(
        "at_most_once_flaky_step",
        async (running) => {
          running.logger.info(input);
          process.exit(1);
        },
        { semantics: StepSemantics.AtMostOncePerRetry, retryStrategy: retryPresets.noRetry },
      );
    }),

  "1-18": ({ logger }) =>
    withDurableExecution((input: string, context: DurableContext) => {
      context.configureLogger({ customLogger: logger });
      return context.step(
        async (running) => {
          running.logger.info(input);
          if (running.attempt === 1) process.exit(1);
          return "succeeded on second attempt";
        },
        { semantics: StepSemantics.AtMostOncePerRetry, retryStrategy: everySecond(3) },
      );
    }),

  "1-19": () =>
    withDurableExecution((_: null, context: DurableContext) =>
      context.step(async () => fail(), { retryStrategy: retryPresets.noRetry }),
    ),

  "1-20": () =>
    withDurableExecution(async (_: null, context: DurableContext) => {
      let result: string;
      try {
        result = await context.step<string>(async () => fail(), {
          retryStrategy: retryPresets.noRetry,
        });
      } catch {
        result = "fallback_result";
      }
      return context.step(async () => result);
    }),
};
