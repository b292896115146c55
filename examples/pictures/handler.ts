import { type DurableContext, withDurableExecution } from "@durabletest/runtime";

export interface Order {
  readonly id: string;
  readonly amount: number;
}

export interface Approval {
  readonly approved: boolean;
}

/** The outside world. */
export interface Shop {
  reserve(orderId: string): Promise<string>;
  ask(orderId: string, callbackId: string): Promise<void>;
  charge(orderId: string, amount: number): Promise<string>;
  ship(orderId: string): Promise<void>;
}

/** Reserved, approved within two days, charged and shipped a day later. */
export const createHandler = (shop: Shop) =>
  withDurableExecution(async ({ id, amount }: Order, context: DurableContext) => {
    await context.step("reserve", () => shop.reserve(id));
    const approval = await context.createCallback<Approval>("approval", {
      timeout: { hours: 48 },
      heartbeatTimeout: { hours: 12 },
    });
    await context.step("ask", () => shop.ask(id, approval.callbackId));
    const answer = await approval.result();
    if (answer?.approved !== true) return "cancelled";

    const fulfilled = await context.parallel("fulfil", [
      { name: "money", func: (branch) => branch.step("charge", () => shop.charge(id, amount)) },
      {
        name: "goods",
        func: async (branch) => {
          await branch.wait("right of withdrawal", { hours: 24 });
          await branch.step("ship", () => shop.ship(id));
        },
      },
    ]);
    fulfilled.throwIfError();
    return "shipped";
  });
