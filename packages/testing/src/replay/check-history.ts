import { InvalidHistoryError } from "../errors.ts";
import {
  eventTitle,
  isAboutExecution,
  isEndOfExecution,
  isRetry,
  isStart,
  type RecordedEvent,
} from "./recorded-event.ts";

/**
 * Whether events are the history of one execution, from its beginning on.
 *
 * @param needs - `"data"` if inputs and results must be there, too.
 * @throws InvalidHistoryError that says what is wrong, and how a whole history is got.
 */
export function checkHistory(events: readonly RecordedEvent[], needs: "data" | "events"): void {
  checkOrder(events);
  checkExecution(events);
  checkOperations(events);
  if (needs === "data") checkData(events);
}

const WHOLE = "Ask for the whole history: GetDurableExecutionHistory, page after page.";

function checkOrder(events: readonly RecordedEvent[]): void {
  for (const [index, event] of events.entries()) {
    const before = events[index - 1];
    const expected = (before?.eventId ?? 0) + 1;
    if (event.eventId === expected) continue;
    if (before === undefined) {
      const last = events.at(-1);
      if (last?.eventId === 1 && events.length > 1) {
        throw new InvalidHistoryError(
          `The history begins with its last event: it was asked for with ReverseOrder. Ask for it without, or turn the list round.`,
        );
      }
      const isElsewhere = events.some(({ eventId }) => eventId === 1);
      throw new InvalidHistoryError(
        isElsewhere
          ? `The pages of the history are in another order: it begins with ${eventTitle(event)}, and event 1 comes later. Give them in the order in which they were asked for.`
          : `The beginning of the history is missing: it begins with ${eventTitle(event)}. ${WHOLE}`,
      );
    }
    if (events.slice(0, index).some(({ eventId }) => eventId === event.eventId)) {
      throw new InvalidHistoryError(
        `The history has ${eventTitle(event)} twice: a page of it was given twice, or two histories were joined. Give every page once, of one execution.`,
      );
    }
    const isLater = events.slice(index).some(({ eventId }) => eventId === expected);
    throw new InvalidHistoryError(
      isLater
        ? `The pages of the history are in another order: ${eventTitle(event)} follows event ${before.eventId}. Give them in the order in which they were asked for.`
        : `A part of the history is missing: after event ${before.eventId} comes ${eventTitle(event)}. ${WHOLE}`,
    );
  }
}

function checkExecution(events: readonly RecordedEvent[]): void {
  const [first, ...rest] = events;
  if (first?.type !== "ExecutionStarted") {
    throw new InvalidHistoryError(
      `The history begins with ${first === undefined ? "nothing" : eventTitle(first)}; a whole one begins with ExecutionStarted. ${WHOLE}`,
    );
  }
  for (const [index, event] of rest.entries()) {
    if (event.type === "ExecutionStarted") {
      throw new InvalidHistoryError(
        `The history has a second ExecutionStarted, ${eventTitle(event)}: it is of several executions. Replay each by itself.`,
      );
    }
    if (isEndOfExecution(event) && index < rest.length - 1) {
      throw new InvalidHistoryError(
        `The history goes on after the end of the execution, ${eventTitle(event)}: it is not that of one execution.`,
      );
    }
  }
}

function checkOperations(events: readonly RecordedEvent[]): void {
  const started = new Map<string, RecordedEvent>();
  const ended = new Set<string>();
  for (const event of events) {
    const { operationId: id, parentId } = event;
    if (id === undefined || isAboutExecution(event) || event.type === "InvocationCompleted")
      continue;
    const start = started.get(id);
    if (isStart(event)) {
      if (start !== undefined && event.type !== "StepStarted") {
        throw new InvalidHistoryError(
          `Operation ${id} starts twice in the history: ${eventTitle(start)} and ${eventTitle(event)}. It is not that of one execution.`,
        );
      }
      const parent = parentId === undefined ? undefined : started.get(parentId);
      if (parentId !== undefined && parent?.type !== "ContextStarted") {
        throw new InvalidHistoryError(
          `The operation of ${eventTitle(event)} is inside ${parentId}, which is no context that has started before. ${WHOLE}`,
        );
      }
      started.set(id, event);
    } else if (start === undefined) {
      throw new InvalidHistoryError(
        `The operation of ${eventTitle(event)}, ${id}, has never started in the history: events of it are missing. ${WHOLE}`,
      );
    }
    if (kindOf(started.get(id) ?? event) !== kindOf(event)) {
      throw new InvalidHistoryError(
        `Operation ${id} is of two types in the history: ${eventTitle(started.get(id) ?? event)} and ${eventTitle(event)}. It is not that of one execution.`,
      );
    }
    if (ended.has(id)) {
      throw new InvalidHistoryError(
        `The operation of ${eventTitle(event)}, ${id}, had ended before. The history is not that of one execution.`,
      );
    }
    if (!isStart(event) && !isRetry(event)) ended.add(id);
  }
}

/** `Step` of `StepStarted`. */
function kindOf({ type }: RecordedEvent): string {
  return type.replace(/(?:Started|Succeeded|Failed|TimedOut|Stopped|Cancelled)$/, "");
}

/** Whether any event says what its input, result or error was, or that it was too large. */
export function hasData(events: readonly RecordedEvent[]): boolean {
  return events.some(
    ({ details: { payload, error, isTruncated } }) =>
      payload !== undefined || error !== undefined || isTruncated,
  );
}

/** What there is to do about a history that has none, and about one that cannot have any. */
export const WITHOUT_DATA =
  "The history has no execution data: no input, result or error of any event. A replay is given what was recorded. Ask for it with IncludeExecutionData: true.";

/**
 * Results are not there unless one asks for them.
 *
 * They may really be nothing, all of them: an execution that is given nothing, with steps that return nothing. Such a
 * history cannot be told from one that was asked for without data, unless something has failed: errors are never
 * nothing. So it passes here, and counts when a handler does not do what was recorded.
 */
function checkData(events: readonly RecordedEvent[]): void {
  if (hasData(events)) return;
  const told = events.filter(
    (event) =>
      !isStart(event) && !event.type.startsWith("Wait") && event.type !== "InvocationCompleted",
  );
  const isSaidToBeNothing = told.length < 2 || told.some(({ details }) => details.isWhole);
  if (isSaidToBeNothing && !told.some(({ type }) => ALWAYS_WITH_ERROR.has(type))) return;
  throw new InvalidHistoryError(WITHOUT_DATA);
}

const ALWAYS_WITH_ERROR: ReadonlySet<string> = new Set([
  "ExecutionFailed",
  "ContextFailed",
  "StepFailed",
]);
