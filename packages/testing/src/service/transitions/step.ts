import type { OperationUpdate } from "@durabletest/runtime/protocol";
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
  // Attempts, before this update.
  const ended = known?.StepDetails?.Attempt ?? 0;
  const at = new Date(now);
  switch (update.Action) {
    case "START":
      setRecord(state, {
        operation: {
          ...operation,
          Status: "STARTED",
          // A step that polls has its state in there, which the attempt that begins goes on from.
          StepDetails: { Attempt: ended, Result: known?.StepDetails?.Result },
        },
      });
      appendEvent(state, { type: "StepStarted", at: now, operation, details: {} });
      return;
    case "SUCCEED":
      setRecord(state, {
        operation: {
          ...operation,
          Status: "SUCCEEDED",
          EndTimestamp: at,
          StepDetails: { Attempt: ended + 1, Result: update.Payload },
        },
      });
      appendEvent(state, {
        type: "StepSucceeded",
        at: now,
        operation,
        details: {
          Result: eventPayload(update.Payload),
          RetryDetails: { CurrentAttempt: ended + 1 },
        },
      });
      return;
    case "FAIL":
      setRecord(state, {
        operation: {
          ...operation,
          Status: "FAILED",
          EndTimestamp: at,
          StepDetails: { Attempt: ended + 1, Error: update.Error },
        },
      });
      appendEvent(state, {
        type: "StepFailed",
        at: now,
        operation,
        details: {
          Error: eventError(update.Error),
          RetryDetails: { CurrentAttempt: ended + 1 },
        },
      });
      return;
    case "RETRY": {
      const delaySeconds = update.StepOptions?.NextAttemptDelaySeconds ?? 1;
      const dueAt = now + delaySeconds * 1000;
      const RetryDetails = {
        CurrentAttempt: ended + 1,
        NextAttemptDelaySeconds: delaySeconds,
      };
      setRecord(state, {
        operation: {
          ...operation,
          Status: "PENDING",
          StepDetails: {
            Attempt: ended + 1,
            NextAttemptTimestamp: new Date(dueAt),
            ...(update.Payload === undefined ? {} : { Result: update.Payload }),
            ...(update.Error === undefined ? {} : { Error: update.Error }),
          },
        },
      });
      // A step may ask for another attempt without having failed: it polls.
      if (update.Error === undefined) {
        const details = { Result: eventPayload(update.Payload), RetryDetails };
        appendEvent(state, { type: "StepSucceeded", at: now, operation, details });
      } else {
        const details = { Error: eventError(update.Error), RetryDetails };
        appendEvent(state, { type: "StepFailed", at: now, operation, details });
      }
      effects.push({ kind: "arm", timer: { kind: "retry", operationId: update.Id }, dueAt });
      return;
    }
    case "CANCEL":
      throw new Error("A STEP cannot be cancelled.");
  }
}

/** The delay before the next attempt has passed. */
export function applyRetryDue(state: ExecutionState, operationId: string): void {
  const { operation } = recordOf(state, operationId);
  setRecord(state, { operation: { ...operation, Status: "READY" } });
  changedFromOutside(state, operationId);
}
