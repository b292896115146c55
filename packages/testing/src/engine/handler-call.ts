import type { ServiceClient } from "@durabletest/runtime";
import type { DurableExecutionInvocationInput } from "@durabletest/runtime/protocol";
import type { AnyDurableLambdaHandler } from "../handlers.ts";

/**
 * The event of an invocation, with the service client beside it. Its class name and tag are what AWS's
 * SDK knows such an event by.
 *
 * Source: the wire protocol, "Invocation".
 */
class DurableExecutionInvocationInputWithClient {
  readonly durableExecutionClient: ServiceClient;

  constructor(input: DurableExecutionInvocationInput, client: ServiceClient) {
    Object.assign(this, input);
    this.durableExecutionClient = client;
  }

  get [Symbol.toStringTag](): string {
    return "DurableExecutionInvocationInputWithClient";
  }
}

/**
 * Calls the handler once. A handler that throws instead of rejecting rejects.
 *
 * @param surroundings - without a client the event is what Lambda sends: JSON, and nothing else.
 */
export async function callHandler(
  handler: AnyDurableLambdaHandler,
  input: DurableExecutionInvocationInput,
  surroundings: { readonly client: ServiceClient | undefined; readonly lambdaContext: object },
): Promise<unknown> {
  const { client, lambdaContext } = surroundings;
  const event: unknown =
    client === undefined
      ? JSON.parse(JSON.stringify(input))
      : new DurableExecutionInvocationInputWithClient(input, client);
  return handler(event as never, lambdaContext);
}
