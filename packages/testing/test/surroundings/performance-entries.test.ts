import { setTimeout as sleep } from "node:timers/promises";

import { describe, expect, test } from "vitest";

import { ClockHistory } from "../../src/surroundings/clock-history.ts";
import { bootMs } from "../../src/surroundings/elapsed.ts";
import { installScopedGlobals } from "../../src/surroundings/globals.ts";
import { bench } from "./virtual-host.ts";

installScopedGlobals();

const hourMs = 3_600_000;

describe("marks and measures of handler code", () => {
  test("that Node refuses are refused in its words", () => {
    using b = bench();
    const node = performance as unknown as Record<
      "mark" | "measure",
      (...args: readonly unknown[]) => void
    >;
    const calls = [
      () => node.mark(),
      () => node.measure(),
      () => node.measure("both", { start: 1 }, "end"),
    ];
    for (const call of calls) {
      expect(call).toThrow(TypeError);
      expect(() => b.in(call)).toThrow(TypeError);
    }
  });

  test("are made in virtual time", async () => {
    using b = bench();
    b.host.advance(hourMs);
    await b.invoke(async () => {
      const begun = performance.now();
      const a = performance.mark("a", { detail: { kept: true } });
      expect(a).toMatchObject({ startTime: begun, detail: { kept: true } });
      await sleep(10_000);
      performance.mark("b");
      const durationOf = (name: string, from?: unknown, to?: string) =>
        performance.measure(name, from as string | undefined, to).duration;
      const tenSeconds = [
        durationOf("m", "a", "b"),
        durationOf("m", "a"),
        durationOf("m", { start: "a" }),
        durationOf("m", { start: "a", end: "b" }),
        durationOf("m", { start: begun }),
        durationOf("m", { end: "b", duration: 10_000 }),
        durationOf("m", { start: "a", duration: 10_000 }),
        durationOf("m", { duration: 10_000 }),
      ];
      expect(new Set(tenSeconds)).toEqual(new Set([10_000]));
      expect(durationOf("since the process began")).toBe(performance.now());
      expect(durationOf("up to a", undefined, "a")).toBe(begun);
      expect(performance.mark("at a time", { startTime: 7 }).startTime).toBe(7);
    });
  });

  test("are those of one execution, also where another has the same names", async () => {
    const life = async (ms: number) => {
      using b = bench();
      return await b.invoke(async () => {
        performance.mark("begin");
        await sleep(ms);
        await new Promise((resolve) => setImmediate(resolve));
        return performance.measure("m", "begin").duration;
      });
    };
    await expect(Promise.all([life(10), life(5000), life(300)])).resolves.toEqual([10, 5000, 300]);
  });

  test("are cleared, and unknown ones refused, as Node does", () => {
    using b = bench();
    b.in(() => {
      for (const name of ["kept", "x", "y"]) performance.mark(name);
      performance.clearMarks("x");
      expect(() => performance.measure("m", "x")).toThrow("x");
      performance.measure("m", "kept");
      performance.clearMarks();
      expect(() => performance.measure("m", "kept")).toThrow("kept");
      expect(() => performance.measure("m", { start: "nobody" })).toThrow("nobody");
    });
  });

  test("outside scopes are Node's", () => {
    const before = performance.now();
    const mark = performance.mark("real");
    expect(mark.startTime).toBeGreaterThanOrEqual(before);
    expect(performance.measure("m", "real").duration).toBeLessThan(hourMs);
    performance.clearMarks("real");
  });
});

test("process.uptime counts from a little before the execution's beginning", () => {
  using b = bench();
  b.host.advance(10_000);
  expect(b.in(() => process.uptime())).toBe((bootMs + 10_000) / 1000);
  expect(process.uptime()).toBeLessThan(hourMs);
});

describe("the time stamp of an event", () => {
  test("is when it was made, in virtual time", async () => {
    using b = bench();
    await b.invoke(async () => {
      const event = new Event("x");
      const madeAt = performance.now();
      await sleep(10_000);
      expect(event.timeStamp).toBe(madeAt);
      const target = new EventTarget();
      let seen: number | undefined;
      target.addEventListener("y", ({ timeStamp }) => (seen = timeStamp));
      target.dispatchEvent(new CustomEvent("y"));
      expect(seen).toBe(performance.now());
      const signal = AbortSignal.timeout(500);
      const aborted = await new Promise<Event>((resolve) => {
        signal.addEventListener("abort", resolve, { once: true });
      });
      await sleep(10_000);
      expect(aborted.timeStamp).toBe(madeAt + 10_500);
    });
  });

  test("is Node's outside scopes", () => {
    const before = performance.now();
    expect(new Event("x").timeStamp).toBeGreaterThanOrEqual(before);
  });
});

test("a clock's history keeps the last jumps", () => {
  const history = new ClockHistory();
  expect(history.virtualAt(5)).toBeUndefined();
  for (let jump = 1; jump <= 5000; jump++) history.record(jump, jump * 10);
  history.record(6000, 50_000);
  expect([4000, 4000.5, 5500, 7000].map((real) => history.virtualAt(real))).toEqual([
    40_000, 40_000, 50_000, 50_000,
  ]);
  expect(history.virtualAt(0)).toBeGreaterThan(10_000);
});
