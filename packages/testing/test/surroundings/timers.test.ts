import { AsyncLocalStorage } from "node:async_hooks";
import timers, {
  clearTimeout as namedClearTimeout,
  setInterval as namedSetInterval,
  setTimeout as namedSetTimeout,
} from "node:timers";
import { promisify } from "node:util";

import FakeTimers from "@sinonjs/fake-timers";
import { afterEach, describe, expect, test, vi } from "vitest";

const captured = { setTimeout, clearTimeout, setImmediate };
const { installScopedGlobals } = await import("../../src/surroundings/globals.ts");
const { currentScope } = await import("../../src/surroundings/scope.ts");
const { bench, realSleep, realTurn, start } = await import("./virtual-host.ts");
installScopedGlobals();

afterEach(() => {
  vi.useRealTimers();
});

const noop = () => {};

describe("setTimeout and setInterval in a scope", () => {
  test("wait in virtual time and pass their arguments on", async () => {
    using b = bench();
    const args = await b.invoke(
      () => new Promise((resolve) => setTimeout((...given) => resolve(given), 3_600_000, 1, 2)),
    );
    expect(args).toEqual([1, 2]);
    expect(b.host.now()).toBe(start + 3_600_000);
  });

  test("are the same from node:timers, by default or by name", () => {
    using b = bench();
    const fired: string[] = [];
    b.in(() => {
      timers.setTimeout(() => fired.push("default"), 1);
      namedSetTimeout(() => fired.push("named"), 2);
      const interval = namedSetInterval(() => fired.push("interval"), 2);
      namedClearTimeout(namedSetTimeout(() => fired.push("cleared"), 1));
      timers.setTimeout(() => timers.clearInterval(interval), 5);
    });
    b.host.advance(10);
    expect(fired).toEqual(["default", "named", "interval", "interval"]);
    expect(b.host.timerCount).toBe(0);
    expect(setTimeout).toBe(timers.setTimeout);
  });

  test("give a handle with the surface of Node's", () => {
    using b = bench();
    b.in(() => {
      const handle = setTimeout(noop, 5);
      expect(handle.hasRef()).toBe(true);
      expect(handle.unref()).toBe(handle);
      expect(handle.hasRef()).toBe(false);
      expect(handle.ref()).toBe(handle);
      expect(handle.hasRef()).toBe(true);
      expect(handle.refresh()).toBe(handle);
      expect(typeof +handle).toBe("number");
      expect(+handle).toBe(+handle);
      const real = captured.setTimeout(noop, 0);
      captured.clearTimeout(real);
      expect(handle).toBeInstanceOf(real.constructor);
      handle.close();
      handle[Symbol.dispose]();
    });
    expect(b.host.timerCount).toBe(0);
  });

  test("are cleared by handle, number or string, and by either function", () => {
    using b = bench();
    b.in(() => {
      clearTimeout(setTimeout(noop, 5));
      clearTimeout(+setTimeout(noop, 5));
      clearTimeout(String(+setTimeout(noop, 5)));
      clearTimeout(setInterval(noop, 5));
      clearInterval(setTimeout(noop, 5));
      setTimeout(noop, 5)[Symbol.dispose]();
    });
    expect(b.host.timerCount).toBe(0);
    expect(b.scope.timerCount).toBe(0);
    for (const nothing of [undefined, null, 12_345, "x", {}]) {
      expect(() => b.in(() => clearTimeout(nothing as never))).not.toThrow();
    }
  });

  test("treat delays and callbacks as Node does", () => {
    using b = bench();
    const warn = vi.spyOn(process, "emitWarning").mockReturnValue();
    b.in(() => {
      expect(() => void Reflect.apply(setTimeout, undefined, ["x"])).toThrow(
        expect.objectContaining({ code: "ERR_INVALID_ARG_TYPE" }),
      );
      for (const delay of [Number.NaN, -5, 2 ** 31, undefined, 0.3]) setTimeout(noop, delay);
      setTimeout(noop, 1.9);
    });
    expect(b.host.timerCount).toBe(6);
    b.host.advance(1);
    expect(b.host.timerCount).toBe(0);
    expect(warn).toHaveBeenCalledExactlyOnceWith(
      expect.stringContaining("2147483648 does not fit"),
      "TimeoutOverflowWarning",
    );
    warn.mockRestore();
  });

  test("an interval repeats until it is cleared, with itself as `this`", () => {
    using b = bench();
    let count = 0;
    b.in(() => {
      const interval = setInterval(function (this: unknown) {
        expect(this).toBe(interval);
        count += 1;
        if (count === 3) clearInterval(interval);
      }, 1000);
    });
    b.host.advance(10_000);
    expect(count).toBe(3);
    expect(b.host.timerCount).toBe(0);
  });

  test("an interval is armed again after what its callback armed", () => {
    using b = bench();
    const fired: string[] = [];
    b.in(() => {
      const interval = setInterval(() => {
        fired.push("interval");
        setTimeout(() => fired.push("timeout"), 10);
        if (fired.length > 2) clearInterval(interval);
      }, 10);
    });
    b.host.advance(40);
    expect(fired).toEqual(["interval", "timeout", "interval", "timeout"]);
  });

  test("refresh arms again one that has fired, and not one that was cleared", () => {
    using b = bench();
    let count = 0;
    b.in(() => {
      const handle = setTimeout(() => {
        count += 1;
        if (count < 3) handle.refresh();
      }, 10);
      const cleared = setTimeout(noop, 10);
      clearTimeout(cleared);
      cleared.refresh();
    });
    b.host.advance(15);
    expect(b.host.timerCount).toBe(1);
    b.host.advance(15);
    expect(count).toBe(3);
    expect(b.host.timerCount).toBe(0);
  });

  test("a number stops meaning a timer once it has fired", () => {
    using b = bench();
    let later = 0;
    const id = b.in(() => +setTimeout(noop, 1));
    b.host.advance(1);
    b.in(() => {
      clearTimeout(id);
      setTimeout(() => (later += 1), 1);
    });
    b.host.advance(1);
    expect(later).toBe(1);
  });

  test("callbacks run in the context that armed them", async () => {
    using b = bench();
    const user = new AsyncLocalStorage<string>();
    const seen = await b.invoke(() =>
      user.run(
        "me",
        () =>
          new Promise((resolve) =>
            setTimeout(() => resolve([user.getStore(), currentScope() === b.scope]), 10),
          ),
      ),
    );
    expect(seen).toEqual(["me", true]);
    expect(currentScope()).toBeUndefined();
  });

  test("promisify gives the virtual sleep", async () => {
    using b = bench();
    await expect(b.invoke(() => promisify(setTimeout)(1e6, "v"))).resolves.toBe("v");
    expect(b.host.now()).toBe(start + 1e6);
  });

  test("a callback that throws is a crash, told to the host", () => {
    using b = bench();
    const error = new Error("boom");
    b.in(() =>
      setTimeout(() => {
        throw error;
      }, 1),
    );
    expect(() => b.host.advance(1)).not.toThrow();
    expect(b.host.crashes).toEqual([error]);
  });

  test("the process-wide tick of undici stays real", () => {
    using b = bench();
    function onTick() {}
    const tick = b.in(() => setTimeout(onTick, 499));
    expect(b.host.timerCount).toBe(0);
    captured.clearTimeout(tick);
  });
});

describe("timers across the border", () => {
  test("a virtual one can be cleared from outside", () => {
    using b = bench();
    clearTimeout(b.in(() => setTimeout(noop, 5)));
    namedClearTimeout(b.in(() => setTimeout(noop, 5)));
    expect(b.host.timerCount).toBe(0);
  });

  test("a real one can be cleared from inside", async () => {
    using b = bench();
    let fired = false;
    const handle = setTimeout(() => (fired = true), 5);
    const id = +setTimeout(() => (fired = true), 5);
    b.in(() => {
      clearTimeout(handle);
      clearTimeout(id);
    });
    await realSleep(15);
    expect(fired).toBe(false);
  });

  test("setImmediate, queueMicrotask and nextTick stay real, also when they are faked outside", async () => {
    using b = bench();
    vi.useFakeTimers({ toFake: ["setImmediate", "queueMicrotask", "setTimeout"] });
    expect(setImmediate).not.toBe(captured.setImmediate);
    const order: string[] = [];
    await b.in(
      () =>
        new Promise<void>((resolve) => {
          setImmediate(() => {
            order.push("immediate");
            resolve();
          });
          queueMicrotask(() => order.push("microtask"));
          process.nextTick(() => order.push("tick"));
          clearImmediate(setImmediate(() => order.push("cleared")));
        }),
    );
    expect(order.toSorted()).toEqual(["immediate", "microtask", "tick"]);
  });
});

describe("timers outside scopes", () => {
  test("are Node's, to the letter", async () => {
    expect(setTimeout.name).toBe("setTimeout");
    expect(setTimeout.length).toBe(captured.setTimeout.length);
    expect(setImmediate.name).toBe("setImmediate");
    expect(setImmediate.length).toBe(captured.setImmediate.length);
    const immediate = setImmediate(noop);
    expect(immediate.constructor.name).toBe("Immediate");
    clearImmediate(immediate);
    const handle = setTimeout(noop, 1);
    expect(handle.constructor.name).toBe("Timeout");
    clearTimeout(handle);
    await expect(promisify(setTimeout)(1, "v")).resolves.toBe("v");
    await expect(promisify(setImmediate)("v")).resolves.toBe("v");
    await realTurn();
  });

  test("are what fake timers make of them, before, during and after a scope", async () => {
    using before = bench();
    vi.useFakeTimers();
    using during = bench();
    const fired: string[] = [];
    setTimeout(() => fired.push("faked"), 10);
    for (const [name, b] of Object.entries({ before, during })) {
      b.in(() => setTimeout(() => fired.push(name), 10));
      expect(b.host.timerCount).toBe(1);
    }
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(10);
    expect(fired).toEqual(["faked"]);
    before.host.advance(10);
    during.host.advance(10);
    vi.useRealTimers();
    expect(fired).toEqual(["faked", "before", "during"]);
    await new Promise((resolve) => setTimeout(resolve, 1));
    using after = bench();
    after.in(() => setTimeout(() => fired.push("after"), 10));
    after.host.advance(10);
    expect(fired.at(-1)).toBe("after");
  });

  test("a delay that is no number to Node is none in a scope", () => {
    using b = bench();
    const arm = () => setTimeout(noop, 1n as never);
    expect(arm).toThrow(TypeError);
    expect(() => b.in(arm)).toThrow(TypeError);
  });

  test("Sinon's fake timers take node:timers with them, outside scopes only", async () => {
    using b = bench();
    // Not nextTick: Node hands messages of other processes on in a tick, and those would be lost.
    const clock = FakeTimers.install({ toNotFake: ["nextTick"] });
    try {
      const fired: string[] = [];
      timers.setTimeout(() => fired.push("module"), 10);
      namedSetTimeout(() => fired.push("named: the real one, as ever"), 1);
      b.in(() => timers.setTimeout(() => fired.push("scope"), 10));
      expect([clock.countTimers(), b.host.timerCount]).toEqual([1, 1]);
      clock.tick(10);
      b.host.advance(10);
      await realSleep(5);
      expect(fired).toEqual(["module", "scope", "named: the real one, as ever"]);
    } finally {
      clock.uninstall();
    }
    expect(timers.setTimeout).toBe(setTimeout);
    expect(b.in(() => timers.setTimeout)).toBe(setTimeout);
  });

  test("fake timers of the test can be taken off by code that handler code calls", async () => {
    using b = bench();
    vi.useFakeTimers();
    b.in(() => vi.useRealTimers());
    await new Promise((resolve) => setTimeout(resolve, 1));
    b.in(() => setTimeout(noop, 10));
    expect(b.host.timerCount).toBe(1);
    vi.useFakeTimers();
    setTimeout(noop, 10);
    expect(vi.getTimerCount()).toBe(1);
  });

  test("fake timers of the test stay when handler code would install others", () => {
    using b = bench();
    vi.useFakeTimers({ now: 5 });
    expect(() => b.in(() => vi.useFakeTimers())).toThrow("cannot be installed by handler code");
    expect(Date.now()).toBe(5);
    setTimeout(noop, 10);
    expect(vi.getTimerCount()).toBe(1);
  });

  test("fake timers that handler code installs are refused", () => {
    using b = bench();
    expect(() => b.in(() => vi.useFakeTimers())).toThrow("cannot be installed by handler code");
    expect(setTimeout(noop, 0).constructor.name).toBe("Timeout");
    vi.useFakeTimers();
    expect(vi.isFakeTimers()).toBe(true);
  });

  test("code in a scope that swaps them for a moment changes nothing outside", () => {
    using b = bench();
    vi.useFakeTimers();
    const faked = setTimeout;
    b.in(() => {
      const current = globalThis.setTimeout;
      globalThis.setTimeout = captured.setTimeout;
      globalThis.setTimeout = current;
    });
    expect(setTimeout).toBe(faked);
  });
});
