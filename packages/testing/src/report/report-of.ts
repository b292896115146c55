import type { HistoryEvent } from "@durabletest/runtime/protocol";
import { textOf } from "../log-record.ts";
import { type Operation, parsePayload } from "../operation.ts";
import { placeOf } from "../operations/places.ts";
import { makePicture } from "../picture/make-picture.ts";
import { describer } from "../print/describe-event.ts";
import { groupHeartbeats } from "../print/heartbeats.ts";
import { occurrencesOf, unrecorded } from "../print/occurrences.ts";
import { formatLength, formatOffset } from "../print/offset.ts";
import type { DurableResult } from "../result.ts";
import type {
  ReportedError,
  ReportedEvent,
  ReportedExecution,
  ReportedInvocation,
  ReportedOperation,
} from "./report-data.ts";
import { errorReader } from "./source-lines.ts";

type ReadError = ReturnType<typeof errorReader>;

/** All that a report says of an execution. */
export function reportOf(result: DurableResult<unknown>): ReportedExecution {
  const readError = errorReader();
  const ms = (at: Date): number => Math.max(0, at.getTime() - result.startedAt.getTime());
  const offset = (at: Date): string => formatOffset(at, result.startedAt);
  const describe = describer(result);
  const picture = makePicture(result);
  const byId = new Map(result.operations.map((operation) => [operation.id, operation] as const));
  const ids = new Set(byId.keys());
  const owner = (told: object): string | undefined => {
    const id = placeOf(told);
    return id !== undefined && ids.has(id) ? id : undefined;
  };
  return {
    picture,
    operations: picture.rows.flatMap(({ id }) => {
      const operation = byId.get(id);
      return operation === undefined ? [] : [reportedOperation(operation, readError, offset)];
    }),
    events: result.history.map((event): ReportedEvent => {
      const delay = delayOf(event);
      return {
        number: event.EventId,
        at: ms(event.EventTimestamp),
        type: event.EventType,
        ...(event.Id !== undefined && ids.has(event.Id) && { operation: event.Id }),
        text: describe.event(event)?.text ?? "",
        details: detailsOf(event),
        ...(delay !== undefined && { delay }),
      };
    }),
    invocations: reportedInvocations(result, ms, readError),
    logs: result.logs.map((line) => ({
      at: ms(line.at),
      level: line.level,
      text: textOf(line),
      invocation: line.invocation,
      operation: owner(line),
      place: placeText(line),
    })),
    effects: result.effects.map((effect) => ({
      at: ms(effect.at),
      name: effect.name,
      key: effect.key,
      data: asJson(effect.data),
      invocation: effect.invocation,
      operation: owner(effect),
      place: placeText(effect),
    })),
    notices: result.notices.map((notice) => describe.notice(notice).text),
    error: readError(result.error),
    input: inputOf(result.history[0]),
    result: asJson(result.result),
  };
}

function reportedOperation(
  operation: Operation,
  readError: ReadError,
  offset: (at: Date) => string,
): ReportedOperation {
  const { id, parentId } = operation;
  const outcome =
    operation.type === "WAIT"
      ? {}
      : { result: asJson(operation.result), error: readError(operation.error) };
  return {
    id,
    ...(parentId !== undefined && { parentId }),
    fields: fieldsOf(operation, offset),
    ...(operation.type === "CHAINED_INVOKE" && { input: asJson(operation.input) }),
    ...outcome,
  };
}

function fieldsOf(
  operation: Operation,
  offset: (at: Date) => string,
): readonly (readonly [string, string])[] {
  const { id, startedAt, endedAt } = operation;
  const length =
    endedAt === undefined
      ? []
      : [["took", formatLength(endedAt.getTime() - startedAt.getTime())] as const];
  const ended = endedAt === undefined ? [] : [["ended", offset(endedAt)] as const];
  return [
    ["started", offset(startedAt)],
    ...ended,
    ...length,
    ...ownFields(operation, offset),
    ["id", id],
  ];
}

function ownFields(
  operation: Operation,
  offset: (at: Date) => string,
): readonly (readonly [string, string])[] {
  const when = (name: string, at: Date | undefined): readonly (readonly [string, string])[] =>
    at === undefined ? [] : [[name, offset(at)]];
  switch (operation.type) {
    case "STEP": {
      const { attempt, runs, completedRuns, nextAttemptAt } = operation;
      const ran =
        runs === undefined
          ? []
          : [["function called", `${runs} times, ${completedRuns ?? 0} to its end`] as const];
      return [["attempt", String(attempt)], ...ran, ...when("next attempt at", nextAttemptAt)];
    }
    case "CALLBACK":
      return [
        ["callback id", operation.callbackId],
        ...when("times out at", operation.timeoutAt),
        ...when("heartbeat due by", operation.heartbeatAt),
      ];
    case "WAIT":
      return [
        ["for", formatLength(operation.seconds * 1000)],
        ...when("ends at", operation.scheduledEndAt),
      ];
    case "CHAINED_INVOKE":
      return [["function", operation.functionName]];
    case "CONTEXT":
      return [];
  }
}

function reportedInvocations(
  result: DurableResult<unknown>,
  ms: (at: Date) => number,
  readError: (error: DurableResult<unknown>["error"]) => ReportedError | undefined,
): readonly ReportedInvocation[] {
  const occurrences = occurrencesOf(result, groupHeartbeats(unrecorded(result)));
  const invocations: ReportedInvocation[] = [];
  let eventsBefore = 0;
  for (const occurrence of occurrences) {
    if (occurrence.kind === "event" || occurrence.kind === "invocation-end") eventsBefore += 1;
    if (occurrence.kind !== "invocation-start") continue;
    const { startedAt, endedAt, requestId, status, error } = occurrence.of;
    invocations.push({
      number: invocations.length + 1,
      at: ms(startedAt),
      ...(endedAt !== undefined && { endedAt: ms(endedAt) }),
      requestId,
      status,
      error: readError(error),
      eventsBefore,
    });
  }
  return invocations;
}

function detailsOf(event: HistoryEvent): unknown {
  return Object.entries(event).find(([key]) => key === `${event.EventType}Details`)?.[1];
}

function delayOf(event: HistoryEvent): number | undefined {
  const seconds =
    event.EventType === "StepSucceeded"
      ? event.StepSucceededDetails.RetryDetails.NextAttemptDelaySeconds
      : event.EventType === "StepFailed"
        ? event.StepFailedDetails.RetryDetails.NextAttemptDelaySeconds
        : undefined;
  return seconds === undefined ? undefined : seconds * 1000;
}

function inputOf(event: HistoryEvent | undefined): unknown {
  return event?.EventType === "ExecutionStarted"
    ? parsePayload(event.ExecutionStartedDetails.Input.Payload)
    : undefined;
}

function placeText({
  operation,
  attempt = 1,
}: {
  readonly operation?: string | undefined;
  readonly attempt?: number | undefined;
}): string {
  if (operation === undefined) return "";
  return attempt === 1 ? operation : `${operation}, attempt ${attempt}`;
}

/** What JSON has of a value; what it has no way to say, as a text. */
function asJson(value: unknown): unknown {
  try {
    const text = JSON.stringify(value);
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return String(value);
  }
}
