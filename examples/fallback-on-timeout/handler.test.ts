import { CallbackExternalError } from "@durabletest/runtime";
import { CallbackClosedError, respond } from "@durabletest/testing";
import { durableTest } from "@durabletest/vitest-plugin";
import { beforeEach, describe, vi } from "vitest";
import { createHandler, type Services } from "./handler.ts";

const services = {
  primary: vi.fn<Services["primary"]>(),
  fallback: vi.fn<Services["fallback"]>(),
};
const handler = createHandler(services);
const question = { text: "hei" };

beforeEach(() => {
  vi.clearAllMocks();
});

describe("a primary service that answers in time", () => {
  const test = durableTest(handler, {
    callbacks: { primary_service: respond.success({ text: "hello" }).after({ seconds: 29 }) },
  });

  test("is all that is asked", async ({ runner, expect }) => {
    const result = await runner.run(question);

    expect(result).toHaveSucceededWith({ result: "hello", source: "primary" });
    expect(result.elapsedMs).toBe(29_000);
    expect(services.fallback).not.toHaveBeenCalled();
  });
});

describe("a primary service that is silent", () => {
  const test = durableTest(handler, {
    callbacks: {
      primary_service: respond.never(),
      fallback_service: respond.success({ text: "hi" }).after({ seconds: 40 }),
    },
  });

  test("is replaced after 30 seconds", async ({ runner, expect }) => {
    const result = await runner.run(question);

    expect(result).toHaveTimedOut("primary_service");
    expect(result).toHaveSucceededWith({ result: "hi", source: "fallback" });
    expect(result.elapsedMs).toBe(30_000 + 40_000);
  });

  test("leaves this history", async ({ runner, expect }) => {
    const result = await runner.run(question);

    expect(result).toMatchInlineSnapshot(`
      SUCCEEDED after 1m 10s, 3 invocations
      input: {"text": "hei"}

                  +0s  callback "primary_service" TIMED_OUT at +30s
                           timeout 30s
                           error: Callback.Timeout: Callback timed out
                  +0s  step "send_to_primary" SUCCEEDED
                 +30s  callback "fallback_service" SUCCEEDED at +1m 10s
                           timeout 2m 00s
                           +1m 10s success from script
                           result: {"text": "hi"}
                 +30s  step "send_to_fallback" SUCCEEDED

      result: {"result": "hi", "source": "fallback"}
    `);
  });
});

describe("step by step", () => {
  const test = durableTest(handler);

  test("what the primary service says while the fallback is asked is ignored", async ({
    runner,
    clock,
    expect,
  }) => {
    await runner.run(question);
    await clock.advance({ seconds: 30 });
    expect(runner).toBeWaitingFor("fallback_service");

    const late = runner.callback("primary_service").succeed({ text: "hello" });
    await expect(late).rejects.toThrow(CallbackClosedError);
    expect(runner).toBeWaitingFor("fallback_service");

    const result = await runner.callback("fallback_service").succeed({ text: "hi" });
    expect(result).toHaveSucceededWith({ result: "hi", source: "fallback" });
  });

  test("when both are silent, the text stays as it is", async ({ runner, expect }) => {
    await runner.run(question);

    const result = await runner.runToCompletion();

    expect(result).toHaveSucceededWith({ result: "hei", source: "none" });
    expect(result.elapsedMs).toBe(30_000 + 120_000);
  });

  test("a primary service that refuses is not replaced", async ({ runner, expect }) => {
    await runner.run(question);

    const result = await runner.callback("primary_service").fail({ ErrorType: "UnknownLanguage" });

    expect(result).toHaveFailedWith(CallbackExternalError);
    expect(services.fallback).not.toHaveBeenCalled();
  });
});
