import { type DurableContext, withDurableExecution } from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import {
  DurableTestRunner,
  type HistoryEvent,
  respond,
  type RunnerOptions,
} from "../../src/index.ts";
import { ReplayDivergedError, replayHistory } from "../../src/replay/index.ts";

type Body = (context: DurableContext, input: { readonly n: number }) => Promise<unknown>;

const durable = (body: Body) =>
  withDurableExecution(async (input: { readonly n: number }, context: DurableContext) =>
    body(context, input),
  );

async function historyOf(body: Body, options?: RunnerOptions): Promise<readonly HistoryEvent[]> {
  await using runner = new DurableTestRunner(durable(body), options);
  const { history } = await runner.run({ n: 1 });
  return history;
}

async function divergenceOf(body: Body, history: readonly object[]): Promise<ReplayDivergedError> {
  const outcome: unknown = await replayHistory(durable(body), history).catch((e: unknown) => e);
  if (ReplayDivergedError.is(outcome)) return outcome;
  throw new Error("It did not diverge.", { cause: outcome });
}

const order =
  (charge: string): Body =>
  async (context) => {
    await context.step("reserve", async () => 1);
    await context.wait("pause", { hours: 1 });
    await context.step(charge, async () => 2);
    return "done";
  };

describe("a report", () => {
  test("says how much was tried, and how it ends", async () => {
    const history = await historyOf(order("charge"));
    const report = await replayHistory(durable(order("charge")), history);
    expect(report).toEqual({
      events: history.length,
      prefixes: 4, // the beginning, and after each of three outcomes
      next: [],
      status: "SUCCEEDED",
      untried: [],
    });
  });

  test("of an execution that waits says so, and what comes next", async () => {
    const waiting: Body = async (context) => {
      const callback = await context.createCallback<number>("approval");
      await callback.result();
    };
    const history = await historyOf(waiting);
    expect(await replayHistory(durable(waiting), history)).toMatchObject({ status: "PENDING" });
    const reminding: Body = async (context) => {
      const callback = await context.createCallback<number>("approval");
      await Promise.race([callback.result(), context.wait("week", { days: 7 })]);
    };
    const { next } = await replayHistory(durable(reminding), history);
    expect(next).toEqual([
      expect.objectContaining({ type: "WAIT", subType: "Wait", name: "week", parentId: undefined }),
    ]);
  });

  test("says that the handler fails now, which is no divergence", async () => {
    const history = await historyOf(order("charge"));
    const failing: Body = async (context) => {
      await order("charge")(context, { n: 1 });
      throw new Error("after all");
    };
    expect(await replayHistory(durable(failing), history)).toMatchObject({ status: "FAILED" });
  });
});

test("what is asked for and needs no record is not what comes next", async () => {
  const byId: Body = async (context) => {
    const callback = await context.createCallback<number>("approval");
    await callback.result();
    await context.wait("pause", { hours: 1 });
    return context.waitForCallback(callback, { timeout: { hours: 1 } });
  };
  const history = await historyOf(byId, { callbacks: { approval: respond.success(1) } });
  expect(await replayHistory(durable(byId), history)).toMatchObject({
    next: [],
    status: "SUCCEEDED",
  });
});

describe("a wait by id that began before the handler knew of the answer", () => {
  const waiting =
    (wait: string): Body =>
    async (context) => {
      const callback = await context.createCallback<string>("ok", { timeout: { days: 1 } });
      return context.waitForCallback(callback, { name: wait, timeout: { hours: 1 } });
    };
  const schedule =
    '18m24pk [["callback ok c4ca4238#1",{"moves":[["success","y",0]],"atOnce":true}]]';

  test("is what the handler does, also where it knows of the answer and needs no timer", async () => {
    const history = await historyOf(waiting("w"), { schedule });
    expect(history.map(({ EventType }) => EventType)).toEqual(
      expect.arrayContaining(["CallbackSucceeded", "WaitStarted"]),
    );
    await expect(replayHistory(durable(waiting("w")), history)).resolves.toMatchObject({
      status: "SUCCEEDED",
      next: [],
    });
  });

  test("is no wait of another name, and not none", async () => {
    const history = await historyOf(waiting("w"), { schedule });
    const { recorded } = await divergenceOf(waiting("other"), history);
    expect(recorded).toMatchObject({ subType: "CallbackWait", name: "w" });
    const none: Body = async (context) =>
      (await context.createCallback<string>("ok", { timeout: { days: 1 } })).result();
    expect(await divergenceOf(none, history)).toMatchObject({ recorded, requested: undefined });
  });
});

test("callbacks that a step inside of a context makes one after the other are no divergence", async () => {
  const asking: Body = async (context) =>
    context.runInChildContext("request", async (child) =>
      child.step("ask", async (step) => {
        for (const name of ["first", "second"])
          await step.createCallback(name).then(async (callback) => callback.result());
        return "asked";
      }),
    );
  const history = await historyOf(asking, {
    callbacks: { first: respond.success(), second: respond.success() },
  });
  await expect(replayHistory(durable(asking), history)).resolves.toMatchObject({
    status: "SUCCEEDED",
    next: [],
  });
});

describe("nothing is run", () => {
  test("no step, submitter, check or function, wherever the execution stood", async () => {
    let calls = 0;
    const count = async (): Promise<number> => (calls += 1);
    const everything: Body = async (context, { n }) => {
      await context.step("flaky", async () => {
        if ((await count()) % 2 === 1) throw new Error("flaky");
      });
      await context.step("once", count, { semantics: "AtMostOncePerRetry" });
      await context.waitForCallback("approval", async () => void (await count()));
      await context.waitForCondition("ready", async (state: number) => state + (await count()), {
        initialState: 0,
        waitStrategy: (state) =>
          state < 9 ? { shouldContinue: true, delay: { seconds: 5 } } : { shouldContinue: false },
      });
      await context.invoke("payments", { n });
      await context.step("callback inside", async (step) => {
        const callback = await step.createCallback("inner");
        await count();
        await step.waitForCallback(callback, { timeout: { hours: 1 } });
      });
      await context.map("items", [1, 2], async (child) => child.step("each", count));
    };
    const history = await historyOf(everything, {
      callbacks: { approval: respond.success(1), inner: respond.success(2) },
      functions: { payments: count },
    });
    expect(history.at(-1)?.EventType).toBe("ExecutionSucceeded");
    calls = 0;
    expect(await replayHistory(durable(everything), history)).toMatchObject({ next: [] });
    expect(calls).toBe(0);
  });

  test("not what comes after the recorded end, either", async () => {
    let calls = 0;
    const history = await historyOf(order("charge"));
    const more: Body = async (context, input) => {
      await order("charge")(context, input);
      await context.step("more", async () => (calls += 1));
      await context.step("and more", async () => (calls += 1));
    };
    const { next, status } = await replayHistory(durable(more), history);
    expect(next.map(({ name }) => name)).toEqual(["more"]);
    expect(status).toBeUndefined();
    expect(calls).toBe(0);
  });

  test("neither is a line logged", async () => {
    const lines: unknown[] = [];
    const history = await historyOf(order("charge"));
    const logging = durable(async (context, input) => {
      context.logger.info("line");
      return order("charge")(context, input);
    });
    const { info } = console;
    console.info = (...args: unknown[]) => lines.push(args);
    await replayHistory(logging, history).finally(() => {
      console.info = info;
    });
    expect(lines).toEqual([]);
  });
});

describe("a divergence", () => {
  test("says what was recorded, what is asked for, where, who breaks, and what to do", async () => {
    const error = await divergenceOf(order("charge card"), await historyOf(order("charge")));
    expect(error.message).toMatch(
      /^Today's handler does not do what this execution has recorded\.\n {2}At: {8}event 7 \(StepStarted "charge"\)\n {2}Recorded: {2}step "charge" \(STEP, Step\)\n {2}Asked for: step "charge card" \(STEP, Step\), at .*replay-history\.test\.ts:\d+:\d+\)?\nHas it been renamed\? /,
    );
    expect(error.message).toContain(
      "Executions that have come to event 7 break, however far beyond it they are; those that stand before it do not.",
    );
    expect(error.message).toContain("put the change behind a version that the input carries");
    expect(error).toMatchObject({
      name: "ReplayDivergedError",
      code: "REPLAY_DIVERGED",
      eventId: 7,
      eventType: "StepStarted",
      recorded: { type: "STEP", subType: "Step", name: "charge", parentId: undefined },
      requested: { type: "STEP", subType: "Step", name: "charge card" },
      breaks: [{ from: 7 }],
    });
  });

  test("in a context that closes breaks only those that stand inside", async () => {
    const inside =
      (name: string): Body =>
      async (context) => {
        await context.runInChildContext("pay", async (child) => {
          await child.step(name, async () => 1);
          await child.wait("settle", { hours: 1 });
        });
        await context.wait("after", { hours: 1 });
      };
    const error = await divergenceOf(inside("pay"), await historyOf(inside("charge")));
    expect(error.breaks).toEqual([{ from: 3, to: 7 }]);
    expect(error.message).toContain('step "charge" (STEP, Step) in runInChildContext "pay"');
    expect(error.message).toContain(
      "Executions break that stand from event 3 to event 7; those that stand before, or have come out of it, do not.",
    );
  });

  test.for<[string, Body, Body, string]>([
    [
      "an operation that is not asked for any more",
      order("charge"),
      async (context) => context.step("reserve", async () => 1),
      "The handler returns without having asked for it. Has it been removed, or put under a condition?",
    ],
    [
      "a handler that cannot do with what was recorded",
      order("charge"),
      async (context) => {
        const reserved = (await context.step("reserve", async () => ({ ids: [1] }))) as {
          readonly ids: readonly number[];
        };
        if (reserved.ids.length > 0) await context.wait("pause", { hours: 1 });
      },
      "The handler fails before it asks for it, with TypeError: Cannot read properties of undefined",
    ],
    [
      "a branch that is gone",
      async (context) =>
        Promise.all([context.wait("a", { hours: 1 }), context.wait("b", { hours: 1 })]),
      async (context) => context.wait("a", { hours: 1 }),
      "The handler asks for it no more. Has it been removed",
    ],
    [
      "another order",
      async (context) =>
        Promise.all([context.wait("a", { hours: 1 }), context.wait("b", { hours: 1 })]),
      async (context) =>
        Promise.all([context.wait("b", { hours: 1 }), context.wait("a", { hours: 1 })]),
      "The order has changed.",
    ],
    [
      "something before it",
      async (context) => context.wait("a", { hours: 1 }),
      async (context) =>
        Promise.all([context.wait("b", { hours: 1 }), context.wait("a", { hours: 1 })]),
      "something new comes before it.",
    ],
    [
      "something less before it",
      async (context) =>
        Promise.all([context.wait("b", { hours: 1 }), context.wait("a", { hours: 1 })]),
      async (context) => context.wait("a", { hours: 1 }),
      "something before it has been removed",
    ],
    [
      "another kind",
      async (context) => context.step("a", async () => 1),
      async (context) => context.wait("a", { hours: 1 }),
      "It has become another kind of operation",
    ],
    [
      "another place",
      async (context) =>
        context.runInChildContext("box", async (child) => child.step("a", async () => 1)),
      async (context) =>
        context.runInChildContext("box", async (child) => child.step("a", async () => 1), {
          nesting: "FLAT",
        }),
      'Recorded:  runInChildContext "box"',
    ],
  ])("guesses at %s", async ([, before, after, guess]) => {
    expect((await divergenceOf(after, await historyOf(before))).message).toContain(guess);
  });
});

test("a handler may have something around it", async () => {
  const inStep: Body = async (context) => {
    await context.step("ask", async (step) => {
      const callback = await step.createCallback("inner");
      await step.waitForCallback(callback);
    });
    await context.wait("pause", { hours: 1 });
  };
  const wrapped = async (event: unknown, context: object) => durable(inStep)(event, context);
  const history = await historyOf(inStep, { callbacks: { inner: respond.success(1) } });
  expect(await replayHistory(wrapped, history)).toMatchObject({ next: [] });
});

describe("handler code between operations", () => {
  test("may wait for timers of its own", async () => {
    const sleeping: Body = async (context) => {
      await context.step("a", async () => 1);
      await new Promise((resolve) => setTimeout(resolve, 5000));
      await context.step("b", async () => 2);
      await context.wait("c", { hours: 1 });
    };
    await expect(
      replayHistory(durable(sleeping), await historyOf(sleeping)),
    ).resolves.toMatchObject({ next: [] });
  });

  test("may do real work", async () => {
    const reading: Body = async (context) => {
      const { readFile } = await import("node:fs/promises");
      await readFile(import.meta.filename);
      await context.step("a", async () => 1);
      await context.wait("c", { hours: 1 });
    };
    await expect(replayHistory(durable(reading), await historyOf(reading))).resolves.toMatchObject({
      next: [],
    });
  });

  test("that is not deterministic is found, too", async () => {
    let runs = 0;
    const drifting: Body = async (context) => {
      runs += 1;
      await context.step("a", async () => 1);
      await context.wait("b", { hours: 1 });
      await context.step(runs > 2 ? "later" : "c", async () => 2);
    };
    const history = await historyOf(drifting);
    expect((await divergenceOf(drifting, history)).recorded).toMatchObject({ name: "c" });
  });
});

test("a long history takes no time to speak of", { timeout: 60_000 }, async () => {
  const long: Body = async (context) => {
    for (let n = 0; n < 300; n += 1) await context.step(`step ${n}`, async () => n);
    await context.wait("end", { hours: 1 });
  };
  const history = await historyOf(long);
  await expect(replayHistory(durable(long), history)).resolves.toMatchObject({ prefixes: 302 });
});
