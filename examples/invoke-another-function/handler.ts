import { type DurableContext, InvokeError, withDurableExecution } from "@durabletest/runtime";

export interface Order {
  readonly orderId: string;
  readonly sku: string;
  readonly amount: number;
}

export interface Stock {
  readonly left: number;
}

export interface Receipt {
  readonly receiptId: string;
}

/**
 * Checks out an order with the help of two functions of other teams: `stock-levels`, a plain one, and
 * `charge-card`, a durable one that may take days.
 */
export const handler = withDurableExecution(async (order: Order, context: DurableContext) => {
  const { left } = await context.invoke<Stock>("stock-levels", { sku: order.sku });
  if (left === 0) return { status: "sold out" };
  try {
    const receipt = await context.invoke<Receipt>("charge-card", order, { name: "charge" });
    return { status: "paid", ...receipt };
  } catch (error) {
    if (!InvokeError.is(error)) throw error;
    return { status: "not paid", reason: error.errorType };
  }
});

/** The other team's function: the bank answers by callback, within a day. */
export const chargeCard = withDurableExecution(async (order: Order, context: DurableContext) =>
  context.waitForCallback<Receipt>(
    "bank",
    (callbackId) => void `charge ${order.amount}, answer to ${callbackId}`,
    { timeout: { days: 1 } },
  ),
);
