import timersPromises, {
  scheduler,
  setImmediate as namedSetImmediate,
  setInterval as namedSetInterval,
  setTimeout as namedSetTimeout,
} from "node:timers/promises";

import { expect, test } from "vitest";

import { installScopedGlobals } from "../../src/surroundings/globals.ts";
import { bench, start } from "./virtual-host.ts";

installScopedGlobals();

const iterate = <T>(ticks: AsyncIterable<T>) => ticks[Symbol.asyncIterator]();

const abortError = { name: "AbortError", code: "ABORT_ERR" };

test("sleeps take virtual time, by default import or by name", async () => {
  using b = bench();
  await expect(b.invoke(() => namedSetTimeout(1e6, "named"))).resolves.toBe("named");
  await expect(b.invoke(() => timersPromises.setTimeout(1e6, "default"))).resolves.toBe("default");
  await b.invoke(() => scheduler.wait(500));
  expect(b.host.now()).toBe(start + 2e6 + 500);
});

test("setImmediate waits for no time", async () => {
  using b = bench();
  await expect(b.invoke(() => namedSetImmediate("v"))).resolves.toBe("v");
  expect(b.host.now()).toBe(start);
});

test("an aborted sleep rejects as Node's does, and takes its timer along", async () => {
  using b = bench();
  const controller = new AbortController();
  const sleeping = b.in(() => namedSetTimeout(1e6, 1, { signal: controller.signal }));
  const reason = new Error("why");
  controller.abort(reason);
  await expect(sleeping).rejects.toMatchObject({ ...abortError, cause: reason });
  await expect(
    b.in(() => namedSetTimeout(1, 1, { signal: AbortSignal.abort() })),
  ).rejects.toMatchObject(abortError);
  expect(b.host.timerCount).toBe(0);
});

test("a sleep that was not aborted leaves the signal alone", async () => {
  using b = bench();
  const { signal } = new AbortController();
  await expect(b.invoke(() => namedSetTimeout(5, "v", { signal, ref: false }))).resolves.toBe("v");
});

test("options that Node refuses are refused by Node", async () => {
  using b = bench();
  const refused = { code: "ERR_INVALID_ARG_TYPE" };
  for (const options of [null, 5, { ref: 1 }, { signal: 1 }, { signal: {} }]) {
    await expect(b.in(() => namedSetTimeout(1, 1, options as never))).rejects.toMatchObject(
      refused,
    );
  }
  await expect(b.in(() => scheduler.wait(1, { signal: 1 } as never))).rejects.toMatchObject(
    refused,
  );
  await expect(
    b.in(() => iterate(namedSetInterval(1, 1, { ref: 1 } as never)).next()),
  ).rejects.toMatchObject(refused);
});

test("an interval yields until the loop is left", async () => {
  using b = bench();
  const got = await b.invoke(async () => {
    const values: string[] = [];
    for await (const value of namedSetInterval(100, "x", { ref: false })) {
      values.push(value);
      if (values.length === 3) break;
    }
    return values;
  });
  expect(got).toEqual(["x", "x", "x"]);
  expect(b.host.now()).toBe(start + 300);
  expect(b.host.timerCount).toBe(0);
});

test("an interval keeps what became due while nobody asked", async () => {
  using b = bench();
  const ticks = b.in(() => namedSetInterval(10, "x"));
  const first = b.in(() => iterate(ticks).next());
  b.host.advance(30);
  await expect(first).resolves.toEqual({ done: false, value: "x" });
  await iterate(ticks).next();
  await iterate(ticks).next();
  await iterate(ticks).return?.();
  expect(b.host.timerCount).toBe(0);
});

test("an aborted interval throws, at once or where it waits", async () => {
  using b = bench();
  const controller = new AbortController();
  const { signal } = controller;
  const next = () => iterate(namedSetInterval(10, "x", { signal })).next();
  const waiting = b.in(next);
  controller.abort();
  await expect(waiting).rejects.toMatchObject(abortError);
  await expect(b.in(next)).rejects.toMatchObject(abortError);
  expect(b.host.timerCount).toBe(0);
});

test("outside scopes they are Node's", async () => {
  await expect(namedSetTimeout(1, "v")).resolves.toBe("v");
  await scheduler.wait(1);
  await expect(timersPromises.setImmediate("i")).resolves.toBe("i");
  for await (const value of namedSetInterval(1, "x")) {
    expect(value).toBe("x");
    break;
  }
});

test("what Node refuses is refused in its words", async () => {
  using b = bench();
  const type = { code: "ERR_INVALID_ARG_TYPE" };
  const [sleeping, ticking, waiting] = [
    namedSetTimeout,
    namedSetInterval,
    scheduler.wait.bind(scheduler),
  ] as unknown as readonly ((...args: readonly unknown[]) => never)[];
  for (const wrong of ["5", null, 5n]) {
    await expect(b.in(() => sleeping!(wrong))).rejects.toMatchObject(type);
    await expect(b.in(() => waiting!(wrong))).rejects.toMatchObject(type);
    await expect(b.in(() => iterate(ticking!(wrong)).next())).rejects.toMatchObject(type);
  }
  await expect(b.in(() => sleeping!(5, "v", []))).rejects.toMatchObject(type);
  expect(b.host.timerCount).toBe(0);
});
