/** While a callback waits for the test, run() stops before the end of any wait: somebody could answer before it. */
import {
  CallbackTimeoutError,
  createWaitStrategy,
  type DurableContext,
  withDurableExecution,
} from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import { type AnyDurableLambdaHandler, DurableTestRunner, respond } from "../src/index.ts";
import { operationsOf } from "./support/history.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const handlerOf = <Output>(body: (context: DurableContext) => Promise<Output>) =>
  withDurableExecution(async (_: unknown, context) => body(context));

const anHour = (context: DurableContext): Promise<string> =>
  context.wait("an hour", { hours: 1 }).then(() => "nobody");

const nobodyIn = (error: unknown): string => {
  if (CallbackTimeoutError.is(error)) return "nobody";
  throw error;
};

const bank = handlerOf(async (context) => {
  const callback = await context.createCallback<string>("approval");
  return callback.result();
});

/** Each brings what the callback "approval" brings, or "nobody" after an hour. */
const races: readonly { readonly how: string; readonly handler: AnyDurableLambdaHandler }[] = [
  {
    how: "context.promise.race",
    handler: handlerOf(async (context) => {
      const approval = await context.createCallback<string>("approval");
      return context.promise.race("answer", [approval.result(), anHour(context)]);
    }),
  },
  {
    how: "context.promise.any",
    handler: handlerOf(async (context) => {
      const approval = await context.createCallback<string>("approval");
      return context.promise.any([anHour(context), approval.result()]);
    }),
  },
  {
    how: "Promise.race",
    handler: handlerOf(async (context) => {
      const approval = await context.createCallback<string>("approval");
      return Promise.race([approval.result(), anHour(context)]);
    }),
  },
  {
    how: "Promise.any, with settled()",
    handler: handlerOf(async (context) => {
      const approval = await context.createCallback<string>("approval");
      const answer = async () => {
        const outcome = await approval.settled();
        return outcome.status === "SUCCEEDED" ? outcome.value : outcome.status;
      };
      return Promise.any([anHour(context), answer()]);
    }),
  },
  {
    how: "the branches of a parallel",
    handler: handlerOf(async (context) => {
      const batch = await context.parallel(
        [
          async (child) => (await child.createCallback<string>("approval")).result(),
          async (child) => anHour(child),
        ],
        { completionConfig: { minSuccessful: 1 } },
      );
      return batch.getResults()[0];
    }),
  },
  {
    how: "the items of a map that are recorded flat",
    handler: handlerOf(async (context) => {
      const batch = await context.map(
        ["approval", "wait"],
        async (child, what) =>
          what === "wait"
            ? anHour(child)
            : (await child.createCallback<string>("approval")).result(),
        { completionConfig: { minSuccessful: 1 }, nesting: "FLAT" },
      );
      return batch.getResults()[0];
    }),
  },
  {
    how: "child contexts, two deep",
    handler: handlerOf((context) =>
      context.runInChildContext("outer", (outer) =>
        outer.runInChildContext("inner", async (inner) => {
          const approval = await inner.createCallback<string>("approval");
          return Promise.race([approval.result(), anHour(inner)]);
        }),
      ),
    ),
  },
  {
    how: "a wait in one child context, a callback in another",
    handler: handlerOf((context) =>
      Promise.race([
        context.runInChildContext("asks", async (child) =>
          (await child.createCallback<string>("approval")).result(),
        ),
        context.runInChildContext("waits", (child) => anHour(child)),
      ]),
    ),
  },
  {
    how: "waitForCallback with a submitter",
    handler: handlerOf((context) =>
      Promise.race([context.waitForCallback<string>("approval", () => {}), anHour(context)]),
    ),
  },
  {
    how: "waitForCallback by id",
    handler: handlerOf(async (context) => {
      const { callbackId } = await context.createCallback<string>("approval");
      return Promise.race([context.waitForCallback(callbackId), anHour(context)]);
    }),
  },
  {
    how: "the own timeout of a wait by id",
    handler: handlerOf(async (context) => {
      const approval = await context.createCallback<string>("approval");
      return context.waitForCallback(approval, { timeout: { hours: 1 } }).catch(nobodyIn);
    }),
  },
  {
    how: "a step that asks",
    handler: handlerOf((context) =>
      Promise.race([
        context.step("asks", async (step) =>
          (await step.createCallback<string>("approval")).result(),
        ),
        anHour(context),
      ]),
    ),
  },
  {
    how: "a callback of a function that was invoked",
    handler: handlerOf((context) =>
      Promise.race([context.invoke<string>("bank", {}), anHour(context)]),
    ),
  },
  {
    how: "a wait of a function that was invoked",
    handler: handlerOf(async (context) => {
      const approval = await context.createCallback<string>("approval");
      return Promise.race([approval.result(), context.invoke<string>("clock", {})]);
    }),
  },
];

const options = { durableFunctions: { bank, clock: handlerOf(anHour) } };

describe.for(races)("$how", ({ handler }) => {
  test("answered at once", async () => {
    const runner = new DurableTestRunner(handler, options);
    const waiting = await runner.run({});
    expect(waiting).toMatchObject({ status: "PENDING", elapsedMs: 0 });
    const result = await runner.callback("approval").succeed("yes");
    expect(result).toMatchObject({ status: "SUCCEEDED", result: "yes", elapsedMs: 0 });
  });

  test("answered a minute before the hour is over", async () => {
    const runner = new DurableTestRunner(handler, options);
    await runner.run({});
    await runner.advance({ minutes: 59 });
    const result = await runner.callback("approval").succeed("yes");
    expect(result).toMatchObject({ result: "yes", elapsedMs: 59 * 60_000 });
  });

  test("not answered", async () => {
    const runner = new DurableTestRunner(handler, options);
    await runner.run({});
    const result = await runner.advance({ hours: 1 });
    expect(result).toMatchObject({ result: "nobody", elapsedMs: HOUR_MS });
  });

  test("answered by a script, which needs no word from the test", async () => {
    const answer = respond.success("yes");
    const before = new DurableTestRunner(handler, {
      ...options,
      callbacks: { approval: answer.after({ minutes: 59 }) },
    });
    expect(await before.run({})).toMatchObject({ result: "yes" });
    const after = new DurableTestRunner(handler, {
      ...options,
      callbacks: { approval: answer.after({ minutes: 61 }) },
    });
    expect(await after.run({})).toMatchObject({ result: "nobody", elapsedMs: HOUR_MS });
  });
});

describe("a loop that reminds every day until somebody answers", () => {
  const reminding = handlerOf(async (context) => {
    const approval = await context.createCallback<string>("approval");
    const answer = approval.result();
    for (let day = 1; ; day += 1) {
      const first = await Promise.race([
        answer.then((value) => ({ value })),
        context.wait(`day ${day}`, { days: 1 }),
      ]);
      if (first !== undefined) return `${first.value} after ${day - 1} reminders`;
      await context.step("remind", () => day);
    }
  });

  test("does not run away", async () => {
    const runner = new DurableTestRunner(reminding);
    const waiting = await runner.run();
    expect(waiting).toMatchObject({ status: "PENDING", elapsedMs: 0 });
    expect(operationsOf(waiting, "STEP")).toEqual([]);
  });

  test("goes on day by day as the test lets time pass", async () => {
    const runner = new DurableTestRunner(reminding);
    await runner.run();
    const waiting = await runner.advance({ days: 3, hours: 12 });
    expect(operationsOf(waiting, "STEP").map(({ result }) => result)).toEqual([1, 2, 3]);
    const result = await runner.callback("approval").succeed("yes");
    expect(result).toMatchObject({
      result: "yes after 3 reminders",
      elapsedMs: 3.5 * DAY_MS,
    });
  });

  test("ends by itself where a script answers", async () => {
    const result = await new DurableTestRunner(reminding, {
      callbacks: { approval: respond.success("yes").after({ days: 2, hours: 1 }) },
    }).run();
    expect(result).toMatchObject({ result: "yes after 2 reminders", elapsedMs: 49 * HOUR_MS });
  });
});

describe("waits are skipped over", () => {
  const twice = handlerOf(async (context) => {
    const first = await context.createCallback<string>("approval", { timeout: { hours: 2 } });
    const answer = await first.result();
    await context.wait("settle", { hours: 1 });
    const second = await context.createCallback<string>("approval");
    await context.wait("think", { hours: 1 });
    return [answer, await second.result()];
  });

  test("again as soon as no callback waits for the test, however it ended", async () => {
    for (const end of ["answer", "silence"] as const) {
      const runner = new DurableTestRunner(twice);
      await runner.run();
      const waiting =
        end === "answer"
          ? await runner.callback("approval").succeed("yes")
          : await runner.advance({ hours: 3 });
      expect(waiting.operation("settle").status).toBe("SUCCEEDED");
      expect(waiting.operation("think").status).toBe("STARTED");
      expect(waiting.elapsedMs).toBe(end === "answer" ? HOUR_MS : 3 * HOUR_MS);
    }
  });

  test("beside a callback that its script leaves alone", async () => {
    const result = await new DurableTestRunner(races[0]!.handler, {
      callbacks: { approval: respond.never() },
    }).run({});
    expect(result).toMatchObject({ result: "nobody", elapsedMs: HOUR_MS });
  });

  test("but not beside one for which a script has nothing to say", async () => {
    let asked = 0;
    const runner = new DurableTestRunner(twice, {
      callbacks: {
        approval: () => (asked++ === 0 ? respond.success("yes").after({ minutes: 5 }) : undefined),
      },
    });
    const waiting = await runner.run();
    expect(waiting).toMatchObject({ status: "PENDING", elapsedMs: 65 * 60_000 });
    expect(waiting.pendingCallbacks).toHaveLength(1);
    const result = await runner.callback("approval").succeed("again");
    expect(result).toMatchObject({ result: ["yes", "again"], elapsedMs: 125 * 60_000 });
  });
});

test("polls go on beside an open callback: the handler is at work", async () => {
  let checks = 0;
  const runner = new DurableTestRunner(
    handlerOf(async (context) => {
      const approval = await context.createCallback<string>("approval");
      const polled = context.waitForCondition(
        "ready",
        () => {
          checks += 1;
          return checks;
        },
        {
          initialState: 0,
          waitStrategy: createWaitStrategy({
            shouldContinuePolling: (count: number) => count < 4,
            initialDelay: { minutes: 1 },
            backoffRate: 1,
            jitter: "NONE",
          }),
        },
      );
      return [await polled, await approval.result()];
    }),
  );
  expect(await runner.run()).toMatchObject({ status: "PENDING", elapsedMs: 3 * 60_000 });
  expect(checks).toBe(4);
  expect((await runner.callback("approval").succeed("yes")).result).toEqual([4, "yes"]);
});

test("a wait does not hold up what is due before it", async () => {
  const runner = new DurableTestRunner(
    handlerOf(async (context) => {
      const asked = await context.createCallback<string>("asked");
      const scripted = await context.createCallback<string>("scripted");
      const early = scripted.result().then((value) => context.step("early", () => value));
      await context.wait("an hour", { hours: 1 });
      return [await early, await asked.result()];
    }),
    { callbacks: { scripted: respond.success("early").after({ minutes: 10 }) } },
  );
  const waiting = await runner.run();
  expect(waiting).toMatchObject({ status: "PENDING", elapsedMs: 600_000 });
  expect(waiting.step("early").result).toBe("early");
  expect((await runner.callback("asked").succeed("late")).result).toEqual(["early", "late"]);
});
