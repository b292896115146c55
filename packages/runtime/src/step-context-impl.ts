import type { Callback, CallbackConfig, CallbackWaitConfig } from "./callback.ts";
import { called, callbackIdOf, checkedName, namedArguments } from "./check/arguments.ts";
import { checkedConfig } from "./check/config.ts";
import { callbackOptions, callbackWaitOptions } from "./check/options.ts";
import type { StepContext } from "./context.ts";
import { durationToSeconds } from "./duration.ts";
import type { Logger } from "./logger.ts";
import { createCallback } from "./operations/callback.ts";
import { waitForCallbackById } from "./operations/wait-for-callback.ts";
import { OperationPromise } from "./replay/operation-promise.ts";
import type { ContextScope, Place } from "./replay/scope.ts";
import { runningStepOf, type StepBody } from "./replay/step-body.ts";
import type { Serdes } from "./serdes.ts";

/** Reads the arguments of a step context's methods, and hands them to `operations/`. */
export class StepContextImpl implements StepContext {
  readonly #body: StepBody;
  readonly #serdes: Serdes<never>;

  constructor(body: StepBody, serdes: Serdes<never>) {
    this.#body = body;
    this.#serdes = serdes;
  }

  get attempt(): number {
    return this.#body.attempt;
  }

  get logger(): Logger {
    return this.#body.scope.execution.liveLogger;
  }

  createCallback<T>(...args: readonly unknown[]): Promise<Callback<T>> {
    return this.#operation(() => createCallbackIn<T>(this.#body.scope, args, this.#serdes));
  }

  waitForCallback<T>(...args: readonly unknown[]): Promise<T> {
    return this.#operation(() => waitForCallbackIn<T>(this.#body.scope, args, this.#serdes));
  }

  #operation<T>(begin: () => Promise<T>): Promise<T> {
    if (this.#body.scope.execution.ended) return new Promise(() => {});
    try {
      return begin();
    } catch (error) {
      return OperationPromise.failed(error);
    }
  }
}

/** Inside a step the place is the step's, whichever context the call was made on. */
function nextPlaceIn(scope: ContextScope): Place {
  return (runningStepOf(scope) ?? scope).nextPlace();
}

export function createCallbackIn<T>(
  scope: ContextScope,
  args: readonly unknown[],
  serdes: Serdes<never>,
): Promise<Callback<T>> {
  const [name, config] = namedArguments("createCallback", args);
  const settings = checkedConfig<CallbackConfig<T>>(
    called("createCallback", name),
    config,
    callbackOptions,
  );
  return createCallback(scope, () => nextPlaceIn(scope), { name, config: settings, serdes });
}

export function waitForCallbackIn<T>(
  scope: ContextScope,
  [target, config]: readonly unknown[],
  serdes: Serdes<never>,
): Promise<T> {
  const { name, timeout } = checkedConfig<CallbackWaitConfig>(
    called("waitForCallback", undefined),
    config,
    callbackWaitOptions,
  );
  return waitForCallbackById<T>(scope, () => nextPlaceIn(scope), {
    callbackId: callbackIdOf(target),
    name: checkedName("waitForCallback", name),
    timeoutSeconds: timeout === undefined ? 0 : durationToSeconds(timeout, "timeout"),
    serdes,
  });
}
