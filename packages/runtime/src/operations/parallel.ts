import type { BatchConfig, BatchResult } from "../batch.ts";
import { checkedName } from "../check/arguments.ts";
import type { ParallelBranch, ParallelFunction } from "../context.ts";
import { describeValue } from "../describe-value.ts";
import { InvalidArgumentError } from "../errors.ts";
import { OperationSubType } from "../protocol/operation.ts";
import type { ContextScope, Place } from "../replay/scope.ts";
import type { Serdes } from "../serdes.ts";
import { type BatchTask, runBatch } from "./batch.ts";

/** What each branch is to do; what is wrong with one throws before anything is recorded. */
export function parallelTasks<T>(
  branches: readonly unknown[],
  run: (scope: ContextScope, func: ParallelFunction<T>) => Promise<T>,
): readonly BatchTask<T>[] {
  return Array.from(branches, (branch, index) => {
    if (!isBranch<T>(branch)) {
      throw new InvalidArgumentError(
        `parallel: branch ${index} is ${describeValue(branch)}, which is no function and no { name?, func }.`,
      );
    }
    const { name, func } =
      typeof branch === "function" ? { name: undefined, func: branch } : branch;
    const givenName = checkedName(`parallel: branch ${index}`, name);
    return {
      name: givenName ?? `parallel-branch-${index}`,
      givenName,
      body: (scope) => run(scope, func),
    };
  });
}

function isBranch<T>(branch: unknown): branch is ParallelBranch<T> {
  return (
    typeof branch === "function" ||
    (typeof branch === "object" &&
      branch !== null &&
      "func" in branch &&
      typeof branch.func === "function")
  );
}

/** Runs branches side by side, each in a context of its own. */
export function parallel<T>(
  scope: ContextScope,
  place: Place,
  options: {
    readonly name: string | undefined;
    readonly tasks: readonly BatchTask<T>[];
    readonly config: BatchConfig<T>;
    readonly serdes: Serdes<never>;
  },
): Promise<BatchResult<T>> {
  return runBatch(scope, place, {
    ...options,
    subType: OperationSubType.PARALLEL,
    itemSubType: OperationSubType.PARALLEL_BRANCH,
    summaryType: "ParallelResult",
    kind: "parallel",
  });
}
