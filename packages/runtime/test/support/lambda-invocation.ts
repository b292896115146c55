import { LambdaClient } from "@aws-sdk/client-lambda";
import { lambdaServiceClient } from "../../src/client/lambda-client.ts";
import type { DurableContext } from "../../src/index.ts";
import type { CheckpointRequest, ServiceClient } from "../../src/protocol.ts";
import type { LambdaAnswer } from "./fake-lambda.ts";

/** An ARN as Lambda makes it: it must be escaped in a path. */
export const ARN: string =
  "arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST/durable-execution/test/0b51b8c4-6b53";
export const arnPath: string = encodeURIComponent(ARN);
export const checkpointPath: string = `/2025-12-01/durable-executions/${arnPath}/checkpoint`;
export const startedAt: number = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

/** Tries again at once, and only as often as it is told to. */
const retrying = (attempts: number) => ({
  mode: "standard",
  acquireInitialRetryToken: async () => token(0),
  refreshRetryTokenForRetry: async (used: { getRetryCount: () => number }) => {
    if (used.getRetryCount() + 1 >= attempts) throw new Error("No more attempts.");
    return token(used.getRetryCount() + 1);
  },
  recordSuccess: () => {},
});
const token = (count: number) => ({ getRetryCount: () => count, getRetryDelay: () => 0 });

/** A service client that talks to a fake Lambda. */
export function clientOf({ url }: { readonly url: string }, attempts = 1): ServiceClient {
  const client = new LambdaClient({
    endpoint: url,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    retryStrategy: retrying(attempts),
  });
  return lambdaServiceClient({ client });
}

/** The answer to a checkpoint that tells nothing but the next token. */
export const taken: LambdaAnswer = { body: { CheckpointToken: "t-2", NewExecutionState: {} } };

export const request: CheckpointRequest = {
  DurableExecutionArn: ARN,
  CheckpointToken: "t-1",
  Updates: [{ Id: "1", Type: "STEP", Action: "SUCCEED", Name: "work", Payload: "7" }],
};

/** The event of a first invocation. */
export const event = (nextMarker?: string | null): object => ({
  DurableExecutionArn: ARN,
  CheckpointToken: "t-1",
  InitialExecutionState: {
    Operations: [{ Id: "e", Type: "EXECUTION", Status: "STARTED", StartTimestamp: startedAt }],
    ...(nextMarker === undefined ? {} : { NextMarker: nextMarker }),
  },
});

/** What a handler does that makes one checkpoint. */
export const oneStep = async (_: unknown, context: DurableContext): Promise<number> =>
  context.step("work", () => 7);

/** What a promise rejects with. */
export const rejectionOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => {
      throw new Error("It resolved.");
    },
    (error: unknown) => error,
  );
