import type { DurableResult } from "@durabletest/testing";
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

/** One line on all of them; none when there were none. */
export function summaryLine(all: readonly RecordedExecutions[]): string | undefined {
  const { executions, invocations, elapsedMs } = sumOf(all);
  if (executions === 0) return undefined;
  const counts = `${counted(executions, "execution")}, ${counted(invocations, "invocation")}`;
  return elapsedMs === 0 ? counts : `${counts}, ${lengthText(elapsedMs)} of virtual time`;
}

export function sumOf(all: readonly RecordedExecutions[]): RecordedExecutions {
  return {
    executions: all.reduce((sum, each) => sum + each.executions, 0),
    invocations: all.reduce((sum, each) => sum + each.invocations, 0),
    elapsedMs: all.reduce((sum, each) => sum + each.elapsedMs, 0),
  };
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function lengthText(ms: number): string {
  const units = [
    [86_400_000, "day"],
    [3_600_000, "hour"],
    [60_000, "minute"],
  ] as const;
  const [length, unit] = units.find(([least]) => ms >= least) ?? [1000, "second"];
  return counted(Number((ms / length).toFixed(1)), unit);
}
