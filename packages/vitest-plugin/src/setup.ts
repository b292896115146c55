/**
 * Registers the matchers and the snapshot serializer, in each test file: for `test.setupFiles`.
 *
 * The plugin of `@durabletest/vitest-plugin/config` adds it by itself, and importing `durableTest` does
 * the same.
 *
 * @packageDocumentation
 */
import { watchTests } from "./register.ts";

export type { DurableMatchers } from "./matchers.ts";

// Vitest transforms this file, and runs it anew for each test file. So all the rest is left to Node.
watchTests();
