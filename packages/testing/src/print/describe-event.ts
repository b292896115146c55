import type { EventError, EventPayload, HistoryEvent } from "@durabletest/runtime/protocol";
import type { Effect } from "../effect.ts";
import { type Operation, parsePayload } from "../operation.ts";
import type { DurableResult, Notice, WorldEvent } from "../result.ts";
import { batchSummary } from "./batch-summary.ts";
import { groupBy } from "../operations/group-by.ts";
import type { WorldEventGroup } from "./heartbeats.ts";
import { formatLength, formatOffset } from "./offset.ts";
import { onOneLine } from "./one-line.ts";
import { operationNames } from "../operations/names.ts";
import { operationTree } from "../operations/tree.ts";
import { placeText } from "./place.ts";
import { type Placeholders, placeholders } from "./placeholders.ts";

/** How a line is meant: it becomes its colour. */
export type Tone = "good" | "bad" | "world" | "warning" | "quiet" | "ordinary";

/** What one event has to say. */
export interface Line {
  readonly text: string;
  readonly tone: Tone;
}

/** Tells what happened, event by event, with the names of one result. */
export interface Describer {
  /** Nothing for an event that another one says better. */
  event(event: HistoryEvent): Line | undefined;
  /** Something that handler code did to the world. */
  effect(effect: Effect): Line;
  world(group: WorldEventGroup, startedAt: Date): Line;
  notice(notice: Notice): Line;
  error(error: EventError["Payload"]): string;
}

export function describer(result: DurableResult<unknown>): Describer {
  const known = placeholders(result.operations);
  const error = (object: EventError["Payload"]): string => compact(known.error(object));
  const subject = subjects(result);
  const answeredBy = answerers(result);
  const deadlines = (timeout: number | undefined, heartbeat: number | undefined): string =>
    [
      timeout === undefined ? "" : `, timeout ${formatLength(timeout * 1000)}`,
      heartbeat === undefined ? "" : `, heartbeat timeout ${formatLength(heartbeat * 1000)}`,
    ].join("");
  const again = (seconds: number | undefined): string =>
    seconds === undefined ? "" : `, again in ${formatLength(seconds * 1000)}`;
  const attempt = (number: number): string => (number === 1 ? "" : `, attempt ${number}`);
  const ends = endsOfSteps(result.history);

  return {
    error,
    effect({ name, key, operation }) {
      const where = operation === undefined ? "" : `, in ${operation}`;
      const what = key === undefined ? "" : ` ${JSON.stringify(key)}`;
      return { text: `effect ${JSON.stringify(name)}${what}${where}`, tone: "world" };
    },
    world({ first, last, count }, startedAt) {
      const callback = subject.ofCallback(first);
      const what = count === 1 ? first.kind : `${count} heartbeats`;
      const until = count === 1 ? "" : `, until ${formatOffset(last.at, startedAt)}`;
      const late = first.ignored ? ", too late: ignored" : "";
      return { text: `${callback}: ${what} from ${first.by}${until}${late}`, tone: "world" };
    },
    notice({ message, operationId, callSite }) {
      const who = operationId === undefined ? "" : subject.ofOperation(operationId);
      const about = who === "" ? "" : `${who}: `;
      const at = callSite === undefined || callSite === "" ? "" : ` Made ${callSite}.`;
      return { text: `notice: ${about}${compact(message)}${at}`, tone: "warning" };
    },
    event(event) {
      const who = subject.of(event);
      switch (event.EventType) {
        case "ExecutionStarted": {
          const input = payloadText(known, event.ExecutionStartedDetails.Input);
          return input === "" ? undefined : { text: `input ${input}`, tone: "quiet" };
        }
        case "ExecutionSucceeded": {
          const value = payloadText(known, event.ExecutionSucceededDetails.Result);
          return { text: value === "" ? "SUCCEEDED" : `SUCCEEDED → ${value}`, tone: "good" };
        }
        case "ExecutionFailed":
          return {
            text: `FAILED: ${error(event.ExecutionFailedDetails.Error.Payload)}`,
            tone: "bad",
          };
        case "ExecutionTimedOut":
          return { text: "TIMED_OUT: the execution took too long", tone: "bad" };
        case "ExecutionStopped":
          return {
            text: `STOPPED: ${error(event.ExecutionStoppedDetails.Error.Payload)}`,
            tone: "bad",
          };
        case "ContextStarted":
          return { text: `${who} begins`, tone: "ordinary" };
        case "ContextSucceeded": {
          const { Result } = event.ContextSucceededDetails;
          const batch = subject.batch(event, parsePayload(Result.Payload));
          const text =
            batch === undefined
              ? arrow(`${who} done`, payloadText(known, Result))
              : `${who} done: ${batch}`;
          return { text, tone: "ordinary" };
        }
        case "ContextFailed":
          return {
            text: `${who} failed: ${error(event.ContextFailedDetails.Error.Payload)}`,
            tone: "bad",
          };
        case "StepStarted": {
          const end = ends.get(event.EventId);
          return end?.getTime() === event.EventTimestamp.getTime()
            ? undefined
            : { text: `${who} starts`, tone: "ordinary" };
        }
        case "StepSucceeded": {
          const { Result, RetryDetails } = event.StepSucceededDetails;
          const { CurrentAttempt, NextAttemptDelaySeconds } = RetryDetails;
          const text = arrow(`${who}${attempt(CurrentAttempt)}`, payloadText(known, Result));
          return { text: `${text}${again(NextAttemptDelaySeconds)}`, tone: "ordinary" };
        }
        case "StepFailed": {
          const { Error: failure, RetryDetails } = event.StepFailedDetails;
          const { CurrentAttempt, NextAttemptDelaySeconds } = RetryDetails;
          const where = subject.place(event) || ":";
          const text = `${who}${attempt(CurrentAttempt)} failed${where} ${error(failure.Payload)}`;
          return { text: `${text}${again(NextAttemptDelaySeconds)}`, tone: "bad" };
        }
        case "WaitStarted":
          return {
            text: `${who} for ${formatLength(event.WaitStartedDetails.Duration * 1000)}`,
            tone: "ordinary",
          };
        case "WaitSucceeded":
          return { text: `${who} is over`, tone: "ordinary" };
        case "WaitCancelled":
          return { text: `${who} is cancelled`, tone: "ordinary" };
        case "CallbackStarted": {
          const { Timeout, HeartbeatTimeout } = event.CallbackStartedDetails;
          return { text: `${who} opens${deadlines(Timeout, HeartbeatTimeout)}`, tone: "ordinary" };
        }
        case "CallbackSucceeded": {
          const value = payloadText(known, event.CallbackSucceededDetails.Result);
          const text = `${who}: success${answeredBy(event)}`;
          return { text: arrow(text, value), tone: "world" };
        }
        case "CallbackFailed": {
          const text = `${who}: failure${answeredBy(event)}`;
          const failure = error(event.CallbackFailedDetails.Error.Payload);
          return { text: `${text}: ${failure}`, tone: "world" };
        }
        case "CallbackTimedOut": {
          const heartbeat =
            event.CallbackTimedOutDetails.Error.Payload?.ErrorType === "Callback.Heartbeat";
          return {
            text: `${who} times out${heartbeat ? ": no heartbeat" : ""}`,
            tone: "bad",
          };
        }
        case "ChainedInvokeStarted": {
          const { FunctionName, Input } = event.ChainedInvokeStartedDetails;
          const input = payloadText(known, Input);
          return {
            text: `${who} of ${FunctionName}${input === "" ? "" : ` with ${input}`}`,
            tone: "ordinary",
          };
        }
        case "ChainedInvokeSucceeded": {
          const value = payloadText(known, event.ChainedInvokeSucceededDetails.Result);
          return { text: arrow(who, value), tone: "world" };
        }
        case "ChainedInvokeFailed":
          return {
            text: `${who} failed: ${error(event.ChainedInvokeFailedDetails.Error.Payload)}`,
            tone: "bad",
          };
        case "ChainedInvokeTimedOut":
          return { text: `${who} times out`, tone: "bad" };
        case "ChainedInvokeStopped":
          return { text: `${who} is stopped`, tone: "bad" };
        case "InvocationCompleted":
          return undefined;
      }
    },
  };
}

/** What events are about, in texts that do not nest. */
function subjects({ operations }: DurableResult<unknown>): {
  of(event: HistoryEvent): string;
  ofOperation(id: string): string;
  /** Also of one that an invoked function has made, which is in no operation of the result. */
  ofCallback(about: Pick<WorldEvent, "callbackId" | "callbackName">): string;
  /** Where the error of a step was thrown, if it is the one that the step has kept. */
  place(event: HistoryEvent): string;
  /** What became of the items of a map or parallel, where each is shown by itself. */
  batch(event: HistoryEvent, result: unknown): string | undefined;
} {
  const tree = operationTree(operations);
  const names = operationNames(tree);
  const byCallbackId = new Map(
    operations.flatMap((operation): readonly (readonly [string, Operation])[] =>
      operation.type === "CALLBACK" ? [[operation.callbackId, operation]] : [],
    ),
  );
  const path = (operation: Operation | undefined): string =>
    operation === undefined ? "" : names.path(operation);
  return {
    of: ({ Id = "" }) => path(tree.get(Id)),
    ofOperation: (id) => path(tree.get(id)),
    place(event) {
      const operation = tree.get(event.Id ?? "");
      if (operation?.type !== "STEP" || event.EventType !== "StepFailed") return "";
      const { ErrorMessage } = event.StepFailedDetails.Error.Payload ?? {};
      return operation.error?.ErrorMessage === ErrorMessage ? placeText(operation.error) : "";
    },
    ofCallback: ({ callbackId, callbackName }) =>
      path(byCallbackId.get(callbackId)) ||
      `callback${callbackName === undefined ? "" : ` ${JSON.stringify(callbackName)}`} of an invoked function`,
    batch({ Id = "" }, result) {
      const operation = tree.get(Id);
      return operation && batchSummary(operation, result, tree.childrenOf(operation));
    },
  };
}

/** Who answered a callback, as the end of a phrase: ` from test`. */
function answerers({ operations, world }: DurableResult<unknown>): (event: HistoryEvent) => string {
  const answers = world.filter(({ kind, ignored }) => kind !== "heartbeat" && !ignored);
  const byCallbackId = new Map(answers.map(({ callbackId, by }) => [callbackId, by] as const));
  const callbackIds = new Map(
    operations.map((operation) => [
      operation.id,
      operation.type === "CALLBACK" ? operation.callbackId : "",
    ]),
  );
  return ({ Id = "" }) => {
    const by = byCallbackId.get(callbackIds.get(Id) ?? "");
    return by === undefined ? "" : ` from ${by}`;
  };
}

/** When each StepStarted was followed by the end of that attempt, by the number of the event. */
function endsOfSteps(history: readonly HistoryEvent[]): ReadonlyMap<number, Date> {
  const ends = new Map<number, Date>();
  for (const events of groupBy(history, ({ Id }) => Id).values()) {
    for (const [index, event] of events.entries()) {
      const next = events[index + 1];
      if (event.EventType === "StepStarted" && next !== undefined) {
        ends.set(event.EventId, next.EventTimestamp);
      }
    }
  }
  return ends;
}

function payloadText(known: Placeholders, { Payload }: EventPayload): string {
  const value = parsePayload(Payload);
  return value === undefined ? "" : compact(JSON.stringify(known.value(value)));
}

const LONGEST_TEXT = 100;

function compact(text: string): string {
  const line = onOneLine(text);
  return line.length > LONGEST_TEXT ? `${line.slice(0, LONGEST_TEXT - 1)}…` : line;
}

function arrow(text: string, value: string): string {
  return value === "" ? text : `${text} → ${value}`;
}
