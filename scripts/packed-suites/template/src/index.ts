import { DurableContext, withDurableExecution } from "@aws/durable-execution-sdk-js";

interface HelloEvent {
  name?: string;
}

export const handler = withDurableExecution(async (event: HelloEvent, context: DurableContext) => {
  const message = await context.step("greet", async () => `Hello, ${event.name ?? "world"}!`);
  await context.wait("pause", { seconds: 10 });
  return context.step("finish", async () => ({ message, finished: true }));
});
