import { afterAll, afterEach, beforeEach, describe, expect, vi } from "vitest";
import { durableTest, DurableTestRunner, respond } from "../src/index.ts";
import { type Order, orderHandler, type Outcome } from "./order.ts";

const order = { id: "o-1" };
const shipped = { order: "o-1", status: "shipped", by: "kim" };

const test = durableTest(orderHandler);

describe("a test", () => {
  test("has a runner for its handler, and its clock", async ({ runner, clock }) => {
    expect(runner).toBeInstanceOf(DurableTestRunner);
    expect(clock.now).toEqual(new Date("2025-01-01T00:00:00Z"));
    expect(await runner.run(order)).toBeWaitingFor("approval");

    expect(await clock.advance({ hours: 3 })).toBePending();
    expect(clock.now).toEqual(new Date("2025-01-01T03:00:00Z"));
    await clock.advanceTo(new Date("2025-01-01T12:00:00Z"));
    expect(clock.now).toEqual(runner.now);

    const result = await runner.callback("approval").succeed({ by: "kim" });
    expect(result).toHaveSucceededWith(shipped);
    expect(clock.now).toEqual(new Date("2025-01-01T13:00:00Z"));
  });

  test("may ask for the clock alone", async ({ clock }) => {
    await clock.advance({ minutes: 1 });
    expect(clock.now).toEqual(new Date("2025-01-01T00:01:00Z"));
  });

  test("may ask for neither", () => {
    expect(1 + 1).toBe(2);
  });
});

describe("every test", () => {
  const seen = new Set<unknown>();

  for (const name of ["the first", "the second"]) {
    test(`has a runner that nobody has used: ${name}`, async ({ runner }) => {
      expect(seen).not.toContain(runner);
      seen.add(runner);
      await runner.run(order);
    });
  }

  test("also has one of its own when it is repeated", { repeats: 2 }, async ({ runner }) => {
    expect(seen).not.toContain(runner);
    seen.add(runner);
    await runner.run(order);
  });

  test("also has one of its own when it is retried", { retry: 2 }, async ({ runner, task }) => {
    expect(seen).not.toContain(runner);
    seen.add(runner);
    await runner.run(order);
    expect(task.result?.retryCount).toBe(2);
  });
});

describe("a runner", () => {
  const runners: DurableTestRunner<Order, Outcome>[] = [];

  test("is used", async ({ runner }) => {
    runners.push(runner);
    await runner.run(order);
  });

  test.fails("is used by a test that fails", async ({ runner }) => {
    runners.push(runner);
    await runner.run(order);
    expect(runner).toHaveSucceeded();
  });

  test.fails("is there for a test that fails by itself", async ({ runner }) => {
    runners.push(runner);
    await runner.run(order);
    throw new Error("oh no");
  });

  test.fails("is there for a test that fails before it runs", ({ runner }) => {
    runners.push(runner);
    throw new Error("too early");
  });

  test.fails("is there for a test with a difference", async ({ runner }) => {
    runners.push(runner);
    const { status } = await runner.run(order);
    expect(status).toBe("SUCCEEDED");
  });

  afterAll(async () => {
    expect(runners).toHaveLength(5);
    for (const runner of runners) {
      await expect(runner.advance({ hours: 1 })).rejects.toThrow("has been disposed of");
    }
  });
});

describe("what cannot be right", () => {
  test("is refused where it is written", () => {
    const noHandler: unknown = undefined;
    expect(() => durableTest(noHandler as typeof orderHandler)).toThrow("undefined is no handler");
    expect(() => durableTest(orderHandler, { seed: 0.5 })).toThrow("0.5 is not a whole number");
  });
});

describe("settings", () => {
  const scripted = durableTest(orderHandler, {
    startTime: "2026-05-01T00:00:00Z",
    callbacks: { approval: respond.success({ by: "kim" }).after({ hours: 3 }) },
  });

  scripted("hold for every test", async ({ runner, clock }) => {
    expect(clock.now).toEqual(new Date("2026-05-01T00:00:00Z"));
    expect(await runner.run(order)).toHaveSucceededWith(shipped);
  });

  describe("of a group", () => {
    scripted.override({ runnerOptions: { callbacks: { approval: respond.never() } } });

    scripted("come on top of those", async ({ runner, clock }) => {
      expect(clock.now).toEqual(new Date("2026-05-01T00:00:00Z"));
      expect(await runner.run(order)).toHaveTimedOut("approval");
    });
  });

  describe("of another group", () => {
    scripted.override("runnerOptions", { startTime: "2027-01-01T00:00:00Z" });

    scripted("leave the scripts as they are", async ({ runner }) => {
      expect(runner.now).toEqual(new Date("2027-01-01T00:00:00Z"));
      expect(await runner.run(order)).toHaveSucceededWith(shipped);
    });
  });

  scripted("of a group end with it", async ({ runner }) => {
    expect(await runner.run(order)).toHaveSucceededWith(shipped);
  });
});

describe("what Vitest's test can do", () => {
  test.each(["kim", "lee"])("each: %s", (by) => {
    expect(by).toMatch(/^\w{3}$/);
  });

  test.for([{ by: "kim" }, { by: "lee" }])("for: approved by $by", async ({ by }, { runner }) => {
    await runner.run(order);
    const result = await runner.callback("approval").succeed({ by });
    expect(result).toHaveSucceededWith({ ...shipped, by });
  });

  describe.concurrent("concurrent", () => {
    for (const by of ["kim", "lee", "max"]) {
      test(`${by} has a runner alone`, async ({ runner, expect: own }) => {
        await runner.run(order);
        const result = await runner.callback("approval").succeed({ by });
        own(result).toHaveSucceededWith({ ...shipped, by });
      });
    }
  });

  describe("hooks", () => {
    const states: string[] = [];

    test.beforeEach(async ({ runner }) => {
      await runner.run(order);
    });
    test.afterEach(({ runner }) => {
      states.push(runner.result.status);
    });

    test("share the runner of the test", async ({ runner }) => {
      expect(runner).toBeWaitingFor("approval");
      await runner.runToCompletion();
    });

    test("and see how it left it", () => {
      expect(states).toEqual(["SUCCEEDED"]);
    });
  });

  describe("extend", () => {
    const extended = test.extend("waiting", async ({ runner }) => runner.run(order));

    extended("adds fixtures to those there are", async ({ waiting, runner }) => {
      expect(waiting).toBeWaitingFor("approval");
      expect(await runner.runToCompletion()).toHaveTimedOut("approval");
    });
  });
});

describe("fake timers of the test", () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: new Date("1999-12-31T23:59:59Z") });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test("and those of the execution leave one another alone", async ({ runner, clock }) => {
    const fired = vi.fn<() => void>();
    setTimeout(fired, 1000);
    await runner.run(order);
    await clock.advance({ hours: 5 });
    await runner.callback("approval").succeed({ by: "kim" });
    expect(runner).toHaveSucceeded();
    expect(fired).not.toHaveBeenCalled();
    expect(new Date().getFullYear()).toBe(1999);
    vi.advanceTimersByTime(1000);
    expect(fired).toHaveBeenCalledOnce();
    expect(clock.now).toEqual(new Date("2025-01-01T06:00:00Z"));
  });
});

describe("a snapshot", () => {
  test("tells the history", async ({ runner }) => {
    await runner.run(order);
    expect(await runner.callback("approval").succeed({ by: "kim" })).toMatchSnapshot();
  });
});

describe("a script that no callback has asked for", () => {
  const misspelt = { aproval: respond.success({ by: "kim" }) };
  const scripted = durableTest(orderHandler, { callbacks: misspelt });

  scripted("is an error once the execution has ended", async ({ runner }) => {
    // Until then, its callback may still come.
    expect(await runner.run(order)).toBePending();
    await expect(runner.runToCompletion()).rejects.toThrow(
      'No callback has asked for the script "aproval". Did you mean "approval"?',
    );
  });

  describe("where that is only to be told", () => {
    scripted.override({ runnerOptions: { unusedScripts: "report" } });

    scripted("is listed in the result", async ({ runner }) => {
      await runner.run(order);
      const result = await runner.runToCompletion();
      expect(result.unusedScripts).toEqual(["aproval"]);
    });
  });

  durableTest(orderHandler, { callbacks: misspelt, unusedScripts: "report" })(
    "is listed in the result, for a whole file",
    async ({ runner }) => {
      await runner.run(order);
      expect((await runner.runToCompletion()).unusedScripts).toEqual(["aproval"]);
    },
  );
});

describe("a test whose names and payloads the compiler checks", () => {
  durableTest.typed<{ handler: typeof orderHandler; callbacks: { approval: { by: string } } }>(
    orderHandler,
    { startTime: "2026-05-01T00:00:00Z" },
  )("goes as any other", async ({ runner, clock }) => {
    expect(clock.now).toEqual(new Date("2026-05-01T00:00:00Z"));
    await runner.run(order);
    expect(await runner.callback("approval").succeed({ by: "kim" })).toHaveSucceededWith(shipped);
  });
});
