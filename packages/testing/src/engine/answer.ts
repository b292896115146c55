import type { ErrorObject } from "@durabletest/runtime";
import type {
  DurableExecutionInvocationOutput,
  ServiceLimits,
} from "@durabletest/runtime/protocol";
import { describeValue } from "@durabletest/runtime/protocol";
import { HandlerRejectedError, InvalidHandlerError } from "../errors.ts";
import type { RunnerSettings } from "../options.ts";
import type { SandboxEnd } from "./sandbox.ts";

/** What the end of a call means, once its answer has been read. */
export type CallOutcome =
  | { readonly kind: "answered"; readonly output: DurableExecutionInvocationOutput }
  | Exclude<SandboxEnd, { readonly kind: "answered" }>;

/** Reads how a call ended: an answer that is none, or that Lambda could not carry, is none. */
export function outcomeOf(end: SandboxEnd, limits: ServiceLimits): CallOutcome {
  if (end.kind !== "answered") return end;
  const output = readOutput(end.output);
  if (output instanceof Error) return { kind: "failed", error: output };
  const refusal = tooLarge(output, limits);
  if (refusal !== undefined) return { kind: "rejected", error: refusal };
  return { kind: "answered", output };
}

/** Lambda's refusal of an answer that it cannot carry. */
function tooLarge(
  output: DurableExecutionInvocationOutput,
  { responseBytes }: ServiceLimits,
): Error | undefined {
  if (output.Status !== "SUCCEEDED") return undefined;
  // In the answer, which is JSON, the result is quoted: a character may become `\u001f`.
  if ((output.Result ?? "").length * 6 + 100 <= responseBytes) return undefined;
  const bytes = Buffer.byteLength(JSON.stringify(output));
  if (bytes <= responseBytes) return undefined;
  const error = new Error(
    `The response has ${bytes} bytes; an invocation's response may have ${responseBytes}.`,
  );
  error.name = "Function.ResponseSizeTooLarge";
  return error;
}

/** Reads a handler's answer, or says what is wrong with it. */
function readOutput(output: unknown): DurableExecutionInvocationOutput | InvalidHandlerError {
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

const HAND_ON = "Hand on the event itself: it brings the client.";

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
      ? `Does something hand it a copy of the event? ${HAND_ON} Handlers made with @durabletest/runtime, or with @aws/durable-execution-sdk-js from 1.0.1 on, use that one.`
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
  { times, hasReachedService }: { readonly times: number; readonly hasReachedService: boolean },
): HandlerRejectedError | InvalidHandlerError {
  const { ErrorType, ErrorMessage } = describeRejection(cause);
  const reason = `rejected ${times} times in a row: ${ErrorType}: ${ErrorMessage}.`;
  return hasReachedService
    ? new HandlerRejectedError(
        `The handler's promise ${reason} A durable handler answers even when it fails: this is a fault of what it runs on, or of something around it.`,
        { cause },
      )
    : new InvalidHandlerError(
        `The handler's promise ${reason} It has never asked the service for anything, so ${whyNoContact(ErrorType)}`,
        { cause },
      );
}

/** Why a handler has rejected before it has asked the service for anything. */
function whyNoContact(errorType: string | undefined): string {
  return errorType === "DataCloneError"
    ? `something around it fails before it is called: does it make a copy of the event, with structuredClone() or for a worker? ${HAND_ON} That cannot be copied.`
    : "it is no durable handler, or something around it fails before it is called. A durable handler answers even when it fails; is it wrapped with withDurableExecution?";
}
