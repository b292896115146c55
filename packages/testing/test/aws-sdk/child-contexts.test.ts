import type { DurableContext } from "@aws/durable-execution-sdk-js";
import { BRANCHES_BEGIN_IN_TURN, onEverySdk } from "./support/on-every-sdk.ts";

onEverySdk("a child context", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const sum = await context.runInChildContext("child", async (child) => {
        const a = await child.step("a", async () => 1);
        await child.wait("pause", { seconds: 5 });
        return a + (await child.step("b", async () => 2));
      });
      return sum + (await context.step("c", async () => 3));
    }),
  expected: {
    result: 6,
    invocations: ["PENDING", "SUCCEEDED"],
    operations: [
      'RunInChildContext "child" SUCCEEDED',
      '  Step "a" SUCCEEDED',
      '  Wait "pause" SUCCEEDED',
      '  Step "b" SUCCEEDED',
      'Step "c" SUCCEEDED',
    ],
  },
});

onEverySdk("a child context that has ended does not run again", {
  handler: (sdk) => {
    let runs = 0;
    return sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const first = await context.runInChildContext(async (child) => {
        runs += 1;
        return child.step(async () => "value");
      });
      await context.wait({ seconds: 1 });
      return [first, runs];
    });
  },
  expected: { result: ["value", 1], invocations: ["PENDING", "SUCCEEDED"] },
});

onEverySdk("contexts within contexts", {
  handler: (sdk) => {
    const nest = async (context: DurableContext, depth: number): Promise<number> =>
      context.runInChildContext(`depth ${depth}`, async (child) => {
        await child.wait({ seconds: depth });
        if (depth === 4) return child.step("bottom", async () => depth);
        return (await nest(child, depth + 1)) * 10 + depth;
      });
    return sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
      nest(context, 1),
    );
  },
  expected: { result: 4321, elapsedMs: 10_000 },
});

onEverySdk("a child context without operations, and one without a result", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const empty = await context.runInChildContext("empty", async () => "plain");
      const nothing = await context.runInChildContext<unknown>("nothing", async () => undefined);
      await context.wait({ seconds: 1 });
      return [empty, String(nothing)];
    }),
  expected: { result: ["plain", "undefined"] },
});

onEverySdk("a child context that fails, and is caught on every replay", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      let seen: unknown;
      try {
        await context.runInChildContext("child", async (child) => {
          await child.step("fine", async () => 1);
          throw new RangeError("out of range");
        });
      } catch (error) {
        const { name, message, cause } = error as Error;
        seen = [name, message, (cause as Error).message, error instanceof sdk.ChildContextError];
      }
      await context.wait({ seconds: 1 });
      return seen;
    }),
  expected: {
    result: ["ChildContextError", "out of range", "out of range", true],
    operations: ['RunInChildContext "child" FAILED', '  Step "fine" SUCCEEDED', "Wait SUCCEEDED"],
  },
});

onEverySdk("a step that fails in a child context, and nobody catches it", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
      context.runInChildContext("outer", async (outer) =>
        outer.runInChildContext("inner", async (inner) =>
          inner.step(
            "charge",
            async () => {
              throw new Error("no money");
            },
            { retryStrategy: () => ({ shouldRetry: false }) },
          ),
        ),
      ),
    ),
  expected: {
    status: "FAILED",
    error: { ErrorMessage: "no money" },
    operations: [
      'RunInChildContext "outer" FAILED',
      '  RunInChildContext "inner" FAILED',
      '    Step "charge" FAILED',
    ],
  },
});

onEverySdk("errors that are mapped", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
      context
        .runInChildContext(
          "child",
          async () => {
            throw new Error("inner");
          },
          { errorMapper: (error) => new sdk.InvokeError(`mapped: ${error.message}`, error) },
        )
        .catch((error: unknown) => [(error as Error).name, (error as Error).message]),
    ),
  expected: { result: ["InvokeError", "mapped: inner"] },
  differs: {
    "1.1.7": {
      because: "errors are not mapped",
      outcome: { result: ["ChildContextError", "inner"] },
    },
  },
});

onEverySdk("branches in child contexts, each at its own pace", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const order: string[] = [];
      const branch = async (name: string, seconds: number): Promise<string> =>
        context.runInChildContext(name, async (child) => {
          await child.step("begin", async () => name);
          await child.wait({ seconds });
          order.push(name);
          return child.step("end", async () => name.toUpperCase());
        });
      return Promise.all([branch("a", 30), branch("b", 10), branch("c", 20)]);
    }),
  expected: {
    result: ["A", "B", "C"],
    invocations: ["PENDING", "PENDING", "PENDING", "SUCCEEDED"],
    elapsedMs: 30_000,
  },
  differs: BRANCHES_BEGIN_IN_TURN,
});

onEverySdk("a retry in a branch while another one is at work", {
  handler: (sdk) => {
    let attempts = 0;
    return sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
      Promise.all([
        context.runInChildContext("flaky", async (child) =>
          child.step(
            async () => {
              attempts += 1;
              if (attempts < 3) throw new Error("again");
              return attempts;
            },
            { retryStrategy: () => ({ shouldRetry: true, delay: { seconds: 5 } }) },
          ),
        ),
        context.runInChildContext("busy", async (child) =>
          child.step(async () => {
            await new Promise((resolve) => {
              setTimeout(resolve, 60_000);
            });
            return "done";
          }),
        ),
      ]),
    );
  },
  expected: { status: "SUCCEEDED", result: [3, "done"] },
  differs: BRANCHES_BEGIN_IN_TURN,
});

onEverySdk("a subtype, and serdes, of a child context", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const value = await context.runInChildContext("child", async () => "hello", {
        subType: "Greeting",
        serdes: {
          serialize: async (text) => text?.toUpperCase(),
          deserialize: async (text) => `${text ?? ""}!`,
        },
      });
      await context.wait({ seconds: 1 });
      return value;
    }),
  expected: { result: "HELLO!", operations: ['Greeting "child" SUCCEEDED', "Wait SUCCEEDED"] },
});

onEverySdk("a virtual child context leaves no trace of its own", {
  needs: "NestingType",
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const value = await context.runInChildContext(
        "unseen",
        async (child) => {
          const one = await child.step("one", async () => 1);
          await child.wait({ seconds: 1 });
          return one + (await child.step("two", async () => 2));
        },
        { virtualContext: true },
      );
      await context.wait({ seconds: 1 });
      return value;
    }),
  expected: {
    result: 3,
    operations: [
      'Step "one" SUCCEEDED',
      "Wait SUCCEEDED",
      'Step "two" SUCCEEDED',
      "Wait SUCCEEDED",
    ],
  },
});

onEverySdk("a child context that goes on after the handler has returned", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
      Promise.race([
        context.runInChildContext("slow", async (child) => {
          await child.wait({ hours: 1 });
          await child.step("never", async () => 1);
          return "slow";
        }),
        context.step("fast", async () => "fast"),
      ]),
    ),
  expected: { result: "fast", invocations: ["SUCCEEDED"] },
  differs: BRANCHES_BEGIN_IN_TURN,
});
