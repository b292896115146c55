/**
 * Registers the matchers and the snapshot serializer, in each test file: for `test.setupFiles`.
 *
 * The plugin of `@durabletest/vitest-plugin/config` adds it by itself, and importing `durableTest` does
 * the same.
 *
 * @packageDocumentation
 */
import { durableSnapshotSerializer } from "@durabletest/testing";
import { durableMatchers } from "@durabletest/testing/matchers";
import { watchCalls } from "@durabletest/testing/plugin";
import { afterEach, beforeEach, expect } from "vitest";
import { withoutOwnFrames } from "./own-frames.ts";
import { recordOtherRunners } from "./other-runners.ts";
import { NO_TIMEOUT } from "./report-failure.ts";

export type { DurableMatchers } from "./matchers.ts";

expect.extend(durableMatchers);
expect.addSnapshotSerializer(durableSnapshotSerializer);
// Before all others, and so the last to run: by then it is known whether a test has failed.
recordOtherRunners((record) => {
  afterEach(({ task }) => record(task), NO_TIMEOUT);
});
const calls = watchCalls();
beforeEach(({ task }) => calls.testBegins(task.concurrent !== true));
afterEach(({ task }) => {
  withoutOwnFrames(task);
  const notAwaited = calls.testEnds();
  if (notAwaited !== undefined) throw notAwaited;
});
