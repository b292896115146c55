/**
 * What plugins of test frameworks ask about the calls that a test has made of a runner.
 */
import type { CallNotAwaitedError } from "../errors.ts";
import { formatAllBlockers } from "../print/blockers.ts";
import { listenToCalls } from "./calls.ts";
import { engineOf } from "./door.ts";

/** On a runner whose fixture asks for its calls itself. */
const FIXTURE = Symbol.for("durabletest.fixture");

/** Says of a runner that its fixture asks at the end of the test: {@link unawaitedCallsOf}. */
export function isOfFixture(runner: object): void {
  Object.defineProperty(runner, FIXTURE, { value: true });
}

/** Watches the calls that tests make of runners. */
export interface CallWatch {
  /** @param isAlone - whether no other test runs at the same time: what is called is called by this one. */
  testBegins(isAlone: boolean): void;
  /** What is to be said of calls of runners that the test has made itself; undefined if there is nothing. */
  testEnds(): CallNotAwaitedError | undefined;
}

/**
 * Has calls that nobody awaits told at the end of the test that has made them, and not as unhandled
 * rejections. For plugins of test frameworks, once a test file.
 */
export function watchCalls(): CallWatch {
  /** Those that the running test has called. */
  let runners: Set<object> | undefined;
  listenToCalls((runner) => {
    if (Object.hasOwn(runner, FIXTURE)) return true;
    runners?.add(runner);
    return runners !== undefined;
  });
  return {
    testBegins: (isAlone) => {
      runners = isAlone ? new Set() : undefined;
    },
    testEnds: () => {
      const errors = [...(runners ?? [])].flatMap((runner) => unawaitedCallsOf(runner) ?? []);
      runners = undefined;
      return errors[0];
    },
  };
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
