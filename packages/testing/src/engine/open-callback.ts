import { UnknownCallbackError } from "@durabletest/runtime";
import { isEnded } from "@durabletest/runtime/protocol";
import { CallbackClosedError } from "../errors.ts";
import { callbackName, type CallbackRef, callbackView, type World } from "./world.ts";

/**
 * The callback with an id, as long as it can be answered.
 *
 * @throws UnknownCallbackError, CallbackClosedError
 */
export function openCallback({ callbacks }: World, callbackId: string): CallbackRef {
  const callback = callbacks.get(callbackId);
  if (callback === undefined) {
    throw new UnknownCallbackError(
      callbackId,
      "Take the id from runner.callback(name).callbackId or from result.pendingCallbacks.",
    );
  }
  const reason = closedBecause(callback);
  if (reason !== undefined) throw new CallbackClosedError(callbackId, reason);
  return callback;
}

/** Why a callback cannot be answered any more; undefined: it can. */
function closedBecause(callback: CallbackRef): string | undefined {
  const { state } = callback.execution;
  const { callbackId, status, endedAt } = callbackView(callback);
  const name = callbackName(state, callback.operationId);
  const quoted = name === undefined ? callbackId : JSON.stringify(name);
  if (isEnded(status)) {
    const at = endedAt?.toISOString();
    const ended = `Callback ${quoted} has ended already: ${status} at ${at}. What is sent to it now is ignored.`;
    if (status !== "TIMED_OUT") return ended;
    return `${ended} ${howToBeInTime(name, "that deadline")}`;
  }
  if (!callback.execution.ended) return undefined;
  const at = new Date(state.endedAt ?? 0).toISOString();
  const closed = `Callback ${quoted} is closed: the execution has ended (${state.status} at ${at}).`;
  if (state.status !== "TIMED_OUT") return closed;
  return `${closed} ${howToBeInTime(name, "the execution's timeout")}`;
}

/** How a test answers before a deadline. */
function howToBeInTime(name: string | undefined, deadline: string): string {
  const known = JSON.stringify(name ?? "…");
  return `To be in time, answer where run() returns: as long as the callback is open, it stops before ${deadline}. Let less time pass before the answer (advance, advanceUntil), or script it: callbacks: { ${known}: respond.success(…).after(…) }.`;
}
