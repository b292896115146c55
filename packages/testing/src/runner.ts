import { type DurableHandler, type ErrorObject, InvalidArgumentError } from "@durabletest/runtime";
import { describeValue, durationToMilliseconds } from "@durabletest/runtime/protocol";
import { advanceTarget, assertReached } from "./engine/advance-target.ts";
import { type CallbackHandle, callbackHandle } from "./callback-handle.ts";
import type { HarnessDuration } from "./duration.ts";
import { attachEngines } from "./engine/door.ts";
import { Engine } from "./engine/engine.ts";
import type { Execution } from "./engine/execution.ts";
import type { IsReached, MayHappen } from "./engine/loop.ts";
import { openCallback } from "./engine/open-callback.ts";
import { happensByItself } from "./engine/silence.ts";
import { Turns } from "./engine/turns.ts";
import type { CallbackMove, CallbackRef } from "./engine/world.ts";
import {
  ExecutionStalledError,
  InvalidHandlerError,
  RunnerBusyError,
  RunnerDisposedError,
  RunnerNotStartedError,
  RunnerUsedError,
  UnusedScriptsError,
} from "./errors.ts";
import { ExecutionTeller } from "./executed.ts";
import type { AnyDurableLambdaHandler } from "./handlers.ts";
import {
  checkHandler,
  checkOptions,
  checkRunOptions,
  type RunArguments,
  type RunnerOptions,
  type RunnerSettings,
} from "./options.ts";
import { formatAllBlockers } from "./print/blockers.ts";
import { withTimeline } from "./print/timeline-section.ts";
import { checkMoment } from "./input/moment.ts";
import { unusedScriptLines } from "./print/unused-scripts.ts";
import { encodeError, encodePayload, toJson } from "./service/payload.ts";
import { type DurableResult, takeResult } from "./result.ts";

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
  #engine: Engine;
  readonly #settings: RunnerSettings;
  readonly #turns = new Turns();
  readonly #executed = new ExecutionTeller();
  #unfollow: (() => void) | undefined;

  static {
    attachEngines<DurableTestRunner<never>>(this, (runner) => ({
      get engine() {
        return runner.#engine;
      },
      get disposed() {
        return runner.#turns.isDisposed;
      },
      continueInBackground: () => void runner.#turns.takeInBackground(() => runner.#continue()),
    }));
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
    this.#engine = new Engine(checkHandler(handler), this.#settings);
    this.#follow();
  }

  /** On a clock that is shared with the test, time passes by others, too. */
  #follow(): void {
    const { clock } = this.#engine;
    if (!clock.isShared) return;
    const untilNow = (): Promise<unknown> => this.#drive(({ dueAt }) => dueAt <= clock.now());
    const settle = async (): Promise<void> => {
      if (this.#engine.root !== undefined) await this.#turns.takeInBackground(untilNow);
    };
    this.#unfollow = clock.follow(settle);
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
  async run(...[input, options]: RunArguments<Input>): Promise<DurableResult<Output>> {
    this.#assertUsable("run");
    if (this.#engine.root !== undefined) {
      throw new RunnerUsedError(
        "This runner has run its execution. Make another for another one: new DurableTestRunner(handler).",
      );
    }
    const text = toJson(input, "The input of run");
    this.#engine.start(text, checkRunOptions(options).timeoutSeconds);
    return this.#continue();
  }

  /**
   * Completes a callback, as the outside world would, and goes on as `run()` does. A handler whose
   * invocation stands still learns of it in its next checkpoint.
   *
   * @param payload - any JSON data; a `Uint8Array` or `{ raw: text }` is sent as it is. So is a text, to a
   * handler of another SDK: that hands on what came, and production sends it text.
   * @throws UnknownCallbackError, CallbackClosedError, InvalidPayloadError; nothing has changed then.
   */
  async sendCallbackSuccess(callbackId: string, payload?: unknown): Promise<DurableResult<Output>> {
    return this.#send(callbackId, ({ execution: { readsJson } }) => ({
      kind: "success",
      payload: encodePayload(payload, "The payload of sendCallbackSuccess", {
        limits: this.#settings.limits,
        readsJson,
      }),
    }));
  }

  /**
   * Fails a callback, as the outside world would, and goes on as `run()` does.
   *
   * @throws UnknownCallbackError, CallbackClosedError, InvalidPayloadError; nothing has changed then.
   */
  async sendCallbackFailure(
    callbackId: string,
    error: Error | ErrorObject,
  ): Promise<DurableResult<Output>> {
    return this.#send(callbackId, () => ({
      kind: "failure",
      error: encodeError(error, "The error of sendCallbackFailure", this.#settings.limits),
    }));
  }

  /**
   * Sends a sign of life: the heartbeat timeout of the callback starts afresh. Goes on as `run()` does.
   *
   * @throws UnknownCallbackError, CallbackClosedError; nothing has changed then.
   */
  async sendCallbackHeartbeat(callbackId: string): Promise<DurableResult<Output>> {
    return this.#send(callbackId, () => ({ kind: "heartbeat" }));
  }

  /**
   * Lets time pass. Everything that is due on the way happens, in order, the target instant included. The
   * clock then stands exactly there, whatever is going on: a step that takes longer is in its middle, and
   * its invocation stands still.
   *
   * @throws InvalidDurationError; RunnerBusyError while another call is going on.
   */
  async advance(duration: HarnessDuration): Promise<DurableResult<Output>> {
    this.#assertUsable("advance");
    return this.#advanceTo(this.#engine.clock.now() + durationToMilliseconds(duration, "advance"));
  }

  /**
   * Lets time pass until a moment, as {@link DurableTestRunner.advance} does.
   *
   * @throws InvalidArgumentError when it is in the past, or no time at all.
   */
  async advanceTo(time: Date): Promise<DurableResult<Output>> {
    this.#assertUsable("advanceTo");
    return this.#advanceTo(checkMoment(time, this.now, "advanceTo"));
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
  async advanceUntil(
    wanted: string | ((result: DurableResult<Output>) => boolean),
    index = 0,
  ): Promise<DurableResult<Output>> {
    this.#assertUsable("advanceUntil");
    this.#assertStarted("advanceUntil");
    const target = advanceTarget(this.#engine, wanted, index);
    const result = await this.#drive(
      () => this.#engine.isGoingOn,
      () => target.isReached(),
    );
    return this.#explain(() => {
      assertReached(target, this.#engine);
      return result;
    });
  }

  /**
   * Goes on until the execution has ended. The outside world stays silent, so every wait ends and every
   * deadline passes.
   *
   * @throws ExecutionStalledError when it waits for a callback that has no deadline.
   */
  async runToCompletion(): Promise<DurableResult<Output>> {
    this.#assertUsable("runToCompletion");
    this.#assertStarted("runToCompletion");
    const result = await this.#drive(() => this.#engine.isGoingOn);
    if (result.status !== "PENDING") return result;
    const scripts = unusedScriptLines(result).map((line) => `${line} `);
    const error = new ExecutionStalledError(
      `The execution cannot end by itself. ${formatAllBlockers(this.#engine.executions.byArn.values())} ${scripts.join("")}Complete a callback (runner.callback(name).succeed(…)), script it (callbacks: { name: respond.success(…) }), or give it a timeout.`,
    );
    throw withTimeline(error, result);
  }

  /**
   * Stops the execution, as StopDurableExecution does.
   *
   * @throws InvalidArgumentError when it has ended already.
   */
  async stop(error?: ErrorObject): Promise<DurableResult<Output>> {
    this.#turns.assertNotDisposed("stop");
    const execution = this.#assertStarted("stop");
    if (this.#engine.ended) {
      throw new InvalidArgumentError(`stop: the execution has ended: ${this.result.status}.`);
    }
    const reason = encodeError(
      error ?? { ErrorType: "Stopped", ErrorMessage: "The execution was stopped." },
      "The error of stop",
    );
    this.#engine.stop(execution, reason);
    return this.#turns.isBusy ? this.result : this.#drive(() => false);
  }

  /**
   * Another runner with an execution in the same state at the same time. Both go on alone: an order that
   * waits for its approval can be approved in one and rejected in the other, without running its beginning
   * twice. State of modules that the handler keeps is not copied.
   *
   * @throws RunnerBusyError while a call is going on, or an invocation stands still: only durable state can
   * be copied. RunnerNotStartedError before `run()`.
   *
   * @example
   * ```ts
   * await runner.run({ orderId: "order-123" });
   * const rejected = runner.fork();
   * (await runner.callback("approval").succeed({ approved: true })).result; // "shipped"
   * (await rejected.callback("approval").succeed({ approved: false })).result; // "cancelled"
   * ```
   */
  fork(): DurableTestRunner<Input, Output> {
    this.#assertUsable("fork");
    this.#assertStarted("fork");
    if (!this.#engine.loop.isAtRest) {
      throw new RunnerBusyError(
        "fork: an invocation is going on and stands still. Let it end first (advance, or complete a callback): what handler code has in its variables cannot be copied.",
      );
    }
    const fork = new DurableTestRunner<Input, Output>(this.#handler, this.#options);
    fork.#unfollow?.();
    fork.#engine = this.#engine.fork();
    fork.#follow();
    return fork;
  }

  /**
   * A handle on the callback with a name; an unnamed one answers to the name of the operation around it.
   * Its properties throw as long as there is no such callback.
   *
   * @param index - which one, in order of start, where several have the name. Without it: the only open
   * one, else the last.
   */
  callback(name: string, index?: number): CallbackHandle<Output> {
    return callbackHandle<Output>({ name, index, engine: this.#engine, runner: this });
  }

  /**
   * Another execution of this runner, as it stands: one that the handler started with `context.invoke`.
   *
   * @param executionArn - from the operation: `executionArn` of a CHAINED_INVOKE.
   * @throws InvalidArgumentError when there is no such execution.
   */
  execution<Other = unknown>(executionArn: string): DurableResult<Other> {
    const execution = this.#engine.executions.byArn.get(executionArn);
    if (execution !== undefined) return takeResult<Other>(this.#engine.source(execution));
    throw new InvalidArgumentError(
      `execution: this runner has no execution ${describeValue(executionArn)}. Take the ARN from an operation of type "CHAINED_INVOKE".`,
    );
  }

  /** The result as it stands. */
  get result(): DurableResult<Output> {
    return takeResult<Output>(this.#engine.source());
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
    await this.#turns.over();
    return this.result;
  }

  /** Ends everything: calls that are going on reject, later ones throw. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#turns.dispose()) return;
    this.#unfollow?.();
    this.#engine.dispose(new RunnerDisposedError("The runner was disposed of meanwhile."));
    this.#turns.throwUnheard();
  }

  async #advanceTo(target: number): Promise<DurableResult<Output>> {
    const { clock } = this.#engine;
    for (;;) {
      await this.#drive((due) => due.dueAt <= target);
      const step = clock.stepTowards(target);
      if (step === undefined) break;
      await step;
    }
    clock.moveTo(target);
    this.#executed.tell(this);
    return this.result;
  }

  async #send(
    callbackId: string,
    move: (callback: CallbackRef) => CallbackMove,
  ): Promise<DurableResult<Output>> {
    this.#turns.assertNotDisposed("sendCallback…");
    const { world, running } = this.#engine;
    const callback = this.#explain(() => openCallback(world, callbackId));
    this.#engine.move(callback, move(callback));
    // Sent from within a call that is going on (from a step, say): that call goes on by itself.
    if (this.#turns.isBusy || running.isAsking()) return this.result;
    return this.#continue();
  }

  /** Goes on as far as the test need not say anything. */
  #continue(): Promise<DurableResult<Output>> {
    const { clock } = this.#engine;
    return this.#drive(
      ({ what, dueAt }) => happensByItself(what, this.#engine) && clock.mayPassTo(dueAt),
    );
  }

  async #drive(mayHappen: MayHappen, isReached?: IsReached): Promise<DurableResult<Output>> {
    try {
      await this.#turns.take(() => this.#engine.run(mayHappen, isReached));
    } catch (error) {
      // What is wrong with the handler itself needs no story.
      throw InvalidHandlerError.is(error) ? error : withTimeline(error, this.result);
    } finally {
      this.#executed.tell(this);
    }
    const { result } = this;
    this.#checkScripts(result);
    return result;
  }

  /** Errors of this project say what happened until then. */
  #explain<Value>(action: () => Value): Value {
    try {
      return action();
    } catch (error) {
      throw withTimeline(error, this.result);
    }
  }

  #checkScripts(result: DurableResult<Output>): void {
    const { status } = result;
    if (this.#settings.unusedScripts !== "error" || status === "PENDING") return;
    if (result.unusedScripts.length === 0) return;
    const message = `The execution has ended (${status}). ${unusedScriptLines(result).join(" ")}`;
    throw withTimeline(new UnusedScriptsError(message), result);
  }

  /** @throws RunnerBusyError, RunnerDisposedError */
  #assertUsable(method: string): void {
    this.#turns.assertFree(method);
    if (!this.#engine.running.isAsking()) return;
    throw new RunnerBusyError(
      `${method}: it was called by code of the handler, whose invocation would have to go on meanwhile. Call it from the test; only sendCallback… and stop may be called in here.`,
    );
  }

  #assertStarted(method: string): Execution {
    const { root } = this.#engine;
    if (root !== undefined) return root;
    throw new RunnerNotStartedError(`${method}: nothing has been started. Call run(input) first.`);
  }
}
