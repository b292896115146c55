import {
  CallbackTimeoutError,
  type DurableContext,
  withDurableExecution,
} from "@durabletest/runtime";

export interface Payment {
  readonly customerId: string;
  readonly amount: number;
}

export interface Receipt {
  readonly transactionId: string;
}

/** The outside world. */
export interface Bank {
  initiatePayment(callbackId: string, payment: Payment): Promise<void>;
  askForPatience(customerId: string): Promise<void>;
}

/** Waits for a payment for five minutes; then says so to the customer, and waits for it for two days. */
export const createHandler = (bank: Bank) =>
  withDurableExecution(async (payment: Payment, context: DurableContext) => {
    const { callbackId } = await context.createCallback<Receipt>("payment_callback");
    await context.step("initiate_payment", () => bank.initiatePayment(callbackId, payment));

    // The id is all that it takes to wait. It carries the type of the payload.
    try {
      const receipt = await context.waitForCallback(callbackId, { timeout: { minutes: 5 } });
      return { status: "paid", transactionId: receipt.transactionId };
    } catch (error) {
      if (!CallbackTimeoutError.is(error)) throw error;
    }

    // The wait has given up, the callback has not: it is still open, and may be waited for again.
    await context.step("ask_for_patience", () => bank.askForPatience(payment.customerId));
    const receipt = await context.waitForCallback(callbackId, { timeout: { days: 2 } });
    return { status: "paid late", transactionId: receipt.transactionId };
  });
