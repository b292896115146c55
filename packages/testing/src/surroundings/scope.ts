/**
 * What handler code of one invocation sees of time, chance and the process.
 *
 * Owns: which scope the running code is in, and which handler timers die with an invocation.
 * Does not own: the clock, the seed and the order of due things (the runner's, behind ScopeHost);
 * how globals find their scope (route.ts and its neighbours); when virtual time may pass (in-flight/idle.ts).
 *
 * 1. One scope per invocation: code of an invocation that has ended keeps its dead scope, also
 *    while a later invocation of the same execution runs.
 * 2. A scope holds timers only while it runs. An execution that is suspended has no scope.
 */
import { InFlight } from "../in-flight/ledger.ts";
import { observer } from "../in-flight/observer.ts";
import { reassertPerformance } from "./clocks.ts";
import { state } from "./state.ts";

/** A timer that waits in the runner's total order: whatever the host made of it. */
export type ArmedTimer = object;

/** The runner's side of a scope. One per execution; it may serve every invocation of it. */
export interface ScopeHost {
  /** Virtual epoch milliseconds, now. */
  now(): number;
  /** Epoch milliseconds at which the execution's clock began: `performance.timeOrigin`. */
  readonly startedAt: number;
  /** The next number of the seeded stream, in [0, 1). */
  random(): number;
  /** Puts a timer into the runner's total order. `fire` is called once, when it is due. */
  arm(delayMs: number, fire: () => void): ArmedTimer;
  /** Takes out a timer that has not fired. */
  disarm(timer: ArmedTimer): void;
  /**
   * Handler code called `process.exit` (or sent its own process a deadly signal): the invocation
   * is over. Return: an error that unwinds the caller is thrown for you.
   */
  exited(code: number): void;
  /** A timer's callback threw. On Lambda that is an uncaught exception: the sandbox dies. */
  crashed(error: unknown): void;
}

/** A timer of handler code, as its scope knows it. */
export interface ScopeTimer {
  /** The invocation is over: freeze, or go on in real time. */
  outliveScope(): void;
}

/** Made by {@link openScope}; carried by the asynchronous context of the handler call. */
export class Scope {
  readonly host: ScopeHost;
  /** The real work that this invocation waits for. */
  readonly inFlight: InFlight;
  /** False where the running code said that its work is nobody's concern; see `ignoreWork`. */
  readonly counts: boolean;
  /** Itself, or the scope it is a view of. */
  readonly #whole: Scope;
  #timers: Set<ScopeTimer> | undefined;
  #ended = false;

  constructor(host: ScopeHost, whole?: Scope) {
    this.host = host;
    this.#whole = whole ?? this;
    this.inFlight = whole?.inFlight ?? new InFlight();
    this.counts = whole === undefined;
  }

  /** The same surroundings, in which no work counts as in flight. */
  uncounted(): Scope {
    return new Scope(this.host, this.#whole);
  }

  get ended(): boolean {
    return this.#whole.#ended;
  }

  /** Timers that wait. */
  get timerCount(): number {
    return this.#whole.#timers?.size ?? 0;
  }

  hold(timer: ScopeTimer): void {
    (this.#whole.#timers ??= new Set()).add(timer);
  }

  release(timer: ScopeTimer): void {
    this.#whole.#timers?.delete(timer);
  }

  /** See {@link endScope}. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    const timers = this.#timers;
    this.#timers = undefined;
    if (timers !== undefined) for (const timer of timers) timer.outliveScope();
    this.inFlight.close();
    observer.leave();
  }
}

/** Opens the scope of an invocation that is about to begin. Every one is ended by {@link endScope}. */
export function openScope(host: ScopeHost): Scope {
  reassertPerformance();
  observer.enter();
  return new Scope(host);
}

/**
 * The invocation is over, however it went. Like the sandbox of a suspended Lambda function, what is
 * left of it stands still: its timers never fire. Except those it does not hold its process open
 * with (`unref`): they are the housekeeping of libraries, shared by all, and go on in real time.
 */
export function endScope(scope: Scope): void {
  scope.end();
}

/** Runs `fn` with `scope` as its surroundings, and everything that follows from it asynchronously. */
export function runInScope<T>(scope: Scope, fn: () => T): T {
  return state.storage.run(scope, fn);
}

/** Runs `fn` outside of any scope: the harness's own loops, also when handler code called them. */
export function runOutsideScopes<T>(fn: () => T): T {
  return state.storage.getStore() === undefined ? fn() : state.storage.run(undefined, fn);
}

/** The scope of the running code, or undefined: everything is real. */
export function currentScope(): Scope | undefined {
  return state.storage.getStore();
}
