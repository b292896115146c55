import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as sleep } from "node:timers/promises";

import { expect, test } from "vitest";

import { installScopedGlobals } from "../../src/surroundings/globals.ts";
import { type Bench, bench, realSleep, realTurn, start, Stuck } from "./virtual-host.ts";

installScopedGlobals();

const hourMs = 3_600_000;

/** The next invocation of the same execution, some virtual time after the last. */
function next({ host, scope }: Bench, laterMs = 0): Bench {
  host.advance(laterMs);
  return bench({ host, environment: scope.environment });
}

/** An invocation that leaves behind what `fn` begins. */
function leave(fn: () => void): Bench {
  const b = bench();
  b.in(fn);
  b.end();
  return b;
}

const nothing = () => Promise.resolve();

test("timers that are left behind stand still, whether they hold the process open or not", async () => {
  const fired: string[] = [];
  const first = leave(() => {
    setTimeout(() => fired.push("timeout"), 1);
    setTimeout(() => fired.push("unref"), 1).unref();
    setInterval(() => fired.push("interval"), 1).unref();
    void sleep(1).then(() => fired.push("sleep"));
    AbortSignal.timeout(1).addEventListener("abort", () => fired.push("signal"));
  });
  expect(first.host.timerCount).toBe(0);
  first.host.advance(hourMs);
  await realSleep(10);
  expect(fired).toEqual([]);
});

test("those that have come due fire late, in order, before the next handler is called", async () => {
  const happened: unknown[] = [];
  const note = (what: string) => () => happened.push([what, Date.now() - start]);
  const first = leave(() => {
    setTimeout(note("second"), 20);
    setTimeout(note("first"), 10).unref();
    setTimeout(note("third"), 20);
    const interval = setInterval(note("interval"), 30);
    setTimeout(() => clearInterval(interval), hourMs + 100);
    setTimeout(note("not yet"), hourMs + 50);
    void sleep(15).then(note("a sleep, and all that follows")).then(note("from it"));
  });
  using second = next(first, hourMs);
  await second.invoke(async () => {
    note("the handler is called")();
    await sleep(100);
  });
  expect(happened).toEqual([
    ["first", hourMs],
    ["a sleep, and all that follows", hourMs],
    ["from it", hourMs],
    ["second", hourMs],
    ["third", hourMs],
    // Once, however often it would have fired.
    ["interval", hourMs],
    ["the handler is called", hourMs],
    ["interval", hourMs + 30],
    ["not yet", hourMs + 50],
    ["interval", hourMs + 60],
    ["interval", hourMs + 90],
  ]);
});

test("what is not due by then waits on for what is left of it, over any number of invocations", async () => {
  let firedAt = 0;
  const first = leave(() => setTimeout(() => (firedAt = Date.now()), 1000));
  const second = next(first, 400);
  await second.invoke(nothing);
  second.end();
  using third = next(second, 400);
  await third.invoke(() => sleep(500));
  expect(firedAt).toBe(start + 1000);
});

test("a timer that is left behind can be cleared, refreshed, asked and made to hold the process open", async () => {
  const fired: string[] = [];
  const first = bench();
  const [cleared, refreshed, byNumber, clearedLate] = first.in(() => [
    setTimeout(() => fired.push("cleared"), 10),
    setTimeout(() => fired.push("refreshed"), 10),
    setTimeout(() => fired.push("by number"), 10),
    setTimeout(() => fired.push("cleared late"), 12),
  ]);
  first.in(() => setTimeout(() => clearTimeout(clearedLate), 11));
  first.end();
  clearTimeout(cleared);
  clearTimeout(+byNumber);
  expect(refreshed.unref().ref().hasRef()).toBe(true);
  first.host.advance(5);
  refreshed.refresh();
  using second = next(first, 7);
  await second.invoke(nothing);
  expect(fired).toEqual([]);
  second.host.advance(3);
  expect(fired).toEqual(["refreshed"]);
});

test("what code that is left behind begins goes on with the invocation that runs", async () => {
  const happened: string[] = [];
  const first = bench();
  const leftBehind = first.in(() => AsyncLocalStorage.snapshot());
  first.end();
  leftBehind(() => setTimeout(() => happened.push("armed between invocations"), 10));
  using second = next(first);
  leftBehind(() => {
    setTimeout(() => happened.push("armed by left-behind code"), 20);
    expect(second.host.timerCount).toBe(2);
    void fetch("data:,x").then(() => happened.push("fetched"));
    expect(Date.now()).toBe(start);
    expect(() => process.exit(3)).toThrow("process.exit(3)");
  });
  expect(second.host.exits).toEqual([3]);
  second.host.advance(30);
  await realTurn();
  expect(happened).toContain("armed by left-behind code");
  expect(first.host.timerCount).toBe(0);
});

test("real work that a left-behind timer begins is work of the invocation that runs", async () => {
  const first = leave(() => {
    setTimeout(() => void import("node:fs/promises").then(({ stat }) => stat("/")), 1);
  });
  using second = next(first, 10);
  const { started } = second.inFlight;
  await second.invoke(() => sleep(1).then(() => sleep(1)));
  expect(second.inFlight.started).toBeGreaterThan(started);
});

test("one that throws ends the invocation before its handler is called", async () => {
  const error = new Error("boom");
  const happened: string[] = [];
  const first = leave(() => {
    setTimeout(() => {
      throw error;
    }, 1);
    setTimeout(() => happened.push("a later timer"), 2);
  });
  using second = next(first, 10);
  // As a sandbox does that dies.
  second.host.onCrash = () => second.scope.environment.discard();
  const invoked = second.invoke(async () => happened.push("the handler"), { stuckAfterMs: 5 });
  await expect(invoked).rejects.toThrow(Stuck);
  expect(second.host.crashes).toEqual([error]);
  expect(happened).toEqual([]);
});

test("a discarded environment has no timers, and gets none", async () => {
  let fired = 0;
  const first = bench();
  const leftBehind = first.in(() => AsyncLocalStorage.snapshot());
  const handle = first.in(() => setTimeout(() => (fired += 1), 1));
  first.scope.environment.discard();
  expect(first.host.timerCount).toBe(0);
  leftBehind(() => setInterval(() => (fired += 1), 1));
  handle.refresh();
  clearTimeout(handle);
  first.end();
  using second = next(first, 10);
  second.in(() => setTimeout(() => (fired += 1), 1));
  second.host.advance(10);
  expect(first.scope.environment.discarded).toBe(true);
  expect(fired).toBe(0);
});

test("undici's tick goes on in real time, of whatever version", async () => {
  const fired: string[] = [];
  function onTick() {
    fired.push("undici 6.20 and later");
  }
  function onTimeout() {
    const fastNow = "before";
    fired.push(fastNow);
  }
  const another = { onTimeout: () => {} };
  const [tick, timeout, other] = leaveHandles(() => [
    setTimeout(onTick, 499),
    setTimeout(onTimeout, 1000),
    setTimeout(another.onTimeout, 1000),
  ]);
  await realSleep(1050);
  expect(fired).toEqual(["undici 6.20 and later", "before"]);
  for (const handle of [tick, timeout, other]) clearTimeout(handle);
});

function leaveHandles(fn: () => NodeJS.Timeout[]): NodeJS.Timeout[] {
  const b = bench();
  const handles = b.in(fn);
  b.end();
  return handles;
}
