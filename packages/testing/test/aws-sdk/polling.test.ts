/** While a step is at work, the SDK does not suspend: it asks the service for what has changed. */
import type { DurableContext } from "@aws/durable-execution-sdk-js";
import { expect } from "vitest";
import { respond } from "../../src/index.ts";
import { BRANCHES_BEGIN_IN_TURN, onEverySdk, type Scenario } from "./support/on-every-sdk.ts";

/** A step that takes so long, beside something else. */
const busyFor =
  (seconds: number, other: (child: DurableContext) => Promise<unknown>): Scenario["handler"] =>
  (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
      Promise.all([
        context.runInChildContext("busy", async (child) =>
          child.step(async () => {
            await new Promise((resolve) => {
              setTimeout(resolve, seconds * 1000);
            });
            return "done";
          }),
        ),
        context.runInChildContext("other", other),
      ]),
    );

/** What time it is, as recorded by a step, in seconds. */
const secondsSince = async (child: DurableContext): Promise<number> =>
  child.step("then", async () => (Date.now() - Date.parse("2025-01-01T00:00:00.000Z")) / 1000);

onEverySdk("a callback that is answered meanwhile is seen at the next poll", {
  handler: busyFor(60, async (child) => {
    const [answer] = await child.createCallback("approval");
    return [await answer, await secondsSince(child)];
  }),
  options: { callbacks: { approval: respond.success("yes").after({ seconds: 5 }) } },
  // After 1 s, 2 s, 4 s, 7 s.
  expected: { result: ["done", ["yes", 7]], invocations: ["SUCCEEDED"], elapsedMs: 60_000 },
  differs: BRANCHES_BEGIN_IN_TURN,
});

onEverySdk("a callback that times out meanwhile", {
  handler: busyFor(60, async (child) => {
    const [answer] = await child.createCallback("approval", { timeout: { seconds: 30 } });
    return [await answer.catch(() => "nobody answered"), await secondsSince(child)];
  }),
  play: async (runner) => {
    await runner.run();
    await runner.runToCompletion();
  },
  // Polls come after 1 s, 2 s, 4 s and so on: 22 s, 29 s, 37 s.
  expected: { result: ["done", ["nobody answered", 37]], invocations: ["SUCCEEDED"] },
  differs: BRANCHES_BEGIN_IN_TURN,
});

onEverySdk("a wait that ends meanwhile", {
  handler: busyFor(60, async (child) => {
    await child.wait({ seconds: 20 });
    return secondsSince(child);
  }),
  expected: { result: ["done", 20], invocations: ["SUCCEEDED"] },
  differs: BRANCHES_BEGIN_IN_TURN,
});

onEverySdk("a wait that does not end meanwhile", {
  handler: busyFor(60, async (child) => {
    await child.wait({ hours: 1 });
    return secondsSince(child);
  }),
  expected: { result: ["done", 3600], invocations: ["PENDING", "SUCCEEDED"] },
  differs: BRANCHES_BEGIN_IN_TURN,
});

onEverySdk("a condition that is checked again meanwhile", {
  handler: busyFor(60, async (child) => {
    const checks = await child.waitForCondition(async (state: number) => state + 1, {
      initialState: 0,
      waitStrategy: (state) =>
        state < 4 ? { shouldContinue: true, delay: { seconds: 10 } } : { shouldContinue: false },
    });
    return [checks, await secondsSince(child)];
  }),
  expected: { result: ["done", [4, 30]], invocations: ["SUCCEEDED"] },
  differs: BRANCHES_BEGIN_IN_TURN,
});

onEverySdk("a function that is invoked meanwhile", {
  handler: busyFor(60, async (child) => [await child.invoke("target"), await secondsSince(child)]),
  options: (sdk) => ({
    durableFunctions: {
      target: sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
        await context.wait({ seconds: 5 });
        return "returned";
      }),
    },
  }),
  // It begins when the invocation of its caller has ended.
  expected: { result: ["done", ["returned", expect.any(Number) as unknown]] },
  differs: BRANCHES_BEGIN_IN_TURN,
});

onEverySdk("a step that takes longer than an invocation may runs again", {
  handler: (sdk) => {
    let minutes = 20;
    return sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
      context.step("slow", async () => {
        const ms = minutes * 60_000;
        minutes = 5;
        await new Promise((resolve) => {
          setTimeout(resolve, ms);
        });
        return "done";
      }),
    );
  },
  expected: { result: "done", invocations: ["DIED", "SUCCEEDED"], elapsedMs: 20 * 60_000 },
});
