import {
  createRetryStrategy,
  type DurableContext,
  InvalidArgumentError,
  withDurableExecution,
} from "@durabletest/runtime";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import {
  type AnyDurableLambdaHandler,
  DurableTestRunner,
  respond,
  RunnerBusyError,
  RunnerNotStartedError,
  type RunnerOptions,
  TargetNotReachedError,
} from "../src/index.ts";
import { rejectionOf } from "./support/history.ts";

const HOUR_MS = 3_600_000;

const handlerOf = <Output>(body: (context: DurableContext) => Promise<Output>) =>
  withDurableExecution(async (_: unknown, context) => body(context));

/** Reminds after a day and after another one; gives up a day later. */
const reminding = handlerOf(async (context) => {
  const approval = await context.createCallback<string>("approval", { timeout: { days: 7 } });
  for (let day = 1; day <= 2; day += 1) {
    const first = await Promise.race([
      approval.result().then((value) => ({ value })),
      context.wait(`day ${day}`, { days: 1 }),
    ]);
    if (first !== undefined) return first.value;
    await context.step("remind", () => day);
  }
  await context.wait("last day", { days: 1 });
  return "given up";
});

const waiting = async (
  handler: AnyDurableLambdaHandler = reminding,
  options: RunnerOptions = {},
): Promise<DurableTestRunner> => {
  const runner = new DurableTestRunner(handler, options);
  await runner.run();
  return runner;
};

describe("advanceUntil(name)", () => {
  test("lets the world be silent until the operation has started; the clock stays there", async () => {
    const runner = await waiting();
    const result = await runner.advanceUntil("remind");
    expect(result).toMatchObject({ status: "PENDING", elapsedMs: 24 * HOUR_MS });
    expect(runner.now).toEqual(new Date("2025-01-02T00:00:00.000Z"));
    expect((await runner.callback("approval").succeed("yes")).result).toBe("yes");
  });

  test("stays where it is when the operation has started already", async () => {
    const runner = await waiting();
    expect(await runner.advanceUntil("approval")).toMatchObject({ elapsedMs: 0 });
    await runner.advanceUntil("remind");
    expect(await runner.advanceUntil("remind")).toMatchObject({ elapsedMs: 24 * HOUR_MS });
  });

  test("goes to the one with an index where several have the name", async () => {
    const runner = await waiting();
    const result = await runner.advanceUntil("remind", 1);
    expect(result).toMatchObject({ status: "PENDING", elapsedMs: 48 * HOUR_MS });
  });

  test("takes a path", async () => {
    const runner = await waiting(
      handlerOf((context) =>
        context.map(
          "orders",
          [1, 2, 3],
          async (child, hours) => {
            await child.wait({ hours });
            await child.step("charge", () => hours);
          },
          { maxConcurrency: 1 },
        ),
      ),
      { timeSkipping: "manual" },
    );
    expect(await runner.advanceUntil("orders[1]/charge")).toMatchObject({ elapsedMs: 3 * HOUR_MS });
  });

  test("stops before what happens at the same instant, or even at once", async () => {
    const runner = await waiting(
      handlerOf(async (context) => {
        await context.wait("pause", { hours: 1 });
        const asked = await context.createCallback<string>("asked");
        return asked.result();
      }),
      { timeSkipping: "manual", callbacks: { asked: respond.success("at once") } },
    );
    const result = await runner.advanceUntil("asked");
    expect(result).toMatchObject({ status: "PENDING", elapsedMs: HOUR_MS });
    expect(result.callback("asked").status).toBe("STARTED");
    expect((await runner.advance({ seconds: 0 })).result).toBe("at once");
  });

  test("stops in the middle of an invocation, which stands still", async () => {
    const runner = await waiting(
      handlerOf(async (context) => {
        await context.wait("pause", { hours: 1 });
        await context.step("first", () => sleep(60_000));
        await context.step("second", () => sleep(60_000));
        return new Date().toISOString();
      }),
      { timeSkipping: "manual" },
    );
    const middle = await runner.advanceUntil("second");
    expect(middle).toMatchObject({ status: "PENDING", elapsedMs: HOUR_MS + 60_000 });
    expect(middle.invocations.map(({ status }) => status)).toEqual(["PENDING", "RUNNING"]);
    expect(middle.step("second").status).toBe("STARTED");
    expect((await runner.advance({ minutes: 1 })).result).toBe("2025-01-01T01:02:00.000Z");
  });

  test("lets deadlines pass on the way, and retries come", async () => {
    const runner = await waiting(
      handlerOf(async (context) => {
        const asked = await context.createCallback("asked", { timeout: { hours: 5 } });
        const { status } = await asked.settled();
        await context.step(
          "flaky",
          ({ attempt }) => {
            if (attempt < 3) throw new Error("not yet");
          },
          {
            retryStrategy: createRetryStrategy({
              initialDelay: { hours: 1 },
              backoffRate: 1,
              maxDelay: { hours: 1 },
              jitter: "NONE",
            }),
          },
        );
        await context.wait("after", { hours: 1 });
        return status;
      }),
    );
    const result = await runner.advanceUntil("after");
    expect(result).toMatchObject({ status: "PENDING", elapsedMs: 7 * HOUR_MS });
    expect(result.callback("asked").status).toBe("TIMED_OUT");
  });

  test("finds operations of functions that were invoked", async () => {
    const bank = handlerOf(async (context) => {
      await context.wait("opening hours", { hours: 8 });
      return (await context.createCallback<string>("approval")).result();
    });
    const runner = await waiting(
      handlerOf((context) => context.invoke<string>("bank", {})),
      { durableFunctions: { bank }, timeSkipping: "manual" },
    );
    expect(await runner.advanceUntil("approval")).toMatchObject({ elapsedMs: 8 * HOUR_MS });
    expect((await runner.callback("approval").succeed("yes")).result).toBe("yes");
  });

  test("resolves with the end when the operation started in the invocation that came to it", async () => {
    const runner = await waiting(
      handlerOf(async (context) => {
        await context.wait({ hours: 1 });
        return context.step("last", () => "done");
      }),
      { timeSkipping: "manual" },
    );
    expect(await runner.advanceUntil("last")).toMatchObject({
      status: "SUCCEEDED",
      elapsedMs: HOUR_MS,
    });
  });
});

describe("advanceUntil(predicate)", () => {
  test("goes on until it holds, asked before each thing that happens", async () => {
    const runner = await waiting();
    const asked: number[] = [];
    const result = await runner.advanceUntil(({ operations, elapsedMs }) => {
      asked.push(elapsedMs / HOUR_MS);
      return operations.filter(({ name }) => name === "remind").length === 2;
    });
    expect(result).toMatchObject({ status: "PENDING", elapsedMs: 48 * HOUR_MS });
    expect([...new Set(asked)]).toEqual([0, 24, 48]);
  });

  test("stays where it is when it holds already", async () => {
    const runner = await waiting();
    const { length } = runner.result.invocations;
    await runner.advanceUntil(({ status }) => status === "PENDING");
    expect(runner.result.invocations).toHaveLength(length);
  });

  test("may wait for the end", async () => {
    const runner = await waiting();
    const result = await runner.advanceUntil(({ status }) => status !== "PENDING");
    expect(result).toMatchObject({ result: "given up", elapsedMs: 72 * HOUR_MS });
  });

  test("stops between what is due at one instant and the next, never between two things of one instant", async () => {
    const runner = await waiting(
      handlerOf(async (context) => {
        const callbacks = await Promise.all(
          ["a", "b"].map((name) => context.createCallback(name, { timeout: { hours: 1 } })),
        );
        return Promise.all(callbacks.map((callback) => callback.settled()));
      }),
    );
    const result = await runner.advanceUntil(({ operations }) =>
      operations.some(({ status }) => status === "TIMED_OUT"),
    );
    expect(result.operations.map(({ status }) => status)).toEqual(["TIMED_OUT", "TIMED_OUT"]);
    expect(result.status).toBe("PENDING");
    expect((await runner.advance({ seconds: 0 })).invocations).toHaveLength(2);
  });

  test("throws on what it throws, and leaves the runner usable", async () => {
    const runner = await waiting();
    const error = await rejectionOf(
      runner.advanceUntil(() => {
        throw new TypeError("in the predicate");
      }),
    );
    expect(error).toMatchObject({ message: "in the predicate" });
    expect((await runner.callback("approval").succeed("yes")).result).toBe("yes");
  });
});

describe("what cannot be reached", () => {
  test("is told with near misses and where the execution has ended", async () => {
    const runner = await waiting();
    const error = await rejectionOf(runner.advanceUntil("remnid"));
    expect(TargetNotReachedError.is(error)).toBe(true);
    expect(error).toMatchObject({ code: "TARGET_NOT_REACHED" });
    expect((error as Error).message).toContain("\nTimeline\n");
    expect((error as Error).message).toContain(
      'advanceUntil: No operation "remnid" has started. Did you mean "remind"? The execution has ended: SUCCEEDED at 2025-01-04T00:00:00.000Z.',
    );
  });

  test("is told with what the execution waits for when nothing more happens by itself", async () => {
    const runner = await waiting(
      handlerOf(async (context) => {
        await context.wait("pause", { hours: 1 });
        return (await context.createCallback<string>("approval")).result();
      }),
    );
    const error = await rejectionOf(runner.advanceUntil("ship"));
    expect((error as Error).message).toContain(
      'advanceUntil: No operation "ship" has started. There are: "pause", "approval". Nothing more happens by itself. It is 2025-01-01T01:00:00.000Z. Pending: callback "approval", open.',
    );
    expect((await runner.callback("approval").succeed("yes")).result).toBe("yes");
  });

  test("is told with how many of the name have started", async () => {
    const runner = await waiting();
    const error = await rejectionOf(runner.advanceUntil("remind", 2));
    expect((error as Error).message).toContain(
      'There is no operation "remind" number 2: 2 of that name have started, and they count from 0.',
    );
  });

  test("is told of a path with paths", async () => {
    const runner = await waiting(
      handlerOf((context) =>
        context.runInChildContext("fulfil", (child) => child.step("charge", () => 1)),
      ),
    );
    const error = await rejectionOf(runner.advanceUntil("fulfil/chrage"));
    expect((error as Error).message).toContain('Did you mean "fulfil/charge"');
  });

  test("is told of a predicate", async () => {
    const runner = await waiting();
    const error = await rejectionOf(runner.advanceUntil(() => false));
    expect((error as Error).message).toContain(
      "advanceUntil: The predicate has never held. The execution has ended: SUCCEEDED at 2025-01-04T00:00:00.000Z.",
    );
  });

  test("is told when no operation has started at all", async () => {
    const runner = await waiting(handlerOf(async () => "done"));
    const error = await rejectionOf(runner.advanceUntil("anything"));
    expect((error as Error).message).toContain("No operation has.");
  });
});

describe("advanceUntil() is refused", () => {
  test.for<{ what: string; wanted: unknown; index?: unknown; says: string }>([
    { what: "without anything", wanted: undefined, says: "undefined is neither the name" },
    { what: "with an empty name", wanted: "", says: '"" is neither the name' },
    { what: "with a duration", wanted: { hours: 1 }, says: "is neither the name" },
    { what: "with an index that is none", wanted: "x", index: -1, says: "-1 is no whole number" },
    { what: "with half an index", wanted: "x", index: 0.5, says: "0.5 is no whole number" },
    {
      what: "with an async predicate",
      wanted: async () => false,
      says: "the predicate gave a promise",
    },
  ])("$what", async ({ wanted, index, says }) => {
    const runner = await waiting();
    const error = await rejectionOf(runner.advanceUntil(wanted as never, index as never));
    expect(InvalidArgumentError.is(error)).toBe(true);
    expect((error as Error).message).toContain(says);
    expect(runner.result.elapsedMs).toBe(0);
  });

  test("before run()", async () => {
    const runner = new DurableTestRunner(reminding);
    expect(RunnerNotStartedError.is(await rejectionOf(runner.advanceUntil("remind")))).toBe(true);
  });

  test("while another call is going on", async () => {
    const runner = new DurableTestRunner(reminding);
    const running = runner.run();
    expect(RunnerBusyError.is(await rejectionOf(runner.advanceUntil("remind")))).toBe(true);
    await running;
  });
});
