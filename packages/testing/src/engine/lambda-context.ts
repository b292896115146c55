import { functionArn, FUNCTION_VERSION, plainName } from "../service/function-name.ts";
import { currentScope } from "../surroundings/scope.ts";

/** The call that a Lambda context is about. */
export interface LambdaCall {
  /** As the function was invoked: a name, a name with an alias, an ARN. */
  readonly functionName: string;
  readonly requestId: string;
  readonly tenantId?: string | undefined;
  /** Until when the function lets the call run, in virtual epoch milliseconds. */
  readonly limit: number;
}

/**
 * What Lambda tells the code of a function about its invocation.
 *
 * AWS's SDK lets retries and waits happen within an invocation for as long as a step is at work there and
 * there is time left; what comes due later waits for the service.
 */
export function lambdaContext({ functionName, requestId, tenantId, limit }: LambdaCall): object {
  const name = plainName(functionName);
  return {
    functionName: name,
    functionVersion: FUNCTION_VERSION,
    invokedFunctionArn: functionArn(functionName),
    memoryLimitInMB: "128",
    awsRequestId: requestId,
    logGroupName: `/aws/lambda/${name}`,
    logStreamName: name,
    ...(tenantId === undefined ? {} : { tenantId }),
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => {
      // With the real clock there is no telling: the service's times are not those of the handler.
      const host = currentScope()?.host;
      return host === undefined ? 0 : Math.max(0, limit - host.now());
    },
  };
}
