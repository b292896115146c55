import type { DurableContext } from "@aws/durable-execution-sdk-js";
import { onEverySdk } from "./support/on-every-sdk.ts";

class Declined extends Error {
  override readonly name = "Declined";
}

onEverySdk("a step that succeeds", {
  handler: (sdk) =>
    sdk.withDurableExecution(async ({ name }: { name: string }, context: DurableContext) =>
      context.step("greet", async () => `Hello, ${name}!`),
    ),
  input: { name: "Ada" },
  expected: {
    status: "SUCCEEDED",
    result: "Hello, Ada!",
    invocations: ["SUCCEEDED"],
    operations: ['Step "greet" SUCCEEDED'],
  },
});

onEverySdk("a step without a name, and one that returns nothing", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const nothing: unknown = await context.step<unknown>(async () => undefined);
      const named = await context.step(undefined, async () => null);
      return { nothing: String(nothing), named };
    }),
  expected: {
    result: { nothing: "undefined", named: null },
    operations: ["Step SUCCEEDED", "Step SUCCEEDED"],
  },
});

onEverySdk("values go through JSON, on the first run already", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const value: unknown = await context.step(async () => ({ at: new Date(0), gone: undefined }));
      return { value, keys: Object.keys(value as object) };
    }),
  expected: {
    result: { value: { at: "1970-01-01T00:00:00.000Z" }, keys: ["at"] },
  },
});

onEverySdk("steps before a wait run once, and are replayed after it", {
  handler: (sdk) => {
    let runs = 0;
    return sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const sum = [];
      for (const name of ["a", "b", "c"]) {
        sum.push(await context.step(name, async () => `${name}${(runs += 1)}`));
      }
      await context.wait({ hours: 1 });
      sum.push(await context.step("d", async () => `d${(runs += 1)}`));
      return sum;
    });
  },
  expected: {
    result: ["a1", "b2", "c3", "d4"],
    invocations: ["PENDING", "SUCCEEDED"],
    elapsedMs: 3_600_000,
  },
});

onEverySdk("steps that run at once", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
      Promise.all(
        [1, 2, 3].map((n) =>
          context.step(`step-${n}`, async () => {
            await new Promise((resolve) => {
              setTimeout(resolve, 1000 * (4 - n));
            });
            return n;
          }),
        ),
      ),
    ),
  expected: { result: [1, 2, 3], invocations: ["SUCCEEDED"], elapsedMs: 3000 },
});

onEverySdk("a step that takes its time, by a timer", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
      context.step("slow", async () => {
        const begun = Date.now();
        await new Promise((resolve) => {
          setTimeout(resolve, 60_000);
        });
        return Date.now() - begun;
      }),
    ),
  expected: { result: 60_000, invocations: ["SUCCEEDED"], elapsedMs: 60_000 },
});

onEverySdk("a step that is tried again, until it succeeds", {
  handler: (sdk) => {
    let attempts = 0;
    return sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
      context.step(
        "flaky",
        async () => {
          attempts += 1;
          if (attempts < 3) throw new Error(`attempt ${attempts}`);
          return attempts;
        },
        { retryStrategy: () => ({ shouldRetry: true, delay: { minutes: 2 } }) },
      ),
    );
  },
  expected: {
    result: 3,
    invocations: ["PENDING", "PENDING", "SUCCEEDED"],
    operations: ['Step "flaky" SUCCEEDED'],
    elapsedMs: 240_000,
  },
});

onEverySdk("a step is told which attempt it is", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
      context.step(
        async ({ attempt }) => {
          if (attempt === 1) throw new Error("again");
          return attempt;
        },
        { retryStrategy: (_error, attempt) => ({ shouldRetry: attempt < 5 }) },
      ),
    ),
  expected: { result: 2, invocations: ["PENDING", "SUCCEEDED"] },
  differs: Object.fromEntries(
    (["1.1.7", "2.0.0"] as const).map((version) => [
      version,
      {
        because: "it is not told",
        outcome: { result: undefined, invocations: ["SUCCEEDED"], elapsedMs: 0 },
      },
    ]),
  ),
});

onEverySdk("a retry without a delay waits for a second", {
  handler: (sdk) => {
    let attempts = 0;
    return sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
      context.step(
        async () => {
          attempts += 1;
          if (attempts === 1) throw new Error("again");
          return Date.now();
        },
        { retryStrategy: () => ({ shouldRetry: true }) },
      ),
    );
  },
  expected: {
    result: Date.parse("2025-01-01T00:00:01.000Z"),
    invocations: ["PENDING", "SUCCEEDED"],
  },
});

onEverySdk("a step whose retries are spent fails the execution", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
      context.step(
        "charge",
        async () => {
          throw new Declined("no money");
        },
        { retryStrategy: (_error, attempt) => ({ shouldRetry: attempt < 2 }) },
      ),
    ),
  expected: {
    status: "FAILED",
    error: { ErrorType: "StepError", ErrorMessage: "no money" },
    invocations: ["PENDING", "FAILED"],
    operations: ['Step "charge" FAILED'],
  },
});

onEverySdk("a failed step that is caught, and fails the same way on replay", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const seen = [];
      try {
        await context.step(
          "charge",
          async () => {
            throw new Declined("no money");
          },
          { retryStrategy: sdk.retryPresets.noRetry },
        );
      } catch (error) {
        const { name, message, cause } = error as Error;
        seen.push(name, message, error instanceof sdk.StepError, (cause as Error).name);
      }
      await context.wait({ seconds: 1 });
      return [...seen, await context.step("fallback", async () => "paid later")];
    }),
  expected: {
    result: ["StepError", "no money", true, "Declined", "paid later"],
    invocations: ["PENDING", "SUCCEEDED"],
    operations: ['Step "charge" FAILED', "Wait SUCCEEDED", 'Step "fallback" SUCCEEDED'],
  },
});

onEverySdk("what is thrown is no Error", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
      context.step(
        async () => {
          // oxlint-disable-next-line no-throw-literal, typescript/only-throw-error -- Handlers do.
          throw { code: 42 };
        },
        { retryStrategy: () => ({ shouldRetry: false }) },
      ),
    ),
  expected: { status: "FAILED", operations: ["Step FAILED"] },
});

onEverySdk("exponential backoff without jitter", {
  handler: (sdk) => {
    let attempts = 0;
    return sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
      context.step(
        async () => {
          attempts += 1;
          if (attempts < 5) throw new Error("again");
          return attempts;
        },
        {
          retryStrategy: sdk.createRetryStrategy({
            maxAttempts: 5,
            initialDelay: { seconds: 2 },
            maxDelay: { seconds: 10 },
            backoffRate: 3,
            jitter: sdk.JitterStrategy.NONE,
          }),
        },
      ),
    );
  },
  // 2 s, 6 s, and then 18 s and 54 s, of which there may be 10 s.
  expected: { result: 5, elapsedMs: 28_000 },
});

onEverySdk("linear backoff", {
  needs: "createLinearRetryStrategy",
  handler: (sdk) => {
    let attempts = 0;
    return sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
      context.step(
        async () => {
          attempts += 1;
          if (attempts < 4) throw new Error("again");
          return attempts;
        },
        {
          retryStrategy: sdk.createLinearRetryStrategy({
            maxAttempts: 4,
            initialDelay: { seconds: 10 },
            increment: { seconds: 5 },
            jitter: sdk.JitterStrategy.NONE,
          }),
        },
      ),
    );
  },
  expected: { result: 4, elapsedMs: 45_000 },
});

for (const preset of ["default", "noRetry", "linear"] as const) {
  onEverySdk(`the preset "${preset}"`, {
    handler: (sdk) =>
      sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
        context.step(
          async () => {
            throw new Error("always");
          },
          { retryStrategy: sdk.retryPresets[preset] },
        ),
      ),
    expected: { status: "FAILED" },
    ...(preset === "linear" && {
      differs: {
        "1.1.7": {
          because: "there is none, so the default holds",
          outcome: { elapsedMs: 64_000 },
        },
      },
    }),
  });
}

onEverySdk("retries only of errors that are worth it", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const failing = async (thrown: Error): Promise<unknown> =>
        context
          .step(
            async () => {
              throw thrown;
            },
            {
              retryStrategy: sdk.createRetryStrategy({
                maxAttempts: 2,
                jitter: sdk.JitterStrategy.NONE,
                retryableErrors: [/timeout/u, "busy"],
                retryableErrorTypes: [Declined],
              }),
            },
          )
          .catch((caught: unknown) => (caught as Error).message);
      return [
        await failing(new Error("a timeout")),
        await failing(new Error("busy, sorry")),
        await failing(new Declined("no money")),
        await failing(new Error("wrong")),
      ];
    }),
  expected: {
    result: ["a timeout", "busy, sorry", "no money", "wrong"],
    invocations: ["PENDING", "PENDING", "PENDING", "SUCCEEDED"],
    elapsedMs: 15_000,
  },
});

onEverySdk("withRetry around several operations", {
  needs: "withRetry",
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
      sdk.withRetry(
        context,
        "book",
        async (inner, attempt) => {
          const seat = await inner.step("reserve", async () => `seat ${attempt}`);
          await inner.step(
            "pay",
            async () => {
              if (attempt < 3) throw new Declined("no money");
            },
            { retryStrategy: () => ({ shouldRetry: false }) },
          );
          return seat;
        },
        { retryStrategy: () => ({ shouldRetry: true, delay: { seconds: 30 } }) },
      ),
    ),
  expected: {
    status: "SUCCEEDED",
    result: "seat 3",
    invocations: ["PENDING", "PENDING", "SUCCEEDED"],
    elapsedMs: 60_000,
  },
});

onEverySdk("a process that exits in an at-least-once step, which runs again", {
  handler: (sdk) => {
    let runs = 0;
    return sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
      context.step("crash", async () => {
        runs += 1;
        // Until then the START of the step has been sent.
        await new Promise((resolve) => {
          setTimeout(resolve, 1000);
        });
        if (runs === 1) process.exit(1);
        return runs;
      }),
    );
  },
  expected: {
    result: 2,
    invocations: ["DIED", "SUCCEEDED"],
    operations: ['Step "crash" SUCCEEDED'],
  },
});

onEverySdk("a process that exits in an at-most-once step, which is not repeated", {
  handler: (sdk) => {
    let runs = 0;
    return sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      try {
        await context.step(
          "crash",
          async () => {
            runs += 1;
            process.exit(1);
          },
          {
            semantics: sdk.StepSemantics.AtMostOncePerRetry,
            retryStrategy: () => ({ shouldRetry: false }),
          },
        );
      } catch (error) {
        const { name, cause } = error as Error;
        return { runs, name, cause: (cause as Error | undefined)?.name };
      }
      return runs;
    });
  },
  expected: {
    result: { runs: 1, name: "StepError", cause: "StepInterruptedError" },
    invocations: ["DIED", "SUCCEEDED"],
    operations: ['Step "crash" FAILED'],
  },
  differs: {
    "1.1.7": {
      because: "the error is nameless and without a cause",
      outcome: { result: { runs: 1, name: "Error" } },
    },
  },
});

onEverySdk("a process that exits in an at-most-once step, whose strategy tries again", {
  handler: (sdk) => {
    let attempts = 0;
    return sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
      context.step(
        "crash",
        async () => {
          attempts += 1;
          if (attempts === 1) process.exit(1);
          return attempts;
        },
        {
          semantics: sdk.StepSemantics.AtMostOncePerRetry,
          retryStrategy: (error) => ({
            shouldRetry: error instanceof sdk.StepInterruptedError,
            delay: { seconds: 10 },
          }),
        },
      ),
    );
  },
  expected: {
    result: 2,
    invocations: ["DIED", "PENDING", "SUCCEEDED"],
    elapsedMs: 10_000,
  },
});

onEverySdk("an at-most-once step that succeeds, and one that fails and is tried again", {
  handler: (sdk) => {
    let attempts = 0;
    return sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const semantics = sdk.StepSemantics.AtMostOncePerRetry;
      const once = await context.step("once", async () => 1, { semantics });
      const twice = await context.step(
        "twice",
        async () => {
          attempts += 1;
          if (attempts === 1) throw new Error("again");
          return attempts;
        },
        { semantics, retryStrategy: () => ({ shouldRetry: true, delay: { seconds: 3 } }) },
      );
      return [once, twice];
    });
  },
  expected: { result: [1, 2], invocations: ["PENDING", "SUCCEEDED"], elapsedMs: 3000 },
});

onEverySdk("serdes of a step", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const value = await context.step("shout", async () => "hello", {
        serdes: {
          serialize: async (text) => text?.toUpperCase(),
          deserialize: async (text) => `${text ?? ""}!`,
        },
      });
      await context.wait({ seconds: 1 });
      return value;
    }),
  expected: { result: "HELLO!", invocations: ["PENDING", "SUCCEEDED"] },
});

onEverySdk("serdes of classes", {
  handler: (sdk) => {
    class Order {
      id = "";
      placedAt = new Date(0);
      describe(): string {
        return `${this.id} of ${this.placedAt.toISOString()}`;
      }
    }
    return sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const made = async (): Promise<Order> =>
        Object.assign(new Order(), { id: "o-1", placedAt: new Date(86_400_000) });
      const withDates = await context.step("dates", made, {
        serdes: sdk.createClassSerdesWithDates(Order, ["placedAt"]),
      });
      const plain = await context.step("plain", made, { serdes: sdk.createClassSerdes(Order) });
      await context.wait({ seconds: 1 });
      return [withDates.describe(), plain instanceof Order, typeof plain.placedAt];
    });
  },
  expected: { result: ["o-1 of 1970-01-02T00:00:00.000Z", true, "string"] },
});

onEverySdk("default serdes of a context, and of those within it", {
  // Without this, there is no configureSerdes either.
  needs: "buildPreview",
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      context.configureSerdes({
        defaultSerdes: {
          serialize: async (value: unknown) => `<${JSON.stringify(value)}>`,
          deserialize: async (text) =>
            text === undefined ? undefined : (JSON.parse(text.slice(1, -1)) as unknown),
        },
      });
      const outer = await context.step("outer", async () => 1);
      const inner = await context.runInChildContext("child", async (child) =>
        child.step("inner", async () => 2),
      );
      await context.wait({ seconds: 1 });
      return [outer, inner];
    }),
  expected: { result: [1, 2], invocations: ["PENDING", "SUCCEEDED"] },
});

onEverySdk("an operation of the context within a step", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
      context.runInChildContext("child", async (child) =>
        child.step("outer", async () => child.step("inner", async () => 1)),
      ),
    ),
  expected: { status: "FAILED" },
});

onEverySdk("a handler that throws before any operation", {
  handler: (sdk) =>
    sdk.withDurableExecution(async () => {
      throw new Declined("not today");
    }),
  expected: {
    status: "FAILED",
    error: { ErrorType: "Declined", ErrorMessage: "not today" },
    invocations: ["FAILED"],
    operations: [],
  },
});

onEverySdk("a handler without a result, and one without an input", {
  handler: (sdk) => sdk.withDurableExecution(async () => undefined),
  expected: { status: "SUCCEEDED", result: undefined, operations: [] },
});
