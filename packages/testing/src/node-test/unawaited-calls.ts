import { AsyncResource, executionAsyncId } from "node:async_hooks";
import { afterEach, beforeEach, type SuiteContext, type TestContext } from "node:test";
import { watchRunners } from "../engine/call-listener.ts";
import { unawaitedCallsOf } from "../engine/test-calls.ts";

/** A test that is running. */
interface Running {
  readonly context: Context;
  /** The runners that it has called, and no test around it before. */
  readonly runners: Set<object>;
}

type Context = TestContext | SuiteContext;

/** Hooks belong to the suite in whose asynchronous context they are registered: here, to none. */
const outsideOfSuites = new AsyncResource("durabletest");

/** The asynchronous contexts of suites that have the hooks. */
const told = new Set<number>();

const running: Running[] = [];

/**
 * Has calls of runners that a test has made itself, and that nobody awaits, fail that test. From the first test on that
 * a file defines: hooks set off the test runner of Node, which other frameworks have no use for.
 */
export function tellUnawaitedCalls(): void {
  if (told.size === 0) {
    watchRunners(isOfRunningTest);
    outsideOfSuites.runInAsyncScope(registerHooks);
  }
  // Where Node hands hooks down to a suite when that is defined, the one around this has got none.
  registerHooks();
}

function registerHooks(): void {
  const suite = executionAsyncId();
  if (told.has(suite)) return;
  told.add(suite);
  beforeEach(testBegins);
  afterEach(testEnds);
}

/** Hears of a test from all suites around it that have the hooks. */
function testBegins(context: Context): void {
  if (running.every((test) => test.context !== context)) {
    running.push({ context, runners: new Set() });
  }
}

/** @throws CallNotAwaitedError */
function testEnds(context: Context): void {
  const index = running.findIndex((test) => test.context === context);
  if (index === -1) return;
  const [ended] = running.splice(index, 1);
  const errors = [...(ended?.runners ?? [])].flatMap((runner) => unawaitedCallsOf(runner) ?? []);
  if (errors[0] !== undefined) throw errors[0];
}

/** A runner is of the test that has called it first: at the end of a subtest, the one around it may still await it. */
function isOfRunningTest(runner: object): boolean {
  if (running.some(({ runners }) => runners.has(runner))) return true;
  const test = innermost();
  test?.runners.add(runner);
  return test !== undefined;
}

/** Of tests that run at the same time it is not known which one calls; of one in the other, it is the inner one. */
function innermost(): Running | undefined {
  const isNested = running.every(({ context }, index) => {
    const around = running[index - 1];
    return around === undefined || context.fullName.startsWith(`${around.context.fullName} > `);
  });
  return isNested ? running.at(-1) : undefined;
}
