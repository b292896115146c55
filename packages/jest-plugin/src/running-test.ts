import type { DurableResult } from "@durabletest/testing";
import { expect } from "@jest/globals";
import { FAILURES, type FailureExplanations } from "./failure-explanations.ts";
import { withoutOwnFrames } from "./own-frames.ts";
import type { Parts } from "./parts.ts";

/** What was going on when runners were disposed of: hooks do that before the environment asks. */
const openCalls = new WeakMap<object, string>();

/** A runner is about to be disposed of, whatever call is going on. */
export function keepOpenCall(runner: object, open: string | undefined): void {
  if (open !== undefined) openCalls.set(runner, open);
}

/**
 * Tells the environment, if it is the one of this package, what to add to the failures of the running test.
 *
 * @returns whether there is one.
 */
export function tellEnvironment(runner: object, parts: () => Parts): boolean {
  const explanations = Reflect.get(globalThis, FAILURES) as FailureExplanations | undefined;
  const name = nameOfRunningTest();
  if (explanations === undefined || name === undefined) return false;
  const file = expect.getState().testPath;
  explanations.explainWith(
    name,
    (error) => {
      parts().explainFailure(error, resultOf(runner), openCalls.get(runner));
      withoutOwnFrames(error);
    },
    () => ({ file, result: resultOf(runner) }),
  );
  return true;
}

/** Writes the report of the running test, which has failed: where there is no environment to do so. */
export async function reportRunningTest(
  { writeFailureReport, addReport }: Parts,
  runner: object,
  { identity, error }: { readonly identity: object; readonly error: unknown },
): Promise<void> {
  const name = nameOfRunningTest();
  if (name === undefined) return;
  const failed = { name, file: expect.getState().testPath, identity };
  const text = await writeFailureReport(failed, [resultOf(runner)]);
  if (text === undefined) return;
  addReport(error, text);
  withoutOwnFrames(error);
}

function resultOf(runner: object): DurableResult<unknown> {
  return Reflect.get(runner, "result") as DurableResult<unknown>;
}

/** With the names of what it stands in. Outside of tests there is none. */
export function nameOfRunningTest(): string | undefined {
  const state: ReturnType<typeof expect.getState> & {
    // Jest's snapshots ask for it as well: beside concurrent tests, the other name is that of any of them.
    readonly currentConcurrentTestName?: () => string | undefined;
  } = expect.getState();
  return state.currentConcurrentTestName?.() ?? state.currentTestName;
}
