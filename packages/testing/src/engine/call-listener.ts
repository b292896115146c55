import type { CallNotAwaitedError } from "../errors.ts";

/**
 * Is asked, when a runner is called, whether somebody will ask at the end of the test for calls that nobody
 * has awaited. What comes of these is then told there, and not as an unhandled rejection.
 */
type CallListener = (runner: object) => boolean;

/** On the global object, so that it hears from the runners of another copy of the package as well. */
const LISTENER = Symbol.for("durabletest.calls");

/** On a runner whose fixture asks for its calls itself. */
const FIXTURE = Symbol.for("durabletest.fixture");

/**
 * For plugins of test frameworks. There is one listener; the last one counts.
 *
 * @param isOfTest - is asked about runners that a test has made itself.
 */
export function watchRunners(isOfTest: CallListener): void {
  const listener: CallListener = (runner) => Object.hasOwn(runner, FIXTURE) || isOfTest(runner);
  Reflect.set(globalThis, LISTENER, listener);
}

/** Whether somebody will ask for the calls of this runner. */
export function isListenedTo(runner: object): boolean {
  const listener: unknown = Reflect.get(globalThis, LISTENER);
  return typeof listener === "function" && Boolean(Reflect.apply(listener, undefined, [runner]));
}

/** Says of a runner that its fixture asks at the end of the test: `unawaitedCallsOf`. */
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

/** What is asked while calls are watched. */
export interface CallWatchOptions {
  /** What is to be said of a runner: `unawaitedCallsOf`. Asked at the end of tests that have called one. */
  readonly unawaitedCallsOf: (runner: object) => CallNotAwaitedError | undefined;
  /**
   * Whether what is called now is called by the test that has begun. Asked first, so that it may have one begin that
   * nobody has said anything of. Default: it is.
   */
  readonly isOfRunningTest?: (() => boolean) | undefined;
}

/**
 * Has calls that nobody awaits told at the end of the test that has made them, and not as unhandled
 * rejections. For plugins of test frameworks, once a test file.
 */
export function watchCallsWith({
  unawaitedCallsOf,
  isOfRunningTest = () => true,
}: CallWatchOptions): CallWatch {
  /** Those that the running test has called. */
  let runners: Set<object> | undefined;
  watchRunners((runner) => {
    if (!isOfRunningTest() || runners === undefined) return false;
    runners.add(runner);
    return true;
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
