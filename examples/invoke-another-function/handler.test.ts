import { DurableTestRunner, respond } from "@durabletest/testing";
import { durableTest } from "@durabletest/vitest-plugin";
import { describe, expect as expectation, test as plainTest } from "vitest";
import { chargeCard, handler } from "./handler.ts";

const order = { orderId: "order-1", sku: "lamp", amount: 80 };
const stockOf = (left: number) => ({ "stock-levels": () => ({ left }) });

describe("with the other team's function as it is", () => {
  const test = durableTest(handler, {
    functions: stockOf(3),
    durableFunctions: { "charge-card": chargeCard },
  });

  test("waits for the bank, whose callback is another execution's", async ({ runner, expect }) => {
    const waiting = await runner.run(order);
    expect(waiting).toBeWaitingFor("bank");

    const result = await runner.callback("bank").succeed({ receiptId: "r-7" });

    expect(result).toHaveSucceededWith({ status: "paid", receiptId: "r-7" });
    expect(result).toHaveOperation("charge", { type: "CHAINED_INVOKE", input: order });
    // One for each function it waited for, and the first.
    expect(result).toHaveInvocations(3);
  });

  test("is told how the other function failed", async ({ runner, expect }) => {
    await runner.run(order);
    const result = await runner.callback("bank").fail({ ErrorType: "CardBlocked" });
    expect(result).toHaveSucceededWith({ status: "not paid", reason: "CallbackExternalError" });
  });

  test("takes a day when the bank is silent", async ({ runner, expect }) => {
    await runner.run(order);
    const result = await runner.runToCompletion();
    expect(result).toHaveSucceededWith({ status: "not paid", reason: "CallbackTimeoutError" });
    expect(result.elapsedMs).toBe(86_400_000);
  });
});

describe("with a plain function in its place", () => {
  const test = durableTest(handler, {
    functions: { ...stockOf(3), "charge-card": () => ({ receiptId: "r-1" }) },
  });

  test("is done at once", async ({ runner, expect }) => {
    const result = await runner.run(order);
    expect(result).toHaveSucceededWith({ status: "paid", receiptId: "r-1" });
  });
});

describe("with a time limit on the other function", () => {
  const test = durableTest(handler, {
    functions: stockOf(3),
    durableFunctions: { "charge-card": { handler: chargeCard, timeout: { hours: 1 } } },
    callbacks: { bank: respond.success({ receiptId: "late" }).after({ hours: 2 }) },
  });

  test("goes on without it", async ({ runner, expect }) => {
    const result = await runner.run(order);
    expect(result).toHaveOperation("charge", { status: "TIMED_OUT" });
    expect(result).toHaveSucceededWith({ status: "not paid", reason: "ExecutionTimeout" });
    expect(result.elapsedMs).toBe(3_600_000);
  });
});

describe("what is sold out", () => {
  const test = durableTest(handler, { functions: stockOf(0) });

  test("is not charged for", async ({ runner, expect }) => {
    expect(await runner.run(order)).toHaveSucceededWith({ status: "sold out" });
  });
});

plainTest("a function that nobody registered is named", async () => {
  const runner = new DurableTestRunner(handler, { functions: { "stock-level": () => 1 } });
  await expectation(runner.run(order)).rejects.toThrow(/Did you mean "stock-level"/);
});
