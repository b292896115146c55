import type { ErrorObject } from "@durabletest/runtime";
import {
  callbackWaitTimeoutId,
  isEnded,
  type Operation,
  OperationSubType,
} from "@durabletest/runtime/protocol";
import type { CallbackOperation } from "../operation.ts";
import { isCallbackOpen } from "../service/service.ts";
import type { ExecutionState, ServiceTimer } from "../service/state.ts";
import { type CallbackScript, movesOf, type ScriptedMove } from "../script.ts";

/** What the outside world does to one callback, at one moment. */
export type CallbackMove =
  | { readonly kind: "success"; readonly payload: string | undefined }
  | { readonly kind: "failure"; readonly error: ErrorObject }
  | { readonly kind: "heartbeat" };

/** The moves of a script that are still to come. */
export interface ScriptedPlay {
  readonly callbackId: string;
  readonly moves: readonly ScriptedMove[];
  /** The one that comes next. */
  readonly next: number;
}

/**
 * The scripts of a runner.
 *
 * Owns: which script answers for which callback, and which was never used.
 */
export class Scripts {
  readonly #byName: ReadonlyMap<string, CallbackScript>;
  readonly #used = new Set<string>();
  /** Ids of callbacks that a script answers for. */
  readonly #answered = new Set<string>();

  constructor(scripts: Readonly<Record<string, CallbackScript>>) {
    this.#byName = new Map(Object.entries(scripts));
  }

  get unused(): readonly string[] {
    return [...this.#byName.keys()].filter((name) => !this.#used.has(name));
  }

  /** The script's moves for a callback that has just started; undefined when none answers for it. */
  begin(callback: CallbackOperation, name: string | undefined): ScriptedPlay | undefined {
    const script = name === undefined ? undefined : this.#byName.get(name);
    if (name === undefined || script === undefined) return undefined;
    this.#used.add(name);
    const response = typeof script === "function" ? script(callback) : script;
    if (response === undefined) return undefined;
    const { callbackId } = callback;
    this.#answered.add(callbackId);
    return { callbackId, moves: movesOf(response, `callbacks.${name}`), next: 0 };
  }

  answersFor(callbackId: string): boolean {
    return this.#answered.has(callbackId);
  }
}

/** The name a callback answers to: its own, or that of the nearest named operation around it. */
export function callbackName(state: ExecutionState, operationId: string): string | undefined {
  let id: string | undefined = operationId;
  while (id !== undefined) {
    const operation: Operation | undefined = state.operations.get(id)?.operation;
    if (operation?.Name !== undefined) return operation.Name;
    id = operation?.ParentId;
  }
  return undefined;
}

/**
 * Whether a timer is a silence deadline: it means that the outside world has said nothing for too long,
 * and whether it has is for the test to say.
 *
 * @param executions - all of the runner's: one may wait for the callback of another.
 */
export function isSilenceDeadline(
  { state, timer }: { readonly state: ExecutionState; readonly timer: ServiceTimer },
  executions: Iterable<{ readonly state: ExecutionState }>,
  scripts: Scripts,
): boolean {
  switch (timer.kind) {
    case "callback-timeout":
    case "callback-heartbeat":
      return isSilent(state, timer.operationId, scripts);
    case "execution-timeout":
      for (const execution of executions) {
        if (silentCallbacks(execution.state, scripts).length > 0) return true;
      }
      return false;
    case "wait":
      return timesOutSilentCallback(state, timer.operationId, scripts);
    case "retry":
      return false;
  }
}

/** Whether a WAIT is the own timeout of a by-id wait that still waits, for a callback nobody answers. */
function timesOutSilentCallback(
  state: ExecutionState,
  operationId: string,
  scripts: Scripts,
): boolean {
  const operation = state.operations.get(operationId)?.operation;
  if (operation?.SubType !== OperationSubType.CALLBACK_WAIT_TIMEOUT) return false;
  const { ParentId } = operation;
  const wait = ParentId === undefined ? undefined : state.operations.get(ParentId)?.operation;
  if (wait === undefined || isEnded(wait.Status)) return false;
  return silentCallbacks(state, scripts).some(
    (callbackOperationId) => callbackWaitTimeoutId(wait.Id, callbackOperationId) === operationId,
  );
}

function silentCallbacks(state: ExecutionState, scripts: Scripts): readonly string[] {
  return [...state.callbackIds.values()].filter((id) => isSilent(state, id, scripts));
}

function isSilent(state: ExecutionState, operationId: string, scripts: Scripts): boolean {
  const callbackId = state.operations.get(operationId)?.operation.CallbackDetails?.CallbackId;
  return (
    isCallbackOpen(state, operationId) &&
    (callbackId === undefined || !scripts.answersFor(callbackId))
  );
}
