import type { DurableResult } from "@durabletest/testing";
import { expect } from "@jest/globals";
import { FAILURES, type FailureExplanations } from "./failure-explanations.ts";
import { withoutOwnFrames } from "./own-frames.ts";

/** Tells the environment, if it is the one of this package, what to add to the failures of the running test. */
export function tellEnvironment(
  runner: object,
  explain: (error: object, result: DurableResult<unknown>) => void,
): void {
  const explanations = Reflect.get(globalThis, FAILURES) as FailureExplanations | undefined;
  const name = nameOfRunningTest();
  if (explanations === undefined || name === undefined) return;
  explanations.explainWith(name, (error) => {
    const result = Reflect.get(runner, "result") as DurableResult<unknown>;
    explain(error, result);
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
