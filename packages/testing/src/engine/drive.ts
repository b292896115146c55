import { type ErrorObject, InvalidArgumentError } from "@durabletest/runtime";
import { describeValue } from "@durabletest/runtime/protocol";
import { ExecutionTeller } from "../executed.ts";
import {
  CallbackClosedError,
  InvalidHandlerError,
  RunnerBusyError,
  RunnerNotStartedError,
  RunnerUsedError,
} from "../errors.ts";
import { checkRunOptions, type RunnerSettings, type RunOptions } from "../options.ts";
import { withTimeline } from "../print/timeline-section.ts";
import { type DurableResult, takeResult } from "../result.ts";
import { misfit } from "../schedule.ts";
import { encodeError, encodePayload, toJson } from "../service/payload.ts";
import { type AdvanceTarget, assertReached } from "./advance-target.ts";
import { Calls } from "./calls.ts";
import type { Engine, OtherHandlers } from "./engine.ts";
import type { Execution } from "./execution.ts";
import type { IsReached, MayHappen } from "./loop.ts";
import { openCallback } from "./open-callback.ts";
import { happensByItself } from "./silence.ts";
import { stalledError, unusedScriptsError } from "./standing-errors.ts";
import { Turns } from "./turns.ts";
import type { CallbackMove, CallbackRef } from "./world.ts";

/**
 * Lets an execution go on, one call of the test at a time, and gives the result as it then stands.
 *
 * Owns: whether a call may be made, and what comes of it.
 * Does not own: what the calls are (`runner.ts`), how the execution goes on (`loop.ts`).
 */
export class Drive<Output> {
  readonly engine: Engine;
  readonly turns: Turns = new Turns();
  readonly calls: Calls;
  readonly #settings: RunnerSettings;
  readonly #runner: { readonly result: DurableResult<Output> };
  readonly #executed: ExecutionTeller;

  /** @param before - of a fork: the result of its original. */
  constructor(
    engine: Engine,
    settings: RunnerSettings,
    runner: { readonly result: DurableResult<Output> },
    before?: DurableResult<Output>,
  ) {
    this.#executed = new ExecutionTeller(before);
    this.engine = engine;
    this.calls = new Calls(runner);
    this.#settings = settings;
    this.#runner = runner;
    if (engine.clock.isShared) {
      engine.clock.follow({ rest: () => this.#rest(), settle: () => this.#untilNow() });
    }
  }

  get result(): DurableResult<Output> {
    return takeResult<Output>(this.engine.source());
  }

  /** @throws InvalidArgumentError */
  execution<Other>(executionArn: string): DurableResult<Other> {
    const execution = this.engine.executions.byArn.get(executionArn);
    if (execution !== undefined) return takeResult<Other>(this.engine.source(execution));
    throw new InvalidArgumentError(
      `execution: this runner has no execution ${describeValue(executionArn)}. Take the ARN from an operation of type "CHAINED_INVOKE".`,
    );
  }

  /**
   * Starts the execution and goes on as far as the test need not say anything.
   *
   * @throws RunnerUsedError, RunnerBusyError, InvalidPayloadError, InvalidArgumentError
   */
  begin(input: unknown, options: RunOptions | undefined): Promise<DurableResult<Output>> {
    const { engine } = this;
    this.assertUsable("run");
    if (engine.root !== undefined) {
      throw new RunnerUsedError(
        "This runner has run its execution. Make another for another one: new DurableTestRunner(handler).",
      );
    }
    const text = toJson(input, "The input of run");
    const { timeoutSeconds, scripts } = checkRunOptions(options);
    if (scripts !== undefined) engine.script(scripts);
    engine.start(text, timeoutSeconds);
    return this.continue();
  }

  /**
   * Another engine in the same state.
   *
   * @throws RunnerBusyError, RunnerNotStartedError
   */
  fork(version?: OtherHandlers): Engine {
    this.assertUsable("fork");
    this.assertStarted("fork");
    if (this.engine.loop.isAtRest) return this.engine.fork(version);
    throw new RunnerBusyError(
      "fork: an invocation is going on and stands still. Let it end first (advance, or complete a callback): what handler code has in its variables cannot be copied.",
    );
  }

  /** Goes on as far as the test need not say anything. */
  continue(): Promise<DurableResult<Output>> {
    const { engine } = this;
    return this.until(
      ({ what, dueAt }) => happensByItself(what, engine) && engine.clock.mayPassTo(dueAt),
    );
  }

  /** @throws TargetNotReachedError */
  async advanceUntil(target: AdvanceTarget): Promise<DurableResult<Output>> {
    const { engine } = this;
    const result = await this.until(
      () => engine.isGoingOn,
      () => target.isReached(),
    );
    return this.explain(() => {
      assertReached(target, engine);
      return result;
    });
  }

  /** @throws ExecutionStalledError */
  async runToCompletion(): Promise<DurableResult<Output>> {
    const result = await this.until(() => this.engine.isGoingOn);
    if (result.status !== "PENDING") return result;
    throw withTimeline(stalledError(this.engine, result), result);
  }

  /** @throws InvalidArgumentError */
  async stop(error: ErrorObject | undefined): Promise<DurableResult<Output>> {
    this.turns.assertNotDisposed("stop");
    const execution = this.assertStarted("stop");
    if (this.engine.ended) {
      throw new InvalidArgumentError(`stop: the execution has ended: ${this.result.status}.`);
    }
    const reason = encodeError(
      error ?? { ErrorType: "Stopped", ErrorMessage: "The execution was stopped." },
      "The error of stop",
    );
    this.engine.stop(execution, reason);
    return this.turns.isBusy ? this.result : this.until(() => false);
  }

  /** @throws InvalidArgumentError */
  async crash(): Promise<DurableResult<Output>> {
    this.turns.assertNotDisposed("crash");
    this.assertStarted("crash");
    const { running } = this.engine;
    if (running.size === 0) {
      throw new InvalidArgumentError(
        'crash: no invocation is going on, so there is nothing to lose: all there is of a suspended execution is its durable state. To have the sandbox die in a step, script it: steps: { charge: respond.crash("before") }.',
      );
    }
    running.cutOff({
      kind: "died",
      error: {
        ErrorType: "Sandbox.Crashed",
        ErrorMessage: "The sandbox died: crash() was called.",
      },
    });
    return this.turns.isBusy ? this.result : this.continue();
  }

  async advanceTo(target: number): Promise<DurableResult<Output>> {
    const { clock } = this.engine;
    await clock.letPass(async () => {
      for (;;) {
        await this.until((due) => due.dueAt <= target);
        const step = clock.stepTowards(target);
        if (step === undefined) break;
        await step;
        this.turns.assertNotDisposed("advance");
      }
    });
    clock.moveTo(target);
    this.#executed.tell(this.#runner);
    return this.result;
  }

  succeed(callbackId: string, payload: unknown): Promise<DurableResult<Output>> {
    return this.#send(callbackId, ({ execution: { readsJson } }) => ({
      kind: "success",
      payload: encodePayload(payload, "The payload of sendCallbackSuccess", {
        limits: this.#settings.limits,
        readsJson,
      }),
    }));
  }

  fail(callbackId: string, error: Error | ErrorObject): Promise<DurableResult<Output>> {
    return this.#send(callbackId, () => ({
      kind: "failure",
      error: encodeError(error, "The error of sendCallbackFailure", this.#settings.limits),
    }));
  }

  heartbeat(callbackId: string): Promise<DurableResult<Output>> {
    return this.#send(callbackId, () => ({ kind: "heartbeat" }), { isAnswer: false });
  }

  /** Does something to a callback, as the outside world, and goes on. */
  async #send(
    callbackId: string,
    move: (callback: CallbackRef) => CallbackMove,
    { isAnswer } = { isAnswer: true },
  ): Promise<DurableResult<Output>> {
    this.turns.assertNotDisposed("sendCallback…");
    const { running } = this.engine;
    const callback = this.#openCallback(callbackId, { isAnswer });
    this.engine.move(callback, move(callback));
    // Sent from within a call that is going on (from a step, say): that call goes on by itself.
    if (this.turns.isBusy || running.isAsking()) return this.result;
    return this.continue();
  }

  #openCallback(callbackId: string, { isAnswer }: { readonly isAnswer: boolean }): CallbackRef {
    const { world } = this.engine;
    try {
      return this.explain(() => openCallback(world, callbackId));
    } catch (error) {
      if (isAnswer && CallbackClosedError.is(error)) {
        world.answeredTooLate.add(callbackId);
        this.#executed.tell(this.#runner);
      }
      throw error;
    }
  }

  /** No call is at work any more, or none can go on before time has passed, or before the test has gone on. */
  async #rest(): Promise<void> {
    const { engine, turns } = this;
    if (!turns.isBusy || engine.running.isAsking()) return;
    await Promise.race([turns.turn, engine.loop.rest()]);
  }

  /** Somebody else has let time pass, on a clock that is shared with the test. */
  async #untilNow(): Promise<void> {
    const { engine } = this;
    if (engine.root === undefined) return;
    await this.#rest();
    await this.turns.takeInBackground(() => this.until(({ dueAt }) => dueAt <= engine.clock.now()));
  }

  async until(mayHappen: MayHappen, isReached?: IsReached): Promise<DurableResult<Output>> {
    try {
      await this.turns.take(() => this.engine.run(mayHappen, isReached));
    } catch (error) {
      // What is wrong with the handler itself needs no story.
      throw InvalidHandlerError.is(error) ? error : withTimeline(error, this.result);
    } finally {
      this.#executed.tell(this.#runner);
    }
    const { result } = this;
    this.#checkSchedule(result);
    this.#checkScripts(result);
    return result;
  }

  /** Errors of this project say what happened until then. */
  explain<Value>(action: () => Value): Value {
    try {
      return action();
    } catch (error) {
      throw withTimeline(error, this.result);
    }
  }

  /** @throws RunnerBusyError, RunnerDisposedError */
  assertUsable(method: string): void {
    this.turns.assertFree(method, () => this.calls.describeOpen());
    this.#assertSameClock(method);
    if (!this.engine.running.isAsking()) return;
    throw new RunnerBusyError(
      `${method}: it was called by code of the handler, whose invocation would have to go on meanwhile. Call it from the test; only sendCallback… and stop may be called in here.`,
    );
  }

  /** @throws InvalidArgumentError */
  #assertSameClock(method: string): void {
    const { engine } = this;
    const shared = engine.root && engine.readSharedTime();
    if (shared === undefined || engine.clock.isSharedAs(shared)) return;
    throw new InvalidArgumentError(
      `${method}: fake timers have been installed anew since the execution began, and it goes on with the clock of those before (clock: "test"). Install them before run(), once.`,
    );
  }

  /** @throws RunnerNotStartedError */
  assertStarted(method: string): Execution {
    const { root } = this.engine;
    if (root !== undefined) return root;
    throw new RunnerNotStartedError(`${method}: nothing has been started. Call run(input) first.`);
  }

  #checkSchedule(result: DurableResult<Output>): void {
    const { unasked } = this.engine.choices;
    if (result.status === "PENDING" || unasked.length === 0) return;
    throw withTimeline(misfit(`has ended (${result.status})`, unasked), result);
  }

  #checkScripts(result: DurableResult<Output>): void {
    if (this.#settings.unusedScripts !== "error" || result.status === "PENDING") return;
    if (result.unusedScripts.length > 0) throw withTimeline(unusedScriptsError(result), result);
  }
}
