/**
 * The service client over the AWS SDK: what a handler checkpoints with when Lambda invokes it.
 *
 * Needs `@aws-sdk/client-lambda`. A handler without a client of its own loads this module itself, when
 * it is first invoked; import it to give the AWS client settings of your own.
 *
 * @packageDocumentation
 */

import { hash } from "node:crypto";
import {
  CheckpointDurableExecutionCommand,
  GetDurableExecutionStateCommand,
  LambdaClient,
} from "@aws-sdk/client-lambda";
import type {
  CheckpointRequest,
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
 * What the AWS client retries is its own business; it rejects with the AWS error when it gives up. Every
 * checkpoint carries a `ClientToken` made of what it says, so that one whose answer was lost is not taken
 * for another one when it is sent again.
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
  const client = options.client ?? new LambdaClient({ requestHandler: REQUEST_TIMEOUTS });
  return {
    checkpoint: async (request) => {
      const { DurableExecutionArn, CheckpointToken, Updates = [] } = request;
      const response = await client.send(
        new CheckpointDurableExecutionCommand({
          DurableExecutionArn,
          CheckpointToken,
          ClientToken: request.ClientToken ?? clientToken(request),
          Updates: [...Updates] as AwsUpdates,
        }),
      );
      return {
        CheckpointToken: response.CheckpointToken,
        NewExecutionState: response.NewExecutionState as CheckpointResponse["NewExecutionState"],
      };
    },
    getExecutionState: async (request: ExecutionStateRequest) => {
      const { Operations, NextMarker } = await client.send(
        new GetDurableExecutionStateCommand(request),
      );
      return { Operations: Operations as ExecutionStateResponse["Operations"], NextMarker };
    },
  };
}

/** A connection that has gone silent must not use up the invocation. Milliseconds. */
const REQUEST_TIMEOUTS = {
  connectionTimeout: 5_000,
  requestTimeout: 60_000,
  throwOnRequestTimeout: true,
};

/** The AWS client's lists are mutable, if only to the compiler. */
type AwsUpdates = NonNullable<
  ConstructorParameters<typeof CheckpointDurableExecutionCommand>[0]["Updates"]
>;

/**
 * The same for the same checkpoint, and for no other: an invocation that was given a token which one
 * before it had used in vain may have something else to say.
 */
function clientToken({ DurableExecutionArn, CheckpointToken, Updates }: CheckpointRequest): string {
  return hash("sha256", JSON.stringify([DurableExecutionArn, CheckpointToken, Updates]));
}
