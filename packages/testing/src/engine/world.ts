import type { ErrorObject } from "@durabletest/runtime";
import type { Operation } from "@durabletest/runtime/protocol";
import { type CallbackOperation, operationView } from "../operation.ts";
import type { WorldEvent } from "../result.ts";
import type { ScriptedMove } from "../script.ts";
import { isCallbackOpen } from "../service/service.ts";
import type { Effect, ExecutionState, OperationRecord } from "../service/state.ts";
import { applyHeartbeat, endCallback } from "../service/transitions/callback.ts";
import type { Choices } from "./choices.ts";
import type { Clock } from "./clock.ts";
import type { Execution } from "./execution.ts";
import type { Running } from "./running.ts";
import type { ScriptedPlay } from "./scripts.ts";

/** What the outside world does to one callback, at one moment. */
export type CallbackMove =
  | { readonly kind: "success"; readonly payload: string | undefined }
  | { readonly kind: "failure"; readonly error: ErrorObject }
  | { readonly kind: "heartbeat" };

/** A callback of one of the executions. */
export interface CallbackRef {
  readonly execution: Execution;
  readonly operationId: string;
}

export interface WorldPorts {
  readonly clock: Clock;
  readonly running: Running;
  readonly choices: Choices;
  applyEffects(execution: Execution, effects: readonly Effect[]): void;
}

/**
 * The outside world, as far as it has to do with callbacks.
 *
 * Owns: which callbacks there are, what the world has done to them, what it is going to do.
 * Does not own: what it is told to do (`choices.ts`), what that does to an execution (`service/`).
 */
export class World {
  /** By callback id, in the order in which they started. */
  readonly callbacks: Map<string, CallbackRef> = new Map();
  readonly events: WorldEvent[] = [];
  /** Ids of those that the test has answered too late: that is an error of its call, and no event. */
  readonly answeredTooLate: Set<string> = new Set();
  /** Those that nobody but the test answers, by execution and operation; ended ones are dropped in passing. */
  readonly #forTest = new Map<string, CallbackRef>();
  /** Ids of those that a script answers. */
  readonly #scripted = new Set<string>();
  readonly #ports: WorldPorts;

  constructor(ports: WorldPorts) {
    this.#ports = ports;
  }

  /** Takes over what another world knows, about copies of its executions. */
  takeOver(other: World, copyOf: (execution: Execution) => Execution): void {
    const copied = ({ execution, operationId }: CallbackRef): CallbackRef => ({
      execution: copyOf(execution),
      operationId,
    });
    for (const [id, callback] of other.callbacks) this.callbacks.set(id, copied(callback));
    for (const [key, callback] of other.#forTest) this.#forTest.set(key, copied(callback));
    for (const id of other.#scripted) this.#scripted.add(id);
    this.events.push(...other.events);
  }

  /** A callback has started: somebody may be going to answer it. */
  callbackStarted(callback: CallbackRef): void {
    const view = callbackView(callback);
    this.callbacks.set(view.callbackId, callback);
    const name = callbackName(callback.execution.state, callback.operationId);
    const { choices, clock } = this.#ports;
    const play = choices.answer({ execution: callback.execution, callback: view, name, clock });
    if (play === undefined) {
      this.#forTest.set(keyOf(callback.execution.state.arn, callback.operationId), callback);
      return;
    }
    this.#scripted.add(view.callbackId);
    if (play.isAtOnce === true) this.play(play);
    else this.#arm(play);
  }

  /** Whether a script answers for a callback, or did. */
  isScripted(callbackId: string): boolean {
    return this.#scripted.has(callbackId);
  }

  /** Whether a callback is open that nobody but the test answers. */
  waitsForTest(executionArn: string, operationId: string): boolean {
    const key = keyOf(executionArn, operationId);
    const callback = this.#forTest.get(key);
    if (callback === undefined) return false;
    const isOpen = isCallbackOpen(callback.execution.state, operationId);
    if (!isOpen) this.#forTest.delete(key);
    return isOpen;
  }

  someCallbackWaitsForTest(): boolean {
    for (const { execution, operationId } of this.#forTest.values()) {
      if (this.waitsForTest(execution.state.arn, operationId)) return true;
    }
    return false;
  }

  /** Does the next move of a script, and arms the one after it. */
  play(play: ScriptedPlay): void {
    const move = play.moves[play.next];
    const callback = this.callbacks.get(play.callbackId);
    if (move === undefined || callback === undefined) return;
    this.move(callback, unscripted(move, callback), "script");
    this.#arm({ ...play, isAtOnce: false, next: play.next + 1 });
  }

  /** Does something to a callback; to one that is not open it is recorded, and nothing else. */
  move({ execution, operationId }: CallbackRef, move: CallbackMove, by: "test" | "script"): void {
    const { clock, running } = this.#ports;
    running.flush();
    const { state } = execution;
    const open = isCallbackOpen(state, operationId);
    this.events.push({
      at: new Date(clock.now()),
      kind: move.kind,
      callbackId: state.operations.get(operationId)?.operation.CallbackDetails?.CallbackId ?? "",
      callbackName: callbackName(state, operationId),
      by,
      ignored: !open,
    });
    if (!open) return;
    const effects: Effect[] = [];
    const at = clock.now();
    switch (move.kind) {
      case "success":
        endCallback(state, operationId, { at, status: "SUCCEEDED", result: move.payload }, effects);
        break;
      case "failure":
        endCallback(state, operationId, { at, status: "FAILED", error: move.error }, effects);
        break;
      case "heartbeat":
        applyHeartbeat(state, operationId, at, effects);
    }
    this.#ports.applyEffects(execution, effects);
  }

  /** Open callbacks of executions that one has invoked, directly or not. */
  openCallbacksBelow(root: Execution | undefined): readonly OperationRecord[] {
    return [...this.callbacks.values()].flatMap(({ execution, operationId }) => {
      const { state } = execution;
      const record = state.operations.get(operationId);
      if (record === undefined || !isCallbackOpen(state, operationId)) return [];
      if (execution === root || !isBelow(execution, root)) return [];
      // The operations around it are not in that result: it must tell its name itself.
      const Name = callbackName(state, operationId);
      return [{ ...record, operation: { ...record.operation, Name } }];
    });
  }

  #arm(play: ScriptedPlay): void {
    const move = play.moves[play.next];
    const { clock } = this.#ports;
    if (move !== undefined) clock.arm(clock.now() + move.afterMs, { kind: "script", play });
  }
}

function unscripted(move: ScriptedMove, { execution }: CallbackRef): CallbackMove {
  if (move.kind !== "success") return move;
  const { toOurRuntime, toOtherSdks } = move.payload;
  return { kind: "success", payload: execution.readsJson ? toOurRuntime : toOtherSdks };
}

function keyOf(executionArn: string, operationId: string): string {
  return `${executionArn} ${operationId}`;
}

export function callbackView({ execution, operationId }: CallbackRef): CallbackOperation {
  const record = execution.state.operations.get(operationId);
  const view = record && operationView(record);
  if (view?.type !== "CALLBACK") throw new Error(`${operationId} is no callback.`);
  return view;
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

function isBelow(execution: Execution, root: Execution | undefined): boolean {
  let current: Execution | undefined = execution;
  while (current !== undefined && current !== root) current = current.invokedBy?.execution;
  return current !== undefined;
}
