import type { ErrorObject } from "@durabletest/runtime";
import { describeValue, errorToObject, ServiceLimits } from "@durabletest/runtime/protocol";
import * as z from "zod/mini";
import { InvalidPayloadError } from "../errors.ts";
import { nearMisses } from "../input/near-misses.ts";
import { lazily, parse } from "../input/schema.ts";

/** Text that is sent as it is, whatever reads it. */
interface RawPayload {
  readonly raw: string;
}

/** Whether a payload is `{ raw: "…" }` and nothing else. */
function isRaw(payload: unknown): payload is RawPayload {
  if (typeof payload !== "object" || payload === null || !("raw" in payload)) return false;
  return typeof payload.raw === "string" && Object.keys(payload).length === 1;
}

/**
 * What a test sends, as the text that travels.
 *
 * Bytes and raw text are sent as they are, and so is any text to a handler whose SDK hands it on as it came.
 * Everything else must be JSON: what JSON would drop or bend without a word is refused, because a test
 * would then not be about what it says.
 *
 * @throws InvalidPayloadError
 */
export function encodePayload(
  payload: unknown,
  what: string,
  {
    limits: { payloadBytes } = ServiceLimits,
    readsJson = true,
  }: { readonly limits?: ServiceLimits; readonly readsJson?: boolean } = {},
): string | undefined {
  const text = textOf(payload, what, readsJson);
  const bytes = text === undefined ? 0 : Buffer.byteLength(text);
  if (bytes > payloadBytes) {
    throw new InvalidPayloadError(
      `${what} has ${bytes} bytes; the service takes ${payloadBytes}. Send a reference to the data instead.`,
    );
  }
  return text;
}

function textOf(payload: unknown, what: string, readsJson: boolean): string | undefined {
  if (payload instanceof Uint8Array) return decode(payload, what);
  if (isRaw(payload)) return payload.raw;
  return typeof payload === "string" && !readsJson ? payload : toJson(payload, what);
}

function decode(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new InvalidPayloadError(
      `${what} has bytes that are no UTF-8, which is how the service carries text.`,
      { cause },
    );
  }
}

/** As {@link encodePayload}, without the limit: for the input of an execution. */
export function toJson(value: unknown, what: string): string | undefined {
  try {
    const problem = findNonJson(value);
    if (problem === undefined) return JSON.stringify(value);
    throw new InvalidPayloadError(`${what} is no JSON: ${problem}. Send plain data.`);
  } catch (cause) {
    // A getter of the value's own threw, or it is nested deeper than the stack.
    if (InvalidPayloadError.is(cause)) throw cause;
    throw new InvalidPayloadError(`${what} is no JSON: ${String(cause)}. Send plain data.`, {
      cause,
    });
  }
}

const errorObject = lazily(() =>
  z.object({
    ErrorType: z.optional(z.string("a text")),
    ErrorMessage: z.optional(z.string("a text")),
    ErrorData: z.optional(z.string("a text")),
    StackTrace: z.optional(z.array(z.string("a text"), "a list of texts")),
  }),
);

/**
 * A failure as the service takes it. Fields that it does not know are left out, as a client of the service
 * leaves them out, with a warning: somebody has meant one that it does know.
 *
 * @throws InvalidPayloadError
 */
export function encodeError(
  error: unknown,
  what: string,
  { payloadBytes }: ServiceLimits = ServiceLimits,
): ErrorObject {
  const object = readError(error, what);
  const bytes = Buffer.byteLength(JSON.stringify(object));
  if (bytes > payloadBytes) {
    throw new InvalidPayloadError(`${what} has ${bytes} bytes; the service takes ${payloadBytes}.`);
  }
  return object;
}

function readError(error: unknown, what: string): ErrorObject {
  if (error instanceof Error || isErrorLike(error)) return fromError(error);
  const parsed = parse(errorObject(), error);
  if ("data" in parsed) {
    warnOfUnknownFields(error, what);
    return parsed.data;
  }
  const { kind, path, input, message } = parsed.problem;
  if (kind === "unreadable") {
    throw new InvalidPayloadError(`${what} cannot be read: ${message}.`);
  }
  if (path === "") {
    throw new InvalidPayloadError(
      `${what} is ${describeValue(error)}. Give an Error, or { ErrorType, ErrorMessage, ErrorData?, StackTrace? }.`,
    );
  }
  throw new InvalidPayloadError(
    `${what} has ${describeValue(input)} as its ${path}; that must be ${message}.`,
  );
}

function warnOfUnknownFields(error: unknown, what: string): void {
  const known = Object.keys(errorObject().shape);
  for (const field of Object.keys(Object(error) as object)) {
    if (known.includes(field)) continue;
    process.emitWarning(
      `${what} has the field ${JSON.stringify(field)}, which the service does not know, and which is not sent.${nearMisses(field, known)}`,
      { type: "DurableTestWarning", code: "DURABLETEST_UNKNOWN_FIELD" },
    );
  }
}

/** An error of another realm (a Jest sandbox) is no `instanceof Error`. */
function isErrorLike(value: unknown): value is Error {
  return Object.prototype.toString.call(value) === "[object Error]";
}

/** Without the stack: it is the test's, not the sender's. */
function fromError(error: Error): ErrorObject {
  const { StackTrace: _, ...object } = errorToObject(error);
  return object;
}

/** What JSON makes empty objects of. */
const BENT: ReadonlySet<string> = new Set([
  "Map",
  "Set",
  "WeakMap",
  "WeakSet",
  "RegExp",
  "Error",
  "Promise",
]);

/** Where in a value there is something that has no JSON form, or another one than it seems. */
function findNonJson(root: unknown): string | undefined {
  const open = new Set<object>();
  const visit = (value: unknown, path: string): string | undefined => {
    switch (typeof value) {
      case "bigint":
      case "symbol":
      case "function":
        return `${path} is a ${typeof value} (${describeValue(value)})`;
      case "number":
        return Number.isFinite(value) ? undefined : `${path} is ${value}`;
      case "string":
      case "boolean":
      case "undefined":
        return undefined;
      case "object":
        return value === null ? undefined : visitObject(value, path);
    }
  };
  const visitObject = (value: object, path: string): string | undefined => {
    if (open.has(value)) return `${path} refers back to what contains it`;
    if ("toJSON" in value && typeof value.toJSON === "function") return undefined;
    const tag = Object.prototype.toString.call(value).slice("[object ".length, -1);
    if (BENT.has(tag) || ArrayBuffer.isView(value)) return `${path} is a ${tag}`;
    open.add(value);
    if (Array.isArray(value)) {
      const gap = Array.from(value).indexOf(undefined);
      if (gap !== -1) return `${path}[${gap}] is undefined`;
    }
    for (const [key, inner] of Object.entries(value)) {
      const step = Array.isArray(value) ? `[${key}]` : `.${key}`;
      const problem = visit(inner, `${path}${step}`);
      if (problem !== undefined) return problem;
    }
    open.delete(value);
    return undefined;
  };
  return visit(root, "it");
}
