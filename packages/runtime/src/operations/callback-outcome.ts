import type { CallbackOutcome } from "../callback.ts";
import {
  CallbackExternalError,
  CallbackTimeoutError,
  CallbackValidationError,
  describeCallback,
  messageOf,
  SerdesError,
} from "../errors.ts";
import type { Operation } from "../protocol/operation.ts";
import type { KnownCallback } from "../replay/known-callback.ts";
import { type Busy, counted, deserialize, isThenable } from "../serdes.ts";
import type { StandardSchemaResult } from "../standard-schema.ts";

/** What an ended callback means to the handler. Asynchronous only if serdes or schema are. */
export function readOutcome<T>(
  busy: Busy,
  callback: KnownCallback,
  operation: Operation,
): CallbackOutcome<T> | Promise<CallbackOutcome<T>> {
  const { Result, Error: error } = operation.CallbackDetails ?? {};
  switch (operation.Status) {
    case "SUCCEEDED":
      return outcomeOfPayload<T>(busy, callback, Result);
    case "TIMED_OUT":
      return { status: "TIMED_OUT", reason: timeoutReason(operation) };
    case "FAILED":
    case "CANCELLED":
    case "STOPPED":
      return { status: "FAILED", error: new CallbackExternalError(callback, error ?? {}) };
    case "STARTED":
    case "PENDING":
    case "READY":
      throw new Error(`Callback ${callback.callbackId} has not ended.`);
  }
}

/** Which of its two deadlines ended a callback that timed out. */
export function timeoutReason({ CallbackDetails }: Operation): "timeout" | "heartbeat" {
  return CallbackDetails?.Error?.ErrorType === "Callback.Heartbeat" ? "heartbeat" : "timeout";
}

function outcomeOfPayload<T>(
  busy: Busy,
  callback: KnownCallback,
  text: string | undefined,
): CallbackOutcome<T> | Promise<CallbackOutcome<T>> {
  const failed = (error: unknown): CallbackOutcome<T> => ({
    status: "FAILED",
    error: SerdesError.is(error) ? error : new SerdesError(messageOf(error), { cause: error }),
  });
  const validated = (value: unknown): CallbackOutcome<T> | Promise<CallbackOutcome<T>> => {
    if (callback.schema === undefined) return { status: "SUCCEEDED", value: value as T };
    const verdict = callback.schema["~standard"].validate(value);
    const judge = (result: StandardSchemaResult<unknown>): CallbackOutcome<T> =>
      result.issues === undefined
        ? { status: "SUCCEEDED", value: result.value as T }
        : { status: "FAILED", error: validationError(callback, value, result.issues) };
    return isThenable<StandardSchemaResult<unknown>>(verdict)
      ? counted(busy, verdict).then(judge)
      : judge(verdict);
  };
  try {
    const value = deserialize(busy, callback.serdes, text, describeCallback(callback));
    return value instanceof Promise ? value.then(validated).catch(failed) : validated(value);
  } catch (error) {
    return failed(error);
  }
}

function validationError(
  callback: KnownCallback,
  payload: unknown,
  issues: NonNullable<StandardSchemaResult<unknown>["issues"]>,
): CallbackValidationError {
  return new CallbackValidationError(callback, {
    payload,
    issues: issues.map(({ message, path }) => ({
      message,
      path: path?.map((segment) => (typeof segment === "object" ? segment.key : segment)),
    })),
  });
}

export function mapOutcome<T, R>(
  outcome: CallbackOutcome<T> | Promise<CallbackOutcome<T>>,
  project: (outcome: CallbackOutcome<T>) => R,
): R | Promise<R> {
  return outcome instanceof Promise ? outcome.then(project) : project(outcome);
}

/** Guide: "callback.result() returns None" when it timed out. */
export function resultOf<T>(outcome: CallbackOutcome<T>): T | undefined {
  switch (outcome.status) {
    case "SUCCEEDED":
      return outcome.value;
    case "FAILED":
      throw outcome.error;
    case "TIMED_OUT":
      return undefined;
  }
}

/** The value of a callback, for the waits that throw on a timeout. */
export function valueOf<T>(callback: KnownCallback, outcome: CallbackOutcome<T>): T {
  switch (outcome.status) {
    case "SUCCEEDED":
      return outcome.value;
    case "FAILED":
      throw outcome.error;
    case "TIMED_OUT":
      throw new CallbackTimeoutError(callback, outcome.reason);
  }
}
