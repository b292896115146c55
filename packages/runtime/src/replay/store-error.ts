import { asError, DurableError, errorProperty, isError } from "../errors.ts";
import { isMarked, isWrapper, makeOwnError, OWN_KEYS, ownDataOf } from "./error-data.ts";
import {
  AGGREGATE,
  dataText,
  type ErrorData,
  type Frames,
  isReserved,
  type StoredError,
  type StoredValue,
} from "./stored-error.ts";
import { framesOf, userFrames } from "./user-frames.ts";

/** Errors in one error: more are hardly a chain of causes, and a ring is cut before. */
const MOST = 1000;

/** An error as JSON, and its frames. */
export function storeError(thrown: unknown): {
  readonly stored: StoredError;
  readonly frames: readonly Frames[];
} {
  const frames: Frames[] = [];
  return { stored: new Storing(frames).error(thrown), frames };
}

class Storing {
  readonly #frames: Frames[];
  /** The errors around the one that is being stored. */
  readonly #around = new Set<unknown>();

  constructor(frames: Frames[]) {
    this.#frames = frames;
  }

  error(thrown: unknown): StoredError {
    const error = asError(thrown);
    const ErrorType = errorProperty(error, "name") ?? "Error";
    const ErrorMessage = errorProperty(error, "message") ?? "";
    this.#frames.push({
      label: `Caused by ${ErrorType}: ${ErrorMessage.split("\n", 1)[0]?.slice(0, 200)}`,
      frames: error === thrown ? framesOfError(error) : [], // what was made of a text has been nowhere
    });
    this.#around.add(error);
    const data = this.#data(error);
    this.#around.delete(error);
    return { ErrorType, ErrorMessage, ...(data !== undefined && { ErrorData: data }) };
  }

  #data(error: Error): ErrorData | undefined {
    const own = ownDataOf(error);
    const cause = this.#cause(error);
    const errors = this.#errors(error);
    const data: ErrorData = {
      ...(own === undefined ? fieldsOf(error) : this.#ownData(error, own, cause)),
      ...(cause !== undefined && { cause }),
      ...(errors !== undefined && { errors }),
    };
    return Object.keys(data).length === 0 ? undefined : data;
  }

  /** What makes one of ours, without what its cause says already, and fields that were added to it. */
  #ownData(error: Error, own: object, cause: StoredError | StoredValue | undefined): object {
    if (!DurableError.is(error)) return own;
    const data = jsonEntries(own, Object.keys(own));
    if (isWrapper(error.name) && cause !== undefined && "ErrorType" in cause) {
      const { ErrorType, ErrorMessage, ErrorData } = cause;
      if (data["errorType"] === ErrorType) delete data["errorType"];
      if (data["errorMessage"] === ErrorMessage) delete data["errorMessage"];
      if (data["errorData"] === dataText(ErrorData)) delete data["errorData"];
    }
    const made = makeOwnError(error.name, "", { ...own, code: error.code });
    const added = fieldsOf(error, (key) => OWN_KEYS.has(key) || Object.hasOwn(made ?? error, key));
    return { ...(isMarked(error, data) ? {} : { code: error.code }), ...data, ...added };
  }

  #cause(error: Error): StoredError | StoredValue | undefined {
    const cause = read(error, "cause");
    return cause === undefined ? undefined : this.#nested(cause);
  }

  #errors(error: Error): readonly (StoredError | StoredValue)[] | undefined {
    const errors = read(error, "errors");
    if (!Array.isArray(errors)) return undefined;
    // Of another realm, too.
    const tells = errorProperty(error, "name") === AGGREGATE || errors.some(isError);
    if (!(error instanceof AggregateError) && !tells) return undefined;
    return errors.flatMap((each: unknown) => (this.#mayHold(each) ? this.#held(each, tells) : []));
  }

  /** What was aggregated keeps its place: an error says what is no JSON, or would be taken for a part of a field. */
  #held(value: unknown, mayBeValue: boolean): StoredError | StoredValue {
    return (mayBeValue ? this.#nested(value) : undefined) ?? this.error(value);
  }

  #nested(value: unknown): StoredError | StoredValue | undefined {
    if (isError(value)) return this.#mayHold(value) ? this.error(value) : undefined;
    const json = toJson(value);
    return json === undefined ? undefined : { value: json };
  }

  #mayHold(value: unknown): boolean {
    return !this.#around.has(value) && this.#frames.length < MOST;
  }
}

/** Of ours, only what is the user's: the rest says nothing to anybody. */
function framesOfError(error: Error): readonly string[] {
  const frames = framesOf(errorProperty(error, "stack"));
  return DurableError.is(error) ? userFrames(frames) : frames;
}

/** Own enumerable fields that are JSON, but for those that every error has. */
function fieldsOf(error: Error, except: (key: string) => boolean = () => false): object {
  return jsonEntries(
    error,
    keysOf(error).filter((key) => !isReserved(key) && !except(key)),
  );
}

function keysOf(value: object): readonly string[] {
  try {
    return Object.keys(value);
  } catch {
    return [];
  }
}

function jsonEntries(value: object, keys: readonly string[]): Record<string, unknown> {
  const entries: (readonly [string, unknown])[] = [];
  for (const key of keys) {
    const json = toJson(read(value, key));
    if (json !== undefined) entries.push([key, json]);
  }
  return Object.fromEntries(entries);
}

/** A property that may throw when it is read. */
function read(value: object, key: string): unknown {
  try {
    return Reflect.get(value, key);
  } catch {
    return undefined;
  }
}

/** What JSON makes of a value; undefined if nothing. */
function toJson(value: unknown): unknown {
  try {
    const text: string | undefined = JSON.stringify(value);
    return text === undefined ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}
