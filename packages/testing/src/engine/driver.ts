import type { ErrorObject } from "@durabletest/runtime";
import { LimitExceededError } from "../errors.ts";
import { ExecutionRun, type Surroundings, timerKey } from "./execution-run.ts";
import { callFunction } from "./function-call.ts";
import { getFunction } from "./functions.ts";
import { formatRepetition } from "../print/format.ts";
import type { AnyDurableLambdaHandler, PlainFunction } from "../handlers.ts";
import { operationView, type CallbackOperation } from "../operation.ts";
import type { RunnerSettings } from "../options.ts";
import { createRandom } from "./random.ts";
import type { ResultSource, WorldEvent } from "../result.ts";
import { type Clock, type CutOff, type HandlerTimer, Sandbox } from "./sandbox.ts";
import { executionArn } from "../service/function-name.ts";
import { applyTimer, isCallbackOpen, startExecution, stopExecution } from "../service/service.ts";
import type { Effect, ExecutionState, InvokeTarget, ServiceTimer } from "../service/state.ts";
import { applyHeartbeat, endCallback } from "../service/transitions/callback.ts";
import { endInvoke, type InvokeEnd } from "../service/transitions/invoke.ts";
import { natives } from "../surroundings/natives.ts";
import { type Due, TimerQueue } from "./timer-queue.ts";
import { type CallbackMove, callbackName, type ScriptedPlay, Scripts } from "./world.ts";

/** Something that waits in the one order of due things. */
export type DueThing =
  | { readonly kind: "service"; readonly run: ExecutionRun; readonly timer: ServiceTimer }
  | { readonly kind: "script"; readonly play: ScriptedPlay }
  | HandlerTimer;

/** A callback of one of the executions. */
export interface CallbackRef {
  readonly run: ExecutionRun;
  readonly operationId: string;
}

/** A plain function that has been invoked and has not been called yet. */
interface PendingCall {
  /** Virtual epoch milliseconds. */
  readonly since: number;
  readonly run: ExecutionRun;
  readonly operationId: string;
  readonly target: InvokeTarget;
  readonly call: PlainFunction;
}

/** What somebody around the driver is told, and may take upon himself. */
export interface DriverHooks {
  /** Operations may have changed. */
  readonly changed: () => void;
  /** Whether a due thing is taken out of the order, until {@link Driver.release}. Asked when it comes first. */
  readonly holds: (due: Due<DueThing>) => boolean;
}

/** The function under test, as it is called where it must have a name. */
const FUNCTION_NAME = "durable-test";

/**
 * How long an invocation may take to be suspended before what it has invoked begins beside it, in virtual
 * milliseconds. AWS's SDK takes 20.
 */
const SUSPENSION_MS = 100;

/** How a call ends when one beside it has shown that the test cannot go on. */
const CUT_OFF: CutOff = {
  kind: "died",
  error: { ErrorType: "Sandbox.CutOff", ErrorMessage: "The test cannot go on." },
};

/** Lambda stops functions that invoke each other in a circle. */
const CHAIN_LIMIT = 16;

/**
 * The loop: invokes handlers, lets due things happen, and stops where it is told to.
 *
 * Owns: the clock, the order of due things, the executions, what the world did.
 * Does not own: what is legal (`service/`), the invoking of one handler (`execution-run.ts`), who may call
 * what (`runner.ts`).
 *
 * Invariants
 * 1. The clock never goes back.
 * 2. Invocations go on side by side only while virtual time passes in them: what is new for an execution
 *    waits until nobody is running, or until those that are wait for time to pass. The one that began last
 *    lets it pass for all.
 * 3. Things due at the same instant all happen, in order, before a handler is invoked.
 */
export class Driver implements Clock, Surroundings {
  readonly startedAt: number;
  readonly settings: RunnerSettings;
  readonly scripts: Scripts;
  readonly #handler: AnyDurableLambdaHandler;
  readonly #hooks: DriverHooks | undefined;
  readonly #queue = new TimerQueue<DueThing>();
  readonly running: Set<Sandbox> = new Set();
  /** Calls of handler code that are not over, what they mean for their executions included. */
  readonly #going = new Set<Promise<void>>();
  readonly #runs = new Map<string, ExecutionRun>();
  /** In the order in which they started. */
  readonly #callbacks = new Map<string, CallbackRef>();
  /** Executions that have changed since they were last looked at, and when. */
  readonly #touched = new Map<ExecutionRun, number>();
  readonly #calls: PendingCall[] = [];
  readonly #world: WorldEvent[] = [];
  #root: ExecutionRun | undefined;
  #now: number;
  #invocationCount = 0;
  /** Whether {@link callBeside} is about to be asked in real time. */
  #looksBeside = false;
  /** What went wrong while the service was at work: a script threw, a function is unknown. */
  #failure: { readonly error: unknown } | undefined;

  constructor(handler: AnyDurableLambdaHandler, settings: RunnerSettings, hooks?: DriverHooks) {
    this.#handler = handler;
    this.#hooks = hooks;
    this.settings = settings;
    this.scripts = new Scripts(settings.callbacks);
    this.startedAt = settings.startTime;
    this.#now = settings.startTime;
  }

  /** The execution under test. */
  get root(): ExecutionRun | undefined {
    return this.#root;
  }

  get state(): ExecutionState | undefined {
    return this.#root?.state;
  }

  /** All executions by ARN, in the order in which they started; the one under test is the first. */
  get executions(): ReadonlyMap<string, ExecutionRun> {
    return this.#runs;
  }

  /** All callbacks by id, in the order in which they started. */
  get callbacks(): ReadonlyMap<string, CallbackRef> {
    return this.#callbacks;
  }

  /** Whether the execution under test has ended. */
  get ended(): boolean {
    return this.#root?.ended ?? false;
  }

  /** Begins the execution under test; {@link settle} runs it. */
  start(input: string | undefined, timeoutSeconds: number | undefined): void {
    this.#root = this.#startExecution({
      functionName: FUNCTION_NAME,
      arn: executionArn(FUNCTION_NAME, String(this.settings.seed)),
      handler: this.#handler,
      seed: this.settings.seed,
      input,
      timeoutSeconds,
    });
  }

  /**
   * Goes on until the execution has ended, or the next due thing may not happen.
   *
   * @throws HandlerStuckError, HandlerRejectedError, InvalidHandlerError, LimitExceededError,
   * FunctionNotRegisteredError
   */
  async settle(mayHappen: (due: Due<DueThing>) => boolean): Promise<void> {
    for (;;) {
      this.#throwFailure();
      const run = this.#nextRun();
      const call = run === undefined ? this.#calls.shift() : undefined;
      if (run !== undefined) await this.#finish(this.#invoke(run));
      else if (call !== undefined) await this.#finish(this.#call(call));
      else if (!this.#happen(mayHappen)) return;
    }
  }

  /** @returns When this call of handler code is over, and those that have begun beside it. */
  async #finish(call: Promise<void>): Promise<void> {
    void this.#goesOn(call);
    while (this.#going.size > 0) await Promise.all(this.#going);
  }

  /** @returns When it is over. What is wrong is kept for {@link settle}, and nobody goes on. */
  #goesOn(call: Promise<void>): Promise<void> {
    const over = call
      .catch((error: unknown) => {
        this.#failure ??= { error };
        for (const sandbox of this.running) sandbox.cutOff(CUT_OFF);
      })
      .finally(() => this.#going.delete(over));
    this.#going.add(over);
    return over;
  }

  /** Moves the clock on without anything happening; for the end of an `advance`. */
  moveTo(time: number): void {
    if (time > this.#now) this.#now = time;
  }

  /** What the world does to a callback; the caller has checked that it is open. */
  move({ run, operationId }: CallbackRef, move: CallbackMove, by: "test" | "script"): void {
    this.#flush();
    const { state } = run;
    const open = isCallbackOpen(state, operationId);
    this.#world.push({
      at: new Date(this.#now),
      kind: move.kind,
      callbackId: state.operations.get(operationId)?.operation.CallbackDetails?.CallbackId ?? "",
      callbackName: callbackName(state, operationId),
      by,
      ignored: !open,
    });
    if (!open) return;
    const effects: Effect[] = [];
    switch (move.kind) {
      case "success": {
        const end = { at: this.#now, status: "SUCCEEDED", result: move.payload } as const;
        endCallback(state, operationId, end, effects);
        break;
      }
      case "failure": {
        const end = { at: this.#now, status: "FAILED", error: move.error } as const;
        endCallback(state, operationId, end, effects);
        break;
      }
      case "heartbeat":
        applyHeartbeat(state, operationId, this.#now, effects);
    }
    this.carryOut(run, effects);
  }

  /** Ends an execution from outside. */
  stop(run: ExecutionRun, error: ErrorObject): void {
    this.#flush();
    this.carryOut(run, stopExecution(run.state, this.#now, { status: "STOPPED", error }));
  }

  /** Nothing happens any more; an invocation that is going on is cut off. */
  dispose(reason: Error): void {
    this.#queue.clear();
    for (const sandbox of this.running) sandbox.cutOff({ kind: "failed", error: reason });
  }

  callbackView({ run, operationId }: CallbackRef): CallbackOperation {
    const record = run.state.operations.get(operationId);
    const view = record && operationView(record);
    if (view?.type !== "CALLBACK") throw new Error(`${operationId} is no callback.`);
    return view;
  }

  /** What a result of the execution under test, or of another one, is made of. */
  source(run: ExecutionRun | undefined = this.#root): ResultSource {
    const { state } = run ?? {};
    return {
      state,
      now: this.#now,
      startedAt: state?.startedAt ?? this.startedAt,
      invocations: run?.invocations ?? [],
      world: this.#world,
      unusedScripts: this.scripts.unused,
      callbacksElsewhere: this.#openCallbacksBelow(run),
    };
  }

  // The clock (Clock).

  readonly clock: Clock = this;

  now(): number {
    return this.#now;
  }

  arm(dueAt: number, what: HandlerTimer): Due<DueThing> {
    return this.#queue.arm(dueAt, what);
  }

  disarm(timer: object): void {
    this.#queue.disarm(timer as Due<DueThing>);
  }

  nextDue(): Due<DueThing> | undefined {
    let due = this.#queue.peek();
    while (due !== undefined && this.#hooks?.holds(due) === true) {
      this.disarm(due);
      due = this.#queue.peek();
    }
    return due;
  }

  nextTimer(): Due<HandlerTimer> | undefined {
    return this.#queue.find(isHandlerTimer);
  }

  fireNextDue(): void {
    const next = this.nextDue();
    if (next === undefined) return;
    this.disarm(next);
    this.moveTo(next.dueAt);
    this.#fire(next.what);
  }

  callBeside(time: number): Promise<void> | undefined {
    for (const [run, since] of this.#touched) {
      if (!run.needsInvocation) this.#touched.delete(run);
      else if (time > since + SUSPENSION_MS) return this.#goesOn(this.#invoke(run));
    }
    const [call] = this.#calls;
    if (call === undefined || time <= call.since + SUSPENSION_MS) return undefined;
    this.#calls.shift();
    return this.#goesOn(this.#call(call));
  }

  /** Lets something that was held happen now, unless it has become void. */
  release(due: Due<DueThing>): void {
    const { what } = due;
    if (what.kind === "service" && what.run.timers.get(timerKey(what.timer)) === due) {
      this.#fire(what);
    }
  }

  // What executions ask for (Surroundings).

  carryOut(run: ExecutionRun, effects: readonly Effect[]): void {
    this.#touch(run);
    for (const effect of effects) {
      switch (effect.kind) {
        case "arm": {
          const { timer } = effect;
          const due = this.#queue.arm(effect.dueAt, { kind: "service", run, timer });
          run.timers.set(timerKey(timer), due);
          break;
        }
        case "disarm": {
          const key = timerKey(effect.timer);
          const due = run.timers.get(key);
          if (due !== undefined) this.disarm(due);
          run.timers.delete(key);
          break;
        }
        case "callback-started":
          this.#callbackStarted({ run, operationId: effect.operationId });
          break;
        case "invoke-started":
          this.#invokeStarted(run, effect.operationId, effect.target);
          break;
        case "execution-ended":
          for (const due of run.timers.values()) this.disarm(due);
          run.timers.clear();
          run.abandon();
          this.#tellInvoker(run);
      }
    }
    this.#hooks?.changed();
  }

  #touch(run: ExecutionRun): void {
    if (!this.#touched.has(run)) this.#touched.set(run, this.#now);
    this.#lookBeside();
  }

  /** With real globals nobody lets virtual time pass: what may begin does so after real time. */
  #lookBeside(): void {
    const isAlone = this.#runs.size <= 1 && this.#calls.length === 0;
    if (this.settings.globals === "virtual" || isAlone || this.#looksBeside) return;
    this.#looksBeside = true;
    const look = (): void => {
      this.#looksBeside = false;
      let beside: Promise<void> | undefined;
      do beside = this.running.size === 0 ? undefined : this.callBeside(Number.POSITIVE_INFINITY);
      while (beside !== undefined);
    };
    natives.setTimeout(look, SUSPENSION_MS).unref();
  }

  /** What those that are running have to say comes before what happens from outside. */
  #flush(): void {
    for (const { invocation } of this.running) invocation?.flush();
  }

  /** The next execution whose handler must be invoked. */
  #nextRun(): ExecutionRun | undefined {
    for (const run of this.#touched.keys()) {
      if (run.needsInvocation) return run;
      this.#touched.delete(run);
    }
    return undefined;
  }

  async #invoke(run: ExecutionRun): Promise<void> {
    const { maxInvocations } = this.settings;
    if (this.#invocationCount >= maxInvocations) {
      throw new LimitExceededError(
        `${this.#runs.size === 1 ? "The handler was" : "Handlers were"} invoked ${maxInvocations} times (maxInvocations) and the execution has not ended. ${formatRepetition(run.state)}`,
      );
    }
    this.#invocationCount += 1;
    await run.invoke();
  }

  /** Lets everything due at the next instant happen; false if nothing may. */
  #happen(mayHappen: (due: Due<DueThing>) => boolean): boolean {
    const first = this.nextDue();
    if (first === undefined || !mayHappen(first)) return false;
    this.moveTo(first.dueAt);
    let next: Due<DueThing> | undefined = first;
    while (next !== undefined && next.dueAt <= this.#now && mayHappen(next)) {
      this.fireNextDue();
      next = this.nextDue();
    }
    return true;
  }

  #fire(what: DueThing): void {
    switch (what.kind) {
      case "handler":
        what.fire();
        return;
      case "script":
        this.#play(what.play);
        return;
      case "service": {
        const { run, timer } = what;
        run.timers.delete(timerKey(timer));
        this.carryOut(run, applyTimer(run.state, this.#now, timer));
      }
    }
  }

  /** Does the next scripted move and arms the one after it. */
  #play(play: ScriptedPlay): void {
    const move = play.moves[play.next];
    const callback = this.#callbacks.get(play.callbackId);
    if (move === undefined || callback === undefined) return;
    this.move(callback, move, "script");
    this.#armPlay({ ...play, next: play.next + 1 });
  }

  #armPlay(play: ScriptedPlay): void {
    const move = play.moves[play.next];
    if (move !== undefined) this.#queue.arm(this.#now + move.afterMs, { kind: "script", play });
  }

  #callbackStarted(callback: CallbackRef): void {
    const view = this.callbackView(callback);
    this.#callbacks.set(view.callbackId, callback);
    this.#attempt(() => {
      const play = this.scripts.begin(view, callbackName(callback.run.state, callback.operationId));
      if (play !== undefined) this.#armPlay(play);
    });
  }

  #openCallbacksBelow(root: ExecutionRun | undefined): ResultSource["callbacksElsewhere"] {
    if (this.#runs.size <= 1) return [];
    return [...this.#callbacks.values()].flatMap(({ run, operationId }) => {
      const { state } = run;
      const record = state.operations.get(operationId);
      if (run === root || !isBelow(run, root) || !isCallbackOpen(state, operationId)) return [];
      if (record === undefined) return [];
      // The operations around it are not in that result: it must tell its name itself.
      const Name = callbackName(state, operationId);
      return [{ ...record, operation: { ...record.operation, Name } }];
    });
  }

  #startExecution(options: {
    readonly functionName: string;
    readonly arn: string;
    readonly handler: AnyDurableLambdaHandler;
    readonly seed: number;
    readonly input: string | undefined;
    readonly timeoutSeconds: number | undefined;
    readonly invokedBy?: ExecutionRun["invokedBy"];
  }): ExecutionRun {
    const { functionName, arn, handler, seed, input, timeoutSeconds, invokedBy } = options;
    const { functions, limits } = this.settings;
    const setup = {
      limits,
      durableFunctions: [...functions.durable.keys()],
      functions: [...functions.plain.keys()],
    };
    const { state, effects } = startExecution({
      setup,
      arn,
      input,
      now: this.#now,
      timeoutSeconds,
    });
    const run = new ExecutionRun(this, { functionName, handler, state, seed, invokedBy });
    this.#runs.set(arn, run);
    this.carryOut(run, effects);
    return run;
  }

  #invokeStarted(run: ExecutionRun, operationId: string, target: InvokeTarget): void {
    const { functionName, payload } = target;
    this.#attempt(() => {
      const invoked = getFunction(this.settings.functions, functionName);
      const chain = [...run.chain, functionName];
      if (chain.length > CHAIN_LIMIT) {
        throw new LimitExceededError(
          `${chain.length} functions have invoked each other: ${chain.join(" → ")}. Lambda stops such a chain; does it go in a circle?`,
        );
      }
      if (typeof invoked === "function") {
        this.#calls.push({ since: this.#now, run, operationId, target, call: invoked });
        this.#lookBeside();
        return;
      }
      this.#startExecution({
        functionName,
        arn: target.executionArn ?? "",
        handler: invoked.handler,
        seed: this.#seedBelow(run, operationId),
        input: payload,
        timeoutSeconds: invoked.timeoutSeconds,
        invokedBy: { run, operationId },
      });
    });
  }

  async #call({ run, operationId, target, call }: PendingCall): Promise<void> {
    const random = createRandom(this.#seedBelow(run, operationId));
    const sandbox = new Sandbox(this, this.settings, random);
    const end = await callFunction(call, target, { sandbox, clock: this });
    endInvoke(run.state, operationId, this.#now, end);
    this.#touch(run);
    this.#hooks?.changed();
  }

  /** The execution has ended: whoever invoked it is told. */
  #tellInvoker({ invokedBy, state }: ExecutionRun): void {
    if (invokedBy === undefined) return;
    const { run, operationId } = invokedBy;
    const end: InvokeEnd =
      state.status === "FAILED" || state.status === "TIMED_OUT" || state.status === "STOPPED"
        ? { status: state.status, error: state.error ?? {} }
        : { status: "SUCCEEDED", result: state.result };
    endInvoke(run.state, operationId, this.#now, end);
    this.#touch(run);
    this.#hooks?.changed();
  }

  /** The seed of what an invoke starts: its own, and the same on every run. */
  #seedBelow(run: ExecutionRun, operationId: string): number {
    const digits = executionArn("", `${this.settings.seed}/${run.state.arn}/${operationId}`);
    return Number.parseInt(digits.slice(-12), 16);
  }

  /** What fails in here is thrown by {@link settle}: here, the service is at work. */
  #attempt(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#failure ??= { error };
    }
  }

  #throwFailure(): void {
    const failed = this.#failure;
    this.#failure = undefined;
    if (failed !== undefined) throw failed.error;
  }
}

function isHandlerTimer(what: DueThing): what is HandlerTimer {
  return what.kind === "handler";
}

function isBelow(run: ExecutionRun, root: ExecutionRun | undefined): boolean {
  let current: ExecutionRun | undefined = run;
  while (current !== undefined && current !== root) current = current.invokedBy?.run;
  return current !== undefined;
}
