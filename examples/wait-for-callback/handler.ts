import {
  CallbackTimeoutError,
  createRetryStrategy,
  type DurableContext,
  withDurableExecution,
} from "@durabletest/runtime";

export interface Contract {
  readonly contractId: string;
  readonly signer: string;
}

export interface Signature {
  readonly signedBy: string;
}

export type RequestSignature = (callbackId: string, contract: Contract) => Promise<void>;

/** Has a contract signed. One call makes the callback, hands out its id with retries, and waits. */
export const createHandler = (requestSignature: RequestSignature) =>
  withDurableExecution(async (contract: Contract, context: DurableContext) => {
    try {
      const signature = await context.waitForCallback<Signature>(
        "contract_signature",
        (callbackId) => requestSignature(callbackId, contract),
        {
          timeout: { days: 7 },
          heartbeatTimeout: { days: 3 },
          retryStrategy: createRetryStrategy({
            maxAttempts: 3,
            initialDelay: { minutes: 1 },
            backoffRate: 1,
            jitter: "NONE",
          }),
        },
      );
      return { status: "signed", signedBy: signature.signedBy };
    } catch (error) {
      // Unlike callback.result(), it throws when time is up.
      if (CallbackTimeoutError.is(error)) return { status: "unsigned", reason: error.reason };
      throw error;
    }
  });
