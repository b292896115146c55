import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type DurableContext, withDurableExecution } from "@durabletest/runtime";
import { ReplayDivergedError, replayHistory } from "@durabletest/testing/replay";
import { durableTest } from "@durabletest/vitest-plugin";
import { describe, expect, test } from "vitest";
import { createHandler, type Order, type Shop } from "./handler.ts";

/** What GetDurableExecutionHistory answered for an order of last month, with IncludeExecutionData. */
const history = JSON.parse(
  readFileSync(join(import.meta.dirname, "histories/order-1.json"), "utf8"),
) as object;

/** Nobody calls it: a replay runs no step. */
const shop: Shop = {
  reserve: () => Promise.reject(new Error("reserved twice")),
  looksFraudulent: () => Promise.reject(new Error("checked twice")),
  charge: () => Promise.reject(new Error("charged twice")),
};

describe("orders that are on their way when this is deployed", () => {
  test("go on, wherever they stand", async () => {
    await expect(createHandler(shop)).toReplay(history);
  });

  test("break if they are to be checked for fraud, too: those that have come to the charge", async () => {
    const withoutVersion = withDurableExecution(async (order: Order, context: DurableContext) => {
      await context.map("items", order.items, async (child, item) =>
        child.step("reserve", () => shop.reserve(item)),
      );
      await context.wait("cooling-off", { days: 1 });
      await context.step("check", () => shop.looksFraudulent(order.id));
      await context.step("charge", () => shop.charge(order.id));
    });
    await expect(withoutVersion).not.toReplay(history);

    const error = await divergence(withoutVersion);
    expect(error.recorded).toMatchObject({ type: "STEP", name: "charge" });
    expect(error.requested).toMatchObject({ type: "STEP", name: "check" });
    expect(error.breaks).toEqual([{ from: error.eventId }]);
    expect(error.message).toContain("does something new come before it?");
    expect(error.message).toContain("put the change behind a version that the input carries");
  });

  test("break if what is inside the map gets another name: those that are inside of it", async () => {
    const renamed = withDurableExecution(async (order: Order, context: DurableContext) => {
      await context.map("items", order.items, async (child, item) =>
        child.step("reserve item", () => shop.reserve(item)),
      );
      await context.wait("cooling-off", { days: 1 });
      await context.step("charge", () => shop.charge(order.id));
    });
    const { breaks, message } = await divergence(renamed);
    expect(breaks).toHaveLength(1);
    expect(breaks[0]?.to).toBeDefined();
    expect(message).toContain("Has it been renamed?");
  });

  test("may get a receipt by mail in the end: that comes next, and nobody has sent one", async () => {
    const withReceipt = withDurableExecution(async (order: Order, context: DurableContext) => {
      await context.map("items", order.items, async (child, item) =>
        child.step("reserve", () => shop.reserve(item)),
      );
      await context.wait("cooling-off", { days: 1 });
      const receipt = await context.step("charge", () => shop.charge(order.id));
      await context.step("send receipt", () => Promise.reject(new Error(`sent ${receipt}`)));
    });
    const { next } = await replayHistory(withReceipt, history);
    expect(next).toMatchObject([{ type: "STEP", name: "send receipt" }]);
  });
});

describe("an order of today", () => {
  const order = durableTest(
    createHandler({
      reserve: async (item) => `${item} reserved`,
      looksFraudulent: async (orderId) => orderId === "o-666",
      charge: async (orderId) => `receipt of ${orderId}`,
    }),
  );

  order("is checked for fraud, and its history is one to keep", async ({ runner }) => {
    const result = await runner.run({ id: "o-666", items: ["book"], version: 2 });
    expect(result).toHaveSucceededWith({ order: "o-666", status: "refused" });
    await expect(createHandler(shop)).toReplay(result.history);
  });

  order("is charged when it is none", async ({ runner }) => {
    const result = await runner.run({ id: "o-2", items: ["book"], version: 2 });
    expect(result).toHaveSucceededWith({
      order: "o-2",
      status: "charged",
      receipt: "receipt of o-2",
    });
  });
});

async function divergence(
  handler: Parameters<typeof replayHistory>[0],
): Promise<ReplayDivergedError> {
  const outcome: unknown = await replayHistory(handler, history).catch((error: unknown) => error);
  if (ReplayDivergedError.is(outcome)) return outcome;
  throw new Error("It did not diverge.", { cause: outcome });
}
