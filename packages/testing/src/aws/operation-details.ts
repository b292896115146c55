import type { Event } from "@aws-sdk/client-lambda";
import type { ErrorObject, Operation } from "@aws/durable-execution-sdk-js";
import type {
  CallbackDetails,
  ChainedInvokeDetails,
  ContextDetails,
  StepDetails,
  TestResultError,
  WaitResultDetails,
} from "./types.ts";

/** An error of the service as tests see it. */
export function testResultError(error: ErrorObject): TestResultError {
  return {
    errorMessage: error.ErrorMessage,
    errorType: error.ErrorType,
    errorData: error.ErrorData,
    stackTrace: error.StackTrace === undefined ? undefined : [...error.StackTrace],
  };
}

/** A payload as the value it stands for; a text that is no JSON stays a text. */
export function parsePayload<TResult>(text: string | undefined): TResult | undefined {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as TResult;
  } catch {
    return text as TResult;
  }
}

/** @throws Error when the operation is no CONTEXT. */
export function contextDetails<TResult>(operation: Operation): ContextDetails<TResult> {
  assertType(operation, "CONTEXT");
  const { Result, Error: error } = operation.ContextDetails ?? {};
  return { result: parsePayload<TResult>(Result), error: optionalError(error) };
}

/** @throws Error when the operation is no STEP. */
export function stepDetails<TResult>(operation: Operation): StepDetails<TResult> {
  assertType(operation, "STEP");
  const { Attempt, NextAttemptTimestamp, Result, Error: error } = operation.StepDetails ?? {};
  return {
    attempt: Attempt,
    nextAttemptTimestamp: NextAttemptTimestamp,
    result: parsePayload<TResult>(Result),
    error: optionalError(error),
  };
}

/** @throws Error when the operation is no CHAINED_INVOKE. */
export function chainedInvokeDetails<TResult>(operation: Operation): ChainedInvokeDetails<TResult> {
  assertType(operation, "CHAINED_INVOKE");
  const { Result, Error: error } = operation.ChainedInvokeDetails ?? {};
  return {
    ...(error === undefined ? {} : { error: testResultError(error) }),
    ...(Result === undefined ? {} : { result: parsePayload<TResult>(Result) as TResult }),
  };
}

/** Of a CALLBACK. */
export function callbackDetails<TResult>(callback: Operation): CallbackDetails<TResult> {
  const { CallbackId = "", Result, Error: error } = callback.CallbackDetails ?? {};
  const result = parsePayload<TResult>(Result);
  return {
    callbackId: CallbackId,
    ...(error === undefined ? {} : { error: testResultError(error) }),
    ...(result === undefined ? {} : { result }),
  };
}

/** @throws Error when the operation is no WAIT. */
export function waitDetails(operation: Operation, events: readonly Event[]): WaitResultDetails {
  assertType(operation, "WAIT");
  const { Duration, ScheduledEndTimestamp } = events[0]?.WaitStartedDetails ?? {};
  return {
    ...(Duration === undefined ? {} : { waitSeconds: Duration }),
    ...(ScheduledEndTimestamp === undefined
      ? {}
      : { scheduledEndTimestamp: ScheduledEndTimestamp }),
  };
}

/** An operation in a message: `The STEP "charge" (c4ca4238a0b92382)`. */
export function describe({ Id, Name, Type }: Operation): string {
  return Name === undefined ? `The ${Type} ${Id}` : `The ${Type} ${JSON.stringify(Name)} (${Id})`;
}

function optionalError(error: ErrorObject | undefined): TestResultError | undefined {
  return error === undefined ? undefined : testResultError(error);
}

function assertType(operation: Operation, type: Operation["Type"]): void {
  if (operation.Type === type) return;
  throw new Error(
    `Operation type ${operation.Type} is not ${type}. ${describe(operation)} has the details of its own type only.`,
  );
}
