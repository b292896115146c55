import type { CallbackConfig, CallbackOutcome, WaitForCallbackConfig } from "../callback.ts";
import {
  asError,
  CallbackSubmitterError,
  CallbackTimeoutError,
  describeOperation,
  StepError,
  UnknownCallbackError,
} from "../errors.ts";
import { isEnded, type Operation, OperationSubType } from "../protocol/operation.ts";
import { errorForCheckpoint, errorFromObject } from "../replay/checkpoint-error.ts";
import type { KnownCallback } from "../replay/known-callback.ts";
import { callbackWaitTimeoutId } from "../replay/operation-id.ts";
import { OperationPromise } from "../replay/operation-promise.ts";
import { OutsideWait } from "../replay/outside-wait.ts";
import type { ContextScope, Place } from "../replay/scope.ts";
import { runningStepOf, type StepBody } from "../replay/step-body.ts";
import type { Serdes } from "../serdes.ts";
import {
  awaitCallback,
  callbackOptions,
  createCallback,
  findCallback,
  hasEnded,
  ifEnded,
} from "./callback.ts";
import { readOutcome, timeoutReason, valueOf } from "./callback-outcome.ts";
import { runContext } from "./child-context.ts";
import { settleFrom } from "./settle.ts";
import { step } from "./step.ts";

/** Waits for a callback that this execution has created. */
export function waitForCallbackById<T>(
  scope: ContextScope,
  nextPlace: () => Place,
  options: {
    readonly callbackId: string;
    readonly name: string | undefined;
    readonly timeoutSeconds: number;
    readonly serdes: Serdes<never>;
  },
): Promise<T> {
  const callback = findCallback(scope, options.callbackId, options.serdes);
  if (callback === undefined) {
    throw new UnknownCallbackError(
      options.callbackId,
      "Wait for one that this execution has created, with the id it got from createCallback; one that ended in a child context goes when that context closes.",
    );
  }
  return options.timeoutSeconds === 0
    ? awaitCallback(scope, callback, (outcome: CallbackOutcome<T>) => valueOf(callback, outcome))
    : waitWithTimeout(scope, nextPlace(), callback, options);
}

/**
 * A wait with a timeout of its own. The CONTEXT remembers which came first, the callback or the
 * timeout, so that a replay repeats it; what the callback brought stands in the callback.
 */
function waitWithTimeout<T>(
  scope: ContextScope,
  place: Place,
  callback: KnownCallback,
  options: { readonly name: string | undefined; readonly timeoutSeconds: number },
): Promise<T> {
  const { execution } = scope;
  const inside = runningStepOf(scope);
  const waiter = inside ?? scope;
  if (inside?.atMostOnce === true && !hasEnded(scope, callback)) {
    return ifEnded(inside, callback, () => waitWithTimeout(scope, place, callback, options));
  }
  const request = {
    Id: place.id,
    ParentId: place.parentId,
    Name: options.name,
    Type: "CONTEXT",
    SubType: OperationSubType.CALLBACK_WAIT,
  } as const;
  const timer = {
    Id: callbackWaitTimeoutId(place.id, callback.operationId),
    ParentId: place.id,
    Name: undefined,
    Type: "WAIT",
    SubType: OperationSubType.CALLBACK_WAIT_TIMEOUT,
  } as const;

  callback.asked = true;
  execution.watch?.awaited(callback.operationId);
  const outside = new OutsideWait(waiter);
  const { promise, resolve, reject } = OperationPromise.open<T>(waiter, {
    id: place.id,
    awaited: outside.awaited,
  });
  const settleWithOutcome = (ended: Operation): void =>
    settleFrom(
      () => {
        const outcome = readOutcome<T>(execution, callback, ended);
        return outcome instanceof Promise
          ? outcome.then((known) => valueOf(callback, known))
          : valueOf(callback, outcome);
      },
      resolve,
      reject,
    );
  const endedCallback = (): Operation => {
    const operation = execution.history.get(callback.operationId);
    if (operation === undefined) throw new Error(`Callback ${callback.callbackId} has vanished.`);
    return operation;
  };

  const recorded = execution.recall(request);
  if (recorded !== undefined && isEnded(recorded.Status)) {
    execution.whenChanged(place.id, ({ Status, ContextDetails }) => {
      if (Status === "SUCCEEDED") settleWithOutcome(endedCallback());
      else reject(errorFromObject(ContextDetails?.Error ?? {}));
    });
    return promise;
  }
  if (recorded === undefined && hasEnded(scope, callback)) {
    // Nothing to time: there is nothing to record either, now or on a replay.
    execution.whenChanged(callback.operationId, settleWithOutcome);
    return promise;
  }
  if (scope.isOver(recorded)) return OperationPromise.open<never>(scope).promise;
  if (recorded === undefined) execution.checkpoint({ ...request, Action: "START" });
  if (execution.recall(timer) === undefined) {
    execution.checkpoint({
      ...timer,
      Action: "START",
      WaitOptions: { WaitSeconds: options.timeoutSeconds },
    });
  }

  outside.opens();
  let over = false;
  const first = (then: () => void): void => {
    if (over || scope.closed) return; // whoever waits in there goes on resting
    over = true;
    outside.closes();
    then();
  };
  const fail = (error: CallbackTimeoutError): void => {
    scope.checkpoint({ ...request, Action: "FAIL", Error: errorForCheckpoint(error) });
    execution.whenChanged(place.id, () => reject(error));
  };
  execution.whenChanged(callback.operationId, (operation) =>
    first(() => {
      if (operation.Status === "TIMED_OUT") {
        fail(new CallbackTimeoutError(callback, timeoutReason(operation)));
        return;
      }
      scope.checkpoint({ ...request, Action: "SUCCEED" });
      execution.whenChanged(place.id, () => settleWithOutcome(operation));
    }),
  );
  execution.whenChanged(timer.Id, () =>
    first(() => fail(new CallbackTimeoutError(callback, "wait"))),
  );
  return promise;
}

/**
 * Creates a callback, hands its id to the outside world in a step, and waits.
 *
 * The CONTEXT's result is the payload as it was sent, so that serdes and schema see it on a replay as
 * they did at first.
 */
export function waitForCallback<T>(
  scope: ContextScope,
  place: Place,
  options: {
    readonly name: string | undefined;
    readonly submitter: (callbackId: string, step: StepBody) => void | Promise<void>;
    readonly config: CallbackConfig<T> & Pick<WaitForCallbackConfig<T>, "retryStrategy">;
    readonly serdes: Serdes<never>;
  },
): Promise<T> {
  const { name, submitter, config, serdes } = options;
  callbackOptions(config); // refuses what is wrong before anything is recorded
  const read = (known: KnownCallback, text: string | undefined): T | Promise<T> => {
    const outcome = readOutcome<T>(scope.execution, known, {
      Id: place.id,
      Type: "CALLBACK",
      Status: "SUCCEEDED",
      StartTimestamp: "",
      CallbackDetails: { Result: text },
    });
    return outcome instanceof Promise
      ? outcome.then((settled) => valueOf(known, settled))
      : valueOf(known, outcome);
  };
  const replayed: KnownCallback = {
    operationId: place.id,
    callbackId: "",
    callbackName: name,
    serdes: (config.serdes as Serdes<never> | undefined) ?? serdes,
    schema: config.schema,
    madeInStep: false,
    asked: true,
  };

  const body = async (child: ContextScope): Promise<string | undefined> => {
    const callback = await createCallback<T>(child, () => child.nextPlace(), {
      name: undefined,
      config,
      serdes,
      knownAs: name,
      isPart: true,
    });
    const known = child.execution.callbacks.get(callback.callbackId);
    if (known === undefined) throw new Error(`Callback ${callback.callbackId} has vanished.`);
    const { retryStrategy } = config;
    try {
      await step<void>(child, child.nextPlace(), {
        name: undefined,
        knownAs: `the submitter of ${describeOperation("waitForCallback", name)}`,
        body: (running) => submitter(callback.callbackId, running),
        config: retryStrategy === undefined ? {} : { retryStrategy },
        serdes,
      });
    } catch (error) {
      // The answer counts more than how the question was put.
      if (!hasEnded(child, known)) throw submitterError(name, asError(error));
    }
    await awaitCallback(child, known, (outcome: CallbackOutcome<T>) => valueOf(known, outcome));
    return child.execution.history.get(known.operationId)?.CallbackDetails?.Result;
  };

  return runContext<T>(scope, place, {
    name,
    subType: OperationSubType.WAIT_FOR_CALLBACK,
    kind: "waitForCallback",
    body: body as (child: ContextScope) => Promise<never>,
    serdes: {
      serialize: (text: string | undefined) => text,
      deserialize: (text: string) => read(replayed, text),
    } as Serdes<never>,
    toError: errorFromObject,
  });
}

function submitterError(name: string | undefined, error: Error): CallbackSubmitterError {
  const cause = StepError.is(error) ? asError(error.cause) : error;
  return new CallbackSubmitterError(
    name,
    { ErrorType: cause.name, ErrorMessage: cause.message },
    { cause },
  );
}
