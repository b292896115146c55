/**
 * Test durable functions with Jest: `test` with a runner and its clock, and matchers for `expect`.
 *
 * Importing it registers the matchers and the snapshot serializer.
 *
 * @packageDocumentation
 */
import { loadedParts } from "./loaded-parts.ts";
import { provideParts } from "./parts.ts";
import { register } from "./register.ts";

provideParts(loadedParts);
register(() => loadedParts);

export { durableTest, type DurableTestFactory } from "./durable-test.ts";
export type { DurableMatchers } from "./matchers.ts";
export type {
  DurableEach,
  DurableFixtures,
  DurableFor,
  DurableTest,
  DurableTestFunction,
  DurableTestMode,
  DurableTestModes,
  TestName,
  TypedDurableFixtures,
  TypedDurableTest,
} from "./test-api.ts";
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
