/**
 * What a checkpoint that was not taken means for the execution.
 *
 * - `checkpoint`: it is wrong, and would be refused again. The execution fails.
 * - `invocation`: another one has gone on. This one is over.
 * - `passing`: none of the execution's doing. Another invocation may have more luck.
 */
export type Refusal = "checkpoint" | "invocation" | "passing";

/**
 * Errors by name.
 *
 * Sources: CheckpointDurableExecution in the model of the Lambda API (`@aws-sdk/client-lambda`), which
 * says whose fault an exception is; the errors common to all AWS APIs; and the lists of throttling,
 * transient and clock-skew errors by which the AWS client retries (`@smithy/core/retry`).
 */
const refusals: Readonly<Record<string, Refusal>> = {
  // The model's: a fault of the client.
  InvalidParameterValueException: "checkpoint", // unless it is about the token
  TooManyRequestsException: "passing",

  // The model's: faults of the server. A key of the customer's does not mend itself.
  ServiceException: "passing",
  KMSAccessDeniedException: "checkpoint",
  KMSDisabledException: "checkpoint",
  KMSInvalidStateException: "checkpoint",
  KMSNotFoundException: "checkpoint",

  // Of the API's other operations: something else is going on at the moment.
  ResourceConflictException: "passing",
  ResourceInUseException: "passing",
  ResourceNotReadyException: "passing",

  // Credentials that have expired, or are being exchanged.
  ExpiredToken: "passing",
  ExpiredTokenException: "passing",
  IncompleteSignature: "passing",
  IncompleteSignatureException: "passing",
  InvalidClientTokenId: "passing",
  MissingAuthenticationToken: "passing",
  MissingAuthenticationTokenException: "passing",
  NotAuthorized: "passing",
  TokenRefreshRequired: "passing",
  UnrecognizedClientException: "passing",

  // A clock that is wrong. The client's list has AccessDeniedException too, which says more than that.
  AuthFailure: "passing",
  InvalidSignatureException: "passing",
  RequestExpired: "passing",
  RequestInTheFuture: "passing",
  RequestTimeTooSkewed: "passing",
  SignatureDoesNotMatch: "passing",

  // Throttling.
  BandwidthLimitExceeded: "passing",
  EC2ThrottledException: "passing",
  LimitExceededException: "passing",
  PriorRequestNotComplete: "passing",
  ProvisionedThroughputExceededException: "passing",
  RequestLimitExceeded: "passing",
  RequestThrottled: "passing",
  RequestThrottledException: "passing",
  SlowDown: "passing",
  ThrottledException: "passing",
  Throttling: "passing",
  ThrottlingException: "passing",
  TransactionInProgressException: "passing",

  // The way to the service.
  RequestAborted: "passing",
  RequestAbortedException: "passing",
  RequestTimeout: "passing",
  RequestTimeoutException: "passing",
};

/** How the AWS client calls an error whose response names none: not the service, something on the way. */
const UNNAMED = "Unknown";

/** For errors that the table does not know: what HTTP itself calls a fault of the moment, or of the request. */
const byStatus: ReadonlyMap<number, Refusal> = new Map([
  [401, "passing"],
  [407, "passing"],
  [408, "passing"],
  [409, "passing"],
  [413, "checkpoint"],
  [423, "passing"],
  [425, "passing"],
  [429, "passing"],
]);

/**
 * Sorts what a checkpoint was rejected with: by its name, which a client of one's own may pass on without the
 * rest. Other errors that did not come from AWS are passing.
 */
export function refusalOf(error: unknown): Refusal {
  if (typeof error !== "object" || error === null) return "passing";
  const { name = UNNAMED, message, $fault, $retryable, $metadata } = error as Partial<AwsError>;
  if (isStaleToken(name, message)) return "invocation";
  if (Object.hasOwn(refusals, name)) return refusals[name] ?? "passing";
  const status = $metadata?.httpStatusCode ?? 0;
  if (status < 400 || $retryable !== undefined) return "passing";
  const known = byStatus.get(status);
  if (known !== undefined) return known;
  return $fault === "client" && name !== UNNAMED && status < 500 ? "checkpoint" : "passing";
}

function isStaleToken(name: string, message: unknown): boolean {
  return (
    name === "InvalidParameterValueException" &&
    typeof message === "string" &&
    message.startsWith("Invalid Checkpoint Token")
  );
}

/** An error as the AWS client rejects with it. */
interface AwsError {
  readonly name: string;
  readonly message: unknown;
  /** Whose fault it is, as the model says; for errors that it does not know, by the status. */
  readonly $fault: "client" | "server";
  /** Set where the model says that it may pass. */
  readonly $retryable: object;
  readonly $metadata: { readonly httpStatusCode?: number | undefined };
}
