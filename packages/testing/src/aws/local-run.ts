import type { Event } from "@aws-sdk/client-lambda";
import type { ErrorObject, Operation } from "@aws/durable-execution-sdk-js";
import type { DueThing } from "../engine/due.ts";
import { attachEngine } from "../engine/door.ts";
import { Engine } from "../engine/engine.ts";
import { ExecutionTeller } from "../executed.ts";
import type { AnyDurableLambdaHandler } from "../handlers.ts";
import { checkHandler, checkOptions } from "../options.ts";
import { type DurableResult, takeResult } from "../result.ts";
import { encodeError, encodePayload } from "../service/payload.ts";
import { ServiceException } from "../service/service-error.ts";
import { isCallbackOpen } from "../service/service.ts";
import { natives } from "../surroundings/natives.ts";
import type { Due } from "../engine/timer-queue.ts";
import { type CallbackMove, callbackName } from "../engine/world.ts";
import { callbackOf, deadlineMs } from "./deadlines.ts";
import { inAwsSurroundings, pause } from "./lambda-context.ts";
import { OperationIndex, type OperationSource } from "./operation-index.ts";
import type { OperationStore } from "./operation-store.ts";
import type { RegisteredFunctions } from "./registered-functions.ts";
import { awsOperation } from "./local-operation.ts";
import { describeRunEnd, endedExecution } from "./run-end.ts";
import { translated } from "./rejection.ts";
import { Tokens } from "./tokens.ts";
import type { EndedExecution } from "./test-result.ts";
import { wallNow } from "./wall-clock.ts";

/** How executions are run. */
export interface LocalSettings {
  /** Waits, retries and timers of handlers take no real time. */
  readonly skipTime: boolean;
  /** Milliseconds by which every checkpoint is late. */
  readonly checkpointDelayMs: number;
  /** Which checkpoint of each execution is answered without a token, from 1. */
  readonly withholdTokenOnCall: number | undefined;
}

/** How long a run waits for the test before it says so: less than most tests may take. */
const NOTICE_AFTER_MS = 3000;

/** So often a run looks whether something came before the end of an invocation. */
const LOOKS_AGAIN_MS = 5;

/** Timers can be armed for as long. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * One execution, run to its end beside the code of the test.
 *
 * Owns: when what is due happens, in real time; what the test's handles are told.
 * Does not own: the execution and its order of due things (`engine/`), the handles (`operation-store.ts`).
 *
 * The clock shows the time on the wall; with `skipTime`, plus what has been skipped so far.
 *
 * 1. With `skipTime`, everything due happens at once, one instant after the other. In between the test's
 *    own code gets a turn of the event loop, so that it sees every instant. Before an invocation is taken to be
 *    at its limit, the test gets some seconds: a step may wait for what it does next.
 * 2. Except the deadlines of a callback that the test has a handle on: they pass in real time, counted
 *    from the real moment at which the callback started or gave its last sign of life.
 * 3. Without `skipTime`, everything due happens when it is due, also during an invocation.
 * 4. While nothing is due, it waits for the test.
 * 5. While it is paused, no invocation begins; all else goes on.
 * 6. After a checkpoint it is the handler's turn, then the test's.
 */
export class LocalRun implements OperationSource {
  readonly index: OperationIndex;
  readonly #engine: Engine;
  readonly #store: OperationStore;
  readonly #skipTime: boolean;
  readonly #checkpointDelayMs: number;
  readonly #executed = new ExecutionTeller();
  /** How far the clock was ahead of the wall at most, when somebody was told. */
  #aheadMs = 0;
  readonly #tokens: Tokens;
  /** Events of the history that the index knows. */
  #indexed = 0;
  /** How far the clock is ahead of the wall. */
  #skippedMs = 0;
  /** Virtual; what is due until then may happen. */
  #mayHappenUntil = -Infinity;
  /** Deadlines in real time, by when they pass. */
  readonly #held = new Map<Due<DueThing>, number>();
  /** Real moments from which deadlines count, by operation id. */
  readonly #realStarts = new Map<string, number>();
  /** Checkpoints with whose answers the handler is going on. */
  #handlersTurns = 0;
  /** Since when, in real time, nothing has been due but the limit of an invocation. */
  #atLimitSince: number | undefined;
  #alarm: NodeJS.Timeout | undefined;
  /** What the run has rejected with. */
  #failure: unknown;
  /** Those who wait until no invocation of the execution under test is going on. */
  #whenSuspended: (() => void)[] = [];
  /** Ends the waiting for the test. */
  #wake: (() => void) | undefined;

  /** @throws InvalidHandlerError when the handler is no function. */
  constructor(options: {
    readonly handler: AnyDurableLambdaHandler;
    readonly functions: RegisteredFunctions;
    readonly store: OperationStore;
    readonly settings: LocalSettings;
    readonly seed: number;
  }) {
    const { handler, functions, store, settings, seed } = options;
    const prepare = (each: AnyDurableLambdaHandler): AnyDurableLambdaHandler =>
      inAwsSurroundings(checkHandler(each), {
        atBounds: () => this.#keepTime(),
        checkpoint: (request, send) =>
          this.#checkpoint(() => this.#tokens.checkpoint(request, send)),
      });
    this.#checkpointDelayMs = settings.checkpointDelayMs;
    this.#skipTime = settings.skipTime;
    this.#tokens = new Tokens(settings.withholdTokenOnCall, (arn) =>
      this.#engine.executions.byArn.get(arn),
    );
    this.#store = store;
    this.#engine = new Engine(
      prepare(handler),
      {
        ...checkOptions({
          startTime: wallNow(),
          seed,
          globals: settings.skipTime ? "virtual" : "real",
          // As AWS's runner does.
          logs: "print",
          ...functions.options(prepare),
        }),
        // The test runs beside the handler: a step may wait for it.
        stuckAfterMs: Infinity,
      },
      { changed: () => this.#changed(), holds: (due) => this.#holds(due) },
    );
    this.index = new OperationIndex(this);
    attachEngine(this, this.#engine);
  }

  /**
   * Runs the execution to its end.
   *
   * @param input - JSON text.
   * @throws What the handler's promise rejected with, when it rejects again and again.
   * @throws Error when the handler invokes a function that nobody registered.
   */
  async run(input: string | undefined): Promise<EndedExecution> {
    this.#store.begin(this.index);
    try {
      this.#engine.start(input, undefined);
      await this.#runToEnd();
    } catch (error) {
      this.#failure = translated(error);
      throw this.#failure;
    } finally {
      this.#tellExecuted();
      this.#engine.dispose(new Error("The run has ended."));
      this.#held.clear();
      this.#changed();
      this.#setAlarm(undefined);
      this.#store.end(this.index, () => describeRunEnd(this.#engine, this.#failure));
    }
    return endedExecution(this.#engine, () => this.#store.handlesOnAll(this.index));
  }

  /**
   * No invocation of the execution under test begins until {@link LocalRun.resume}. One that is going on is
   * answered without a token at its next checkpoint, after which its SDK ends it.
   *
   * @returns When none is going on.
   */
  async pause(): Promise<void> {
    const { root } = this.#engine;
    if (root === undefined || root.ended) return;
    root.isPaused = true;
    if (root.call === undefined) return;
    this.#tokens.withholdNext(root.state.arn);
    await new Promise<void>((resolve) => {
      this.#whenSuspended.push(resolve);
    });
  }

  resume(): void {
    const { root } = this.#engine;
    if (root === undefined || !root.isPaused) return;
    root.isPaused = false;
    this.#tokens.withholdNext(undefined);
    this.#engine.changed(root);
    this.#wake?.();
  }

  /** As it stands, for whoever hears of what is executed. */
  get result(): DurableResult<unknown> {
    return takeResult(this.#engine.source());
  }

  // Where handles take their data from (OperationSource).

  operation(id: string): Operation {
    const record = this.#engine.root?.state?.operations.get(id);
    if (record === undefined) throw new Error(`There is no operation ${id}.`);
    return awsOperation(record);
  }

  async succeed(callbackId: string, result: string | undefined): Promise<object> {
    const bytes = result === undefined ? undefined : Buffer.from(result);
    const payload =
      bytes && encodePayload(bytes, "The result of sendCallbackSuccess", { limits: this.#limits });
    return this.#answer(callbackId, { kind: "success", payload: payload || undefined });
  }

  async fail(callbackId: string, error: ErrorObject | undefined): Promise<object> {
    const object = encodeError(error ?? {}, "The error of sendCallbackFailure", this.#limits);
    return this.#answer(callbackId, { kind: "failure", error: object });
  }

  async heartbeat(callbackId: string): Promise<object> {
    return this.#answer(callbackId, { kind: "heartbeat" });
  }

  /** What the outside world does, at any time. @throws ServiceException when the callback is not open. */
  #answer(callbackId: string, move: CallbackMove): object {
    const { world } = this.#engine;
    const callback = world.callbacks.get(callbackId);
    if (callback === undefined || !isCallbackOpen(callback.execution.state, callback.operationId)) {
      if (callback !== undefined && move.kind !== "heartbeat") {
        world.answeredTooLate.add(callbackId);
        this.#tellExecuted();
      }
      throw new ServiceException(
        "CallbackTimeoutException",
        `The callback ${callbackId} is closed: it has ended already, or its execution has. What is sent to it now is ignored.`,
      );
    }
    this.#catchUp();
    if (move.kind === "heartbeat") this.#realStarts.set(callback.operationId, natives.realNow());
    this.#engine.move(callback, move);
    this.#wake?.();
    return {};
  }

  get #limits(): Engine["settings"]["limits"] {
    return this.#engine.settings.limits;
  }

  /** Checkpoints are late, as the settings say, and in real time at the time it is. */
  #checkpoint<Answer>(send: () => Promise<Answer>): Promise<Answer> {
    this.#keepTime();
    if (this.#checkpointDelayMs === 0) return this.#inHandlersTurn(send);
    return pause(this.#checkpointDelayMs).then(() => {
      this.#keepTime();
      return this.#inHandlersTurn(send);
    });
  }

  /**
   * What a checkpoint changes, the test is told once the handler has gone on with the answer: as far as it
   * comes without waiting for anything but promises and ticks, so before its next checkpoint is answered.
   */
  #inHandlersTurn<Answer>(send: () => Promise<Answer>): Promise<Answer> {
    this.#handlersTurns += 1;
    const answer = send();
    const over = (): void => {
      this.#handlersTurns -= 1;
      this.#tell();
    };
    // A tick comes after all promises, the second one after the ticks of those.
    const ticks = (): void => natives.nextTick(() => natives.nextTick(over));
    answer.then(ticks, ticks);
    return answer;
  }

  async #runToEnd(): Promise<void> {
    const engine = this.#engine;
    const { clock, loop, running } = engine;
    for (;;) {
      this.#keepTime();
      await engine.run(
        (due) =>
          (running.size > 0 && !this.#isAtLimit(due)) ||
          (!engine.ended && due.dueAt <= this.#mayHappenUntil),
      );
      if (engine.ended) return;
      await turnOfTheTest();
      this.#keepTime();
      const due = loop.nextDue();
      if (await this.#waitsBeforeLimit(due)) continue;
      if (due !== undefined && (this.#skipTime || due.dueAt <= clock.now())) {
        this.#mayHappenUntil = due.dueAt;
      } else if (engine.root?.needsInvocation !== true) {
        await this.#standStill();
      }
    }
  }

  #isAtLimit({ what }: Due<DueThing>): boolean {
    return (
      this.#skipTime &&
      (what.kind === "function-timeout" || (what.kind === "handler" && what.isAtLimit))
    );
  }

  /** Gives the test a moment, unless it has had enough of them. */
  async #waitsBeforeLimit(due: Due<DueThing> | undefined): Promise<boolean> {
    if (due === undefined || !this.#isAtLimit(due)) {
      this.#atLimitSince = undefined;
      return false;
    }
    this.#atLimitSince ??= natives.realNow();
    if (natives.realNow() - this.#atLimitSince >= NOTICE_AFTER_MS) return false;
    await new Promise((resolve) => {
      natives.setTimeout(resolve, LOOKS_AGAIN_MS);
    });
    return true;
  }

  /** Waits for the test, or for something to become due in real time. */
  async #standStill(): Promise<void> {
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#setAlarm(this.#nextAlarm());
    this.#tellExecuted();
    const notice = natives.setTimeout(() => this.#notice(), NOTICE_AFTER_MS);
    await woken;
    natives.clearTimeout(notice);
    this.#wake = undefined;
    this.#catchUp();
  }

  /** A run that seems to hang says what it waits for. In real time, waiting is what was asked for. */
  #notice(): void {
    const state = this.#engine.root?.state;
    if (!this.#skipTime || state === undefined) return;
    const open = [...state.callbackIds].filter(([, id]) => isCallbackOpen(state, id));
    const names = open.map(([callbackId, id]) =>
      JSON.stringify(callbackName(state, id) ?? callbackId),
    );
    const [name = ""] = names;
    const advice =
      this.#held.size === 0
        ? "It has no deadline, or none that is not long over: only the test can answer."
        : "The test has a handle on it, so its deadlines pass in real time. A test that wants to see them pass at once asks for no handle before the run is over.";
    process.emitWarning(
      `run() has been waiting for ${NOTICE_AFTER_MS / 1000} s for the test to answer a callback: ${names.join(", ")}. Answer it beside the run: const callback = runner.getOperation(${name}); await callback.waitForData(WaitingOperationStatus.SUBMITTED); await callback.sendCallbackSuccess(…). ${advice}`,
      { type: "DurableTestWarning", code: "DURABLETEST_WAITS_FOR_TEST" },
    );
  }

  /** In real time the clock is always right. Skipped time goes on only when the test is waited for. */
  #keepTime(): void {
    if (!this.#skipTime) this.#catchUp();
  }

  /** The clock goes at least as fast as the one on the wall. */
  #catchUp(): void {
    const now = wallNow();
    this.#skippedMs = Math.max(this.#skippedMs, this.#engine.clock.now() - now);
    this.#engine.clock.moveTo(now + this.#skippedMs);
  }

  /** Called whenever operations may have changed. */
  #changed(): void {
    const history = (this.#engine.root?.state?.history ?? []) as readonly Event[];
    for (const event of history.slice(this.#indexed)) {
      this.index.add(event);
      const { Id = "" } = event;
      if (!this.#realStarts.has(Id)) this.#realStarts.set(Id, natives.realNow());
    }
    this.#indexed = history.length;
    if (this.#engine.root?.call === undefined) {
      for (const resolve of this.#whenSuspended.splice(0)) resolve();
    }
    this.#tell();
    if (!this.#skipTime) this.#setAlarm(this.#nextAlarm());
  }

  /** Plugins of test frameworks hear of it. */
  #tellExecuted(): void {
    this.#aheadMs = Math.max(this.#aheadMs, this.#engine.clock.now() - wallNow());
    this.#executed.tell(this, this.#aheadMs);
  }

  /** Whoever in the test waits for an operation goes on, unless it is the handler's turn. */
  #tell(): void {
    if (this.#handlersTurns === 0) this.#store.changed(this.index);
  }

  /** A deadline that passes in real time is taken out of the order of due things. */
  #holds(due: Due<DueThing>): boolean {
    const { what } = due;
    if (!this.#skipTime || what.kind !== "service") return false;
    const { executionArn, timer } = what;
    const state = this.#engine.root?.state;
    if (state === undefined || executionArn !== state.arn) return false;
    const record = state.operations.get(timer.operationId);
    const callbackId = record && callbackOf(state, record.operation);
    if (record === undefined || callbackId === undefined) return false;
    if (!this.#store.hasHandleOn(this.index, callbackId)) return false;
    const start = this.#realStarts.get(timer.operationId) ?? natives.realNow();
    this.#held.set(due, start + deadlineMs(record, timer.kind));
    return true;
  }

  /** When, in real time, the next thing is due that does not happen by itself. */
  #nextAlarm(): number | undefined {
    const due = this.#skipTime ? undefined : this.#engine.loop.nextDue();
    const now = natives.realNow();
    const times = [
      ...this.#held.values(),
      ...(due === undefined ? [] : [now + due.dueAt - wallNow()]),
    ];
    return times.length === 0 ? undefined : Math.min(...times);
  }

  #setAlarm(at: number | undefined): void {
    if (this.#alarm !== undefined) natives.clearTimeout(this.#alarm);
    this.#alarm = undefined;
    if (at === undefined || this.#engine.ended) return;
    const delayMs = Math.min(Math.max(0, Math.ceil(at - natives.realNow())), LONGEST_TIMER_MS);
    this.#alarm = natives.setTimeout(() => this.#ring(), delayMs);
  }

  /** Lets happen what is due in real time. */
  #ring(): void {
    this.#alarm = undefined;
    this.#catchUp();
    const now = natives.realNow();
    for (const [due, at] of this.#held) {
      if (at > now) continue;
      this.#held.delete(due);
      this.#engine.release(due);
    }
    if (!this.#skipTime) this.#letHappen();
    this.#setAlarm(this.#nextAlarm());
    this.#wake?.();
  }

  #letHappen(): void {
    const { clock, loop } = this.#engine;
    let due = loop.nextDue();
    while (due !== undefined && due.dueAt <= clock.now()) {
      loop.happenNext();
      due = loop.nextDue();
    }
  }
}

/** The test's own code, which runs beside the execution, goes as far as it can without waiting. */
function turnOfTheTest(): Promise<void> {
  return new Promise((resolve) => {
    natives.setImmediate(resolve);
  });
}
