import type { ErrorObject } from "@durabletest/runtime";
import { describeValue, type EventType } from "@durabletest/runtime/protocol";
import { suggestion } from "../input/near-misses.ts";
import { InvalidHistoryError } from "../errors.ts";
import { EVENT_TYPES, type EventDetails, type RecordedEvent } from "./recorded-event.ts";

const WANTED =
  "Give result.history, or what GetDurableExecutionHistory answers (with IncludeExecutionData): its pages, or their Events.";

/**
 * The events of a history, whatever it comes as: the list of a result; the same from a file; one page of the
 * service's answer, or all of them; text of any of these.
 *
 * @throws InvalidHistoryError
 */
export function readEvents(history: unknown): readonly RecordedEvent[] {
  const value = typeof history === "string" ? parsed(history) : history;
  const events = pagesOf(value).map(readEvent);
  if (events.length === 0) {
    throw new InvalidHistoryError(`The history has no events. ${WANTED}`);
  }
  return events;
}

function parsed(json: string): unknown {
  try {
    // Editors and shells of Windows begin a file with a byte order mark.
    return JSON.parse(json.replace(/^\uFEFF/, ""));
  } catch (cause) {
    throw new InvalidHistoryError(
      `The history is a text that is no JSON: ${describeValue(json)}. Give what is in the file, not its name. ${WANTED}`,
      { cause },
    );
  }
}

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** All events, in the order of the pages. */
function pagesOf(value: unknown): readonly unknown[] {
  if (isFields(value) && "Events" in value) return eventsOfPages([value]);
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    const pages = items.filter((item) => isFields(item) && "Events" in item);
    if (pages.length === 0) return items;
    if (pages.length === items.length) return eventsOfPages(pages as readonly Fields[]);
    throw new InvalidHistoryError(
      `The history has pages and events beside each other: ${pages.length} of ${items.length} items are pages. ${WANTED}`,
    );
  }
  if (isFields(value) && "history" in value) {
    throw new InvalidHistoryError("That is a result, not a history. Give result.history.");
  }
  throw new InvalidHistoryError(`${describeValue(value)} is no history. ${WANTED}`);
}

function eventsOfPages(pages: readonly Fields[]): readonly unknown[] {
  return pages.flatMap((page, index) => {
    const events = page["Events"];
    if (!Array.isArray(events)) {
      throw new InvalidHistoryError(
        `Page ${index + 1} of the history has ${describeValue(events)} as its Events; that must be a list. ${WANTED}`,
      );
    }
    const marker = page["NextMarker"] ?? "";
    const isLast = index === pages.length - 1;
    if (isLast && marker !== "") {
      throw new InvalidHistoryError(
        `The history is not whole: its last page ends with a NextMarker. Ask for the next page with Marker: ${describeValue(marker)}, until there is no NextMarker, and give all pages in that order.`,
      );
    }
    if (!isLast && marker === "") {
      throw new InvalidHistoryError(
        `The pages of the history are in another order, or of several histories: page ${index + 1} of ${pages.length} has no NextMarker, as the last one has. Give them in the order in which they were asked for.`,
      );
    }
    return events as readonly unknown[];
  });
}

function readEvent(value: unknown, index: number): RecordedEvent {
  const where = `Event ${index + 1} of the history`;
  if (!isFields(value)) {
    throw new InvalidHistoryError(`${where} is ${describeValue(value)}. ${WANTED}`);
  }
  const type = readType(value["EventType"], where);
  const eventId = value["EventId"];
  if (typeof eventId !== "number" || !Number.isInteger(eventId) || eventId < 1) {
    throw new InvalidHistoryError(
      `${where} has ${describeValue(eventId)} as its EventId; that is a number, from 1.`,
    );
  }
  const operationId = text(value["Id"]);
  if (
    operationId === undefined &&
    !type.startsWith("Execution") &&
    type !== "InvocationCompleted"
  ) {
    throw new InvalidHistoryError(
      `${where}, a ${type}, has no Id: it does not say which operation it is about. Give the events as they were recorded.`,
    );
  }
  return {
    type,
    eventId,
    at: readTime(value["EventTimestamp"], where),
    operationId,
    parentId: text(value["ParentId"]),
    name: text(value["Name"]),
    subType: text(value["SubType"]),
    details: readDetails(value[`${type}Details`], where),
  };
}

function readType(type: unknown, where: string): EventType {
  const known = EVENT_TYPES.find((one) => one === type);
  if (known !== undefined) return known;
  if (typeof type !== "string") {
    throw new InvalidHistoryError(
      `${where} has ${describeValue(type)} as its EventType. ${WANTED}`,
    );
  }
  throw new InvalidHistoryError(
    `${where} has the EventType ${JSON.stringify(type)}, which is not known here.${suggestion(type, EVENT_TYPES)} If the service has new events, a newer version of @durabletest/testing knows them.`,
  );
}

/** Larger numbers are milliseconds, smaller ones seconds: of the years after 1973 and before 5138. */
const SECONDS_BELOW = 1e11;

/** A Date, ISO text, or epoch seconds (as the service sends them) or milliseconds; to epoch milliseconds. */
function readTime(time: unknown, where: string): number {
  const ms =
    typeof time === "number"
      ? time < SECONDS_BELOW
        ? Math.round(time * 1000)
        : time
      : typeof time === "string"
        ? Date.parse(time)
        : Object.prototype.toString.call(time) === "[object Date]"
          ? Number(time)
          : NaN;
  if (Number.isFinite(ms)) return ms;
  throw new InvalidHistoryError(
    `${where} has ${describeValue(time)} as its EventTimestamp; that is a Date, an ISO text, or epoch seconds or milliseconds.`,
  );
}

function readDetails(value: unknown, where: string): EventDetails {
  const details = isFields(value) ? value : {};
  const data = fieldsOf(details["Result"] ?? details["Input"]);
  const failure = fieldsOf(details["Error"]);
  const payload = text(data?.["Payload"]);
  const error = errorOf(failure?.["Payload"]);
  const said = data ?? failure;
  const isTruncated = said?.["Truncated"] === true;
  return {
    payload,
    error,
    isTruncated,
    isWhole: said?.["Truncated"] === false,
    retrySeconds: number(fieldsOf(details["RetryDetails"])?.["NextAttemptDelaySeconds"]),
    waitSeconds: number(details["Duration"]),
    callbackId: text(details["CallbackId"]),
    functionName: text(details["FunctionName"]),
    timeoutSeconds: number(details["Timeout"] ?? details["ExecutionTimeout"]),
    heartbeatSeconds: number(details["HeartbeatTimeout"]),
    requestId: text(details["RequestId"]),
    startedAt:
      details["StartTimestamp"] === undefined
        ? undefined
        : readTime(details["StartTimestamp"], where),
  };
}

function fieldsOf(value: unknown): Fields | undefined {
  return isFields(value) ? value : undefined;
}

function errorOf(value: unknown): ErrorObject | undefined {
  if (!isFields(value)) return undefined;
  const { ErrorType, ErrorMessage, ErrorData, StackTrace } = value;
  return {
    ...(typeof ErrorType === "string" && { ErrorType }),
    ...(typeof ErrorMessage === "string" && { ErrorMessage }),
    ...(typeof ErrorData === "string" && { ErrorData }),
    ...(Array.isArray(StackTrace) && { StackTrace: StackTrace.map(String) }),
  };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
