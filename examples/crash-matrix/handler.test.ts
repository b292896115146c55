import { recordEffect } from "@durabletest/testing";
import { crashMatrix } from "@durabletest/testing/explore";
import "@durabletest/vitest-plugin";
import { describe, expect, test } from "vitest";
import { createCarefulHandler, createHandler, type Ledger } from "./handler.ts";

const booked = new Set<string>();
const book = (what: string, id: string): void => {
  recordEffect(what, id);
  booked.add(`${id}/${what}`);
};
const ledger: Ledger = {
  debit: async ({ id }) => book("debit", id),
  credit: async ({ id }) => book("credit", id),
  find: async (key) => booked.has(key),
};

// Each execution finds an empty ledger.
const options = { input: { id: "t-1", amount: 100 }, beforeEach: () => booked.clear() };

describe("a transfer, with a crash wherever one is possible", () => {
  test("is debited and credited twice, where the ledger is not asked", async () => {
    const matrix = await crashMatrix(createHandler(ledger), options);

    expect(matrix.format()).toMatch(/step debit ran 2 times; effect debit t-1 2 times/);
    expect(matrix).not.toBeCrashSafe();
    expect(matrix).not.toHaveEffectAtMostOnce("debit");
  });

  test("that asks first is booked at most once; its table is kept to be read", async () => {
    const matrix = await crashMatrix(createCarefulHandler(ledger), options);

    expect(matrix).toBeCrashSafe();
    expect(matrix).toHaveEffectAtMostOnce("debit");
    expect(matrix).toHaveEffectAtMostOnce("credit");
    expect(matrix.format()).toMatchInlineSnapshot(`
      "point                                                            end               what differs
      ──────────────────────────────────────────────────────────────────────────────────────────────────────────
      without a crash                                                  SUCCEEDED booked
      after the function of step "debit"                               SUCCEEDED booked  step debit ran 2 times
      before checkpoint 1: START step "debit", SUCCEED step "debit"    SUCCEEDED booked  step debit ran 2 times
      after checkpoint 1: START step "debit", SUCCEED step "debit"     SUCCEEDED booked
      before checkpoint 2: START wait "value date"                     SUCCEEDED booked
      after checkpoint 2: START wait "value date"                      SUCCEEDED booked
      after the function of step "credit"                              SUCCEEDED booked  step credit ran 2 times
      before checkpoint 3: START step "credit", SUCCEED step "credit"  SUCCEEDED booked  step credit ran 2 times
      after checkpoint 3: START step "credit", SUCCEED step "credit"   SUCCEEDED booked"
    `);
  });
});
