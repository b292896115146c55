import type { ErrorObject } from "@durabletest/runtime";
import type {
  EventError,
  EventPayload,
  EventType,
  HistoryEvent,
  HistoryEventDetails,
  Operation,
} from "@durabletest/runtime/protocol";
import { remembering } from "./remembering.ts";
import type { ExecutionState } from "./state.ts";

type AppendedEvent = {
  EventType: EventType;
  EventId: number;
  EventTimestamp: Date;
  Id?: string;
  Name?: string;
  SubType?: string;
  ParentId?: string;
} & { [Details in `${EventType}Details`]?: unknown };

const detailsKeyOf = remembering((type) => `${type}Details`);

/** Appends an event about an operation. */
export function appendEvent<Type extends EventType>(
  state: ExecutionState,
  event: {
    readonly type: Type;
    readonly at: number;
    readonly operation?: Pick<Operation, "Id" | "ParentId" | "Name" | "SubType">;
    readonly details: HistoryEventDetails[Type];
  },
): void {
  const { type, at, operation, details } = event;
  const appended: AppendedEvent = {
    EventType: type,
    EventId: state.history.length + 1,
    EventTimestamp: new Date(at),
  };
  if (operation !== undefined) {
    appended.Id = operation.Id;
    if (operation.Name !== undefined) appended.Name = operation.Name;
    if (operation.SubType !== undefined) appended.SubType = operation.SubType;
    if (operation.ParentId !== undefined) appended.ParentId = operation.ParentId;
  }
  appended[detailsKeyOf(type) as `${EventType}Details`] = details;
  state.history.push(appended as unknown as HistoryEvent);
}

/** A payload as events carry it. */
export function eventPayload(payload: string | undefined): EventPayload {
  return payload === undefined ? { Truncated: false } : { Payload: payload, Truncated: false };
}

/**
 * An error as events carry it: without the stack, which differs between machines. The operation keeps
 * the stack.
 */
export function eventError(error: ErrorObject | undefined): EventError {
  const { StackTrace: _, ...stable } = error ?? {};
  return { Payload: stable, Truncated: false };
}
