import { type DurableContext, withDurableExecution } from "@aws/durable-execution-sdk-js";
import type { Handlers } from "./handlers.ts";

export const wait: Handlers = {
  "2-1": () =>
    withDurableExecution((_: null, context: DurableContext) => context.wait({ seconds: 2 })),

  "2-2": () =>
    withDurableExecution((_: null, context: DurableContext) =>
      context.wait("custom_wait_name", { seconds: 2 }),
    ),

  "2-3": () =>
    withDurableExecution(async (_: null, context: DurableContext) => {
      await context.wait("wait-1", { seconds: 2 });
      await context.wait("wait-2", { seconds: 2 });
      return { completedWaits: 2 };
    }),

  "2-4": () =>
    withDurableExecution((_: null, context: DurableContext) => context.wait({ minutes: 1 })),

  "2-5": () =>
    withDurableExecution((_: null, context: DurableContext) => context.wait({ hours: 1 })),
};
