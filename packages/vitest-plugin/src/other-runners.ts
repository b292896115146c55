import type { DurableResult } from "@durabletest/testing";
import { listenToExecutions, sumOf } from "@durabletest/testing/plugin";
import type { TestContext } from "vitest";
import type { RecordedExecutions } from "./recorded-executions.ts";
import { reportFailure } from "./report-failure.ts";

const mark = Symbol.for("durabletest.recorded");

/** The runner of a fixture: its execution is recorded on its own test. */
export function recordsItself(runner: object): void {
  Object.defineProperty(runner, mark, { value: true });
}

/**
 * Records what runners execute that tests have made themselves, on the test that has just ended, and writes its report
 * when it has failed. Of concurrent tests it is not known whose a runner is: they get none.
 */
export function recordOtherRunners(
  afterEachTest: (record: (task: TestContext["task"]) => Promise<void> | undefined) => void,
): void {
  let others: RecordedExecutions[] = [];
  let runners = new Set<object>();
  let isWithFixture = false;
  listenToExecutions((runner, more) => {
    if (Object.hasOwn(runner, mark)) {
      isWithFixture = true;
      return;
    }
    others.push(more);
    runners.add(runner);
  });
  afterEachTest((task) => {
    const { meta, result, concurrent } = task;
    const executed = [...runners];
    const isReported = isWithFixture;
    isWithFixture = false;
    if (others.length === 0) return undefined;
    meta.durable = sumOf([...(meta.durable === undefined ? [] : [meta.durable]), ...others]);
    others = [];
    runners = new Set();
    if (result?.state !== "fail" || concurrent === true || isReported) return undefined;
    return reportFailure(task, executed.map(resultOf));
  });
}

function resultOf(runner: object): DurableResult<unknown> {
  return Reflect.get(runner, "result") as DurableResult<unknown>;
}
