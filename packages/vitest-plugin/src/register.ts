/**
 * What every test file has: the matchers, the snapshot serializer, and somebody who hears what the test does with runners
 * of its own.
 *
 * Without isolation, Node loads this once for all the files of a worker, and Vitest forgets hooks when it goes on to the
 * next file. So each file asks for its own: {@link watchTests}.
 */
import { durableSnapshotSerializer } from "@durabletest/testing";
import { durableMatchers } from "@durabletest/testing/matchers";
import { unawaitedCallsOf } from "@durabletest/testing/plugin";
import { watchCallsWith } from "@durabletest/testing/plugin/setup";
import { beforeEach, expect, type TestContext, TestRunner } from "vitest";
import { beginAttempt } from "./explain-failure.ts";
import { listenToOtherRunners, reportRunners } from "./other-runners.ts";
import { withoutOwnFrames } from "./own-frames.ts";
import { NO_TIMEOUT } from "./report-failure.ts";

type Task = TestContext["task"];

expect.extend(durableMatchers);
expect.addSnapshotSerializer(durableSnapshotSerializer);

/** Tests whose end is going to be heard of. */
const watched = new Set<Task>();
const others = listenToOtherRunners(watchRunningTest);
const calls = watchCallsWith({
  unawaitedCallsOf,
  isOfRunningTest: () => {
    watchRunningTest();
    return true;
  },
});

/** Watches the tests of the file that is being loaded. */
export function watchTests(): void {
  beforeEach(({ task }) => watch(task));
}

/** A file that has loaded nothing of ours anew has no hook of ours: its tests are watched once they use a runner. */
function watchRunningTest(): void {
  const task = TestRunner.getCurrentTest();
  // After its end, nobody would hear of it.
  if (task?.type === "test" && task.result?.state === "run") watch(task);
}

/** Until the end of this attempt: after its fixtures, and before it is reported. */
function watch(task: Task): void {
  if (watched.has(task)) return;
  watched.add(task);
  calls.testBegins(task.concurrent !== true);
  const attempt = beginAttempt(task);
  let runners: readonly object[] = [];
  task.context.onTestFinished(() => {
    watched.delete(task);
    runners = others.testEnds(task);
    const notAwaited = calls.testEnds();
    if (notAwaited !== undefined) throw notAwaited;
  }, NO_TIMEOUT);
  task.context.onTestFailed(async () => {
    withoutOwnFrames(task);
    await reportRunners(attempt, runners);
  }, NO_TIMEOUT);
}
