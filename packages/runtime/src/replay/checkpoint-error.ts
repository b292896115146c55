import {
  asError,
  BatchCompletionError,
  CallbackExternalError,
  type CallbackIdentity,
  CallbackSubmitterError,
  CallbackTimeoutError,
  type CallbackTimeoutReason,
  CallbackValidationError,
  ChildContextError,
  ConditionNotMetError,
  DurableError,
  errorProperty,
  InvalidArgumentError,
  InvalidDurationError,
  InvokeError,
  PayloadTooLargeError,
  PromiseCombinatorError,
  SerdesError,
  StepCannotWaitError,
  StepError,
  StepInterruptedError,
  UnknownCallbackError,
  type ValidationIssue,
  WaitForConditionError,
} from "../errors.ts";
import type { ErrorObject } from "../protocol/error-object.ts";
import { ServiceLimits } from "../protocol/limits.ts";

/**
 * How an error crosses a checkpoint.
 *
 * What a handler can catch is made from what was checkpointed, on the first run as on every replay; what
 * does not fit into an ErrorObject is therefore never seen. Our own errors come back as themselves, by
 * what they put into ErrorData; all others as an `Error` with the name, message and stack of the one
 * thrown.
 */

/**
 * An error as it is checkpointed, cut down to what the service stores: first the stack goes, then what
 * the outside world sent along, then the end of the message.
 */
export function errorForCheckpoint(
  error: unknown,
  { errorBytes }: ServiceLimits = ServiceLimits,
): ErrorObject {
  const fits = (object: ErrorObject): boolean =>
    Buffer.byteLength(JSON.stringify(object)) <= errorBytes;
  const object = errorToObject(error);
  if (fits(object)) return object;
  const stackless = withoutStack(error);
  if (fits(stackless)) return stackless;
  const brief = withoutStack(error, true);
  if (fits(brief)) return brief;
  const { ErrorMessage = "", ErrorType } = brief;
  // Four bytes a character at the most, and JSON may double them.
  const room = Math.floor(errorBytes / 8);
  const message = `${ErrorMessage.slice(0, room)}… (cut)`;
  return { ErrorType: ErrorType?.slice(0, 256), ErrorMessage: message };
}

/**
 * Anything thrown, whatever its size, as an ErrorObject.
 *
 * @param brief - leaves out what the outside world sent along.
 */
export function errorToObject(thrown: unknown, brief = false): ErrorObject {
  const error = asError(thrown);
  const data = dataText(error, brief);
  const stack = errorProperty(error, "stack")
    ?.split("\n")
    .filter((line) => /^\s+at /.test(line));
  return {
    ErrorType: errorProperty(error, "name") ?? "Error",
    ErrorMessage: errorProperty(error, "message") ?? "",
    ...(data === undefined ? {} : { ErrorData: data }),
    ...(stack === undefined ? {} : { StackTrace: stack }),
  };
}

/** What has no JSON form, such as a payload read by a serdes, is left out as if there were no room. */
function dataText(error: Error, brief: boolean): string | undefined {
  const data = dataOf(error, brief);
  if (data === undefined) return undefined;
  try {
    return JSON.stringify(data);
  } catch {
    return brief ? undefined : dataText(error, true);
  }
}

/** The error that an ErrorObject stands for. */
export function errorFromObject(object: ErrorObject): Error {
  const { ErrorType, ErrorMessage = "", StackTrace = [] } = object;
  const error = knownError(object) ?? new Error(ErrorMessage);
  if (!DurableError.is(error) && ErrorType !== undefined) {
    Object.defineProperty(error, "name", { value: ErrorType, configurable: true, writable: true });
  }
  if (StackTrace.length > 0) {
    error.stack = `${error.name}: ${error.message}\n${StackTrace.join("\n")}`;
  }
  return error;
}

/** What one of our errors needs besides its message to be made again. */
interface ErrorData extends CallbackIdentity {
  /** Of an operation, or of the function that was invoked. */
  readonly name?: string | undefined;
  readonly errorType?: string | undefined;
  readonly errorMessage?: string | undefined;
  readonly errorData?: string | undefined;
  readonly stackTrace?: readonly string[] | undefined;
  readonly reason: CallbackTimeoutReason;
  readonly status: InvokeError["status"];
  readonly option: string;
  readonly value: unknown;
  /** Of an AggregateError. */
  readonly errors?: readonly ErrorObject[] | undefined;
  readonly issues: readonly ValidationIssue[];
  readonly payload?: unknown;
}

function dataOf(error: Error, brief: boolean): Partial<ErrorData> | undefined {
  if (!DurableError.is(error)) return brief ? undefined : dataOfAggregate(error);
  if (CallbackExternalError.is(error)) {
    const { callbackName, callbackId, errorType, errorMessage, errorData, stackTrace } = error;
    const sent = brief ? {} : { errorData, stackTrace };
    return { callbackName, callbackId, errorType, errorMessage, ...sent };
  }
  if (CallbackTimeoutError.is(error)) {
    const { callbackName, callbackId, reason } = error;
    return { callbackName, callbackId, reason };
  }
  if (CallbackValidationError.is(error)) {
    const { callbackName, callbackId, payload } = error;
    const issues = error.issues.map(({ message, path }) => ({ message, path: path?.map(String) }));
    return { callbackName, callbackId, issues, ...(brief ? {} : { payload }) };
  }
  if (CallbackSubmitterError.is(error)) return causeData(error.callbackName, error, brief);
  if (StepError.is(error)) return causeData(error.stepName, error, brief);
  if (ChildContextError.is(error)) return causeData(error.contextName, error, brief);
  if (WaitForConditionError.is(error)) return causeData(error.conditionName, error, brief);
  if (PromiseCombinatorError.is(error)) return causeData(error.combinatorName, error, brief);
  if (InvokeError.is(error)) {
    return { ...causeData(error.functionName, error, brief), status: error.status };
  }
  if (InvalidDurationError.is(error)) {
    return { option: error.option, ...(brief ? {} : { value: error.value }) };
  }
  if (UnknownCallbackError.is(error)) return { callbackId: error.callbackId };
  return undefined;
}

/** The errors that an AggregateError, such as that of `Promise.any`, stands for. */
function dataOfAggregate(error: Error): Partial<ErrorData> | undefined {
  if (!(error instanceof AggregateError) || !Array.isArray(error.errors)) return undefined;
  return { errors: error.errors.map((each: unknown) => withoutStack(each)) };
}

/** An error as it stands in a payload: where it was thrown differs from machine to machine. */
export function withoutStack(error: unknown, brief = false): ErrorObject {
  const { StackTrace: _, ...object } = errorToObject(error, brief);
  return object;
}

function causeData(
  name: string | undefined,
  error: Pick<ErrorData, "errorType" | "errorMessage" | "errorData">,
  brief: boolean,
): Partial<ErrorData> {
  const { errorType, errorMessage, errorData } = error;
  return { name, errorType, errorMessage, ...(brief ? {} : { errorData }) };
}

type Maker = (data: ErrorData, message: string) => Error | undefined;

const withCause =
  (
    make: (name: string | undefined, object: ErrorObject, cause: ErrorOptions) => DurableError,
  ): Maker =>
  (data) => {
    const object = causeOf(data);
    return make(data.name, object, { cause: errorFromObject(object) });
  };

const makers: Readonly<Record<string, Maker>> = {
  CallbackExternalError: (data) =>
    isText(data.callbackId) ? new CallbackExternalError(data, causeOf(data)) : undefined,
  CallbackTimeoutError: (data) =>
    isText(data.callbackId) ? new CallbackTimeoutError(data, data.reason) : undefined,
  CallbackValidationError: (data) =>
    Array.isArray(data.issues)
      ? new CallbackValidationError(data, { issues: data.issues, payload: data.payload })
      : undefined,
  UnknownCallbackError: (data) =>
    isText(data.callbackId) ? new UnknownCallbackError(data.callbackId, "") : undefined,
  CallbackSubmitterError: withCause((...args) => new CallbackSubmitterError(...args)),
  StepError: withCause((...args) => new StepError(...args)),
  ChildContextError: withCause((...args) => new ChildContextError(...args)),
  WaitForConditionError: withCause((...args) => new WaitForConditionError(...args)),
  PromiseCombinatorError: withCause((...args) => new PromiseCombinatorError(...args)),
  InvokeError: (data) => {
    const object = causeOf(data);
    const cause = errorFromObject(object);
    return isText(data.name)
      ? new InvokeError(data.name, data.status, object, { cause })
      : undefined;
  },
  AggregateError: ({ errors }, message) =>
    Array.isArray(errors) ? new AggregateError(errors.map(errorFromObject), message) : undefined,
  BatchCompletionError: () => new BatchCompletionError(),
  ConditionNotMetError: (_, message) => new ConditionNotMetError(message),
  StepInterruptedError: (_, message) => new StepInterruptedError(message),
  StepCannotWaitError: (_, message) => new StepCannotWaitError(message),
  SerdesError: (_, message) => new SerdesError(message),
  PayloadTooLargeError: (_, message) => new PayloadTooLargeError(message),
  InvalidDurationError: (data, message) =>
    isText(data.option) ? new InvalidDurationError(message, data) : undefined,
  InvalidArgumentError: (_, message) => new InvalidArgumentError(message),
};

/** One of the errors known here; undefined for another one, also if it happens to bear the same name. */
function knownError({
  ErrorType = "",
  ErrorMessage = "",
  ErrorData,
}: ErrorObject): Error | undefined {
  const make = Object.hasOwn(makers, ErrorType) ? makers[ErrorType] : undefined;
  if (make === undefined) return undefined;
  const data = parseData(ErrorData);
  const error = data === undefined ? undefined : make(data, ErrorMessage);
  if (error !== undefined) error.message = ErrorMessage;
  return error;
}

function parseData(text = "{}"): ErrorData | undefined {
  try {
    const data: unknown = JSON.parse(text);
    return typeof data === "object" && data !== null ? (data as ErrorData) : undefined;
  } catch {
    return undefined;
  }
}

function causeOf({ errorType, errorMessage, errorData, stackTrace }: ErrorData): ErrorObject {
  return {
    ErrorType: errorType,
    ErrorMessage: errorMessage,
    ErrorData: errorData,
    StackTrace: stackTrace,
  };
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}
