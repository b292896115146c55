/** The service's own words for a key of the customer's that it cannot use; they come as status 502. */
const KEY_ERRORS: ReadonlySet<string> = new Set([
  "KMSAccessDeniedException",
  "KMSDisabledException",
  "KMSInvalidStateException",
  "KMSNotFoundException",
]);

const TOO_MANY_REQUESTS = 429;

/**
 * Whether the service has refused a checkpoint for good, so that the execution fails: invoking again
 * could only be refused again. All else (throttling, an error of the service, no connection, a token
 * that another invocation has used) is a matter of this invocation.
 *
 * Source: how `@aws/durable-execution-sdk-js` 2.4.0 tells the two apart.
 */
export function isFinalRefusal(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  const { name, message, $metadata } = error as Partial<AwsError>;
  if (name !== undefined && KEY_ERRORS.has(name)) return true;
  const status = $metadata?.httpStatusCode ?? 0;
  if (status < 400 || status >= 500 || status === TOO_MANY_REQUESTS) return false;
  const isStaleToken =
    name === "InvalidParameterValueException" &&
    message?.startsWith("Invalid Checkpoint Token") === true;
  return !isStaleToken;
}

/** An error as the AWS client rejects with it. */
interface AwsError {
  readonly name: string;
  readonly message: string;
  readonly $metadata: { readonly httpStatusCode?: number | undefined };
}
