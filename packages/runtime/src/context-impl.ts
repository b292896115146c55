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
} from "./config-checks.ts";
import type {
  ChildContextConfig,
  InvokeConfig,
  StepConfig,
  WaitForConditionConfig,
} from "./config.ts";
import type { DurableContext, StepContext } from "./context.ts";
import { durationToSeconds } from "./duration.ts";
import { InvalidArgumentError } from "./errors.ts";
import type { LambdaContext } from "./lambda-context.ts";
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
import { ServiceLimits } from "./protocol/limits.ts";
import type { DurablePromises } from "./promises.ts";
import { innermost } from "./replay/innermost.ts";
import type { ContextScope } from "./replay/scope.ts";
import type { Serdes } from "./serdes.ts";
import {
  createCallbackIn,
  operation,
  StepContextImpl,
  waitForCallbackIn,
} from "./step-context-impl.ts";

/**
 * Reads the arguments of the context's methods and hands them to `operations/`.
 *
 * What is wrong with an argument rejects the promise, before a place is taken or anything recorded.
 */
export class DurableContextImpl implements DurableContext {
  readonly #scope: ContextScope;
  readonly #serdes: Serdes<never>;
  #promise: DurablePromises | undefined;
  #logger: Logger | undefined;

  constructor(scope: ContextScope, serdes: Serdes<never>) {
    this.#scope = scope;
    this.#serdes = serdes;
  }

  get logger(): Logger {
    const { execution } = this.#scope;
    this.#logger ??= execution.lambda.loggerAt(
      () => (innermost(this.#scope) ?? this.#scope).logPlace,
      () => execution.replaying,
    );
    return this.#logger;
  }

  get executionArn(): string {
    return this.#scope.execution.arn;
  }

  get lambdaContext(): LambdaContext {
    return this.#scope.execution.lambda.context;
  }

  step<T>(...args: readonly unknown[]): Promise<T> {
    return operation(this.#scope, "context.step", args, () => {
      const [name, fn, config] = namedArguments("step", args);
      const body = functionArgument<(step: StepContext) => T | Promise<T>>("step", fn);
      const settings = checkedConfig<StepConfig<T>>(called("step", name), config, stepOptions);
      return step(this.#scope, this.#scope.nextPlace(), {
        name,
        config: settings,
        serdes: this.#serdes,
        body: (running) => body(new StepContextImpl(running, this.#serdes)),
      });
    });
  }

  wait(...args: readonly unknown[]): Promise<void> {
    return operation(this.#scope, "context.wait", args, () => {
      const [name, duration] = namedArguments("wait", args);
      const seconds = durationToSeconds(duration, "wait", {
        min: 1,
        max: ServiceLimits.waitSeconds,
      });
      return wait(this.#scope, this.#scope.nextPlace(), { name, seconds });
    });
  }

  createCallback<T>(...args: readonly unknown[]): Promise<Callback<T>> {
    return operation(this.#scope, "context.createCallback", args, () =>
      createCallbackIn<T>(this.#scope, args, this.#serdes),
    );
  }

  waitForCallback<T>(...args: readonly unknown[]): Promise<T> {
    return operation(this.#scope, "context.waitForCallback", args, () => {
      const [first, second] = args;
      if (typeof first !== "function" && typeof second !== "function") {
        return waitForCallbackIn<T>(this.#scope, args, this.#serdes);
      }
      const [name, fn, config] = namedArguments("waitForCallback", args);
      const submitter = functionArgument<
        (callbackId: string, step: StepContext) => void | Promise<void>
      >("waitForCallback", fn);
      return waitForCallback<T>(this.#scope, this.#scope.nextPlace(), {
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
    return operation(this.#scope, "context.runInChildContext", args, () => {
      const [name, fn, config] = namedArguments("runInChildContext", args);
      const body = functionArgument<(child: DurableContext) => Promise<T>>("runInChildContext", fn);
      const settings = checkedConfig<ChildContextConfig<T>>(
        called("runInChildContext", name),
        config,
        childContextOptions,
      );
      return runInChildContext(this.#scope, this.#scope.nextPlace(), {
        name,
        body: async (scope) => body(this.#in(scope)),
        config: settings,
        serdes: this.#serdes,
      });
    });
  }

  invoke<Output, Input>(...args: readonly unknown[]): Promise<Output> {
    return operation(this.#scope, "context.invoke", args, () => {
      const [target, input, config] = args;
      const functionName = functionNameArgument(target);
      const settings = checkedConfig<InvokeConfig<Input, Output>>(
        called("invoke", functionName),
        config,
        invokeOptions,
      );
      checkedName("invoke", settings.name);
      return invoke(this.#scope, this.#scope.nextPlace(), {
        functionName,
        input,
        config: settings,
        serdes: this.#serdes,
      });
    });
  }

  waitForCondition<State>(...args: readonly unknown[]): Promise<State> {
    return operation(this.#scope, "context.waitForCondition", args, () => {
      const [name, fn, config] = namedArguments("waitForCondition", args);
      const check = functionArgument<(state: State, step: StepContext) => State | Promise<State>>(
        "waitForCondition",
        fn,
        "name?, function, config",
      );
      const settings = checkedConfig<WaitForConditionConfig<State, State>>(
        called("waitForCondition", name),
        config,
        waitForConditionOptions,
        ["initialState", "waitStrategy"],
      );
      return waitForCondition(this.#scope, this.#scope.nextPlace(), {
        name,
        check: (state, running) => check(state, new StepContextImpl(running, this.#serdes)),
        config: settings,
        serdes: this.#serdes,
      });
    });
  }

  map<Item, T>(...args: readonly unknown[]): Promise<BatchResult<T>> {
    return operation(this.#scope, "context.map", args, () => {
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
      const place = this.#scope.nextPlace();
      return map<T>(this.#scope, place, { name, tasks, config, serdes: this.#serdes });
    });
  }

  parallel<T>(...args: readonly unknown[]): Promise<BatchResult<T>> {
    return operation(this.#scope, "context.parallel", args, () => {
      const [name, list, options] = namedArguments("parallel", args);
      const branches = listArgument("parallel", list, "branches");
      const config = checkedBatchConfig<BatchConfig<T>>(
        called("parallel", name),
        options,
        batchOptions,
      );
      const tasks = parallelTasks<T>(branches, async (scope, func) => func(this.#in(scope)));
      const place = this.#scope.nextPlace();
      return parallel(this.#scope, place, { name, tasks, config, serdes: this.#serdes });
    });
  }

  get promise(): DurablePromises {
    const combinator =
      (kind: Combinator) =>
      (...args: readonly unknown[]): Promise<never> => {
        const promises = args.find((argument) => Array.isArray(argument));
        handle(promises ?? []); // also if nobody is there to go on
        return operation(
          this.#scope,
          `context.promise.${kind}`,
          args,
          () => this.#combine(kind, args) as Promise<never>,
        );
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
    const place = this.#scope.nextPlace();
    return combine(this.#scope, place, { combinator, name, promises, serdes: this.#serdes });
  }

  /** The context that the body of a child gets. */
  #in(scope: ContextScope): DurableContext {
    return new DurableContextImpl(scope, this.#serdes);
  }
}
