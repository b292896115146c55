/**
 * The beginning and the end of an invocation's surroundings.
 */
import { ExecutionEnvironment } from "./environment.ts";
import { reassertGlobals } from "./globals.ts";
import type { ScopeHost } from "./host.ts";
import { Scope, setRunning, storage, unsetRunning } from "./scope.ts";

/**
 * Opens the scope of an invocation that is about to begin. Every one is ended by {@link endScope}.
 *
 * @param environment - Where earlier invocations have left their timers. A new one has none.
 */
export function openScope(
  host: ScopeHost,
  environment: ExecutionEnvironment = new ExecutionEnvironment(),
): Scope {
  const scope = new Scope(host, environment);
  setRunning(scope);
  environment.thaw(host);
  return scope;
}

/** Runs `fn` with `scope` as its surroundings, and everything that follows from it asynchronously. */
export function runInScope<T>(scope: Scope, fn: () => T): T {
  reassertGlobals();
  return storage.run(scope, fn);
}

/**
 * Calls handler code, once the timers have fired that came due while its environment was frozen. One of them
 * may end the invocation: then it is not called, and the promise stays pending.
 */
export function callInScope<T>(scope: Scope, call: () => Promise<T>): Promise<T> {
  reassertGlobals();
  const fired = scope.environment.fireOverdue();
  if (fired === undefined) return storage.run(scope, call);
  return fired.then(() =>
    scope.environment.discarded ? new Promise<never>(() => {}) : runInScope(scope, call),
  );
}

/**
 * The invocation is over, however it went. Like the sandbox of a suspended Lambda function, what is
 * left of it stands still, until the next invocation in its environment.
 */
export function endScope(scope: Scope): void {
  if (scope.ended) return;
  scope.end();
  unsetRunning(scope);
  scope.environment.freeze();
}
