import type { ErrorObject } from "@durabletest/runtime";
import { isEnded, type Operation, type OperationUpdate } from "@durabletest/runtime/protocol";
import { appendEvent, eventError, eventPayload } from "../events.ts";
import type { Effect, ExecutionState, ServiceTimer } from "../state.ts";
import { changedFromOutside, recordOf, setRecord, startedOperation } from "./record.ts";

// Not imported: see surroundings/builtins.ts.
const { createHash } = process.getBuiltinModule("node:crypto");

/** START and CANCEL of a CALLBACK. */
export function applyCallbackUpdate(
  state: ExecutionState,
  now: number,
  update: OperationUpdate,
  effects: Effect[],
): void {
  if (update.Action === "CANCEL") {
    endCallback(state, update.Id, { at: now, status: "CANCELLED" }, effects);
    return;
  }
  const operationId = update.Id;
  const { TimeoutSeconds, HeartbeatTimeoutSeconds } = update.CallbackOptions ?? {};
  const Timeout = orNone(TimeoutSeconds);
  const HeartbeatTimeout = orNone(HeartbeatTimeoutSeconds);
  const timeoutAt = dueAfter(now, Timeout);
  const heartbeatAt = dueAfter(now, HeartbeatTimeout);
  const CallbackId = mintCallbackId(state.arn, operationId);
  const operation = { ...startedOperation(update, now), CallbackDetails: { CallbackId } };
  const callback = { timeoutAt, heartbeatAt, heartbeatSeconds: HeartbeatTimeout };
  setRecord(state, { operation, callback });
  state.callbackIds.set(CallbackId, operationId);
  appendEvent(state, {
    type: "CallbackStarted",
    at: now,
    operation,
    details: {
      CallbackId,
      ...(Timeout === undefined ? {} : { Timeout }),
      ...(HeartbeatTimeout === undefined ? {} : { HeartbeatTimeout }),
    },
  });
  const arm = (kind: ServiceTimer["kind"], dueAt: number | undefined): void => {
    if (dueAt !== undefined) effects.push({ kind: "arm", timer: { kind, operationId }, dueAt });
  };
  // The overall timeout first: at the same instant it wins.
  arm("callback-timeout", timeoutAt);
  arm("callback-heartbeat", heartbeatAt);
  effects.push({ kind: "callback-started", operationId });
}

/** On the wire, 0 stands for none. */
function orNone(seconds: number | undefined): number | undefined {
  return seconds === 0 ? undefined : seconds;
}

function dueAfter(now: number, seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : now + seconds * 1000;
}

/** How the outside world, or its silence, ends a callback. */
export type CallbackEnd =
  | { readonly status: "SUCCEEDED"; readonly result: string | undefined }
  | { readonly status: "FAILED"; readonly error: ErrorObject }
  | { readonly status: "TIMED_OUT"; readonly errorType: "Callback.Timeout" | "Callback.Heartbeat" }
  | { readonly status: "CANCELLED" };

/** Ends an open callback. */
export function endCallback(
  state: ExecutionState,
  operationId: string,
  end: CallbackEnd & { readonly at: number },
  effects: Effect[],
): void {
  const record = recordOf(state, operationId);
  const { operation } = record;
  if (isEnded(operation.Status)) throw new Error(`Callback ${operationId} has ended already.`);
  const error = errorOf(end);
  setRecord(state, {
    ...record,
    operation: {
      ...operation,
      Status: end.status,
      EndTimestamp: new Date(end.at),
      CallbackDetails: {
        ...operation.CallbackDetails,
        ...(end.status === "SUCCEEDED" ? { Result: end.result } : {}),
        ...(error === undefined ? {} : { Error: error }),
      },
    },
  });
  appendEndEvent(state, operation, end, error);
  changedFromOutside(state, operationId);
  for (const kind of ["callback-timeout", "callback-heartbeat"] as const) {
    effects.push({ kind: "disarm", timer: { kind, operationId } });
  }
}

function errorOf(end: CallbackEnd): ErrorObject | undefined {
  switch (end.status) {
    case "SUCCEEDED":
    case "CANCELLED":
      return undefined;
    case "FAILED":
      return end.error;
    case "TIMED_OUT":
      return {
        ErrorType: end.errorType,
        ErrorMessage:
          end.errorType === "Callback.Timeout"
            ? "Callback timed out"
            : "Callback timed out on heartbeat",
      };
  }
}

function appendEndEvent(
  state: ExecutionState,
  operation: Operation,
  end: CallbackEnd & { readonly at: number },
  error: ErrorObject | undefined,
): void {
  const { at } = end;
  switch (end.status) {
    case "SUCCEEDED": {
      const details = { Result: eventPayload(end.result) };
      appendEvent(state, { type: "CallbackSucceeded", at, operation, details });
      return;
    }
    case "FAILED":
    case "TIMED_OUT": {
      const type = end.status === "FAILED" ? "CallbackFailed" : "CallbackTimedOut";
      appendEvent(state, { type, at, operation, details: { Error: eventError(error) } });
      return;
    }
    case "CANCELLED": // the service has no event for it
  }
}

/** A sign of life: the heartbeat timer starts afresh, the overall timeout goes on. */
export function applyHeartbeat(
  state: ExecutionState,
  operationId: string,
  now: number,
  effects: Effect[],
): void {
  const record = recordOf(state, operationId);
  const seconds = record.callback?.heartbeatSeconds;
  if (seconds === undefined) return;
  const heartbeatAt = now + seconds * 1000;
  state.operations.set(operationId, { ...record, callback: { ...record.callback, heartbeatAt } });
  const timer = { kind: "callback-heartbeat", operationId } as const;
  effects.push({ kind: "disarm", timer }, { kind: "arm", timer, dueAt: heartbeatAt });
}

/** In the service's alphabet, unique to the execution and the operation, and the same on every run. */
function mintCallbackId(arn: string, operationId: string): string {
  return createHash("sha256").update(`${arn}/${operationId}`).digest("base64");
}
