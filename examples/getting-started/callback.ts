import { type DurableContext, Duration, withDurableExecution } from "@durabletest/runtime";

/** Creates a callback and tells its id, without waiting for an answer. */
export const handler = withDurableExecution(async (_input: unknown, context: DurableContext) => {
  const callback = await context.createCallback<string>("example_callback", {
    timeout: Duration.fromMinutes(2),
    heartbeatTimeout: Duration.fromSeconds(60),
  });
  return `Callback created with ID: ${callback.callbackId}`;
});
