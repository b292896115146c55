import { DurableError } from "@durabletest/runtime";

/**
 * An answer was sent to a callback that has ended, or whose execution has. Nothing has changed. Where a
 * deadline was too early for the answer, the message says how a test answers before it.
 */
export class CallbackClosedError extends DurableError {
  override readonly name = "CallbackClosedError";
  readonly code = "CALLBACK_CLOSED";
  readonly callbackId: string;

  constructor(callbackId: string, message: string) {
    super(message);
    this.callbackId = callbackId;
  }
}

/** A payload is no JSON, or too large. The callback is still open. */
export class InvalidPayloadError extends DurableError {
  override readonly name = "InvalidPayloadError";
  readonly code = "INVALID_PAYLOAD";
}

/** No silence is long enough: what the execution waits for can only come from the test. */
export class ExecutionStalledError extends DurableError {
  override readonly name = "ExecutionStalledError";
  readonly code = "EXECUTION_STALLED";
}

/** The execution has ended, or cannot go on by itself, before it was where `advanceUntil` was to go. */
export class TargetNotReachedError extends DurableError {
  override readonly name = "TargetNotReachedError";
  readonly code = "TARGET_NOT_REACHED";
}

/** The handler neither settles nor has anything left that could move it. */
export class HandlerStuckError extends DurableError {
  override readonly name = "HandlerStuckError";
  readonly code = "HANDLER_STUCK";
}

/** The promise of the handler rejected, again and again. `cause` is the last reason. */
export class HandlerRejectedError extends DurableError {
  override readonly name = "HandlerRejectedError";
  readonly code = "HANDLER_REJECTED";
}

/** What was given as a handler is none, or answers like none. */
export class InvalidHandlerError extends DurableError {
  override readonly name = "InvalidHandlerError";
  readonly code = "INVALID_HANDLER";
}

/** Another call that drives the execution has not finished. */
export class RunnerBusyError extends DurableError {
  override readonly name = "RunnerBusyError";
  readonly code = "RUNNER_BUSY";
}

/** The runner's execution has been started: a runner runs one. */
export class RunnerUsedError extends DurableError {
  override readonly name = "RunnerUsedError";
  readonly code = "RUNNER_USED";
}

/** `run()` has not been called. */
export class RunnerNotStartedError extends DurableError {
  override readonly name = "RunnerNotStartedError";
  readonly code = "RUNNER_NOT_STARTED";
}

/** The runner has been disposed of. */
export class RunnerDisposedError extends DurableError {
  override readonly name = "RunnerDisposedError";
  readonly code = "RUNNER_DISPOSED";
}

/** The handler was invoked, or made operations, without end. */
export class LimitExceededError extends DurableError {
  override readonly name = "LimitExceededError";
  readonly code = "LIMIT_EXCEEDED";
}

/** Scripts were given for callbacks or steps that never came. */
export class UnusedScriptsError extends DurableError {
  override readonly name = "UnusedScriptsError";
  readonly code = "UNUSED_SCRIPTS";
}

/** A script was given for a step of a handler in which nobody can stand in the place of a step's function. */
export class StepScriptUnsupportedError extends DurableError {
  override readonly name = "StepScriptUnsupportedError";
  readonly code = "STEP_SCRIPT_UNSUPPORTED";
}

/** A test has called a runner, and nobody has awaited what comes of it. */
export class CallNotAwaitedError extends DurableError {
  override readonly name = "CallNotAwaitedError";
  readonly code = "CALL_NOT_AWAITED";
}

/** No callback has that name, or several open ones have. */
export class CallbackNotFoundError extends DurableError {
  override readonly name = "CallbackNotFoundError";
  readonly code = "CALLBACK_NOT_FOUND";
}

/** A handler invoked a function that the runner was not given. */
export class FunctionNotRegisteredError extends DurableError {
  override readonly name = "FunctionNotRegisteredError";
  readonly code = "FUNCTION_NOT_REGISTERED";
  /** As the handler said it: a name or an ARN. */
  readonly functionName: string;

  constructor(functionName: string, message: string) {
    super(message);
    this.functionName = functionName;
  }
}

/** No operation has that name or stands at that path, or several open ones do. */
export class OperationNotFoundError extends DurableError {
  override readonly name = "OperationNotFoundError";
  readonly code = "OPERATION_NOT_FOUND";
}
