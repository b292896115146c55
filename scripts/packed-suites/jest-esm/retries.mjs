import { withDurableExecution } from "@aws/durable-execution-sdk-js";

export const makeHandler = (fetchPrice) =>
  withDurableExecution(async ({ items }, context) => {
    const prices = await context.map("prices", items, async (child, item) =>
      child.step(`price of ${item}`, async () => fetchPrice(item), {
        retryStrategy: (error, attempt) => ({ shouldRetry: attempt < 3, delay: { minutes: 5 } }),
      }),
    );
    return prices.getResults().reduce((sum, price) => sum + price, 0);
  });
