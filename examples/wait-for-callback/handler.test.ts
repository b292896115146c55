import { CallbackSubmitterError } from "@durabletest/runtime";
import { CallbackClosedError, DurableTestRunner, respond } from "@durabletest/testing";
import { durableTest } from "@durabletest/vitest-plugin";
import { beforeEach, describe, vi } from "vitest";
import { createHandler, type RequestSignature } from "./handler.ts";

const DAY_MS = 86_400_000;

const requestSignature = vi.fn<RequestSignature>();
const handler = createHandler(requestSignature);
const contract = { contractId: "contract-9", signer: "Grace" };

beforeEach(() => {
  vi.clearAllMocks();
});

describe("a contract", () => {
  const test = durableTest(handler);

  test("waits for its signature", async ({ runner, expect }) => {
    const waiting = await runner.run(contract);

    // The callback inside waitForCallback has no name of its own: it answers to that of the wait.
    expect(waiting).toBeWaitingFor("contract_signature");
    const { callbackId } = runner.callback("contract_signature");
    expect(requestSignature).toHaveBeenCalledExactlyOnceWith(callbackId, contract);
  });

  test("is signed", async ({ runner, clock, expect }) => {
    await runner.run(contract);
    await clock.advance({ days: 2 });

    const result = await runner.callback("contract_signature").succeed({ signedBy: "Grace" });

    expect(result).toHaveSucceededWith({ status: "signed", signedBy: "Grace" });
    expect(result.elapsedMs).toBe(2 * DAY_MS);
  });

  test("fails when the signer declines", async ({ runner, expect }) => {
    await runner.run(contract);

    const result = await runner
      .callback("contract_signature")
      .fail({ ErrorType: "Declined", ErrorMessage: "Not on these terms" });

    expect(result).toHaveFailedWith("Not on these terms");
  });

  test("stays unsigned after three days without a sign of life", async ({ runner, expect }) => {
    await runner.run(contract);

    const result = await runner.runToCompletion();

    expect(result).toHaveSucceededWith({ status: "unsigned", reason: "heartbeat" });
    expect(result.elapsedMs).toBe(3 * DAY_MS);
  });

  test("cannot be signed afterwards", async ({ runner, expect }) => {
    await runner.run(contract);
    const { history } = await runner.runToCompletion();

    await expect(
      runner.callback("contract_signature").succeed({ signedBy: "Grace" }),
    ).rejects.toThrow(CallbackClosedError);

    expect(runner.result.history).toEqual(history);
  });
});

describe("the submitter", () => {
  const test = durableTest(handler);

  test("is tried again until it has handed out the id", async ({ runner, expect }) => {
    requestSignature.mockRejectedValueOnce(new Error("mail server down"));
    requestSignature.mockRejectedValueOnce(new Error("mail server down"));

    const waiting = await runner.run(contract);

    expect(waiting).toBeWaitingFor("contract_signature");
    expect(requestSignature).toHaveBeenCalledTimes(3);
    // A minute lies between two attempts. Retries need no word from the test.
    expect(waiting.elapsedMs).toBe(120_000);
  });

  test("fails the wait when its retries are spent", async ({ runner, expect }) => {
    requestSignature.mockRejectedValueOnce(new Error("mail server down"));
    requestSignature.mockRejectedValueOnce(new Error("mail server down"));
    requestSignature.mockRejectedValueOnce(new Error("mail server gone"));

    const result = await runner.run(contract);

    expect(result).toHaveFailedWith(CallbackSubmitterError);
    expect(result).toHaveFailedWith("mail server gone");
  });

  test("may be overtaken by the answer", async ({ expect }) => {
    // The signer is quicker than the mail server's receipt: the answer is there while the submitter is
    // still running.
    await using runner: DurableTestRunner = new DurableTestRunner(
      createHandler(async (callbackId) => {
        await runner.sendCallbackSuccess(callbackId, { signedBy: "Grace" });
      }),
    );

    const result = await runner.run(contract);

    expect(result).toHaveSucceededWith({ status: "signed", signedBy: "Grace" });
    expect(result.elapsedMs).toBe(0);
  });
});

describe("a signer who reads on, and does not sign", () => {
  const test = durableTest(handler, {
    callbacks: { contract_signature: respond.heartbeatEvery({ days: 2 }).times(10) },
  });

  test("has seven days", async ({ runner, expect }) => {
    const result = await runner.run(contract);

    expect(result).toHaveSucceededWith({ status: "unsigned", reason: "timeout" });
    expect(result.elapsedMs).toBe(7 * DAY_MS);
  });
});
