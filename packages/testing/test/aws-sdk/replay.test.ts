import type { DurableContext } from "@aws/durable-execution-sdk-js";
import { expect } from "vitest";
import { respond } from "../../src/index.ts";
import { onEverySdk, type Scenario } from "./support/on-every-sdk.ts";

/** A handler whose operations depend on how often it was invoked. */
const changing =
  (
    operation: (context: DurableContext, invocation: number) => Promise<unknown>,
  ): Scenario["handler"] =>
  (sdk) => {
    let invocation = 0;
    return sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      invocation += 1;
      await operation(context, invocation);
      await context.wait({ seconds: 1 });
      return "not noticed";
    });
  };

/** Before 2.3 the SDK suspends when a replay does not fit; the service fails what waits for nothing. */
const suspends = {
  because: "the SDK answers PENDING, and the service says what is wrong with it",
  outcome: {
    error: {
      ErrorType: "InvalidParameterValueException",
      ErrorMessage: expect.stringMatching(/^Cannot return PENDING status/) as unknown,
    },
    invocations: ["PENDING", "PENDING"],
    elapsedMs: 1000,
  },
} as const;
const unfitting = {
  expected: { status: "FAILED", invocations: ["PENDING", "FAILED"] },
  differs: { "1.1.7": suspends, "2.0.0": suspends, "2.2.0": suspends },
} as const;

onEverySdk("a step that is called otherwise in the next invocation", {
  handler: changing(async (context, n) => context.step(`step ${n}`, async () => n)),
  ...unfitting,
});

onEverySdk("a step that is a wait in the next invocation", {
  handler: changing(async (context, n) =>
    n === 1 ? context.step("it", async () => n) : context.wait("it", { seconds: 1 }),
  ),
  ...unfitting,
});

onEverySdk("a child context that is a map in the next invocation", {
  handler: changing(async (context, n) =>
    n === 1
      ? context.runInChildContext("it", async () => n)
      : context.map("it", [1], async () => n),
  ),
  ...unfitting,
});

onEverySdk("what an invocation is told", {
  handler: (sdk) => {
    const told: unknown[] = [];
    const handler = sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const [answer] = await context.createCallback("approval");
      await context.step("ask", async () => 1);
      await context.wait({ hours: 2 });
      await answer;
      return told;
    });
    // As a middleware would see it, around an unmodified handler.
    return async (event: never, lambdaContext: never) => {
      const { InitialExecutionState: state, UpdatedOperationIds } = event as {
        InitialExecutionState: { Operations: { Type: string; Status: string; Id: string }[] };
        UpdatedOperationIds?: string[];
      };
      const types = state.Operations.map(({ Type, Status }) => `${Type} ${Status}`);
      const updated = (UpdatedOperationIds ?? []).map(
        (id) => state.Operations.find(({ Id }) => Id === id)?.Type,
      );
      told.push([types.join(", "), updated]);
      return handler(event, lambdaContext);
    };
  },
  options: { callbacks: { approval: respond.success("yes").after({ hours: 1 }) } },
  expected: {
    result: [
      ["EXECUTION STARTED", []],
      ["EXECUTION STARTED, STEP SUCCEEDED, WAIT STARTED, CALLBACK SUCCEEDED", ["CALLBACK"]],
      ["EXECUTION STARTED, STEP SUCCEEDED, CALLBACK SUCCEEDED, WAIT SUCCEEDED", ["WAIT"]],
    ],
  },
});

onEverySdk("an event whose client is another one than that of the handler's configuration", {
  handler: (sdk) => {
    const never = async (): Promise<never> => {
      throw new Error("That client must not be asked.");
    };
    return sdk.withDurableExecution(
      async (_: unknown, context: DurableContext) => context.step("work", async () => 1),
      // oxlint-disable-next-line typescript/no-deprecated -- Older versions know no other.
      { client: { send: never } as never },
    );
  },
  expected: { result: 1 },
});

onEverySdk("a handler that rejects for a while", {
  handler: (sdk) => {
    let calls = 0;
    const handler = sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
      context.step("work", async () => calls),
    );
    return async (event: never, lambdaContext: never) => {
      calls += 1;
      if (calls < 3) throw new Error("no sandbox");
      return handler(event, lambdaContext);
    };
  },
  expected: { result: 3, invocations: ["DIED", "DIED", "SUCCEEDED"] },
});

onEverySdk("values that cannot be read back", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
      context.step("work", async () => "value", {
        serdes: {
          serialize: async (value) => value,
          deserialize: async () => {
            throw new SyntaxError("unreadable");
          },
        },
      }),
    ),
  // The SDK takes it for an infrastructure fault, which is tried again.
  expected: { rejection: "HandlerRejectedError", invocations: ["DIED", "DIED", "DIED", "DIED"] },
});

onEverySdk("time and chance are the execution's", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const first = await context.step(async () => [
        Date.now(),
        Math.random(),
        crypto.randomUUID(),
      ]);
      await context.wait({ days: 1 });
      const second = await context.step(async () => [
        Date.now(),
        Math.random(),
        crypto.randomUUID(),
      ]);
      return [first, second];
    }),
  options: { seed: 7, startTime: "2030-01-01T00:00:00.000Z" },
  expected: { status: "SUCCEEDED" },
});
