import { afterEach, describe, expect, test, vi } from "vitest";

import { InFlight } from "../../src/in-flight/ledger.ts";
import { Progress } from "../../src/surroundings/progress.ts";
import { installHook } from "../../src/in-flight/install.ts";
import { bench, realSleep } from "../surroundings/virtual-host.ts";

installHook();

afterEach(() => {
  vi.unstubAllGlobals();
});

const pending = { name: "work", status: () => "pending" as const };

describe("the ledger", () => {
  test("is busy from the beginning of work to its end", () => {
    const inFlight = new InFlight(new Progress());
    expect(inFlight.names()).toEqual([]);
    expect(inFlight.isBusy()).toBe(false);
    inFlight.begin(1, pending);
    inFlight.begin(2, pending);
    expect(inFlight.started).toBe(2);
    expect(inFlight.has(1)).toBe(true);
    expect(inFlight.isBusy()).toBe(true);
    expect(inFlight.names()).toEqual(["work"]);
    inFlight.end(1);
    inFlight.end(2);
    inFlight.end(3);
    expect(inFlight.isBusy()).toBe(false);
    expect(inFlight.names()).toEqual([]);
    expect(inFlight.has(1)).toBe(false);
  });

  test("lets go of what is over, and keeps what is idle for later", () => {
    const inFlight = new InFlight(new Progress());
    const status = vi.fn<() => "pending" | "idle" | "over">(() => "idle");
    const forgotten = vi.fn();
    inFlight.begin(1, { name: "stream", status, forgotten });
    expect(inFlight.isBusy()).toBe(false);
    status.mockReturnValue("pending");
    expect(inFlight.isBusy()).toBe(true);
    status.mockReturnValue("over");
    expect(inFlight.isBusy()).toBe(false);
    expect(forgotten).toHaveBeenCalledOnce();
    status.mockReturnValue("pending");
    expect(inFlight.isBusy()).toBe(false);
  });

  test("counts nothing once its invocation is over", () => {
    const inFlight = new InFlight(new Progress());
    const [before, after] = [vi.fn(), vi.fn()];
    inFlight.begin(1, { ...pending, forgotten: before });
    inFlight.close();
    inFlight.begin(2, { ...pending, forgotten: after });
    inFlight.begin(3, pending);
    inFlight.close();
    expect(before).toHaveBeenCalledOnce();
    expect(after).toHaveBeenCalledOnce();
    expect(inFlight.isBusy()).toBe(false);
    expect(inFlight.has(1)).toBe(false);
    expect(inFlight.started).toBe(1);
  });

  test("shows the modules that Vitest is fetching", () => {
    const inFlight = new InFlight(new Progress());
    vi.stubGlobal("__vitest_worker__", { resolvingModules: new Set(["/a.ts"]) });
    expect(inFlight.isBusy()).toBe(true);
    expect(inFlight.names()).toEqual(['import("/a.ts")']);
    for (const worker of [{ resolvingModules: new Set() }, {}, undefined]) {
      vi.stubGlobal("__vitest_worker__", worker);
      expect(inFlight.isBusy()).toBe(false);
    }
  });
});

describe("watching the process", () => {
  test("work of an invocation that has ended is nobody's", async () => {
    const first = bench();
    const { promise, resolve } = Promise.withResolvers<void>();
    first.in(() => void promise.then(() => realSleep(20)));
    first.end();
    using second = bench();
    resolve();
    await promise;
    await Promise.resolve();
    expect(first.inFlight.isBusy()).toBe(false);
    expect(second.inFlight.isBusy()).toBe(false);
  });

  test("work that outlives its scope is forgotten with it, also while others run", async () => {
    using other = bench();
    const b = bench();
    const { readFile } = await import("node:fs/promises");
    const reading = b.in(() => readFile(import.meta.filename));
    expect(b.inFlight.isBusy()).toBe(true);
    b.end();
    expect(b.inFlight.names()).toEqual([]);
    await reading;
    expect(other.inFlight.started).toBe(0);
  });
});
