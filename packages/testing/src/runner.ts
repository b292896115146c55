import type { DurableHandler, ErrorObject } from "@durabletest/runtime";
import { durationToMilliseconds } from "@durabletest/runtime/protocol";
import { type CallbackHandle, callbackHandle } from "./callback-handle.ts";
import type { HarnessDuration } from "./duration.ts";
import { advanceTarget } from "./engine/advance-target.ts";
import { attachDrives } from "./engine/door.ts";
import { Drive } from "./engine/drive.ts";
import { Engine } from "./engine/engine.ts";
import { RunnerDisposedError } from "./errors.ts";
import type { AnyDurableLambdaHandler } from "./handlers.ts";
import { checkMoment } from "./input/moment.ts";
import {
  checkHandler,
  checkHandlerVersion,
  checkOptions,
  type HandlerVersion,
  type RunArguments,
  type RunnerOptions,
  type RunnerSettings,
} from "./options.ts";
import type { DurableResult } from "./result.ts";
import { checkScripts, type Scripted } from "./scripted.ts";
import { type StepHandle, stepHandle } from "./step-handle.ts";
import type {
  CallbackNameOf,
  CallbacksOf,
  DurableTypes,
  InputOf,
  OutputOf,
  StepNameOf,
  StepsOf,
  TypedCallbackHandle,
  TypedRunnerOptions,
  TypedRunOptions,
  TypedScripted,
  TypedStepHandle,
} from "./typed.ts";

/**
 * Runs one execution of a durable handler against an in-memory service, in virtual time.
 *
 * Every test makes its own; they are cheap, and any number may run at once.
 *
 * Source: docs/core/callbacks.md of aws/aws-durable-execution-sdk-python, "Testing".
 *
 * @example
 * ```ts
 * const runner = new DurableTestRunner(handler);
 * const waiting = await runner.run({ orderId: "order-123" });
 * waiting.status; // "PENDING": nobody has answered yet, and no time has passed
 * const result = await runner.callback("order_approval").succeed({ approved: true });
 * result.status; // "SUCCEEDED"
 * ```
 */
export class DurableTestRunner<Input = unknown, Output = unknown> implements AsyncDisposable {
  readonly #handler: DurableHandler<Input, Output> | AnyDurableLambdaHandler;
  readonly #options: RunnerOptions | undefined;
  readonly #settings: RunnerSettings;
  #drive: Drive<Output>;

  static {
    attachDrives<DurableTestRunner<never>>(
      this,
      (runner) => runner.#drive,
      (runner, engine) => runner.#adopt(engine),
    );
  }

  /**
   * @throws InvalidHandlerError when `handler` is no function.
   * @throws InvalidArgumentError when an option cannot be right.
   */
  constructor(
    handler: DurableHandler<Input, Output> | AnyDurableLambdaHandler,
    options?: RunnerOptions,
  ) {
    this.#handler = handler;
    this.#options = options;
    this.#settings = checkOptions(options);
    this.#drive = new Drive(
      new Engine(checkHandler(handler), this.#settings),
      this.#settings,
      this,
    );
  }

  /**
   * A runner that lets the compiler check the names of callbacks and steps, and what callbacks are answered
   * with.
   *
   * @throws InvalidHandlerError, InvalidArgumentError, as the constructor does.
   *
   * @example
   * ```ts
   * const runner = DurableTestRunner.typed<{
   *   handler: typeof handler;
   *   callbacks: { approval: { approved: boolean } };
   * }>(handler);
   * await runner.run({ orderId: "order-123" });
   * await runner.callback("approval").succeed({ approved: true });
   * ```
   */
  static typed<Types extends DurableTypes>(
    handler: DurableHandler<InputOf<Types>, OutputOf<Types>> | AnyDurableLambdaHandler,
    options?: TypedRunnerOptions<Types>,
  ): TypedDurableTestRunner<Types> {
    return new DurableTestRunner<InputOf<Types>, OutputOf<Types>>(
      handler,
      options as RunnerOptions,
    ) as TypedDurableTestRunner<Types>;
  }

  /**
   * Starts the execution and goes on until it has ended, or what happens next is for the test to say. As
   * long as no callback waits for the test, everything happens by itself: waits, retries, scripted answers.
   * As long as one does, it stops before that callback's deadlines, before the end of any wait, before the
   * execution's timeout and that of a function at work, for somebody could answer before: also in the
   * middle of an invocation, which then stands still (RUNNING in `result.invocations`) until the test goes
   * on. Never hangs: an execution that waits is a result with the status PENDING.
   *
   * @throws RunnerUsedError when called again; RunnerBusyError while another call is going on.
   * @throws InvalidPayloadError when the input is no JSON; nothing has been started then.
   */
  run(...[input, options]: RunArguments<Input>): Promise<DurableResult<Output>> {
    return this.#call("runner.run(…)", async (drive) => drive.begin(input, options));
  }

  /**
   * Adds scripts, at any time before they are asked for: for callbacks that have not started, and for attempts of
   * steps that have not been made. Of two for a name the later one counts.
   *
   * @throws InvalidArgumentError when one is no script.
   *
   * @example
   * ```ts
   * await runner.run({ orderId: "order-123" });
   * runner.script({ steps: { charge: [respond.failure(new Error("503")), respond.run()] } });
   * await runner.callback("approval").succeed({ approved: true });
   * ```
   */
  script(scripts: Scripted): void {
    this.#drive.turns.assertNotDisposed("script");
    this.#engine.script(checkScripts(scripts));
  }

  /**
   * Completes a callback, as the outside world would, and goes on as `run()` does. A handler whose
   * invocation stands still learns of it in its next checkpoint.
   *
   * @param payload - any JSON data; a `Uint8Array` or `{ raw: text }` is sent as it is. So is a text, to a
   * handler of another SDK: that hands on what came, and production sends it text.
   * @throws UnknownCallbackError, CallbackClosedError, InvalidPayloadError; nothing has changed then.
   */
  sendCallbackSuccess(callbackId: string, payload?: unknown): Promise<DurableResult<Output>> {
    return this.#send("runner.sendCallbackSuccess(…)", (drive) =>
      drive.succeed(callbackId, payload),
    );
  }

  /**
   * Fails a callback, as the outside world would, and goes on as `run()` does.
   *
   * @throws UnknownCallbackError, CallbackClosedError, InvalidPayloadError; nothing has changed then.
   */
  sendCallbackFailure(
    callbackId: string,
    error: Error | ErrorObject,
  ): Promise<DurableResult<Output>> {
    return this.#send("runner.sendCallbackFailure(…)", (drive) => drive.fail(callbackId, error));
  }

  /**
   * Sends a sign of life: the heartbeat timeout of the callback starts afresh. Goes on as `run()` does.
   *
   * @throws UnknownCallbackError, CallbackClosedError; nothing has changed then.
   */
  sendCallbackHeartbeat(callbackId: string): Promise<DurableResult<Output>> {
    return this.#send("runner.sendCallbackHeartbeat(…)", (drive) => drive.heartbeat(callbackId));
  }

  /**
   * Lets time pass. Everything that is due on the way happens, in order, the target instant included. The
   * clock then stands exactly there, whatever is going on: a step that takes longer is in its middle, and
   * its invocation stands still.
   *
   * @throws InvalidDurationError; RunnerBusyError while another call is going on.
   */
  advance(duration: HarnessDuration): Promise<DurableResult<Output>> {
    return this.#call("runner.advance(…)", async (drive) => {
      drive.assertUsable("advance");
      const { clock } = drive.engine;
      return drive.advanceTo(clock.now() + durationToMilliseconds(duration, "advance"));
    });
  }

  /**
   * Lets time pass until a moment, as {@link DurableTestRunner.advance} does.
   *
   * @throws InvalidArgumentError when it is in the past, or no time at all.
   */
  advanceTo(time: Date): Promise<DurableResult<Output>> {
    return this.#call("runner.advanceTo(…)", async (drive) => {
      drive.assertUsable("advanceTo");
      return drive.advanceTo(checkMoment(time, this.now, "advanceTo"));
    });
  }

  /**
   * Lets things happen one by one, in order, until an operation has started, or something holds of the
   * result; the clock stays there, also in the middle of an invocation. The outside world stays silent, so
   * waits end and deadlines pass on the way.
   *
   * @param wanted - the name or path (`"fulfil/charge"`) of an operation, of this execution or of one that
   * it has invoked; or a function of the result that says whether it is there.
   * @param index - which operation, in order of start, where several have the name. Default: 0, the first.
   * @throws TargetNotReachedError when the execution has ended, or cannot go on by itself, before that. It
   * says where it stands, with near misses of the name.
   *
   * @example
   * ```ts
   * await runner.run({ orderId: "order-123" });
   * await runner.advanceUntil("reminder"); // a day later
   * await runner.callback("approval").succeed({ approved: true });
   * ```
   */
  advanceUntil(
    wanted: string | ((result: DurableResult<Output>) => boolean),
    index = 0,
  ): Promise<DurableResult<Output>> {
    return this.#call("runner.advanceUntil(…)", async (drive) => {
      drive.assertUsable("advanceUntil");
      drive.assertStarted("advanceUntil");
      return drive.advanceUntil(advanceTarget(drive.engine, wanted, index));
    });
  }

  /**
   * Goes on until the execution has ended. The outside world stays silent, so every wait ends and every
   * deadline passes.
   *
   * @throws ExecutionStalledError when it waits for a callback that has no deadline.
   */
  runToCompletion(): Promise<DurableResult<Output>> {
    return this.#call("runner.runToCompletion()", async (drive) => {
      drive.assertUsable("runToCompletion");
      drive.assertStarted("runToCompletion");
      return drive.runToCompletion();
    });
  }

  /**
   * Stops the execution, as StopDurableExecution does.
   *
   * @throws InvalidArgumentError when it has ended already.
   */
  stop(error?: ErrorObject): Promise<DurableResult<Output>> {
    return this.#call("runner.stop(…)", (drive) => drive.stop(error));
  }

  /**
   * Has the sandbox of the invocation that is going on die, as when its machine does: what handler code has in
   * its variables is lost, and what steps have not recorded. The service invokes anew; goes on as `run()` does.
   *
   * @throws InvalidArgumentError when none is going on. For crashes in steps there is `respond.crash`.
   *
   * @example
   * ```ts
   * await runner.advance({ minutes: 5 }); // a step of ten minutes stands still in its middle
   * await runner.crash(); // and is run once more, from its beginning
   * ```
   */
  crash(): Promise<DurableResult<Output>> {
    return this.#send("runner.crash()", (drive) => drive.crash());
  }

  /**
   * Another runner with an execution in the same state at the same time. Both go on alone: an order that
   * waits for its approval can be approved in one and rejected in the other, without running its beginning
   * twice. State of modules that the handler keeps is not copied.
   *
   * @throws RunnerBusyError while a call is going on, or an invocation stands still: only durable state can
   * be copied. RunnerNotStartedError before `run()`.
   * @throws InvalidArgumentError, InvalidHandlerError when `version` is none.
   *
   * @example
   * ```ts
   * await runner.run({ orderId: "order-123" });
   * const rejected = runner.fork();
   * (await runner.callback("approval").succeed({ approved: true })).result; // "shipped"
   * (await rejected.callback("approval").succeed({ approved: false })).result; // "cancelled"
   * ```
   *
   * @param version - handlers for the fork to go on with, as after a deployment. They are invoked, and replay what
   * has been recorded, as soon as the fork goes on; `replayHistory` says beforehand whether they can.
   */
  fork(version?: HandlerVersion): DurableTestRunner<Input, Output> {
    const { handler = this.#handler, durableFunctions = this.#options?.durableFunctions } =
      checkHandlerVersion(version);
    const options = version === undefined ? this.#options : { ...this.#options, durableFunctions };
    const fork = new DurableTestRunner<Input, Output>(handler, options);
    const engine = this.#drive.fork(version && { handler, settings: fork.#settings });
    fork.#adopt(engine, this.result);
    return fork;
  }

  #adopt(engine: Engine, before?: DurableResult<Output>): void {
    this.#engine.clock.clear(); // nothing has been started on it
    this.#drive = new Drive(engine, this.#settings, this, before);
  }

  /**
   * A handle on the callback with a name; an unnamed one answers to the name of the operation around it.
   * Its properties throw as long as there is no such callback.
   *
   * @param index - which one, in order of start, where several have the name. Without it: the only open
   * one, else the last.
   */
  callback(name: string, index?: number): CallbackHandle<Output> {
    return callbackHandle<Output>({ name, index, drive: this.#drive });
  }

  /**
   * A handle on the step of a name, or at a path: `"charge"`, `"fulfil/charge"`, `"items[2]/charge"`.
   *
   * @param index - as for {@link DurableTestRunner.callback}.
   *
   * @example
   * ```ts
   * const charge = runner.step("charge");
   * await runner.run({ orderId: "order-123" });
   * charge.attempt; // 3
   * charge.runs; // 3: how often its function was called
   * ```
   */
  step(name: string, index?: number): StepHandle {
    return stepHandle({ name, index, drive: this.#drive });
  }

  /**
   * Another execution of this runner, as it stands: one that the handler started with `context.invoke`.
   *
   * @param executionArn - from the operation: `executionArn` of a CHAINED_INVOKE.
   * @throws InvalidArgumentError when there is no such execution.
   */
  execution<Other = unknown>(executionArn: string): DurableResult<Other> {
    return this.#drive.execution<Other>(executionArn);
  }

  /** The result as it stands. */
  get result(): DurableResult<Output> {
    return this.#drive.result;
  }

  /** The virtual time. */
  get now(): Date {
    return new Date(this.#engine.clock.now());
  }

  /**
   * Resolves when everything that has been set in motion has come to rest: for tests in which somebody
   * else answers, such as a client of a server (`@durabletest/testing/server`).
   *
   * @throws What went wrong meanwhile, if no call was there to throw it.
   */
  async settled(): Promise<DurableResult<Output>> {
    this.#drive.calls.awaited();
    await this.#drive.turns.over();
    return this.result;
  }

  /** Ends everything: calls that are going on reject, later ones throw. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { turns, engine } = this.#drive;
    if (!turns.dispose()) return;
    engine.dispose(new RunnerDisposedError("The runner was disposed of meanwhile."));
    turns.throwUnheard();
  }

  get #engine(): Engine {
    return this.#drive.engine;
  }

  /** A call of the test, as it reads. Called by the method that the test has called. */
  #call(
    name: string,
    make: (drive: Drive<Output>) => Promise<DurableResult<Output>>,
  ): Promise<DurableResult<Output>> {
    const drive = this.#drive;
    return drive.calls.make(name, () => make(drive));
  }

  /** As `#call`; while another call is going on, it takes effect at once, and need not be awaited. */
  #send(
    name: string,
    make: (drive: Drive<Output>) => Promise<DurableResult<Output>>,
  ): Promise<DurableResult<Output>> {
    const drive = this.#drive;
    const { turns, engine } = drive;
    // On a clock that is shared, whoever lets time pass waits for what comes of it.
    return drive.calls.make(name, () => make(drive), turns.isBusy || engine.clock.isShared);
  }
}

/** A {@link DurableTestRunner} whose names and payloads the compiler checks. */
export interface TypedDurableTestRunner<Types extends DurableTypes> extends Omit<
  DurableTestRunner<InputOf<Types>, OutputOf<Types>>,
  "run" | "script" | "callback" | "step" | "fork"
> {
  /** {@link DurableTestRunner.run} */
  run(
    ...[input, options]: RunArguments<InputOf<Types>, TypedRunOptions<Types>>
  ): Promise<DurableResult<OutputOf<Types>>>;
  /** {@link DurableTestRunner.script} */
  script(scripts: TypedScripted<Types>): void;
  /** {@link DurableTestRunner.callback} */
  callback<Name extends CallbackNameOf<Types>>(
    name: Name,
    index?: number,
  ): TypedCallbackHandle<CallbacksOf<Types>[Name], OutputOf<Types>>;
  /** {@link DurableTestRunner.step} */
  step<Name extends StepNameOf<Types>>(
    name: Name,
    index?: number,
  ): TypedStepHandle<StepsOf<Types>[Name]>;
  /** {@link DurableTestRunner.fork} */
  fork(version?: HandlerVersion): TypedDurableTestRunner<Types>;
}
