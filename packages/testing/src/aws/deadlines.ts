import { callbackWaitTimeoutId, type Operation } from "@durabletest/runtime/protocol";
import type { ExecutionState, OperationRecord, ServiceTimer } from "../service/state.ts";

/** The operation id of the callback whose silence a timer of an operation measures. */
export function callbackOf(state: ExecutionState, operation: Operation): string | undefined {
  const { Id, ParentId, Type } = operation;
  if (Type === "CALLBACK") return Id;
  if (ParentId === undefined) return undefined;
  const ids = [...state.callbackIds.values()];
  return ids.find((callbackId) => callbackWaitTimeoutId(ParentId, callbackId) === Id);
}

/** How long after its start, or its last sign of life, a deadline passes. */
export function deadlineMs(
  { callback, operation, waitSeconds = 0 }: OperationRecord,
  kind: ServiceTimer["kind"],
): number {
  if (kind === "callback-heartbeat") return (callback?.heartbeatSeconds ?? 0) * 1000;
  const startedAt = new Date(operation.StartTimestamp).getTime();
  return callback?.timeoutAt === undefined ? waitSeconds * 1000 : callback.timeoutAt - startedAt;
}
