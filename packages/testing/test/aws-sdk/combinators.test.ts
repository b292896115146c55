import type { DurableContext } from "@aws/durable-execution-sdk-js";
import { respond } from "../../src/index.ts";
import { onEverySdk, type Scenario } from "./support/on-every-sdk.ts";

/** In 1.1.7 they are steps: they hold the invocation, and waits end within it. */
const asSteps = (
  outcome: NonNullable<NonNullable<Scenario["differs"]>["1.1.7"]>["outcome"],
): NonNullable<Scenario["differs"]> => ({
  "1.1.7": { because: "a combinator is a step", ...(outcome !== undefined && { outcome }) },
});

const noRetry = { retryStrategy: () => ({ shouldRetry: false }) };
const fail = (message: string) => async (): Promise<never> => {
  throw new Error(message);
};
const described = (error: unknown): unknown => {
  const { name, message } = error as Error;
  return { name, message };
};

onEverySdk("promise.all", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const values = await context.promise.all<unknown>("all", [
        context.step("a", async () => 1),
        context.wait("b", { minutes: 10 }),
        context.step("c", async () => ({ deep: true })),
      ]);
      await context.wait({ seconds: 1 });
      return values;
    }),
  expected: { result: [1, null, { deep: true }], invocations: ["PENDING", "PENDING", "SUCCEEDED"] },
  differs: asSteps({
    invocations: ["PENDING", "SUCCEEDED"],
    operations: [
      'Step "a" SUCCEEDED',
      'Wait "b" SUCCEEDED',
      'Step "c" SUCCEEDED',
      'Step "all" SUCCEEDED',
      "Wait SUCCEEDED",
    ],
  }),
});

onEverySdk("promise.all of which one fails", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const seen = await context.promise
        .all([
          context.step("a", async () => 1),
          context.step<number>("b", fail("b fails"), noRetry),
        ])
        .catch(described);
      await context.wait({ seconds: 1 });
      return seen;
    }),
  expected: { status: "SUCCEEDED", result: { message: "b fails" } },
  differs: asSteps({
    result: { name: "StepError", message: "b fails" },
    operations: ['Step "a" SUCCEEDED', 'Step "b" FAILED', "Step FAILED", "Wait SUCCEEDED"],
  }),
});

onEverySdk("promise.allSettled", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const settled = await context.promise.allSettled("settled", [
        context.step("a", async () => 1),
        context.step<number>("b", fail("b fails"), noRetry),
      ]);
      await context.wait({ seconds: 1 });
      return settled.map((one) =>
        one.status === "fulfilled" ? one.value : (one.reason as Error).message,
      );
    }),
  expected: { result: [1, "b fails"], invocations: ["PENDING", "SUCCEEDED"] },
  differs: asSteps({
    operations: [
      'Step "a" SUCCEEDED',
      'Step "b" FAILED',
      'Step "settled" SUCCEEDED',
      "Wait SUCCEEDED",
    ],
  }),
});

onEverySdk("promise.any", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const first = await context.promise.any("any", [
        context.step<string>("a", fail("a fails"), noRetry),
        context.step("b", async () => "b"),
      ]);
      await context.wait({ seconds: 1 });
      return first;
    }),
  expected: { result: "b", invocations: ["PENDING", "SUCCEEDED"] },
  differs: asSteps({
    operations: ['Step "a" FAILED', 'Step "b" SUCCEEDED', 'Step "any" SUCCEEDED', "Wait SUCCEEDED"],
  }),
});

onEverySdk("promise.any of which all fail", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
      context.promise
        .any([
          context.step<string>("a", fail("a fails"), noRetry),
          context.step<string>("b", fail("b fails"), noRetry),
        ])
        .catch(described),
    ),
  expected: { status: "SUCCEEDED" },
  differs: asSteps({
    result: { name: "StepError", message: "All promises were rejected" },
    operations: ['Step "a" FAILED', 'Step "b" FAILED', "Step FAILED"],
  }),
});

onEverySdk("promise.race of waits", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      await context.promise.race("race", [
        context.wait("long", { minutes: 5 }),
        context.wait("short", { minutes: 2 }),
      ]);
      await context.wait("after", { minutes: 1 });
      return new Date().toISOString();
    }),
  expected: {
    result: "2025-01-01T00:03:00.000Z",
    invocations: ["PENDING", "PENDING", "SUCCEEDED"],
  },
  differs: asSteps({
    invocations: ["PENDING", "SUCCEEDED"],
    operations: [
      'Wait "long" STARTED',
      'Wait "short" SUCCEEDED',
      'Step "race" SUCCEEDED',
      'Wait "after" SUCCEEDED',
    ],
  }),
});

onEverySdk("promise.race of a callback against a step", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const [answer] = await context.createCallback("approval");
      const winner = await context.promise.race<string>([
        answer,
        context.step("slow", async () => {
          await new Promise((resolve) => {
            setTimeout(resolve, 30_000);
          });
          return "step";
        }),
      ]);
      await context.wait({ seconds: 1 });
      return winner;
    }),
  options: { callbacks: { approval: respond.success("callback").after({ seconds: 5 }) } },
  expected: { status: "SUCCEEDED" },
  differs: asSteps({
    operations: [
      'Callback "approval" SUCCEEDED',
      'Step "slow" STARTED',
      "Step SUCCEEDED",
      "Wait SUCCEEDED",
    ],
  }),
});

onEverySdk("promise.race that is lost", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
      context.promise
        .race<unknown>([
          context.step<unknown>("a", fail("a fails"), noRetry),
          context.wait({ hours: 1 }),
        ])
        .catch(described),
    ),
  expected: { status: "SUCCEEDED", result: { message: "a fails" } },
  differs: asSteps({
    result: { name: "StepError", message: "a fails" },
    operations: ['Step "a" FAILED', "Wait STARTED", "Step FAILED"],
  }),
});

onEverySdk("promise.all of a wait that is longer than an invocation may be", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      await context.promise.all("all", [context.wait({ hours: 1 })]);
      return "done";
    }),
  expected: { result: "done", invocations: ["PENDING", "SUCCEEDED"] },
  differs: {
    "1.1.7": {
      because: "the combinator is a step that holds the invocation, and nothing in it ends it",
      outcome: {
        rejection: "HandlerStuckError",
        status: "PENDING",
        result: undefined,
        invocations: ["DIED"],
        operations: ["Wait STARTED", 'Step "all" STARTED'],
        elapsedMs: 500,
      },
    },
  },
});
