import type { AnyDurableLambdaHandler } from "../handlers.ts";
import { LocalRun, type LocalSettings } from "./local-run.ts";
import { OperationStore } from "./operation-store.ts";
import { type AnyLambdaHandler, RegisteredFunctions } from "./registered-functions.ts";
import { makeTestResult } from "./test-result.ts";
import type {
  DurableOperation,
  DurableTestRunner,
  InvokeRequest,
  TestResult,
  Untyped,
} from "./types.ts";

/** What a local runner is made of. */
export interface LocalDurableTestRunnerParameters {
  /** The handler under test: of AWS's SDK, or of `@durabletest/runtime`. */
  handlerFunction: AnyDurableLambdaHandler;
}

/** Settings of all local runners. */
export interface LocalDurableTestRunnerSetupParameters {
  /**
   * Whether waits, retries and timers of handlers take no real time. Default: no, they take what they
   * say.
   */
  skipTime?: boolean;
  /**
   * Milliseconds by which every checkpoint is late, to see what a slow service does to a handler. They
   * pass in the time of the handler: with `skipTime` they take none. Default: 0.
   */
  checkpointDelay?: number;
  /**
   * Which checkpoint of each execution is answered without a token, counted from 1 over all its invocations:
   * the service does so to an invocation from which it takes no more checkpoints. That checkpoint is kept;
   * the invocation ends, and the next one does again what had not been sent. Default: none.
   */
  withholdCheckpointTokenOnCall?: number;
}

const DEFAULTS: LocalSettings = {
  skipTime: false,
  checkpointDelayMs: 0,
  withholdTokenOnCall: undefined,
};

/**
 * Runs a durable handler in this process, against an in-memory service, to the end of its execution.
 *
 * The API of `@aws/durable-execution-sdk-js-testing`, over this project's engine: every suspension is an
 * invocation of its own that replays. What is different from AWS's is listed in the documentation,
 * "Differences from AWS's runner". New tests are better off with `DurableTestRunner`.
 *
 * @typeParam TResult - what the handler returns.
 *
 * @example
 * ```ts
 * beforeAll(() => LocalDurableTestRunner.setupTestEnvironment({ skipTime: true }));
 * afterAll(() => LocalDurableTestRunner.teardownTestEnvironment());
 *
 * test("ships", async () => {
 *   const runner = new LocalDurableTestRunner({ handlerFunction: handler });
 *   const execution = await runner.run({ payload: { orderId: "order-123" } });
 *   expect(execution.getResult()).toBe("shipped");
 * });
 * ```
 */
export class LocalDurableTestRunner<TResult = Untyped> implements DurableTestRunner<
  DurableOperation,
  TResult
> {
  /** The API has it so: set up once, for all runners of the process. */
  static #settings: LocalSettings = DEFAULTS;
  /** Every run has ids of its own. */
  static #runs = 0;

  readonly #handler: AnyDurableLambdaHandler;
  readonly #functions = new RegisteredFunctions();
  #store = new OperationStore();
  /** The run that is going on; the last of several. */
  #run: LocalRun | undefined;

  constructor({ handlerFunction }: LocalDurableTestRunnerParameters) {
    this.#handler = handlerFunction;
  }

  /**
   * Settles how runners of this process run, from their next run on. Runs that nothing was set up for
   * take real time.
   */
  static async setupTestEnvironment(params?: LocalDurableTestRunnerSetupParameters): Promise<void> {
    LocalDurableTestRunner.#settings = {
      skipTime: params?.skipTime ?? false,
      checkpointDelayMs: params?.checkpointDelay ?? 0,
      withholdTokenOnCall: params?.withholdCheckpointTokenOnCall,
    };
  }

  /** Takes back what {@link LocalDurableTestRunner.setupTestEnvironment} has settled. */
  static async teardownTestEnvironment(): Promise<void> {
    LocalDurableTestRunner.#settings = DEFAULTS;
  }

  /**
   * Runs the handler to the end of its execution. While it is blocked by the outside world, it waits for
   * the test: for what is sent through the handle on a callback.
   *
   * @throws InvalidHandlerError when the handler is none.
   * @throws What the handler's promise rejected with. A handler that fails does not reject: that is a
   * result.
   * @throws Error when the handler invokes a function that is not registered.
   */
  async run(params?: InvokeRequest): Promise<TestResult<TResult>> {
    return this.#store.during(() => this.#runOnce(params));
  }

  async #runOnce(params: InvokeRequest | undefined): Promise<TestResult<TResult>> {
    LocalDurableTestRunner.#runs += 1;
    const run = new LocalRun({
      handler: this.#handler,
      functions: this.#functions,
      store: this.#store,
      settings: LocalDurableTestRunner.#settings,
      seed: LocalDurableTestRunner.#runs,
    });
    // Lambda gives a function that is invoked without a payload an empty event. The text `null` is a payload.
    const input = (JSON.stringify(params?.payload) as string | undefined) ?? "{}";
    this.#run = run;
    try {
      return makeTestResult<TResult>(await run.run(input));
    } finally {
      if (this.#run === run) this.#run = undefined;
    }
  }

  /**
   * Pauses the execution that {@link LocalDurableTestRunner.run} has begun. Resolves when no invocation of it
   * is going on.
   *
   * An invocation that is going on is answered without a token at its next checkpoint, as the service answers
   * one from which it takes no more. That checkpoint is kept; what the handler had not sent is done again
   * after {@link LocalDurableTestRunner.resumeExecution}. Until then no invocation begins, so `run()` does not
   * resolve; waits go on, and callbacks can be answered. Functions that the handler invokes are not paused.
   * Does nothing where the execution is paused already, or has ended.
   *
   * @throws Error when no run is going on.
   *
   * @example
   * ```ts
   * const execution = runner.run({ payload: { orderId: "order-123" } });
   * await runner.getOperation("charge").waitForData(WaitingOperationStatus.STARTED);
   * await runner.pauseExecution();
   * await runner.resumeExecution();
   * (await execution).getResult();
   * ```
   */
  async pauseExecution(): Promise<void> {
    await this.#going("pauseExecution").pause();
  }

  /**
   * Lets an execution go on that {@link LocalDurableTestRunner.pauseExecution} has paused, with the invocation
   * that was held back, if there is one. Does nothing where it is not paused.
   *
   * @throws Error when no run is going on.
   */
  async resumeExecution(): Promise<void> {
    this.#going("resumeExecution").resume();
  }

  #going(method: string): LocalRun {
    if (this.#run !== undefined) return this.#run;
    throw new Error(
      `${method} needs an execution in progress. Call run() first, and await it after ${method}().`,
    );
  }

  /**
   * Makes a durable function known that the handler, or a function it invokes, can invoke. Each invoke is
   * an execution of its own, on the same clock.
   *
   * @param functionName - the name or ARN that `context.invoke` is called with.
   */
  registerDurableFunction(functionName: string, durableHandler: AnyDurableLambdaHandler): this {
    this.#functions.registerDurable(functionName, durableHandler);
    return this;
  }

  /**
   * Makes a plain function known that the handler, or a function it invokes, can invoke.
   *
   * @param functionName - the name or ARN that `context.invoke` is called with.
   * @param handler - called as Lambda would: `(event, context, callback)`.
   */
  registerFunction(functionName: string, handler: AnyLambdaHandler): this {
    this.#functions.register(functionName, handler);
    return this;
  }

  /**
   * A handle on an operation with a name.
   *
   * @param index - its place among those with the name, from 0. Default: 0.
   */
  getOperation<TOperationResult = Untyped>(
    name: string,
    index?: number,
  ): DurableOperation<TOperationResult> {
    return this.#store.handle({ kind: "name", name, index });
  }

  /**
   * A handle on an operation by its place in the order of starts.
   *
   * @param index - from 0; -1 is the last so far.
   */
  getOperationByIndex<TOperationResult = Untyped>(
    index: number,
  ): DurableOperation<TOperationResult> {
    return this.#store.handle({ kind: "place", index });
  }

  /**
   * A handle on an operation by its place among those with its name.
   *
   * @param index - from 0.
   */
  getOperationByNameAndIndex<TOperationResult = Untyped>(
    name: string,
    index: number,
  ): DurableOperation<TOperationResult> {
    return this.#store.handle({ kind: "name", name, index });
  }

  /** A handle on an operation by its id. */
  getOperationById<TOperationResult = Untyped>(id: string): DurableOperation<TOperationResult> {
    return this.#store.handle({ kind: "id", id });
  }

  /** Forgets the runs so far. Handles that were asked for before stay with what they have. */
  reset(): void {
    this.#store = this.#store.next();
  }
}
