/** The mocks of node:test, which look into property descriptors, and put them back. */
import { mock } from "node:test";
import timersPromises from "node:timers/promises";

import { afterEach, describe, expect, test, vi } from "vitest";

import { reassertGlobals } from "../../src/surroundings/globals.ts";
import { bench, start } from "./virtual-host.ts";

const native = Object.getOwnPropertyDescriptor(globalThis, "Date");
const { installScopedGlobals } = await import("../../src/surroundings/globals.ts");
installScopedGlobals();

afterEach(() => {
  mock.timers.reset();
  vi.useRealTimers();
});

type Api = "setTimeout" | "setInterval" | "setImmediate" | "Date";

/** Those that this Node can mock; the types do not know them all. */
const apis = ["setTimeout", "setInterval", "setImmediate", "Date", "scheduler.wait"] as const;
const [major = 0] = process.versions.node.split(".").map(Number);
const mockable = [...apis, ...(major >= 26 ? ["AbortSignal.timeout"] : [])] as readonly string[];

const work: Readonly<Record<string, () => Promise<unknown>>> = {
  setTimeout: () => new Promise((resolve) => setTimeout(resolve, 1000)),
  setInterval: () =>
    new Promise<void>((resolve) => {
      const interval = setInterval(() => {
        clearInterval(interval);
        resolve();
      }, 1000);
    }),
  setImmediate: () => new Promise((resolve) => setImmediate(resolve)),
  Date: async () => {
    expect(Date.now()).toBe(start);
    expect(+new Date()).toBe(start);
  },
  "scheduler.wait": () => timersPromises.scheduler.wait(1000),
  "AbortSignal.timeout": () =>
    new Promise((resolve) => {
      AbortSignal.timeout(1000).addEventListener("abort", resolve);
    }),
};

const mocked = (): readonly unknown[] => [
  setTimeout,
  setInterval,
  setImmediate,
  Date,
  Reflect.get(AbortSignal, "timeout"),
];

describe.each(mockable)("%s, mocked by the test,", (api) => {
  test("is the execution's in handlers", async () => {
    mock.timers.enable({ apis: [api as Api] });
    using b = bench();
    await b.invoke(work[api] ?? (() => Promise.reject(new Error(api))));
  });

  test("is real again after, in the test and in handlers", async () => {
    const before = mocked();
    mock.timers.enable({ apis: [api as Api] });
    {
      using b = bench();
      b.in(() => {});
    }
    mock.timers.reset();
    reassertGlobals();
    expect(mocked()).toEqual(before);
    using b = bench();
    await b.invoke(work[api] ?? (() => Promise.reject(new Error(api))));
  });
});

test("a test that mocks everything has its own time, and the execution another", async () => {
  mock.timers.enable({ apis: mockable as Api[], now: 5 });
  expect(Date.now()).toBe(5);
  const fired: string[] = [];
  setTimeout(() => fired.push("the test's"), 10);
  using b = bench();
  b.in(() => setTimeout(() => fired.push("the handler's"), 10));
  b.host.advance(10);
  expect(fired).toEqual(["the handler's"]);
  mock.timers.tick(10);
  expect(fired).toEqual(["the handler's", "the test's"]);
  expect(Date.now()).toBe(15);
});

test("they can be enabled after fake timers have been on", async () => {
  vi.useFakeTimers();
  {
    using b = bench();
    b.in(() => {});
  }
  vi.useRealTimers();
  await Promise.resolve();
  mock.timers.enable({ apis: ["Date"], now: 7 });
  expect(Date.now()).toBe(7);
});

test("the global Date looks as it did", () => {
  expect(Object.getOwnPropertyDescriptor(globalThis, "Date")).toEqual({ ...native, value: Date });
  expect(Reflect.ownKeys(Date)).toEqual(Reflect.ownKeys(native?.value as object));
  expect(String(Date)).toBe(String(native?.value));
});
