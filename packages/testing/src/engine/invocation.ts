import type { ErrorObject, ServiceClient } from "@durabletest/runtime";
import type {
  DurableExecutionInvocationInput,
  DurableExecutionInvocationOutput,
} from "@durabletest/runtime/protocol";
import { describeValue } from "@durabletest/runtime/protocol";
import { HandlerRejectedError, InvalidHandlerError } from "../errors.ts";
import type { AnyDurableLambdaHandler } from "../handlers.ts";
import type { RunnerSettings } from "../options.ts";
import { INVOCATION_LIMIT_MS, type SandboxEnd } from "./sandbox.ts";
import { currentScope } from "../surroundings/scope.ts";

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

/** By these names SDKs tell that a checkpoint has failed: AWS's, and our runtime. */
const CHECKPOINT_FAILED = /^(?:CheckpointUnrecoverable\w*Error|ServiceCallError)$/;

/**
 * The end of an invocation of a handler that has never reached the service: not what the handler made of
 * it, if it tried with a client of its own.
 */
export function withoutContact(
  end: SandboxEnd,
  transport: RunnerSettings["transport"],
): SandboxEnd {
  const { error, cause } = failureOf(end);
  if (!CHECKPOINT_FAILED.test(error?.ErrorType ?? "")) return end;
  const advice =
    transport === "direct"
      ? "Does something hand it a copy of the event? Hand on the event itself: it brings the client. Handlers made with @durabletest/runtime, or with @aws/durable-execution-sdk-js from 1.0.1 on, use that one."
      : 'With the transport "http" that client must be pointed at a server: see startDurableServer of @durabletest/testing/server, and the environment it has ready (server.env).';
  const message = `The handler asked a client of its own for a checkpoint, which failed: ${error?.ErrorMessage ?? ""}. Nothing has reached the service of the test. ${advice}`;
  return { kind: "failed", error: new InvalidHandlerError(message, { cause }) };
}

function failureOf(end: SandboxEnd): {
  readonly error?: ErrorObject | undefined;
  readonly cause?: unknown;
} {
  if (end.kind === "rejected") return { error: describeRejection(end.error), cause: end.error };
  const output = end.kind === "answered" ? readOutput(end.output) : undefined;
  if (output === undefined || output instanceof Error || output.Status !== "FAILED") return {};
  return { error: output.Error, cause: output.Error };
}

/** What was thrown, as Lambda reports it. */
export function describeRejection(
  reason: unknown,
): Required<Pick<ErrorObject, "ErrorType" | "ErrorMessage">> {
  return reason instanceof Error
    ? { ErrorType: reason.name, ErrorMessage: reason.message }
    : { ErrorType: "Error", ErrorMessage: String(reason) };
}

/** What to tell of a handler whose promise has rejected so often that it is not invoked again. */
export function rejectedForGood(
  cause: unknown,
  { times, contact }: { readonly times: number; readonly contact: boolean },
): HandlerRejectedError | InvalidHandlerError {
  const { ErrorType, ErrorMessage } = describeRejection(cause);
  const reason = `rejected ${times} times in a row: ${ErrorType}: ${ErrorMessage}.`;
  return contact
    ? new HandlerRejectedError(
        `The handler's promise ${reason} A durable handler answers even when it fails: this is a fault of what it runs on, or of something around it.`,
        { cause },
      )
    : new InvalidHandlerError(
        `The handler's promise ${reason} It has never asked the service for anything, so it is no durable handler, or something around it fails before it is called. A durable handler answers even when it fails; is it wrapped with withDurableExecution?`,
        { cause },
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
