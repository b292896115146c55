import { describeValue } from "./describe-value.ts";
import type { ErrorObject } from "./protocol/error-object.ts";

/**
 * The errors of this package. They are told apart by `code`, or with the static `is` of their class: `instanceof` fails between realms (Jest) and
 * between two copies of a package.
 */

const brand = Symbol.for("durabletest.error");

/**
 * The base of all errors this project throws.
 *
 * @example
 * ```ts
 * try {
 *   await context.waitForCallback(approval);
 * } catch (error) {
 *   if (CallbackTimeoutError.is(error)) return escalate(error.callbackName);
 *   throw error;
 * }
 * ```
 */
export abstract class DurableError extends Error {
  /** Stable across versions; safe to compare with. */
  abstract readonly code: string;

  static {
    Object.defineProperty(this.prototype, brand, { value: true });
  }

  // oxlint-disable-next-line no-useless-constructor -- without it the message could be left out
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
  }

  /**
   * Whether a value is an error of this very class, from whichever realm or copy of the package; of the base, any
   * error of the project.
   */
  static is<T extends DurableError>(
    this: (abstract new (...args: never) => T) & { readonly prototype: T },
    value: unknown,
  ): value is T {
    if (typeof value !== "object" || value === null) return false;
    try {
      if (!(brand in value)) return false;
      return (
        this.prototype === DurableError.prototype ||
        value instanceof this ||
        (Object.hasOwn(value, "name") && Reflect.get(value, "name") === this.name)
      );
    } catch {
      return false; // what cannot be looked at is none of ours
    }
  }
}

/** A call was made with an argument that cannot be right. Nothing was recorded. */
export class InvalidArgumentError extends DurableError {
  override readonly name = "InvalidArgumentError";
  readonly code = "INVALID_ARGUMENT";
}

/** A duration is negative, fractional, too long, empty, or no duration. Nothing was recorded. */
export class InvalidDurationError extends DurableError {
  override readonly name = "InvalidDurationError";
  readonly code = "INVALID_DURATION";
  /** What the duration was for: `"timeout"`, `"wait"`. */
  readonly option: string;
  readonly value: unknown;

  constructor(message: string, details: { readonly option: string; readonly value: unknown }) {
    super(message);
    this.option = details.option;
    this.value = details.value;
  }
}

/** A value could not be turned into text, or text into a value. */
export class SerdesError extends DurableError {
  override readonly name = "SerdesError";
  readonly code = "SERDES_FAILED";
}

/** A result is larger than the service stores. */
export class PayloadTooLargeError extends DurableError {
  override readonly name = "PayloadTooLargeError";
  readonly code = "PAYLOAD_TOO_LARGE";
}

/** What tells one callback from another in an error. */
export interface CallbackIdentity {
  readonly callbackName?: string | undefined;
  readonly callbackId: string;
}

/** How a callback is called in a message: its name if it has one, never both. */
export function describeCallback(callback: CallbackIdentity): string {
  return callback.callbackName === undefined
    ? `the callback ${callback.callbackId}`
    : `callback "${callback.callbackName}"`;
}

/** How an operation is called in a message: `step "charge"`, `an unnamed step`. */
export function describeOperation(kind: string, name: string | undefined): string {
  return name === undefined ? `an unnamed ${kind}` : `${kind} ${JSON.stringify(name)}`;
}

/**
 * The outside world reported that what a callback stands for has failed.
 *
 * Guide: "Integration patterns", `SendDurableExecutionCallbackFailure`.
 */
export class CallbackExternalError extends DurableError {
  override readonly name = "CallbackExternalError";
  readonly code = "CALLBACK_FAILED";
  readonly callbackName: string | undefined;
  readonly callbackId: string;
  /** The sender's own: `"PaymentDeclined"`. */
  readonly errorType: string | undefined;
  readonly errorMessage: string | undefined;
  readonly errorData: string | undefined;
  readonly stackTrace: readonly string[] | undefined;

  constructor(callback: CallbackIdentity, error: ErrorObject) {
    // The sender's words are the message, as they are with the service's own SDKs.
    super(
      error.ErrorMessage ??
        `The outside world failed ${describeCallback(callback)}${error.ErrorType === undefined ? "." : `: ${error.ErrorType}`}`,
    );
    this.callbackName = callback.callbackName;
    this.callbackId = callback.callbackId;
    this.errorType = error.ErrorType;
    this.errorMessage = error.ErrorMessage;
    this.errorData = error.ErrorData;
    this.stackTrace = error.StackTrace;
  }
}

/** What ran out: the callback's timeout, its heartbeat timeout, or the timeout of one wait on it. */
export type CallbackTimeoutReason = "timeout" | "heartbeat" | "wait";

/**
 * A callback got no answer in time.
 *
 * Thrown by `waitForCallback`; `callback.result()` resolves to `undefined` instead. With the reason
 * `"wait"` only this wait has ended: the callback is still open, and a later wait may succeed.
 */
export class CallbackTimeoutError extends DurableError {
  override readonly name = "CallbackTimeoutError";
  readonly code = "CALLBACK_TIMEOUT";
  readonly callbackName: string | undefined;
  readonly callbackId: string;
  readonly reason: CallbackTimeoutReason;

  constructor(callback: CallbackIdentity, reason: CallbackTimeoutReason) {
    const what = describeCallback(callback);
    super(
      {
        timeout: `No answer for ${what} within its timeout.`,
        heartbeat: `No heartbeat for ${what} within its heartbeat timeout.`,
        wait: `No answer for ${what} within the timeout of this wait. The callback is still open: wait again, or give up on it.`,
      }[reason],
    );
    this.callbackName = callback.callbackName;
    this.callbackId = callback.callbackId;
    this.reason = reason;
  }
}

/** The submitter of a `waitForCallback` failed, and its retries are spent. */
export class CallbackSubmitterError extends DurableError {
  override readonly name = "CallbackSubmitterError";
  readonly code = "CALLBACK_SUBMITTER_FAILED";
  readonly callbackName: string | undefined;
  readonly errorType: string | undefined;
  readonly errorMessage: string | undefined;

  constructor(callbackName: string | undefined, error: ErrorObject, options?: ErrorOptions) {
    super(
      `The submitter of ${callbackName === undefined ? "an unnamed waitForCallback" : `waitForCallback "${callbackName}"`} failed: ${errorText(error)}`,
      options,
    );
    this.callbackName = callbackName;
    this.errorType = error.ErrorType;
    this.errorMessage = error.ErrorMessage;
  }
}

/** One complaint of a schema. */
export interface ValidationIssue {
  readonly message: string;
  /** Keys from the payload's root; empty for the payload itself. */
  readonly path?: readonly PropertyKey[] | undefined;
}

/** A callback's payload does not fit the schema the handler asked for. */
export class CallbackValidationError extends DurableError {
  override readonly name = "CallbackValidationError";
  readonly code = "CALLBACK_VALIDATION_FAILED";
  readonly callbackName: string | undefined;
  readonly callbackId: string;
  readonly issues: readonly ValidationIssue[];
  /** What was sent, deserialised. */
  readonly payload: unknown;

  constructor(
    callback: CallbackIdentity,
    details: { readonly issues: readonly ValidationIssue[]; readonly payload: unknown },
  ) {
    const list = details.issues.map(({ path, message }) =>
      path === undefined || path.length === 0
        ? message
        : `${path.map(String).join(".")}: ${message}`,
    );
    super(
      `The payload sent to ${describeCallback(callback)} does not fit its schema: ${list.join("; ")}`,
    );
    this.callbackName = callback.callbackName;
    this.callbackId = callback.callbackId;
    this.issues = details.issues;
    this.payload = details.payload;
  }
}

/** No callback of this execution has that id. */
export class UnknownCallbackError extends DurableError {
  override readonly name = "UnknownCallbackError";
  readonly code = "UNKNOWN_CALLBACK";
  readonly callbackId: string;

  constructor(callbackId: string, advice: string) {
    super(
      `There is no callback with the id ${JSON.stringify(callbackId)} in this execution. ${advice}`,
    );
    this.callbackId = callbackId;
  }
}

/**
 * A step has failed for good.
 *
 * `cause` is the step's error as it was checkpointed: an `Error` with the name, message and stack of
 * the one thrown, whatever its class was.
 */
export class StepError extends DurableError {
  override readonly name = "StepError";
  readonly code = "STEP_FAILED";
  readonly stepName: string | undefined;
  /** The name of the error the step threw. */
  readonly errorType: string | undefined;
  readonly errorMessage: string | undefined;
  readonly errorData: string | undefined;

  constructor(stepName: string | undefined, error: ErrorObject, options?: ErrorOptions) {
    super(
      `${stepName === undefined ? "An unnamed step" : `Step "${stepName}"`} failed: ${errorText(error)}`,
      options,
    );
    this.stepName = stepName;
    this.errorType = error.ErrorType;
    this.errorMessage = error.ErrorMessage;
    this.errorData = error.ErrorData;
  }
}

/** An at-most-once step was interrupted before its result was checkpointed, so it may have run. */
export class StepInterruptedError extends DurableError {
  override readonly name = "StepInterruptedError";
  readonly code = "STEP_INTERRUPTED";
}

/** An at-most-once step waited for a callback, which would mean running it a second time. */
export class StepCannotWaitError extends DurableError {
  override readonly name = "StepCannotWaitError";
  readonly code = "STEP_CANNOT_WAIT";
}

/** The body of a child context threw. `cause` is its error as it was checkpointed. */
export class ChildContextError extends DurableError {
  override readonly name = "ChildContextError";
  readonly code = "CHILD_CONTEXT_FAILED";
  readonly contextName: string | undefined;
  readonly errorType: string | undefined;
  readonly errorMessage: string | undefined;
  readonly errorData: string | undefined;

  constructor(contextName: string | undefined, error: ErrorObject, options?: ErrorOptions) {
    super(`${contextTitle(contextName)} failed: ${errorText(error)}`, options);
    this.contextName = contextName;
    this.errorType = error.ErrorType;
    this.errorMessage = error.ErrorMessage;
    this.errorData = error.ErrorData;
  }
}

function contextTitle(name: string | undefined): string {
  if (name === undefined) return "An unnamed child context";
  // Items and branches that nobody has named.
  const [, kind, index] = /^(map-item|parallel-branch)-(\d+)$/.exec(name) ?? [];
  if (index === undefined) return `Child context "${name}"`;
  return `${kind === "map-item" ? "Map item" : "Parallel branch"} ${index}`;
}

/**
 * A function that was invoked has failed, has timed out, or was stopped.
 *
 * `cause` is its error as the service tells it: an `Error` with the name and message of the one thrown.
 */
export class InvokeError extends DurableError {
  override readonly name = "InvokeError";
  readonly code = "INVOKE_FAILED";
  /** As it was given to `invoke`. */
  readonly functionName: string;
  readonly status: "FAILED" | "TIMED_OUT" | "STOPPED";
  /** The name of the error the function threw. */
  readonly errorType: string | undefined;
  readonly errorMessage: string | undefined;
  readonly errorData: string | undefined;

  constructor(
    functionName: string,
    status: InvokeError["status"],
    error: ErrorObject,
    options?: ErrorOptions,
  ) {
    const ended = { FAILED: "failed", TIMED_OUT: "timed out", STOPPED: "was stopped" }[status];
    super(`Function "${functionName}" ${ended}: ${errorText(error)}`, options);
    this.functionName = functionName;
    this.status = status;
    this.errorType = error.ErrorType;
    this.errorMessage = error.ErrorMessage;
    this.errorData = error.ErrorData;
  }
}

/**
 * A `waitForCondition` has failed: its check or its wait strategy threw. `cause` is that error as it was
 * checkpointed; {@link ConditionNotMetError} when {@link createWaitStrategy} gave up.
 */
export class WaitForConditionError extends DurableError {
  override readonly name = "WaitForConditionError";
  readonly code = "WAIT_FOR_CONDITION_FAILED";
  readonly conditionName: string | undefined;
  readonly errorType: string | undefined;
  readonly errorMessage: string | undefined;
  readonly errorData: string | undefined;

  constructor(conditionName: string | undefined, error: ErrorObject, options?: ErrorOptions) {
    super(
      `${conditionName === undefined ? "An unnamed waitForCondition" : `waitForCondition "${conditionName}"`} failed: ${errorText(error)}`,
      options,
    );
    this.conditionName = conditionName;
    this.errorType = error.ErrorType;
    this.errorMessage = error.ErrorMessage;
    this.errorData = error.ErrorData;
  }
}

/** A condition was checked as often as its wait strategy allows, and was never met. */
export class ConditionNotMetError extends DurableError {
  override readonly name = "ConditionNotMetError";
  readonly code = "CONDITION_NOT_MET";
}

/**
 * A `context.promise` combinator has failed: what `Promise.all`, `any` or `race` rejects with. `cause` is
 * that error as it was checkpointed; an `AggregateError` with all `errors` when it was `any`.
 */
export class PromiseCombinatorError extends DurableError {
  override readonly name = "PromiseCombinatorError";
  readonly code = "PROMISE_COMBINATOR_FAILED";
  readonly combinatorName: string | undefined;
  readonly errorType: string | undefined;
  readonly errorMessage: string | undefined;
  readonly errorData: string | undefined;

  constructor(combinatorName: string | undefined, error: ErrorObject, options?: ErrorOptions) {
    super(
      `${combinatorName === undefined ? "An unnamed promise combinator" : `Promise combinator "${combinatorName}"`} failed: ${errorText(error)}`,
      options,
    );
    this.combinatorName = combinatorName;
    this.errorType = error.ErrorType;
    this.errorMessage = error.ErrorMessage;
    this.errorData = error.ErrorData;
  }
}

/** A batch that `shouldComplete` called a failure although none of its items has failed. */
export class BatchCompletionError extends DurableError {
  override readonly name = "BatchCompletionError";
  readonly code = "BATCH_FAILED";

  constructor() {
    super(
      "The batch was completed as a failure by its shouldComplete; none of its items has failed.",
    );
  }
}

/**
 * A replay asked for another operation than the one that was recorded in its place.
 *
 * Handler code outside steps must do the same thing every time: move what is random, timed, or read
 * from the outside into a step.
 */
export class NonDeterministicExecutionError extends DurableError {
  override readonly name = "NonDeterministicExecutionError";
  readonly code = "NON_DETERMINISTIC_EXECUTION";
}

/**
 * A context was used where another one is innermost: the handler's inside a child context, say, or any
 * inside a step; or one of an earlier invocation, or of another execution. The execution fails.
 */
export class WrongContextError extends DurableError {
  override readonly name = "WrongContextError";
  readonly code = "WRONG_CONTEXT";
}

/** A durable handler was invoked as if it were an ordinary function. */
export class NotDurableInvocationError extends DurableError {
  override readonly name = "NotDurableInvocationError";
  readonly code = "NOT_A_DURABLE_INVOCATION";
}

/** The service did not take a checkpoint, or would not give the state. */
export class ServiceCallError extends DurableError {
  override readonly name = "ServiceCallError";
  readonly code = "SERVICE_CALL_FAILED";
}

/** What the classes are called also where a minifier has given them other names: it is what copies go by. */
for (const [name, type] of Object.entries({
  InvalidArgumentError,
  InvalidDurationError,
  SerdesError,
  PayloadTooLargeError,
  CallbackExternalError,
  CallbackTimeoutError,
  CallbackSubmitterError,
  CallbackValidationError,
  UnknownCallbackError,
  StepError,
  StepInterruptedError,
  StepCannotWaitError,
  ChildContextError,
  InvokeError,
  WaitForConditionError,
  ConditionNotMetError,
  PromiseCombinatorError,
  BatchCompletionError,
  NonDeterministicExecutionError,
  WrongContextError,
  NotDurableInvocationError,
  ServiceCallError,
})) {
  Object.defineProperty(type, "name", { value: name });
}

function errorText(error: ErrorObject): string {
  return [error.ErrorType, error.ErrorMessage].filter(Boolean).join(": ") || "no reason given";
}

/** What was thrown, as an `Error`; a thrown text or object becomes one. */
export function asError(thrown: unknown): Error {
  if (isError(thrown)) return thrown;
  const error = new Error(typeof thrown === "string" ? thrown : `Thrown: ${describeValue(thrown)}`);
  error.stack = `Error: ${error.message}`; // what is no error has been thrown from nowhere
  return error;
}

/** From whichever realm; a class that only looks like one is none. */
export function isError(thrown: unknown): thrown is Error {
  try {
    return thrown instanceof Error || Object.prototype.toString.call(thrown) === "[object Error]";
  } catch {
    return false; // a proxy whose target is gone
  }
}

/**
 * A property of an error as text. Nothing keeps an error from having a number for a message, or a getter
 * that throws.
 */
export function errorProperty(
  error: Error,
  property: "name" | "message" | "stack",
): string | undefined {
  try {
    const value: unknown = error[property];
    return typeof value === "string" || value === undefined ? value : describeValue(value);
  } catch {
    return undefined;
  }
}

/** The message of whatever was thrown. */
export function messageOf(thrown: unknown): string {
  return errorProperty(asError(thrown), "message") ?? "";
}
