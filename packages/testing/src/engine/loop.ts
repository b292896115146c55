import { IdleWatch, type Stillness } from "../in-flight/idle.ts";
import { natives } from "../surroundings/natives.ts";
import type { Choices } from "./choices.ts";
import type { Clock } from "./clock.ts";
import type { DueThing } from "./due.ts";
import type { Execution } from "./execution.ts";
import type { Executions } from "./executions.ts";
import { InvocationLimit } from "./invocation-limit.ts";
import type { CutOff, Running } from "./running.ts";
import { stuckError } from "./stuck.ts";
import type { Due } from "./timer-queue.ts";

/** A plain function that has been invoked and has not been called yet. */
export interface PendingCall {
  /** Virtual epoch milliseconds. */
  readonly since: number;
  readonly call: () => Promise<void>;
}

export interface LoopPorts {
  readonly clock: Clock;
  readonly running: Running;
  readonly executions: Executions;
  readonly choices: Choices;
  readonly settings: {
    readonly globals: "virtual" | "real";
    readonly maxInvocations: number;
    readonly stuckAfterMs: number;
  };
  /** Invokes the handler of an execution once. */
  invoke(execution: Execution): Promise<void>;
  /** Has what is due happen; the clock shows its time. */
  happen(what: DueThing): void;
  /** Whether a due thing is taken out of the order, by somebody who has it happen later. */
  holds(due: Due<DueThing>): boolean;
}

/** Whether a due thing may happen now; the loop stops before one that may not. */
export type MayHappen = (due: Due<DueThing>) => boolean;

/** Whether the loop stops where it is, before anything more happens. */
export type IsReached = () => boolean;

const NEVER: IsReached = () => false;

/** What is wrong, and how to find out where in the handler's code; that takes a while. */
interface Failure {
  readonly error: unknown;
  readonly findCallSite: (() => Promise<string | undefined>) | undefined;
}

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

/**
 * The loop: begins calls of handler code, lets due things happen, and stops where it is told to.
 *
 * Owns: when a call begins, when time passes.
 * Does not own: which of two things comes first (`choices.ts`), what a call is (`invocation.ts`), what
 * follows from what is due (`engine.ts`), who may call what (`runner.ts`).
 *
 * Invariants
 * 1. It may stop before any due thing, also while calls are going on: they then stand still, as far as
 *    they wait for virtual time, and go on from there the next time it runs.
 * 2. Calls go on side by side only while virtual time passes in them: what is new for an execution waits
 *    until no call is going on, or until those that are wait for time to pass.
 * 3. Things due at the same instant all happen, in order, before a handler is invoked.
 */
export class Loop {
  readonly #ports: LoopPorts;
  /** Over the calls that are going on. */
  #watch: IdleWatch | undefined;
  /** Calls that are not over, what they mean for their executions included. */
  readonly #going = new Set<Promise<void>>();
  readonly #pending: PendingCall[] = [];
  readonly #invocations: InvocationLimit;
  /** Who waits until nothing goes on but what time, or the test, moves on. */
  #resting: PromiseWithResolvers<void> | undefined;
  /** Whether it waits for time to pass, on a clock that is shared. */
  #isStepping = false;
  /** Ends the waiting for the calls that are going on. */
  #wake: ((what: Stillness | "over") => void) | undefined;
  /** Whether what may begin beside a call is about to be looked at, in real time. */
  #looksInRealTime = false;
  /** What went wrong while nobody could be told. */
  #failure: Failure | undefined;

  constructor(ports: LoopPorts) {
    this.#ports = ports;
    this.#invocations = new InvocationLimit(ports.settings.maxInvocations);
  }

  /**
   * Goes on until there is nothing to do, the next due thing may not happen, or it is where it was to go.
   *
   * @throws HandlerStuckError, HandlerRejectedError, InvalidHandlerError, LimitExceededError,
   * FunctionNotRegisteredError
   */
  async run(mayHappen: MayHappen, isReached: IsReached = NEVER): Promise<void> {
    this.#invocations.beginRun();
    for (;;) {
      if (this.#going.size > 0) {
        if (await this.#standsStill(mayHappen, isReached)) break;
      } else {
        if (this.#failure !== undefined) await this.#throwFailure(this.#failure);
        if (isReached()) return;
        if (this.#beginNext()) continue;
        const step = this.#stepTowardsNext(mayHappen);
        if (step !== undefined) await this.#waitFor(step);
        else if (!this.#happenAtOnce(mayHappen)) return;
      }
    }
    if (this.#failure !== undefined) await this.#throwFailure(this.#failure);
  }

  /** What happens next, if nothing else comes before it. */
  nextDue(): Due<DueThing> | undefined {
    const { clock, choices, running } = this.#ports;
    let due = choices.nextDue(clock);
    while (due !== undefined && this.#ports.holds(due)) {
      clock.disarm(due);
      due = choices.nextDue(clock);
    }
    const call = running.firstToTimeOut;
    if (call === undefined || (due !== undefined && due.dueAt <= call.limit)) return due;
    const what = { kind: "function-timeout", timeOut: () => call.timeOut() } as const;
    return { dueAt: call.limit, sequence: 0, what, position: -1 };
  }

  /** Has the next due thing happen. */
  happenNext(): void {
    const due = this.nextDue();
    if (due !== undefined) this.#happen(due);
  }

  /** Whether no call is going on or about to begin: all there is can be copied. */
  get isAtRest(): boolean {
    return this.#going.size === 0 && this.#pending.length === 0;
  }

  /** Goes on counting where another loop is. */
  takeOver(other: Loop): void {
    this.#invocations.takeOver(other.#invocations);
  }

  /** A plain function is to be called. */
  enqueue(call: PendingCall): void {
    this.#pending.push(call);
    this.beginBesideInRealTime();
  }

  /** With real globals nobody lets virtual time pass: what may begin beside a call does so after real time. */
  beginBesideInRealTime(): void {
    const { executions, running, settings } = this.#ports;
    const isAlone = executions.byArn.size <= 1 && this.#pending.length === 0;
    if (settings.globals === "virtual" || isAlone || this.#looksInRealTime) return;
    this.#looksInRealTime = true;
    const look = (): void => {
      this.#looksInRealTime = false;
      while (running.size > 0 && this.#beginBeside(Number.POSITIVE_INFINITY));
    };
    natives.setTimeout(look, SUSPENSION_MS).unref();
  }

  /** Keeps an error until somebody can be told: here, the service is at work, or nobody runs the loop. */
  fail(error: unknown, findCallSite?: Failure["findCallSite"]): void {
    this.#failure ??= { error, findCallSite };
  }

  async #throwFailure({ error, findCallSite }: Failure): Promise<never> {
    this.#failure = undefined;
    const callSite = await findCallSite?.();
    if (error instanceof Error && callSite !== undefined && callSite !== "") {
      error.message = `${error.message} It was called ${callSite}.`;
    }
    throw error;
  }

  /** Lets calls go on until something has happened; whether they stand still. */
  async #standsStill(mayHappen: MayHappen, isReached: IsReached): Promise<boolean> {
    const what = await this.#nextWord();
    if (what === "over") return false;
    const { running } = this.#ports;
    if (what === "stuck" && !running.runsToLimit()) {
      const error = stuckError(running.openNames());
      running.last?.cutOff({ kind: "failed", error });
      return false;
    }
    if (isReached()) return true;
    const due = this.nextDue();
    if (due === undefined) return false;
    const isAllowed = mayHappen(due);
    // Whoever waits for being called waits no longer than until the loop stops.
    if (this.#beginBeside(isAllowed ? due.dueAt : Number.POSITIVE_INFINITY)) return false;
    const next = isAllowed ? due : this.#timerOfTestBefore(due.dueAt);
    if (next === undefined || (!isAllowed && !mayHappen(next))) return true;
    const step = this.#ports.clock.stepTowards(next.dueAt);
    if (step !== undefined) await this.#waitFor(step);
    else if (isAllowed) this.#happen(due);
    return false;
  }

  /**
   * What real work of a handler may be waiting for: a server of the test, say, that takes its time. It is let pass as
   * a timer of that handler would be.
   */
  #timerOfTestBefore(time: number): Due<DueThing> | undefined {
    const { clock, running } = this.#ports;
    const timer = running.isBusy() ? clock.firstOfTest() : undefined;
    if (timer === undefined || timer.dueAt >= time) return undefined;
    const what = { ...timer, kind: "handler", fire: () => {}, isAtLimit: false } as const;
    return { dueAt: timer.dueAt, sequence: 0, what, position: -1 };
  }

  async #waitFor(step: Promise<void>): Promise<void> {
    this.#isStepping = true;
    this.#rests();
    try {
      await step;
    } finally {
      this.#isStepping = false;
    }
  }

  /** While it runs: resolves when it waits for time to pass, or for somebody outside. */
  async rest(): Promise<void> {
    if (this.#isStepping || this.#ports.settings.globals === "real") return;
    this.#watch?.lookAgain();
    await (this.#resting ??= Promise.withResolvers<void>()).promise;
  }

  readonly #rests = (): void => {
    this.#resting?.resolve();
    this.#resting = undefined;
  };

  /** On a clock that is shared with the test, others may come first. */
  #stepTowardsNext(mayHappen: MayHappen): Promise<void> | undefined {
    const { clock } = this.#ports;
    if (!clock.isShared) return undefined;
    const due = this.nextDue();
    return due === undefined || !mayHappen(due) ? undefined : clock.stepTowards(due.dueAt);
  }

  /** What comes first: a call is over, or all of them have come to a standstill. */
  #nextWord(): Promise<Stillness | "over"> {
    return new Promise((resolve) => {
      const wake = (what: Stillness | "over"): void => {
        this.#wake = undefined;
        watch?.stop();
        resolve(what);
      };
      this.#wake = wake;
      const isVirtual = this.#ports.settings.globals === "virtual";
      const watch = isVirtual ? (this.#watch ??= this.#watchCalls()) : undefined;
      watch?.watch(wake);
    });
  }

  #watchCalls(): IdleWatch {
    const { clock, running, settings } = this.#ports;
    return new IdleWatch(
      {
        inFlight: running,
        now: () => clock.now(),
        hasTimer: () => running.hasTimer(),
        nextTimer: () => {
          const due = clock.firstHandlerTimer();
          const timer = due && { ...due.what, dueAt: due.dueAt };
          const ofTest = clock.firstOfTest();
          if (ofTest === undefined) return timer;
          return timer === undefined || ofTest.dueAt < timer.dueAt ? ofTest : timer;
        },
      },
      { stuckAfterMs: settings.stuckAfterMs, notice: noticeRealWork, quiet: this.#rests },
    );
  }

  /** Begins what waits for being called; false if nothing does. */
  #beginNext(): boolean {
    this.#watch = undefined;
    const { choices, executions } = this.#ports;
    const execution = choices.nextExecution(executions.waiting().keys());
    const call = execution === undefined ? this.#pending.shift() : undefined;
    if (execution !== undefined) this.#begin(this.#invoke(execution));
    else if (call !== undefined) this.#begin(call.call());
    else return false;
    return true;
  }

  /** Begins, beside the calls that are going on, one that would have begun by then; false if there is none. */
  #beginBeside(time: number): boolean {
    for (const [execution, since] of this.#ports.executions.waiting()) {
      if (time <= since + SUSPENSION_MS) continue;
      this.#begin(this.#invoke(execution));
      return true;
    }
    const [call] = this.#pending;
    if (call === undefined || time <= call.since + SUSPENSION_MS) return false;
    this.#pending.shift();
    this.#begin(call.call());
    return true;
  }

  /** When something is wrong with a call, the others are cut off: the test cannot go on. */
  #begin(call: Promise<void>): void {
    const over = call
      .catch((error: unknown) => {
        this.fail(error);
        this.#ports.running.cutOff(CUT_OFF);
      })
      .finally(() => {
        this.#going.delete(over);
        this.#wake?.("over");
      });
    this.#going.add(over);
  }

  async #invoke(execution: Execution): Promise<void> {
    const isAlone = this.#ports.executions.byArn.size === 1;
    this.#invocations.add(execution, isAlone ? "The handler has been" : "Handlers have been");
    await this.#ports.invoke(execution);
  }

  /** Has everything happen that is due at the next instant; false if nothing may. */
  #happenAtOnce(mayHappen: MayHappen): boolean {
    const first = this.nextDue();
    if (first === undefined || !mayHappen(first)) return false;
    const { clock } = this.#ports;
    clock.moveTo(first.dueAt);
    let next: Due<DueThing> | undefined = first;
    while (next !== undefined && next.dueAt <= clock.now() && mayHappen(next)) {
      this.#happen(next);
      next = this.nextDue();
    }
    return true;
  }

  #happen(due: Due<DueThing>): void {
    const { clock } = this.#ports;
    clock.disarm(due);
    clock.moveTo(due.dueAt);
    this.#ports.happen(due.what);
  }
}

function noticeRealWork(work: readonly string[]): void {
  process.emitWarning(
    `The handler has been waiting for real work for 2 s: ${work.join(", ")}. Meanwhile its timers come no sooner than in real time, and until one does its Date stands still: code that waits for a time by Date.now() waits for ever. Work that nobody waits for can be started in ignoreWork().`,
    { type: "DurableTestWarning", code: "DURABLETEST_REAL_WORK" },
  );
}
