import type { OperationUpdate } from "@durabletest/runtime/protocol";
import { appendEvent } from "../events.ts";
import type { Effect, ExecutionState } from "../state.ts";
import { cancel, changedFromOutside, recordOf, setRecord, startedOperation } from "./record.ts";

/** START and CANCEL of a WAIT. */
export function applyWaitUpdate(
  state: ExecutionState,
  now: number,
  update: OperationUpdate,
  effects: Effect[],
): void {
  const timer = { kind: "wait", operationId: update.Id } as const;
  if (update.Action === "CANCEL") {
    const operation = cancel(state, update.Id, now);
    appendEvent(state, { type: "WaitCancelled", at: now, operation, details: {} });
    effects.push({ kind: "disarm", timer });
    return;
  }
  const { WaitSeconds: waitSeconds = 1 } = update.WaitOptions ?? {};
  const dueAt = now + waitSeconds * 1000;
  const ScheduledEndTimestamp = new Date(dueAt);
  const operation = {
    ...startedOperation(update, now),
    WaitDetails: { ScheduledEndTimestamp },
  };
  setRecord(state, { operation, waitSeconds });
  appendEvent(state, {
    type: "WaitStarted",
    at: now,
    operation,
    details: { Duration: waitSeconds, ScheduledEndTimestamp },
  });
  effects.push({ kind: "arm", timer, dueAt });
}

/** The time has passed. */
export function applyWaitDue(state: ExecutionState, now: number, operationId: string): void {
  const record = recordOf(state, operationId);
  const { operation, waitSeconds: Duration = 0 } = record;
  setRecord(state, {
    ...record,
    operation: { ...operation, Status: "SUCCEEDED", EndTimestamp: new Date(now) },
  });
  appendEvent(state, { type: "WaitSucceeded", at: now, operation, details: { Duration } });
  changedFromOutside(state, operationId);
}
