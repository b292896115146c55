import type { ErrorObject } from "@durabletest/runtime";

/** A message on the payment queue. */
export interface PaymentMessage {
  readonly callbackId: string;
  readonly amount: number;
  readonly customerId: string;
}

/** What the waiting function is told. */
export interface PaymentReceipt {
  readonly status: "completed";
  readonly transactionId: string;
}

/** The part of the service that answers callbacks. Deployed, it is AWS Lambda's own client. */
export interface CallbackClient {
  /** SendDurableExecutionCallbackSuccess */
  sendCallbackSuccess(callbackId: string, receipt: PaymentReceipt): Promise<unknown>;
  /** SendDurableExecutionCallbackFailure */
  sendCallbackFailure(callbackId: string, error: ErrorObject): Promise<unknown>;
}

export interface PaymentGateway {
  /** Charges a card; returns the transaction's id. */
  charge(customerId: string, amount: number): Promise<string>;
}

/** Why a gateway will not take a payment. */
export class PaymentError extends Error {
  override readonly name = "PaymentError";
  readonly errorCode: string;

  constructor(errorCode: string, message: string) {
    super(message);
    this.errorCode = errorCode;
  }
}

/** The other side, a function of its own: takes a message from the queue, and answers the callback. */
export const createMessageProcessor =
  (gateway: PaymentGateway, callbacks: CallbackClient) =>
  async ({ callbackId, customerId, amount }: PaymentMessage): Promise<void> => {
    let transactionId: string;
    try {
      transactionId = await gateway.charge(customerId, amount);
    } catch (error) {
      if (!(error instanceof PaymentError)) throw error; // not an answer: the queue delivers it again
      await callbacks.sendCallbackFailure(callbackId, {
        ErrorType: error.name,
        ErrorMessage: `${error.errorCode}: ${error.message}`,
      });
      return;
    }
    await callbacks.sendCallbackSuccess(callbackId, { status: "completed", transactionId });
  };
