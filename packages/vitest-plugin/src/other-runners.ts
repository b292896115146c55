import type { DurableResult } from "@durabletest/testing";
import { listenToExecutions, sumOf } from "@durabletest/testing/plugin";
import type { TestContext } from "vitest";
import type { Attempt } from "./explain-failure.ts";
import type { RecordedExecutions } from "./recorded-executions.ts";
import { reportFailure } from "./report-failure.ts";

const mark = Symbol.for("durabletest.recorded");

/** The runner of a fixture: its execution is recorded on its own test. */
export function recordsItself(runner: object): void {
  Object.defineProperty(runner, mark, { value: true });
}

/** What runners have executed that tests have made themselves, since the last test ended. */
export interface OtherRunners {
  /**
   * Records it on the test that ends.
   *
   * @returns the runners that its report is about. Of concurrent tests it is not known whose a runner is, and a fixture
   * writes a report of its own: there are none.
   */
  testEnds(task: TestContext["task"]): readonly object[];
}

/** @param onExecution - is called before what has been executed counts. */
export function listenToOtherRunners(onExecution: () => void): OtherRunners {
  let others: RecordedExecutions[] = [];
  let runners = new Set<object>();
  let isWithFixture = false;
  listenToExecutions((runner, more) => {
    onExecution();
    if (Object.hasOwn(runner, mark)) {
      isWithFixture = true;
      return;
    }
    others.push(more);
    runners.add(runner);
  });
  return {
    testEnds: ({ meta, concurrent }) => {
      const isReported = isWithFixture || concurrent === true;
      const executed = isReported ? [] : [...runners];
      if (others.length > 0) {
        meta.durable = sumOf([...(meta.durable === undefined ? [] : [meta.durable]), ...others]);
      }
      others = [];
      runners = new Set();
      isWithFixture = false;
      return executed;
    },
  };
}

/** Writes the report of a test that has failed. */
export async function reportRunners(attempt: Attempt, runners: readonly object[]): Promise<void> {
  if (runners.length > 0) await reportFailure(attempt, runners.map(resultOf));
}

function resultOf(runner: object): DurableResult<unknown> {
  return Reflect.get(runner, "result") as DurableResult<unknown>;
}
