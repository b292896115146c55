import { keepAtEnd, runningTest } from "./running-test.ts";

interface OpenRunner {
  readonly test: object | string | undefined;
  /** Says which call is going on. */
  readonly openCall: () => string | undefined;
}

/** On the global object of the test file: setup, which has the hooks, and import may be copies, of one module format each. */
const OPEN = Symbol.for("durabletest.openRunners");

/**
 * The runners of tests that have not come to their end. A test that has run into its timeout never does: its runner is
 * ended by hooks, so that it does not go on beside the tests after it.
 */
const open = openRunners();

function openRunners(): Map<AsyncDisposable, OpenRunner> {
  const ofCopy = Reflect.get(globalThis, OPEN) as Map<AsyncDisposable, OpenRunner> | undefined;
  if (ofCopy !== undefined) return ofCopy;
  const runners = new Map<AsyncDisposable, OpenRunner>();
  Reflect.set(globalThis, OPEN, runners);
  return runners;
}

/** @returns what ends it, at the end of its test. */
export function keepUntilDisposed(
  runner: AsyncDisposable,
  openCall: () => string | undefined,
): () => Promise<void> {
  open.set(runner, { test: runningTest(), openCall });
  return () => dispose(runner);
}

/** For after each test. */
export async function disposeOfTest(): Promise<void> {
  const test = runningTest();
  const left = [...open.keys()].filter((runner) => open.get(runner)?.test === test);
  // Of several it is not known whose each is, where Jest tells tests apart by their names: they are ended with the file.
  if (left.length === 1) await disposeOf(left);
}

/** For after all tests. */
export async function disposeOfAll(): Promise<void> {
  await disposeOf([...open.keys()]);
}

/** What they say at their end is of tests that have failed already. */
async function disposeOf(runners: readonly AsyncDisposable[]): Promise<void> {
  await Promise.allSettled(runners.map((runner) => dispose(runner)));
}

async function dispose(runner: AsyncDisposable): Promise<void> {
  keepAtEnd(runner, open.get(runner)?.openCall());
  open.delete(runner);
  await runner[Symbol.asyncDispose]();
}
