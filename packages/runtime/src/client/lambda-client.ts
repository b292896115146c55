/**
 * The service client over the AWS SDK: what a handler checkpoints with when Lambda invokes it.
 *
 * Needs `@aws-sdk/client-lambda`. A handler without a client of its own loads this module itself, when
 * it is first invoked; import it to give the AWS client settings of your own.
 *
 * @packageDocumentation
 */

import {
  CheckpointDurableExecutionCommand,
  GetDurableExecutionStateCommand,
  LambdaClient,
} from "@aws-sdk/client-lambda";
import { attemptDeadline } from "./attempt-deadline.ts";
import type {
  CheckpointResponse,
  ExecutionStateRequest,
  ExecutionStateResponse,
  ServiceClient,
} from "./service-client.ts";

/** Settings of {@link lambdaServiceClient}. */
export interface LambdaServiceClientOptions {
  /**
   * The AWS client to call with. Default: one that takes region, credentials and endpoint from the
   * environment, as they are in a Lambda function.
   */
  readonly client?: LambdaClient | undefined;
}

/**
 * Makes a service client over the Lambda API.
 *
 * What the AWS client retries is its own business; it rejects with the AWS error when it gives up. An attempt
 * that takes longer than 15 s, response included, counts as a fault of the network and is tried again.
 *
 * Every checkpoint carries a `ClientToken` that no other has, and so do its retries: one whose response was
 * lost counts once when it is sent again. Two invocations that send the same checkpoint, because one event
 * was delivered twice, are told apart by it: one is refused.
 *
 * Source: the Lambda API's CheckpointDurableExecution and GetDurableExecutionState.
 *
 * @example
 * ```ts
 * import { LambdaClient } from "@aws-sdk/client-lambda";
 * import { withDurableExecution } from "@durabletest/runtime";
 * import { lambdaServiceClient } from "@durabletest/runtime/lambda";
 *
 * const client = lambdaServiceClient({ client: new LambdaClient({ maxAttempts: 5 }) });
 * export const handler = withDurableExecution(ship, { client });
 * ```
 */
export function lambdaServiceClient(options: LambdaServiceClientOptions = {}): ServiceClient {
  const client = options.client ?? new LambdaClient({ requestHandler: SILENCE });
  return {
    checkpoint: async ({ DurableExecutionArn, CheckpointToken, ClientToken, Updates = [] }) => {
      const command = new CheckpointDurableExecutionCommand({
        DurableExecutionArn,
        CheckpointToken,
        // The API's model calls it an idempotency token: where there is none, the AWS client makes up a
        // random one for the command, whatever the number of attempts.
        ClientToken,
        Updates: [...Updates] as AwsUpdates,
      });
      const sending = {};
      command.middlewareStack.add(attemptDeadline(sending, ATTEMPT_MS), ONE_ATTEMPT);
      const response = await client.send(command, sending);
      return {
        CheckpointToken: response.CheckpointToken,
        NewExecutionState: response.NewExecutionState as CheckpointResponse["NewExecutionState"],
      };
    },
    getExecutionState: async (request: ExecutionStateRequest) => {
      const command = new GetDurableExecutionStateCommand(request);
      const sending = {};
      command.middlewareStack.add(attemptDeadline(sending, ATTEMPT_MS), ONE_ATTEMPT);
      const { Operations, NextMarker } = await client.send(command, sending);
      return { Operations: Operations as ExecutionStateResponse["Operations"], NextMarker };
    },
  };
}

/** Three attempts, as many as the AWS client makes, must fit into an invocation of a minute. */
const ATTEMPT_MS = 15_000;

/** Around the reading of the response, below the retries. */
const ONE_ATTEMPT = { step: "deserialize", priority: "high", name: "attemptDeadline" } as const;

/** A connection that is not made, or has gone silent, must not use up the attempt. Milliseconds. */
const SILENCE = { connectionTimeout: 5_000, socketTimeout: 10_000 };

/** The AWS client's lists are mutable, if only to the compiler. */
type AwsUpdates = NonNullable<
  ConstructorParameters<typeof CheckpointDurableExecutionCommand>[0]["Updates"]
>;
