import { type DurableHandler, type ErrorObject, InvalidArgumentError } from "@durabletest/runtime";
import { describeValue, durationToMilliseconds } from "@durabletest/runtime/protocol";
import { type CallbackHandle, callbackHandle, openCallback } from "./callback-handle.ts";
import type { HarnessDuration } from "./duration.ts";
import { attachEngine } from "./engine/door.ts";
import type { DueThing } from "./engine/due.ts";
import { Engine } from "./engine/engine.ts";
import type { Execution } from "./engine/execution.ts";
import type { MayHappen } from "./engine/loop.ts";
import { isSilence } from "./engine/silence.ts";
import {
  ExecutionStalledError,
  InvalidHandlerError,
  RunnerBusyError,
  RunnerDisposedError,
  RunnerNotStartedError,
  RunnerUsedError,
  UnusedScriptsError,
} from "./errors.ts";
import { formatAllBlockers } from "./print/blockers.ts";
import { withTimeline } from "./print/timeline-section.ts";
import { unusedScriptLines } from "./print/unused-scripts.ts";
import type { AnyDurableLambdaHandler } from "./handlers.ts";
import {
  checkHandler,
  checkOptions,
  checkRunOptions,
  type RunArguments,
  type RunnerOptions,
  type RunnerSettings,
} from "./options.ts";
import { encodeError, encodePayload, toJson } from "./service/payload.ts";
import { type DurableResult, takeResult } from "./result.ts";
import type { Due } from "./engine/timer-queue.ts";
import type { CallbackMove } from "./engine/world.ts";

/**
 * Runs one execution of a durable handler against an in-memory service, in virtual time.
 *
 * Every test makes its own; they are cheap, and any number may run at once.
 *
 * Source: guide, "Testing".
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
  readonly #options: RunnerOptions;
  #engine: Engine;
  readonly #settings: RunnerSettings;
  #phase: "idle" | "busy" | "disposed" = "idle";
  #driving: Promise<unknown> = Promise.resolve();
  /** What went wrong while nobody was waiting for it. */
  #unheard: { readonly error: unknown } | undefined;

  /**
   * @throws InvalidHandlerError when `handler` is no function.
   * @throws InvalidArgumentError when an option cannot be right.
   */
  constructor(
    handler: DurableHandler<Input, Output> | AnyDurableLambdaHandler,
    options: RunnerOptions = {},
  ) {
    this.#handler = handler;
    this.#options = options;
    this.#settings = checkOptions(options);
    this.#engine = new Engine(checkHandler(handler), this.#settings);
    const isDisposed = (): boolean => this.#phase === "disposed";
    const engine = (): Engine => this.#engine;
    attachEngine(this, {
      get engine() {
        return engine();
      },
      get disposed() {
        return isDisposed();
      },
      continueInBackground: () => this.#continueInBackground(),
    });
  }

  /**
   * Starts the execution and goes on until it has ended, or only the outside world can move it: until
   * then waits, retries and scripted answers happen by themselves. Never hangs: an execution that waits
   * is a result with the status PENDING.
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
    return this.#drive((due) => this.#happensByItself(due));
  }

  /**
   * Completes a callback, as the outside world would, and goes on.
   *
   * @param payload - any JSON data; a `Uint8Array` is sent as it is.
   * @throws UnknownCallbackError, CallbackClosedError, InvalidPayloadError; nothing has changed then.
   */
  async sendCallbackSuccess(callbackId: string, payload?: unknown): Promise<DurableResult<Output>> {
    return this.#send(callbackId, () => ({
      kind: "success",
      payload: encodePayload(payload, "The payload of sendCallbackSuccess", this.#settings.limits),
    }));
  }

  /**
   * Fails a callback, as the outside world would, and goes on.
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
   * Sends a sign of life: the heartbeat timeout of the callback starts afresh.
   *
   * @throws UnknownCallbackError, CallbackClosedError; nothing has changed then.
   */
  async sendCallbackHeartbeat(callbackId: string): Promise<DurableResult<Output>> {
    return this.#send(callbackId, () => ({ kind: "heartbeat" }));
  }

  /**
   * Lets time pass. Everything that is due on the way happens, in order, the target instant included.
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
    const target = Object.prototype.toString.call(time) === "[object Date]" ? Number(time) : NaN;
    if (Number.isNaN(target)) {
      throw new InvalidArgumentError(`advanceTo: ${describeValue(time)} is no valid Date.`);
    }
    if (target < this.#engine.clock.now()) {
      throw new InvalidArgumentError(
        `advanceTo: ${time.toISOString()} is in the past; it is ${this.now.toISOString()}. Time does not go back.`,
      );
    }
    return this.#advanceTo(target);
  }

  /**
   * Goes on until the execution has ended. The outside world stays silent, so every deadline passes.
   *
   * @throws ExecutionStalledError when it waits for a callback that has no deadline.
   */
  async runToCompletion(): Promise<DurableResult<Output>> {
    this.#assertUsable("runToCompletion");
    this.#assertStarted("runToCompletion");
    const result = await this.#drive(() => !this.#engine.ended || this.#engine.running.size > 0);
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
    this.#assertNotDisposed("stop");
    this.#assertStarted("stop");
    if (this.#engine.ended) {
      throw new InvalidArgumentError(`stop: the execution has ended: ${this.result.status}.`);
    }
    const reason = encodeError(
      error ?? { ErrorType: "Stopped", ErrorMessage: "The execution was stopped." },
      "The error of stop",
    );
    this.#engine.stop(this.#started(), reason);
    return this.#phase === "busy" ? this.result : this.#drive(() => false);
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
    fork.#engine = this.#engine.fork();
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
    while (this.#phase === "busy") await this.#driving;
    this.#throwUnheard();
    return this.result;
  }

  /** Ends everything: calls that are going on reject, later ones throw. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#phase === "disposed") return;
    this.#phase = "disposed";
    this.#engine.dispose(new RunnerDisposedError("The runner was disposed of meanwhile."));
    this.#throwUnheard();
  }

  #continueInBackground(): void {
    if (this.#phase !== "idle") return;
    this.#drive((due) => this.#happensByItself(due)).catch((error: unknown) => {
      if (!RunnerDisposedError.is(error)) this.#unheard ??= { error };
    });
  }

  #throwUnheard(): void {
    const unheard = this.#unheard;
    this.#unheard = undefined;
    if (unheard !== undefined) throw unheard.error;
  }

  async #advanceTo(target: number): Promise<DurableResult<Output>> {
    await this.#drive((due) => due.dueAt <= target);
    this.#engine.clock.moveTo(target);
    return this.result;
  }

  async #send(callbackId: string, move: () => CallbackMove): Promise<DurableResult<Output>> {
    this.#assertNotDisposed("sendCallback…");
    const callback = this.#explain(() => openCallback(this.#engine.world, callbackId));
    this.#engine.move(callback, move());
    // Sent from within a call that is going on (from a step, say): that call goes on by itself.
    if (this.#phase === "busy") return this.result;
    return this.#drive((due) => this.#happensByItself(due));
  }

  /** The time rule of `run()`: what needs no word from the test. */
  #happensByItself({ what }: Due<DueThing>): boolean {
    const { ended, running, world } = this.#engine;
    // What has been invoked goes on until its call is over.
    if (ended) return running.size > 0;
    const isOfService = what.kind === "service" || what.kind === "function-timeout";
    if (isOfService && this.#settings.timeSkipping === "manual") return false;
    return !isSilence(what, world);
  }

  async #drive(mayHappen: MayHappen): Promise<DurableResult<Output>> {
    this.#phase = "busy";
    const settling = this.#engine.run(mayHappen);
    this.#driving = settling.catch(() => {});
    try {
      await settling;
    } catch (error) {
      // What is wrong with the handler itself needs no story.
      throw InvalidHandlerError.is(error) ? error : withTimeline(error, this.result);
    } finally {
      if (this.#phase === "busy") this.#phase = "idle";
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
    const { status, unusedScripts } = result;
    if (this.#settings.unusedScripts !== "error" || status === "PENDING") return;
    if (unusedScripts.length === 0) return;
    const error = new UnusedScriptsError(
      `The execution has ended (${status}). ${unusedScriptLines(result).join(" ")}`,
    );
    throw withTimeline(error, result);
  }

  #assertUsable(method: string): void {
    this.#assertNotDisposed(method);
    this.#throwUnheard();
    if (this.#phase !== "busy") return;
    throw new RunnerBusyError(
      `${method}: another call of this runner has not finished. Await it first; only sendCallback… may be called meanwhile.`,
    );
  }

  #assertNotDisposed(method: string): void {
    if (this.#phase !== "disposed") return;
    throw new RunnerDisposedError(
      `${method}: this runner has been disposed of, as the runner of a test is at the test's end. Make another one.`,
    );
  }

  #assertStarted(method: string): void {
    if (this.#engine.root === undefined) {
      throw new RunnerNotStartedError(
        `${method}: nothing has been started. Call run(input) first.`,
      );
    }
  }

  #started(): Execution {
    const { root } = this.#engine;
    if (root === undefined) throw new Error("Nothing has been started.");
    return root;
  }
}
