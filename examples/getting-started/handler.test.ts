import { CallbackClosedError } from "@durabletest/testing";
import { durableTest } from "@durabletest/vitest-plugin";
import { beforeEach, vi } from "vitest";
import { createHandler, type Message } from "./handler.ts";

// The external system of these tests takes messages, and leaves the answers to the tests.
const sendToExternalSystem = vi.fn<(message: Message) => Promise<void>>();

// A test function for this handler: every test gets a `runner` of its own, with its own virtual clock.
const test = durableTest(createHandler(sendToExternalSystem));

beforeEach(() => {
  vi.clearAllMocks();
});

test("waits for the external system", async ({ runner, expect }) => {
  // run() returns when it is the outside world's turn. It never hangs.
  const waiting = await runner.run({ data: "order-123" });

  expect(waiting).toBePending();
  expect(waiting).toBeWaitingFor("example_callback");
  expect(waiting.elapsedMs).toBe(0);
});

test("goes on with the answer", async ({ runner, expect }) => {
  await runner.run({ data: "order-123" });

  const result = await runner.callback("example_callback").succeed({ verdict: "fine" });

  expect(result).toHaveSucceededWith({ status: "completed", result: { verdict: "fine" } });
});

test("sends the callback id once, though the handler is invoked twice", async ({
  runner,
  expect,
}) => {
  await runner.run({ data: "order-123" });
  const { callbackId } = runner.callback("example_callback");
  const result = await runner.sendCallbackSuccess(callbackId, { verdict: "fine" });

  expect(result).toHaveInvocations(2);
  expect(sendToExternalSystem).toHaveBeenCalledExactlyOnceWith({ callbackId, data: "order-123" });
});

test("fails when the external system reports a failure", async ({ runner, expect }) => {
  await runner.run({ data: "order-123" });

  const result = await runner
    .callback("example_callback")
    .fail({ ErrorType: "OutOfPaper", ErrorMessage: "Tray 2 is empty" });

  expect(result).toHaveFailedWith("Tray 2 is empty");
});

test("times out after a minute of silence", async ({ runner, expect }) => {
  await runner.run({ data: "order-123" });

  // The outside world stays silent, so that every deadline passes. No real time does.
  const result = await runner.runToCompletion();

  expect(result).toHaveTimedOut("example_callback");
  expect(result).toHaveSucceededWith({ status: "timed_out" });
  expect(result.elapsedMs).toBe(60_000);
});

test("a heartbeat buys another minute, the timeout stays where it was", async ({
  runner,
  clock,
  expect,
}) => {
  await runner.run({ data: "order-123" });
  await clock.advance({ seconds: 59 });
  await runner.callback("example_callback").heartbeat();
  await clock.advance({ seconds: 59 });
  await runner.callback("example_callback").heartbeat();
  expect(runner).toBeWaitingFor("example_callback");

  const result = await runner.runToCompletion();

  expect(result).toHaveTimedOut("example_callback");
  expect(result.elapsedMs).toBe(120_000);
});

test("tells the sender of a late answer that it is late", async ({ runner, expect }) => {
  await runner.run({ data: "order-123" });
  const { history } = await runner.runToCompletion();

  await expect(runner.callback("example_callback").succeed({ verdict: "fine" })).rejects.toThrow(
    CallbackClosedError,
  );

  expect(runner.result.history).toEqual(history);
});
