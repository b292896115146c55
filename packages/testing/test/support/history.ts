import type { HistoryEvent, Operation } from "../../src/index.ts";

interface WithHistory {
  readonly history: readonly HistoryEvent[];
}
interface WithOperations {
  readonly operations: readonly Operation[];
}

/** The history as lines: the kind of event, and the name of the operation where it has one. */
export function eventLines({ history }: WithHistory): string[] {
  return history.map(({ EventType, Name }) =>
    Name === undefined ? EventType : `${EventType} ${Name}`,
  );
}

/** The events of one kind, in order. */
export function eventsOf<Type extends HistoryEvent["EventType"]>(
  { history }: WithHistory,
  type: Type,
): Extract<HistoryEvent, { readonly EventType: Type }>[] {
  return history.filter(
    (event): event is Extract<HistoryEvent, { readonly EventType: Type }> =>
      event.EventType === type,
  );
}

/** The operations of one type, in order. */
export function operationsOf<Type extends Operation["type"]>(
  { operations }: WithOperations,
  type: Type,
): Extract<Operation, { readonly type: Type }>[] {
  return operations.filter(
    (operation): operation is Extract<Operation, { readonly type: Type }> =>
      operation.type === type,
  );
}

/** The reason a promise rejects with. */
export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`It resolved instead, to ${JSON.stringify(value)}.`);
}
