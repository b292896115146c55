import type { CheckpointRequest, CheckpointResponse, ServiceClient } from "@durabletest/runtime";
import { type AnyDurableLambdaHandler, standInFor } from "../handlers.ts";
import { natives } from "../surroundings/natives.ts";
import { currentScope } from "../surroundings/scope.ts";
import { armScopedTimer } from "../surroundings/timer.ts";

/** What AWS's runner tells handlers about the function they are. */
const FUNCTION = {
  functionName: "my-function-name",
  functionVersion: "1",
  invokedFunctionArn: "arn:aws:lambda:us-east-2:123456789012:function:my-function-name",
  memoryLimitInMB: "1024",
  logGroupName: "MyLogGroupName",
  logStreamName: "MyLogStreamName",
  callbackWaitsForEmptyEventLoop: false,
  done: notThere("done"),
  fail: notThere("fail"),
  succeed: notThere("succeed"),
};

/** What AWS's runner lets an invocation take. */
const INVOCATION_LIMIT_MS = 900_000;

/** The context of a Lambda invocation that begins now. */
export function lambdaContext(given: Partial<Context> = {}): Context {
  const startedAt = natives.realNow();
  return {
    ...FUNCTION,
    awsRequestId: given.awsRequestId ?? "",
    // Of an invocation in virtual time the harness knows it.
    getRemainingTimeInMillis:
      currentScope() === undefined || given.getRemainingTimeInMillis === undefined
        ? () => Math.max(0, Math.ceil(INVOCATION_LIMIT_MS - (natives.realNow() - startedAt)))
        : given.getRemainingTimeInMillis,
  };
}

interface Context {
  readonly awsRequestId: string;
  readonly getRemainingTimeInMillis: () => number;
}

/** What is done around the code of a handler. */
export interface AroundHandler {
  /** Called when an invocation begins and when it ends. */
  readonly atBounds: () => void;
  /** Called for each checkpoint, which it sends and whose answer it hands on. */
  readonly checkpoint: (
    request: CheckpointRequest,
    send: () => Promise<CheckpointResponse>,
  ) => Promise<CheckpointResponse>;
}

/** A durable handler that sees what it sees in AWS's runner. */
export function inAwsSurroundings(
  handler: AnyDurableLambdaHandler,
  { atBounds, checkpoint }: AroundHandler,
): AnyDurableLambdaHandler {
  const inSurroundings = async (event: Event, context: Context): Promise<unknown> => {
    const { durableExecutionClient: client } = event;
    event.durableExecutionClient = {
      ...client,
      checkpoint: (request) => checkpoint(request, () => client.checkpoint(request)),
    };
    atBounds();
    try {
      return await handler(event as never, lambdaContext(context));
    } finally {
      atBounds();
    }
  };
  return standInFor(handler, inSurroundings);
}

interface Event {
  durableExecutionClient: ServiceClient;
}

/** Waits, in the time that the running code lives in. */
export function pause(delayMs: number): Promise<void> {
  const scope = currentScope();
  return new Promise((resolve) => {
    if (scope === undefined) natives.setTimeout(resolve, delayMs);
    else armScopedTimer(scope, { callback: () => resolve(), delayMs, args: [], repeats: false });
  });
}

function notThere(method: string): () => never {
  return () => {
    throw new Error(`context.${method} is a thing of the past. Return the result, or throw.`);
  };
}
