import { performance as importedPerformance } from "node:perf_hooks";

import { afterEach, describe, expect, test, vi } from "vitest";

import { installScopedGlobals } from "../../src/surroundings/globals.ts";
import { bootMs } from "../../src/surroundings/elapsed.ts";
import { bench, realTurn, start } from "./virtual-host.ts";

installScopedGlobals();

afterEach(() => {
  vi.useRealTimers();
});

describe("performance", () => {
  test("counts from a little before the execution's beginning", () => {
    using b = bench();
    expect(b.in(() => performance.now())).toBe(bootMs);
    b.host.advance(1500);
    b.in(() => {
      expect(performance.now()).toBe(bootMs + 1500);
      expect(importedPerformance.now()).toBe(bootMs + 1500);
      expect(performance.timeOrigin).toBe(start - bootMs);
      expect(performance.timeOrigin + performance.now()).toBe(Date.now());
    });
    expect(performance.timeOrigin).toBeGreaterThan(1.7e12);
    expect(performance.now()).toBeGreaterThan(0);
  });

  test("stays so while fake timers have put theirs in place, before or during", async () => {
    vi.useFakeTimers();
    using before = bench();
    expect(before.in(() => performance.now())).toBe(bootMs);
    expect(before.in(() => importedPerformance.now())).toBe(bootMs);
    vi.advanceTimersByTime(50);
    expect(performance.now()).toBe(50);
    using again = bench();
    expect(again.in(() => importedPerformance.now())).toBe(bootMs);
    vi.useRealTimers();

    using during = bench();
    vi.useFakeTimers();
    await realTurn();
    vi.advanceTimersByTime(50);
    expect(during.in(() => performance.now())).toBe(bootMs);
    expect(during.in(() => importedPerformance.now())).toBe(bootMs);
    vi.useRealTimers();
    expect(importedPerformance.now()).toBeGreaterThan(50);
  });

  test("a `now` of somebody's own is left alone outside", () => {
    Object.defineProperty(performance, "now", { configurable: true, get: () => () => 5 });
    using b = bench();
    expect(performance.now()).toBe(5);
    Reflect.deleteProperty(performance, "now");
    expect(b.in(() => performance.now())).toBe(bootMs);
  });
});

test("process.hrtime counts from a little before the execution's beginning", () => {
  using b = bench();
  b.in(() => {
    const then = process.hrtime();
    const thenBig = process.hrtime.bigint();
    expect(then).toEqual([0, bootMs * 1e6]);
    b.host.advance(1750);
    expect(process.hrtime()).toEqual([1, (750 + bootMs) * 1e6]);
    expect(process.hrtime(then)).toEqual([1, 750_000_000]);
    expect(process.hrtime([0, 900_000_000])).toEqual([0, (850 + bootMs) * 1e6]);
    expect(process.hrtime.bigint() - thenBig).toBe(1_750_000_000n);
  });
  expect(process.hrtime.bigint()).toBeGreaterThan(0n);
  expect(process.hrtime(process.hrtime())[0]).toBe(0);
});

test.each([[[1]], ["x"], [null]])("process.hrtime(%j) is refused in Node's words", (wrong) => {
  using b = bench();
  const ask = () => process.hrtime(wrong as never);
  expect(ask).toThrow(/time|range/);
  expect(() => b.in(ask)).toThrow(/time|range/);
});

describe("AbortSignal.timeout", () => {
  test("aborts in virtual time, as Node's does", () => {
    using b = bench();
    const signal = b.in(() => AbortSignal.timeout(5000));
    b.host.advance(4999);
    expect(signal.aborted).toBe(false);
    b.host.advance(1);
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toBeInstanceOf(DOMException);
    expect(signal.reason).toMatchObject({ name: "TimeoutError" });
  });

  test("refuses what Node refuses", () => {
    using b = bench();
    for (const delay of [-1, 1.5, "x", 2 ** 33]) {
      expect(() => b.in(() => AbortSignal.timeout(delay as number))).toThrow(
        expect.objectContaining({ code: expect.stringContaining("ERR_") as string }),
      );
    }
  });

  test("is Node's outside scopes", () => {
    expect(AbortSignal.timeout(1000).aborted).toBe(false);
  });
});

interface TemporalLike {
  readonly Now: Record<"instant" | "zonedDateTimeISO", () => { epochMilliseconds: number }> &
    Record<
      "plainDateTimeISO" | "plainDateISO" | "plainTimeISO",
      (timeZone?: string) => { toString(): string }
    >;
}

const { Temporal } = globalThis as { readonly Temporal?: TemporalLike };

test.runIf(Temporal !== undefined)("Temporal.Now is the execution's", () => {
  using b = bench();
  const { Now } = Temporal!;
  b.in(() => {
    expect((globalThis as { Temporal?: unknown }).Temporal).toBe(Temporal);
    expect(Now.instant().epochMilliseconds).toBe(start);
    expect(Now.zonedDateTimeISO().epochMilliseconds).toBe(start);
    expect(Now.plainDateTimeISO("UTC").toString()).toBe("2025-01-01T00:00:00");
    expect(Now.plainDateISO("UTC").toString()).toBe("2025-01-01");
    expect(Now.plainTimeISO("UTC").toString()).toBe("00:00:00");
  });
  expect(Now.instant().epochMilliseconds).toBeGreaterThan(1.7e12);
  vi.useFakeTimers({ now: 5 });
  expect(b.in(() => Now.instant().epochMilliseconds)).toBe(start);
});

test("Intl.DateTimeFormat without a date formats the execution's now", () => {
  using b = bench();
  const format = new Intl.DateTimeFormat("en", { year: "numeric", timeZone: "UTC" });
  const year = new Date().getUTCFullYear().toString();
  b.in(() => {
    // Bound, as ever.
    const pass = Object.getOwnPropertyDescriptor(
      Intl.DateTimeFormat.prototype,
      "format",
    )?.get?.call(format) as (date?: number) => string;
    expect(format.format()).toBe("2025");
    expect(format.format(0)).toBe("1970");
    expect(format.formatToParts()).toEqual([{ type: "year", value: "2025" }]);
    expect(format.formatToParts(0)).toEqual([{ type: "year", value: "1970" }]);
    expect([0, undefined].map((date) => pass(date))).toEqual(["1970", "2025"]);
  });
  expect(format.format()).toBe(year);
  expect(format.formatToParts()).toEqual([{ type: "year", value: year }]);
  vi.useFakeTimers({ now: 0 });
  const inScope = b.in(() =>
    new Intl.DateTimeFormat("en", { year: "numeric", timeZone: "UTC" }).format(),
  );
  expect(inScope).toBe("2025");
});
