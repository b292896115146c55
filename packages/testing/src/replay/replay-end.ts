import type { DurableExecutionInvocationOutput } from "@durabletest/runtime/protocol";
import type { RequestedOperation } from "../errors.ts";
import type { Execution } from "../engine/execution.ts";
import { copyState, type ExecutionState, type OperationRecord } from "../service/state.ts";
import { type DryRun, dryRun } from "./dry-run.ts";

/** What a handler does that is given all that was recorded until its execution ended. */
export type ReplayedEnd =
  | { readonly kind: "answered"; readonly output: DurableExecutionInvocationOutput }
  /** It asks for something that was not recorded. */
  | { readonly kind: "asked"; readonly operation: RequestedOperation }
  /** It came to its end without asking for something that was recorded. */
  | { readonly kind: "forgot"; readonly record: OperationRecord }
  /** It waits for something else, or has no answer. */
  | { readonly kind: "open" };

/**
 * Replays an execution that has ended once more, at another time and with other random numbers, with nothing run.
 *
 * @param at - Virtual epoch milliseconds; determines the random numbers, too.
 */
export async function replayEnd(
  { state, function: executed }: Pick<Execution, "state" | "function">,
  at: number,
): Promise<ReplayedEnd> {
  const { handler, functionName, tenantId } = executed;
  const run = await dryRun(handler, stateAtEnd(state), {
    at,
    seed: at,
    called: { functionName, tenantId },
  });
  const { output } = run;
  const isAnswered = output !== undefined && output.Status !== "PENDING";
  const asked = askedBy(run, state, isAnswered);
  if (asked !== undefined) return { kind: "asked", operation: asked };
  if (!isAnswered) return { kind: "open" };
  const record = run.tellsAll ? forgottenBy(run, state) : undefined;
  return record === undefined ? { kind: "answered", output } : { kind: "forgot", record };
}

/** As it was before the handler answered. */
function stateAtEnd(state: ExecutionState): ExecutionState {
  return {
    ...copyState({ ...state, history: [] }),
    status: "RUNNING",
    endedAt: undefined,
    result: undefined,
    error: undefined,
    invocation: undefined,
  };
}

/**
 * Handlers that have answered may leave something behind which the end of the execution had cut off. Our runtime
 * has it recorded in the same order each time; of others that is not known.
 */
function askedBy(
  { requested, sent, tellsAll }: DryRun,
  { operations }: ExecutionState,
  isAnswered: boolean,
): RequestedOperation | undefined {
  if (isAnswered && !tellsAll) return undefined;
  for (const operation of requested.values()) {
    const isNew = !operations.has(operation.id);
    if (isNew && (!isAnswered || sent.has(operation.id))) return operation;
  }
  return undefined;
}

/** Of those outside of contexts: a context that has ended does not ask again. */
function forgottenBy(
  { requested }: DryRun,
  { operations }: ExecutionState,
): OperationRecord | undefined {
  for (const record of operations.values()) {
    const { Id, ParentId, Type, SubType } = record.operation;
    // A step may have made it, which is not called again.
    const isOfStep = Type === "CALLBACK" || SubType === "CallbackWait";
    if (ParentId === undefined && !isOfStep && !requested.has(Id)) return record;
  }
  return undefined;
}
