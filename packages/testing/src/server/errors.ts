import { asError } from "@durabletest/runtime/protocol";

/** The exceptions of the Lambda API that this server knows, as its model declares them. */
const EXCEPTIONS = {
  CallbackTimeoutException: { status: 400, fault: "User" },
  InvalidParameterValueException: { status: 400, fault: "User" },
  InvalidRequestContentException: { status: 400, fault: "User" },
  AccessDeniedException: { status: 403, fault: "User" },
  ResourceNotFoundException: { status: 404, fault: "User" },
  UnknownOperationException: { status: 404, fault: "User" },
  MethodNotAllowedException: { status: 405, fault: "User" },
  RequestTimeoutException: { status: 408, fault: "User" },
  RequestTooLargeException: { status: 413, fault: "User" },
  UnsupportedMediaTypeException: { status: 415, fault: "User" },
  RequestHeaderFieldsTooLargeException: { status: 431, fault: "User" },
  ServiceException: { status: 500, fault: "Service" },
} as const;

/** The name of an exception, as clients know it. */
export type ExceptionName = keyof typeof EXCEPTIONS;

/**
 * A refusal, as it is answered over HTTP.
 *
 * Source: the Lambda API's model; the names for broken HTTP are Smithy's.
 */
export class ApiException extends Error {
  override readonly name: ExceptionName;

  constructor(name: ExceptionName, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = name;
  }

  get status(): number {
    return EXCEPTIONS[this.name].status;
  }

  /** The body, as restJson1 clients read it. Operations differ in how they spell the message. */
  get body(): string {
    const { message } = this;
    return JSON.stringify({ Type: EXCEPTIONS[this.name].fault, Message: message, message });
  }
}

/** Whatever was thrown, as a refusal: what the service core refuses, by name; all else is our fault. */
export function asApiException(thrown: unknown): ApiException {
  if (thrown instanceof ApiException) return thrown;
  const { name, message } = asError(thrown);
  const known = Object.hasOwn(EXCEPTIONS, name) ? (name as ExceptionName) : undefined;
  return new ApiException(known ?? "ServiceException", message, { cause: thrown });
}

/** Throws an InvalidParameterValueException. */
export function invalidParameter(message: string): never {
  throw new ApiException("InvalidParameterValueException", message);
}
