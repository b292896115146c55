import type { CheckpointResponse, ServiceClient } from "@durabletest/runtime";
import type {
  DurableExecutionInvocationInput,
  DurableExecutionInvocationOutput,
  OperationUpdate,
} from "@durabletest/runtime/protocol";

/** One invocation, as a handler without any SDK sees it. */
export interface WireInvocation {
  readonly event: DurableExecutionInvocationInput;
  readonly client: ServiceClient;
  readonly lambdaContext: unknown;
  /** Counts from 1. */
  readonly number: number;
  /** Checkpoints with the token that is due. */
  readonly checkpoint: (...updates: readonly OperationUpdate[]) => Promise<CheckpointResponse>;
}

/** A handler that speaks the wire protocol itself. */
export function wireHandler(
  body: (
    invocation: WireInvocation,
  ) => DurableExecutionInvocationOutput | Promise<DurableExecutionInvocationOutput>,
): (event: unknown, lambdaContext: unknown) => Promise<DurableExecutionInvocationOutput> {
  let number = 0;
  return async (event, lambdaContext) => {
    const input = event as DurableExecutionInvocationInput & {
      readonly durableExecutionClient: ServiceClient;
    };
    const client = input.durableExecutionClient;
    let token = input.CheckpointToken;
    number += 1;
    return body({
      event: input,
      client,
      lambdaContext,
      number,
      checkpoint: async (...Updates) => {
        const response = await client.checkpoint({
          DurableExecutionArn: input.DurableExecutionArn,
          CheckpointToken: token,
          Updates,
        });
        token = response.CheckpointToken ?? token;
        return response;
      },
    });
  };
}
