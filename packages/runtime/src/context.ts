import type { BatchConfig, BatchData, BatchResult, MapConfig } from "./batch.ts";
import type {
  Callback,
  CallbackConfig,
  CallbackId,
  CallbackWaitConfig,
  WaitForCallbackConfig,
} from "./callback.ts";
import type {
  ChildContextConfig,
  InvokeConfig,
  StepConfig,
  WaitForConditionConfig,
} from "./config.ts";
import type { Duration } from "./duration.ts";
import type { LambdaContext } from "./lambda-context.ts";
import type { Logger } from "./logger.ts";
import type { DurablePromises } from "./promises.ts";
import type { Serdes } from "./serdes.ts";
import type { Serialized } from "./serialized.ts";

/** The two ways to wait for a callback that exists, in a handler or in a step. */
interface CallbackOperations {
  /**
   * Starts a callback. It is recorded, and has its id, when the promise resolves.
   *
   * Source: docs/core/callbacks.md of aws/aws-durable-execution-sdk-python, "Method signatures".
   *
   * @throws InvalidDurationError for a timeout that cannot be right; nothing is recorded.
   *
   * @example
   * ```ts
   * const approval = await context.createCallback<Approval>("approval", {
   *   timeout: { hours: 48 },
   *   heartbeatTimeout: { hours: 12 },
   * });
   * await context.step("ask", () => askForApproval(approval.callbackId));
   * const answer = await approval.result();
   * ```
   */
  createCallback<T>(name: string | undefined, config?: CallbackConfig<T>): Promise<Callback<T>>;
  createCallback<T>(config?: CallbackConfig<T>): Promise<Callback<T>>;

  /**
   * Waits for a callback of this execution, given the callback or its id.
   *
   * Source: docs/core/callbacks.md of aws/aws-durable-execution-sdk-python, "Waiting for callbacks".
   *
   * @throws CallbackTimeoutError when the callback timed out, or the wait's own timeout passed first.
   * @throws CallbackExternalError when the sender reports a failure.
   * @throws UnknownCallbackError when this execution has no such callback.
   *
   * @example
   * ```ts
   * const payment = await context.waitForCallback(callback, { timeout: { minutes: 5 } });
   * ```
   */
  waitForCallback<T>(
    callback: Callback<T> | CallbackId<T>,
    config?: CallbackWaitConfig,
  ): Promise<T>;
}

/**
 * What a step's function gets.
 *
 * A step that waits for a callback is suspended like the rest of the handler. Every later invocation runs
 * its function again from the start until the callback has ended, and finds the same callback: what it does
 * before it waits must be idempotent. Each retry has callbacks of its own.
 *
 * Source: docs/core/callbacks.md of aws/aws-durable-execution-sdk-python, "Can callbacks be used with steps?".
 */
export interface StepContext extends CallbackOperations {
  /** 1 for the first attempt. */
  readonly attempt: number;
  readonly logger: Logger;
}

/**
 * What a durable handler works with.
 *
 * Every operation starts when it is called, and is recorded. Its promise may be awaited at once, later,
 * or together with others (`Promise.all`, `Promise.race`).
 *
 * A context may be used where it is the innermost one: in a child context, use the one that its function is
 * given; a step holds no other operations. Elsewhere an operation fails the execution with a
 * WrongContextError, whatever the handler catches. `logger`, `executionArn` and `lambdaContext` may be read
 * anywhere.
 */
export interface DurableContext extends CallbackOperations {
  /** With a `serdes` of its own: gives what that makes. */
  step<T>(
    name: string | undefined,
    fn: (step: StepContext) => T | Promise<T>,
    config: StepConfig<T> & WithSerdes<T>,
  ): Promise<T>;
  step<T>(
    fn: (step: StepContext) => T | Promise<T>,
    config: StepConfig<T> & WithSerdes<T>,
  ): Promise<T>;
  /**
   * Runs a function and records its result, so that a replay does not run it again.
   *
   * What it returns goes through `serdes`, in tests as in production: a class instance comes back as
   * plain data, as the type says ({@link Serialized}). It may run more than once;
   * {@link StepConfig.semantics} says when.
   *
   * @throws StepError when it failed and is not retried; `cause` is what it threw.
   *
   * @example
   * ```ts
   * const charge = await context.step("charge", () => payments.charge(order), {
   *   retryStrategy: createRetryStrategy({ maxAttempts: 3 }),
   * });
   * ```
   */
  step<T>(
    name: string | undefined,
    fn: (step: StepContext) => T | Promise<T>,
    config?: StepConfig<T>,
  ): Promise<Serialized<T>>;
  step<T>(
    fn: (step: StepContext) => T | Promise<T>,
    config?: StepConfig<T>,
  ): Promise<Serialized<T>>;

  /**
   * Suspends the execution for a time: at least a second, at most 366 days.
   *
   * @throws InvalidDurationError for a duration that cannot be right; nothing is recorded.
   *
   * @example
   * ```ts
   * await context.wait("cooldown", { hours: 1 });
   * ```
   */
  wait(name: string | undefined, duration: Duration): Promise<void>;
  wait(duration: Duration): Promise<void>;

  waitForCallback<T>(
    callback: Callback<T> | CallbackId<T>,
    config?: CallbackWaitConfig,
  ): Promise<T>;
  /**
   * Creates a callback, hands its id to `submitter` in a step that is retried, and waits for the answer.
   *
   * Source: docs/core/callbacks.md of aws/aws-durable-execution-sdk-python, "Can callbacks be used with steps?".
   *
   * @throws CallbackTimeoutError, CallbackExternalError, CallbackValidationError
   * @throws CallbackSubmitterError when the submitter failed and its retries are spent.
   *
   * @example
   * ```ts
   * const receipt = await context.waitForCallback<Receipt>(
   *   "payment",
   *   (callbackId) => queue.send({ callbackId, amount }),
   *   { timeout: { minutes: 5 } },
   * );
   * ```
   */
  waitForCallback<T>(
    name: string | undefined,
    submitter: (callbackId: string, step: StepContext) => void | Promise<void>,
    config?: WaitForCallbackConfig<T>,
  ): Promise<T>;
  waitForCallback<T>(
    submitter: (callbackId: string, step: StepContext) => void | Promise<void>,
    config?: WaitForCallbackConfig<T>,
  ): Promise<T>;

  /** With a `serdes` of its own: gives what that makes. */
  runInChildContext<T>(
    name: string | undefined,
    fn: (child: DurableContext) => Promise<T>,
    config: ChildContextConfig<T> & WithSerdes<T>,
  ): Promise<T>;
  runInChildContext<T>(
    fn: (child: DurableContext) => Promise<T>,
    config: ChildContextConfig<T> & WithSerdes<T>,
  ): Promise<T>;
  /**
   * Groups operations: they get ids of their own, and once the function has returned only its result is
   * replayed.
   *
   * @throws ChildContextError when the function throws; `cause` is what it threw.
   *
   * @example
   * ```ts
   * const [flight, hotel] = await Promise.all([
   *   context.runInChildContext("flight", (child) => bookFlight(child, trip)),
   *   context.runInChildContext("hotel", (child) => bookHotel(child, trip)),
   * ]);
   * ```
   */
  runInChildContext<T>(
    name: string | undefined,
    fn: (child: DurableContext) => Promise<T>,
    config?: ChildContextConfig<T>,
  ): Promise<Serialized<T>>;
  runInChildContext<T>(
    fn: (child: DurableContext) => Promise<T>,
    config?: ChildContextConfig<T>,
  ): Promise<Serialized<T>>;

  /** With a `resultSerdes`: gives what that makes. */
  invoke<Output = unknown, Input = unknown>(
    functionName: string,
    input: Input,
    config: InvokeConfig<Input, Output> & { readonly resultSerdes: Serdes<Output> },
  ): Promise<Output>;
  /**
   * Has another Lambda function invoked, and waits for its result; the execution is suspended meanwhile.
   *
   * A durable function runs as an execution of its own. `undefined` when the function returned nothing.
   *
   * The function comes first and the operation's name is an option, so that no text can be taken for the
   * other. With AWS's SDK it is `invoke(name, functionName, input)`.
   *
   * Source: the service's CHAINED_INVOKE operation.
   *
   * @param functionName - a name or an ARN, with a version or alias if need be: 1 to 256 characters.
   * @throws InvokeError when the function fails, times out, or is stopped; `cause` is its error.
   * @throws PayloadTooLargeError when the input is larger than 262 144 bytes.
   *
   * @example
   * ```ts
   * const receipt = await context.invoke<Receipt>("charge-card:live", { orderId, amount });
   * ```
   */
  invoke<Output = unknown, Input = unknown>(
    functionName: string,
    input: Input,
    config?: InvokeConfig<Input, Output>,
  ): Promise<Serialized<Output>>;

  /** With a `serdes` of its own: gives what that makes. */
  waitForCondition<State>(
    name: string | undefined,
    check: (state: State, step: StepContext) => State | Promise<State>,
    config: WaitForConditionConfig<State, State> & WithSerdes<State>,
  ): Promise<State>;
  waitForCondition<State>(
    check: (state: State, step: StepContext) => State | Promise<State>,
    config: WaitForConditionConfig<State, State> & WithSerdes<State>,
  ): Promise<State>;
  /**
   * Runs a check again and again until its wait strategy says that it is enough; the execution is suspended
   * in between. Resolves to the last state.
   *
   * The state goes through `serdes` before the first check and after every one, so that all checks get it in
   * the same form. A check may run more than once, as a step may.
   *
   * @throws WaitForConditionError when the check or the strategy throws; `cause` is that error.
   *
   * @example
   * ```ts
   * const job = await context.waitForCondition("job", () => jobs.describe(id), {
   *   initialState: { status: "RUNNING" },
   *   waitStrategy: ({ status }, attempt) =>
   *     status === "RUNNING"
   *       ? { shouldContinue: true, delay: { seconds: attempt * 10 } }
   *       : { shouldContinue: false },
   * });
   * ```
   */
  waitForCondition<State>(
    name: string | undefined,
    check: (state: Serialized<State>, step: StepContext) => State | Promise<State>,
    config: WaitForConditionConfig<State>,
  ): Promise<Serialized<State>>;
  waitForCondition<State>(
    check: (state: Serialized<State>, step: StepContext) => State | Promise<State>,
    config: WaitForConditionConfig<State>,
  ): Promise<Serialized<State>>;

  /** With a `serdes` of its own: gives what that makes. */
  map<Item, T>(
    name: string | undefined,
    items: readonly Item[],
    fn: (
      child: DurableContext,
      item: Item,
      index: number,
      items: readonly Item[],
    ) => T | Promise<T>,
    config: MapConfig<Item, T> & WithBatchSerdes<T>,
  ): Promise<BatchResult<T>>;
  map<Item, T>(
    items: readonly Item[],
    fn: (
      child: DurableContext,
      item: Item,
      index: number,
      items: readonly Item[],
    ) => T | Promise<T>,
    config: MapConfig<Item, T> & WithBatchSerdes<T>,
  ): Promise<BatchResult<T>>;
  /**
   * Applies a function to each of many items, each in a child context of its own, and tells what became of
   * them. Items begin in their order; results stand in their order.
   *
   * By default all go on at once, and the first failure completes the batch: {@link BatchConfig} says how to
   * change that. It throws for no item's failure; {@link BatchResult.throwIfError} does.
   *
   * @throws ChildContextError when a function of the config throws.
   *
   * @example
   * ```ts
   * const batch = await context.map(
   *   "ship",
   *   orders,
   *   (child, order) => child.step("label", () => carrier.label(order)),
   *   { maxConcurrency: 10, completionConfig: { toleratedFailurePercentage: 5 } },
   * );
   * batch.throwIfError();
   * ```
   */
  map<Item, T>(
    name: string | undefined,
    items: readonly Item[],
    fn: (
      child: DurableContext,
      item: Item,
      index: number,
      items: readonly Item[],
    ) => T | Promise<T>,
    config?: MapConfig<Item, T>,
  ): Promise<BatchResult<Serialized<T>>>;
  map<Item, T>(
    items: readonly Item[],
    fn: (
      child: DurableContext,
      item: Item,
      index: number,
      items: readonly Item[],
    ) => T | Promise<T>,
    config?: MapConfig<Item, T>,
  ): Promise<BatchResult<Serialized<T>>>;

  /** With a `serdes` of its own: gives what that makes. */
  parallel<T extends readonly unknown[] | []>(
    name: string | undefined,
    branches: { readonly [Key in keyof T]: ParallelBranch<T[Key]> },
    config: BatchConfig<T[number]> & WithBatchSerdes<T[number]>,
  ): Promise<BatchResult<T[number]>>;
  parallel<T extends readonly unknown[] | []>(
    branches: { readonly [Key in keyof T]: ParallelBranch<T[Key]> },
    config: BatchConfig<T[number]> & WithBatchSerdes<T[number]>,
  ): Promise<BatchResult<T[number]>>;
  /**
   * Runs branches side by side, each in a child context of its own, and tells what became of them. As
   * {@link DurableContext.map}, but for functions that differ.
   *
   * @throws ChildContextError when a function of the config throws.
   *
   * @example
   * ```ts
   * const batch = await context.parallel("book", [
   *   { name: "flight", func: (child) => bookFlight(child, trip) },
   *   { name: "hotel", func: (child) => bookHotel(child, trip) },
   * ]);
   * ```
   */
  parallel<T extends readonly unknown[] | []>(
    name: string | undefined,
    branches: { readonly [Key in keyof T]: ParallelBranch<T[Key]> },
    config?: BatchConfig<T[number]>,
  ): Promise<BatchResult<Serialized<T[number]>>>;
  parallel<T extends readonly unknown[] | []>(
    branches: { readonly [Key in keyof T]: ParallelBranch<T[Key]> },
    config?: BatchConfig<T[number]>,
  ): Promise<BatchResult<Serialized<T[number]>>>;

  /** Promises of operations, waited for together. */
  readonly promise: DurablePromises;

  /**
   * Writes nothing while the handler replays, so that each line is written once. Every line gets one more
   * argument, {@link LogMetadata}: which execution, invocation and operation it comes from.
   */
  readonly logger: Logger;
  readonly executionArn: string;
  /**
   * What Lambda passed to this invocation: request id, function name and version, tenant, remaining time.
   * Another one in every invocation, so it may decide nothing outside of steps.
   *
   * @throws NotDurableInvocationError when whoever called the handler passed none.
   *
   * @example
   * ```ts
   * await context.step("export", async () => {
   *   while (context.lambdaContext.getRemainingTimeInMillis() > 10_000 && (await exportNext()));
   * });
   * ```
   */
  readonly lambdaContext: LambdaContext;
}

/** A config that says how the result is stored. */
interface WithSerdes<T> {
  readonly serdes: Serdes<T>;
}

/** The config of a batch that says how its results, or those of its items, are stored. */
type WithBatchSerdes<T> =
  | { readonly serdes: Serdes<BatchData<T>> }
  | { readonly itemSerdes: Serdes<T> };

/** What a branch of `parallel` does. */
export type ParallelFunction<T> = (child: DurableContext) => T | Promise<T>;

/** A branch of `parallel`: a function, or one with a name. Default names: `parallel-branch-0` and so on. */
export type ParallelBranch<T> =
  | ParallelFunction<T>
  | { readonly name?: string | undefined; readonly func: ParallelFunction<T> };
