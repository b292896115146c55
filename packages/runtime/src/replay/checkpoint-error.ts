import type { ErrorObject } from "../protocol/error-object.ts";
import { ServiceLimits } from "../protocol/limits.ts";
import { isDispensable, isWrapper } from "./error-data.ts";
import { restoreError } from "./restore-error.ts";
import { storeError } from "./store-error.ts";
import {
  dataText,
  type ErrorData,
  type Frames,
  isStoredError,
  parseData,
  type StoredError,
  type StoredValue,
} from "./stored-error.ts";

/**
 * How an error crosses a checkpoint.
 *
 * What a handler can catch is made from what was checkpointed, on the first run as on every replay; what
 * does not fit into an ErrorObject is therefore never seen. Our own errors come back as themselves, all
 * others as an `Error` with the name, message, stack, fields and causes of the one thrown.
 */

/**
 * An error as it is checkpointed, cut down to what the service stores: first the stacks go, then the causes
 * that lie deepest, then fields, the largest first, then the end of the message.
 */
export function errorForCheckpoint(
  error: unknown,
  { errorBytes }: ServiceLimits = ServiceLimits,
): ErrorObject {
  const fits = (object: ErrorObject): boolean =>
    Buffer.byteLength(JSON.stringify(object)) <= errorBytes;
  const { stored, frames } = storeError(error);
  for (const kept of [frames, frames.slice(0, 1), []]) {
    const object = toObject(stored, kept);
    if (fits(object)) return object;
  }
  const shallow = deepest(stored, (pruned) => fits(toObject(pruned, [])));
  if (shallow !== undefined) return toObject(shallow, []);
  const { ErrorMessage, ErrorType, ErrorData } = prune(stored, 0);
  let data = ErrorData;
  for (const key of dispensable(ErrorData)) {
    data = without(data, key);
    const object = toObject({ ErrorType, ErrorMessage, ErrorData: data }, []);
    if (fits(object)) return object;
  }
  // Four bytes a character at the most, and JSON may double them.
  const room = Math.floor(errorBytes / 8);
  const message = `${ErrorMessage.slice(0, room)}… (cut)`;
  return { ErrorType: ErrorType.slice(0, 256), ErrorMessage: message };
}

/**
 * Anything thrown, whatever its size, as an ErrorObject.
 *
 * @param brief - leaves out what it carries along.
 */
export function errorToObject(thrown: unknown, brief = false): ErrorObject {
  const { stored, frames } = storeError(thrown);
  return brief ? toObject(essential(stored), frames.slice(0, 1)) : toObject(stored, frames);
}

/** An error as it stands in a payload: where it was thrown differs from machine to machine. */
export function withoutStack(error: unknown): ErrorObject {
  return toObject(storeError(error).stored, []);
}

/** The error that an ErrorObject stands for. */
export function errorFromObject(object: ErrorObject): Error {
  // JSON that nobody has looked at: absent may be null.
  const { ErrorType, ErrorMessage, ErrorData, StackTrace } = object;
  const stored = {
    ErrorType: ErrorType ?? "Error",
    ErrorMessage: ErrorMessage ?? "",
    ErrorData: parseData(ErrorData),
  };
  return restoreError(stored, fromStackTrace(StackTrace ?? []));
}

function toObject(
  { ErrorType, ErrorMessage, ErrorData }: StoredError,
  frames: readonly Frames[],
): ErrorObject {
  const data = dataText(ErrorData);
  const stack = toStackTrace(frames);
  return {
    ErrorType,
    ErrorMessage,
    ...(data !== undefined && { ErrorData: data }),
    ...(stack.length > 0 && { StackTrace: stack }),
  };
}

/** The error's own frames, then those of the errors it holds, each under a line that says whose they are. */
function toStackTrace([own, ...held]: readonly Frames[]): readonly string[] {
  const below = held.some(({ frames }) => frames.length > 0)
    ? held.flatMap(({ label, frames }) => [label, ...frames])
    : [];
  return [...(own?.frames ?? []), ...below];
}

function fromStackTrace(lines: readonly string[]): readonly Frames[] {
  let current: { readonly label: string; readonly frames: string[] } = { label: "", frames: [] };
  const all = [current];
  for (const line of lines) {
    if (line.startsWith("Caused by ")) all.push((current = { label: line, frames: [] }));
    else current.frames.push(line);
  }
  return all;
}

/** With as many of the errors that it holds, one in the other, as fit; undefined if it does not fit without. */
function deepest(
  stored: StoredError,
  fits: (pruned: StoredError) => boolean,
): StoredError | undefined {
  let best: StoredError | undefined;
  let low = 0;
  let high = depthOf(stored) - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const pruned = prune(stored, middle);
    if (fits(pruned)) {
      best = pruned;
      low = middle + 1;
    } else {
      high = middle - 1;
    }
  }
  return best;
}

function depthOf({ ErrorData }: StoredError): number {
  return 1 + Math.max(-1, ...heldBy(ErrorData).map(depthOf));
}

function heldBy(data: StoredError["ErrorData"]): readonly StoredError[] {
  if (typeof data !== "object") return [];
  const { cause, errors } = data;
  return [
    ...(isStoredError(cause) ? [cause] : []),
    ...(Array.isArray(errors) ? errors.filter(isStoredError) : []),
  ];
}

/** Down to a depth; at 0 it holds no errors, and says itself what only the one it holds has said. */
function prune({ ErrorType, ErrorMessage, ErrorData }: StoredError, depth: number): StoredError {
  if (typeof ErrorData !== "object") return { ErrorType, ErrorMessage, ErrorData };
  const { cause, errors, ...rest } = ErrorData;
  const told =
    isStoredError(cause) && isWrapper(ErrorType)
      ? { errorType: cause.ErrorType, errorMessage: cause.ErrorMessage }
      : {};
  const held = {
    ...(cause !== undefined && { cause: pruneHeld(cause, depth - 1) }),
    ...(errors !== undefined && { errors: pruneAll(errors, depth - 1) }),
  };
  const data = depth > 0 ? { ...rest, ...held } : { ...told, ...rest };
  return { ErrorType, ErrorMessage, ErrorData: Object.keys(data).length === 0 ? undefined : data };
}

/** A field of the user's may be called `errors`, too, and be anything. */
function pruneAll(
  errors: NonNullable<ErrorData["errors"]>,
  depth: number,
): NonNullable<ErrorData["errors"]> {
  if (!Array.isArray(errors)) return errors;
  return errors.map((each: StoredError | StoredValue) => pruneHeld(each, depth));
}

function pruneHeld(held: StoredError | StoredValue, depth: number): StoredError | StoredValue {
  return isStoredError(held) ? prune(held, depth) : held;
}

/** Without anything that another one of its kind could be made without. */
function essential(stored: StoredError): StoredError {
  const { ErrorData, ...brief } = prune(stored, 0);
  const rest = dispensable(ErrorData).reduce(without, ErrorData);
  return { ...brief, ErrorData: rest };
}

/** The largest first. */
function dispensable(data: StoredError["ErrorData"]): readonly string[] {
  if (typeof data !== "object") return [];
  return Object.keys(data)
    .filter(isDispensable)
    .toSorted((a, b) => sizeOf(data[b]) - sizeOf(data[a]));
}

function sizeOf(value: unknown): number {
  return JSON.stringify(value)?.length ?? 0;
}

function without(data: StoredError["ErrorData"], key: string): ErrorData | undefined {
  if (typeof data !== "object") return undefined;
  const rest = Object.fromEntries(Object.entries(data).filter(([other]) => other !== key));
  return Object.keys(rest).length === 0 ? undefined : rest;
}
