/**
 * What plugins of test frameworks ask about the calls that a test has made of a runner.
 */
import type { CallNotAwaitedError } from "../errors.ts";
import { formatAllBlockers } from "../print/blockers.ts";
import { type CallWatch, watchCallsWith } from "./call-listener.ts";
import { engineOf } from "./door.ts";

/** {@link watchCallsWith}, with what this copy of the package says of a runner. */
export function watchCalls(): CallWatch {
  return watchCallsWith({ unawaitedCallsOf });
}

/**
 * The calls of a runner that nobody has awaited, for the end of a test, before the runner is disposed of. They
 * are told once.
 */
export function unawaitedCallsOf(runner: object): CallNotAwaitedError | undefined {
  return engineOf(runner)?.calls.takeUnawaited();
}

/**
 * The call of a runner that is going on, and what it waits for, for a test that has run into the framework's
 * timeout; undefined if there is none.
 */
export function openCallOf(runner: object): string | undefined {
  const { calls, engine } = engineOf(runner) ?? {};
  if (calls?.open === undefined || engine === undefined) return undefined;
  const work = engine.running.names();
  const real = work.length === 0 ? "" : ` It waits for real work: ${work.join(", ")}.`;
  return `${calls.open} has not finished.${real} ${formatAllBlockers(engine.executions.byArn.values())}`;
}
