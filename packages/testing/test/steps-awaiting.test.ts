import {
  createRetryStrategy,
  type DurableContext,
  type StepConfig,
  StepCannotWaitError,
  withDurableExecution,
} from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import { DurableTestRunner } from "../src/index.ts";
import { eventLines } from "./support/history.ts";

const handlerOf = <Output>(body: (context: DurableContext) => Promise<Output>) =>
  withDurableExecution(async (_: unknown, context) => body(context));

const once = createRetryStrategy({ maxAttempts: 1 });

/** Operations started outside of a step, whose promise a step's function awaits. */
const operations: readonly {
  readonly what: string;
  readonly begin: (context: DurableContext) => Promise<unknown>;
}[] = [
  { what: "a wait", begin: (context) => context.wait("cooldown", { hours: 1 }) },
  {
    what: "a step that is retried",
    begin: (context) =>
      context.step("flaky", ({ attempt }) => {
        if (attempt < 3) throw new Error("not yet");
        return "done";
      }),
  },
  {
    what: "a child context that waits",
    begin: (context) =>
      context.runInChildContext("group", async (child) => {
        await child.wait({ hours: 1 });
        await child.wait({ hours: 1 });
        return "done";
      }),
  },
];

describe("a step that awaits what was started outside of it", () => {
  test.for(operations)("waits with it: $what", async ({ begin }) => {
    let runs = 0;
    const handler = handlerOf(async (context) => {
      const outside = begin(context);
      return context.step("work", async () => {
        runs += 1;
        return { got: (await outside) ?? "nothing" };
      });
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.status).toBe("SUCCEEDED");
    expect(result.result?.got).toMatch(/done|nothing/);
    expect(runs).toBe(result.invocations.length);
    expect(eventLines(result).filter((line) => line === "StepStarted work")).toHaveLength(1);
  });

  test("goes on in the same invocation when that can", async () => {
    let runs = 0;
    const handler = handlerOf(async (context) => {
      const outside = context.step("first", async () => 20);
      void context.wait({ hours: 1 });
      return context.step("second", async () => {
        runs += 1;
        return (await outside) + 1;
      });
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toBe(21);
    expect(result.invocations).toHaveLength(1);
    expect(runs).toBe(1);
  });

  test("may await a callback's result that the handler asked for", async () => {
    const handler = handlerOf(async (context) => {
      const callback = await context.createCallback<string>("approval");
      const answer = callback.result();
      return context.step("work", async () => `got ${await answer}`);
    });
    const runner = new DurableTestRunner(handler);
    const waiting = await runner.run();
    expect(waiting.status).toBe("PENDING");
    const result = await runner.callback("approval").succeed("yes");
    expect(result.result).toBe("got yes");
  });

  test("sees it fail, and fails with it", async () => {
    const handler = handlerOf(async (context) => {
      const outside = context.runInChildContext("group", async (child) => {
        await child.wait({ hours: 1 });
        throw new RangeError("out of bounds");
      });
      return context.step("work", () => outside, { retryStrategy: once });
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.error?.ErrorMessage).toContain("RangeError: out of bounds");
  });

  test("may await several, in turn and together", async () => {
    const handler = handlerOf(async (context) => {
      const [first, ...rest] = [3, 1, 2].map((hours) =>
        context.runInChildContext(async (child) => {
          await child.wait({ hours });
          return hours;
        }),
      );
      return context.step("work", async () => [await first, ...(await Promise.all(rest))]);
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toEqual([3, 1, 2]);
    expect(result.elapsedMs).toBe(3 * 3_600_000);
  });

  test("goes on with other work meanwhile", async () => {
    const handler = handlerOf(async (context) => {
      const outside = context.wait({ hours: 1 });
      return Promise.all([
        context.step("waits", async () => {
          await outside;
          return "waited";
        }),
        context.step("works", async () => "worked"),
      ]);
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toEqual(["waited", "worked"]);
  });

  const atMostOnce: StepConfig<unknown> = { semantics: "AtMostOncePerRetry" };

  test.for(operations)("fails if it is at-most-once, and says why: $what", async ({ begin }) => {
    const errors: unknown[] = [];
    const handler = handlerOf(async (context) => {
      const outside = begin(context);
      await context
        .step("charge", () => outside, atMostOnce)
        .catch((error: unknown) => errors.push(error));
      await outside;
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.status).toBe("SUCCEEDED");
    expect(StepCannotWaitError.is(errors[0])).toBe(true);
    expect((errors[0] as Error).message).toContain(
      'The at-most-once step "charge" cannot wait for an operation that was started outside of it',
    );
  });

  test("takes what has ended, also if it is at-most-once", async () => {
    const handler = handlerOf(async (context) => {
      const outside = context.step("first", () => 20);
      await outside;
      return context.step("charge", async () => (await outside) + 1, {
        semantics: "AtMostOncePerRetry",
      });
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toBe(21);
  });
});

test("an execution run inside a step of another one awaits operations of its own", async () => {
  const inner = handlerOf(async (context) => {
    await context.wait({ hours: 1 });
    return "inner";
  });
  const outer = handlerOf((context) =>
    context.step("nested", async () => (await new DurableTestRunner(inner).run()).result, {
      semantics: "AtMostOncePerRetry",
    }),
  );
  const result = await new DurableTestRunner(outer).run();
  expect(result.result).toBe("inner");
});
