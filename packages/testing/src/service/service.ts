import type { CheckpointRequest, CheckpointResponse } from "@durabletest/runtime";
import { isEnded, type Operation, type OperationUpdate } from "@durabletest/runtime/protocol";
import { authorise, stopExecution } from "./invocation.ts";
import type { Effect, ExecutionState, ServiceTimer } from "./state.ts";
import { applyCallbackUpdate, endCallback } from "./transitions/callback.ts";
import { applyContextUpdate } from "./transitions/context.ts";
import { applyInvokeUpdate } from "./transitions/invoke.ts";
import { recordOf } from "./transitions/record.ts";
import { applyRetryDue, applyStepUpdate } from "./transitions/step.ts";
import { applyWaitDue, applyWaitUpdate } from "./transitions/wait.ts";
import { validateBatch } from "./validate.ts";

/**
 * The durable execution service, as functions over plain data: a state, a time and a request make a
 * changed state, an answer, and effects for the world around it.
 *
 * Owns: what is legal, what is recorded, what an invocation is told.
 * Does not own: timers and their order, the invoking (both are the engine's).
 *
 * Invariants
 * 1. Ended operations and ended executions never change.
 * 2. A request that is refused has changed nothing.
 * 3. Every change of an operation is told to the handler once: in a checkpoint's answer or in the state
 *    of the next invocation.
 */

export {
  beginInvocation,
  completeInvocation,
  executionOperation,
  executionStatePage,
  type InvocationOutcome,
  needsInvocation,
  stopExecution,
  withholdToken,
} from "./invocation.ts";
export { startExecution } from "./transitions/execution.ts";

/**
 * Applies a batch of updates, whole or not at all.
 *
 * @throws ServiceException
 */
export function checkpoint(
  state: ExecutionState,
  now: number,
  request: CheckpointRequest,
): { readonly response: CheckpointResponse; readonly effects: readonly Effect[] } {
  authorise(state, request);
  const updates = request.Updates ?? [];
  validateBatch(state, updates);
  const effects: Effect[] = [];
  for (const update of updates) applyUpdate(state, now, update, effects);
  state.token += 1;
  const Operations: Operation[] = [];
  for (const id of state.untold) {
    Operations.push(recordOf(state, id).operation);
    state.changedFromOutside.delete(id);
  }
  state.untold.clear();
  const CheckpointToken = String(state.token);
  return { response: { CheckpointToken, NewExecutionState: { Operations } }, effects };
}

/** A timer has come due. */
export function applyTimer(
  state: ExecutionState,
  now: number,
  timer: ServiceTimer,
): readonly Effect[] {
  const effects: Effect[] = [];
  const { operationId } = timer;
  switch (timer.kind) {
    case "wait":
      applyWaitDue(state, now, operationId);
      break;
    case "retry":
      applyRetryDue(state, operationId);
      break;
    case "callback-timeout":
      endCallback(
        state,
        operationId,
        { at: now, status: "TIMED_OUT", errorType: "Callback.Timeout" },
        effects,
      );
      break;
    case "callback-heartbeat":
      endCallback(
        state,
        operationId,
        { at: now, status: "TIMED_OUT", errorType: "Callback.Heartbeat" },
        effects,
      );
      break;
    case "execution-timeout":
      return stopExecution(state, now, {
        status: "TIMED_OUT",
        error: {
          ErrorType: "ExecutionTimeout",
          ErrorMessage: "The execution ran longer than its timeout.",
        },
      });
  }
  return effects;
}

function applyUpdate(
  state: ExecutionState,
  now: number,
  update: OperationUpdate,
  effects: Effect[],
): void {
  switch (update.Type) {
    case "STEP":
      applyStepUpdate(state, now, update, effects);
      return;
    case "WAIT":
      applyWaitUpdate(state, now, update, effects);
      return;
    case "CALLBACK":
      applyCallbackUpdate(state, now, update, effects);
      return;
    case "CONTEXT":
      applyContextUpdate(state, now, update);
      return;
    case "EXECUTION":
      // The invocation's answer ends the execution; this is its result, ahead of it. A FAIL has none.
      state.result = update.Payload;
      return;
    case "CHAINED_INVOKE":
      applyInvokeUpdate(state, now, update, effects);
      return;
  }
}

/** Whether a callback of this execution can still be completed. */
export function isCallbackOpen(state: ExecutionState, operationId: string): boolean {
  const record = state.operations.get(operationId);
  return state.status === "RUNNING" && record !== undefined && !isEnded(record.operation.Status);
}
