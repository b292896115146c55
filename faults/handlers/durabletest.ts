/** The handlers, made with our runtime. */
import { withDurableExecution } from "@durabletest/runtime";
import { lambdaServiceClient } from "@durabletest/runtime/lambda";
import { type Handlers, handlersOf } from "./bodies.ts";

export const handlers: Handlers = handlersOf(
  (body) =>
    ({ effect, client }) =>
      withDurableExecution(
        async (_, context) => body({ context, effect, atMostOnce: "AtMostOncePerRetry" as const }),
        client === undefined ? {} : { client: lambdaServiceClient({ client }) },
      ),
);
