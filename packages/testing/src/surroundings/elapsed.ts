import type { Scope } from "./scope.ts";

/**
 * How long the process of an execution has been running when its clock begins. Never nothing, as on
 * Lambda: caches take a time of 0 for none.
 */
export const bootMs = 50;

/** Milliseconds that have gone by in the process of an execution. */
export function elapsedMs({ host }: Scope, at: number = host.now()): number {
  return at - host.startedAt + bootMs;
}
