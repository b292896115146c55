import type { BatchConfig, BatchResult, MapConfig, ParallelBranch } from "./batch.ts";
import type { Duration } from "./duration.ts";
import type {
  CallbackExternalError,
  CallbackTimeoutReason,
  CallbackValidationError,
  SerdesError,
} from "./errors.ts";
import type { Logger } from "./logger.ts";
import type { RetryStrategy } from "./retry.ts";
import type { Serdes } from "./serdes.ts";
import type { StandardSchemaV1 } from "./standard-schema.ts";
import type { WaitStrategy } from "./wait-strategy.ts";

declare const payload: unique symbol;

/**
 * The id of a callback whose payload is a `T`. At run time it is a plain string: send it to the outside
 * world as it is.
 */
export type CallbackId<T = unknown> = string & { readonly [payload]?: T };

/**
 * Makes a typed callback id of a text that came from elsewhere, such as a table or a message.
 *
 * @example
 * ```ts
 * const id = callbackId<Approval>(row.callbackId);
 * const approval = await context.waitForCallback(id); // Approval
 * ```
 */
export const callbackId = <T>(text: string): CallbackId<T> => text;

/** How a callback ended: what `callback.settled()` resolves to. */
export type CallbackOutcome<T> =
  | { readonly status: "SUCCEEDED"; readonly value: T }
  | {
      readonly status: "FAILED";
      /** The sender's failure, or what is wrong with the payload it sent. */
      readonly error: CallbackExternalError | CallbackValidationError | SerdesError;
    }
  | {
      readonly status: "TIMED_OUT";
      /** `"timeout"`: no answer in time; `"heartbeat"`: no sign of life in time. */
      readonly reason: Exclude<CallbackTimeoutReason, "wait">;
    };

/**
 * A place where the outside world can put an answer.
 *
 * Source: guide, "What are callbacks?".
 */
export interface Callback<T> {
  /** Send it to whoever is to answer. Treat it as a secret. */
  readonly callbackId: CallbackId<T>;
  /**
   * Waits for the answer; the execution is suspended meanwhile.
   *
   * Resolves to `undefined` when the callback timed out. An answer without payload is `undefined` as
   * well; {@link Callback.settled} tells them apart.
   *
   * @throws CallbackExternalError when the sender reports a failure.
   * @throws CallbackValidationError when the payload does not fit the schema.
   *
   * @example
   * ```ts
   * const approval = await callback.result();
   * if (approval === undefined) return { status: "expired" };
   * ```
   */
  result(): Promise<T | undefined>;
  /**
   * Waits for the end of the callback and tells how it ended. Throws for no outcome.
   *
   * @example
   * ```ts
   * const outcome = await callback.settled();
   * if (outcome.status === "TIMED_OUT" && outcome.reason === "heartbeat") await restartWorker();
   * ```
   */
  settled(): Promise<CallbackOutcome<T>>;
}

/**
 * Settings of a callback.
 *
 * Source: guide, "Configuration".
 */
export interface CallbackConfig<T> {
  /** How long to wait for the answer, from the start of the callback. Zero or absent: for ever. */
  readonly timeout?: Duration | undefined;
  /** The longest silence between two heartbeats. Zero or absent: silence is fine. */
  readonly heartbeatTimeout?: Duration | undefined;
  /** How the payload is read. JSON unless given. */
  readonly serdes?: Serdes<T> | undefined;
  /** What the payload must look like: any Standard Schema (zod, valibot, arktype …). */
  readonly schema?: StandardSchemaV1<unknown, T> | undefined;
}

/** Settings of `waitForCallback` with a submitter. */
export interface WaitForCallbackConfig<T> extends CallbackConfig<T> {
  /** When the submitter is tried again. Default: `createRetryStrategy()`. */
  readonly retryStrategy?: RetryStrategy | undefined;
}

/** Settings of `waitForCallback` for a callback that exists. */
export interface CallbackWaitConfig {
  /** A name for the wait. Recorded only if it has a timeout. */
  readonly name?: string | undefined;
  /** Gives up this wait, not the callback. Zero or absent: waits as long as the callback is open. */
  readonly timeout?: Duration | undefined;
}

/** Settings of a step. */
export interface StepConfig<T> {
  /** When a failed step is tried again. Default: `createRetryStrategy()`. */
  readonly retryStrategy?: RetryStrategy | undefined;
  /**
   * What happens to a step that was interrupted before its result was recorded. By default it runs
   * again; an `AtMostOncePerRetry` step fails with StepInterruptedError, which the retry strategy sees.
   */
  readonly semantics?: "AtLeastOncePerRetry" | "AtMostOncePerRetry" | undefined;
  /** How the result is stored. JSON unless given. */
  readonly serdes?: Serdes<T> | undefined;
}

/** Settings of a child context. */
export interface ChildContextConfig<T> {
  /** How the result is stored. JSON unless given. */
  readonly serdes?: Serdes<T> | undefined;
}

/** Settings of `invoke`. */
export interface InvokeConfig<Input, Output> {
  readonly name?: string | undefined;
  /** For a function that is isolated by tenant: whose invocation it is. */
  readonly tenantId?: string | undefined;
  /** How the input is written. JSON unless given. */
  readonly payloadSerdes?: Serdes<Input> | undefined;
  /** How the result is read. JSON unless given. */
  readonly resultSerdes?: Serdes<Output> | undefined;
}

/** Settings of `waitForCondition`. */
export interface WaitForConditionConfig<State> {
  /** What the first check gets. Each later one gets what the one before has returned. */
  readonly initialState: State;
  /** Whether to check again, and when; {@link createWaitStrategy} makes one. */
  readonly waitStrategy: WaitStrategy<State>;
  /** How the state is stored. JSON unless given. */
  readonly serdes?: Serdes<State> | undefined;
}

/**
 * `Promise.all`, `allSettled`, `any` and `race`, with an outcome that is recorded: on a replay it is there
 * without the promises.
 *
 * Give them promises of operations, or of code that does nothing but operations.
 */
export interface DurablePromises {
  /**
   * Waits for all, or for the first to reject.
   *
   * @throws PromiseCombinatorError when one rejects; `cause` is its error.
   *
   * @example
   * ```ts
   * const [stock, price] = await context.promise.all("offer", [
   *   context.step("stock", () => warehouse.stock(item)),
   *   context.step("price", () => catalogue.price(item)),
   * ]);
   * ```
   */
  all<T extends readonly unknown[] | []>(
    name: string | undefined,
    promises: T,
  ): Promise<{ -readonly [Key in keyof T]: Awaited<T[Key]> }>;
  all<T extends readonly unknown[] | []>(
    promises: T,
  ): Promise<{ -readonly [Key in keyof T]: Awaited<T[Key]> }>;

  /** Waits for all, and tells how each has settled. A reason comes back as an `Error`. */
  allSettled<T extends readonly unknown[] | []>(
    name: string | undefined,
    promises: T,
  ): Promise<{ -readonly [Key in keyof T]: PromiseSettledResult<Awaited<T[Key]>> }>;
  allSettled<T extends readonly unknown[] | []>(
    promises: T,
  ): Promise<{ -readonly [Key in keyof T]: PromiseSettledResult<Awaited<T[Key]>> }>;

  /**
   * Waits for the first to fulfil.
   *
   * @throws PromiseCombinatorError when all reject; `cause` is an `AggregateError` of their errors.
   */
  any<T extends readonly unknown[] | []>(
    name: string | undefined,
    promises: T,
  ): Promise<Awaited<T[number]>>;
  any<T extends readonly unknown[] | []>(promises: T): Promise<Awaited<T[number]>>;

  /**
   * Waits for the first to settle. What the others stand for goes on.
   *
   * @throws PromiseCombinatorError when the first one rejects; `cause` is its error.
   * @throws InvalidArgumentError when there is none: it would wait for ever.
   *
   * @example
   * ```ts
   * const answer = await context.promise.race("answer", [
   *   approval.result(),
   *   context.wait({ hours: 1 }),
   * ]);
   * ```
   */
  race<T extends readonly unknown[] | []>(
    name: string | undefined,
    promises: T,
  ): Promise<Awaited<T[number]>>;
  race<T extends readonly unknown[] | []>(promises: T): Promise<Awaited<T[number]>>;
}

/** The two ways to wait for a callback that exists, in a handler or in a step. */
interface CallbackOperations {
  /**
   * Starts a callback. It is recorded, and has its id, when the promise resolves.
   *
   * Source: guide, "Method signatures".
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
   * Source: guide, "Waiting for callbacks".
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
 * Source: guide, FAQ ("Can callbacks be used with steps?").
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
 */
export interface DurableContext extends CallbackOperations {
  /**
   * Runs a function and records its result, so that a replay does not run it again.
   *
   * What it returns goes through `serdes`, in tests as in production: a class instance comes back as
   * plain data. It may run more than once; {@link StepConfig.semantics} says when.
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
  ): Promise<T>;
  step<T>(fn: (step: StepContext) => T | Promise<T>, config?: StepConfig<T>): Promise<T>;

  /**
   * Suspends the execution for a time, at least a second.
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
   * Source: guide, FAQ ("Can callbacks be used with steps?").
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
  ): Promise<T>;
  runInChildContext<T>(
    fn: (child: DurableContext) => Promise<T>,
    config?: ChildContextConfig<T>,
  ): Promise<T>;

  /**
   * Has another Lambda function invoked, and waits for its result; the execution is suspended meanwhile.
   *
   * A durable function runs as an execution of its own. `undefined` when the function returned nothing.
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
  ): Promise<Output>;

  /**
   * Runs a check again and again until its wait strategy says that it is enough; the execution is suspended
   * in between. Resolves to the last state.
   *
   * The state goes through `serdes` after every check. A check may run more than once, as a step may.
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
    check: (state: State, step: StepContext) => State | Promise<State>,
    config: WaitForConditionConfig<State>,
  ): Promise<State>;
  waitForCondition<State>(
    check: (state: State, step: StepContext) => State | Promise<State>,
    config: WaitForConditionConfig<State>,
  ): Promise<State>;

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
  ): Promise<BatchResult<T>>;
  map<Item, T>(
    items: readonly Item[],
    fn: (
      child: DurableContext,
      item: Item,
      index: number,
      items: readonly Item[],
    ) => T | Promise<T>,
    config?: MapConfig<Item, T>,
  ): Promise<BatchResult<T>>;

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
  ): Promise<BatchResult<T[number]>>;
  parallel<T extends readonly unknown[] | []>(
    branches: { readonly [Key in keyof T]: ParallelBranch<T[Key]> },
    config?: BatchConfig<T[number]>,
  ): Promise<BatchResult<T[number]>>;

  /** Promises of operations, waited for together. */
  readonly promise: DurablePromises;

  /** Writes nothing while the handler replays, so that each line is written once. */
  readonly logger: Logger;
  readonly executionArn: string;
}
