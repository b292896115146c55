/** The handlers, made with AWS's SDK. */
import {
  DurableExecutionApiClient,
  type DurableContext,
  StepSemantics,
  withDurableExecution,
} from "@aws/durable-execution-sdk-js";
import { type Handlers, handlersOf } from "./bodies.ts";

export const handlers: Handlers = handlersOf(
  (body) =>
    ({ effect, client }) =>
      withDurableExecution(
        async (_: unknown, context: DurableContext) =>
          body({ context, effect, atMostOnce: StepSemantics.AtMostOncePerRetry }),
        client === undefined
          ? {}
          : { durableExecutionClient: new DurableExecutionApiClient(client) },
      ),
);
