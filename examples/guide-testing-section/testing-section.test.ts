/**
 * The four tests of the section "Testing" of AWS's documentation of callbacks, in their TypeScript form.
 *
 * `durable_runner` of pytest is the fixture `runner`; its decorator is `durableTest(handler)`. The
 * timeouts of run() are virtual: how long the execution may take, not the test.
 */
import { InvocationStatus, OperationType, respond } from "@durabletest/testing";
import { durableTest } from "@durabletest/vitest-plugin";
import { describe } from "vitest";
import { handler as callback } from "../getting-started/callback.ts";
import { handler as callbackWithTimeout } from "../getting-started/callback-with-timeout.ts";
import { createHandler } from "../order-approval/handler.ts";

describe("callback", () => {
  const test = durableTest(callback);

  test("callback creation", async ({ runner, expect }) => {
    const result = await runner.run("test", { timeout: { seconds: 10 } });

    // Check overall status
    expect(result.status).toBe(InvocationStatus.SUCCEEDED);

    // Verify callback was created
    expect(result.result).toContain("Callback created with ID:");
  });

  test("callback operation", async ({ runner, expect }) => {
    const result = await runner.run("test", { timeout: { seconds: 10 } });

    // Find callback operations
    const callbackOps = result.operations.filter((op) => op.type === "CALLBACK");

    expect(callbackOps).toHaveLength(1);
    const [callbackOp] = callbackOps;

    // Verify callback properties
    expect(callbackOp?.name).toBe("example_callback");
    expect(callbackOp?.callbackId).toBeDefined();
  });
});

describe("callback with timeout", () => {
  const test = durableTest(callbackWithTimeout);

  test("callback with custom timeout", async ({ runner, expect }) => {
    const result = await runner.run({}, { timeout: { seconds: 10 } });

    expect(result.status).toBe(InvocationStatus.SUCCEEDED);
    expect(result.result).toContain("60s timeout");
  });
});

describe("approval workflow", () => {
  const handler = createHandler({
    requestApproval: async () => {},
    processOrder: async (orderId) => `shipment of ${orderId}`,
  });
  const test = durableTest(handler, {
    callbacks: { order_approval: respond.success({ approved: true, approver: "Ada" }) },
  });

  test("approval workflow with callback", async ({ runner, expect }) => {
    const result = await runner.run(
      { orderId: "order-123", amount: 1000 },
      { timeout: { seconds: 30 } },
    );

    // Verify workflow completed
    expect(result.status).toBe(InvocationStatus.SUCCEEDED);

    // Check callback was created
    const callbackOps = result.operations.filter((op) => op.type === OperationType.CALLBACK);
    expect(callbackOps).toHaveLength(1);
    expect(callbackOps[0]?.name).toBe("order_approval");
  });
});
