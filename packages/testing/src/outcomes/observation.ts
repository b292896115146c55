/**
 * How an operation, or an execution, can come out:
 *
 * - `"success"`, `"failure"`, `"timeout"`: its end.
 * - `"heartbeat timeout"`, `"late answer"`: of a callback. An answer is late that comes when it has timed out.
 * - `"retried"`, `"given up"`: of a step that is tried again: an attempt failed and there was another one; the last failed.
 * - `"polled again"`: of a condition that was not met yet.
 * - `"interrupted"`: of a step, or a condition: the sandbox died in its middle.
 * - `"some failed"`, `"completed early"`: of a map, or a parallel: of its branches; enough of them had succeeded before all had ended.
 * - `"stopped"`: of an execution, or of an invoke, that somebody has stopped.
 */
export type Outcome = (typeof OUTCOMES)[number];

/** In the order in which reports have them. */
export const OUTCOMES = [
  "success",
  "failure",
  "timeout",
  "heartbeat timeout",
  "late answer",
  "polled again",
  "retried",
  "given up",
  "interrupted",
  "some failed",
  "completed early",
  "stopped",
] as const;

/** Of operations, what would fail that which is around them, if nobody caught it. Of a batch, its handler may throw. */
export const FAILURES: readonly Outcome[] = [
  "failure",
  "timeout",
  "heartbeat timeout",
  "some failed",
];

/** What the service knows of the settings of an operation: they decide what can come of it. */
export interface OperationSettings {
  readonly timeoutSeconds?: number | undefined;
  /** Where it can pass: it is shorter than the timeout. */
  readonly heartbeatSeconds?: number | undefined;
  /** Of an invoke: the function, and whether it is a durable one. */
  readonly functionName?: string | undefined;
  readonly durable?: boolean | undefined;
}

/** What was seen of the operations of a name, in however many executions. */
export interface ObservedOperation {
  /** Where it is, as `result.operation(…)` takes it; items of a map are one: `"items[*]/charge"`. Of the execution: `""`. */
  readonly path: string;
  /** As handlers call it: `"step"`, `"waitForCallback"`; `"execution"`. */
  readonly kind: string;
  /** What scripts call it by, where it has a name. */
  readonly name?: string | undefined;
  /** The operation around it, as {@link operationKey} has it; of the execution: none. */
  readonly parent?: string | undefined;
  /** Where it came among the operations of an execution: the least of all. */
  readonly order: number;
  readonly seen: readonly Outcome[];
  readonly settings: OperationSettings;
  /** Outcomes of what is in it that did not fail it, as {@link outcomeKey} has them. */
  readonly caught: readonly string[];
}

/** What was seen of a function. */
export interface ObservedFunction {
  /** What it is told apart by: where it is exported, else its name, else the test file. */
  readonly id: string;
  /** Those that tests have given it. */
  readonly names: readonly string[];
  /** The module that exports it, or the test file: relative to the root of the project, with slashes. */
  readonly file?: string | undefined;
  /** By which name that module exports it. */
  readonly exported?: string | undefined;
  readonly operations: readonly ObservedOperation[];
}

/** Among the operations of a function. */
export function operationKey({ kind, path }: Pick<ObservedOperation, "kind" | "path">): string {
  return `${kind} ${path}`;
}

/** Among the outcomes of the operations of a function. */
export function outcomeKey(
  operation: Pick<ObservedOperation, "kind" | "path">,
  outcome: Outcome,
): string {
  return `${outcome} of ${operationKey(operation)}`;
}
