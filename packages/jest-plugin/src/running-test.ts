import type { DurableResult } from "@durabletest/testing";
import { expect } from "@jest/globals";
import { FAILURES, type FailureExplanations } from "./failure-explanations.ts";
import { withoutOwnFrames } from "./own-frames.ts";
import type { Parts } from "./parts.ts";

/** On a runner that its test is done with: what there was to say of it. Hooks dispose of runners, and may be a copy. */
const AT_END = Symbol.for("durabletest.atEnd");

interface AtEnd {
  readonly result: DurableResult<unknown>;
  /** The call that was going on. */
  readonly open: string | undefined;
}

/** A runner is about to be disposed of, whatever is going on: what comes of that is nothing that the test has done. */
export function keepAtEnd(runner: object, open: string | undefined): void {
  if (Object.hasOwn(runner, AT_END)) return;
  const atEnd: AtEnd = { result: resultOf(runner), open };
  Object.defineProperty(runner, AT_END, { value: atEnd });
}

/** What the execution of a runner came to by the end of its test, or until now. */
export function resultAtEnd(runner: object): DurableResult<unknown> {
  return keptAtEnd(runner)?.result ?? resultOf(runner);
}

/**
 * Tells the environment, if it is the one of this package, what to add to the failures of the running test.
 *
 * @returns whether there is one.
 */
export function tellEnvironment(
  runner: object,
  parts: () => Parts,
  { isOfFixture }: { readonly isOfFixture: boolean },
): boolean {
  const explanations = Reflect.get(globalThis, FAILURES) as FailureExplanations | undefined;
  const test = runningTest();
  if (explanations === undefined || test === undefined) return false;
  const file = expect.getState().testPath;
  explanations.explainWith(test, runner, {
    isOfFixture,
    explain: (error) => {
      const { explainFailure, openCallOf } = parts();
      // After concurrent tests there are no hooks: such a runner is still at work.
      const kept = keptAtEnd(runner);
      const open = kept === undefined ? openCallOf(runner) : kept.open;
      return withoutOwnFrames(explainFailure(error, resultAtEnd(runner), open));
    },
    executed: () => ({ file, result: resultAtEnd(runner) }),
  });
  return true;
}

/**
 * Writes the report of the running test, which has failed: where there is no environment to do so.
 *
 * @returns its failure, which says where the report is.
 */
export async function reportRunningTest(
  { writeFailureReport, addReport }: Parts,
  runner: object,
  { identity, error }: { readonly identity: object; readonly error: unknown },
): Promise<unknown> {
  const name = nameOfRunningTest();
  if (name === undefined) return error;
  const test = runningTest();
  const failed = {
    name,
    file: expect.getState().testPath,
    identity: typeof test === "object" ? test : identity,
  };
  const text = await writeFailureReport(failed, [resultAtEnd(runner)]);
  return text === undefined ? error : addReport(error, text);
}

function resultOf(runner: object): DurableResult<unknown> {
  return Reflect.get(runner, "result") as DurableResult<unknown>;
}

function keptAtEnd(runner: object): AtEnd | undefined {
  return Reflect.get(runner, AT_END) as AtEnd | undefined;
}

/**
 * What Jest tells tests apart by, also those of one name that run at the same time; where it does not, the name.
 * Outside of tests there is none.
 */
export function runningTest(): object | string | undefined {
  return expect.getState().currentTestIdentity?.() ?? nameOfRunningTest();
}

/** With the names of what it stands in. Outside of tests there is none. */
export function nameOfRunningTest(): string | undefined {
  const state: ReturnType<typeof expect.getState> & {
    // Jest's snapshots ask for it as well: beside concurrent tests, the other name is that of any of them.
    readonly currentConcurrentTestName?: () => string | undefined;
  } = expect.getState();
  return state.currentConcurrentTestName?.() ?? state.currentTestName;
}
