import { DurableContext, withDurableExecution } from "@aws/durable-execution-sdk-js";

export interface Order {
  id: string;
  amount: number;
}

export interface Mailer {
  send(order: Order, callbackId: string): Promise<void>;
}

export const approvalHandler = (mailer: Mailer) =>
  withDurableExecution(async (order: Order, context: DurableContext) => {
    if (order.amount < 100) return { status: "approved", by: "policy" };
    const answer = await context.waitForCallback<string>(
      "approval",
      async (callbackId) => mailer.send(order, callbackId),
      { timeout: { days: 2 } },
    );
    const { by } = JSON.parse(answer) as { by: string };
    const charged = await context.invoke<{ id: string }, { receipt: string }>("charge", "billing", {
      id: order.id,
    });
    return { status: "approved", by, receipt: charged.receipt };
  });
