/** An execution on the test's own fake clock: both sides wait, in one order. */
import { type DurableContext, withDurableExecution } from "@durabletest/runtime";
import { withDurableExecution as withAwsDurableExecution } from "@aws/durable-execution-sdk-js";
import FakeTimers from "@sinonjs/fake-timers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { DurableTestRunner, respond } from "../src/index.ts";

const minute = 60_000;
const hour = 60 * minute;
const start = Date.UTC(2026, 2, 1);

const newClock = () => FakeTimers.createClock(start);

const times: string[] = [];
const note = (what: string, at: number) => times.push(`${(at - start) / minute} ${what}`);

beforeEach(() => {
  times.length = 0;
});

/** Waits for an hour, asks, and waits for the answer; says when. */
const asks = withDurableExecution(async (_input: unknown, context: DurableContext) => {
  await context.wait("pause", { hours: 1 });
  await context.step("asked", () => note("asked", Date.now()));
  const approval = await context.createCallback<string>("approval", { timeout: { hours: 24 } });
  const answer = await approval.result();
  await context.step("answered", () => note(`answered ${answer}`, Date.now()));
  await context.wait("rest", { minutes: 30 });
  await context.step("done", () => note("done", Date.now()));
  return answer;
});

describe("time that the runner lets pass", () => {
  test("passes for the test's timers, and no further than run() goes", async () => {
    const clock = newClock();
    clock.setTimeout(() => note("before", clock.now), 59 * minute);
    clock.setTimeout(() => note("after", clock.now), 61 * minute);
    await using runner = new DurableTestRunner(asks, { clock });
    const result = await runner.run({});
    expect(result.status).toBe("PENDING");
    expect(times).toEqual(["59 before", "60 asked"]);
    expect(clock.now).toBe(start + hour);
    expect(runner.now).toEqual(new Date(clock.now));
  });

  test("advance() stands exactly where it should, with everything of both sides before", async () => {
    const clock = newClock();
    await using runner = new DurableTestRunner(asks, { clock });
    await runner.run({});
    clock.setTimeout(() => note("timer", clock.now), 10 * minute);
    await runner.advance({ minutes: 20 });
    expect(clock.now).toBe(start + hour + 20 * minute);
    expect(times).toEqual(["60 asked", "70 timer"]);
  });

  test("a timer of the test that answers is in time, whoever lets time pass", async () => {
    const clock = newClock();
    await using runner = new DurableTestRunner(asks, { clock });
    await runner.run({});
    clock.setTimeout(() => void runner.callback("approval").succeed("yes"), 10 * minute);
    const result = await runner.advance({ hours: 2 });
    expect(result.status).toBe("SUCCEEDED");
    expect(times).toEqual(["60 asked", "70 answered yes", "100 done"]);
  });

  test("runToCompletion() meets every deadline in its turn", async () => {
    const clock = newClock();
    await using runner = new DurableTestRunner(asks, { clock });
    await runner.run({});
    clock.setTimeout(() => note("last chance", clock.now), 24 * hour - minute);
    const result = await runner.runToCompletion();
    expect(result.status).toBe("SUCCEEDED");
    expect(times).toEqual(["60 asked", "1499 last chance", "1500 answered undefined", "1530 done"]);
  });
});

describe("time that the test lets pass", () => {
  test("passes by as much as a text says that the clock takes", async () => {
    const clock = newClock();
    await using runner = new DurableTestRunner(asks, { clock, timeSkipping: "manual" });
    await runner.run({});
    await clock.tickAsync("59:59");
    expect(times).toEqual([]);
    await clock.tickAsync("01");
    expect(times).toEqual(["60 asked"]);
    await clock.tickAsync("24:00:00");
    expect(times).toEqual(["60 asked", "1500 answered undefined"]);
    expect(clock.now).toBe(start + 25 * hour);
  });

  test("passes for the execution, invocation by invocation", async () => {
    const clock = newClock();
    await using runner = new DurableTestRunner(asks, { clock, timeSkipping: "manual" });
    await runner.run({});
    await clock.tickAsync(59 * minute);
    expect(times).toEqual([]);
    await clock.tickAsync(minute);
    expect(times).toEqual(["60 asked"]);
    clock.setTimeout(() => void runner.callback("approval").succeed("yes"), 15 * minute);
    await clock.tickAsync(2 * hour);
    expect(times).toEqual(["60 asked", "75 answered yes", "105 done"]);
    expect(runner.result.status).toBe("SUCCEEDED");
    expect(clock.now).toBe(start + 3 * hour);
  });

  test("an answer meanwhile does not skip over what the test has not let pass", async () => {
    const clock = newClock();
    await using runner = new DurableTestRunner(asks, { clock });
    await runner.run({});
    clock.setTimeout(() => void runner.callback("approval").succeed("yes"), 15 * minute);
    await clock.tickAsync(20 * minute);
    expect(times).toEqual(["60 asked", "75 answered yes"]);
    expect(clock.now).toBe(start + 80 * minute);
  });

  test("timers of handler code and of the test come in one order", async () => {
    const clock = newClock();
    const handler = withDurableExecution((_input: unknown, context) =>
      context.step("work", async () => {
        for (let round = 0; round < 3; round += 1) {
          await sleep(10_000);
          note("handler", Date.now());
        }
      }),
    );
    await using runner = new DurableTestRunner(handler, { clock });
    const interval = clock.setInterval(() => note("test", clock.now), 15_000);
    const running = runner.run({});
    await running;
    clock.clearInterval(interval);
    expect(times.map((time) => time.split(" ")[1])).toEqual([
      "handler",
      "test",
      "handler",
      "test",
      "handler",
    ]);
  });

  test("from timer to timer, and by the clock's own words", async () => {
    const clock = newClock();
    await using runner = new DurableTestRunner(asks, { clock, timeSkipping: "manual" });
    await runner.run({});
    expect(await clock.nextAsync()).toBe(start + hour);
    expect(times).toEqual(["60 asked"]);
    clock.setTimeout(() => void runner.callback("approval").succeed("yes"), 10_000);
    await clock.tickAsync("10");
    expect(times).toHaveLength(2);
    expect(runner.result.status).toBe("PENDING");
  });

  test("a timer of the test that throws fails the tick, and the clock goes on", async () => {
    const clock = newClock();
    await using runner = new DurableTestRunner(asks, { clock, timeSkipping: "manual" });
    await runner.run({});
    clock.setTimeout(() => {
      throw new Error("of the test");
    }, minute);
    await expect(clock.tickAsync(2 * hour)).rejects.toThrow("of the test");
    await clock.tickAsync(hour);
    expect(times).toEqual(["60 asked"]);
  });

  test("ticks that wait for nobody are caught up with", async () => {
    const clock = newClock();
    await using runner = new DurableTestRunner(asks, { clock, timeSkipping: "manual" });
    await runner.run({});
    clock.tick(hour);
    await vi.waitFor(() => expect(times).toEqual(["60 asked"]));
  });
});

test("two executions and a test share one time", async () => {
  const clock = newClock();
  const waits = (name: string, minutes: number) =>
    withDurableExecution(async (_input: unknown, context) => {
      for (let round = 1; round <= 2; round += 1) {
        await context.wait({ minutes });
        await context.step(name, () => note(name, Date.now()));
      }
    });
  const options = { clock, timeSkipping: "manual" } as const;
  await using slow = new DurableTestRunner(waits("slow", 25), options);
  await using quick = new DurableTestRunner(waits("quick", 10), options);
  await slow.run({});
  await quick.run({});
  clock.setTimeout(() => note("test", clock.now), 22 * minute);
  await clock.tickAsync(hour);
  expect(times).toEqual(["10 quick", "20 quick", "22 test", "25 slow", "50 slow"]);
  expect([slow.result.status, quick.result.status]).toEqual(["SUCCEEDED", "SUCCEEDED"]);
});

test("a handler of AWS's SDK lives on it, too", async () => {
  const clock = newClock();
  const handler = withAwsDurableExecution(async (_input: unknown, context) => {
    await context.wait("pause", { hours: 1 });
    await context.step("asked", async () => void note("asked", Date.now()));
    return context.waitForCallback("approval", async () => {});
  });
  await using runner = new DurableTestRunner(handler, { clock });
  await runner.run({});
  clock.setTimeout(() => void runner.callback("approval").succeed("yes"), 10 * minute);
  await clock.tickAsync(hour);
  expect(runner.result.status).toBe("SUCCEEDED");
  expect(times).toHaveLength(1);
});

describe("the fake timers of the framework", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test('are the clock when it is "test"', async () => {
    vi.useFakeTimers({ now: start });
    await using runner = new DurableTestRunner(asks, { clock: "test" });
    await runner.run({});
    setTimeout(() => void runner.callback("approval").succeed("yes"), 10 * minute);
    await vi.advanceTimersByTimeAsync(2 * hour);
    expect(times).toEqual(["60 asked", "70 answered yes", "100 done"]);
    expect(Date.now()).toBe(start + 3 * hour);
  });

  test("must be on", () => {
    expect(() => new DurableTestRunner(asks, { clock: "test" })).toThrow(/vi\.useFakeTimers\(\)/);
  });
});

test("without it, the test's fake timers and the runner do not touch each other", async () => {
  const clock = newClock();
  clock.setTimeout(() => note("test", clock.now), minute);
  await using runner = new DurableTestRunner(asks, {
    startTime: start,
    callbacks: { approval: respond.success("yes") },
  });
  expect((await runner.run({})).status).toBe("SUCCEEDED");
  expect(clock.now).toBe(start);
  expect(times).not.toContain("1 test");
});

test.each([
  ["no clock", { now: 1 }],
  ["a number", 12],
])("%s is refused", (_what, clock) => {
  const options = { clock } as never;
  expect(() => new DurableTestRunner(asks, options)).toThrow(/@sinonjs\/fake-timers/);
});

test("a start time and a clock contradict each other", () => {
  const options = { clock: newClock(), startTime: start };
  expect(() => new DurableTestRunner(asks, options)).toThrow(/leave one of the two out/);
});

test("a clock that a test is done with is left as it was found", async () => {
  const clock = newClock();
  const runner = new DurableTestRunner(asks, { clock });
  await runner.run({});
  expect(clock.countTimers()).toBeGreaterThan(0);
  await runner[Symbol.asyncDispose]();
  expect(clock.countTimers()).toBe(0);
});
