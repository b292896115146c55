/**
 * The beginning and the end of an invocation's surroundings.
 */
import { reassertPerformance } from "./clocks.ts";
import { Scope } from "./scope.ts";
import type { ScopeHost } from "./scope.ts";

/** Opens the scope of an invocation that is about to begin. Every one is ended by {@link endScope}. */
export function openScope(host: ScopeHost): Scope {
  reassertPerformance();
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
