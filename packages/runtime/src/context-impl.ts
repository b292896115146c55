import type { BatchConfig, BatchResult, MapConfig } from "./batch.ts";
import type { Callback, WaitForCallbackConfig } from "./callback.ts";
import {
  called,
  checkedName,
  functionArgument,
  functionNameArgument,
  listArgument,
  namedArguments,
} from "./check/arguments.ts";
import { checkedConfig } from "./check/config.ts";
import {
  batchOptions,
  checkedBatchConfig,
  childContextOptions,
  invokeOptions,
  mapOptions,
  stepOptions,
  waitForCallbackOptions,
  waitForConditionOptions,
} from "./check/options.ts";
import type {
  ChildContextConfig,
  InvokeConfig,
  StepConfig,
  WaitForConditionConfig,
} from "./config.ts";
import type { DurableContext, StepContext } from "./context.ts";
import { durationToSeconds } from "./duration.ts";
import { InvalidArgumentError } from "./errors.ts";
import type { Logger } from "./logger.ts";
import { runInChildContext } from "./operations/child-context.ts";
import { invoke } from "./operations/invoke.ts";
import { map, mapTasks } from "./operations/map.ts";
import { parallel, parallelTasks } from "./operations/parallel.ts";
import { type Combinator, combine, handle } from "./operations/promise.ts";
import { step } from "./operations/step.ts";
import { wait } from "./operations/wait.ts";
import { waitForCallback } from "./operations/wait-for-callback.ts";
import { waitForCondition } from "./operations/wait-for-condition.ts";
import type { DurablePromises } from "./promises.ts";
import { OperationPromise } from "./replay/operation-promise.ts";
import type { ContextScope, Place } from "./replay/scope.ts";
import { runningStepOf } from "./replay/step-body.ts";
import type { Serdes } from "./serdes.ts";
import { createCallbackIn, StepContextImpl, waitForCallbackIn } from "./step-context-impl.ts";

/**
 * Reads the arguments of the context's methods and hands them to `operations/`.
 *
 * What is wrong with an argument rejects the promise, before a place is taken or anything recorded.
 */
export class DurableContextImpl implements DurableContext {
  readonly #scope: ContextScope;
  readonly #serdes: Serdes<never>;
  #promise: DurablePromises | undefined;

  constructor(scope: ContextScope, serdes: Serdes<never>) {
    this.#scope = scope;
    this.#serdes = serdes;
  }

  get logger(): Logger {
    return this.#scope.execution.logger;
  }

  get executionArn(): string {
    return this.#scope.execution.arn;
  }

  step<T>(...args: readonly unknown[]): Promise<T> {
    return this.#operation(() => {
      const [name, fn, config] = namedArguments("step", args);
      const body = functionArgument<(step: StepContext) => T | Promise<T>>("step", fn);
      const settings = checkedConfig<StepConfig<T>>(called("step", name), config, stepOptions);
      return step(this.#scope, this.#nextPlace("step"), {
        name,
        config: settings,
        serdes: this.#serdes,
        body: (running) => body(new StepContextImpl(running, this.#serdes)),
      });
    });
  }

  wait(...args: readonly unknown[]): Promise<void> {
    return this.#operation(() => {
      const [name, duration] = namedArguments("wait", args);
      const seconds = durationToSeconds(duration, "wait", { min: 1 });
      return wait(this.#scope, this.#nextPlace("wait"), { name, seconds });
    });
  }

  createCallback<T>(...args: readonly unknown[]): Promise<Callback<T>> {
    return this.#operation(() => createCallbackIn<T>(this.#scope, args, this.#serdes));
  }

  waitForCallback<T>(...args: readonly unknown[]): Promise<T> {
    return this.#operation(() => {
      const [first, second] = args;
      if (typeof first !== "function" && typeof second !== "function") {
        return waitForCallbackIn<T>(this.#scope, args, this.#serdes);
      }
      const [name, fn, config] = namedArguments("waitForCallback", args);
      const submitter = functionArgument<
        (callbackId: string, step: StepContext) => void | Promise<void>
      >("waitForCallback", fn);
      return waitForCallback<T>(this.#scope, this.#nextPlace("waitForCallback"), {
        name,
        submitter: (callbackId, running) =>
          submitter(callbackId, new StepContextImpl(running, this.#serdes)),
        config: checkedConfig<WaitForCallbackConfig<T>>(
          called("waitForCallback", name),
          config,
          waitForCallbackOptions,
        ),
        serdes: this.#serdes,
      });
    });
  }

  runInChildContext<T>(...args: readonly unknown[]): Promise<T> {
    return this.#operation(() => {
      const [name, fn, config] = namedArguments("runInChildContext", args);
      const body = functionArgument<(child: DurableContext) => Promise<T>>("runInChildContext", fn);
      const settings = checkedConfig<ChildContextConfig<T>>(
        called("runInChildContext", name),
        config,
        childContextOptions,
      );
      return runInChildContext(this.#scope, this.#nextPlace("runInChildContext"), {
        name,
        body: async (scope) => body(this.#in(scope)),
        serdes: (settings.serdes as Serdes<never> | undefined) ?? this.#serdes,
      });
    });
  }

  invoke<Output, Input>(...args: readonly unknown[]): Promise<Output> {
    return this.#operation(() => {
      const [target, input, config] = args;
      const functionName = functionNameArgument(target);
      const settings = checkedConfig<InvokeConfig<Input, Output>>(
        called("invoke", functionName),
        config,
        invokeOptions,
      );
      checkedName("invoke", settings.name);
      return invoke(this.#scope, this.#nextPlace("invoke"), {
        functionName,
        input,
        config: settings,
        serdes: this.#serdes,
      });
    });
  }

  waitForCondition<State>(...args: readonly unknown[]): Promise<State> {
    return this.#operation(() => {
      const [name, fn, config] = namedArguments("waitForCondition", args);
      const check = functionArgument<(state: State, step: StepContext) => State | Promise<State>>(
        "waitForCondition",
        fn,
        "name?, function, config",
      );
      const settings = checkedConfig<WaitForConditionConfig<State>>(
        called("waitForCondition", name),
        config,
        waitForConditionOptions,
        ["initialState", "waitStrategy"],
      );
      return waitForCondition(this.#scope, this.#nextPlace("waitForCondition"), {
        name,
        check: (state, running) => check(state, new StepContextImpl(running, this.#serdes)),
        config: settings,
        serdes: this.#serdes,
      });
    });
  }

  map<Item, T>(...args: readonly unknown[]): Promise<BatchResult<T>> {
    return this.#operation(() => {
      const [name, list, fn, options] = namedArguments("map", args);
      const items = listArgument<Item>("map", list, "items");
      const body = functionArgument<
        (child: DurableContext, item: Item, index: number, items: readonly Item[]) => T | Promise<T>
      >("map", fn, "name?, items, function, config?");
      const config = checkedBatchConfig<MapConfig<Item, T>>(
        called("map", name),
        options,
        mapOptions,
      );
      const tasks = mapTasks(items, config.itemNamer, async (scope, item, index) =>
        body(this.#in(scope), item, index, items),
      );
      const place = this.#nextPlace("map");
      return map<T>(this.#scope, place, { name, tasks, config, serdes: this.#serdes });
    });
  }

  parallel<T>(...args: readonly unknown[]): Promise<BatchResult<T>> {
    return this.#operation(() => {
      const [name, list, options] = namedArguments("parallel", args);
      const branches = listArgument("parallel", list, "branches");
      const config = checkedBatchConfig<BatchConfig<T>>(
        called("parallel", name),
        options,
        batchOptions,
      );
      const tasks = parallelTasks<T>(branches, async (scope, func) => func(this.#in(scope)));
      const place = this.#nextPlace("parallel");
      return parallel(this.#scope, place, { name, tasks, config, serdes: this.#serdes });
    });
  }

  get promise(): DurablePromises {
    const combinator =
      (kind: Combinator) =>
      (...args: readonly unknown[]): Promise<never> => {
        const promises = args.find((argument) => Array.isArray(argument));
        handle(promises ?? []); // also if nobody is there to go on
        return this.#operation(() => this.#combine(kind, args) as Promise<never>);
      };
    this.#promise ??= {
      all: combinator("all"),
      allSettled: combinator("allSettled"),
      any: combinator("any"),
      race: combinator("race"),
    };
    return this.#promise;
  }

  #combine(combinator: Combinator, args: readonly unknown[]): Promise<unknown> {
    const method = `promise.${combinator}`;
    const [name, list] = namedArguments(method, args);
    const promises = listArgument(method, list, "promises");
    if (combinator === "race" && promises.length === 0) {
      throw new InvalidArgumentError(`${method}: there is no promise to wait for.`);
    }
    const place = this.#nextPlace(method);
    return combine(this.#scope, place, { combinator, name, promises, serdes: this.#serdes });
  }

  /** The context that the body of a child gets. */
  #in(scope: ContextScope): DurableContext {
    return new DurableContextImpl(scope, this.#serdes);
  }

  /** Makes a rejected promise of whatever is thrown before the operation has begun. */
  #operation<T>(begin: () => Promise<T>): Promise<T> {
    if (this.#scope.execution.ended) return new Promise(() => {}); // nobody is there to go on
    try {
      return begin();
    } catch (error) {
      return OperationPromise.failed(error);
    }
  }

  #nextPlace(method: string): Place {
    const inside = runningStepOf(this.#scope);
    if (inside === undefined) return this.#scope.nextPlace();
    const name = inside.stepName === undefined ? "a step" : `step "${inside.stepName}"`;
    throw new InvalidArgumentError(
      `context.${method} was called inside ${name}. A step is one operation: use what it is given (step.createCallback, step.waitForCallback), or group operations with context.runInChildContext.`,
    );
  }
}
