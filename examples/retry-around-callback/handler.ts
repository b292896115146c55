import {
  CallbackTimeoutError,
  createRetryStrategy,
  type DurableContext,
  type RetryStrategy,
  withDurableExecution,
} from "@durabletest/runtime";

export interface Query {
  readonly city: string;
}

export interface Weather {
  readonly celsius: number;
}

const backoff = createRetryStrategy({
  maxAttempts: 3,
  initialDelay: { seconds: 5 },
  jitter: "NONE",
});

/** Only silence is worth another try: a failure is an answer, and would be the same the next time. */
const retryOnTimeout: RetryStrategy = (error, attempt) =>
  CallbackTimeoutError.is(error) ? backoff(error, attempt) : { shouldRetry: false };

/** Waits for an external API up to three times, two minutes each. */
export const createHandler = (sendRequest: (callbackId: string, query: Query) => Promise<void>) =>
  withDurableExecution(async (query: Query, context: DurableContext) => {
    // No timeout here: each wait below has one. A wait that gives up leaves the callback open, so that
    // the next one can still get the answer.
    const callback = await context.createCallback<Weather>("external_api");

    await context.step("send_request", () => sendRequest(callback.callbackId, query));

    return context.step(
      "wait_for_external_system",
      (step) => step.waitForCallback(callback, { timeout: { minutes: 2 } }),
      { retryStrategy: retryOnTimeout },
    );
  });
