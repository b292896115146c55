import { AsyncLocalStorage } from "node:async_hooks";

import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";

import { natives, unfaked } from "../../src/surroundings/natives.ts";
import { installScopedGlobals } from "../../src/surroundings/globals.ts";
import { ignoreWork, realWork } from "../../src/in-flight/real-work.ts";
import { currentScope, runOutsideScopes } from "../../src/surroundings/scope.ts";
import { bench, realTurn, start } from "./virtual-host.ts";

installScopedGlobals();

afterEach(() => {
  vi.useRealTimers();
});

async function life(naps: readonly number[]) {
  const seen: unknown[] = [];
  for (const nap of naps) {
    seen.push(Date.now(), performance.now(), Math.random(), crypto.randomUUID());
    await new Promise((resolve) => setTimeout(resolve, nap));
    await new Promise((resolve) => setImmediate(resolve));
  }
  return seen;
}

describe("many executions at once", () => {
  test("200 scopes keep their own time and seed, and a test outside keeps the real ones", async () => {
    const naps = [10, 3_600_000, 1];
    const alone = await Promise.all(
      [1, 2].map(async (seed) => {
        using b = bench({ seed, startedAt: start + seed });
        return await b.invoke(() => life(naps));
      }),
    );
    const outside = (async () => {
      for (let turn = 0; turn < 20; turn++) {
        expect(Math.abs(Date.now() - performance.timeOrigin - performance.now())).toBeLessThan(
          5000,
        );
        expect(new Date().getUTCFullYear()).toBeGreaterThan(2025);
        await realTurn();
      }
    })();
    const together = await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const seed = 1 + (index % 2);
        using b = bench({ seed, startedAt: start + seed });
        const seen = await b.invoke(() => life(naps));
        expect(b.host.now()).toBe(start + seed + 3_600_011);
        return seen;
      }),
    );
    await outside;
    for (const [index, seen] of together.entries()) expect(seen).toEqual(alone[index % 2]);
    expect(alone[0]).not.toEqual(alone[1]);
  });

  test("fake timers that come and go meanwhile change nothing", async () => {
    const naps = [5, 50, 500];
    const quiet = await (async () => {
      using b = bench();
      return await b.invoke(() => life(naps));
    })();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 8 }), async (fakes) => {
        using b = bench();
        const seen = b.invoke(() => life(naps));
        for (const fake of fakes) {
          if (fake) vi.useFakeTimers({ now: 1 });
          else vi.useRealTimers();
          await realTurn();
        }
        await expect(seen).resolves.toEqual(quiet);
        vi.useRealTimers();
      }),
      { numRuns: 25 },
    );
  });
});

describe("the scope of running code", () => {
  test("follows its asynchronous context, and ends at runOutsideScopes", async () => {
    using b = bench();
    await b.in(async () => {
      expect(currentScope()).toBe(b.scope);
      await realTurn();
      expect(currentScope()).toBe(b.scope);
      runOutsideScopes(() => {
        expect(currentScope()).toBeUndefined();
        expect(Date.now()).toBeGreaterThan(start + 1e9);
      });
    });
    expect(runOutsideScopes(() => currentScope())).toBeUndefined();
  });

  test("installing again changes nothing", () => {
    const installed = () => [setTimeout, Date, Math.random, Reflect.get(process, "exit")];
    const before = installed();
    installScopedGlobals();
    expect(installed()).toEqual(before);
  });

  test("another realm is routed by its own global object, faked as it may be", () => {
    const sandbox = sandboxed();
    const { Date: NativeDate } = sandbox;
    const FakeDate = class extends NativeDate {
      static clock = { _Date: undefined };
    };
    Reflect.set(sandbox, "Date", FakeDate);
    installScopedGlobals(sandbox);
    using b = bench();
    b.in(() => {
      expect(+new sandbox.Date()).toBe(start);
      expect(sandbox.Date.now()).toBe(start);
      expect(sandbox.Math.random()).toBe(48_271 / 2_147_483_647);
      expect(() => sandbox.process.exit(1)).toThrow("process.exit(1)");
    });
    expect(sandbox.Date).toBe(FakeDate);
    sandbox.Date = NativeDate;
    expect(sandbox.Date.now()).toBeGreaterThan(start + 1e9);
  });
});

/** A global object as a test framework makes one, with a process object that is a copy of a part. */
function sandboxed(): typeof globalThis {
  const context: unknown = process.getBuiltinModule("node:vm").runInNewContext("globalThis");
  const copied = ["hrtime", "nextTick", "exit"].map((name): [string, unknown] => [
    name,
    Reflect.get(process, name),
  ]);
  const sandbox = context as typeof globalThis;
  return Object.assign(sandbox, { setTimeout, process: Object.fromEntries(copied) as unknown });
}

describe("natives", () => {
  test("are real in scopes and under fake timers", async () => {
    using b = bench();
    vi.useFakeTimers();
    await b.in(async () => {
      const before = natives.realNow();
      await new Promise((resolve) => natives.setTimeout(resolve, 50));
      expect(natives.realNow() - before).toBeGreaterThan(10);
    });
    expect(b.host.now()).toBe(start);
  });

  test("are found under a fake, however many times it was faked", () => {
    const original = () => {};
    const once = Object.assign(() => {}, { clock: { _x: original } });
    const twice = Object.assign(() => {}, { clock: { _x: once } });
    const clock: Record<string, unknown> = {};
    const self = Object.assign(() => {}, { clock });
    clock["_x"] = self;
    expect(unfaked(twice, "x")).toBe(original);
    expect(unfaked(original, "x")).toBe(original);
    expect(unfaked(self, "x")).toBe(self);
    expect(unfaked<unknown>(undefined, "x")).toBeUndefined();
    expect(unfaked<unknown>(null, "x")).toBeNull();
  });
});

describe("what users declare", () => {
  test("realWork counts until it settles, either way", async () => {
    using b = bench();
    const done = Promise.withResolvers<number>();
    const failed = Promise.withResolvers<number>();
    b.in(() => {
      expect(realWork(done.promise, "camera")).toBe(done.promise);
      void realWork(failed.promise).catch(() => {});
    });
    expect(b.inFlight.names()).toEqual(["camera", "realWork()"]);
    done.resolve(1);
    failed.reject(new Error("no"));
    await realTurn();
    expect(b.inFlight.isBusy()).toBe(false);
    await expect(realWork(Promise.resolve(1))).resolves.toBe(1);
  });

  test("ignoreWork takes what follows from it out of account, and nothing else", async () => {
    using b = bench();
    b.in(() => {
      ignoreWork(() => {
        realTimer();
        expect(Date.now()).toBe(start);
        setTimeout(() => {}, 10);
        expect(b.scope.ended).toBe(false);
      });
    });
    expect(b.inFlight.isBusy()).toBe(false);
    expect(b.host.timerCount).toBe(1);
    expect(b.scope.timerCount).toBe(1);
    b.host.advance(10);
    expect(b.scope.timerCount).toBe(0);
    const kept = b.in(() => AsyncLocalStorage.snapshot());
    kept(() => realTimer());
    expect(b.inFlight.isBusy()).toBe(true);
    expect(ignoreWork(() => 5)).toBe(5);
  });
});

function realTimer() {
  natives.setTimeout(() => {}, 1);
}
