import assert from "node:assert/strict";
import { beforeEach, describe, mock } from "node:test";
import { CallbackClosedError, respond } from "@durabletest/testing";
import { durableTest } from "@durabletest/testing/node-test";
import { createHandler, type Shop } from "../order-approval/handler.ts";

const shop = {
  requestApproval: mock.fn<Shop["requestApproval"]>(async () => {}),
  processOrder: mock.fn<Shop["processOrder"]>(async (orderId) => `shipment of ${orderId}`),
};
const order = { orderId: "order-123", amount: 1000 };
const test = durableTest(createHandler(shop));

beforeEach(() => {
  shop.requestApproval.mock.resetCalls();
  shop.processOrder.mock.resetCalls();
});

describe("an order that needs approval", () => {
  test("waits on somebody's desk", async ({ runner, expect }) => {
    expect(await runner.run(order)).toBeWaitingFor("order_approval");

    const { callbackId } = runner.callback("order_approval");
    assert.deepEqual(shop.requestApproval.mock.calls[0]?.arguments, [{ callbackId, ...order }]);
    assert.equal(shop.processOrder.mock.callCount(), 0);
  });

  test("is shipped when it is approved", async ({ runner, clock, expect }) => {
    await runner.run(order);
    await clock.advance({ hours: 3 });

    const result = await runner
      .callback("order_approval")
      .succeed({ approved: true, approver: "Ada" });

    expect(result).toHaveSucceededWith({
      status: "shipped",
      shipment: "shipment of order-123",
      approver: "Ada",
    });
    assert.equal(shop.processOrder.mock.callCount(), 1);
  });

  test("expires when nobody says a word for twelve hours", async ({ runner, clock, expect }) => {
    await runner.run(order);
    await clock.advance({ hours: 12 });

    expect(runner).toHaveTimedOut("order_approval");
    await assert.rejects(
      runner.callback("order_approval").succeed({ approved: true, approver: "Ada" }),
      CallbackClosedError,
    );
  });
});

describe("an approver who takes a day and a half", () => {
  const approved = respond.success({ approved: true, approver: "Ada" }).after({ hours: 6 });
  const patient = test.with({
    callbacks: {
      order_approval: respond.heartbeatEvery({ hours: 10 }).times(3).thenRespond(approved),
    },
  });

  patient("is waited for", async ({ runner, expect }) => {
    const result = await runner.run(order);

    expect(result).toHaveSucceeded();
    expect(result).not.toHaveTimedOut("order_approval");
    assert.equal(result.elapsedMs, 36 * 3_600_000);
  });
});
