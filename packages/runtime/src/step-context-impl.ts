import type { Callback, CallbackConfig, CallbackWaitConfig } from "./callback.ts";
import { called, callbackIdOf, checkedName, namedArguments } from "./check/arguments.ts";
import { checkedConfig } from "./check/config.ts";
import { callbackOptions, callbackWaitOptions } from "./config-checks.ts";
import type { StepContext } from "./context.ts";
import { durationToSeconds } from "./duration.ts";
import type { Logger } from "./logger.ts";
import { createCallback } from "./operations/callback.ts";
import { waitForCallbackById } from "./operations/wait-for-callback.ts";
import { ServiceLimits } from "./protocol/limits.ts";
import { assertInnermost, assertOfThisInvocation } from "./replay/innermost.ts";
import { OperationPromise } from "./replay/operation-promise.ts";
import type { ContextScope } from "./replay/scope.ts";
import { StepBody } from "./replay/step-body.ts";
import type { Serdes } from "./serdes.ts";

/** Reads the arguments of a step context's methods, and hands them to `operations/`. */
export class StepContextImpl implements StepContext {
  readonly #body: StepBody;
  readonly #serdes: Serdes<never>;
  #logger: Logger | undefined;

  constructor(body: StepBody, serdes: Serdes<never>) {
    this.#body = body;
    this.#serdes = serdes;
  }

  get attempt(): number {
    return this.#body.attempt;
  }

  get logger(): Logger {
    const { execution, logPlace } = this.#body;
    this.#logger ??= execution.lambda.loggerAt(() => logPlace);
    return this.#logger;
  }

  createCallback<T>(...args: readonly unknown[]): Promise<Callback<T>> {
    return operation(this.#body, "step.createCallback", args, () =>
      createCallbackIn(this.#body, args, this.#serdes),
    );
  }

  waitForCallback<T>(...args: readonly unknown[]): Promise<T> {
    return operation(this.#body, "step.waitForCallback", args, () =>
      waitForCallbackIn(this.#body, args, this.#serdes),
    );
  }
}

/**
 * Begins an operation. What is wrong with the call rejects the promise; nothing comes of one that was made
 * when the invocation was over.
 */
export function operation<T>(
  on: ContextScope | StepBody,
  method: string,
  args: readonly unknown[],
  begin: () => Promise<T>,
): Promise<T> {
  const [first] = args;
  const call = (): string =>
    typeof first === "string" ? `${method}(${JSON.stringify(first)}, …)` : method;
  try {
    assertOfThisInvocation(on, call);
    if (on.execution.ended) return new Promise(() => {});
    assertInnermost(on, call);
    return begin();
  } catch (error) {
    return OperationPromise.failed(error);
  }
}

function scopeOf(on: ContextScope | StepBody): ContextScope {
  return on instanceof StepBody ? on.scope : on;
}

export function createCallbackIn<T>(
  on: ContextScope | StepBody,
  args: readonly unknown[],
  serdes: Serdes<never>,
): Promise<Callback<T>> {
  const [name, config] = namedArguments("createCallback", args);
  const settings = checkedConfig<CallbackConfig<T>>(
    called("createCallback", name),
    config,
    callbackOptions,
  );
  return createCallback(scopeOf(on), () => on.nextPlace(), { name, config: settings, serdes });
}

export function waitForCallbackIn<T>(
  on: ContextScope | StepBody,
  [target, config]: readonly unknown[],
  serdes: Serdes<never>,
): Promise<T> {
  const { name, timeout } = checkedConfig<CallbackWaitConfig>(
    called("waitForCallback", undefined),
    config,
    callbackWaitOptions,
  );
  return waitForCallbackById<T>(scopeOf(on), () => on.nextPlace(), {
    callbackId: callbackIdOf(target),
    name: checkedName("waitForCallback", name),
    timeoutSeconds:
      timeout === undefined
        ? 0
        : durationToSeconds(timeout, "timeout", { max: ServiceLimits.waitSeconds }),
    serdes,
  });
}
