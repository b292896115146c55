import { readSentJson } from "../input/json.ts";
import { RequestRefusedError } from "./errors.ts";
import type { Payload } from "./recording.ts";
import type { Request } from "./session.ts";

/** A year of clock is turned in one go, and no more. */
const LONGEST_MS = 366 * 86_400_000;

/**
 * Reads what the page asks for.
 *
 * @throws RequestRefusedError when it is no request; InvalidJsonError when an answer that was typed is no JSON.
 */
export function readRequest(text: string): Request {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw refused("The body is no JSON.");
  }
  if (typeof body !== "object" || body === null) throw refused("The body is no object.");
  const fields = new Map(Object.entries(body));
  const textAt = (name: string): string => {
    const value: unknown = fields.get(name);
    if (typeof value === "string") return value;
    throw refused(`${name} is no text.`);
  };
  const kind = textAt("kind");
  switch (kind) {
    case "reload":
      return { kind };
    case "start":
      return {
        kind,
        functionName: textAt("functionName"),
        input: textAt("input"),
        time: fields.get("time") === "auto" ? "auto" : "manual",
      };
    case "next":
    case "complete":
    case "kill":
    case "stop":
    case "fork":
    case "close":
      return { kind, execution: textAt("execution") };
    case "advance":
      return { kind, execution: textAt("execution"), ms: lengthOf(fields.get("ms")) };
    case "heartbeat":
      return { kind, execution: textAt("execution"), callbackId: textAt("callbackId") };
    case "succeed":
      return {
        kind,
        execution: textAt("execution"),
        callbackId: textAt("callbackId"),
        payload: payloadOf(textAt("payload"), fields.get("as")),
      };
    case "fail":
      return {
        kind,
        execution: textAt("execution"),
        callbackId: textAt("callbackId"),
        errorType: textAt("errorType"),
        errorMessage: textAt("errorMessage"),
      };
    case "test":
      return {
        kind,
        execution: textAt("execution"),
        framework: fields.get("framework") === "jest" ? "jest" : "vitest",
      };
    default:
      throw refused(`There is no request ${JSON.stringify(kind)}.`);
  }
}

/** @throws InvalidJsonError */
function payloadOf(text: string, as: unknown): Payload {
  if (as === "text") return { raw: text };
  if (text.trim() === "") return {};
  return { json: readSentJson(text, "The answer") };
}

/** @throws RequestRefusedError */
function lengthOf(value: unknown): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= LONGEST_MS) {
    return value;
  }
  throw refused("The clock is turned by a whole number of milliseconds, up to a year.");
}

function refused(message: string): RequestRefusedError {
  return new RequestRefusedError(400, message);
}
