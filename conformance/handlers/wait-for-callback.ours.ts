import {
  createRetryStrategy,
  type DurableContext,
  withDurableExecution,
} from "@durabletest/runtime";
import type { Handlers } from "./handlers.ts";

/** Takes the callback's id, and does nothing with it. */
const submit = (): void => {};

const basic = () =>
  withDurableExecution((name: string, context: DurableContext) =>
    context.waitForCallback(name, submit),
  );

export const waitForCallback: Handlers = {
  "7-1": basic,

  "7-2": () =>
    withDurableExecution((_: null, context: DurableContext) =>
      context.waitForCallback("approval", submit),
    ),

  "7-3": () =>
    withDurableExecution((_: null, context: DurableContext) => context.waitForCallback(() => {})),

  "7-4": basic,

  "7-5": () =>
    withDurableExecution((name: string, context: DurableContext) =>
      context.waitForCallback(name, submit, { timeout: { seconds: 3 } }),
    ),

  "7-6": () =>
    withDurableExecution(async (name: string, context: DurableContext) => {
      try {
        return await context.waitForCallback(name, submit);
      } catch {
        return "recovered";
      }
    }),

  "7-7": () =>
    withDurableExecution((name: string, context: DurableContext) =>
      context.waitForCallback(
        name,
        () => {
          throw new Error("The submission failed.");
        },
        {
          retryStrategy: createRetryStrategy({
            maxAttempts: 2,
            initialDelay: { seconds: 1 },
            jitter: "NONE",
          }),
        },
      ),
    ),

  "7-8": () =>
    withDurableExecution((name: string, context: DurableContext) =>
      context.runInChildContext("wrapper", (child) => child.waitForCallback(name, submit)),
    ),

  "7-9": () =>
    withDurableExecution(async (_: null, context: DurableContext) => {
      await context.waitForCallback("first", submit);
      return context.waitForCallback("second", submit);
    }),

  "7-10": () =>
    withDurableExecution(async (name: string, context: DurableContext) => {
      await context.wait({ seconds: 1 });
      await context.step(() => "fixed");
      return context.waitForCallback(name, submit);
    }),

  "7-11": () =>
    withDurableExecution(async (name: string, context: DurableContext) => {
      const { status } = await context.waitForCallback<{ status: string }>(name, submit, {
        serdes: {
          serialize: (value) => JSON.stringify(value),
          deserialize: (text) => JSON.parse(text) as { status: string },
        },
      });
      return status;
    }),

  "7-12": () =>
    withDurableExecution((name: string, context: DurableContext) =>
      context.waitForCallback(name, submit, { heartbeatTimeout: { seconds: 5 } }),
    ),

  "7-13": () =>
    withDurableExecution((name: string, context: DurableContext) =>
      context.waitForCallback(name, submit, { heartbeatTimeout: { seconds: 10 } }),
    ),

  "7-14": () =>
    withDurableExecution(async (name: string, context: DurableContext) => {
      try {
        return await context.waitForCallback(name, submit, { timeout: { seconds: 3 } });
      } catch {
        return "timed-out-handled";
      }
    }),

  "7-15": basic,
};
