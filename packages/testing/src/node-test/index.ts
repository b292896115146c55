/**
 * Test durable functions with `node:test`: `test` with a runner and its clock, and the matchers as assertions.
 *
 * @packageDocumentation
 */
export { durableTest, type DurableTestFactory } from "./durable-test.ts";
export { type DurableExpect, expect } from "./expect.ts";
export type {
  DurableBody,
  DurableFixtures,
  DurableTest,
  DurableTestFunction,
  TypedDurableFixtures,
  TypedDurableTest,
  TypedDurableTestFunction,
} from "./test-api.ts";
export type { DurableMatchers } from "../matchers/index.ts";
export type { VirtualClock } from "../plugin/virtual-clock.ts";
