import type { OperationUpdate } from "@durabletest/runtime/protocol";
import { appendEvent, eventError, eventPayload } from "../events.ts";
import type { ExecutionState } from "../state.ts";
import { setRecord, startedOperation } from "./record.ts";

/** START, SUCCEED and FAIL of a CONTEXT. */
export function applyContextUpdate(
  state: ExecutionState,
  now: number,
  update: OperationUpdate,
): void {
  const operation = state.operations.get(update.Id)?.operation ?? startedOperation(update, now);
  if (update.Action === "START") {
    setRecord(state, { operation });
    appendEvent(state, { type: "ContextStarted", at: now, operation, details: {} });
    return;
  }
  const ReplayChildren = update.ContextOptions?.ReplayChildren ?? false;
  const succeeded = update.Action === "SUCCEED";
  setRecord(state, {
    operation: {
      ...operation,
      Status: succeeded ? "SUCCEEDED" : "FAILED",
      EndTimestamp: new Date(now),
      ContextDetails: {
        ReplayChildren,
        ...(succeeded ? { Result: update.Payload } : { Error: update.Error }),
      },
    },
  });
  if (succeeded) {
    const details = { Result: eventPayload(update.Payload) };
    appendEvent(state, { type: "ContextSucceeded", at: now, operation, details });
  } else {
    const details = { Error: eventError(update.Error) };
    appendEvent(state, { type: "ContextFailed", at: now, operation, details });
  }
  if (!ReplayChildren) pruneChildren(state, update.Id);
}

/** What happened inside a closed context is not sent to invocations any more: its result says it all. */
function pruneChildren(state: ExecutionState, contextId: string): void {
  for (const childId of state.children.get(contextId) ?? []) {
    state.replayable.delete(childId);
    pruneChildren(state, childId);
  }
}
