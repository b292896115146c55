import { durableTest } from "@durabletest/vitest-plugin";
import { describe } from "vitest";
import { createHandler } from "./handler.ts";

const customers = Array.from({ length: 10 }, (_, index) => `customer-${index}`);

describe("a campaign whose mails all arrive", () => {
  const test = durableTest(createHandler({ send: async () => {} }));

  test("takes a minute for every three customers", async ({ runner, expect }) => {
    const result = await runner.run({ customers });
    expect(result).toHaveSucceededWith({
      reached: customers,
      failed: 0,
      reason: "ALL_COMPLETED",
    });
    expect(result.elapsedMs).toBe(4 * 60_000);
  });

  test("never has more than three customers at a time", async ({ runner, clock, expect }) => {
    const result = await runner.run({ customers });
    const contexts = result.operations.filter(({ subType }) => subType === "MapIteration");
    expect(contexts).toHaveLength(10);
    for (const { startedAt } of contexts) {
      const together = contexts.filter(
        (other) => other.startedAt <= startedAt && (other.endedAt ?? clock.now) > startedAt,
      );
      expect(together.length).toBeLessThanOrEqual(3);
    }
  });
});

describe("a campaign with addresses that do not exist", () => {
  const refusing = (refused: readonly string[]) =>
    createHandler({
      send: async (customer) => {
        if (refused.includes(customer)) throw new Error(`no such address: ${customer}`);
      },
    });

  const oneTest = durableTest(refusing(["customer-4"]));
  oneTest("goes on after one of ten", async ({ runner, expect }) => {
    const result = await runner.run({ customers });
    expect(result).toHaveSucceededWith({
      reached: customers.filter((customer) => customer !== "customer-4"),
      failed: 1,
      reason: "ALL_COMPLETED",
    });
  });

  const twoTest = durableTest(refusing(["customer-0", "customer-1"]));
  twoTest("is given up after two", async ({ runner, expect }) => {
    const result = await runner.run({ customers });
    expect(result).toHaveSucceededWith({
      reached: [],
      failed: 2,
      reason: "FAILURE_TOLERANCE_EXCEEDED",
    });
    expect(result).not.toHaveOperation("customer-9");
  });
});
