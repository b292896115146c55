import { CallbackExternalError, CallbackTimeoutError } from "@durabletest/runtime";
import { CallbackClosedError } from "@durabletest/testing";
import { durableTest } from "@durabletest/vitest-plugin";
import { beforeEach, vi } from "vitest";
import { type Bank, createHandler } from "./handler.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

const bank = {
  initiatePayment: vi.fn<Bank["initiatePayment"]>(),
  askForPatience: vi.fn<Bank["askForPatience"]>(),
};
const test = durableTest(createHandler(bank));
const payment = { customerId: "customer-7", amount: 250 };

beforeEach(() => {
  vi.clearAllMocks();
});

test("a payment within five minutes is paid", async ({ runner, clock, expect }) => {
  await runner.run(payment);
  await clock.advance({ minutes: 4 });

  const result = await runner.callback("payment_callback").succeed({ transactionId: "t-1" });

  expect(result).toHaveSucceededWith({ status: "paid", transactionId: "t-1" });
  expect(result.elapsedMs).toBe(4 * MINUTE_MS);
  expect(bank.askForPatience).not.toHaveBeenCalled();
});

test("after five minutes the callback is open, and waited for again", async ({
  runner,
  clock,
  expect,
}) => {
  await runner.run(payment);
  await clock.advance({ minutes: 5 });

  expect(runner).toBeWaitingFor("payment_callback");
  expect(bank.askForPatience).toHaveBeenCalledExactlyOnceWith("customer-7");

  await clock.advance({ days: 1 });
  const result = await runner.callback("payment_callback").succeed({ transactionId: "t-1" });
  expect(result).toHaveSucceededWith({ status: "paid late", transactionId: "t-1" });
  expect(result.elapsedMs).toBe(5 * MINUTE_MS + DAY_MS);
});

test("a failure during the second wait fails the execution", async ({ runner, clock, expect }) => {
  await runner.run(payment);
  await clock.advance({ minutes: 5 });

  const result = await runner.callback("payment_callback").fail({ ErrorType: "PaymentDeclined" });

  expect(result).toHaveFailedWith(CallbackExternalError);
});

test("silence fails the execution, for a wait throws when its time is up", async ({
  runner,
  expect,
}) => {
  await runner.run(payment);

  const result = await runner.runToCompletion();

  expect(result).toHaveFailedWith(CallbackTimeoutError);
  expect(result.elapsedMs).toBe(5 * MINUTE_MS + 2 * DAY_MS);
  // It was the waits that ended. The callback has no timeout, and was closed with the execution.
  expect(result).toHaveCallback("payment_callback", { status: "STARTED" });
  await expect(
    runner.callback("payment_callback").succeed({ transactionId: "t-1" }),
  ).rejects.toThrow(CallbackClosedError);
});
