import { types as utilTypes, inspect } from "node:util";

import { afterEach, describe, expect, test, vi } from "vitest";

const CapturedDate = Date;
const { installScopedGlobals } = await import("../../src/surroundings/globals.ts");
const { bench, start } = await import("./virtual-host.ts");
installScopedGlobals();

afterEach(() => {
  vi.useRealTimers();
});

describe("Date in a scope", () => {
  test("tells the execution's time, whichever way it is asked", () => {
    using b = bench();
    b.host.advance(1234);
    b.in(() => {
      expect(+new Date()).toBe(start + 1234);
      expect(Date.now()).toBe(start + 1234);
      expect(CapturedDate.now()).toBe(start + 1234);
      expect(Date()).toBe(new CapturedDate(start + 1234).toString());
      expect(+Reflect.construct(Date, [])).toBe(start + 1234);
      const Bound = Date.bind<DateConstructor>(null);
      expect(+new Bound()).toBe(start + 1234);
    });
  });

  test("is an ordinary Date", () => {
    using b = bench();
    b.in(() => {
      const date = new Date();
      expect(date).toBeInstanceOf(Date);
      expect(date).toBeInstanceOf(CapturedDate);
      expect(date.constructor).toBe(Date);
      expect(Object.getPrototypeOf(date)).toBe(Date.prototype);
      expect(Object.prototype.toString.call(date)).toBe("[object Date]");
      expect(utilTypes.isDate(date)).toBe(true);
      expect(inspect(date)).toBe("2025-01-01T00:00:00.000Z");
      expect(JSON.stringify(date)).toBe('"2025-01-01T00:00:00.000Z"');
      const clone = structuredClone(date);
      expect(clone).toBeInstanceOf(Date);
      expect(clone).toStrictEqual(date);
      expect(clone.constructor).toBe(Date);
    });
  });

  test("leaves explicit arguments and statics alone", () => {
    using b = bench();
    b.in(() => {
      expect(Date.UTC(2000, 0)).toBe(946_684_800_000);
      expect(Date.parse("2000-01-01T00:00:00Z")).toBe(946_684_800_000);
      expect(+new Date(5)).toBe(5);
      expect(new Date(2000, 1, 2, 3).getHours()).toBe(3);
      expect(Number.isNaN(+Reflect.construct(Date, [undefined]))).toBe(true);
      expect(+Reflect.construct(Date, [null])).toBe(0);
      expect(Date.length).toBe(7);
      expect(Date.name).toBe("Date");
    });
  });

  test("can be subclassed", () => {
    using b = bench();
    b.in(() => {
      class Later extends Date {
        isLater() {
          return true;
        }
      }
      const later = new Later();
      expect(+later).toBe(start);
      expect(later.isLater()).toBe(true);
      expect(later).toBeInstanceOf(Later);
      expect(later).toBeInstanceOf(Date);
      expect(Object.getPrototypeOf(later)).toBe(Later.prototype);
      expect(Later.now()).toBe(start);
    });
  });

  test("may be asked whether it is a fake", () => {
    using b = bench();
    const isFake = () => Reflect.get(Date, "isFake") as unknown;
    expect([isFake(), b.in(isFake)]).toEqual([undefined, undefined]);
    vi.useFakeTimers();
    expect([isFake(), b.in(isFake)]).toEqual([true, undefined]);
  });

  test("stays virtual while Vitest fakes the time", () => {
    using b = bench();
    vi.useFakeTimers({ now: 5 });
    expect(Date.now()).toBe(5);
    b.in(() => {
      expect(Date.now()).toBe(start);
      expect(+new Date()).toBe(start);
    });
    vi.useRealTimers();
    b.in(() => expect(+new Date()).toBe(start));
  });
});

describe("Date outside scopes", () => {
  test("is real", () => {
    using _ = bench();
    const before = CapturedDate.now();
    expect(Date.now()).toBeGreaterThanOrEqual(before);
    expect(+new Date()).toBeGreaterThanOrEqual(before);
    expect(Date()).toBe(new Date().toString());
    expect(new Date()).toBeInstanceOf(Date);
    expect(new Date().constructor).toBe(Date);
    expect(+new Date(7)).toBe(7);
    class Later extends Date {}
    expect(+new Later()).toBeGreaterThanOrEqual(before);
  });

  test("is what fake timers make of it", () => {
    vi.useFakeTimers({ now: 5 });
    expect(+new Date()).toBe(5);
    vi.setSystemTime(77);
    expect(Date.now()).toBe(77);
    vi.useRealTimers();
    expect(Date.now()).toBeGreaterThan(1e12);
    vi.setSystemTime(99);
    expect(+new Date()).toBe(99);
  });

  test("can be spied on and stubbed, and is itself again after", () => {
    const { now } = Date;
    const spy = vi.spyOn(Date, "now").mockReturnValue(3);
    expect(Date.now()).toBe(3);
    spy.mockRestore();
    expect(Date.now).toBe(now);
    vi.stubGlobal("Date", vi.fn());
    vi.unstubAllGlobals();
    using b = bench();
    expect(b.in(() => +new Date())).toBe(start);
  });
});
