import {
  CallbackValidationError,
  type DurableContext,
  withDurableExecution,
} from "@durabletest/runtime";
import { z } from "zod";

export interface Customer {
  readonly customerId: string;
}

/**
 * The contract with the identity service. Any Standard Schema will do: zod, valibot, arktype …
 *
 * What it makes of the payload is what the handler gets: defaults filled in, unknown keys left out.
 */
const IdentityReport = z.object({
  verified: z.boolean(),
  documentType: z.enum(["passport", "id_card"]),
  confidence: z.number().min(0).max(1),
  remarks: z.array(z.string()).default([]),
});

/** Checks a customer's identity, and does not trust what comes back. */
export const createHandler = (
  requestIdentityCheck: (callbackId: string, customer: Customer) => Promise<void>,
) =>
  withDurableExecution(async (customer: Customer, context: DurableContext) => {
    // No type argument: the schema says what the payload is.
    const callback = await context.createCallback("identity_check", {
      timeout: { minutes: 15 },
      schema: IdentityReport,
    });

    await context.step("request_identity_check", () =>
      requestIdentityCheck(callback.callbackId, customer),
    );

    try {
      const report = await callback.result();
      if (report === undefined) return { status: "unanswered" };
      return { status: report.verified ? "verified" : "refused", remarks: report.remarks };
    } catch (error) {
      if (!CallbackValidationError.is(error)) throw error;
      return { status: "garbled", issues: error.issues.map(({ path }) => path?.join(".")) };
    }
  });
