import { CallbackClosedError, DurableTestRunner, respond } from "@durabletest/testing";
import { durableTest } from "@durabletest/vitest-plugin";
import { beforeEach, describe, vi } from "vitest";
import { createHandler } from "./handler.ts";
import {
  createMessageProcessor,
  PaymentError,
  type PaymentGateway,
  type PaymentMessage,
} from "./message-processor.ts";

const payment = { customerId: "customer-7", amount: 250 };

const gateway = {
  charge: vi.fn<PaymentGateway["charge"]>(async () => "transaction-1"),
};
/** Messages that wait for the processor. */
const queue: PaymentMessage[] = [];
const handler = createHandler({
  send: async (message) => {
    queue.push(message);
  },
});

beforeEach(() => {
  vi.clearAllMocks();
  queue.length = 0;
});

describe("both sides together", () => {
  const test = durableTest(handler);

  test("a payment goes through", async ({ runner, expect }) => {
    expect(await runner.run(payment)).toBeWaitingFor("payment_processing");
    const [message] = queue;

    // The runner has the service's own calls, so it is the client that the processor needs.
    const processMessage = createMessageProcessor(gateway, runner);
    await processMessage(message!);

    expect(runner).toHaveSucceededWith({
      status: "completed",
      transactionId: "transaction-1",
      amount: 250,
    });
    expect(gateway.charge).toHaveBeenCalledExactlyOnceWith("customer-7", 250);
  });

  test("a declined card is a result", async ({ runner, expect }) => {
    gateway.charge.mockRejectedValueOnce(new PaymentError("51", "Insufficient funds"));
    await runner.run(payment);

    await createMessageProcessor(gateway, runner)(queue[0]!);

    expect(runner).toHaveSucceededWith({
      status: "declined",
      reason: "51: Insufficient funds",
      amount: 250,
    });
  });

  test("a broken gateway is no answer: the message is processed again", async ({
    runner,
    expect,
  }) => {
    gateway.charge.mockRejectedValueOnce(new Error("ECONNRESET"));
    await runner.run(payment);
    const processMessage = createMessageProcessor(gateway, runner);

    await expect(processMessage(queue[0]!)).rejects.toThrow("ECONNRESET");
    expect(runner).toBeWaitingFor("payment_processing");

    await processMessage(queue[0]!);
    expect(runner).toHaveSucceeded();
  });

  test("a message that is delivered twice has no second effect", async ({ runner, expect }) => {
    await runner.run(payment);
    const processMessage = createMessageProcessor(gateway, runner);
    await processMessage(queue[0]!);
    const { history } = runner.result;

    await expect(processMessage(queue[0]!)).rejects.toThrow(CallbackClosedError);

    expect(runner.result.history).toEqual(history);
  });

  test("a processor that dies is noticed after 30 seconds", async ({ runner, expect }) => {
    await runner.run(payment);

    const result = await runner.runToCompletion();

    expect(result).toHaveTimedOut("payment_processing");
    expect(result).toHaveSucceededWith({ status: "abandoned", amount: 250 });
    expect(result.elapsedMs).toBe(30_000);
  });

  test("a late receipt is for the processor to deal with", async ({ runner, expect }) => {
    await runner.run(payment);
    await runner.runToCompletion();

    await expect(createMessageProcessor(gateway, runner)(queue[0]!)).rejects.toThrow(
      CallbackClosedError,
    );

    expect(runner).toHaveSucceededWith({ status: "abandoned", amount: 250 });
  });
});

describe("a processor that answers before the step that calls it has ended", () => {
  const test = durableTest(handler);

  test("is heard", async ({ expect }) => {
    // No queue between the two sides: sending a message processes it, inside the step. The answer is
    // there before the handler asks for it. (The handler needs the runner here, so this test makes both.)
    await using runner: DurableTestRunner = new DurableTestRunner(
      createHandler({
        send: (message) => createMessageProcessor(gateway, runner)(message),
      }),
    );

    const result = await runner.run(payment);

    expect(result).toHaveSucceededWith({
      status: "completed",
      transactionId: "transaction-1",
      amount: 250,
    });
    expect(result).toHaveInvocations(1);
  });
});

describe("a slow processor that sends heartbeats", () => {
  const receipt = { status: "completed", transactionId: "transaction-1" };
  const test = durableTest(handler, {
    callbacks: {
      payment_processing: respond
        .heartbeatEvery({ seconds: 20 })
        .times(3)
        .thenRespond(respond.success(receipt).after({ seconds: 10 })),
    },
  });

  test("has all the time it needs", async ({ runner, expect }) => {
    const result = await runner.run(payment);

    expect(result).toHaveSucceededWith({ ...receipt, amount: 250 });
    expect(result.elapsedMs).toBe(70_000);
  });
});

describe("a processor that sends heartbeats, and never answers", () => {
  const test = durableTest(handler, {
    callbacks: { payment_processing: respond.heartbeatEvery({ seconds: 20 }).times(100) },
  });

  test("leaves it unclear what has become of the payment", async ({ runner, expect }) => {
    const result = await runner.run(payment);

    expect(result).toHaveSucceededWith({ status: "unclear", amount: 250 });
    expect(result.elapsedMs).toBe(300_000);
  });
});
