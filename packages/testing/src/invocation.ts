import type { ServiceClient } from "@durabletest/runtime";
import type {
  DurableExecutionInvocationInput,
  DurableExecutionInvocationOutput,
} from "@durabletest/runtime/protocol";
import { describeValue } from "@durabletest/runtime/protocol";
import { InvalidHandlerError } from "./errors.ts";
import { INVOCATION_LIMIT_MS } from "./sandbox.ts";
import { currentScope } from "./time/scope.ts";

/**
 * A handler as the harness knows it: an event in, an answer out, whichever SDK made it.
 */
export type AnyDurableLambdaHandler = (event: never, lambdaContext: never) => Promise<unknown>;

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
 * @param client - without one the event is what Lambda sends: JSON, and nothing else.
 */
export async function callHandler(
  handler: AnyDurableLambdaHandler,
  input: DurableExecutionInvocationInput,
  client: ServiceClient | undefined,
): Promise<unknown> {
  const event: unknown =
    client === undefined
      ? JSON.parse(JSON.stringify(input))
      : new DurableExecutionInvocationInputWithClient(input, client);
  return handler(event as never, lambdaContext(input) as never);
}

/** Reads a handler's answer, or says what is wrong with it. */
export function readOutput(
  output: unknown,
): DurableExecutionInvocationOutput | InvalidHandlerError {
  if (typeof output === "object" && output !== null && "Status" in output) {
    const { Status } = output;
    if (Status === "SUCCEEDED" || Status === "FAILED" || Status === "PENDING") {
      return output as DurableExecutionInvocationOutput;
    }
  }
  return new InvalidHandlerError(
    `The handler answered ${describeValue(output)}, which is no answer of a durable handler. Wrap it: withDurableExecution(handler).`,
  );
}

function lambdaContext(input: DurableExecutionInvocationInput): object {
  return {
    functionName: "durable-test",
    functionVersion: "$LATEST",
    invokedFunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:durable-test",
    memoryLimitInMB: "128",
    awsRequestId: `${input.DurableExecutionArn}/${input.CheckpointToken}`,
    logGroupName: "/aws/lambda/durable-test",
    logStreamName: "durable-test",
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: remainingTime(),
  };
}

/**
 * Says how much longer this invocation may run. AWS's SDK lets retries and waits happen within it for as
 * long as a step is at work there and there is time left; what comes due later waits for the service.
 */
function remainingTime(): () => number {
  const host = currentScope()?.host;
  // With the real clock there is no telling: the service's times are not those of the handler.
  if (host === undefined) return () => 0;
  const end = host.now() + INVOCATION_LIMIT_MS;
  return () => Math.max(0, end - host.now());
}
