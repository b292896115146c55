import type { DurableResult } from "@durabletest/testing";
import { expect } from "@jest/globals";
import { FAILURES, type FailureExplanations } from "./failure-explanations.ts";
import { withoutOwnFrames } from "./own-frames.ts";

/** What was going on when runners were disposed of: hooks do that before the environment asks. */
const openCalls = new WeakMap<object, string>();

/** A runner is about to be disposed of, whatever call is going on. */
export function keepOpenCall(runner: object, open: string | undefined): void {
  if (open !== undefined) openCalls.set(runner, open);
}

/** Tells the environment, if it is the one of this package, what to add to the failures of the running test. */
export function tellEnvironment(
  runner: object,
  explain: (error: object, result: DurableResult<unknown>, open: string | undefined) => void,
): void {
  const explanations = Reflect.get(globalThis, FAILURES) as FailureExplanations | undefined;
  const name = nameOfRunningTest();
  if (explanations === undefined || name === undefined) return;
  explanations.explainWith(name, (error) => {
    const result = Reflect.get(runner, "result") as DurableResult<unknown>;
    explain(error, result, openCalls.get(runner));
    withoutOwnFrames(error);
  });
}

/** With the names of what it stands in. Outside of tests there is none. */
export function nameOfRunningTest(): string | undefined {
  const state: ReturnType<typeof expect.getState> & {
    // Jest's snapshots ask for it as well: beside concurrent tests, the other name is that of any of them.
    readonly currentConcurrentTestName?: () => string | undefined;
  } = expect.getState();
  return state.currentConcurrentTestName?.() ?? state.currentTestName;
}
