import { listenToExecutions, sumOf } from "@durabletest/testing/plugin";
import type { TestContext } from "vitest";
import type { RecordedExecutions } from "./recorded-executions.ts";

const mark = Symbol.for("durabletest.recorded");

/** The runner of a fixture: its execution is recorded on its own test. */
export function recordsItself(runner: object): void {
  Object.defineProperty(runner, mark, { value: true });
}

/** Records what runners execute that tests have made themselves, on the test that has just ended. */
export function recordOtherRunners(
  afterEachTest: (record: (task: TestContext["task"]) => void) => void,
): void {
  let others: RecordedExecutions[] = [];
  listenToExecutions((runner, more) => {
    if (!Object.hasOwn(runner, mark)) others.push(more);
  });
  afterEachTest(({ meta }) => {
    if (others.length === 0) return;
    meta.durable = sumOf([...(meta.durable === undefined ? [] : [meta.durable]), ...others]);
    others = [];
  });
}
