import type { durableSnapshotSerializer } from "@durabletest/testing";
import type { DurableMatcherFunctions } from "@durabletest/testing/matchers";
import {
  listenToExecutions,
  loadHookInMainRealm,
  matcherNames,
  sumOf,
  watchCallsWith,
} from "@durabletest/testing/plugin/setup";
import { afterAll, afterEach, beforeEach, expect } from "@jest/globals";
import { collectOutcomes } from "./collect-outcomes.ts";
import { disposeOfAll, disposeOfTest } from "./open-runners.ts";
import { type Parts, partsOr } from "./parts.ts";
import { runningTest, tellEnvironment } from "./running-test.ts";
import { writeToSummary } from "./summary-file.ts";

/** On the global object of the test file: the preset and an import, or two copies of the package, register once. */
const REGISTERED = Symbol.for("durabletest.registered");

/**
 * What is there in each test file: matchers, serializer, and an ear for what runners execute.
 *
 * @param load - for what is first used: most test files of a project may use none of it.
 */
export function register(load: () => Parts): void {
  if (Object.hasOwn(globalThis, REGISTERED)) return;
  Object.defineProperty(globalThis, REGISTERED, { value: true });
  // Before the test file imports core modules by name.
  loadHookInMainRealm();
  const parts = (): Parts => partsOr(load);
  expect.extend(matchersFrom(parts));
  expect.addSnapshotSerializer(serializerFrom(parts));

  let executed = sumOf([]);
  let isOver = false;
  listenToExecutions((runner, more) => {
    // The hooks of the file at its end come after ours.
    if (isOver) writeToSummary(more);
    else executed = sumOf([executed, more]);
    tellEnvironment(runner, parts, { isOfFixture: false });
  });
  const leaveOutcomes = collectOutcomes();
  // So that a call that is not awaited fails the test that made it, and none that runs at the same time.
  let begun: object | string | undefined;
  const calls = watchCallsWith({
    unawaitedCallsOf: (runner) => parts().unawaitedCallsOf(runner),
    isOfRunningTest: () => runningTest() === begun,
  });
  beforeEach(() => {
    begun = runningTest();
    calls.testBegins(true);
  });
  afterEach(async () => {
    await disposeOfTest();
    const notAwaited = calls.testEnds();
    if (notAwaited !== undefined) throw notAwaited;
  });
  afterAll(async () => {
    await disposeOfAll();
    isOver = true;
    writeToSummary(executed);
    leaveOutcomes();
  });
}

function matchersFrom(parts: () => Parts): DurableMatcherFunctions {
  const matchers = matcherNames.map((name) => {
    const matcher = function (this: unknown, ...args: readonly unknown[]): unknown {
      const real = parts().matchers[name];
      return Reflect.apply(real, this, args);
    };
    return [name, matcher] as const;
  });
  return Object.fromEntries(matchers) as DurableMatcherFunctions;
}

function serializerFrom(parts: () => Parts): typeof durableSnapshotSerializer {
  return {
    test: (value) => mayBeResult(value) && parts().serializer.test(value),
    serialize: (...args) => parts().serializer.serialize(...args),
  };
}

/** Whether it is worth asking: a result is branded like that, and a runner has that method. */
function mayBeResult(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    (Symbol.for("durabletest.result") in value || "runToCompletion" in value)
  );
}
