import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { CallbackClosedError, DurableTestRunner, respond } from "@durabletest/testing";
import { durableTest } from "@durabletest/vitest-plugin";
import { mockClient } from "aws-sdk-client-mock";
import * as fc from "fast-check";
import { delay, http, HttpResponse } from "msw";
import { afterAll, beforeAll, beforeEach, describe, vi } from "vitest";
import { countChargebacks, countRecentOrders } from "./customers.ts";
import { ledger, requests, resetServices, server } from "./fake-services.ts";
import { handler } from "./handler.ts";
import { handler as handlerOfAws } from "./handler-aws.ts";
import type { Delivery, Order, Outcome, Review } from "./order.ts";

vi.mock("./customers.ts");

const sqs = mockClient(SQSClient);

beforeAll(() => server.listen({ onUnhandledRequest: "error" }));
afterAll(() => server.close());

beforeEach(() => {
  resetServices();
  sqs.reset();
  sqs.on(SendMessageCommand).resolves({ MessageId: "message-1" });
  vi.mocked(countChargebacks).mockResolvedValue(0);
  vi.mocked(countRecentOrders).mockResolvedValue(1);
});

const order: Order = {
  id: "order-1",
  customerId: "customer-7",
  items: [
    { sku: "lamp", quantity: 1 },
    { sku: "bulb", quantity: 4 },
    { sku: "cord", quantity: 1 },
  ],
  total: 12_900,
};
const delivered = {
  status: "delivered",
  parcel: { trackingId: "parcel-of-order-1" },
  signedBy: "Ada",
};

interface Fulfilment {
  readonly input: Order;
  readonly output: Outcome;
  readonly callbacks: { readonly review: Review; readonly delivery: Delivery };
  readonly steps: {
    readonly score: number;
    readonly chargebacks: number;
    readonly "recent-orders": number;
    readonly "reserve-item": { readonly id: string };
    readonly charge: { readonly id: string };
    readonly release: undefined;
    readonly refund: undefined;
    readonly "hand-over": undefined;
  };
}

/** The carrier's team has deployed this one. */
const functions = {
  "book-carrier": ({ orderId }: { orderId: string }) => ({ trackingId: `parcel-of-${orderId}` }),
};

/** What was put on a queue, and for whom. */
const messages = () =>
  sqs.commandCalls(SendMessageCommand).map(({ args: [{ input }] }) => ({
    queue: input.QueueUrl?.split("/").at(-1),
    ...JSON.parse(input.MessageBody ?? "{}"),
  }));

describe.each([
  { runtime: "@durabletest/runtime", handler },
  { runtime: "@aws/durable-execution-sdk-js", handler: handlerOfAws },
])("an order, with $runtime", ({ handler }) => {
  const test = durableTest.typed<Fulfilment>(handler, { functions });

  describe("that nothing speaks against", () => {
    test("is delivered", async ({ runner, expect }) => {
      expect(await runner.run(order)).toBeWaitingFor("delivery");

      const result = await runner.callback("delivery").succeed({ signedBy: "Ada" });

      expect(result).toHaveSucceededWith(delivered);
      expect(result).toHaveLogged("info", "The risk is assessed.");
      expect(ledger.charges.get("order-1")).toBe("charged");
      expect([...ledger.reservations.values()]).toEqual(["reserved", "reserved", "reserved"]);
      expect(result).toMatchSnapshot();
    });
  });
});
