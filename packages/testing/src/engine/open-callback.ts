import { UnknownCallbackError } from "@durabletest/runtime";
import { isEnded } from "@durabletest/runtime/protocol";
import { CallbackClosedError } from "../errors.ts";
import { callbackName, type CallbackRef, callbackView, type World } from "./world.ts";

/**
 * The callback with an id, as long as it can be answered.
 *
 * @throws UnknownCallbackError, CallbackClosedError
 */
export function openCallback(world: World, callbackId: string): CallbackRef {
  const callback = world.callbacks.get(callbackId);
  if (callback === undefined) {
    throw new UnknownCallbackError(
      callbackId,
      "Take the id from runner.callback(name).callbackId or from result.pendingCallbacks.",
    );
  }
  const reason = closedBecause(callback, world);
  if (reason !== undefined) throw new CallbackClosedError(callbackId, reason);
  return callback;
}

/** Why a callback cannot be answered any more; undefined: it can. */
function closedBecause(callback: CallbackRef, world: World): string | undefined {
  const { state } = callback.execution;
  const { callbackId, status, endedAt } = callbackView(callback);
  const name = callbackName(state, callback.operationId);
  const quoted = name === undefined ? callbackId : JSON.stringify(name);
  const inTime = howToBeInTime(name, world.isScripted(callbackId));
  if (isEnded(status)) {
    const at = endedAt?.toISOString();
    const ended = `Callback ${quoted} has ended already: ${status} at ${at}. What is sent to it now is ignored.`;
    return status === "TIMED_OUT" ? `${ended} ${inTime}` : ended;
  }
  if (!callback.execution.ended) return undefined;
  const at = new Date(state.endedAt ?? 0).toISOString();
  const closed = `Callback ${quoted} is closed: the execution has ended (${state.status} at ${at}).`;
  return state.status === "TIMED_OUT" ? `${closed} ${inTime}` : closed;
}

/** How a test answers before a deadline. */
function howToBeInTime(name: string | undefined, isScripted: boolean): string {
  const scripts = `callbacks: { ${JSON.stringify(name ?? "…")}: respond.success(…).after(…) }`;
  return isScripted
    ? `Its script let the deadline pass: have it answer before (${scripts}), or answer without a script where run() returns.`
    : `To answer in time, do so where run() returns, which stops before the deadline as long as the callback is open; let less time pass until then (advance, advanceUntil); or script it: ${scripts}.`;
}
