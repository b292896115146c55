import { CallbackClosedError, respond } from "@durabletest/testing";
import { durableTest } from "@durabletest/vitest-plugin";
import { beforeEach, describe, vi } from "vitest";
import { createHandler, type Shop } from "./handler.ts";

const HOUR_MS = 3_600_000;

const shop = {
  requestApproval: vi.fn<Shop["requestApproval"]>(),
  processOrder: vi.fn<Shop["processOrder"]>(async (orderId) => `shipment of ${orderId}`),
};
const handler = createHandler(shop);
const order = { orderId: "order-123", amount: 1000 };

beforeEach(() => {
  vi.clearAllMocks();
});

// In these tests, the test is the approval system: it answers through runner.callback(name).
describe("an order that needs approval", () => {
  const test = durableTest(handler);

  test("waits on somebody's desk", async ({ runner, expect }) => {
    const waiting = await runner.run(order);

    const { callbackId } = runner.callback("order_approval");
    expect(waiting).toBeWaitingFor("order_approval");
    expect(shop.requestApproval).toHaveBeenCalledExactlyOnceWith({ callbackId, ...order });
    expect(shop.processOrder).not.toHaveBeenCalled();
  });

  test("is shipped when it is approved", async ({ runner, expect }) => {
    await runner.run(order);

    const result = await runner
      .callback("order_approval")
      .succeed({ approved: true, approver: "Ada" });

    expect(result).toHaveSucceededWith({
      status: "shipped",
      shipment: "shipment of order-123",
      approver: "Ada",
    });
  });

  test("is not shipped when it is rejected", async ({ runner, expect }) => {
    await runner.run(order);

    const result = await runner
      .callback("order_approval")
      .succeed({ approved: false, reason: "over budget" });

    expect(result).toHaveSucceededWith({ status: "rejected", reason: "over budget" });
    expect(shop.processOrder).not.toHaveBeenCalled();
  });

  test("fails when the approval system fails", async ({ runner, expect }) => {
    await runner.run(order);

    const result = await runner
      .callback("order_approval")
      .fail({ ErrorType: "ApproverNotFound", ErrorMessage: "Nobody may approve 1000" });

    expect(result).toHaveFailedWith({
      ErrorType: "CallbackExternalError",
      ErrorMessage: "Nobody may approve 1000",
    });
  });

  test("expires after twelve hours of silence", async ({ runner, expect }) => {
    await runner.run(order);

    const result = await runner.runToCompletion();

    expect(result).toHaveTimedOut("order_approval");
    expect(result).toHaveSucceededWith({ status: "expired" });
    expect(result.elapsedMs).toBe(12 * HOUR_MS);
  });

  test("waits on for as long as there are heartbeats", async ({ runner, clock, expect }) => {
    await runner.run(order);
    const approval = runner.callback("order_approval");

    await clock.advance({ hours: 11 });
    expect(approval.heartbeatAt).toEqual(new Date("2025-01-01T12:00:00Z"));
    await approval.heartbeat();
    expect(approval.heartbeatAt).toEqual(new Date("2025-01-01T23:00:00Z"));
    expect(approval.timeoutAt).toEqual(new Date("2025-01-03T00:00:00Z"));

    await clock.advance({ hours: 11 });
    const result = await approval.succeed({ approved: true, approver: "Ada" });

    expect(result).toHaveSucceeded();
    expect(result.elapsedMs).toBe(22 * HOUR_MS);
  });

  test("does not hear of an approval that comes late", async ({ runner, expect }) => {
    await runner.run(order);
    const { history } = await runner.runToCompletion();

    const late = runner.callback("order_approval").succeed({ approved: true, approver: "Ada" });

    // The sender is told; the execution is as it was.
    await expect(late).rejects.toThrow(CallbackClosedError);
    expect(runner.result.history).toEqual(history);
    expect(shop.processOrder).not.toHaveBeenCalled();
  });
});

// Here a script plays the approval system, and run() goes through to the end.
describe("an approver who takes a day and a half, and shows signs of life", () => {
  const test = durableTest(handler, {
    callbacks: {
      order_approval: respond
        .heartbeatEvery({ hours: 10 })
        .times(3)
        .thenRespond(respond.success({ approved: true, approver: "Ada" }).after({ hours: 6 })),
    },
  });

  test("approves after 36 hours", async ({ runner, expect }) => {
    const result = await runner.run(order);

    expect(result).toHaveSucceeded();
    expect(result.elapsedMs).toBe(36 * HOUR_MS);
    // Heartbeats do not wake the handler: it is invoked for the order, and for the approval.
    expect(result).toHaveInvocations(2);
  });

  // The history that the service keeps. Offsets are virtual, so this is the same on every machine.
  test("leaves this history", async ({ runner, expect }) => {
    const result = await runner.run(order);

    expect(result).toMatchInlineSnapshot(`
      SUCCEEDED after 1d 12h 00m 00s, 2 invocations
      input: {"amount": 1000, "orderId": "order-123"}

                  +0s  callback "order_approval" SUCCEEDED at +1d 12h 00m 00s
                           timeout 2d 00h 00m 00s, heartbeat timeout 12h 00m 00s
                           +10h 00m 00s 3 heartbeats until +1d 06h 00m 00s from script
                           +1d 12h 00m 00s success from script
                           result: {"approved": true, "approver": "Ada"}
                  +0s  step "request_approval" SUCCEEDED
      +1d 12h 00m 00s  step "process_order" SUCCEEDED
                           result: "shipment of order-123"

      result: {
        "approver": "Ada",
        "shipment": "shipment of order-123",
        "status": "shipped",
      }
    `);
  });
});

describe("an approver who shows signs of life, but does not decide", () => {
  const test = durableTest(handler, {
    callbacks: { order_approval: respond.heartbeatEvery({ hours: 10 }).times(10) },
  });

  test("runs into the timeout of 48 hours", async ({ runner, expect }) => {
    const result = await runner.run(order);

    expect(result).toHaveTimedOut("order_approval");
    expect(result).toHaveSucceededWith({ status: "expired" });
    expect(result.elapsedMs).toBe(48 * HOUR_MS);
  });
});
