import { type DurableContext, withDurableExecution } from "@durabletest/runtime";
import type { PaymentMessage, PaymentReceipt } from "./message-processor.ts";

export interface Payment {
  readonly customerId: string;
  readonly amount: number;
}

export interface PaymentQueue {
  send(message: PaymentMessage): Promise<void>;
}

/** One side: puts a payment on a queue, and waits for whoever takes it from there. */
export const createHandler = (queue: PaymentQueue) =>
  withDurableExecution(async (payment: Payment, context: DurableContext) => {
    const { amount, customerId } = payment;
    const callback = await context.createCallback<PaymentReceipt>("payment_processing", {
      timeout: { minutes: 5 },
      heartbeatTimeout: { seconds: 30 },
    });

    await context.step("initiate_payment", () =>
      queue.send({ callbackId: callback.callbackId, amount, customerId }),
    );

    // A declined card is a result like any other here: settled() throws for no outcome.
    const outcome = await callback.settled();
    switch (outcome.status) {
      case "SUCCEEDED":
        return { status: outcome.value.status, transactionId: outcome.value.transactionId, amount };
      case "FAILED":
        return { status: "declined", reason: outcome.error.message, amount };
      case "TIMED_OUT":
        // After a heartbeat timeout the processor has died. After a timeout it is only slow, and may
        // yet charge the card: somebody must look.
        return { status: outcome.reason === "heartbeat" ? "abandoned" : "unclear", amount };
    }
  });
