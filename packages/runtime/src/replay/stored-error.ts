/**
 * Errors as JSON: with what they carry, as far as that is JSON.
 *
 * Stacks are kept apart: they differ from machine to machine, and a history must not.
 */

/** An error as it stands inside another one's data. */
export interface StoredError {
  readonly ErrorType: string;
  readonly ErrorMessage: string;
  /** Fields of the error, what makes one of ours, and what it holds. A text: what somebody else recorded. */
  readonly ErrorData?: ErrorData | string | undefined;
}

/** Data of an error: its fields, and under reserved names the errors it holds. */
export interface ErrorData {
  readonly [key: string]: unknown;
  readonly cause?: StoredError | StoredValue;
  /** Of an AggregateError. */
  readonly errors?: readonly (StoredError | StoredValue)[];
}

/** What is no error where an error might be: a text as a cause, or as what a promise was rejected with. */
export interface StoredValue {
  readonly value: unknown;
}

/** The frames of an error, and of those that it holds, in the order in which they are met. */
export interface Frames {
  readonly label: string;
  readonly frames: readonly string[];
}

export function isStoredError(value: unknown): value is StoredError {
  return (
    typeof value === "object" &&
    value !== null &&
    "ErrorType" in value &&
    typeof value.ErrorType === "string" &&
    "ErrorMessage" in value &&
    typeof value.ErrorMessage === "string"
  );
}

export function isStoredValue(value: unknown): value is StoredValue {
  return typeof value === "object" && value !== null && Object.keys(value).join() === "value";
}

/**
 * What somebody aggregated, not a field that is called so. A list without any error may be either, but for the name
 * of the error that it is in.
 */
export function isAggregated(
  errors: unknown,
  type: string,
): errors is readonly (StoredError | StoredValue)[] {
  if (!Array.isArray(errors)) return false;
  if (!errors.every((each) => isStoredError(each) || isStoredValue(each))) return false;
  return type === AGGREGATE || errors.some(isStoredError);
}

/** The name of errors that hold others. */
export const AGGREGATE = "AggregateError";

/** What every error has, so that no field of the user's can be called so. */
export function isReserved(key: string): boolean {
  return key === "stack" || key === "cause" || key in Error.prototype;
}

/** The data of an error as it stands in an ErrorObject. */
export function dataText(data: StoredError["ErrorData"]): string | undefined {
  return data === undefined || typeof data === "string" ? data : JSON.stringify(data);
}

/** Data that is no JSON object is somebody else's, and nothing can be made of it here. */
export function parseData(text: unknown): ErrorData | string | undefined {
  if (typeof text !== "string") return undefined;
  try {
    const data: unknown = JSON.parse(text);
    return typeof data === "object" && data !== null && !Array.isArray(data)
      ? (data as ErrorData)
      : text;
  } catch {
    return text;
  }
}
