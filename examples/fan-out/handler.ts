import { type DurableContext, withDurableExecution } from "@durabletest/runtime";

export interface Campaign {
  readonly customers: readonly string[];
}

/** The outside world: a mail server that refuses some addresses. */
export interface Mail {
  send(customer: string): Promise<void>;
}

/** Mails every customer, three at a time, and gives up once a tenth of them could not be reached. */
export const createHandler = (mail: Mail) =>
  withDurableExecution(async ({ customers }: Campaign, context: DurableContext) => {
    const mailed = await context.map(
      "customers",
      customers,
      async (child, customer) => {
        await child.step("send", () => mail.send(customer), {
          retryStrategy: () => ({ shouldRetry: false }),
        });
        await child.wait("pause", { minutes: 1 }); // the server wants to be treated gently
        return customer;
      },
      {
        maxConcurrency: 3,
        completionConfig: { toleratedFailurePercentage: 10 },
        itemNamer: (customer) => customer,
      },
    );
    return {
      reached: mailed.getResults(),
      failed: mailed.failureCount,
      reason: mailed.completionReason,
    };
  });
