import { withDurableExecution } from "@aws/durable-execution-sdk-js";
import middy from "@middy/core";

export const seen = [];

const durable = withDurableExecution(async (event, context) => {
  const first = await context.step("first", async () => event.n + 1);
  await context.wait("pause", { minutes: 5 });
  return context.step("second", async () => first * 2);
});

export const handler = middy()
  .use({
    before: ({ context }) => void seen.push(`before ${typeof context.awsRequestId}`),
    after: ({ response }) => void seen.push(`after ${response.Status}`),
  })
  .handler(durable);
