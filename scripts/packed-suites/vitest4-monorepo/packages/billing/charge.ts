import { type DurableContext, withDurableExecution } from "@aws/durable-execution-sdk-js";

export const charge = withDurableExecution(
  async (order: { id: string; cents: number }, context: DurableContext) => {
    const state = await context.waitForCondition("settled", async (polls: number) => polls + 1, {
      initialState: 0,
      waitStrategy: (polls: number) =>
        polls < 3 ? { shouldContinue: true, delay: { minutes: 1 } } : { shouldContinue: false },
    });
    return { id: order.id, cents: order.cents, polls: state };
  },
);
