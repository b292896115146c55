import {
  isEnded,
  type Operation,
  type OperationStatus,
  type OperationType,
  type OperationUpdate,
} from "@durabletest/runtime/protocol";
import type { ExecutionState, OperationRecord } from "../state.ts";

/**
 * Replaces what is known of an operation and notes that the handler has not been told.
 *
 * An ended operation moves to the end of what invocations are given, so that they are given the ended
 * ones in the order in which they ended.
 */
export function setRecord(state: ExecutionState, record: OperationRecord): void {
  const { operation } = record;
  const { Id } = operation;
  const known = state.operations.get(Id)?.operation;
  state.operations.set(Id, record);
  if (known === undefined) addChild(state, operation);
  else if (isMovable(known)) state.movableCount -= 1;
  if (isMovable(operation)) state.movableCount += 1;
  if (!isInsideClosed(state, operation)) list(state, operation);
  state.untold.delete(Id);
  state.untold.add(Id);
}

/** In which state time or the world will change an operation, without the handler doing anything. */
const MOVABLE: Partial<Record<OperationType, OperationStatus>> = {
  WAIT: "STARTED",
  CALLBACK: "STARTED",
  CHAINED_INVOKE: "STARTED",
  STEP: "PENDING",
};

function isMovable({ Type, Status }: Operation): boolean {
  return MOVABLE[Type] === Status;
}

/** Whether it is in a context whose children are not sent any more. */
function isInsideClosed(state: ExecutionState, { ParentId }: Operation): boolean {
  if (ParentId === undefined) return false;
  const parent = state.replayable.get(ParentId);
  if (parent === undefined) return true;
  // An open context says nothing of it.
  return parent.ContextDetails?.ReplayChildren === false;
}

function list(state: ExecutionState, operation: Operation): void {
  const { Id, Status } = operation;
  // Taking it out and putting it in again is dear, and mostly it is the last one anyway.
  if (isEnded(Status) && state.lastListed !== Id) state.replayable.delete(Id);
  if (!state.replayable.has(Id)) state.lastListed = Id;
  state.replayable.set(Id, operation);
}

function addChild({ children }: ExecutionState, { Id, ParentId }: Operation): void {
  if (ParentId === undefined) return;
  const siblings = children.get(ParentId);
  if (siblings === undefined) children.set(ParentId, [Id]);
  else siblings.push(Id);
}

/** The handler waits for it no more. Gives back what it was. */
export function cancel(state: ExecutionState, id: string, now: number): Operation {
  const record = recordOf(state, id);
  const { operation } = record;
  const EndTimestamp = new Date(now);
  setRecord(state, { ...record, operation: { ...operation, Status: "CANCELLED", EndTimestamp } });
  return operation;
}

/** Notes that an operation was changed by the world, not by the handler. */
export function changedFromOutside(state: ExecutionState, operationId: string): void {
  state.changedFromOutside.add(operationId);
}

/**
 * The operation that a START makes. All operations have the same keys, whatever they have to say: they
 * are copied at every change.
 */
export function startedOperation(update: OperationUpdate, now: number): Operation {
  return {
    Id: update.Id,
    ParentId: update.ParentId,
    Name: update.Name,
    Type: update.Type,
    SubType: update.SubType,
    Status: "STARTED",
    StartTimestamp: new Date(now),
    EndTimestamp: undefined,
  };
}

/** An operation's record that must exist. */
export function recordOf(state: ExecutionState, id: string): OperationRecord {
  const record = state.operations.get(id);
  if (record === undefined) throw new Error(`There is no operation ${id}.`);
  return record;
}
