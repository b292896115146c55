import {
  CallbackTimeoutError,
  createRetryStrategy,
  type DurableContext,
  JitterStrategy,
  withDurableExecution,
} from "@aws/durable-execution-sdk-js";
import type * as z from "zod";
import type { Booking, Parcel } from "./carrier.ts";
import { countChargebacks, countRecentOrders } from "./customers.ts";
import { send } from "./messages.ts";
import { deliverySchema, type Order, type Outcome, reviewSchema } from "./order.ts";
import {
  charge,
  reasonOf,
  refund,
  RefusedError,
  release,
  reserve,
  scoreOrder,
} from "./services.ts";

const backOff = createRetryStrategy({
  maxAttempts: 4,
  initialDelay: { seconds: 2 },
  jitter: JitterStrategy.NONE,
});
const unlessRefused = (error: Error, attempt: number) =>
  error instanceof RefusedError ? { shouldRetry: false } : backOff(error, attempt);
const patiently = { retryStrategy: unlessRefused };

/** What a callback is answered with arrives as text. */
const answerOf = <T>(schema: z.ZodType<T>) => ({
  deserialize: async (text = "null") => schema.parse(JSON.parse(text)),
});

/** From the order to the doorstep; or back to where it was before, when something goes wrong on the way. */
export const handler = withDurableExecution(
  async (order: Order, context: DurableContext): Promise<Outcome> => {
    const risk = await assessRisk(order, context);
    context.logger.info("The risk is assessed.", { orderId: order.id, risk });
    if (risk >= 80) return { status: "refused", reason: "it looks like fraud" };
    if (risk >= 50) {
      const objection = await review(order, context);
      if (objection !== undefined) return { status: "refused", reason: objection };
    }

    const compensations: { name: string; undo: () => Promise<void> }[] = [];
    try {
      const reserved = await context.map(
        "reserve",
        [...order.items],
        async (line, item) => line.step("reserve-item", () => reserve(order.id, item), patiently),
        // Every item is asked for, so that it is known what there is to release.
        {
          maxConcurrency: 2,
          itemNamer: ({ sku }) => sku,
          completionConfig: { toleratedFailurePercentage: 100 },
        },
      );
      for (const { result } of reserved.succeeded()) {
        compensations.push({ name: "release", undo: () => release(result) });
      }
      reserved.throwIfError();

      const payment = await context.step("charge", () => charge(order), patiently);
      compensations.push({ name: "refund", undo: () => refund(payment) });

      const parcel = await context.invoke<Booking, Parcel>("book-carrier", {
        orderId: order.id,
        parcels: order.items.length,
      });
      const { signedBy } = await deliver(order, context);
      return { status: "delivered", parcel, signedBy };
    } catch (error) {
      const reason = reasonOf(error);
      context.logger.warn("The order is cancelled.", { orderId: order.id, reason });
      for (const { name, undo } of compensations.toReversed()) {
        await context.step(name, undo, patiently);
      }
      return { status: "cancelled", reason };
    }
  },
);

/** The highest of three opinions, which are asked for at once. */
async function assessRisk(order: Order, context: DurableContext): Promise<number> {
  const checks = await context.parallel("fraud-checks", [
    { name: "score", func: (branch) => branch.step("score", () => scoreOrder(order), patiently) },
    {
      name: "chargebacks",
      func: (branch) =>
        branch.step("chargebacks", async () => 40 * (await countChargebacks(order.customerId))),
    },
    {
      name: "recent-orders",
      func: (branch) =>
        branch.step("recent-orders", async () => 10 * (await countRecentOrders(order.customerId))),
    },
  ]);
  checks.throwIfError();
  return Math.max(...checks.getResults());
}

/** What speaks against the order, if anything does. */
async function review(order: Order, context: DurableContext): Promise<string | undefined> {
  try {
    const { approved, by } = await context.waitForCallback(
      "review",
      (callbackId) => send("reviews", { callbackId, orderId: order.id }),
      { timeout: { hours: 24 }, serdes: answerOf(reviewSchema), ...patiently },
    );
    return approved ? undefined : `${by} is against it`;
  } catch (error) {
    if (error instanceof CallbackTimeoutError) return "nobody has looked at it";
    throw error;
  }
}

/** Waits for the courier, who says twice a day that the parcel is on its way. */
async function deliver(order: Order, context: DurableContext) {
  const [delivered, callbackId] = await context.createCallback("delivery", {
    timeout: { days: 14 },
    heartbeatTimeout: { days: 1 },
    serdes: answerOf(deliverySchema),
  });
  await context.step(
    "hand-over",
    () => send("couriers", { callbackId, orderId: order.id }),
    patiently,
  );
  try {
    return await delivered;
  } catch (error) {
    throw error instanceof CallbackTimeoutError ? new Error("the parcel is lost") : error;
  }
}
