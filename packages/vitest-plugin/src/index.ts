/**
 * Test durable functions with Vitest: `test` with a runner and its clock, and matchers for `expect`.
 *
 * Importing it registers the matchers and the snapshot serializer.
 *
 * @packageDocumentation
 */
import { watchTests } from "./register.ts";

export {
  durableTest,
  type DurableTest,
  type DurableFixtures,
  type TypedDurableFixtures,
} from "./durable-test.ts";
export type { DurableMatchers } from "./matchers.ts";
export type { RecordedExecutions } from "./recorded-executions.ts";
export type { VirtualClock } from "@durabletest/testing/plugin";

// What a test needs besides, so that one import is enough
export {
  type CallbackScript,
  type DurableResult,
  DurableTestRunner,
  formatTimeline,
  respond,
  type RunnerOptions,
} from "@durabletest/testing";

watchTests();
