/** The outside world of a requirement: what is done to which callback, and when. */
import type { DurableTestRunner, Operation } from "@durabletest/testing";
import type { CallbackAction } from "./requirement.ts";

interface PlannedAction {
  readonly callbackId: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly action: CallbackAction;
}

/**
 * Says which action is for which callback.
 *
 * Callbacks choose in order of start: each takes the first action left that names it, or names any
 * (`*`). A heartbeat is not the end of it: it goes on choosing.
 */
export function planActions(
  operations: readonly Operation[],
  actions: readonly CallbackAction[],
): readonly PlannedAction[] {
  const left = [...actions];
  return operations
    .filter((operation) => operation.type === "CALLBACK")
    .flatMap((callback) => {
      const name = answersTo(callback, operations);
      const planned: PlannedAction[] = [];
      while (planned.every(({ action }) => action.Operation === "heartbeat")) {
        const index = left.findIndex(
          ({ CallbackName }) => CallbackName === "*" || CallbackName === name,
        );
        const [action] = index === -1 ? [] : left.splice(index, 1);
        if (action === undefined) break;
        const at = callback.startedAt.getTime() + action.Delay * 1000;
        planned.push({ callbackId: callback.callbackId, at, action });
      }
      return planned;
    });
}

/** A callback's own name, or that of the nearest named operation around it. */
function answersTo(operation: Operation, operations: readonly Operation[]): string | undefined {
  if (operation.name !== undefined) return operation.name;
  const around = operations.find(({ id }) => id === operation.parentId);
  return around === undefined ? undefined : answersTo(around, operations);
}

/** A callback that has not started by then is not going to. */
const PATIENCE_MS = 3_600_000;
const TICK_MS = 1000;

/**
 * Goes on with an execution until it has ended: performs the actions, each in its time, and lets the
 * world be silent after the last.
 *
 * @param runner - one that skips no time by itself, and whose `run()` has returned.
 */
export async function performActions(
  runner: DurableTestRunner,
  actions: readonly CallbackAction[],
): Promise<void> {
  const end = runner.now.getTime() + PATIENCE_MS;
  const done = new Set<CallbackAction>();
  while (done.size < actions.length && runner.result.status === "PENDING") {
    const planned = planActions(runner.result.operations, actions);
    const next = planned
      .filter(({ action }) => !done.has(action))
      .reduce<PlannedAction | undefined>(
        (first, other) => (first === undefined || other.at < first.at ? other : first),
        undefined,
      );
    const now = runner.now.getTime();
    if (next !== undefined && next.at <= now) {
      done.add(next.action);
      await perform(runner, next);
    } else if (now < end) {
      // In small steps: a callback that starts on the way may have its action before this one.
      await runner.advanceTo(new Date(Math.min(next?.at ?? Infinity, now + TICK_MS)));
    } else {
      const waiting = actions.filter((action) => !planned.some((plan) => plan.action === action));
      throw new Error(
        `no callback started for ${waiting.map(({ Operation: operation, CallbackName }) => `${operation} of "${CallbackName}"`).join(", ")}`,
      );
    }
  }
  if (runner.result.status === "PENDING") await runner.runToCompletion();
}

async function perform(
  runner: DurableTestRunner,
  { callbackId, action: { Operation: operation, Payload: payload } }: PlannedAction,
): Promise<void> {
  switch (operation) {
    case "success":
      await runner.sendCallbackSuccess(
        callbackId,
        payload === undefined ? undefined : new TextEncoder().encode(spacedJson(payload)),
      );
      return;
    case "failure":
      await runner.sendCallbackFailure(callbackId, payload ?? {});
      return;
    case "heartbeat":
      await runner.sendCallbackHeartbeat(callbackId);
  }
}

/**
 * JSON with a space after each comma and colon, as the published runner (in Python) sends it: a history
 * is expected to have the very same text.
 */
export function spacedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spacedJson).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const fields = Object.entries(value).map(
      ([key, field]) => `${JSON.stringify(key)}: ${spacedJson(field)}`,
    );
    return `{${fields.join(", ")}}`;
  }
  return JSON.stringify(value);
}
