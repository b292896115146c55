import {
  ChildContextError,
  type ChildContextConfig,
  type DurableContext,
  retryPresets,
  withDurableExecution,
} from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import { DurableTestRunner } from "../src/index.ts";
import { eventsOf, operationsOf } from "./support/history.ts";

const child = <T>(body: (child: DurableContext) => Promise<T>, config: ChildContextConfig<T>) =>
  withDurableExecution(async (_: unknown, context) => {
    const result = await context.runInChildContext("child", body, config);
    await context.wait("after", { seconds: 1 });
    return result;
  });

describe("subType", () => {
  test("is recorded, and a replay must ask for the same", async () => {
    const kept = await new DurableTestRunner(child(async () => 1, { subType: "Order" })).run();
    expect(kept.operations[0]).toMatchObject({ subType: "Order", status: "SUCCEEDED" });
    let runs = 0;
    const changing = withDurableExecution(async (_: unknown, context) => {
      await context.runInChildContext(async () => 1, { subType: `Order-${"ab"[runs++]}` });
      await context.wait({ seconds: 1 });
    });
    const { error } = await new DurableTestRunner(changing).run();
    expect(error?.ErrorType).toBe("NonDeterministicExecutionError");
  });
});

describe("errorMapper", () => {
  class Unbookable extends Error {
    override readonly name = "Unbookable";
    readonly trip: string;

    constructor(trip: string, options: ErrorOptions) {
      super(`${trip} cannot be booked`, options);
      this.trip = trip;
    }
  }

  test.for(["NESTED", "FLAT"] as const)(
    "makes what handler code catches, on every replay: %s",
    async (nesting) => {
      const seen: unknown[] = [];
      const handler = withDurableExecution(async (_: unknown, context) => {
        try {
          await context.runInChildContext(
            "book",
            (inner) =>
              inner.step(
                "reserve",
                () => {
                  throw new RangeError("no seat");
                },
                { retryStrategy: retryPresets.noRetry },
              ),
            { nesting, errorMapper: (error) => new Unbookable("Oslo", { cause: error }) },
          );
        } catch (error) {
          seen.push(error);
        }
        await context.wait("after", { seconds: 1 });
      });
      await new DurableTestRunner(handler).run();
      expect(seen).toHaveLength(2);
      for (const error of seen) {
        expect(error).toBeInstanceOf(Unbookable);
        expect((error as Unbookable).trip).toBe("Oslo");
        const { cause } = error as Error;
        expect(ChildContextError.is(cause)).toBe(true);
        expect(((cause as Error).cause as Error).message).toContain("RangeError: no seat");
      }
    },
  );

  test.for([
    {
      what: "returns no error",
      errorMapper: () => "no" as never,
      says: 'The errorMapper returned "no"; it must return an Error.',
    },
    {
      what: "throws",
      errorMapper: () => {
        throw new EvalError("mapper is broken");
      },
      says: "mapper is broken",
    },
  ])("that $what is told", async ({ errorMapper, says }) => {
    const handler = child(
      async () => {
        throw new Error("x");
      },
      { errorMapper },
    );
    const { error } = await new DurableTestRunner(handler).run();
    expect(error?.ErrorMessage).toBe(says);
  });
});

describe("summaryGenerator", () => {
  test("says what came out where the result is too large to be stored, and it is made anew", async () => {
    let runs = 0;
    const handler = child(
      async (inner) => {
        runs += 1;
        return inner.step("part", () => "x".repeat(200_000)).then((part) => [part, part]);
      },
      { summaryGenerator: (parts) => `${parts.length} parts` },
    );
    const result = await new DurableTestRunner(handler).run();
    expect(result.result?.map((part) => part.length)).toEqual([200_000, 200_000]);
    expect(runs).toBe(2);
    expect(eventsOf(result, "ContextSucceeded")[0]?.ContextSucceededDetails.Result.Payload).toBe(
      '{"type":"ChildContextResult","summary":"2 parts"}',
    );
  });

  test("is not asked where there is room", async () => {
    const handler = child(async () => "small", {
      summaryGenerator: () => {
        throw new Error("not to be asked");
      },
    });
    expect((await new DurableTestRunner(handler).run()).result).toBe("small");
  });

  test("must return a text", async () => {
    const handler = child(async () => "x".repeat(300_000), { summaryGenerator: () => 7 as never });
    const { error } = await new DurableTestRunner(handler).run();
    expect(error?.ErrorMessage).toContain(
      "The summaryGenerator returned 7; it must return a text.",
    );
  });
});

describe('nesting: "FLAT"', () => {
  test("records no context, and runs the function again on every replay", async () => {
    let runs = 0;
    const handler = child(
      async (inner) => {
        runs += 1;
        return inner.step("work", () => "worked");
      },
      { nesting: "FLAT" },
    );
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toBe("worked");
    expect(operationsOf(result, "CONTEXT")).toEqual([]);
    expect(operationsOf(result, "STEP")[0]?.parentId).toBeUndefined();
    expect(runs).toBe(2);
  });

  test("has ids of its own: what stands beside it may be called in any order", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const flat = context.runInChildContext(
        async (inner) => {
          await inner.wait({ seconds: 1 });
          return inner.step("inside", () => 1);
        },
        { nesting: "FLAT" },
      );
      const beside = await context.step("beside", () => 2);
      return [await flat, beside];
    });
    expect((await new DurableTestRunner(handler).run()).result).toEqual([1, 2]);
  });

  test("fails with a ChildContextError, and is never unhandled", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const failing = context.runInChildContext(
        "flat",
        async () => {
          throw new RangeError("deep");
        },
        { nesting: "FLAT" },
      );
      await context.wait({ seconds: 1 });
      return failing;
    });
    const { error } = await new DurableTestRunner(handler).run();
    expect(error).toMatchObject({
      ErrorType: "ChildContextError",
      ErrorMessage: 'Child context "flat" failed: RangeError: deep',
    });
  });

  test("gives its result through the serdes, as a recorded one does", async () => {
    const handler = child(async () => new Date(0) as unknown, { nesting: "FLAT" });
    expect((await new DurableTestRunner(handler).run()).result).toBe("1970-01-01T00:00:00.000Z");
  });

  test("gives up what it has left behind", async () => {
    const ran: string[] = [];
    const handler = child(
      async (inner) => {
        void inner
          .wait("late", { seconds: 1 })
          .then(() => inner.step("late step", () => void ran.push("late")));
        return inner.step("work", () => "worked");
      },
      { nesting: "FLAT" },
    );
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toBe("worked");
    expect(ran).toEqual([]);
  });

  test("records what has begun when it is over, so that no body runs twice", async () => {
    const bodies: string[] = [];
    const handler = child(
      async (inner) => {
        void inner.step("begun", async () => {
          bodies.push("begun");
          await Promise.resolve();
        });
        void inner.runInChildContext("group", async (group) => {
          await group.step("inside", async () => {
            bodies.push("inside");
            await Promise.resolve();
          });
        });
        return "over";
      },
      { nesting: "FLAT" },
    );
    const result = await new DurableTestRunner(handler).run();
    expect(result.invocations.length).toBeGreaterThan(1);
    expect(bodies).toEqual(["begun", "inside"]);
    expect(result.operation("begun").status).toBe("SUCCEEDED");
    expect(result.operation("inside").status).toBe("SUCCEEDED");
  });
});
