import { type DurableContext, withDurableExecution } from "@durabletest/runtime";

export interface Order {
  readonly id: string;
  readonly items: readonly string[];
  /** Of the way an order goes; senders of today say 2. */
  readonly version?: 2;
}

/** The outside world. */
export interface Shop {
  reserve(item: string): Promise<string>;
  looksFraudulent(orderId: string): Promise<boolean>;
  charge(orderId: string): Promise<string>;
}

/**
 * Reserves what was ordered, waits a day in which the customer may change their mind, charges the card.
 *
 * The check for fraud came later. Orders that were on their way by then have no place for it, so it is asked for
 * by orders of version 2 only.
 */
export const createHandler = (shop: Shop) =>
  withDurableExecution(async (order: Order, context: DurableContext) => {
    await context.map("items", order.items, async (child, item) =>
      child.step("reserve", () => shop.reserve(item)),
    );
    await context.wait("cooling-off", { days: 1 });
    if (order.version === 2) {
      const isFraud = await context.step("check", () => shop.looksFraudulent(order.id));
      if (isFraud) return { order: order.id, status: "refused" };
    }
    const receipt = await context.step("charge", () => shop.charge(order.id));
    return { order: order.id, status: "charged", receipt };
  });
