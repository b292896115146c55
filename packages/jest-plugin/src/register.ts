import { listenToExecutions, sumOf } from "@durabletest/testing/plugin";
import type { DurableMatcherFunctions } from "@durabletest/testing/matchers";
import type { durableSnapshotSerializer } from "@durabletest/testing";
import { afterAll, afterEach, expect } from "@jest/globals";
import { disposeOfAll, disposeOfTest } from "./open-runners.ts";
import { tellEnvironment } from "./running-test.ts";
import { writeToSummary } from "./summary-file.ts";

/** On the global object of the test file: the preset and an import, or two copies of the package, register once. */
const REGISTERED = Symbol.for("durabletest.registered");

/** What is there in each test file: matchers, serializer, and an ear for what runners execute. */
export function register(
  matchers: DurableMatcherFunctions,
  serializer: typeof durableSnapshotSerializer,
): void {
  if (Object.hasOwn(globalThis, REGISTERED)) return;
  Object.defineProperty(globalThis, REGISTERED, { value: true });
  expect.extend(matchers);
  expect.addSnapshotSerializer(serializer);

  let executed = sumOf([]);
  listenToExecutions((runner, more) => {
    executed = sumOf([executed, more]);
    tellEnvironment(runner);
  });
  afterEach(disposeOfTest);
  afterAll(async () => {
    await disposeOfAll();
    writeToSummary(executed);
  });
}
