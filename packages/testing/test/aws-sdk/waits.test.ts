import type { DurableContext } from "@aws/durable-execution-sdk-js";
import { onEverySdk } from "./support/on-every-sdk.ts";

onEverySdk("waits of every unit, one after the other", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      await context.wait({ seconds: 5 });
      await context.wait("minutes", { minutes: 3, seconds: 1 });
      await context.wait({ hours: 2 });
      await context.wait("days", { days: 365 });
      return new Date().toISOString();
    }),
  expected: {
    result: "2026-01-01T02:03:06.000Z",
    invocations: ["PENDING", "PENDING", "PENDING", "PENDING", "SUCCEEDED"],
    operations: [
      "Wait SUCCEEDED",
      'Wait "minutes" SUCCEEDED',
      "Wait SUCCEEDED",
      'Wait "days" SUCCEEDED',
    ],
  },
});

onEverySdk("waits that run at once", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      await Promise.all([
        context.wait("long", { hours: 3 }),
        context.wait("short", { hours: 1 }),
        context.wait("middle", { hours: 2 }),
      ]);
      return "done";
    }),
  expected: { result: "done", invocations: ["PENDING", "PENDING", "PENDING", "SUCCEEDED"] },
});

onEverySdk("waits that end at the same instant cause one invocation", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      await Promise.all([1, 2, 3].map(async () => context.wait({ minutes: 1 })));
      return "done";
    }),
  expected: { result: "done", invocations: ["PENDING", "SUCCEEDED"], elapsedMs: 60_000 },
});

onEverySdk("the first of two waits, with the other left behind", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
      Promise.race([
        context.wait("long", { hours: 3 }).then(() => "long"),
        context.wait("short", { hours: 1 }).then(() => "short"),
      ]),
    ),
  expected: {
    result: "short",
    invocations: ["PENDING", "SUCCEEDED"],
    operations: ['Wait "long" STARTED', 'Wait "short" SUCCEEDED'],
    elapsedMs: 3_600_000,
  },
});

onEverySdk("a wait that nobody awaits, and one that is awaited later", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      void context.wait("ignored", { days: 1 });
      const later = context.wait("later", { hours: 1 });
      const first = await context.step("meanwhile", async () => "worked");
      await later;
      return first;
    }),
  expected: {
    result: "worked",
    invocations: ["PENDING", "SUCCEEDED"],
    operations: ['Wait "ignored" STARTED', 'Wait "later" SUCCEEDED', 'Step "meanwhile" SUCCEEDED'],
  },
});

onEverySdk("a wait that ends while a step of the same invocation is at work", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const log: string[] = [];
      const slow = context
        .step("slow", async () => {
          await new Promise((resolve) => {
            setTimeout(resolve, 60_000);
          });
          return Date.now();
        })
        .then(() => log.push("step"));
      await context.wait({ seconds: 10 });
      log.push("wait");
      await slow;
      return log;
    }),
  expected: { status: "SUCCEEDED", result: ["wait", "step"], elapsedMs: 60_000 },
});

onEverySdk("waits in a loop", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      for (let turn = 0; turn < 25; turn += 1) await context.wait({ hours: 1 });
      return "done";
    }),
  expected: { result: "done", elapsedMs: 25 * 3_600_000 },
});

onEverySdk("the test moves the clock itself", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      await context.wait({ hours: 1 });
      await context.wait({ hours: 1 });
      return "done";
    }),
  options: { timeSkipping: "manual" },
  play: async (runner) => {
    await runner.run({});
    await runner.advance({ minutes: 59 });
    await runner.advance({ minutes: 1 });
    return runner.advance({ minutes: 30 });
  },
  expected: {
    status: "PENDING",
    invocations: ["PENDING", "PENDING"],
    operations: ["Wait SUCCEEDED", "Wait STARTED"],
    // Each of the two invocations took 20 ms to see that it can do no more.
    elapsedMs: 5_400_020,
  },
});

onEverySdk("an execution that takes too long", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
      context.wait({ hours: 2 }),
    ),
  play: (runner) => runner.run({}, { timeout: { hours: 1 } }),
  expected: {
    status: "TIMED_OUT",
    invocations: ["PENDING"],
    operations: ["Wait STARTED"],
    elapsedMs: 3_600_000,
  },
});

onEverySdk("an execution that is stopped", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
      context.wait({ hours: 2 }),
    ),
  options: { timeSkipping: "manual" },
  play: async (runner) => {
    await runner.run({});
    return runner.stop({ ErrorType: "Enough", ErrorMessage: "It is late." });
  },
  expected: { status: "STOPPED", error: { ErrorType: "Enough", ErrorMessage: "It is late." } },
});

onEverySdk("an invocation knows how long it may still run", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const lambda = context.lambdaContext as { readonly getRemainingTimeInMillis: () => number };
      const remaining = (): number => lambda.getRemainingTimeInMillis();
      const atFirst = remaining();
      const afterStep = await context.step(async () => {
        await new Promise((resolve) => {
          setTimeout(resolve, 60_000);
        });
        return remaining();
      });
      await context.wait({ hours: 1 });
      return [atFirst, afterStep, remaining()];
    }),
  expected: { result: [900_000, 840_000, 900_000] },
});
