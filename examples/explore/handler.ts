import {
  type DurableContext,
  type DurableHandler,
  withDurableExecution,
} from "@durabletest/runtime";

export interface Order {
  readonly orderId: string;
  readonly total: number;
}

export interface Shop {
  /** Charges the card; the bank charges once for a key, however often it is asked. */
  charge(order: Order, key: string): Promise<string>;
  ship(order: Order): Promise<void>;
  apologise(order: Order): Promise<void>;
}

/** An order that must be approved within two days, and is shipped when it is paid. */
export function createHandler(shop: Shop): DurableHandler<Order, { readonly status: string }> {
  return withDurableExecution(async (order: Order, context: DurableContext) => {
    const approval = await context.createCallback<{ readonly approved: boolean }>("approval", {
      timeout: { days: 2 },
    });
    const answer = await approval.result();
    if (answer?.approved !== true) {
      await context.step("apologise", async () => shop.apologise(order));
      return { status: answer === undefined ? "expired" : "rejected" };
    }
    // The key is made in a step: an attempt that is made again after a crash has the same.
    const key = await context.step("key", () => `${order.orderId}/${Math.random()}`);
    await context.step("charge", async () => shop.charge(order, key));
    await context.step("ship", async () => shop.ship(order));
    return { status: "shipped" };
  });
}
