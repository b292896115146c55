import { recordEffect, respond } from "@durabletest/testing";
import { explore, ExplorationError } from "@durabletest/testing/explore";
import { durableTest } from "@durabletest/vitest-plugin";
import { beforeEach, describe, expect, test } from "vitest";
import { createHandler, type Shop } from "./handler.ts";

const charged = new Map<string, string>();

/** A shop whose bank may know the keys that it has charged for; what it does can be seen. */
const shopOf = (bank: { readonly knowsKeys: boolean }): Shop => ({
  charge: async ({ orderId, total }, key) => {
    const receipt = bank.knowsKeys ? charged.get(key) : undefined;
    if (receipt !== undefined) return receipt;
    recordEffect("charge", orderId, { total });
    charged.set(key, `r-${orderId}`);
    return `r-${orderId}`;
  },
  ship: async ({ orderId }) => recordEffect("ship", orderId),
  apologise: async ({ orderId }) => recordEffect("apologise", orderId),
});

const order = { orderId: "o-1", total: 40 };
const callbacks = {
  approval: [respond.success({ approved: true }), respond.success({ approved: false })],
};

describe("an order, in every way it can go", () => {
  test("is charged once, and shipped only when it was charged", async () => {
    const report = await explore(createHandler(shopOf({ knowsKeys: true })), {
      input: order,
      callbacks,
      beforeEach: () => charged.clear(),
      check: ({ result, effects }) => {
        const names = effects.map(({ name }) => name);
        expect(names.filter((name) => name === "charge").length).toBeLessThan(2);
        expect(names.includes("charge")).toBe(names.includes("ship"));
        expect(result.status).toBe("SUCCEEDED");
      },
    });
    expect(new Set(report.outcomes.map(({ result }) => result))).toEqual(
      new Set([{ status: "shipped" }, { status: "rejected" }, { status: "expired" }]),
    );
  });

  test("is charged twice by a bank that knows no keys: a crash between charge and checkpoint", async () => {
    const exploring = explore(createHandler(shopOf({ knowsKeys: false })), {
      input: order,
      callbacks,
      beforeEach: () => charged.clear(),
      check: ({ effects }) => {
        expect(effects.filter(({ name }) => name === "charge").length).toBeLessThan(2);
      },
    });
    await expect(exploring).rejects.toThrow(ExplorationError);
    await expect(exploring).rejects.toMatchObject({
      property: "check",
      decisions: [expect.stringContaining("the sandbox dies")],
    });
  });
});

beforeEach(() => charged.clear());

// What explore() has printed, kept as a test: the schedule has the crash, and the answer.
describe("the order that was charged twice", () => {
  const schedule =
    '1r8i1kt [["callback approval c4ca4238#1",{"moves":[["success",{"approved":true},0]]}],["step charge eccbc87e 1#1",["crash","after"]]]';
  const test = durableTest(createHandler(shopOf({ knowsKeys: true })), { schedule });

  test("is charged once now", async ({ runner, expect }) => {
    const result = await runner.run(order);
    expect(result).toHaveRun("charge", 2);
    expect(result).toHaveEffect("charge", { times: 1, key: "o-1" });
  });
});
