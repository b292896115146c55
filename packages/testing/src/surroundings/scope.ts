/**
 * What handler code of one invocation sees of time, chance and the process, and which of them the
 * running code is in.
 *
 * Owns: the scope of the running code, and the handler timers that die with an invocation.
 * Does not own: the clock, the seed and the order of due things (the runner's, behind ScopeHost);
 * how globals find their scope (route.ts and its neighbours); when one begins (open-scope.ts).
 *
 * 1. One scope per invocation: code of an invocation that has ended keeps its dead scope, also
 *    while a later invocation of the same execution runs.
 * 2. A scope holds timers only while it runs. An execution that is suspended has no scope.
 */
import { AsyncLocalStorage } from "node:async_hooks";

import { shared } from "./shared.ts";

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

/** Carried by the asynchronous context of the handler call. */
export class Scope {
  readonly host: ScopeHost;
  /** Itself, or the scope it is a view of. */
  readonly #whole: Scope;
  #timers: Set<ScopeTimer> | undefined;
  #ended = false;

  constructor(host: ScopeHost, whole?: Scope) {
    this.host = host;
    this.#whole = whole ?? this;
  }

  /** The same surroundings, as another object: who knows this one by identity does not know that one. */
  view(): Scope {
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

  /** The invocation is over. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    const timers = this.#timers;
    this.#timers = undefined;
    if (timers !== undefined) for (const timer of timers) timer.outliveScope();
  }
}

/** Carries the scope of the running code. */
export const storage: AsyncLocalStorage<Scope | undefined> = shared(
  "scope",
  () => new AsyncLocalStorage(),
);

/** Runs `fn` with `scope` as its surroundings, and everything that follows from it asynchronously. */
export function runInScope<T>(scope: Scope, fn: () => T): T {
  return storage.run(scope, fn);
}

/** Runs `fn` outside of any scope: the harness's own loops, also when handler code called them. */
export function runOutsideScopes<T>(fn: () => T): T {
  return storage.getStore() === undefined ? fn() : storage.run(undefined, fn);
}

/** The scope of the running code, or undefined: everything is real. */
export function currentScope(): Scope | undefined {
  return storage.getStore();
}
