import type { HistoryEvent } from "@durabletest/runtime/protocol";
import type { Operation } from "../operation.ts";
import { groupBy } from "../operations/group-by.ts";
import { isItem, kindOf, operationNames } from "../operations/names.ts";
import { type OperationTree, operationTree } from "../operations/tree.ts";
import type { DurableResult } from "../result.ts";
import { mergeOperations } from "./merge.ts";
import {
  FAILURES,
  type ObservedOperation,
  operationKey,
  type OperationSettings,
  type Outcome,
  outcomeKey,
} from "./observation.ts";

/** One execution, as it stands. */
export interface Observable {
  readonly result: Pick<DurableResult<unknown>, "operations" | "history" | "world" | "status">;
  /** Ids of callbacks that were answered when they had ended, or will be: they have an answer under way. */
  readonly answeredLate: ReadonlySet<string>;
  /** Of a function that can be invoked. */
  readonly targetOf: (
    functionName: string,
  ) => Pick<OperationSettings, "durable" | "timeoutSeconds">;
}

/** The key of the execution among the operations of its function. */
const EXECUTION: string = operationKey({ kind: "execution", path: "" });

/** What can be seen of an execution: its operations, and itself. */
export function observe(execution: Observable): readonly ObservedOperation[] {
  const { operations } = execution.result;
  const view = viewOf(execution);
  const seen = operations.flatMap((operation, index) =>
    view.isPart(operation) ? [] : [observedOperation(operation, index + 1, execution, view)],
  );
  return mergeOperations([observedExecution(execution, view), ...seen]);
}

/** What operations are called, and what is in what. */
interface View {
  readonly tree: OperationTree;
  readonly pathOf: (operation: Operation) => string;
  /** Whether it is a part of another operation, and no operation that handlers know. */
  readonly isPart: (operation: Operation) => boolean;
  readonly kindOf: (operation: Operation) => string;
  readonly eventsOf: (operation: Operation) => readonly HistoryEvent[];
  /** Ids of the steps in whose middle a sandbox has died. */
  readonly interrupted: ReadonlySet<string>;
}

function viewOf({ result }: Observable): View {
  const { operations, history } = result;
  const tree = operationTree(operations);
  const names = operationNames(tree);
  const events = groupBy(history, ({ Id }) => Id);
  const isPart = (operation: Operation): boolean => {
    const parent = tree.parentOf(operation)?.subType;
    return (
      (parent === "WaitForCallback" && operation.type === "CALLBACK") ||
      (parent === "CallbackWait" && operation.type === "WAIT")
    );
  };
  const pathOf = (operation: Operation): string => {
    const parent = tree.parentOf(operation);
    const around = parent === undefined ? "" : pathOf(parent);
    if (operation.subType === "MapIteration") return `${around}[*]`;
    const address = names.address(operation);
    const own = isItem(operation) ? (/\[\d+\]$/.exec(address)?.[0] ?? "") : "";
    if (own !== "") return `${around}${own}`;
    const target = operation.type === "CHAINED_INVOKE" ? operation.functionName : undefined;
    const unnamed = target ?? address.slice(address.lastIndexOf("/") + 1);
    const name = withoutCount(operation.name ?? unnamed);
    return around === "" ? name : `${around}/${name}`;
  };
  return {
    tree,
    pathOf,
    isPart,
    kindOf: (operation) => (operation.type === "CALLBACK" ? "createCallback" : kindOf(operation)),
    eventsOf: ({ id }) => events.get(id) ?? [],
    interrupted: interruptedSteps(history),
  };
}

/** Waits between the attempts of `withRetry` are one. */
function withoutCount(name: string): string {
  return name.replace(/-backoff-\d+$/, "-backoff-*");
}

/** Those that had begun, and were not over, when an invocation died. */
function interruptedSteps(history: readonly HistoryEvent[]): ReadonlySet<string> {
  const open = new Set<string>();
  const interrupted = new Set<string>();
  for (const event of history) {
    const { EventType: type, Id: id = "" } = event;
    if (type === "StepStarted") open.add(id);
    else if (type === "StepSucceeded" || type === "StepFailed") open.delete(id);
    else if (type === "InvocationCompleted" && event.InvocationCompletedDetails.Error !== undefined)
      for (const step of open) interrupted.add(step);
  }
  return interrupted;
}

function observedExecution({ result }: Observable, view: View): ObservedOperation {
  const { status, history } = result;
  const [first] = history;
  const timeoutSeconds =
    first?.EventType === "ExecutionStarted"
      ? first.ExecutionStartedDetails.ExecutionTimeout
      : undefined;
  const end: Outcome | undefined = status === "PENDING" ? undefined : ENDS[status];
  return {
    path: "",
    kind: "execution",
    order: 0,
    seen: end === undefined ? [] : [end],
    settings: { timeoutSeconds },
    caught: status === "SUCCEEDED" ? failuresIn(view.tree.roots, result, view) : [],
  };
}

const ENDS = {
  SUCCEEDED: "success",
  FAILED: "failure",
  TIMED_OUT: "timeout",
  STOPPED: "stopped",
} as const satisfies Record<string, Outcome>;

function observedOperation(
  operation: Operation,
  order: number,
  execution: Observable,
  view: View,
): ObservedOperation {
  const { tree } = view;
  const parent = tree.parentOf(operation);
  const isContext = operation.type === "CONTEXT" && operation.status === "SUCCEEDED";
  return {
    ...identity(operation, view),
    name: tree.nameOf(operation) === undefined ? undefined : scriptName(operation, view),
    parent: parent === undefined ? EXECUTION : operationKey(identity(parent, view)),
    order,
    seen: outcomesOf(operation, execution.result, view, execution.answeredLate),
    settings: settingsOf(operation, execution, view),
    caught: isContext ? failuresIn(tree.childrenOf(operation), execution.result, view) : [],
  };
}

function identity(operation: Operation, view: View): Pick<ObservedOperation, "kind" | "path"> {
  return { kind: view.kindOf(operation), path: view.pathOf(operation) };
}

/** A callback answers to the name of what is around it; nothing else does. */
function scriptName(operation: Operation, { tree }: View): string | undefined {
  const callback = callbackOf(operation, tree);
  return callback === undefined ? operation.name : tree.nameOf(callback);
}

/** The callback that an operation is, or has. */
function callbackOf(
  operation: Operation,
  tree: OperationTree,
): Extract<Operation, { readonly type: "CALLBACK" }> | undefined {
  if (operation.type === "CALLBACK") return operation;
  if (operation.subType !== "WaitForCallback") return undefined;
  return tree.childrenOf(operation).find((child) => child.type === "CALLBACK");
}

function outcomesOf(
  operation: Operation,
  result: Observable["result"],
  view: View,
  answeredLate: ReadonlySet<string>,
): readonly Outcome[] {
  const callback = callbackOf(operation, view.tree);
  if (callback !== undefined) {
    const { callbackId } = callback;
    const isLate =
      callback.status === "TIMED_OUT" &&
      (answeredLate.has(callbackId) ||
        result.world.some(
          (event) => event.ignored && event.kind !== "heartbeat" && event.callbackId === callbackId,
        ));
    // A wait for it may refuse the answer, or fail before there is one: its end is its own.
    const end = endOf(callback.status === "TIMED_OUT" ? callback : operation);
    return [...end, ...(isLate ? (["late answer"] as const) : [])];
  }
  switch (operation.type) {
    case "STEP":
      return stepOutcomes(operation, view);
    case "CONTEXT":
      return contextOutcomes(operation, view);
    case "CALLBACK":
    case "WAIT":
    case "CHAINED_INVOKE":
      return endOf(operation);
  }
}

function endOf(operation: Operation): readonly Outcome[] {
  const { status } = operation;
  if (operation.type === "CALLBACK" && operation.error?.ErrorType === "Callback.Heartbeat") {
    if (status === "TIMED_OUT") return ["heartbeat timeout"];
  }
  return status in ENDS ? [ENDS[status as keyof typeof ENDS]] : [];
}

function stepOutcomes(operation: Operation, view: View): readonly Outcome[] {
  const seen: Outcome[] = view.interrupted.has(operation.id) ? ["interrupted"] : [];
  for (const event of view.eventsOf(operation)) {
    if (event.EventType === "StepSucceeded") {
      const { NextAttemptDelaySeconds } = event.StepSucceededDetails.RetryDetails;
      seen.push(NextAttemptDelaySeconds === undefined ? "success" : "polled again");
    } else if (event.EventType === "StepFailed") {
      const { NextAttemptDelaySeconds } = event.StepFailedDetails.RetryDetails;
      seen.push(NextAttemptDelaySeconds === undefined ? "failure" : "retried");
    }
  }
  return seen;
}

function contextOutcomes(operation: Operation, view: View): readonly Outcome[] {
  const { subType, status } = operation;
  if (status !== "SUCCEEDED" || operation.type !== "CONTEXT") {
    const isTimeout = subType === "CallbackWait" && status === "FAILED";
    return isTimeout ? ["timeout"] : endOf(operation);
  }
  if (subType !== "Map" && subType !== "Parallel") return ["success"];
  const someFailed = view.tree
    .childrenOf(operation)
    .some((child) => isItem(child) && child.status === "FAILED");
  const { completionReason } = (operation.result ?? {}) as { readonly completionReason?: unknown };
  return [
    someFailed ? "some failed" : "success",
    ...(completionReason === "MIN_SUCCESSFUL_REACHED" ? (["completed early"] as const) : []),
  ];
}

const NONE: ReadonlySet<string> = new Set();

function failuresIn(
  operations: readonly Operation[],
  result: Observable["result"],
  view: View,
): readonly string[] {
  return operations.flatMap((operation) =>
    outcomesOf(operation, result, view, NONE)
      .filter((outcome) => FAILURES.includes(outcome))
      .map((outcome) => outcomeKey(identity(operation, view), outcome)),
  );
}

function settingsOf(operation: Operation, { targetOf }: Observable, view: View): OperationSettings {
  if (operation.type === "CHAINED_INVOKE") {
    const { functionName } = operation;
    return { functionName, ...targetOf(functionName) };
  }
  const callback = callbackOf(operation, view.tree);
  const started = callback && view.eventsOf(callback)[0];
  if (started?.EventType !== "CallbackStarted") return {};
  const { Timeout, HeartbeatTimeout } = started.CallbackStartedDetails;
  // At the same instant the timeout wins. Decided here: other callbacks of the name may have other settings.
  const passes = HeartbeatTimeout !== undefined && HeartbeatTimeout < (Timeout ?? Infinity);
  return { timeoutSeconds: Timeout, heartbeatSeconds: passes ? HeartbeatTimeout : undefined };
}
