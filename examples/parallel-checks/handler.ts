import { type DurableContext, withDurableExecution } from "@durabletest/runtime";

export interface Application {
  readonly customerId: string;
  readonly amount: number;
}

export interface CreditReport {
  readonly score: number;
}

export interface FraudReport {
  readonly riskLevel: "low" | "medium" | "high";
}

/** The outside world: two agencies that know nothing of each other. */
export interface Agencies {
  requestCreditCheck(callbackId: string, customerId: string): Promise<void>;
  requestFraudCheck(callbackId: string, application: Application): Promise<void>;
}

/** Decides about a loan when two agencies have reported, in whichever order. */
export const createHandler = (agencies: Agencies) =>
  withDurableExecution(async (application: Application, context: DurableContext) => {
    const creditCheck = await context.createCallback<CreditReport>("credit_check", {
      timeout: { minutes: 5 },
    });
    const fraudCheck = await context.createCallback<FraudReport>("fraud_check", {
      timeout: { minutes: 3 },
    });

    await context.step("request_credit_check", () =>
      agencies.requestCreditCheck(creditCheck.callbackId, application.customerId),
    );
    await context.step("request_fraud_check", () =>
      agencies.requestFraudCheck(fraudCheck.callbackId, application),
    );

    // Both have been asked already, so the slower of the two decides how long this takes.
    const [credit, fraud] = await Promise.all([creditCheck.result(), fraudCheck.result()]);

    // No report is no approval.
    return {
      approved: (credit?.score ?? 0) > 650 && fraud?.riskLevel === "low",
      creditScore: credit?.score ?? "unknown",
      fraudRisk: fraud?.riskLevel ?? "unknown",
    };
  });
