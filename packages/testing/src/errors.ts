import { DurableError } from "@durabletest/runtime";
import type { OperationType } from "@durabletest/runtime/protocol";

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

/** An operation as a handler asks for it, or as it has been recorded when one did. */
export interface RequestedOperation {
  /** Made of its place: the same at every replay. */
  readonly id: string;
  readonly type: OperationType;
  /** `"WaitForCallback"`, `"Map"`, and so on. */
  readonly subType: string | undefined;
  readonly name: string | undefined;
  /** The id of the context that it is in; none at the top. */
  readonly parentId: string | undefined;
}

/** Events of a history, both included. */
export interface EventRange {
  /** An `EventId`, from 1. */
  readonly from: number;
  /** None: to the end, and beyond it. */
  readonly to?: number | undefined;
}

/** What was given as a history is none, or not all of one. */
export class InvalidHistoryError extends DurableError {
  override readonly name = "InvalidHistoryError";
  readonly code = "INVALID_HISTORY";
}

/** Parts of the history cannot be tried: the service has cut off what operations came to. */
export class HistoryTruncatedError extends DurableError {
  override readonly name = "HistoryTruncatedError";
  readonly code = "HISTORY_TRUNCATED";
  /** The prefixes that could not be tried, by the events that they end with. */
  readonly untried: readonly EventRange[];

  constructor(message: string, untried: readonly EventRange[]) {
    super(message);
    this.untried = untried;
  }
}

/**
 * Today's handler does not do what the history has recorded. Executions that stand there when it is deployed
 * fail, or go wrong without a word.
 */
export class ReplayDivergedError extends DurableError {
  override readonly name = "ReplayDivergedError";
  readonly code = "REPLAY_DIVERGED";
  /** The event that the handler does not account for. */
  readonly eventId: number;
  readonly eventType: string;
  /** The operation that was recorded there. */
  readonly recorded: RequestedOperation | undefined;
  /** What the handler asks for in its place; undefined if it asks for nothing there. */
  readonly requested: RequestedOperation | undefined;
  /** Where the handler does so, `"at handler (src/order.ts:12:5)"`, if that is known. */
  readonly callSite: string | undefined;
  /**
   * Where an execution must stand to be broken, by the last event that it has recorded. The last range has no
   * end if every execution that has come past its beginning is broken.
   */
  readonly breaks: readonly EventRange[];

  constructor(
    message: string,
    details: {
      readonly eventId: number;
      readonly eventType: string;
      readonly recorded: RequestedOperation | undefined;
      readonly requested: RequestedOperation | undefined;
      readonly callSite: string | undefined;
      readonly breaks: readonly EventRange[];
    },
  ) {
    super(message);
    this.eventId = details.eventId;
    this.eventType = details.eventType;
    this.recorded = details.recorded;
    this.requested = details.requested;
    this.callSite = details.callSite;
    this.breaks = details.breaks;
  }
}

/** A report could not be written where it was to go. `cause` is the reason that the file system gave. */
export class ReportNotWrittenError extends DurableError {
  override readonly name = "ReportNotWrittenError";
  readonly code = "REPORT_NOT_WRITTEN";
  /** The file that was to be written. */
  readonly file: string;

  constructor(file: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(
      `The report could not be written to ${file}: ${reason}. Give writeReport a file in a folder that may be written to.`,
      { cause },
    );
    this.file = file;
  }
}
