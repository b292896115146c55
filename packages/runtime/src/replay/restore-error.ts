import { isError } from "../errors.ts";
import { isWrapper, makeOwnError, OWN_KEYS } from "./error-data.ts";
import {
  dataText,
  type ErrorData,
  type Frames,
  isAggregated,
  isReserved,
  isStoredError,
  isStoredValue,
  parseData,
  type StoredError,
  type StoredValue,
} from "./stored-error.ts";
import { setFrames } from "./user-frames.ts";

/** The error that was stored. */
export function restoreError(stored: StoredError, frames: readonly Frames[]): Error {
  return new Restoring(frames).error(stored);
}

class Restoring {
  readonly #frames: readonly Frames[];
  #next = 0;

  constructor(frames: readonly Frames[]) {
    this.#frames = frames;
  }

  error({ ErrorType, ErrorMessage, ErrorData }: StoredError): Error {
    const frames = this.#frames[this.#next++]?.frames ?? [];
    const data: ErrorData = typeof ErrorData === "object" ? ErrorData : {};
    const cause = this.#cause(data);
    const errors = isAggregated(data.errors, ErrorType)
      ? data.errors.map((each) => this.#held(each))
      : undefined;
    const own = ownError(ErrorType, ErrorMessage, data, cause);
    const error = own ?? plainError(ErrorType, ErrorMessage, errors);
    for (const [key, value] of Object.entries(data)) {
      if (own !== undefined && OWN_KEYS.has(key)) continue;
      if (key === "cause" || (key === "errors" && errors !== undefined)) continue;
      if (!isReserved(key)) define(error, key, value, true);
    }
    if (cause !== undefined && !Object.hasOwn(error, "cause")) define(error, "cause", cause, false);
    setFrames(error, frames);
    return error;
  }

  #cause({ cause }: ErrorData): unknown {
    return cause === undefined ? undefined : this.#held(cause);
  }

  #held(stored: StoredError | StoredValue): unknown {
    if (isStoredError(stored)) return this.error(stored);
    return isStoredValue(stored) ? stored.value : stored;
  }
}

/** One of ours; what it says of its operation is what its cause says, unless it says otherwise. */
function ownError(
  type: string,
  message: string,
  data: ErrorData,
  cause: unknown,
): Error | undefined {
  if (!isWrapper(type)) return makeOwnError(type, message, data);
  const stored = isStoredError(data.cause) ? data.cause : undefined;
  const told = {
    errorType: stored?.ErrorType,
    errorMessage: stored?.ErrorMessage,
    errorData: dataText(stored?.ErrorData),
    ...data,
  };
  return makeOwnError(type, message, told, {
    recorded: data,
    cause: isError(cause) ? cause : restoreError(storedFromTold(told), []),
  });
}

function storedFromTold(told: {
  readonly errorType?: unknown;
  readonly errorMessage?: unknown;
  readonly errorData?: unknown;
}): StoredError {
  const text = (value: unknown, otherwise: string): string =>
    typeof value === "string" ? value : otherwise;
  return {
    ErrorType: text(told.errorType, "Error"),
    ErrorMessage: text(told.errorMessage, ""),
    ErrorData: parseData(told.errorData),
  };
}

function plainError(type: string, message: string, errors: readonly unknown[] | undefined): Error {
  const error = errors === undefined ? new Error(message) : new AggregateError(errors, message);
  if (error.name !== type) define(error, "name", type, false);
  return error;
}

function define(error: Error, key: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(error, key, { value, enumerable, configurable: true, writable: true });
}
