/**
 * Registers the matchers and the snapshot serializer, in each test file: for `setupFilesAfterEnv`.
 *
 * The preset `@durabletest/jest-plugin` has it already, and importing `durableTest` does the same.
 *
 * @packageDocumentation
 */
import { createRequire } from "node:module";
import { register } from "./register.ts";

export type { DurableMatchers } from "./matchers.ts";

const load = createRequire(import.meta.url);

// At once, as a matcher must say what it thinks: not by an import, which can be waited for only.
register(() => {
  const testing = load("@durabletest/testing") as typeof import("@durabletest/testing");
  const matchers = load(
    "@durabletest/testing/matchers",
  ) as typeof import("@durabletest/testing/matchers");
  const plugin = load(
    "@durabletest/testing/plugin",
  ) as typeof import("@durabletest/testing/plugin");
  return {
    matchers: matchers.durableMatchers,
    serializer: testing.durableSnapshotSerializer,
    explainFailure: plugin.explainFailure,
    writeFailureReport: plugin.failureReports(),
    addReport: plugin.addReport,
    openCallOf: plugin.openCallOf,
    unawaitedCallsOf: plugin.unawaitedCallsOf,
  };
});
