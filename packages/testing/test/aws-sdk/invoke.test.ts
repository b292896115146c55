import type { DurableContext } from "@aws/durable-execution-sdk-js";
import { respond } from "../../src/index.ts";
import { onEverySdk, type Scenario } from "./support/on-every-sdk.ts";

/** Invokes "target", and says what came of it. */
const calling: Scenario["handler"] = (sdk) =>
  sdk.withDurableExecution(async (input: unknown, context: DurableContext) => {
    try {
      return { got: await context.invoke<unknown, unknown>("call", "target", input) };
    } catch (error) {
      return { name: (error as Error).name, message: (error as Error).message };
    }
  });

onEverySdk("a plain function that is invoked", {
  handler: calling,
  input: { n: 20 },
  options: { functions: { target: ({ n }: { n: number }) => ({ doubled: n * 2 }) } },
  expected: {
    result: { got: { doubled: 40 } },
    operations: ['ChainedInvoke "call" SUCCEEDED'],
    invocations: ["PENDING", "SUCCEEDED"],
  },
});

onEverySdk("a plain function that throws", {
  handler: calling,
  options: {
    functions: {
      target: () => {
        throw new RangeError("out of range");
      },
    },
  },
  expected: { status: "SUCCEEDED", operations: ['ChainedInvoke "call" FAILED'] },
});

onEverySdk("a durable function that is invoked, of the same SDK", {
  handler: calling,
  input: { n: 20 },
  options: (sdk) => ({
    durableFunctions: {
      target: sdk.withDurableExecution(async ({ n }: { n: number }, context: DurableContext) => {
        await context.wait({ hours: 1 });
        return context.step("double", async () => n * 2);
      }),
    },
  }),
  expected: { result: { got: 40 }, invocations: ["PENDING", "SUCCEEDED"] },
});

onEverySdk("a durable function that fails", {
  handler: calling,
  options: (sdk) => ({
    durableFunctions: {
      target: sdk.withDurableExecution(async () => {
        throw new RangeError("out of range");
      }),
    },
  }),
  expected: { status: "SUCCEEDED", operations: ['ChainedInvoke "call" FAILED'] },
});

onEverySdk("a durable function that waits for a callback", {
  handler: calling,
  options: (sdk) => ({
    durableFunctions: {
      target: sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
        const [answer] = await context.createCallback("approval", { timeout: { days: 1 } });
        return answer;
      }),
    },
    callbacks: { approval: respond.success("yes").after({ hours: 3 }) },
  }),
  expected: { result: { got: "yes" } },
});

onEverySdk("several functions at once, by name and without", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
      Promise.all([
        context.invoke<number, number>("target", 1),
        context.invoke<number, number>("named", "target", 2),
        context.invoke<number, number>("target", 3, { tenantId: "tenant-1" }),
      ]),
    ),
  options: { functions: { target: (n: number) => n * 10 } },
  expected: { result: [10, 20, 30] },
});

onEverySdk("functions invoked in a map", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const batch = await context.map(
        [1, 2, 3],
        async (child, item) => child.invoke<number, number>("target", item),
        { maxConcurrency: 1 },
      );
      return batch.getResults();
    }),
  options: { functions: { target: (n: number) => n * 10 } },
  expected: { result: [10, 20, 30] },
});

onEverySdk("serdes of what is sent and returned", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
      context.invoke<number, number>("target", 1, {
        payloadSerdes: {
          serialize: async (n) => JSON.stringify({ n }),
          deserialize: async () => undefined,
        },
        resultSerdes: {
          serialize: async () => undefined,
          deserialize: async (text = "0") => Number(text) + 0.5,
        },
      }),
    ),
  options: { functions: { target: ({ n }: { n: number }) => n * 10 } },
  expected: { result: 10.5 },
});
