import {
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

/**
 * What our own errors put into ErrorData, and how they are made of it again.
 *
 * A name alone makes no error ours: other libraries have a SerdesError, too, and AWS's SDK a StepError.
 */

/** What one of our errors needs besides its message to be made again. */
interface OwnData extends CallbackIdentity {
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
  readonly issues: readonly ValidationIssue[];
  readonly payload?: unknown;
  /** Of an error that has nothing else to be known by. */
  readonly code?: string | undefined;
}

const ESSENTIAL: readonly string[] = [
  "name",
  "callbackName",
  "callbackId",
  "errorType",
  "errorMessage",
  "reason",
  "status",
  "option",
  "issues",
  "code",
];

/** Keys of the data that are no fields of the user's. */
export const OWN_KEYS: ReadonlySet<string> = new Set([
  ...ESSENTIAL,
  "errorData",
  "stackTrace",
  "value",
  "payload",
  "cause",
  "errors",
]);

/** Whether an error of ours can be made without this part of its data. */
export function isDispensable(key: string): boolean {
  return !ESSENTIAL.includes(key);
}

/** The name of an error of ours that says of its operation what its cause says, too. */
export function isWrapper(type: string): boolean {
  return Object.hasOwn(wrappers, type);
}

/** Undefined for an error that is none of ours. */
export function ownDataOf(error: Error): Partial<OwnData> | undefined {
  if (!DurableError.is(error)) return undefined;
  if (CallbackExternalError.is(error)) {
    const { callbackName, callbackId, errorType, errorMessage, errorData, stackTrace } = error;
    return { callbackName, callbackId, errorType, errorMessage, errorData, stackTrace };
  }
  if (CallbackTimeoutError.is(error)) {
    const { callbackName, callbackId, reason } = error;
    return { callbackName, callbackId, reason };
  }
  if (CallbackValidationError.is(error)) {
    const { callbackName, callbackId, payload } = error;
    const issues = error.issues.map(({ message, path }) => ({ message, path: path?.map(String) }));
    return { callbackName, callbackId, issues, payload };
  }
  if (CallbackSubmitterError.is(error)) {
    const { callbackName: name, errorType, errorMessage } = error;
    return { name, errorType, errorMessage };
  }
  if (StepError.is(error)) return told(error.stepName, error);
  if (ChildContextError.is(error)) return told(error.contextName, error);
  if (WaitForConditionError.is(error)) return told(error.conditionName, error);
  if (PromiseCombinatorError.is(error)) return told(error.combinatorName, error);
  if (InvokeError.is(error)) return { ...told(error.functionName, error), status: error.status };
  if (InvalidDurationError.is(error)) return { option: error.option, value: error.value };
  if (UnknownCallbackError.is(error)) return { callbackId: error.callbackId };
  return Object.hasOwn(makers, error.name) ? {} : undefined;
}

function told(
  name: string | undefined,
  error: Pick<OwnData, "errorType" | "errorMessage" | "errorData">,
): Partial<OwnData> {
  const { errorType, errorMessage, errorData } = error;
  return { name, errorType, errorMessage, errorData };
}

type Maker = (data: OwnData, message: string, cause: ErrorOptions) => DurableError | undefined;

const tellsOf = ({ errorType, errorMessage, errorData, stackTrace }: OwnData): ErrorObject => ({
  ErrorType: errorType,
  ErrorMessage: errorMessage,
  ErrorData: errorData,
  StackTrace: stackTrace,
});

const wrapper =
  (
    make: (name: string | undefined, object: ErrorObject, cause: ErrorOptions) => DurableError,
  ): Maker =>
  (data, _, cause) =>
    make(data.name, tellsOf(data), cause);

const wrappers: Readonly<Record<string, Maker>> = {
  CallbackSubmitterError: wrapper((...args) => new CallbackSubmitterError(...args)),
  StepError: wrapper((...args) => new StepError(...args)),
  ChildContextError: wrapper((...args) => new ChildContextError(...args)),
  WaitForConditionError: wrapper((...args) => new WaitForConditionError(...args)),
  PromiseCombinatorError: wrapper((...args) => new PromiseCombinatorError(...args)),
  InvokeError: (data, _, cause) =>
    isText(data.name) ? new InvokeError(data.name, data.status, tellsOf(data), cause) : undefined,
};

const makers: Readonly<Record<string, Maker>> = {
  ...wrappers,
  CallbackExternalError: (data) =>
    isText(data.callbackId) ? new CallbackExternalError(data, tellsOf(data)) : undefined,
  CallbackTimeoutError: (data) =>
    isText(data.callbackId) ? new CallbackTimeoutError(data, data.reason) : undefined,
  CallbackValidationError: (data) =>
    Array.isArray(data.issues)
      ? new CallbackValidationError(data, { issues: data.issues, payload: data.payload })
      : undefined,
  UnknownCallbackError: (data) =>
    isText(data.callbackId) ? new UnknownCallbackError(data.callbackId, "") : undefined,
  InvalidDurationError: (data, message) =>
    isText(data.option) ? new InvalidDurationError(message, data) : undefined,
  BatchCompletionError: () => new BatchCompletionError(),
  ConditionNotMetError: (_, message) => new ConditionNotMetError(message),
  StepInterruptedError: (_, message) => new StepInterruptedError(message),
  StepCannotWaitError: (_, message) => new StepCannotWaitError(message),
  SerdesError: (_, message) => new SerdesError(message),
  PayloadTooLargeError: (_, message) => new PayloadTooLargeError(message),
  InvalidArgumentError: (_, message) => new InvalidArgumentError(message),
};

/**
 * One of our errors, made again; undefined for another one, also if it happens to bear the same name.
 *
 * @param recorded - the data by which it is known, unless that is all.
 * @param cause - for those that say of their operation what their cause says, too.
 */
export function makeOwnError(
  type: string,
  message: string,
  data: object,
  { recorded = data, cause }: { readonly recorded?: object; readonly cause?: Error } = {},
): DurableError | undefined {
  const make = Object.hasOwn(makers, type) ? makers[type] : undefined;
  if (make === undefined) return undefined;
  const error = make(data as OwnData, message, cause === undefined ? {} : { cause });
  if (error === undefined || !isMarked(error, recorded)) return undefined;
  error.message = message;
  return error;
}

/** Whether this data is that of an error of ours: it says so, or has what only one of ours would have. */
export function isMarked(error: DurableError, data: object): boolean {
  if (Reflect.get(data, "code") === error.code) return true;
  const marks = isWrapper(error.name) ? WRAPPER_MARKS : OTHER_MARKS;
  return marks.some((key) => Object.hasOwn(data, key) && Reflect.get(data, key) !== undefined);
}

const WRAPPER_MARKS: readonly string[] = ["name", "errorType", "errorMessage"];
const OTHER_MARKS: readonly string[] = ["callbackId", "option"];

function isText(value: unknown): value is string {
  return typeof value === "string";
}
