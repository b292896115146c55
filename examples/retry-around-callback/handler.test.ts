import { CallbackTimeoutError, StepError } from "@durabletest/runtime";
import { CallbackClosedError, respond } from "@durabletest/testing";
import { durableTest } from "@durabletest/vitest-plugin";
import { beforeEach, describe, vi } from "vitest";
import { createHandler, type Query } from "./handler.ts";

const sendRequest = vi.fn<(callbackId: string, query: Query) => Promise<void>>();
const handler = createHandler(sendRequest);
const query = { city: "Oslo" };

beforeEach(() => {
  vi.clearAllMocks();
});

// The three waits: 0:00 to 2:00, after 5 s 2:05 to 4:05, after 10 s 4:15 to 6:15.
describe("three waits of two minutes", () => {
  const test = durableTest(handler);

  test("the answer comes during the first", async ({ runner, clock, expect }) => {
    await runner.run(query);
    await clock.advance({ minutes: 1 });

    const result = await runner.callback("external_api").succeed({ celsius: -4 });

    expect(result).toHaveSucceededWith({ celsius: -4 });
    expect(result).toHaveOperation("wait_for_external_system", { attempt: 1 });
  });

  test("the answer comes during the third: the callback has stayed open", async ({
    runner,
    clock,
    expect,
  }) => {
    await runner.run(query);
    await clock.advance({ minutes: 5 });
    expect(runner).toHaveOperation("wait_for_external_system", { attempt: 3 });

    const result = await runner.callback("external_api").succeed({ celsius: -4 });

    expect(result).toHaveSucceededWith({ celsius: -4 });
    expect(result.elapsedMs).toBe(300_000);
    expect(sendRequest).toHaveBeenCalledOnce();
  });

  test("the answer comes between two: the next one finds it", async ({ runner, clock, expect }) => {
    await runner.run(query);
    await clock.advance({ minutes: 2, seconds: 1 });

    const result = await runner.callback("external_api").succeed({ celsius: -4 });

    expect(result).toHaveSucceededWith({ celsius: -4 });
    expect(result.elapsedMs).toBe(125_000);
  });

  test("a failure is not retried", async ({ runner, clock, expect }) => {
    await runner.run(query);
    await clock.advance({ minutes: 1 });

    const result = await runner.callback("external_api").fail({ ErrorType: "NoSuchCity" });

    expect(result).toHaveFailedWith("NoSuchCity");
    expect(result).toHaveOperation("wait_for_external_system", { attempt: 1 });
    expect(result.elapsedMs).toBe(60_000);
  });

  test("silence fails the execution after the third", async ({ runner, expect }) => {
    await runner.run(query);

    const result = await runner.runToCompletion();

    // The execution failed with a StepError, and that was caused by the last wait.
    expect(result).toHaveFailedWith(StepError);
    expect(result).toHaveFailedWith(CallbackTimeoutError);
    expect(result).toHaveOperation("wait_for_external_system", { attempt: 3 });
    expect(result.elapsedMs).toBe(375_000);

    // The callback itself has no timeout. What closes it is that nobody waits any more.
    await expect(runner.callback("external_api").succeed({ celsius: -4 })).rejects.toThrow(
      CallbackClosedError,
    );
  });
});

describe("an API that takes three minutes", () => {
  const test = durableTest(handler, {
    callbacks: { external_api: respond.success({ celsius: -4 }).after({ minutes: 3 }) },
  });

  test("is heard by the second wait", async ({ runner, expect }) => {
    const result = await runner.run(query);

    expect(result).toHaveSucceededWith({ celsius: -4 });
    expect(result).toHaveOperation("wait_for_external_system", { attempt: 2 });
    expect(result.elapsedMs).toBe(180_000);
  });

  test("leaves this history", async ({ runner, expect }) => {
    const result = await runner.run(query);

    expect(result).toMatchInlineSnapshot(`
      SUCCEEDED after 3m 00s, 4 invocations
      input: {"city": "Oslo"}

                  +0s  callback "external_api" SUCCEEDED at +3m 00s
                           +3m 00s success from script
                           result: {"celsius": -4}
                  +0s  step "send_request" SUCCEEDED
                  +0s  step "wait_for_external_system" SUCCEEDED at +3m 00s, attempt 2
                           attempt 1 at +2m 00s, next after 5s: CallbackTimeoutError: No answer for callback "external_api" within the timeout of this wait. The callback is still open: wait again, or give up on it.
                           result: {"celsius": -4}
                  +0s  callbackWait FAILED at +2m 00s
                           error: CallbackTimeoutError: No answer for callback "external_api" within the timeout of this wait. The callback is still open: wait again, or give up on it.
                  +0s    callbackWaitTimeout 2m 00s SUCCEEDED at +2m 00s
              +2m 05s  callbackWait SUCCEEDED at +3m 00s
              +2m 05s    callbackWaitTimeout 2m 00s STARTED, ends at +4m 05s

      result: {"celsius": -4}
    `);
  });
});
