import {
  type DurableContext,
  type DurableHandler,
  withDurableExecution,
} from "@durabletest/runtime";

export interface Order {
  readonly id: string;
}

interface Answer {
  readonly by: string;
}

export interface Outcome {
  readonly order: string;
  readonly status: "shipped" | "expired";
  readonly by?: string | undefined;
}

/** Ships an order once somebody has approved it. */
export const orderHandler: DurableHandler<Order, Outcome> = withDurableExecution(
  async (order: Order, context: DurableContext): Promise<Outcome> => {
    const approval = await context.createCallback<Answer>("approval", { timeout: { hours: 48 } });
    const answer = await approval.result();
    if (answer === undefined) return { order: order.id, status: "expired" };
    await context.wait("packing", { hours: 1 });
    return { order: order.id, status: "shipped", by: answer.by };
  },
);
