/**
 * What handler code of one invocation sees of time, chance and the process, and which of them the
 * running code is in.
 *
 * Owns: the scope of the running code.
 * Does not own: the clock, the seed and the order of due things (the runner's, behind ScopeHost);
 * timers (environment.ts); how globals find their scope (route.ts and its neighbours); when one
 * begins (open-scope.ts).
 *
 * 1. One scope per invocation. Code that an invocation has left behind keeps its scope, which is ended:
 *    what it still does is done in the one that runs now, see {@link runningScope}.
 */
import { AsyncLocalStorage } from "node:async_hooks";

import type { ExecutionEnvironment } from "./environment.ts";
import type { ScopeHost } from "./host.ts";
import { shared } from "./shared.ts";

/** Carried by the asynchronous context of the handler call. */
export class Scope {
  readonly host: ScopeHost;
  readonly environment: ExecutionEnvironment;
  /** Itself, or the scope it is a view of. */
  readonly #whole: Scope;
  #ended = false;

  constructor(host: ScopeHost, environment: ExecutionEnvironment, whole?: Scope) {
    this.host = host;
    this.environment = environment;
    this.#whole = whole ?? this;
  }

  /** The same surroundings, as another object: who knows this one by identity does not know that one. */
  view(): Scope {
    return new Scope(this.host, this.environment, this.#whole);
  }

  get isView(): boolean {
    return this.#whole !== this;
  }

  get ended(): boolean {
    return this.#whole.#ended;
  }

  /** Timers that wait. */
  get timerCount(): number {
    return this.environment.timerCount;
  }

  /** The invocation is over. */
  end(): void {
    this.#whole.#ended = true;
  }
}

/** Carries the scope of the running code. */
export const storage: AsyncLocalStorage<Scope | undefined> = shared(
  "scope",
  () => new AsyncLocalStorage(),
);

const runningScopes = shared("runningScopes", () => new WeakMap<ExecutionEnvironment, Scope>());

/** Says which scope is the one of the invocation that runs now in its environment. */
export function setRunning(scope: Scope): void {
  runningScopes.set(scope.environment, scope);
}

/** No invocation runs in an environment. */
export function unsetRunning({ environment }: Scope): void {
  runningScopes.delete(environment);
}

/** The scope itself; for what an earlier invocation has left behind, that of the one that runs now. */
export function runningScope(scope: Scope): Scope {
  return scope.ended ? (runningScopes.get(scope.environment) ?? scope) : scope;
}

/** Runs `fn` outside of any scope: the harness's own loops, also when handler code called them. */
export function runOutsideScopes<T>(fn: () => T): T {
  return storage.getStore() === undefined ? fn() : storage.run(undefined, fn);
}

/** The scope of the running code, or undefined: everything is real. */
export function currentScope(): Scope | undefined {
  return storage.getStore();
}
