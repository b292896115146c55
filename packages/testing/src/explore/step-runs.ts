import type { Execution, Invoker } from "../engine/execution.ts";
import type { Operation } from "../operation.ts";
import { type OperationNames, operationNames } from "../operations/names.ts";
import { type OperationTree, operationTree } from "../operations/tree.ts";
import type { DurableResult } from "../result.ts";

/** An execution, and what is to be seen of it. */
interface SeenExecution {
  readonly execution: Execution;
  readonly seen: DurableResult<unknown>;
}

/**
 * How often functions of steps were called, by path: in executions that were invoked below the invoke, which stands
 * for them: `pay/charge`. Steps of one path are added up; where one of them is not known, their sum is not.
 *
 * @param executions - in the order in which they started.
 */
export function stepRuns(
  executions: readonly SeenExecution[],
): Readonly<Record<string, number | undefined>> {
  const runs = new Map<string, number | undefined>();
  const paths = new Map<Execution, Paths>();
  for (const { execution, seen } of executions) {
    const path = new Paths(execution, seen, paths);
    paths.set(execution, path);
    for (const operation of seen.operations) {
      if (operation.type !== "STEP") continue;
      const name = path.of(operation);
      const before = runs.has(name) ? runs.get(name) : 0;
      runs.set(name, plus(before, operation.runs));
    }
  }
  return Object.fromEntries(runs);
}

/** The paths of one execution. */
class Paths {
  readonly #tree: OperationTree;
  readonly #names: OperationNames;
  /** `pay/`; of the execution under test, nothing. */
  readonly #prefix: string;

  constructor(
    { invokedBy, functionName }: Execution,
    { operations }: DurableResult<unknown>,
    others: ReadonlyMap<Execution, Paths>,
  ) {
    this.#tree = operationTree(operations);
    this.#names = operationNames(this.#tree);
    this.#prefix = invokedBy === undefined ? "" : `${pathOf(invokedBy, functionName, others)}/`;
  }

  of(operation: Operation): string {
    return `${this.#prefix}${this.#names.address(operation)}`;
  }

  /** An invoke without a name is called after the function. */
  invoke(operationId: string, functionName: string): string {
    const operation = this.#tree.get(operationId);
    if (operation?.name !== undefined) return this.of(operation);
    const parent = operation && this.#tree.parentOf(operation);
    return parent === undefined
      ? `${this.#prefix}${functionName}`
      : `${this.of(parent)}/${functionName}`;
  }
}

function pathOf(
  { execution, operationId }: Invoker,
  functionName: string,
  paths: ReadonlyMap<Execution, Paths>,
): string {
  return paths.get(execution)?.invoke(operationId, functionName) ?? functionName;
}

function plus(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : one + other;
}
