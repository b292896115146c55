import type { ErrorObject } from "@durabletest/runtime";
import { type DurableResult, type Invocation, takeResult } from "../result.ts";
import { appendEvent, eventError, eventPayload } from "../service/events.ts";
import type { ExecutionState } from "../service/state.ts";
import { checkHistory } from "./check-history.ts";
import { readEvents } from "./read-history.ts";
import { applyEvent, stateAtStart } from "./rebuild.ts";
import { isEndOfExecution, isStart, type RecordedEvent } from "./recorded-event.ts";

/**
 * What a recorded history tells of its execution, as a result: its operations as they stood at the last event, its
 * invocations, how it ended. For whatever shows results, such as `formatTimeline`.
 *
 * What no event tells is not there: who answered callbacks, heartbeats, logs, effects, notices. Without execution
 * data there are no inputs, results and errors either.
 *
 * @param history - as for `replayHistory`: `result.history`; the same through JSON, as a value or as text; or what
 * GetDurableExecutionHistory answers, whole or in pages. It may be of an execution that has not ended.
 * @throws InvalidHistoryError when it is no history, or not whole.
 *
 * Source: the Lambda API's GetDurableExecutionHistory.
 *
 * @example
 * ```ts
 * const history = await readFile("histories/order-1.json", "utf8");
 * console.log(formatTimeline(resultOfHistory(history)));
 * ```
 */
export function resultOfHistory(history: string | object): DurableResult<unknown> {
  const events = readEvents(history);
  checkHistory(events, "events");
  const [first, ...rest] = events as readonly [RecordedEvent, ...RecordedEvent[]];
  const state = stateAtStart(first);
  const invocations = new Invocations();
  let now = first.at;
  for (const event of rest) {
    invocations.add(event);
    if (event.type === "InvocationCompleted") appendInvocation(state, event);
    else if (isEndOfExecution(event)) end(state, event);
    else applyEvent(state, event);
    keepCallbackId(state, event);
    now = event.at;
  }
  return takeResult({
    state,
    now,
    startedAt: first.at,
    invocations: invocations.all,
    world: [],
    unusedScripts: { callbacks: [], steps: [] },
    notices: [],
    callbacksElsewhere: [],
  });
}

/** The rules of the service give a callback an id; the recorded one is what others know it by. */
function keepCallbackId(
  { history }: ExecutionState,
  { details: { callbackId } }: RecordedEvent,
): void {
  const last = history.at(-1);
  if (last?.EventType !== "CallbackStarted" || callbackId === undefined) return;
  const CallbackStartedDetails = { ...last.CallbackStartedDetails, CallbackId: callbackId };
  history[history.length - 1] = { ...last, CallbackStartedDetails };
}

function appendInvocation(state: ExecutionState, { at, details }: RecordedEvent): void {
  const { requestId: RequestId = "", startedAt = at, error } = details;
  appendEvent(state, {
    type: "InvocationCompleted",
    at,
    details: {
      StartTimestamp: new Date(startedAt),
      EndTimestamp: new Date(at),
      RequestId,
      ...(error === undefined ? {} : { Error: eventError(error) }),
    },
  });
}

function end(state: ExecutionState, event: RecordedEvent): void {
  const { type, at, operationId: Id = "", parentId, name, subType, details } = event;
  const operation = { Id, ParentId: parentId, Name: name, SubType: subType };
  const error = details.error ?? {};
  const about = { at, operation };
  state.endedAt = at;
  if (type === "ExecutionSucceeded") {
    state.status = "SUCCEEDED";
    state.result = details.payload;
    appendEvent(state, { ...about, type, details: { Result: eventPayload(details.payload) } });
    return;
  }
  state.status = statusAfter(type);
  state.error = error;
  appendEvent(state, { ...about, type: failureOf(type), details: { Error: eventError(error) } });
}

function failureOf(
  type: RecordedEvent["type"],
): "ExecutionFailed" | "ExecutionTimedOut" | "ExecutionStopped" {
  return type === "ExecutionTimedOut" || type === "ExecutionStopped" ? type : "ExecutionFailed";
}

function statusAfter(type: RecordedEvent["type"]): "FAILED" | "TIMED_OUT" | "STOPPED" {
  return (
    {
      ExecutionFailed: "FAILED",
      ExecutionTimedOut: "TIMED_OUT",
      ExecutionStopped: "STOPPED",
    } as const
  )[failureOf(type)];
}

/**
 * The invocations that a history tells of.
 *
 * An event tells when one has ended, and with what error. That it was the last one is told by the end of the
 * execution; that one is going on, by what only a handler can do.
 */
class Invocations {
  readonly #ended: Invocation[] = [];
  #runsSince: number | undefined;

  add(event: RecordedEvent): void {
    const { type, at, details } = event;
    if (type === "InvocationCompleted") {
      const { requestId = "", startedAt = this.#runsSince ?? at, error } = details;
      this.#runsSince = undefined;
      this.#ended.push({
        requestId,
        startedAt: new Date(startedAt),
        endedAt: new Date(at),
        status: error === undefined ? "PENDING" : "DIED",
        error,
      });
      return;
    }
    if (isEndOfExecution(event)) this.#endWith(event);
    else if (isOfHandler(event)) this.#runsSince ??= at;
  }

  /** How the last one ended is how the execution ended, if it was the one to end it. */
  #endWith({ type, details }: RecordedEvent): void {
    const last = this.#ended.at(-1);
    if (last === undefined || type === "ExecutionTimedOut" || type === "ExecutionStopped") return;
    this.#runsSince = undefined;
    const status = type === "ExecutionSucceeded" ? "SUCCEEDED" : "FAILED";
    this.#ended[this.#ended.length - 1] = { ...last, status, error: failureError(status, details) };
  }

  get all(): readonly Invocation[] {
    if (this.#runsSince === undefined) return this.#ended;
    const startedAt = new Date(this.#runsSince);
    const running = { requestId: "", startedAt, endedAt: undefined, status: "RUNNING" } as const;
    return [...this.#ended, { ...running, error: undefined }];
  }
}

function failureError(
  status: "SUCCEEDED" | "FAILED",
  { error }: RecordedEvent["details"],
): ErrorObject | undefined {
  return status === "FAILED" ? error : undefined;
}

/** Whether only a running handler can have caused it. */
function isOfHandler(event: RecordedEvent): boolean {
  return isStart(event) || /^(?:Step|Context)(?:Succeeded|Failed)$/.test(event.type);
}
