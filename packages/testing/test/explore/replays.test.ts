import { type DurableContext, type StepContext, withDurableExecution } from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import { explore, ExplorationError } from "../../src/explore/index.ts";
import type { AnyDurableLambdaHandler } from "../../src/index.ts";
import { type Sdk, sdks, VERSIONS } from "../aws-sdk/support/sdks.ts";

type Context = Parameters<Parameters<Sdk["withDurableExecution"]>[0]>[1];

async function failureOf(handler: AnyDurableLambdaHandler): Promise<ExplorationError> {
  const error = await explore(handler, { runs: 20 }).catch((thrown: unknown) => thrown);
  if (error instanceof ExplorationError) return error;
  throw new Error(`It is no ExplorationError: ${String(error)}`);
}

describe.for(VERSIONS)("a handler of AWS's SDK %s", (version) => {
  const { withDurableExecution: withAws } = sdks[version];

  test("that asks the clock outside a step is found", async () => {
    const handler = withAws(async (_: unknown, context: Context) => {
      await context.step("charge", async () => 1);
      return { paidAt: Date.now() };
    });
    const error = await failureOf(handler);
    expect(error.property).toBe("replays");
    expect(error.message).toContain("the handler came to another end");
  });

  test("that takes chance outside a step is found", async () => {
    const handler = withAws(async (_: unknown, context: Context) => {
      await context.step("charge", async () => 1);
      return Math.random() < 0.5 ? "heads" : "tails";
    });
    expect((await failureOf(handler)).property).toBe("replays");
  });

  test("that keeps state in its module is found", async () => {
    let calls = 0;
    const handler = withAws(async (_: unknown, context: Context) => {
      calls += 1;
      await context.wait("a while", { seconds: 5 });
      await context.step("charge", async () => 1);
      return calls > 2 ? "again" : "first";
    });
    expect(["replays", "repeats"]).toContain((await failureOf(handler)).property);
  });

  test("that asks for something more, later, is found with what it asks for", async () => {
    const handler = withAws(async (_: unknown, context: Context) => {
      await context.step("count", async () => 1);
      if (Date.now() > Date.parse("2025-01-01T00:30:00Z")) {
        await context.step("more", async () => 2);
      }
    });
    const error = await failureOf(handler);
    expect(error.property).toBe("replays");
    expect(error.message).toContain('the handler asked for something new: Step "more"');
  });

  test("that fails otherwise is found", async () => {
    const handler = withAws(async (_: unknown, context: Context) => {
      await context.step("count", async () => 1);
      throw new Error(`failed at ${Date.now()}`);
    });
    expect((await failureOf(handler)).message).toMatch(/Replayed: FAILED failed at \d+/);
  });

  test("that does so inside of a context that has ended is found", async () => {
    const inside: readonly ((child: Context) => Promise<unknown>)[] = [
      async (child) => child.step(`report ${Date.now()}`, async () => 1),
      async (child) => {
        await child.wait("nap", { hours: 1 });
        if (new Date().getUTCHours() < 6) await child.step("night", async () => 1);
        return child.wait("again", { hours: 1 });
      },
      async (child) => {
        if (Math.random() < 0.5) await child.step("audit", async () => 1);
        await child.wait("nap", { hours: 1 });
        return child.step("after", async () => 2);
      },
    ];
    for (const body of inside) {
      const child = withAws(async (_: unknown, context: Context) => {
        await context.runInChildContext("child", body);
      });
      const item = withAws(async (_: unknown, context: Context) => {
        await context.map("items", [1, 2], body);
        return "done";
      });
      for (const handler of [child, item]) {
        expect((await failureOf(handler)).property).toBe("replays");
      }
    }
  });

  test("that does none of this is not", async () => {
    const handler = withAws(async (_: unknown, context: Context) => {
      const at = await context.step("now", async () => Date.now());
      const [first] = await context.promise.all([
        context.runInChildContext("branch", async (child: Context) => {
          await child.wait("short", { seconds: 5 });
          return child.step("inner", async () => 2);
        }),
        context.step("beside", async () => 3),
      ]);
      await context.wait("long", { minutes: 5 });
      const orders = await context.map("orders", [1, 2], async (each: Context, item: number) =>
        each.step(`order ${item}`, async () => item),
      );
      return { at, first, orders: orders.getResults() };
    });
    const report = await explore(handler, { runs: 60 });
    expect(report.outcomes.map(({ status }) => status)).toEqual(["SUCCEEDED"]);
  });
});

describe("a handler of our runtime", () => {
  test("that asks the clock, or chance, inside of a context that has ended is found", async () => {
    const handler = withDurableExecution(async (_: undefined, context: DurableContext) => {
      await context.parallel("both", [
        async (branch) => {
          const isLate = new Date().getUTCHours() >= 12;
          await branch.wait("nap", { hours: 1 });
          await branch.step(isLate ? "late" : "early", () => 1);
        },
        async (branch) => {
          await branch.step("other", () => 2);
        },
      ]);
    });
    const error = await failureOf(handler);
    expect(error.property).toBe("replays");
    expect(error.message).toContain('asked for step "late" where step "early" was recorded');
  });

  test("that does otherwise on one day of the week is found", async () => {
    const handler = withDurableExecution(async (_: undefined, context: DurableContext) => {
      if (new Date().getUTCDay() === 0) await context.step("sunday", () => 1);
      await context.wait("nap", { hours: 1 });
      await context.step("after", () => 2);
    });
    const error = await explore(handler, { runs: 1000, strategy: "random" }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ property: "replays" });
  });

  test("whose step makes a callback does not forget it", async () => {
    const handler = withDurableExecution(async (_: undefined, context: DurableContext) => {
      const id = await context.step("submit", async (step: StepContext) => {
        const callback = await step.createCallback("late", { timeout: { minutes: 1 } });
        return callback.callbackId;
      });
      await context.step("charge", () => 1);
      return typeof id;
    });
    const report = await explore(handler, { runs: 40 });
    expect(report.outcomes.map(({ result }) => result)).toEqual(["string"]);
  });
});
