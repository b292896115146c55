import { afterAll, beforeEach, describe, expect, test } from "vitest";

import { inWhatStandsForATurn, whenAllHasArrived } from "../../src/in-flight/arrivals.ts";
import { natives } from "../../src/surroundings/natives.ts";
import { bench } from "../surroundings/virtual-host.ts";

// Ticks are counted while a scope is open.
const b = bench();
afterAll(() => b[Symbol.dispose]());

/** Real time stands still for those who wait, however busy the machine is. */
let nowMs = 0;
const realNow = (): number => nowMs;

const turn = (): Promise<void> => new Promise((resolve) => void natives.setImmediate(resolve));
const waitAs = (who: "handler" | "harness", needsTurn = false): Promise<void> =>
  new Promise((resolve) => void whenAllHasArrived(who, needsTurn, resolve, realNow));
const arrival = (needsTurn = false): Promise<void> => waitAs("harness", needsTurn);

/** What is called in what order. */
const order: string[] = [];
const note = (what: string) => (): void => void order.push(what);

// The last turn is new.
beforeEach(async () => {
  await arrival(true);
  order.length = 0;
});

/** Ticks and promises, each made by the one before it. */
async function chainOf(links: readonly ("tick" | "promise" | "both")[]): Promise<void> {
  for (const link of links) {
    if (link !== "promise") await new Promise<void>((resolve) => process.nextTick(resolve));
    if (link !== "tick") for (let many = 0; many < 5; many += 1) await Promise.resolve();
  }
}

describe("what is on its way has arrived", () => {
  test.each([1, 2, 3, 8, 60])("when it is a chain of %i ticks", async (length) => {
    for (const link of ["tick", "promise", "both"] as const) {
      order.length = 0;
      const chain = chainOf(Array.from({ length }, () => link)).then(note("chain"));
      const immediate = turn().then(note("turn"));
      await Promise.all([chain, immediate, arrival().then(note("arrival"))]);
      expect(order).toEqual(["chain", "arrival", "turn"]);
    }
  });

  test("when it was begun after the waiting was, by something on its way", async () => {
    process.nextTick(() => {
      void Promise.resolve().then(() => process.nextTick(() => process.nextTick(note("chain"))));
    });
    const arrived = arrival().then(note("arrival"));
    process.nextTick(() => process.nextTick(note("later")));
    await arrived;
    expect(order).toEqual(["later", "chain", "arrival"]);
  });

  test("when a turn is needed, and has been", async () => {
    const immediate = turn().then(note("turn"));
    await Promise.all([immediate, arrival(true).then(note("arrival"))]);
    expect(order).toEqual(["turn", "arrival"]);
  });

  test("after a turn, when there has been none for a while", async () => {
    nowMs += 6;
    const immediate = turn().then(note("turn"));
    await Promise.all([immediate, arrival().then(note("arrival"))]);
    await arrival().then(note("soon after"));
    void turn().then(note("another turn"));
    await arrival().then(note("sooner"));
    expect(order).toEqual(["turn", "arrival", "soon after", "sooner"]);
  });
});

describe("several who wait", () => {
  test("do not keep each other waiting for a turn; the harness is told last", async () => {
    const immediate = turn().then(note("turn"));
    await Promise.all([
      waitAs("harness").then(note("harness")),
      waitAs("handler").then(note("handler")),
      waitAs("handler").then(note("another of the handler")),
      waitAs("harness").then(note("another of the harness")),
      immediate,
    ]);
    expect(order).toEqual([
      "handler",
      "another of the handler",
      "harness",
      "another of the harness",
      "turn",
    ]);
  });

  test("are not told before what has followed from telling one of them", async () => {
    const first = waitAs("handler").then(async () => {
      await chainOf(["both", "tick", "promise", "both"]);
      order.push("what follows");
    });
    await Promise.all([first, waitAs("harness").then(note("harness"))]);
    expect(order).toEqual(["what follows", "harness"]);
  });
});

describe("what stands for a turn", () => {
  test("comes after all ticks and microtasks, before whoever waits, and needs no turn", async () => {
    const immediate = turn().then(note("turn"));
    const waiting = [waitAs("harness"), waitAs("handler")].map((wait) => wait.then(note("told")));
    inWhatStandsForATurn(note("immediate"));
    void chainOf(["both", "both", "tick"]).then(note("chain"));
    await Promise.all([...waiting, immediate]);
    expect(order).toEqual(["chain", "immediate", "told", "told", "turn"]);
  });

  test("calls one after the other, and what follows from one before the next", async () => {
    inWhatStandsForATurn(() => {
      order.push("first");
      inWhatStandsForATurn(note("made by the first"));
      void chainOf(["both", "tick"]).then(note("follows from the first"));
    });
    inWhatStandsForATurn(note("second"));
    await arrival();
    expect(order).toEqual(["first", "follows from the first", "second", "made by the first"]);
  });

  describe("without end", () => {
    const until = (isOver: () => boolean): Promise<void> =>
      new Promise((resolve) => {
        const again = (): void => {
          if (isOver()) resolve();
          else inWhatStandsForATurn(again);
        };
        again();
      });

    test("leaves turns to others, in which nothing has arrived", async () => {
      void turn().then(note("turn"));
      void arrival().then(note("arrival"));
      await until(() => order.includes("turn"));
      expect(order).toEqual(["turn"]);
      await arrival();
      expect(order).toEqual(["turn", "arrival"]);
    });

    test("has handler code told what it waits for", async () => {
      void waitAs("handler").then(note("handler"));
      await until(() => order.includes("handler"));
    });
  });

  test("comes without anybody who waits", async () => {
    await new Promise<void>((resolve) => void inWhatStandsForATurn(resolve));
  });

  test("can be called off, also by the one before it", async () => {
    inWhatStandsForATurn(note("never"))();
    inWhatStandsForATurn(() => callOff());
    const callOff = inWhatStandsForATurn(note("never"));
    await arrival();
    expect(order).toEqual([]);
  });
});

test.each([true, false])(
  "it can be called off, whether or not a turn is needed: %s",
  async (needsTurn) => {
    const callOff = whenAllHasArrived("harness", needsTurn, note("called off"), realNow);
    callOff();
    whenAllHasArrived("harness", needsTurn, note("called"), realNow);
    await turn();
    await turn();
    expect(order).toEqual(["called"]);
  },
);

test("without anybody who counts ticks, there is a turn", async () => {
  b[Symbol.dispose]();
  const immediate = turn().then(note("turn"));
  inWhatStandsForATurn(note("immediate"));
  await Promise.all([immediate, arrival().then(note("arrival"))]);
  expect(order).toEqual(["turn", "immediate", "arrival"]);
});
