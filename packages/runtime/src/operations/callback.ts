import type { Callback, CallbackConfig, CallbackOutcome } from "../callback.ts";
import { durationToSeconds } from "../duration.ts";
import { describeCallback, ServiceCallError, StepCannotWaitError } from "../errors.ts";
import { isEnded, OperationSubType } from "../protocol/operation.ts";
import type { KnownCallback } from "../replay/known-callback.ts";
import { assertOfThisInvocation } from "../replay/innermost.ts";
import { OperationPromise } from "../replay/operation-promise.ts";
import { OutsideWait } from "../replay/outside-wait.ts";
import type { ContextScope, Place } from "../replay/scope.ts";
import { runningStepOf, type StepBody } from "../replay/step-body.ts";
import type { Serdes } from "../serdes.ts";
import { mapOutcome, readOutcome, resultOf } from "./callback-outcome.ts";
import { settleFrom } from "./settle.ts";

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
    /** It belongs to another operation, and its outcome is not the user's to await. */
    readonly isPart?: boolean;
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
  if (options.isPart !== true) execution.watch?.made(place.id);
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
  const outcome = <R>(method: string, project: (outcome: CallbackOutcome<T>) => R): Promise<R> => {
    try {
      assertOfThisInvocation(scope, () => `callback.${method} of ${describeCallback(known)}`);
    } catch (error) {
      return OperationPromise.failed(error);
    }
    return awaitCallback(scope, known, project);
  };
  return {
    callbackId: known.callbackId,
    result: () => outcome("result", resultOf),
    settled: () => outcome("settled", (settled) => settled),
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
  const { promise, resolve, reject } = OperationPromise.open<R>(waiter, {
    id: callback.operationId,
    awaited: wait.awaited,
  });
  wait.opens();
  execution.whenChanged(callback.operationId, (operation) => {
    wait.closes();
    settleFrom(
      () => mapOutcome(readOutcome<T>(execution, callback, operation), project),
      resolve,
      reject,
    );
  });
  return promise;
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
    step.name === undefined ? "An at-most-once step" : `The at-most-once step "${step.name}"`;
  return new StepCannotWaitError(
    `${name} cannot wait for ${describeCallback(callback)}: waiting means running the step again later. ` +
      "Wait outside the step, or make the step at-least-once.",
  );
}

export function hasEnded(scope: ContextScope, callback: KnownCallback): boolean {
  return isEnded(scope.execution.history.get(callback.operationId)?.Status ?? "STARTED");
}
