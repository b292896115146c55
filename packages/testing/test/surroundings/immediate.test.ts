import { AsyncLocalStorage } from "node:async_hooks";
import * as timers from "node:timers";
import { fc, test as property } from "@fast-check/vitest";
import { afterAll, describe, expect, test } from "vitest";

import { inWhatStandsForATurn, whenAllHasArrived } from "../../src/in-flight/arrivals.ts";
import { installScopedGlobals } from "../../src/surroundings/globals.ts";
import { natives } from "../../src/surroundings/natives.ts";
import { bench } from "./virtual-host.ts";

installScopedGlobals();
const b = bench();
b.host.nextTurn = inWhatStandsForATurn;
afterAll(() => b[Symbol.dispose]());

const turn = (): Promise<void> => new Promise((resolve) => void natives.setImmediate(resolve));
/** When all immediates have been called. No turn comes in between. */
const still = async (): Promise<void> => {
  await turn();
  await new Promise<void>((resolve) => {
    whenAllHasArrived("harness", false, resolve, () => 0);
  });
};

/** What code leaves for later, and what that leaves for later. */
interface Program {
  readonly kind: "immediate" | "tick" | "promise";
  /** The immediate that it clears, by the order of making. */
  readonly clears: number | undefined;
  readonly next: readonly Program[];
}

const { programs } = fc.letrec<{ programs: readonly Program[] }>((tie) => ({
  programs: fc.array(
    fc.record({
      kind: fc.constantFrom<Program["kind"][]>("immediate", "immediate", "tick", "promise"),
      clears: fc.option(fc.nat(5), { nil: undefined, freq: 4 }),
      next: fc.oneof({ depthSize: "small" }, fc.constant([]), tie("programs")),
    }),
    { maxLength: 4 },
  ),
}));

/** In which order everything of a program comes, by the order of making. */
async function orderOf(all: readonly Program[], over: () => Promise<void>): Promise<number[]> {
  const order: number[] = [];
  const immediates: NodeJS.Immediate[] = [];
  let made = 0;
  const make = ({ kind, clears, next }: Program): void => {
    const number = made;
    made += 1;
    const call = (): void => {
      order.push(number);
      if (clears !== undefined) clearImmediate(immediates[clears]);
      next.forEach(make);
    };
    if (kind === "immediate") immediates.push(setImmediate(call));
    else if (kind === "tick") process.nextTick(call);
    else void Promise.resolve().then(call);
  };
  all.forEach(make);
  await over();
  return order;
}

property.prop([programs])("come in the order in which they come in turns", async (all) => {
  const inTurns = await orderOf(all, async () => {
    for (let turns = 0; turns < 20; turns += 1) await turn();
  });
  expect(await b.in(() => orderOf(all, still))).toEqual(inTurns);
});

describe("an immediate of a scope", () => {
  test("is one of Node's, to the eye", () => {
    const real = natives.setImmediate(() => {});
    natives.clearImmediate(real);
    const immediate = b.in(() => setImmediate(() => {}));
    expect(immediate).toBeInstanceOf(real.constructor);
    expect(immediate.hasRef()).toBe(true);
    expect(immediate.unref().hasRef()).toBe(false);
    expect(immediate.ref().hasRef()).toBe(true);
    immediate[Symbol.dispose]();
    expect(immediate.ref().hasRef()).toBe(false);
  });

  test("is given its arguments, in its context", async () => {
    const storage = new AsyncLocalStorage<string>();
    const called: unknown[] = [];
    b.in(() =>
      storage.run("there", () =>
        timers.setImmediate((...args: unknown[]) => called.push(storage.getStore(), ...args), 1, 2),
      ),
    );
    await still();
    expect(called).toEqual(["there", 1, 2]);
  });

  test("is cleared wherever, by whichever name", async () => {
    const called: string[] = [];
    const make = (what: string): NodeJS.Immediate =>
      b.in(() => setImmediate(() => called.push(what)));
    clearImmediate(make("global"));
    timers.clearImmediate(make("module"));
    make("disposed of")[Symbol.dispose]();
    make("not cleared");
    await still();
    expect(called).toEqual(["not cleared"]);
  });

  test("is refused as Node refuses it", () => {
    const noFunction = {} as () => void;
    expect(() => b.in(() => setImmediate(noFunction))).toThrow(
      expect.objectContaining({ code: "ERR_INVALID_ARG_TYPE" }) as Error,
    );
  });
});

test("where only a turn will do, it is one", async () => {
  using real = bench();
  const order: string[] = [];
  real.in(() => setImmediate(() => order.push("in a turn")));
  b.in(() => setImmediate(() => order.push("in what stands for one")));
  await turn();
  expect(order).toEqual(["in what stands for one", "in a turn"]);
});
