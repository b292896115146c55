import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { CallbackClosedError, DurableTestRunner, respond } from "@durabletest/testing";
import { durableTest } from "@durabletest/vitest-plugin";
import { mockClient } from "aws-sdk-client-mock";
import * as fc from "fast-check";
import { delay, http, HttpResponse } from "msw";
import { afterAll, beforeAll, beforeEach, describe, vi } from "vitest";
import * as z from "zod";
import { countChargebacks, countRecentOrders } from "./customers.ts";
import {
  cardDeclined,
  idempotencyKeyOf,
  ledger,
  outOfStock,
  outstanding,
  requests,
  resetServices,
  server,
} from "./fake-services.ts";
import { handler as ours } from "./handler.ts";
import { handler as theirs } from "./handler-aws.ts";
import type { Booking, Parcel } from "./carrier.ts";
import type { Delivery, Order, Outcome, Review } from "./order.ts";
import type { Receipt } from "./services.ts";

vi.mock("./customers.ts");

const sqs = mockClient(SQSClient);

beforeAll(() => server.listen({ onUnhandledFrame: "error" }));
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
  readonly steps: { readonly charge: Receipt };
}

/** What the carrier's team has deployed. */
const bookCarrier = vi.fn<(booking: Booking) => Parcel>(({ orderId }) => ({
  trackingId: `parcel-of-${orderId}`,
}));
const functions = { "book-carrier": bookCarrier };

/** Takes its time: the execution's, since it is asked by a step. */
const after = ({ seconds, value }: { seconds: number; value: number }) =>
  new Promise<number>((resolve) => setTimeout(resolve, seconds * 1_000, value));

/** What was put on a queue for somebody to answer. */
const messages = () =>
  sqs
    .commandCalls(SendMessageCommand)
    .map(({ args: [{ input }] }) => messageSchema.parse(JSON.parse(input.MessageBody ?? "null")));
const messageSchema = z.object({ callbackId: z.string(), orderId: z.string() });

describe.each([
  { runtime: "@durabletest/runtime", handler: ours },
  { runtime: "@aws/durable-execution-sdk-js", handler: theirs },
])("an order, with $runtime", ({ handler }) => {
  const test = durableTest.typed<Fulfilment>(handler, { functions });

  test("is delivered when nothing speaks against it", async ({ runner, expect }) => {
    expect(await runner.run(order)).toBeWaitingFor("delivery");

    const result = await runner.callback("delivery").succeed({ signedBy: "Ada" });

    expect(result).toHaveSucceededWith(delivered);
    expect(result).toHaveLogged("info", "The risk is assessed.");
    expect(ledger).toEqual({
      charges: new Map([["order-1", "charged"]]),
      reservations: new Map([
        ["order-1-lamp", "reserved"],
        ["order-1-bulb", "reserved"],
        ["order-1-cord", "reserved"],
      ]),
    });
    expect(result).toMatchSnapshot();
  });

  test("waits for the slowest of the fraud checks, not for one after the other", async ({
    runner,
    expect,
  }) => {
    vi.mocked(countChargebacks).mockImplementation(() => after({ seconds: 50, value: 0 }));
    vi.mocked(countRecentOrders).mockImplementation(() => after({ seconds: 40, value: 1 }));

    const result = await runner.run(order);

    expect(result).toBeWaitingFor("delivery");
    expect(Math.round(result.elapsedMs / 1_000)).toBe(50);
  });

  describe("of a customer whose payments came back", () => {
    beforeEach(() => {
      vi.mocked(countChargebacks).mockResolvedValue(2);
    });

    test("is refused before anybody is asked for anything", async ({ runner, expect }) => {
      const result = await runner.run(order);

      expect(result).toHaveSucceededWith({ status: "refused", reason: "it looks like fraud" });
      expect(requests).toEqual(["/scores"]);
      expect(result).not.toHaveRun("charge");
    });
  });

  describe("of a customer who orders a lot", () => {
    beforeEach(() => {
      vi.mocked(countRecentOrders).mockResolvedValue(6);
    });

    test("goes on when somebody has looked at it", async ({ runner, expect }) => {
      expect(await runner.run(order)).toBeWaitingFor("review");

      // As the back office does it: by the id in the message.
      for (const { callbackId } of messages()) {
        await runner.sendCallbackSuccess(callbackId, { approved: true, by: "Kim" });
      }

      expect(runner).toBeWaitingFor("delivery");
    });

    test("is refused when somebody is against it", async ({ runner, expect }) => {
      await runner.run(order);

      const result = await runner.callback("review").succeed({ approved: false, by: "Kim" });

      expect(result).toHaveSucceededWith({ status: "refused", reason: "Kim is against it" });
    });

    test("is refused when nobody has looked at it within a day", async ({
      runner,
      clock,
      expect,
    }) => {
      await runner.run(order);
      await clock.advance({ hours: 24 });

      expect(runner).toHaveTimedOut("review");
      expect(runner).toHaveSucceededWith({ status: "refused", reason: "nobody has looked at it" });
      const late = runner.callback("review").succeed({ approved: true, by: "Kim" });
      await expect(late).rejects.toThrow(CallbackClosedError);
    });

    test("asks for the review again when the queue does not take it", async ({
      runner,
      expect,
    }) => {
      sqs.on(SendMessageCommand).rejectsOnce("the queue is full").resolves({});

      const result = await runner.run(order);

      expect(result).toBeWaitingFor("review");
      expect(messages()).toHaveLength(2);
      expect(Math.round(result.elapsedMs / 1_000)).toBe(2);
    });
  });

  test("asks the warehouse again for the item it had no answer on", async ({ runner, expect }) => {
    let answers = 0;
    server.use(
      http.post("https://warehouse.example/reservations", ({ request }) =>
        idempotencyKeyOf(request) === "order-1/bulb" && ++answers <= 2
          ? new HttpResponse("maintenance", { status: 503 })
          : undefined,
      ),
    );

    const result = await runner.run(order);

    expect(result).toBeWaitingFor("delivery");
    expect(result.operation("reserve/bulb/reserve-item")).toMatchObject({ attempt: 3 });
    expect(result.operation("reserve/lamp/reserve-item")).toMatchObject({ attempt: 1 });
    expect(ledger.reservations.size).toBe(3);
    expect(result.logs).toHaveLength(1);
  });

  test("releases what is reserved when an item is out of stock", async ({ runner, expect }) => {
    server.use(outOfStock("bulb"));

    const result = await runner.run(order);

    expect(result).toHaveSucceededWith({
      status: "cancelled",
      reason: "warehouse.example: out of stock",
    });
    expect(result).toHaveLogged("warn", "The order is cancelled.");
    expect([...ledger.reservations]).toEqual([
      ["order-1-lamp", "released"],
      ["order-1-cord", "released"],
    ]);
    expect(ledger.charges.size).toBe(0);
  });

  test("does not ask twice for a card that is declined", async ({ runner, expect }) => {
    server.use(cardDeclined());

    const result = await runner.run(order);

    expect(result).toHaveSucceededWith({
      status: "cancelled",
      reason: "payments.example: insufficient funds",
    });
    expect(result).toHaveRun("charge", 1);
    expect(result).toHaveRun("release", 3);
  });

  test("charges once, though the first answer took too long", async ({ runner, expect }) => {
    server.use(
      http.post(
        "https://payments.example/charges",
        async () => {
          await delay(60_000);
          return HttpResponse.json({ id: "too late" });
        },
        { once: true },
      ),
    );

    const result = await runner.run(order);

    expect(result).toBeWaitingFor("delivery");
    expect(runner.step("charge").attempt).toBe(2);
    expect(runner.step("charge").result).toEqual({ id: "order-1" });
    expect([...ledger.charges]).toEqual([["order-1", "charged"]]);
    expect(Math.round(result.elapsedMs / 1_000)).toBe(12);
  });

  test("tells the courier again when the sandbox died before that was recorded", async ({
    runner,
    expect,
  }) => {
    sqs.on(SendMessageCommand).callsFakeOnce(() => process.exit(1));

    const result = await runner.run(order);

    expect(result).toBeWaitingFor("delivery");
    const told = messages().map(({ callbackId }) => callbackId);
    expect(told).toEqual([
      runner.callback("delivery").callbackId,
      runner.callback("delivery").callbackId,
    ]);
    expect([...ledger.charges]).toEqual([["order-1", "charged"]]);
  });

  test("is undone, last things first, when the carrier does not take it", async ({
    runner,
    expect,
  }) => {
    bookCarrier.mockImplementationOnce(() => {
      throw new Error("no driver");
    });

    const result = await runner.run(order);

    expect(result).toHaveSucceededWith({
      status: "cancelled",
      reason: "no driver",
    });
    expect(requests.slice(-4)).toEqual([
      "/charges/order-1/refund",
      "/reservations/order-1-cord/release",
      "/reservations/order-1-bulb/release",
      "/reservations/order-1-lamp/release",
    ]);
    expect(result).toMatchSnapshot();
  });

  test("takes ten days, as long as the courier is heard of", async ({ runner, expect }) => {
    const result = await runner.run(order, {
      callbacks: {
        delivery: respond
          .heartbeatEvery({ hours: 12 })
          .times(20)
          .thenRespond(respond.success({ signedBy: "Ada" })),
      },
    });

    expect(result).toHaveSucceededWith(delivered);
    expect(Math.round(result.elapsedMs / 3_600_000)).toBe(240);
  });

  test("is paid back when the courier is not heard of for a day", async ({
    runner,
    clock,
    expect,
  }) => {
    await runner.run(order);
    await clock.advance({ hours: 20 });
    await runner.callback("delivery").heartbeat();
    await clock.advance({ hours: 20 });
    expect(runner).toBeWaitingFor("delivery");

    const result = await runner.runToCompletion();

    expect(result).toHaveTimedOut("delivery");
    expect(result).toHaveSucceededWith({ status: "cancelled", reason: "the parcel is lost" });
    expect(Math.round(result.elapsedMs / 3_600_000)).toBe(44);
    expect(ledger.charges.get("order-1")).toBe("refunded");
  });

  test("costs nothing unless it is delivered, whatever goes wrong", async ({ expect }) => {
    const troubles = fc.record({
      /** Which requests fail, at most three: no step is out of attempts. */
      hiccups: fc.uniqueArray(fc.nat(15), { maxLength: 3 }),
      outOfStock: fc.constantFrom("lamp", "bulb", "cord", undefined),
      declined: fc.boolean(),
      noDriver: fc.boolean(),
      lost: fc.boolean(),
    });

    const property = fc.asyncProperty(troubles, async (trouble) => {
      resetServices();
      server.use(
        http.all("*", () =>
          trouble.hiccups.includes(requests.length - 1) ? HttpResponse.error() : undefined,
        ),
        ...(trouble.outOfStock === undefined ? [] : [outOfStock(trouble.outOfStock)]),
        ...(trouble.declined ? [cardDeclined()] : []),
      );
      await using runner = DurableTestRunner.typed<Fulfilment>(handler, {
        functions: {
          "book-carrier": (booking: Booking) => {
            if (trouble.noDriver) throw new Error("no driver");
            return bookCarrier(booking);
          },
        },
        callbacks: {
          delivery: trouble.lost
            ? respond.never()
            : respond.success({ signedBy: "Ada" }).after({ hours: 20 }),
        },
      });

      const { result } = await runner.run(order);

      const arrives =
        trouble.outOfStock === undefined && !trouble.declined && !trouble.noDriver && !trouble.lost;
      expect(result?.status).toBe(arrives ? "delivered" : "cancelled");
      expect(outstanding()).toHaveLength(arrives ? 4 : 0);
    });
    await fc.assert(property, { numRuns: 25 });
  });
});
