import { isDurableResult } from "@durabletest/testing";
import { explainFailure } from "@durabletest/testing/plugin";
import { expect } from "@jest/globals";
import { FAILURES, type FailureExplanations } from "./failure-explanations.ts";
import { withoutOwnFrames } from "./own-frames.ts";

/** Tells the environment, if it is the one of this package, what to add to the failures of the running test. */
export function tellEnvironment(runner: object): void {
  const explanations = Reflect.get(globalThis, FAILURES) as FailureExplanations | undefined;
  const name = nameOfRunningTest();
  if (explanations === undefined || name === undefined) return;
  explanations.explainWith(name, (error) => {
    const result: unknown = Reflect.get(runner, "result");
    withoutOwnFrames(isDurableResult(result) ? explainFailure(error, result) : error);
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
