import { isEnded } from "@durabletest/runtime/protocol";
import { callbackWaitTimeoutId, OperationSubType } from "@durabletest/runtime/protocol";
import { isCallbackOpen } from "../service/service.ts";
import type { ExecutionState, ServiceTimer } from "../service/state.ts";
import type { Scripts } from "./scripts.ts";

/**
 * Whether a timer is a silence deadline: it means that the outside world has said nothing for too long,
 * and whether it has is for the test to say.
 *
 * @param executions - all of the runner's: one may wait for the callback of another.
 */
export function isSilenceDeadline(
  { state, timer }: { readonly state: ExecutionState; readonly timer: ServiceTimer },
  executions: Iterable<{ readonly state: ExecutionState }>,
  scripts: Scripts,
): boolean {
  switch (timer.kind) {
    case "callback-timeout":
    case "callback-heartbeat":
      return isSilent(state, timer.operationId, scripts);
    case "execution-timeout":
      for (const execution of executions) {
        if (silentCallbacks(execution.state, scripts).length > 0) return true;
      }
      return false;
    case "wait":
      return timesOutSilentCallback(state, timer.operationId, scripts);
    case "retry":
      return false;
  }
}

/** Whether a WAIT is the own timeout of a by-id wait that still waits, for a callback nobody answers. */
function timesOutSilentCallback(
  state: ExecutionState,
  operationId: string,
  scripts: Scripts,
): boolean {
  const operation = state.operations.get(operationId)?.operation;
  if (operation?.SubType !== OperationSubType.CALLBACK_WAIT_TIMEOUT) return false;
  const { ParentId } = operation;
  const wait = ParentId === undefined ? undefined : state.operations.get(ParentId)?.operation;
  if (wait === undefined || isEnded(wait.Status)) return false;
  return silentCallbacks(state, scripts).some(
    (callbackOperationId) => callbackWaitTimeoutId(wait.Id, callbackOperationId) === operationId,
  );
}

function silentCallbacks(state: ExecutionState, scripts: Scripts): readonly string[] {
  return [...state.callbackIds.values()].filter((id) => isSilent(state, id, scripts));
}

function isSilent(state: ExecutionState, operationId: string, scripts: Scripts): boolean {
  const callbackId = state.operations.get(operationId)?.operation.CallbackDetails?.CallbackId;
  return (
    isCallbackOpen(state, operationId) &&
    (callbackId === undefined || !scripts.answersFor(callbackId))
  );
}
