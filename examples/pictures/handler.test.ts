import { recordEffect, respond, timelineSVG } from "@durabletest/testing";
import { durableTest } from "@durabletest/vitest-plugin";
import { createHandler } from "./handler.ts";

const handler = createHandler({
  reserve: async (orderId) => `reservation of ${orderId}`,
  ask: async () => {},
  charge: async (orderId, amount) => {
    recordEffect("card charged", orderId, { amount });
    return `receipt of ${orderId}`;
  },
  ship: async () => {},
});

// The shop is down at first; whoever approves is slow, and says so; the sandbox dies after the card was charged.
const test = durableTest(handler, {
  steps: {
    reserve: [respond.failure(new Error("503")).after({ seconds: 40 }), respond.run()],
    charge: [respond.crash("after"), respond.run().after({ minutes: 10 })],
    ship: respond.run().after({ minutes: 8 }),
  },
  callbacks: {
    approval: respond
      .heartbeatEvery({ hours: 9 })
      .times(2)
      .thenRespond(respond.success({ approved: true }).after({ hours: 5 })),
  },
});

test("a picture is kept like any other file, and read in a review", async ({ runner, expect }) => {
  const result = await runner.run({ id: "order-1", amount: 250 });

  expect(result).toHaveSucceededWith("shipped");
  await expect(timelineSVG(result, { width: 860 })).toMatchFileSnapshot("../../docs/order.svg");
});
