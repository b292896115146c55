import { afterAll, beforeEach, describe, expect, test } from "vitest";

import { whenAllHasArrived } from "../../src/in-flight/arrivals.ts";
import { natives } from "../../src/surroundings/natives.ts";
import { bench } from "../surroundings/virtual-host.ts";

// Ticks are counted while a scope is open.
const b = bench();
afterAll(() => b[Symbol.dispose]());

const turn = (): Promise<void> => new Promise((resolve) => void natives.setImmediate(resolve));
const arrival = (needsTurn = false): Promise<void> =>
  new Promise((resolve) => void whenAllHasArrived(needsTurn, resolve));

// The last turn is new.
beforeEach(() => arrival(true));

/** Ticks and promises, each made by the one before it. */
async function chainOf(links: readonly ("tick" | "promise" | "both")[]): Promise<void> {
  for (const link of links) {
    if (link !== "promise") await new Promise<void>((resolve) => process.nextTick(resolve));
    if (link !== "tick") for (let many = 0; many < 5; many += 1) await Promise.resolve();
  }
}

describe("what is on its way has arrived", () => {
  test.each([1, 2, 3, 8, 19, 20, 21, 60])("when it is a chain of %i ticks", async (length) => {
    for (const link of ["tick", "promise", "both"] as const) {
      const order: string[] = [];
      const chain = chainOf(Array.from({ length }, () => link)).then(() => order.push("chain"));
      await Promise.all([chain, arrival().then(() => order.push("arrival"))]);
      expect(order).toEqual(["chain", "arrival"]);
    }
  });

  test("when it was begun after the waiting was, by something on its way", async () => {
    const order: string[] = [];
    process.nextTick(() => {
      void Promise.resolve().then(() =>
        process.nextTick(() => process.nextTick(() => order.push("chain"))),
      );
    });
    const arrived = arrival().then(() => order.push("arrival"));
    process.nextTick(() => process.nextTick(() => order.push("later")));
    await arrived;
    expect(order).toEqual(["later", "chain", "arrival"]);
  });

  test("when a turn is needed, and has been", async () => {
    const order: string[] = [];
    const immediate = turn().then(() => order.push("immediate"));
    await Promise.all([immediate, arrival(true).then(() => order.push("arrival"))]);
    expect(order).toEqual(["immediate", "arrival"]);
  });

  test("without a turn where none is needed", async () => {
    const order: string[] = [];
    const immediate = turn().then(() => order.push("immediate"));
    await Promise.all([immediate, arrival().then(() => order.push("arrival"))]);
    expect(order).toEqual(["arrival", "immediate"]);
  });
});

test("the event loop is not kept from its turns", async () => {
  let hasTurned = false;
  void turn().then(() => (hasTurned = true));
  let arrivals = 0;
  while (!hasTurned) {
    await arrival();
    arrivals += 1;
  }
  expect(arrivals).toBeGreaterThan(0);
});

test.each([true, false])(
  "it can be called off, whether or not a turn is needed: %s",
  async (needsTurn) => {
    const called: string[] = [];
    const callOff = whenAllHasArrived(needsTurn, () => called.push("called off"));
    callOff();
    whenAllHasArrived(needsTurn, () => called.push("called"));
    await turn();
    await turn();
    expect(called).toEqual(["called"]);
  },
);

test("without anybody who counts ticks, there is a turn", async () => {
  b[Symbol.dispose]();
  const order: string[] = [];
  const immediate = turn().then(() => order.push("immediate"));
  await Promise.all([immediate, arrival().then(() => order.push("arrival"))]);
  expect(order).toEqual(["immediate", "arrival"]);
});
