import type { Callback, CallbackConfig, CallbackOutcome } from "../context.ts";
import { durationToSeconds } from "../duration.ts";
import {
  messageOf,
  CallbackExternalError,
  CallbackTimeoutError,
  CallbackValidationError,
  describeCallback,
  ServiceCallError,
  SerdesError,
  StepCannotWaitError,
} from "../errors.ts";
import { isEnded, type Operation, OperationSubType } from "../protocol/operation.ts";
import type { KnownCallback } from "../replay/known-callback.ts";
import { OperationPromise } from "../replay/operation-promise.ts";
import {
  type ContextScope,
  OutsideWait,
  type Place,
  runningStep,
  type StepBody,
} from "../replay/scope.ts";
import { deserialize, type Serdes } from "../serdes.ts";
import type { StandardSchemaResult } from "../standard-schema.ts";

/** Seconds, in the form the service wants; 0 is none. */
export function callbackOptions(config: CallbackConfig<unknown>): {
  readonly TimeoutSeconds?: number;
  readonly HeartbeatTimeoutSeconds?: number;
} {
  const seconds = (option: "timeout" | "heartbeatTimeout"): number =>
    config[option] === undefined ? 0 : durationToSeconds(config[option], option);
  const timeout = seconds("timeout");
  const heartbeat = seconds("heartbeatTimeout");
  return {
    ...(timeout > 0 && { TimeoutSeconds: timeout }),
    ...(heartbeat > 0 && { HeartbeatTimeoutSeconds: heartbeat }),
  };
}

/** Starts a callback; resolves once the service has given it an id. */
export function createCallback<T>(
  scope: ContextScope,
  nextPlace: () => Place,
  options: {
    readonly name: string | undefined;
    readonly config: CallbackConfig<T>;
    readonly serdes: Serdes<never>;
    /** What the callback is called in errors, when it has no name of its own. */
    readonly knownAs?: string | undefined;
  },
): Promise<Callback<T>> {
  const { execution } = scope;
  const { name, config, serdes } = options;
  const CallbackOptions = callbackOptions(config);
  const place = nextPlace();
  const request = {
    Id: place.id,
    ParentId: place.parentId,
    Name: name,
    Type: "CALLBACK",
    SubType: OperationSubType.CALLBACK,
  } as const;
  const step = runningStepOf(scope);
  const recorded = execution.recall(request);
  if (recorded === undefined && scope.closed) return OperationPromise.open<never>(scope).promise;
  const { promise, resolve } = OperationPromise.open<Callback<T>>(step ?? scope);
  const settle = (): void => {
    const callbackId = execution.history.get(place.id)?.CallbackDetails?.CallbackId;
    if (callbackId === undefined) {
      const error = new ServiceCallError(`The service gave callback ${place.id} no id.`);
      execution.end({ kind: "faulted", error });
      return;
    }
    const known: KnownCallback = {
      operationId: place.id,
      callbackId,
      callbackName: name ?? options.knownAs,
      serdes: (config.serdes as Serdes<never> | undefined) ?? serdes,
      schema: config.schema,
      madeInStep: step !== undefined,
      asked: false,
    };
    execution.callbacks.set(callbackId, known);
    resolve(callbackHandle<T>(scope, known));
  };
  execution.whenStarted(
    recorded === undefined ? { ...request, Action: "START", CallbackOptions } : undefined,
    settle,
  );
  return promise;
}

function callbackHandle<T>(scope: ContextScope, known: KnownCallback): Callback<T> {
  return {
    callbackId: known.callbackId,
    result: () => awaitCallback(scope, known, (outcome: CallbackOutcome<T>) => resultOf(outcome)),
    settled: () => awaitCallback(scope, known, (outcome: CallbackOutcome<T>) => outcome),
  };
}

/**
 * The callback with an id, of this execution; made in this invocation or an earlier one.
 *
 * Finds what a replay would find: no callback of a context that has closed without keeping it, and no
 * settings given in a step's body, which a replay does not run.
 */
export function findCallback(
  scope: ContextScope,
  callbackId: string,
  serdes: Serdes<never>,
): KnownCallback | undefined {
  const { execution } = scope;
  if (execution.forgottenCallbacks.has(callbackId)) return undefined;
  const known = execution.callbacks.get(callbackId);
  const operation = execution.history.byCallbackId(callbackId);
  if (operation === undefined) return known;
  if (known !== undefined && !(known.madeInStep && runningStepOf(scope) === undefined))
    return known;
  const found: KnownCallback = {
    operationId: operation.Id,
    callbackId,
    callbackName: operation.Name,
    serdes,
    schema: undefined,
    madeInStep: false,
    asked: false,
  };
  execution.callbacks.set(callbackId, found);
  return found;
}

/** Waits for a callback to end and makes something of its outcome; what `project` throws is thrown. */
export function awaitCallback<T, R>(
  scope: ContextScope,
  callback: KnownCallback,
  project: (outcome: CallbackOutcome<T>) => R,
): Promise<R> {
  const { execution } = scope;
  const step = runningStepOf(scope);
  if (step?.atMostOnce === true && !hasEnded(scope, callback)) {
    return ifEnded(step, callback, () => awaitCallback(scope, callback, project));
  }
  callback.asked = true;
  const waiter = step ?? scope;
  const wait = new OutsideWait(waiter, true); // its handle may have been given away
  const { promise, resolve, reject } = OperationPromise.open<R>(waiter, wait.awaited);
  wait.opens();
  execution.whenChanged(callback.operationId, (operation) => {
    wait.closes();
    settleFrom(() => mapOutcome(readOutcome<T>(callback, operation), project), resolve, reject);
  });
  return promise;
}

/** The running step that this call was made in, if it belongs to the same execution. */
export function runningStepOf(scope: ContextScope): StepBody | undefined {
  const step = runningStep.getStore();
  return step?.scope.execution === scope.execution ? step : undefined;
}

/**
 * An at-most-once step may read the outcome of a callback that has ended, which only the service knows, but
 * not wait for one that is open.
 *
 * @returns what `read` does, or a rejection with StepCannotWaitError.
 */
export function ifEnded<R>(
  step: StepBody,
  callback: KnownCallback,
  read: () => Promise<R>,
): Promise<R> {
  const { promise, resolve, reject } = OperationPromise.open<R>(step);
  void step.execution.refreshed().then(() => {
    if (hasEnded(step.scope, callback)) resolve(read());
    else reject(cannotWait(step, callback));
  });
  return promise;
}

function cannotWait(step: StepBody, callback: KnownCallback): StepCannotWaitError {
  const name =
    step.stepName === undefined
      ? "An at-most-once step"
      : `The at-most-once step "${step.stepName}"`;
  return new StepCannotWaitError(
    `${name} cannot wait for ${describeCallback(callback)}: waiting means running the step again later. ` +
      "Wait outside the step, or make the step at-least-once.",
  );
}

export function hasEnded(scope: ContextScope, callback: KnownCallback): boolean {
  return isEnded(scope.execution.history.get(callback.operationId)?.Status ?? "STARTED");
}

/** What an ended callback means to the handler. Asynchronous only if serdes or schema are. */
export function readOutcome<T>(
  callback: KnownCallback,
  operation: Operation,
): CallbackOutcome<T> | Promise<CallbackOutcome<T>> {
  const { Result, Error: error } = operation.CallbackDetails ?? {};
  switch (operation.Status) {
    case "SUCCEEDED":
      return outcomeOfPayload<T>(callback, Result);
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
    return verdict instanceof Promise ? verdict.then(judge) : judge(verdict);
  };
  try {
    const value = deserialize(callback.serdes, text, describeCallback(callback));
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

function mapOutcome<T, R>(
  outcome: CallbackOutcome<T> | Promise<CallbackOutcome<T>>,
  project: (outcome: CallbackOutcome<T>) => R,
): R | Promise<R> {
  return outcome instanceof Promise ? outcome.then(project) : project(outcome);
}

/** Settles with what a function returns, or rejects with what it throws. */
export function settleFrom<R>(
  make: () => R | Promise<R>,
  resolve: (value: R | Promise<R>) => void,
  reject: (error: unknown) => void,
): void {
  try {
    const value = make();
    if (value instanceof Promise) value.then(resolve, reject);
    else resolve(value);
  } catch (error) {
    reject(error);
  }
}

/** Guide: "callback.result() returns None" when it timed out. */
function resultOf<T>(outcome: CallbackOutcome<T>): T | undefined {
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
