import { setTimeout as realSetTimeout } from "node:timers/promises";

import { describe, expect, test, vi } from "vitest";

import { installScopedGlobals } from "../../src/surroundings/globals.ts";
import { HandlerExit, isHandlerExit } from "../../src/surroundings/process.ts";
import { bench, realSleep } from "./virtual-host.ts";

installScopedGlobals();

describe("process.exit in a scope", () => {
  test("tells the host the code, and does not return", () => {
    using b = bench();
    let returned = false;
    const exit = (code?: number | string) =>
      b.in(() => {
        process.exit(code);
        returned = true;
      });
    expect(() => exit(3)).toThrow(HandlerExit);
    expect(() => exit("4")).toThrow("process.exit(4) was called in handler code");
    expect(() => exit()).toThrow(HandlerExit);
    expect(() => exit("x")).toThrow(HandlerExit);
    expect(b.host.exits).toEqual([3, 4, 0, 1]);
    expect(returned).toBe(false);
  });

  test("is what signals to oneself, abort and reallyExit come to", () => {
    using b = bench();
    const { reallyExit } = process as unknown as { reallyExit: (code: number) => never };
    expect(() => b.in(() => reallyExit(9))).toThrow(HandlerExit);
    expect(() => b.in(() => process.abort())).toThrow(HandlerExit);
    expect(() => b.in(() => process.kill(process.pid))).toThrow(HandlerExit);
    expect(() => b.in(() => process.kill(process.pid, "SIGKILL"))).toThrow(HandlerExit);
    expect(() => b.in(() => process.kill(process.pid, 2))).toThrow(HandlerExit);
    expect(b.host.exits).toEqual([9, 134, 143, 137, 130]);
  });

  test("a signal that ends nothing is sent", () => {
    using b = bench();
    expect(b.in(() => process.kill(process.pid, 0))).toBe(true);
    expect(b.host.exits).toEqual([]);
  });

  test("in a timer it ends the invocation, and is no crash", () => {
    using b = bench();
    b.in(() => setTimeout(() => process.exit(5), 10));
    b.host.advance(10);
    expect(b.host.exits).toEqual([5]);
    expect(b.host.crashes).toEqual([]);
  });

  test("in an invocation that has ended it still does not return, and concerns nobody", () => {
    const b = bench();
    b.end();
    expect(() => b.in(() => process.exit(1))).toThrow(HandlerExit);
    expect(b.host.exits).toEqual([]);
  });

  test("where nobody awaits or catches it, the process hears nothing of it", async () => {
    using b = bench();
    const heard = vi.fn();
    process.on("unhandledRejection", heard);
    process.on("uncaughtException", heard);
    try {
      b.in(() => {
        void (async () => {
          await realSetTimeout(0);
        })().then(() => process.exit(6));
        setImmediate(() => process.exit(7));
      });
      b.host.advance(1);
      await realSleep(10);
    } finally {
      process.off("unhandledRejection", heard);
      process.off("uncaughtException", heard);
    }
    expect(b.host.exits.toSorted((x, y) => x - y)).toEqual([6, 7]);
    expect(heard).not.toHaveBeenCalled();
  });

  test("other errors reach the process as ever", () => {
    const heard = vi.fn();
    const error = new Error("not awaited");
    process.on("unhandledRejection", heard);
    process.emit("unhandledRejection", error, Promise.resolve());
    process.off("unhandledRejection", heard);
    expect(heard).toHaveBeenCalledExactlyOnceWith(error, expect.any(Promise));
  });
});

describe("process.exit outside scopes", () => {
  test("is what the test framework made of it", () => {
    expect(() => process.exit(1)).toThrow(/process\.exit unexpectedly called/);
  });

  test("can be replaced, and is itself inside scopes all the same", () => {
    using b = bench();
    const spy = vi.spyOn(process, "exit").mockImplementation(() => undefined as never);
    process.exit(2);
    expect(spy).toHaveBeenCalledExactlyOnceWith(2);
    spy.mockRestore();
    const guard: unknown = Reflect.get(process, "exit");
    const own = vi.fn();
    process.exit = own as never;
    expect(() => b.in(() => process.exit(8))).toThrow(HandlerExit);
    process.exit(9);
    expect(own).toHaveBeenCalledExactlyOnceWith(9);
    Reflect.set(process, "exit", guard);
    expect(Reflect.get(process, "exit")).toBe(guard);
  });
});

test("a HandlerExit is known across copies of the package", () => {
  expect(isHandlerExit(new HandlerExit(1))).toBe(true);
  expect(isHandlerExit(new Error("other"))).toBe(false);
  expect(isHandlerExit(undefined)).toBe(false);
});
