/**
 * Registers the matchers and the snapshot serializer, in each test file: for `setupFilesAfterEnv`.
 *
 * The preset `@durabletest/jest-plugin` has it already, and importing `durableTest` does the same.
 *
 * @packageDocumentation
 */
import { durableSnapshotSerializer } from "@durabletest/testing";
import { durableMatchers } from "@durabletest/testing/matchers";
import { register } from "./register.ts";

export type { DurableMatchers } from "./matchers.ts";

register(durableMatchers, durableSnapshotSerializer);
