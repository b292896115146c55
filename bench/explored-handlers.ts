/** What is explored: six operations, with a callback and a wait, for our runtime and for AWS's SDK. */
import { type DurableContext, withDurableExecution } from "@durabletest/runtime";
import {
  type DurableContext as AwsDurableContext,
  withDurableExecution as withAwsDurableExecution,
} from "@aws/durable-execution-sdk-js";

const ours = withDurableExecution(async (_: undefined, context: DurableContext) => {
  await context.step("quote", () => 1);
  await context.step("reserve", () => 2);
  const approval = await context.createCallback<string>("approval", { timeout: { hours: 1 } });
  const answer = await approval.result();
  await context.wait("cooldown", { minutes: 5 });
  await context.step("charge", () => 3);
  await context.step("ship", () => 4);
  return answer ?? "expired";
});
const aws = withAwsDurableExecution(async (_: unknown, context: AwsDurableContext) => {
  await context.step("quote", async () => 1);
  await context.step("reserve", async () => 2);
  const [approval] = await context.createCallback("approval", { timeout: { hours: 1 } });
  const answer = await approval.catch(() => "expired");
  await context.wait("cooldown", { minutes: 5 });
  await context.step("charge", async () => 3);
  await context.step("ship", async () => 4);
  return answer;
});

export const explored = { ours, aws };
