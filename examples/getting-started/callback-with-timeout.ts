import { type DurableContext, Duration, withDurableExecution } from "@durabletest/runtime";

/** Creates a callback with timeouts of its own. */
export const handler = withDurableExecution(async (_input: unknown, context: DurableContext) => {
  const callback = await context.createCallback<string>("timeout_callback", {
    timeout: Duration.fromSeconds(60),
    heartbeatTimeout: Duration.fromSeconds(30),
  });
  return `Callback created with 60s timeout: ${callback.callbackId}`;
});
