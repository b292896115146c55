import type {
  HistoryEventDetails,
  Operation,
  OperationUpdate,
} from "@durabletest/runtime/protocol";
import { appendEvent, eventError, eventPayload } from "../events.ts";
import type { Effect, ExecutionState } from "../state.ts";
import { changedFromOutside, recordOf, setRecord, startedOperation } from "./record.ts";

/** START, SUCCEED, FAIL and RETRY of a STEP. A step that closes without START has not announced itself. */
export function applyStepUpdate(
  state: ExecutionState,
  now: number,
  update: OperationUpdate,
  effects: Effect[],
): void {
  const known = state.operations.get(update.Id)?.operation;
  const operation = known ?? startedOperation(update, now);
  // Attempts that had ended before this update.
  const { Attempt: ended = 0, Result } = known?.StepDetails ?? {};
  if (update.Action === "START") {
    // A step that polls has its state in there, which the attempt that begins goes on from.
    const StepDetails = { Attempt: ended, Result };
    setRecord(state, { operation: { ...operation, Status: "STARTED", StepDetails } });
    appendEvent(state, { type: "StepStarted", at: now, operation, details: {} });
    return;
  }
  const CurrentAttempt = ended + 1;
  const details = { Attempt: CurrentAttempt, Result: update.Payload, Error: update.Error };
  if (update.Action === "RETRY") {
    const { NextAttemptDelaySeconds = 1 } = update.StepOptions ?? {};
    const dueAt = now + NextAttemptDelaySeconds * 1000;
    const StepDetails = { ...details, NextAttemptTimestamp: new Date(dueAt) };
    setRecord(state, { operation: { ...operation, Status: "PENDING", StepDetails } });
    appendEnd(state, { at: now, operation }, update, { CurrentAttempt, NextAttemptDelaySeconds });
    effects.push({ kind: "arm", timer: { kind: "retry", operationId: update.Id }, dueAt });
    return;
  }
  setRecord(state, {
    operation: {
      ...operation,
      Status: update.Action === "FAIL" ? "FAILED" : "SUCCEEDED",
      EndTimestamp: new Date(now),
      StepDetails: details,
    },
  });
  appendEnd(state, { at: now, operation }, update, { CurrentAttempt });
}

/** The event of an attempt's end. It may ask for another one without having failed: it polls. */
function appendEnd(
  state: ExecutionState,
  about: { readonly at: number; readonly operation: Operation },
  { Action, Payload, Error: error }: OperationUpdate,
  RetryDetails: HistoryEventDetails["StepSucceeded"]["RetryDetails"],
): void {
  if (Action === "FAIL" || error !== undefined) {
    const details = { Error: eventError(error), RetryDetails };
    appendEvent(state, { ...about, type: "StepFailed", details });
  } else {
    const details = { Result: eventPayload(Payload), RetryDetails };
    appendEvent(state, { ...about, type: "StepSucceeded", details });
  }
}

/** The delay before the next attempt has passed. */
export function applyRetryDue(state: ExecutionState, operationId: string): void {
  const { operation } = recordOf(state, operationId);
  setRecord(state, { operation: { ...operation, Status: "READY" } });
  changedFromOutside(state, operationId);
}
