import type { DurableResult } from "@durabletest/testing";
import { sumOf } from "@durabletest/testing/plugin";
import type { TestContext } from "vitest";

/** What the tests of a run have executed, all together. */
export interface RecordedExecutions {
  readonly executions: number;
  readonly invocations: number;
  /** Virtual. */
  readonly elapsedMs: number;
}

declare module "vitest" {
  interface TaskMeta {
    /** What the runners of this test have executed. */
    durable?: RecordedExecutions;
  }
}

/** Notes an execution on its test, where reporters find it. */
export function recordExecution(
  { meta }: TestContext["task"],
  { history, invocations, elapsedMs }: DurableResult<unknown>,
): void {
  if (history.length === 0) return;
  meta.durable = sumOf([
    ...(meta.durable === undefined ? [] : [meta.durable]),
    { executions: 1, invocations: invocations.length, elapsedMs },
  ]);
}
