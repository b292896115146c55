import { type DurableContext, withDurableExecution } from "@aws/durable-execution-sdk-js";

export const order = withDurableExecution(
  async (input: { id: string; cents: number }, context: DurableContext) => {
    const [stock, payment] = await Promise.all([
      context.runInChildContext("stock", async (child) =>
        child.step("reserve", async () => "reserved"),
      ),
      context.invoke<typeof input, { polls: number }>("pay", "billing", input),
    ]);
    return { stock, polls: payment.polls };
  },
);
