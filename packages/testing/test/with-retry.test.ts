import {
  CallbackTimeoutError,
  ChildContextError,
  createRetryStrategy,
  type DurableContext,
  InvalidDurationError,
  retryPresets,
  StepError,
  withDurableExecution,
  withRetry,
  type WithRetryConfig,
} from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import { DurableTestRunner, respond } from "../src/index.ts";
import { eventsOf } from "./support/history.ts";

const patient = createRetryStrategy({ maxAttempts: 3, jitter: "NONE" });

const retrying = <T>(
  fn: (child: DurableContext, attempt: number) => Promise<T>,
  config: WithRetryConfig<T> = { retryStrategy: patient },
) =>
  withDurableExecution(async (_: unknown, context) => {
    const result = await withRetry(context, "book", fn, config);
    await context.wait("after", { seconds: 1 });
    return result;
  });

class SoldOut extends Error {
  override readonly name = "SoldOut";
}

describe("withRetry", () => {
  test("runs a group again as a whole until it succeeds, suspended in between", async () => {
    const ran: string[] = [];
    const handler = retrying(async (child, attempt) => {
      await child.step("reserve", () => void ran.push(`reserve ${attempt}`));
      await child.wait("think", { seconds: 10 });
      return child.step(
        "pay",
        () => {
          ran.push(`pay ${attempt}`);
          if (attempt < 3) throw new Error("declined");
          return `paid at ${attempt}`;
        },
        { retryStrategy: retryPresets.noRetry },
      );
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toBe("paid at 3");
    expect(ran).toEqual(["reserve 1", "pay 1", "reserve 2", "pay 2", "reserve 3", "pay 3"]);
    expect(result.elapsedMs).toBe((3 * 10 + 5 + 10 + 1) * 1000);
    const [group] = result.operations;
    expect(group).toMatchObject({ type: "CONTEXT", name: "book", status: "SUCCEEDED" });
    expect(
      result.operations.filter(({ parentId }) => parentId === group?.id).map(({ name }) => name),
    ).toEqual([
      "reserve",
      "think",
      "pay",
      "book-backoff-1",
      "reserve",
      "think",
      "pay",
      "book-backoff-2",
      "reserve",
      "think",
      "pay",
    ]);
  });

  test("fails with the error of the last attempt, the same on every replay", async () => {
    const seen: unknown[] = [];
    const handler = withDurableExecution(async (_: unknown, context) => {
      try {
        await withRetry(
          context,
          "book",
          async (_child, attempt) => {
            throw Object.assign(new SoldOut(`attempt ${attempt}`), { seats: attempt });
          },
          { retryStrategy: patient },
        );
      } catch (error) {
        seen.push(error);
      }
      await context.wait("after", { seconds: 1 });
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.status).toBe("SUCCEEDED");
    expect(seen.length).toBeGreaterThan(1);
    for (const error of seen) {
      expect(ChildContextError.is(error)).toBe(true);
      expect((error as Error).message).toBe('Child context "book" failed: SoldOut: attempt 3');
      expect((error as Error).cause).toMatchObject({ name: "SoldOut", message: "attempt 3" });
    }
  });

  test("asks the strategy with what was recorded, so that a replay decides the same", async () => {
    const asked: unknown[] = [];
    const handler = retrying(
      async (child) =>
        child.step(
          "pay",
          () => {
            throw new SoldOut("none left");
          },
          { retryStrategy: retryPresets.noRetry },
        ),
      {
        retryStrategy: (error, attempt) => {
          asked.push([StepError.is(error), (error.cause as Error).name, attempt]);
          return { shouldRetry: attempt < 2, delay: { minutes: 1 } };
        },
      },
    );
    const result = await new DurableTestRunner(handler).run();
    expect(result.status).toBe("FAILED");
    expect(asked).toContainEqual([true, "SoldOut", 1]);
    expect(asked).toContainEqual([true, "SoldOut", 2]);
  });

  test("takes filters: by the class of what a step threw, and of our own errors", async () => {
    const attemptsWith = async (config: Parameters<typeof createRetryStrategy>[0]) => {
      let attempts = 0;
      const handler = retrying(
        async (child) =>
          child.step(
            "pay",
            () => {
              attempts += 1;
              throw new SoldOut("none left");
            },
            { retryStrategy: retryPresets.noRetry },
          ),
        { retryStrategy: createRetryStrategy({ ...config, jitter: "NONE" }) },
      );
      await new DurableTestRunner(handler).run();
      return attempts;
    };
    expect(await attemptsWith({ retryableErrorTypes: [SoldOut] })).toBe(3);
    expect(await attemptsWith({ retryableErrorTypes: [StepError] })).toBe(3);
    expect(await attemptsWith({ retryableErrorTypes: [CallbackTimeoutError] })).toBe(1);
    expect(await attemptsWith({ retryableErrors: ["none left"] })).toBe(3);
  });

  test("retries callbacks: each attempt has its own", async () => {
    const handler = retrying((child, attempt) =>
      child.waitForCallback<string>(`confirm ${attempt}`, () => {}, { timeout: { hours: 1 } }),
    );
    const runner = new DurableTestRunner(handler, {
      callbacks: { "confirm 1": respond.never(), "confirm 2": respond.success("confirmed") },
    });
    const result = await runner.run();
    expect(result.result).toBe("confirmed");
    expect(result.elapsedMs).toBe(3_600_000 + 5000 + 1000);
  });

  test("gives up what a failed attempt has left behind", async () => {
    const ran: string[] = [];
    const handler = retrying(async (child, attempt) => {
      const late = child.wait("late", { seconds: 2 }).then(() =>
        child.step("late step", () => {
          ran.push(`late ${attempt}`);
        }),
      );
      if (attempt === 1) throw new Error("at once");
      return late;
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.status).toBe("SUCCEEDED");
    expect(ran).toEqual(["late 2"]);
  });

  test("uses what a step uses when it is given no strategy, and needs no name", async () => {
    let attempts = 0;
    const handler = withDurableExecution(async (_: unknown, context) =>
      withRetry(context, async () => {
        attempts += 1;
        throw new Error("never");
      }),
    );
    const result = await new DurableTestRunner(handler).run();
    expect(result.error?.ErrorMessage).toBe("An unnamed child context failed: Error: never");
    expect(result.operations.filter(({ type }) => type === "WAIT")).toHaveLength(5);
    expect(result.operations.every(({ name }) => name === undefined)).toBe(true);
    expect(attempts).toBeGreaterThanOrEqual(6);
  });

  test("has names that the service takes, however long its own is", async () => {
    const name = "x".repeat(256);
    const handler = withDurableExecution(async (_: unknown, context) =>
      withRetry(
        context,
        name,
        async (_child, attempt) => {
          if (attempt === 1) throw new Error("again");
          return attempt;
        },
        { retryStrategy: patient },
      ),
    );
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toBe(2);
    expect(result.operations[1]?.name).toBe(`${"x".repeat(246)}-backoff-1`);
  });

  test("stores results through its serdes, and takes the settings of a child context", async () => {
    const dates = {
      serialize: (date: Date | undefined) => date?.toISOString(),
      deserialize: (text: string) => new Date(text),
    };
    const handler = withDurableExecution(async (_: unknown, context) => {
      const date = await withRetry(context, "when", async () => new Date(0), {
        serdes: dates,
        subType: "Booking",
      });
      await withRetry(
        context,
        "fails",
        async () => {
          throw new Error("no");
        },
        {
          retryStrategy: retryPresets.noRetry,
          errorMapper: (error) => new SoldOut(`mapped: ${(error.cause as Error).message}`),
        },
      ).catch((error: Error) => context.step("seen", () => [error.name, error.message]));
      return date instanceof Date;
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toBe(true);
    expect(result.operations[0]).toMatchObject({ name: "when", subType: "Booking" });
    expect(eventsOf(result, "StepSucceeded")[0]?.StepSucceededDetails.Result.Payload).toBe(
      '["SoldOut","mapped: no"]',
    );
  });

  test("refuses a decision that is none, and a delay that the service does not take", async () => {
    const failing = async (): Promise<never> => {
      throw new Error("again");
    };
    const nonsense = await new DurableTestRunner(
      retrying(failing, { retryStrategy: () => "yes" as never }),
    ).run();
    expect(nonsense.error?.ErrorMessage).toContain(
      'The retry strategy of withRetry "book" returned "yes"; it must return { shouldRetry, delay? }.',
    );
    const tooLong = await new DurableTestRunner(
      retrying(failing, { retryStrategy: () => ({ shouldRetry: true, delay: { days: 367 } }) }),
    ).run();
    expect(tooLong.error?.ErrorMessage).toContain(InvalidDurationError.name);
    expect(tooLong.error?.ErrorMessage).toContain('retry delay of withRetry "book"');
  });

  test("is refused on a context that is not the innermost one", async () => {
    const handler = withDurableExecution(async (_: unknown, context) =>
      context.step("work", () => withRetry(context, "book", async () => 1)),
    );
    const result = await new DurableTestRunner(handler).run();
    expect(result.error?.ErrorType).toBe("WrongContextError");
  });
});
