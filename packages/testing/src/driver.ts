import { hash } from "node:crypto";
import type {
  CheckpointRequest,
  CheckpointResponse,
  ExecutionStateResponse,
  RunningInvocation,
  ServiceClient,
} from "@durabletest/runtime";
import type { ErrorObject } from "@durabletest/runtime";
import { asError } from "@durabletest/runtime/protocol";
import {
  HandlerRejectedError,
  HandlerStuckError,
  InvalidHandlerError,
  LimitExceededError,
} from "./errors.ts";
import { formatBlockers, formatRepetition } from "./history/format.ts";
import { type AnyDurableLambdaHandler, callHandler, readOutput } from "./invocation.ts";
import { operationView, type CallbackOperation } from "./operation.ts";
import { isKnownHandler, type RunnerSettings } from "./options.ts";
import { createRandom } from "./random.ts";
import type { Invocation, ResultSource, WorldEvent } from "./result.ts";
import {
  applyTimer,
  beginInvocation,
  checkpoint,
  completeInvocation,
  executionStatePage,
  type InvocationOutcome,
  isCallbackOpen,
  needsInvocation,
  startExecution,
  stopExecution,
} from "./service/service.ts";
import type { Effect, ExecutionState, ServiceTimer } from "./service/state.ts";
import { applyHeartbeat, endCallback } from "./service/transitions/callback.ts";
import { watchInvocation } from "./time/idle.ts";
import { natives } from "./time/natives.ts";
import { endScope, openScope, runInScope, type Scope, type ScopeHost } from "./time/scope.ts";
import { type Due, TimerQueue } from "./time/timer-queue.ts";
import { type CallbackMove, callbackName, type ScriptedPlay, Scripts } from "./world.ts";

/** Something that waits in the one order of due things. */
export type DueThing =
  | { readonly kind: "service"; readonly timer: ServiceTimer }
  | { readonly kind: "script"; readonly play: ScriptedPlay }
  | {
      readonly kind: "handler";
      readonly fire: () => void;
      readonly armedAtReal: number;
      readonly delayMs: number;
    };

/** Why an invocation is over before its handler has answered. */
type CutOff =
  | { readonly kind: "died"; readonly error: ErrorObject }
  /** The execution has ended without it. */
  | { readonly kind: "abandoned" }
  | { readonly kind: "failed"; readonly error: Error };

/** What an invocation runs in; once it is dead, nothing that still runs in it reaches the service. */
interface Sandbox {
  dead: boolean;
  /** The runtime's end of it, when the handler is made by our runtime. */
  invocation: RunningInvocation | undefined;
  readonly over: Promise<CutOff>;
  readonly cutOff: (reason: CutOff) => void;
}

function openSandbox(): Sandbox {
  const { promise, resolve } = Promise.withResolvers<CutOff>();
  const sandbox: Sandbox = {
    dead: false,
    invocation: undefined,
    over: promise,
    cutOff: (reason) => {
      sandbox.dead = true;
      sandbox.invocation?.abandon();
      resolve(reason);
    },
  };
  return sandbox;
}

/** Lambda lets no invocation run longer. */
const INVOCATION_LIMIT_MS = 900_000;
const STUCK = "The handler neither settles nor waits for anything that could still happen.";
/** How often the service invokes again after a rejection. */
const REJECTIONS = 3;

/**
 * The loop: invokes the handler, lets due things happen, and stops where it is told to.
 *
 * Owns: the clock, the order of due things, the one execution, what the world did.
 * Does not own: what is legal (`service/`), when time may pass within an invocation (`time/idle.ts`),
 * who may call what (`runner.ts`).
 *
 * Invariants
 * 1. The clock never goes back.
 * 2. At most one invocation is going on.
 * 3. Things due at the same instant all happen, in order, before the handler is invoked.
 */
export class Driver implements ScopeHost {
  readonly startedAt: number;
  readonly #handler: AnyDurableLambdaHandler;
  readonly #settings: RunnerSettings;
  readonly #scripts: Scripts;
  readonly #queue = new TimerQueue<DueThing>();
  readonly #serviceTimers = new Map<string, Due<DueThing>>();
  readonly #invocations: Invocation[] = [];
  readonly #world: WorldEvent[] = [];
  #random: (() => number) | undefined;
  #now: number;
  #state: ExecutionState | undefined;
  #sandbox: Sandbox | undefined;
  #mustInvoke = false;
  #rejections = 0;
  /** A script of the user's threw while the service was at work. */
  #scriptError: { readonly error: unknown } | undefined;

  constructor(handler: AnyDurableLambdaHandler, settings: RunnerSettings) {
    this.#handler = handler;
    this.#settings = settings;
    this.#scripts = new Scripts(settings.callbacks);
    this.startedAt = settings.startTime;
    this.#now = settings.startTime;
  }

  get state(): ExecutionState | undefined {
    return this.#state;
  }

  get scripts(): Scripts {
    return this.#scripts;
  }

  get ended(): boolean {
    return this.#state !== undefined && this.#state.status !== "RUNNING";
  }

  /** Begins the execution; {@link settle} runs it. */
  start(input: string | undefined, timeoutSeconds: number | undefined): void {
    const arn = executionArn(this.#settings.seed);
    const { state, effects } = startExecution({ arn, input, now: this.#now, timeoutSeconds });
    this.#state = state;
    this.#carryOut(effects);
  }

  /**
   * Goes on until the execution has ended, or the next due thing may not happen.
   *
   * @throws HandlerStuckError, HandlerRejectedError, InvalidHandlerError, LimitExceededError
   */
  async settle(mayHappen: (due: Due<DueThing>) => boolean): Promise<void> {
    for (;;) {
      this.#throwScriptError();
      const state = this.#state;
      if (state === undefined || state.status !== "RUNNING") {
        if (!this.#happen(mayHappen)) return;
      } else if (this.#mustInvoke || needsInvocation(state)) {
        await this.#invoke(state);
      } else if (!this.#happen(mayHappen)) {
        return;
      }
    }
  }

  /** Lets everything due at the next instant happen; false if nothing may. */
  #happen(mayHappen: (due: Due<DueThing>) => boolean): boolean {
    const first = this.#queue.peek();
    if (first === undefined || !mayHappen(first)) return false;
    this.#moveClock(first.dueAt);
    let next: Due<DueThing> | undefined = first;
    while (next !== undefined && next.dueAt <= this.#now && mayHappen(next)) {
      this.#queue.pop();
      this.#fire(next.what);
      next = this.#queue.peek();
    }
    return true;
  }

  /** Moves the clock on without anything happening; for the end of an `advance`. */
  advanceClock(time: number): void {
    this.#moveClock(time);
  }

  /** What the world does to a callback of this execution; the caller has checked that it is open. */
  move(operationId: string, move: CallbackMove, by: "test" | "script"): void {
    const state = this.#running();
    this.#sandbox?.invocation?.flush();
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
    this.#carryOut(effects);
  }

  /** Ends the execution from outside. */
  stop(error: ErrorObject): void {
    this.#sandbox?.invocation?.flush();
    this.#carryOut(stopExecution(this.#running(), this.#now, { status: "STOPPED", error }));
  }

  /** Nothing happens any more; an invocation that is going on is cut off. */
  dispose(reason: Error): void {
    this.#queue.clear();
    this.#serviceTimers.clear();
    this.#sandbox?.cutOff({ kind: "failed", error: reason });
  }

  callbackView(operationId: string): CallbackOperation {
    const record = this.#state?.operations.get(operationId);
    const view = record && operationView(record);
    if (view?.type !== "CALLBACK") throw new Error(`${operationId} is no callback.`);
    return view;
  }

  source(): ResultSource {
    return {
      state: this.#state,
      now: this.#now,
      startedAt: this.#state?.startedAt ?? this.startedAt,
      invocations: this.#invocations,
      world: this.#world,
      unusedScripts: this.#scripts.unused,
    };
  }

  // The handler's surroundings (ScopeHost).

  now(): number {
    return this.#now;
  }

  random(): number {
    this.#random ??= createRandom(this.#settings.seed);
    return this.#random();
  }

  arm(delayMs: number, fire: () => void): Due<DueThing> {
    const armedAtReal = natives.realNow();
    return this.#queue.arm(this.#now + delayMs, { kind: "handler", fire, armedAtReal, delayMs });
  }

  disarm(timer: object): void {
    this.#queue.disarm(timer as Due<DueThing>);
  }

  exited(code: number): void {
    this.#sandbox?.invocation?.flush();
    this.#die("Runtime.ExitError", `Runtime exited with error: exit status ${code}`);
  }

  crashed(error: unknown): void {
    this.#die("Runtime.ExitError", `Runtime exited after an uncaught exception: ${String(error)}`);
  }

  #die(ErrorType: string, ErrorMessage: string): void {
    this.#sandbox?.cutOff({ kind: "died", error: { ErrorType, ErrorMessage } });
  }

  async #invoke(state: ExecutionState): Promise<void> {
    this.#checkInvocationLimit(state);
    this.#mustInvoke = false;
    const invocationStart = this.#now;
    const input = beginInvocation(state, this.#now);
    const index = this.#invocations.length;
    const running: Invocation = {
      requestId: state.invocation?.requestId ?? "",
      startedAt: new Date(invocationStart),
      endedAt: undefined,
      status: "RUNNING",
      error: undefined,
    };
    this.#invocations.push(running);

    const scope = this.#settings.globals === "virtual" ? openScope(this) : undefined;
    const sandbox = openSandbox();
    this.#sandbox = sandbox;
    const client = this.#client(state, sandbox);
    const answer = (
      scope === undefined
        ? callHandler(this.#handler, input, client)
        : runInScope(scope, () => callHandler(this.#handler, input, client))
    ).then(
      (output) => ({ kind: "answered", output }) as const,
      (error: unknown) => ({ kind: "rejected", error }) as const,
    );
    let end: Awaited<typeof answer> | CutOff;
    try {
      end = await this.#watch(Promise.race([answer, sandbox.over]), scope);
    } catch (error) {
      end = { kind: "failed", error: asError(error) };
    }
    sandbox.dead = true;
    this.#sandbox = undefined;
    if (scope !== undefined) endScope(scope);
    if (end.kind === "failed" && HandlerStuckError.is(end.error)) {
      end = { kind: "failed", error: await this.#stuck(state) };
    }

    const close = (
      outcome: InvocationOutcome,
      ended: Pick<Invocation, "status" | "error">,
    ): void => {
      this.#invocations[index] = { ...running, endedAt: new Date(this.#now), ...ended };
      this.#carryOut(completeInvocation(state, this.#now, outcome));
    };
    switch (end.kind) {
      case "answered": {
        const output = readOutput(end.output);
        if (output instanceof Error) {
          const error = describeRejection(output);
          close({ kind: "died", error }, { status: "DIED", error });
          throw output;
        }
        const error = output.Status === "FAILED" ? output.Error : undefined;
        close({ kind: "answered", output }, { status: output.Status, error });
        this.#rejections = 0;
        if (output.Status === "PENDING") this.#checkPending(state);
        return;
      }
      case "abandoned": {
        // The service has completed the invocation together with the execution.
        const error = { ErrorType: "Abandoned", ErrorMessage: "The execution ended meanwhile." };
        this.#invocations[index] = {
          ...running,
          endedAt: new Date(this.#now),
          status: "DIED",
          error,
        };
        return;
      }
      case "died": {
        const { error } = end;
        close({ kind: "died", error }, { status: "DIED", error });
        this.#mustInvoke = true;
        return;
      }
      case "rejected": {
        const error = describeRejection(end.error);
        close({ kind: "died", error }, { status: "DIED", error });
        this.#rejected(end.error);
        return;
      }
      case "failed": {
        const error = describeRejection(end.error);
        close({ kind: "died", error }, { status: "DIED", error });
        throw end.error;
      }
    }
  }

  /** Waits for the end of an invocation; virtual time passes meanwhile as the idle rule allows. */
  #watch<T>(settled: Promise<T>, scope: Scope | undefined): Promise<T> {
    if (scope === undefined) return settled;
    const virtualStart = this.#now;
    const realStart = natives.realNow();
    return watchInvocation(
      settled,
      {
        inFlight: scope.inFlight,
        now: () => this.#now,
        nextDue: () => {
          const next = scope.timerCount === 0 ? undefined : this.#queue.peek();
          if (next === undefined) return undefined;
          const { what, dueAt } = next;
          // A deadline on the way to a timer of the handler counts from the start of the invocation.
          return what.kind === "handler"
            ? { dueAt, delayMs: what.delayMs, armedAtReal: what.armedAtReal }
            : { dueAt, delayMs: dueAt - virtualStart, armedAtReal: realStart };
        },
        fireNextDue: () => this.#fireWithin(virtualStart + INVOCATION_LIMIT_MS),
      },
      { notice: noticeRealWork, stuck: () => new HandlerStuckError(STUCK) },
    );
  }

  /** Lets the next due thing happen, unless the invocation has run for too long by then. */
  #fireWithin(limit: number): void {
    const next = this.#queue.peek();
    if (next === undefined) return;
    if (next.dueAt > limit) {
      this.#moveClock(limit);
      this.#die("Sandbox.Timedout", "Task timed out after 900.00 seconds");
      return;
    }
    this.#queue.pop();
    this.#moveClock(next.dueAt);
    this.#fire(next.what);
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
        this.#serviceTimers.delete(timerKey(what.timer));
        this.#carryOut(applyTimer(this.#running(), this.#now, what.timer));
      }
    }
  }

  /** Does the next scripted move and arms the one after it. */
  #play(play: ScriptedPlay): void {
    const move = play.moves[play.next];
    if (move === undefined) return;
    this.move(play.operationId, move, "script");
    this.#armPlay({ ...play, next: play.next + 1 });
  }

  #armPlay(play: ScriptedPlay): void {
    const move = play.moves[play.next];
    if (move !== undefined) this.#queue.arm(this.#now + move.afterMs, { kind: "script", play });
  }

  #carryOut(effects: readonly Effect[]): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case "arm": {
          const { timer } = effect;
          const due = this.#queue.arm(effect.dueAt, { kind: "service", timer });
          this.#serviceTimers.set(timerKey(timer), due);
          break;
        }
        case "disarm": {
          const key = timerKey(effect.timer);
          const due = this.#serviceTimers.get(key);
          if (due !== undefined) this.#queue.disarm(due);
          this.#serviceTimers.delete(key);
          break;
        }
        case "callback-started":
          this.#beginScript(effect.operationId);
          break;
        case "execution-ended":
          for (const due of this.#serviceTimers.values()) this.#queue.disarm(due);
          this.#serviceTimers.clear();
          this.#sandbox?.cutOff({ kind: "abandoned" });
      }
    }
  }

  #beginScript(operationId: string): void {
    const name = callbackName(this.#running(), operationId);
    try {
      const play = this.#scripts.begin(this.callbackView(operationId), name);
      if (play !== undefined) this.#armPlay(play);
    } catch (error) {
      this.#scriptError ??= { error };
    }
  }

  #throwScriptError(): void {
    const failed = this.#scriptError;
    this.#scriptError = undefined;
    if (failed !== undefined) throw failed.error;
  }

  /** The service as one invocation reaches it; a dead sandbox gets no answer any more. */
  #client(state: ExecutionState, sandbox: Sandbox): ServiceClient {
    return {
      checkpoint: (request: CheckpointRequest): Promise<CheckpointResponse> => {
        if (sandbox.dead) return new Promise(() => {});
        try {
          const { response, effects } = checkpoint(state, this.#now, request);
          this.#carryOut(effects);
          this.#checkOperationLimit(state);
          return Promise.resolve(response);
        } catch (refusal) {
          return Promise.reject(asError(refusal));
        }
      },
      getExecutionState: async (request): Promise<ExecutionStateResponse> => {
        if (sandbox.dead) return new Promise(() => {});
        return executionStatePage(state, request);
      },
      invocationBegins: (invocation) => {
        sandbox.invocation = invocation;
      },
    };
  }

  #rejected(cause: unknown): void {
    this.#rejections += 1;
    this.#mustInvoke = true;
    if (this.#rejections <= REJECTIONS) return;
    this.#rejections = 0;
    const { ErrorType, ErrorMessage } = describeRejection(cause);
    throw new HandlerRejectedError(
      `The handler's promise rejected ${REJECTIONS + 1} times in a row: ${ErrorType}: ${ErrorMessage}. A durable handler answers even when it fails; is it wrapped with withDurableExecution?`,
      { cause },
    );
  }

  #checkPending(state: ExecutionState): void {
    if (state.openCount > 0 || needsInvocation(state)) return;
    throw new InvalidHandlerError(
      "The handler answered PENDING, but no operation is pending. This is a fault of the SDK the handler was made with.",
    );
  }

  #checkInvocationLimit(state: ExecutionState): void {
    const { maxInvocations } = this.#settings;
    if (state.invocationCount < maxInvocations) return;
    throw new LimitExceededError(
      `The handler was invoked ${maxInvocations} times (maxInvocations) and the execution has not ended. ${formatRepetition(state)}`,
    );
  }

  #checkOperationLimit(state: ExecutionState): void {
    const { maxOperations } = this.#settings;
    if (state.operations.size <= maxOperations) return;
    const error = new LimitExceededError(
      `The handler made more than ${maxOperations} operations (maxOperations). ${formatRepetition(state)}`,
    );
    this.#sandbox?.cutOff({ kind: "failed", error });
  }

  async #stuck(state: ExecutionState): Promise<HandlerStuckError> {
    const sites = await this.#callSites(state);
    return new HandlerStuckError(`${STUCK} ${formatBlockers(state, sites)}`);
  }

  /**
   * Where the handler called its operations. Stacks are too dear to be taken at every call: the handler
   * is replayed once more, with nobody to record anything and no step running.
   */
  async #callSites(state: ExecutionState): Promise<ReadonlyMap<string, string>> {
    const sites = new Map<string, string>();
    const { invocation } = state;
    if (invocation === undefined || !isKnownHandler(this.#handler)) return sites;
    const client: ServiceClient = {
      checkpoint: () => new Promise(() => {}),
      getExecutionState: () => new Promise(() => {}),
      operationCalled: (operationId, callSite) => sites.set(operationId, callSite),
    };
    const input = {
      DurableExecutionArn: state.arn,
      CheckpointToken: "",
      InitialExecutionState: {
        Operations: [...invocation.operations.slice(0, 1), ...state.replayable.values()],
      },
    };
    const scope = openScope(this);
    runInScope(scope, () => callHandler(this.#handler, input, client)).catch(() => {});
    for (let turn = 0; turn < 3; turn += 1) {
      await new Promise<void>((resolve) => {
        natives.setImmediate(resolve);
      });
    }
    endScope(scope);
    return sites;
  }

  #running(): ExecutionState {
    if (this.#state === undefined) throw new Error("No execution has been started.");
    return this.#state;
  }

  #moveClock(time: number): void {
    if (time > this.#now) this.#now = time;
  }
}

function timerKey(timer: ServiceTimer): string {
  return `${timer.kind} ${timer.operationId}`;
}

function executionArn(seed: number): string {
  const digits = hash("md5", `execution ${seed}`);
  const id = `${digits.slice(0, 8)}-${digits.slice(8, 12)}-${digits.slice(12, 16)}-${digits.slice(16, 20)}-${digits.slice(20)}`;
  return `arn:aws:lambda:us-east-1:123456789012:function:durable-test:$LATEST/durable-execution/test/${id}`;
}

function describeRejection(
  reason: unknown,
): Required<Pick<ErrorObject, "ErrorType" | "ErrorMessage">> {
  return reason instanceof Error
    ? { ErrorType: reason.name, ErrorMessage: reason.message }
    : { ErrorType: "Error", ErrorMessage: String(reason) };
}

function noticeRealWork(work: readonly string[]): void {
  process.emitWarning(
    `The handler has been waiting for real work for 2 s: ${work.join(", ")}. Virtual time stands still meanwhile.`,
    { type: "DurableTestWarning", code: "DURABLETEST_REAL_WORK" },
  );
}
