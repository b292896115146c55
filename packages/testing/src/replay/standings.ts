import { copyState, type ExecutionState } from "../service/state.ts";
import { applyEvent, type RecordedBy, stateAtStart } from "./rebuild.ts";
import { isEndOfExecution, isStart, type RecordedEvent } from "./recorded-event.ts";

/**
 * Prefixes of a history that a handler cannot tell from each other, because what they differ in are starts: those
 * it has asked for itself, and learns nothing of.
 */
export interface Standing {
  /** The last events of the shortest prefix, and of the longest. */
  readonly from: number;
  readonly to: number;
  /** When it was so, in epoch milliseconds. */
  readonly at: number;
  /** As it was after the shortest of them. The caller may change it. */
  readonly state: ExecutionState;
  /** The first starts of operations by which the longer ones differ. */
  readonly starts: readonly RecordedEvent[];
}

/**
 * Where an execution stood, one after the other.
 *
 * @param by - is looked at only when the first standing has been taken.
 */
export function* standings(
  events: readonly RecordedEvent[],
  by: RecordedBy,
  executionArn?: string,
): Generator<Standing> {
  const [first, ...rest] = events;
  if (first === undefined) return;
  const state = stateAtStart(first, executionArn);
  let begun = { from: first, state: copyState(state), starts: [] as RecordedEvent[] };
  let last = first;
  for (const event of rest) {
    if (isEndOfExecution(event)) break;
    if (isSeen(event)) {
      yield standing(begun, last);
      applyEvent(state, event, by);
      begun = { from: event, state: copyState(state), starts: [] };
      last = event;
      continue;
    }
    if (isStart(event) && !state.operations.has(event.operationId ?? "")) begun.starts.push(event);
    applyEvent(state, event, by);
    last = event;
  }
  yield standing(begun, last);
}

function standing(
  begun: {
    readonly from: RecordedEvent;
    readonly state: ExecutionState;
    readonly starts: readonly RecordedEvent[];
  },
  last: RecordedEvent,
): Standing {
  const { from, state, starts } = begun;
  return { from: from.eventId, to: last.eventId, at: from.at, state, starts };
}

/** Whether handler code learns of it; an event between the beginning of an execution and its end. */
function isSeen(event: RecordedEvent): boolean {
  return !isStart(event) && event.type !== "InvocationCompleted";
}
