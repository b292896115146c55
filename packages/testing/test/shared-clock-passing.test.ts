/** How time passes on a clock that executions share with their test: how far, for whom, and who waits for whom. */
import { withDurableExecution } from "@durabletest/runtime";
import FakeTimers from "@sinonjs/fake-timers";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test, vi } from "vitest";
import { DurableTestRunner, RunnerDisposedError } from "../src/index.ts";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const start = Date.UTC(2026, 2, 1);

const newClock = () => FakeTimers.createClock(start);

/** Waits for an answer, for so many seconds. */
const asks = (seconds: number) =>
  withDurableExecution(async (_: unknown, context) => {
    const callback = await context.createCallback<string>("approval", { timeout: { seconds } });
    return (await callback.result()) ?? "expired";
  });

const waits = (minutes: number) =>
  withDurableExecution(async (_: unknown, context) => context.wait({ minutes }));

afterEach(() => {
  vi.useRealTimers();
});

describe("more time than one timer can wait for", () => {
  test("passes at once", async () => {
    const clock = newClock();
    await using runner = new DurableTestRunner(asks((29 * day) / second), { clock });
    await runner.run();
    await clock.tickAsync(30 * day);
    expect(clock.now).toBe(start + 30 * day);
    expect(runner.result).toMatchObject({ status: "SUCCEEDED", elapsedMs: 29 * day });
  });

  test("passes in two parts, with a deadline on its day", async () => {
    const clock = newClock();
    await using runner = new DurableTestRunner(asks((30 * day) / second), { clock });
    await runner.run();
    await clock.tickAsync(20 * day);
    await clock.tickAsync(20 * day);
    expect(runner.result.elapsedMs).toBe(30 * day);
  });

  test("passes without waiting for anybody, with everything on its day", async () => {
    const clock = newClock();
    await using runner = new DurableTestRunner(waits((25 * day) / minute), {
      clock,
      timeSkipping: "manual",
    });
    await runner.run();
    clock.tick(30 * day);
    await vi.waitFor(() => expect(runner.result.status).toBe("SUCCEEDED"));
  });

  test("is passed by a runner, too", async () => {
    const clock = newClock();
    await using waiting = new DurableTestRunner(waits((25 * day) / minute), { clock });
    expect((await waiting.run()).elapsedMs).toBe(25 * day);
    await using asking = new DurableTestRunner(asks((60 * day) / second), { clock });
    await asking.run();
    await asking.advance({ days: 50 });
    expect(clock.now).toBe(start + 75 * day);
  });
});

describe("several runners", () => {
  test("run at once on one clock", async () => {
    const clock = newClock();
    await using short = new DurableTestRunner(waits(30), { clock });
    await using long = new DurableTestRunner(waits(60), { clock });
    const results = await Promise.all([short.run(), long.run()]);
    expect(results.map(({ status }) => status)).toEqual(["SUCCEEDED", "SUCCEEDED"]);
    expect(results.map(({ elapsedMs }) => elapsedMs)).toEqual([30 * minute, 60 * minute]);
  });

  test("that run at once see each other's timers in one order", async () => {
    const clock = newClock();
    const order: string[] = [];
    const works = (name: string, seconds: number) =>
      withDurableExecution(async (_: unknown, context) => {
        for (let round = 1; round <= 3; round += 1) {
          await context.wait({ seconds });
          await context.step(name, async () => {
            await readFile(import.meta.filename);
            order.push(`${(Date.now() - start) / second} ${name}`);
          });
        }
      });
    await using first = new DurableTestRunner(works("first", 4), { clock });
    await using later = new DurableTestRunner(works("second", 5), { clock });
    await Promise.all([first.run(), later.run()]);
    expect(order).toEqual(["4 first", "5 second", "8 first", "10 second", "12 first", "15 second"]);
  });

  test("one of which advances leaves the clock where it should stand", async () => {
    const clock = newClock();
    await using one = new DurableTestRunner(asks(hour / second), { clock });
    const handler = withDurableExecution(async (_: unknown, context) => {
      await (await context.createCallback("go")).result();
      await context.wait({ hours: 1 });
    });
    await using other = new DurableTestRunner(handler, { clock });
    await one.run();
    await other.run();
    clock.setTimeout(() => void other.callback("go").succeed("on"), 5 * minute);
    await one.advance({ minutes: 10 });
    expect(clock.now).toBe(start + 10 * minute);
    expect(other.result.status).toBe("PENDING");
  });
});

describe("the date of the clock", () => {
  test("may be set: that lets no time pass", async () => {
    const clock = newClock();
    await using runner = new DurableTestRunner(asks(hour / second), { clock });
    await runner.run();
    clock.setSystemTime(start + hour - second);
    await clock.tickAsync(2 * second);
    expect(runner.result.status).toBe("PENDING");
    await clock.tickAsync(hour);
    expect(runner.result.elapsedMs).toBe(hour);
  });

  test("may be set back", async () => {
    const clock = newClock();
    await using runner = new DurableTestRunner(asks(hour / second), { clock });
    await runner.run();
    clock.setSystemTime(start - day);
    expect(runner.result.elapsedMs).toBe(0);
    await clock.tickAsync(hour);
    expect(runner.result.status).toBe("SUCCEEDED");
  });

  test("is where an execution begins, whenever it has been set", async () => {
    const clock = newClock();
    await using runner = new DurableTestRunner(asks(hour / second), { clock });
    clock.setSystemTime(start + day);
    await runner.run();
    expect(runner.now).toEqual(new Date(start + day));
    expect(runner.result.elapsedMs).toBe(0);
  });

  test("goes on in a fork", async () => {
    const clock = newClock();
    await using runner = new DurableTestRunner(asks(hour / second), { clock });
    await runner.run();
    clock.setSystemTime(start + day);
    await using fork = runner.fork();
    await fork.advance({ hours: 1 });
    expect(fork.result).toMatchObject({ status: "SUCCEEDED", elapsedMs: hour });
  });
});

describe("timers of the clock that are cleared", () => {
  test("before a tick, leave the deadlines of an execution alone", async () => {
    const clock = newClock();
    await using runner = new DurableTestRunner(asks(100), { clock });
    await runner.run();
    clock.reset();
    await clock.tickAsync(200 * second);
    expect(runner.result.elapsedMs).toBe(100 * second);
  });

  test("during a tick, do not keep it from its end", async () => {
    const clock = newClock();
    await using runner = new DurableTestRunner(asks(100), { clock });
    await runner.run();
    clock.setTimeout(() => clock.reset(), 50);
    await clock.tickAsync(second);
    expect(runner.result.status).toBe("PENDING");
    await clock.tickAsync(100 * second);
    expect(runner.result.elapsedMs).toBe(100 * second);
  });
});

test("fractions of a millisecond add up, as they do on a clock alone", async () => {
  const clock = newClock();
  await using runner = new DurableTestRunner(asks(100), { clock });
  await runner.run();
  await clock.tickAsync(0.5);
  await clock.tickAsync(0.5);
  expect(clock.now).toBe(start + 1);
});

/** Not in every Node. */
const { Temporal } = globalThis as {
  readonly Temporal?: { readonly Duration: { from(units: object): unknown } };
};

/** What a fake clock may be told to tick by, and what it may not. */
const ticks: readonly unknown[] = [
  1500,
  0,
  -1,
  Infinity,
  Number.NaN,
  "10",
  "02:00",
  "01:00:00",
  "00:61",
  "1:2:3:4",
  "soon",
  null,
  {},
  () => {},
  ...[{ minutes: 5 }, { hours: 30 }, { weeks: 1 }, { months: 1 }].map(
    (units) => Temporal?.Duration.from(units) ?? 5,
  ),
];

test.each(ticks)("ticks by %s as it does alone", async (time) => {
  const ended = async (clock: ReturnType<typeof newClock>): Promise<unknown> => {
    try {
      await clock.tickAsync(time as number);
      return clock.now - start;
    } catch (error) {
      return String(error);
    }
  };
  const clock = newClock();
  await using runner = new DurableTestRunner(asks(100), { clock });
  await runner.run();
  expect(await ended(clock)).toEqual(await ended(newClock()));
});

test("the timeout of a function comes in time, whoever lets time pass", async () => {
  const clock = newClock();
  const handler = withDurableExecution(async (_: unknown, context) => {
    await context.createCallback("open", { timeout: { hours: 10 } });
    const sleepy = context.step("sleepy", () => sleep(90 * second), {
      semantics: "AtMostOncePerRetry",
      retryStrategy: () => ({ shouldRetry: false }),
    });
    return await sleepy.catch(() => "interrupted");
  });
  const options = { clock, invocationTimeout: { seconds: 60 } };
  await using runner = new DurableTestRunner(handler, options);
  await runner.run();
  await clock.tickAsync(10 * minute);
  expect(runner.result.elapsedMs).toBe(minute);
});

describe("all timers there are", () => {
  const order: string[] = [];
  const handler = withDurableExecution(async (_: unknown, context) => {
    const callback = await context.createCallback("answer", { timeout: { seconds: 100 } });
    await context.wait({ seconds: 10 });
    await context.step("work", async () => {
      await sleep(10 * second);
      order.push(`work ${(Date.now() - start) / second}`);
    });
    return await callback.result();
  });

  test.each(["tickAsync", "runAllAsync", "runToLastAsync"] as const)(
    "come in one order with what an execution arms meanwhile: %s",
    async (how) => {
      order.length = 0;
      const clock = newClock();
      await using runner = new DurableTestRunner(handler, { clock });
      await runner.run();
      clock.setTimeout(() => {
        order.push(`answer ${(clock.now - start) / second}`);
        void runner.callback("answer").succeed("yes");
      }, 30 * second);
      await (how === "tickAsync" ? clock.tickAsync(minute) : clock[how]());
      expect(order).toEqual(["work 20", "answer 30"]);
      expect(runner.result.status).toBe("SUCCEEDED");
    },
  );

  test("are too many when there is no end of them", async () => {
    const clock = FakeTimers.createClock(start, 10);
    await using runner = new DurableTestRunner(waits(1), { clock });
    await runner.run();
    clock.setInterval(() => {}, second);
    await expect(clock.runAllAsync()).rejects.toThrow("Aborting after running 10 timers");
  });
});

describe("a call that is going on while the test lets time pass", () => {
  test("is waited for, with the real work it does", async () => {
    const clock = newClock();
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback("answer", { timeout: { seconds: 60 } });
      await context.step("work", async () => {
        await readFile(import.meta.filename);
        await sleep(5 * second);
      });
      return await callback.result();
    });
    await using runner = new DurableTestRunner(handler, { clock });
    const running = runner.run();
    await clock.tickAsync(30 * second);
    await running;
    expect(runner.result.step("work").status).toBe("SUCCEEDED");
  });

  test("is not waited for when it waits for the test", async () => {
    const clock = newClock();
    const gate = Promise.withResolvers<void>();
    const handler = withDurableExecution(async (_: unknown, context) =>
      context.step("work", async () => {
        await gate.promise;
        return Date.now() - start;
      }),
    );
    await using runner = new DurableTestRunner(handler, { clock });
    const running = runner.run();
    await clock.tickAsync(30 * second);
    gate.resolve();
    expect((await running).result).toBe(30 * second);
  });

  test("is not waited for by its own handler", async () => {
    const clock = newClock();
    const handler = withDurableExecution(async (_: unknown, context) =>
      context.step("ticks", () => clock.tickAsync(minute)),
    );
    await using runner = new DurableTestRunner(handler, { clock });
    await using nesting = new DurableTestRunner(
      withDurableExecution(async (_: unknown, context) => {
        await context.wait({ minutes: 1 });
        return context.step("nests", async () => (await runner.run()).elapsedMs);
      }),
      { clock },
    );
    expect((await nesting.run()).result).toBe(minute);
  });
});

test("a server of the test takes its time on the clock, and a handler waits for it", async () => {
  const clock = newClock();
  const server = createServer((_, answer) => {
    clock.setTimeout(() => answer.end("answered"), 50);
  }).listen(0);
  await new Promise((resolve) => {
    server.once("listening", resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const handler = withDurableExecution(async (_: unknown, context) => {
    await context.createCallback("open", { timeout: { hours: 1 } });
    return context.step("ask", async () => (await fetch(url)).text());
  });
  await using runner = new DurableTestRunner(handler, { clock });
  expect((await runner.run()).result).toBe("answered");
  server.close();
});

test("a runner that is disposed of while it advances goes no further, and stays so", async () => {
  const clock = newClock();
  const runner = new DurableTestRunner(asks(hour / second), { clock });
  await runner.run();
  clock.setTimeout(() => void runner[Symbol.asyncDispose](), second);
  await expect(runner.advance({ minutes: 10 })).rejects.toBeInstanceOf(RunnerDisposedError);
  expect(clock.now).toBe(start + second);
  await expect(runner.advance({ minutes: 10 })).rejects.toBeInstanceOf(RunnerDisposedError);
});

describe("fake timers that are installed anew", () => {
  test("before run(), are those of the runner", async () => {
    vi.useFakeTimers();
    await using runner = new DurableTestRunner(asks(hour / second), { clock: "test" });
    vi.useFakeTimers({ now: start + day });
    await runner.run();
    expect(runner.now).toEqual(new Date(start + day));
    await vi.advanceTimersByTimeAsync(2 * hour);
    expect(runner.result).toMatchObject({ status: "SUCCEEDED", elapsedMs: hour });
  });

  test("while the execution goes on, are an error", async () => {
    vi.useFakeTimers();
    await using runner = new DurableTestRunner(asks(hour / second), { clock: "test" });
    await runner.run();
    vi.useFakeTimers({ now: start });
    await expect(runner.advance({ hours: 1 })).rejects.toThrow(
      /installed anew since the execution began/,
    );
  });

  test("and taken off again leave the runner where it was", async () => {
    vi.useFakeTimers();
    await using runner = new DurableTestRunner(asks(hour / second), { clock: "test" });
    await runner.run();
    vi.useRealTimers();
    expect((await runner.advance({ hours: 1 })).status).toBe("SUCCEEDED");
  });
});

test("fake timers of the date alone are no clock to wait on", () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  expect(() => new DurableTestRunner(waits(1), { clock: "test" })).toThrow(
    /fake the date, and not setTimeout/,
  );
});

test("legacy fake timers of Jest are no clock, and handler code that finds them is told", async () => {
  const mocked = (): void => {
    vi.stubGlobal(
      "setTimeout",
      Object.assign(() => {}, { _isMockFunction: true }),
    );
  };
  mocked();
  expect(() => new DurableTestRunner(waits(1), { clock: "test" })).toThrow(/legacy ones of Jest/);
  vi.unstubAllGlobals();
  const handler = withDurableExecution(async () => {
    mocked();
    await new Promise((resolve) => setTimeout(resolve, 10));
  });
  await using runner = new DurableTestRunner(handler);
  await expect(runner.run()).rejects.toThrow(/setTimeout is a mock/);
  vi.unstubAllGlobals();
});
