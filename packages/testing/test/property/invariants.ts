import type { DurableResult, HistoryEvent } from "../../src/index.ts";
import type { Outcome } from "./scenario.ts";

/** What holds of every execution that has ended. Throws an error that says what does not. */
export function checkOutcome({ result, invoked, accepted, bodies, made, steps }: Outcome): void {
  checkHistory(result.history);
  checkEnd(result);
  for (const { history } of invoked) checkHistory(history);
  for (const [body, count] of bodies) {
    if (count > 1) throw new Error(`The body of ${body} began ${count} times.`);
  }
  const ids = [...made.values()].flatMap((callbackIds) => [...callbackIds]);
  if (new Set(ids).size !== made.size || ids.length !== made.size) {
    throw new Error("An attempt does not find its own callbacks again, or finds others'.");
  }
  const last = steps.at(-1);
  if (last !== undefined && last.now < result.startedAt.getTime() + result.elapsedMs) {
    throw new Error("The execution ended after now.");
  }
  const all = [result, ...invoked];
  for (const callbackId of accepted) checkRecorded(callbackId, all);
}

/** What holds of every history, also of an execution that is still pending. */
export function checkHistory(history: readonly HistoryEvent[]): void {
  const started = new Map<string, string>();
  const ended = new Map<string, string>();
  let time = 0;
  for (const [index, event] of history.entries()) {
    const what = `event ${event.EventId}, ${event.EventType} ${event.Name ?? event.Id ?? ""}`;
    if (event.EventId !== index + 1) throw new Error(`${what} has not the id ${index + 1}.`);
    const at = new Date(event.EventTimestamp).getTime();
    if (at < time) throw new Error(`${what} is ${time - at} ms before the one before it.`);
    time = at;
    if (JSON.stringify(event).includes("NonDeterministic")) {
      throw new Error(`A replay went another way: ${JSON.stringify(event)}`);
    }
    const { Id: id, ParentId: parentId, EventType: type } = event;
    if (type === "InvocationCompleted") {
      const { StartTimestamp, EndTimestamp } = event.InvocationCompletedDetails;
      const start = new Date(StartTimestamp).getTime();
      if (start > at || new Date(EndTimestamp).getTime() !== at) {
        throw new Error(`${what} does not end when it says.`);
      }
      continue;
    }
    if (id === undefined) throw new Error(`${what} belongs to no operation.`);
    if (parentId !== undefined && !started.has(parentId)) {
      throw new Error(`${what} is inside ${parentId}, which has not started.`);
    }
    if (type.endsWith("Started")) {
      // A step starts once an attempt.
      if (started.has(id) && type !== "StepStarted") throw new Error(`${what} starts again.`);
      if (ended.has(id)) throw new Error(`${what} starts after its end.`);
      started.set(id, type);
      continue;
    }
    const family = /^[A-Z][a-z]+/.exec(type)?.[0];
    if (!started.get(id)?.startsWith(family ?? " ")) throw new Error(`${what} never started.`);
    if (ended.has(id)) throw new Error(`${what} comes after ${ended.get(id)}.`);
    if (isEnd(event)) ended.set(id, type);
  }
}

/** A step that is to be tried again says so, and has not ended. */
function isEnd(event: HistoryEvent): boolean {
  const details =
    event.EventType === "StepFailed"
      ? event.StepFailedDetails
      : event.EventType === "StepSucceeded"
        ? event.StepSucceededDetails
        : undefined;
  return details?.RetryDetails?.NextAttemptDelaySeconds === undefined;
}

function checkEnd({
  history,
  status,
  invocations,
  endedAt,
  pendingCallbacks,
}: DurableResult<unknown>): void {
  const terminal = history.filter(
    ({ EventType }) => EventType.startsWith("Execution") && EventType !== "ExecutionStarted",
  );
  if (terminal.length !== 1 || terminal[0] === undefined) {
    throw new Error(`${terminal.length} ends of an execution that is ${status}.`);
  }
  if (pendingCallbacks.length > 0) throw new Error("It has ended, with callbacks pending.");
  const { EventType, EventTimestamp } = terminal[0];
  const names = {
    SUCCEEDED: "Succeeded",
    FAILED: "Failed",
    TIMED_OUT: "TimedOut",
    STOPPED: "Stopped",
    PENDING: "",
  };
  if (EventType !== `Execution${names[status]}`) throw new Error(`${EventType}, but ${status}.`);
  if (new Date(EventTimestamp).getTime() !== endedAt?.getTime()) {
    throw new Error("It did not end when its history says so.");
  }
  const completed = history.filter((event) => event.EventType === "InvocationCompleted");
  if (completed.length !== invocations.length) {
    throw new Error(`${invocations.length} invocations, ${completed.length} of them completed.`);
  }
  if (history.at(-1) !== terminal[0]) throw new Error("Its end is not the last event.");
  const answered = EventType === "ExecutionSucceeded" || EventType === "ExecutionFailed";
  if (answered && history.at(-2)?.EventType !== "InvocationCompleted") {
    throw new Error("It ended before the invocation that ended it.");
  }
}

function checkRecorded(callbackId: string, executions: readonly DurableResult<unknown>[]): void {
  const ends = executions.flatMap(({ operations, history }) => {
    const operation = operations.find(
      (candidate) => candidate.type === "CALLBACK" && candidate.callbackId === callbackId,
    );
    return history.filter(
      ({ Id, EventType }) =>
        operation !== undefined &&
        Id === operation.id &&
        (EventType === "CallbackSucceeded" || EventType === "CallbackFailed"),
    );
  });
  if (ends.length !== 1)
    throw new Error(`An accepted completion is in the history ${ends.length} times.`);
}
