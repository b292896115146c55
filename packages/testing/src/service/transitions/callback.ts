import type { ErrorObject } from "@durabletest/runtime";
import { isEnded, type Operation, type OperationUpdate } from "@durabletest/runtime/protocol";
import { appendEvent, eventError, eventPayload } from "../events.ts";
import { remembering } from "../remembering.ts";
import type { Effect, ExecutionState, ServiceTimer } from "../state.ts";
import { cancel, changedFromOutside, recordOf, setRecord, startedOperation } from "./record.ts";

// Not imported: see surroundings/builtins.ts.
const { hash } = process.getBuiltinModule("node:crypto");

/** START and CANCEL of a CALLBACK. */
export function applyCallbackUpdate(
  state: ExecutionState,
  now: number,
  update: OperationUpdate,
  effects: Effect[],
): void {
  const operationId = update.Id;
  if (update.Action === "CANCEL") {
    cancel(state, operationId, now);
    disarm(operationId, effects);
    return; // the service has no event for it
  }
  const { TimeoutSeconds, HeartbeatTimeoutSeconds } = update.CallbackOptions ?? {};
  const Timeout = orNone(TimeoutSeconds);
  const HeartbeatTimeout = orNone(HeartbeatTimeoutSeconds);
  const timeoutAt = dueAfter(now, Timeout);
  const heartbeatAt = dueAfter(now, HeartbeatTimeout);
  const CallbackId = callbackIdOf(`${state.arn}/${operationId}`);
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
  | { readonly status: "TIMED_OUT"; readonly errorType: "Callback.Timeout" | "Callback.Heartbeat" };

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
  const { at, status: Status } = end;
  const close = (outcome: Operation["CallbackDetails"]): void =>
    setRecord(state, {
      ...record,
      operation: {
        ...operation,
        Status,
        EndTimestamp: new Date(at),
        CallbackDetails: { ...operation.CallbackDetails, ...outcome },
      },
    });
  if (end.status === "SUCCEEDED") {
    close({ Result: end.result });
    const details = { Result: eventPayload(end.result) };
    appendEvent(state, { type: "CallbackSucceeded", at, operation, details });
  } else {
    const error = end.status === "FAILED" ? end.error : timeoutError(end.errorType);
    close({ Error: error });
    const type = end.status === "FAILED" ? "CallbackFailed" : "CallbackTimedOut";
    appendEvent(state, { type, at, operation, details: { Error: eventError(error) } });
  }
  changedFromOutside(state, operationId);
  disarm(operationId, effects);
}

function timeoutError(ErrorType: "Callback.Timeout" | "Callback.Heartbeat"): ErrorObject {
  const on = ErrorType === "Callback.Heartbeat" ? " on heartbeat" : "";
  return { ErrorType, ErrorMessage: `Callback timed out${on}` };
}

/** Whichever of its timers are armed. */
function disarm(operationId: string, effects: Effect[]): void {
  for (const kind of ["callback-timeout", "callback-heartbeat"] as const) {
    effects.push({ kind: "disarm", timer: { kind, operationId } });
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
  const heartbeatAt = dueAfter(now, record.callback?.heartbeatSeconds);
  if (heartbeatAt === undefined) return;
  state.operations.set(operationId, { ...record, callback: { ...record.callback, heartbeatAt } });
  const timer = { kind: "callback-heartbeat", operationId } as const;
  effects.push({ kind: "disarm", timer }, { kind: "arm", timer, dueAt: heartbeatAt });
}

/** In the service's alphabet, unique to the execution and the operation, and the same on every run. */
const callbackIdOf = remembering((text) => hash("sha256", text, "base64"));
