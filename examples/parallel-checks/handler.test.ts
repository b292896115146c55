import { CallbackExternalError } from "@durabletest/runtime";
import { CallbackClosedError, respond } from "@durabletest/testing";
import { durableTest } from "@durabletest/vitest-plugin";
import { describe } from "vitest";
import { createHandler } from "./handler.ts";

const handler = createHandler({
  requestCreditCheck: async () => {},
  requestFraudCheck: async () => {},
});
const application = { customerId: "customer-7", amount: 20_000 };

describe("the decision", () => {
  const test = durableTest(handler);

  test.for([
    { score: 651, riskLevel: "low", approved: true },
    { score: 650, riskLevel: "low", approved: false },
    { score: 800, riskLevel: "medium", approved: false },
    { score: 500, riskLevel: "high", approved: false },
  ])(
    "a score of $score and a $riskLevel risk: approved is $approved",
    async ({ score, riskLevel, approved }, { runner, expect }) => {
      await runner.run(application);
      await runner.callback("credit_check").succeed({ score });
      const result = await runner.callback("fraud_check").succeed({ riskLevel });

      expect(result).toHaveSucceededWith({ approved, creditScore: score, fraudRisk: riskLevel });
    },
  );

  test("waits for both, in whichever order they report", async ({ runner, expect }) => {
    const waiting = await runner.run(application);
    expect(waiting.pendingCallbacks.map(({ name }) => name)).toEqual([
      "credit_check",
      "fraud_check",
    ]);

    await runner.callback("fraud_check").succeed({ riskLevel: "low" });
    expect(runner).toBeWaitingFor("credit_check");

    const result = await runner.callback("credit_check").succeed({ score: 700 });
    expect(result).toHaveSucceeded();
  });

  test("does without a report that does not come", async ({ runner, clock, expect }) => {
    await runner.run(application);

    // After three minutes the fraud check has timed out, and the credit check is still open.
    await clock.advance({ minutes: 3 });
    expect(runner).toHaveTimedOut("fraud_check");
    expect(runner).toBeWaitingFor("credit_check");

    // What the fraud agency says now is too late, also while the execution is going on.
    const late = runner.callback("fraud_check").succeed({ riskLevel: "low" });
    await expect(late).rejects.toThrow(CallbackClosedError);

    const result = await runner.callback("credit_check").succeed({ score: 700 });
    expect(result).toHaveSucceededWith({
      approved: false,
      creditScore: 700,
      fraudRisk: "unknown",
    });
    expect(result.elapsedMs).toBe(180_000);
  });

  test("takes five minutes when both are silent, not eight", async ({ runner, expect }) => {
    await runner.run(application);

    const result = await runner.runToCompletion();

    expect(result).toHaveTimedOut("credit_check");
    expect(result).toHaveTimedOut("fraud_check");
    expect(result.elapsedMs).toBe(300_000);
  });

  test("fails with the first agency that fails", async ({ runner, expect }) => {
    await runner.run(application);

    const result = await runner.callback("fraud_check").fail({ ErrorType: "AgencyClosed" });

    expect(result).toHaveFailedWith(CallbackExternalError);
    // The execution is over, so the other agency is not listened to any more.
    await expect(runner.callback("credit_check").succeed({ score: 700 })).rejects.toThrow(
      CallbackClosedError,
    );
  });
});

describe("agencies that take one and four minutes", () => {
  const test = durableTest(handler, {
    callbacks: {
      credit_check: respond.success({ score: 700 }).after({ minutes: 4 }),
      fraud_check: respond.success({ riskLevel: "low" }).after({ minutes: 1 }),
    },
  });

  test("take four minutes together", async ({ runner, expect }) => {
    const result = await runner.run(application);

    expect(result).toHaveSucceededWith({ approved: true, creditScore: 700, fraudRisk: "low" });
    expect(result.elapsedMs).toBe(240_000);
  });
});
