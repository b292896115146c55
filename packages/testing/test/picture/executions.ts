import {
  createRetryStrategy,
  type DurableContext,
  withDurableExecution,
} from "@durabletest/runtime";
import { type DurableResult, DurableTestRunner, recordEffect, respond } from "@durabletest/testing";

interface Order {
  readonly id: string;
  readonly items: readonly string[];
}

class GatewayDown extends Error {
  override readonly name = "GatewayDown";
}

const patiently = {
  retryStrategy: createRetryStrategy({
    maxAttempts: 4,
    initialDelay: { seconds: 2 },
    jitter: "NONE",
  }),
};

const order = withDurableExecution(async ({ id, items }: Order, context: DurableContext) => {
  context.logger.info("The order is taken.", { id });
  const scores = await context.parallel("risk-checks", [
    { name: "score", func: (branch) => branch.step("score", () => after(1500, 12)) },
    { name: "chargebacks", func: (branch) => branch.step("chargebacks", () => after(4000, 0)) },
    { name: "velocity", func: (branch) => branch.step("velocity", async () => 3) },
  ]);
  await context.map(
    "reserve",
    items,
    (line, item) =>
      line.step("reserve-item", async () => {
        recordEffect("reserve", item, { order: id });
        return { id: `${id}-${item}` };
      }),
    { maxConcurrency: 2, itemNamer: (item) => item },
  );
  await context.step(
    "charge",
    async ({ logger }) => {
      logger.warn("charging </script><script>alert(1)</script>", { id });
      recordEffect("charge", id);
      return { receipt: "r-1" };
    },
    patiently,
  );
  await context.runInChildContext("fulfil", async (child) => {
    await child.step("pack", async () => "packed");
    await child.wait("cool-off", { hours: 2 });
    await child.step("label", async () => {
      recordEffect("print-label", id);
      return "label-7";
    });
  });
  const approved = await context
    .waitForCallback("approval", async () => {}, { timeout: { hours: 24 } })
    .catch((error: unknown) => (error instanceof Error ? error.name : ""));
  const delivery = await context.createCallback("delivery", {
    timeout: { days: 14 },
    heartbeatTimeout: { days: 1 },
  });
  return { approved, delivered: await delivery.result(), risk: scores.getResults() };
});

/** Of every kind something: parallel, map, child contexts, retries, a crash, a timeout, heartbeats, effects, logs. */
export async function richExecution(): Promise<DurableResult<unknown>> {
  await using runner = new DurableTestRunner(order, {
    steps: {
      charge: [
        respond.failure(new GatewayDown("the gateway does not answer")),
        respond.failure(new GatewayDown("the gateway does not answer")).after({ seconds: 1 }),
      ],
      label: [respond.crash("after")],
    },
    callbacks: {
      delivery: respond
        .heartbeatEvery({ hours: 20 })
        .times(4)
        .thenRespond(respond.success({ signedBy: "Ada" }).after({ hours: 7 })),
    },
  });
  await runner.run({ id: "order-1", items: ["lamp", "bulb", "cord"] });
  return await runner.runToCompletion();
}

/** Waits for an answer, with two deadlines ahead. */
export async function pendingExecution(): Promise<DurableResult<unknown>> {
  const handler = withDurableExecution(async (_: unknown, context: DurableContext) => {
    await context.step("ask", async () => "asked");
    const callback = await context.createCallback("approval", {
      timeout: { days: 2 },
      heartbeatTimeout: { hours: 12 },
    });
    return await callback.result();
  });
  await using runner = new DurableTestRunner(handler);
  await runner.run({ question: "Shall we?" });
  return await runner.advance({ hours: 3 });
}

/** Fails in a line of this file. */
export async function failedExecution(): Promise<DurableResult<unknown>> {
  const handler = withDurableExecution(async (input: Order, context: DurableContext) => {
    await context.step("reserve", async () => input.id);
    await context.step(
      "charge",
      async () => {
        throw new GatewayDown("</script> the card is declined \u2028");
      },
      { retryStrategy: () => ({ shouldRetry: false }) },
    );
  });
  await using runner = new DurableTestRunner(handler);
  return await runner.run({ id: "order-2", items: [] });
}

/** Some 2 000 operations, in some 40 invocations. */
export async function longExecution(items = 1000): Promise<DurableResult<unknown>> {
  const handler = withDurableExecution(async (count: number, context: DurableContext) => {
    const numbers = Array.from({ length: count }, (_, index) => index);
    const loaded = await context.map(
      "items",
      numbers,
      (item, index) =>
        item.step("load", async () => {
          if (index % 10 === 0) recordEffect("load", String(index));
          return { index, text: `item number ${index}` };
        }),
      { maxConcurrency: 25 },
    );
    for (let round = 1; round <= 40; round += 1) {
      await context.step(`round-${round}`, async () => round);
      await context.wait({ minutes: round });
    }
    return loaded.succeeded().length;
  });
  await using runner = new DurableTestRunner(handler);
  await runner.run(items);
  return await runner.runToCompletion();
}

function after<Value>(ms: number, value: Value): Promise<Value> {
  return new Promise((resolve) => setTimeout(resolve, ms, value));
}
