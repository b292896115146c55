import { withDurableExecution } from "@durabletest/runtime";
import { afterEach, describe, expect, test } from "vitest";
import { CallNotAwaitedError, DurableTestRunner } from "../src/index.ts";
import { isOfFixture, openCallOf, unawaitedCallsOf, watchCalls } from "../src/plugin/index.ts";
import { watchCallsWith } from "../src/plugin/setup.ts";
import { rejectionOf } from "./support/history.ts";

const approval = withDurableExecution(async (_: undefined, context) => {
  await context.waitForCallback("approval", () => {});
  return "approved";
});

let watch: ReturnType<typeof watchCalls> | undefined;
afterEach(() => {
  watch?.testEnds();
});
const watched = (): DurableTestRunner<undefined, string> => {
  watch = watchCalls();
  watch.testBegins(true);
  return new DurableTestRunner(approval);
};

describe("a call that nobody awaits", () => {
  test("is told at the end of the test, once, with its place", async () => {
    const runner = watched();
    void runner.run();
    const error = watch?.testEnds();
    expect(CallNotAwaitedError.is(error)).toBe(true);
    expect(error?.code).toBe("CALL_NOT_AWAITED");
    expect(error?.message).toMatch(
      /^runner\.run\(…\), called at .*calls\.test\.ts:\d+:\d+, was not awaited\.\nThe test went on, and ended, whatever became of it: await runner\.run\(…\)$/,
    );
    expect(error?.stack?.split("\n")[2]).toContain("calls.test.ts");
    expect(unawaitedCallsOf(runner)).toBeUndefined();
  });

  test("is told with the others, also when it is over", async () => {
    const runner = watched();
    await runner.run();
    void runner.callback("approval").fail(new Error("no"));
    await runner.settled();
    void runner.callback("approval").succeed();
    await new Promise((resolve) => {
      setTimeout(resolve, 1);
    });
    void runner.advance({ hours: 1 });
    expect(watch?.testEnds()?.message.split("\n")).toEqual([
      expect.stringMatching(
        /^runner\.callback\("approval"\)\.succeed\(…\), .*, was not awaited\. It failed: CallbackClosedError: /,
      ),
      expect.stringMatching(/^runner\.advance\(…\), .*, was not awaited\.$/),
      expect.stringContaining("await runner.callback("),
    ]);
  });

  test("is none when somebody has asked for its outcome, or for the end of everything", async () => {
    const runner = watched();
    const running = runner.run();
    expect(unawaitedCallsOf(new DurableTestRunner(approval))).toBeUndefined();
    await running;
    void runner.advance({ hours: 1 });
    await runner.settled();
    expect(await Promise.race([runner.advance({ hours: 1 }), new Promise(() => {})])).toMatchObject(
      { status: "PENDING" },
    );
    expect(watch?.testEnds()).toBeUndefined();
  });

  test("is none when code of the handler has made it", async () => {
    const runner: DurableTestRunner<undefined> = new DurableTestRunner(
      withDurableExecution(async (_: undefined, context) =>
        context.waitForCallback("answer", (id) => {
          void runner.sendCallbackSuccess(id, "yes");
        }),
      ),
    );
    isOfFixture(runner);
    watch = watchCalls();
    expect(await runner.run()).toMatchObject({ result: "yes" });
    expect(unawaitedCallsOf(runner)).toBeUndefined();
  });

  test("is none when it is an answer, and another call goes on by itself", async () => {
    const asked = Promise.withResolvers<string>();
    const runner: DurableTestRunner<undefined> = new DurableTestRunner(
      withDurableExecution(async (_: undefined, context) =>
        context.waitForCallback("answer", (id) => asked.resolve(id)),
      ),
    );
    watch = watchCalls();
    watch.testBegins(true);
    // Somebody outside, as a server of the test is.
    void asked.promise.then((id) => {
      void runner.sendCallbackSuccess(id, "yes");
    });
    expect(await runner.run()).toMatchObject({ result: "yes" });
    expect(watch.testEnds()).toBeUndefined();
  });

  test("is told when it is such an answer and fails", async () => {
    const runner = watched();
    void runner.run();
    void runner.callback("approval").succeed();
    await new Promise((resolve) => {
      setTimeout(resolve, 1);
    });
    expect(watch?.testEnds()?.message.split("\n")).toEqual([
      expect.stringMatching(/^runner\.run\(…\), /),
      expect.stringMatching(
        /^runner\.callback\("approval"\)\.succeed\(…\), .* It failed: CallbackNotFoundError: /,
      ),
      expect.any(String),
    ]);
  });

  test("is nobody's while several tests run at once, unless a fixture asks for it", async () => {
    watch = watchCalls();
    watch.testBegins(false);
    const [own, fixture] = [new DurableTestRunner(approval), new DurableTestRunner(approval)];
    isOfFixture(fixture);
    void own.run();
    void fixture.run();
    expect(watch.testEnds()).toBeUndefined();
    expect(unawaitedCallsOf(own)?.message).toContain("runner.run(…)");
    expect(unawaitedCallsOf(fixture)?.message).toContain("runner.run(…)");
  });

  test("is not told by a test that has begun while it is another one that runs", async () => {
    let isOfRunningTest = false;
    watch = watchCallsWith({ unawaitedCallsOf, isOfRunningTest: () => isOfRunningTest });
    watch.testBegins(true);
    const [other, own] = [new DurableTestRunner(approval), new DurableTestRunner(approval)];
    void other.run();
    expect(watch.testEnds()).toBeUndefined();
    watch.testBegins(true);
    isOfRunningTest = true;
    void own.run();
    expect(watch.testEnds()?.message).toContain("runner.run(…)");
  });
});

describe("a call that has not finished", () => {
  test("is named where it stands in the way", async () => {
    const runner = new DurableTestRunner(approval);
    const running = runner.run();
    const hint =
      /runner\.run\(…\), called at .*calls\.test\.ts:\d+:\d+, has not finished\. Was an await forgotten\? await runner\.run\(…\)/;
    expect(() => runner.callback("approval").callbackId).toThrow(hint);
    expect(() => runner.step("submit").status).toThrow(hint);
    expect(await rejectionOf(runner.callback("approval").succeed())).toMatchObject({
      code: "CALLBACK_NOT_FOUND",
      message: expect.stringMatching(hint) as unknown,
    });
    expect(await rejectionOf(runner.advance({ hours: 1 }))).toMatchObject({
      code: "RUNNER_BUSY",
      message: expect.stringMatching(hint) as unknown,
    });
    await running;
    expect(() => runner.callback("aproval").callbackId).toThrow(/Did you mean "approval"\?\n/);
  });

  test("is told with what it waits for", async () => {
    let answer = (): void => {};
    const slow = withDurableExecution(async (_: undefined, context) =>
      context.step(
        "charge",
        async () =>
          new Promise<void>((resolve) => {
            answer = resolve;
          }),
      ),
    );
    const runner = new DurableTestRunner(slow);
    expect(openCallOf(runner)).toBeUndefined();
    const running = runner.run();
    while (runner.result.operations.length === 0) {
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
    expect(openCallOf(runner)).toMatch(
      /^runner\.run\(…\), called at .*, has not finished\. Pending: step "charge", whose function has not settled \(attempt 1\)\.$/,
    );
    answer();
    await running;
    expect(openCallOf(runner)).toBeUndefined();
    expect(openCallOf({})).toBeUndefined();
  });
});
