/**
 * What AWS Lambda tells a function about one invocation: the handler's second argument, as it came.
 *
 * It is another one in every invocation, so nothing that must be the same on a replay may depend on it
 * outside a step. In a test, the harness stands one in; `getRemainingTimeInMillis` tells virtual time.
 *
 * Source: AWS Lambda's documentation, "Using the Lambda context object"; without what is deprecated there.
 */
export interface LambdaContext {
  readonly awsRequestId: string;
  readonly functionName: string;
  readonly functionVersion: string;
  /** As it was invoked: with the version or the alias. */
  readonly invokedFunctionArn: string;
  readonly memoryLimitInMB: string;
  readonly logGroupName: string;
  readonly logStreamName: string;
  /** Of a function that is isolated by tenant: whose invocation it is. */
  readonly tenantId?: string | undefined;
  /** Set by callers from AWS's mobile SDKs. */
  readonly identity?: unknown;
  /** Set by callers from AWS's mobile SDKs. */
  readonly clientContext?: unknown;
  callbackWaitsForEmptyEventLoop: boolean;
  /** Milliseconds until the invocation is cut off. */
  getRemainingTimeInMillis(): number;
}
