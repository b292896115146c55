import { type DurableContext, withDurableExecution } from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import {
  type CallbackOperation,
  DurableTestRunner,
  respond,
  UnusedScriptsError,
} from "../src/index.ts";
import { eventLines, operationsOf, rejectionOf } from "./support/history.ts";

const settling = (config?: Parameters<DurableContext["createCallback"]>[0]) =>
  withDurableExecution(async (_: unknown, context) => {
    const callback = await context.createCallback<unknown>("approval", config as never);
    return callback.settled();
  });

/** Waits for a number of callbacks of the same name, one after the other. */
const asking = (times: number, name = "approval") =>
  withDurableExecution(async (_: unknown, context) => {
    const answers: unknown[] = [];
    for (let index = 0; index < times; index += 1) {
      const callback = await context.createCallback<unknown>(name, { timeout: { hours: 1 } });
      answers.push((await callback.result()) ?? "timeout");
    }
    return answers;
  });

describe("a script", () => {
  test("completes its callback by itself", async () => {
    const runner = new DurableTestRunner(settling(), {
      callbacks: { approval: respond.success({ ok: true }) },
    });
    const result = await runner.run();
    expect(result).toMatchObject({
      status: "SUCCEEDED",
      result: { status: "SUCCEEDED", value: { ok: true } },
      elapsedMs: 0,
    });
    expect(result.invocations).toHaveLength(2);
  });

  test("fails its callback by itself", async () => {
    const runner = new DurableTestRunner(asking(1), {
      callbacks: { approval: respond.failure({ ErrorType: "Declined" }).after({ minutes: 1 }) },
    });
    const result = await runner.run();
    expect(result).toMatchObject({ status: "FAILED", elapsedMs: 60_000 });
    expect(result.error?.ErrorMessage).toContain("Declined");
  });

  test("answers after a delay from the start of the callback", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      await context.wait("before", { minutes: 10 });
      const callback = await context.createCallback<string>("approval");
      await context.wait("between", { minutes: 1 });
      return callback.result();
    });
    const runner = new DurableTestRunner(handler, {
      callbacks: { approval: respond.success("hello").after({ minutes: 3, milliseconds: 1 }) },
    });
    const result = await runner.run();
    expect(result).toMatchObject({ result: "hello", elapsedMs: 780_001 });
  });

  test("that never answers lets every deadline pass", async () => {
    const runner = new DurableTestRunner(settling({ timeout: { days: 2 } }), {
      callbacks: { approval: respond.never() },
    });
    const result = await runner.run();
    expect(result).toMatchObject({
      result: { status: "TIMED_OUT", reason: "timeout" },
      elapsedMs: 2 * 86_400_000,
    });
  });

  test("that never answers a callback without deadline leaves the execution pending", async () => {
    const runner = new DurableTestRunner(settling(), { callbacks: { approval: respond.never() } });
    expect((await runner.run()).status).toBe("PENDING");
    expect(await rejectionOf(runner.runToCompletion())).toMatchObject({
      code: "EXECUTION_STALLED",
    });
  });

  test("lets the own timeout of a by-id wait pass", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback<string>("approval");
      const early = await context
        .waitForCallback(callback, { timeout: { minutes: 1 } })
        .catch((error: Error) => error.name);
      return [early, await callback.result()];
    });
    const runner = new DurableTestRunner(handler, {
      callbacks: { approval: respond.success("later").after({ hours: 1 }) },
    });
    const result = await runner.run();
    expect(result.result).toEqual(["CallbackTimeoutError", "later"]);
  });

  test("lets the execution's timeout pass", async () => {
    const runner = new DurableTestRunner(settling(), {
      callbacks: { approval: respond.success("late").after({ hours: 2 }) },
    });
    const result = await runner.run(undefined, { timeout: { hours: 1 } });
    expect(result).toMatchObject({ status: "TIMED_OUT", elapsedMs: 3_600_000 });
  });

  test("answers every callback of its name", async () => {
    const runner = new DurableTestRunner(asking(3), {
      callbacks: { approval: respond.success("same").after({ minutes: 1 }) },
    });
    const result = await runner.run();
    expect(result).toMatchObject({ result: ["same", "same", "same"], elapsedMs: 180_000 });
  });

  test("answers an unnamed callback by the name of what is around it", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => [
      await context.waitForCallback<string>("payment", () => {}),
      await context.runInChildContext("order", (child) =>
        child.runInChildContext((inner) => inner.waitForCallback<string>(() => {})),
      ),
    ]);
    const runner = new DurableTestRunner(handler, {
      callbacks: { payment: respond.success("paid"), order: respond.success("ordered") },
    });
    const result = await runner.run();
    expect(result.result).toEqual(["paid", "ordered"]);
    expect(result.unusedScripts).toEqual([]);
  });

  test("gives way to a test that answers first; its own answer is then ignored, and recorded", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback<string>("approval");
      await context.step("answer", async () => {
        await runner.callback("approval").succeed("first");
      });
      await context.wait({ hours: 2 });
      return callback.result();
    });
    const runner: DurableTestRunner<unknown, string | undefined> = new DurableTestRunner(handler, {
      callbacks: { approval: respond.success("second").after({ hours: 1 }) },
    });
    const result = await runner.run();
    expect(result.result).toBe("first");
    expect(result.world.map(({ by, ignored }) => [by, ignored])).toEqual([
      ["test", false],
      ["script", true],
    ]);
  });

  test("that answers too late is ignored, as the service would, and recorded", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback<string>("approval", {
        timeout: { minutes: 1 },
      });
      const outcome = await callback.settled();
      await context.wait("long after", { hours: 1 });
      return [outcome, await callback.settled()];
    });
    const runner = new DurableTestRunner(handler, {
      callbacks: { approval: respond.success("too late").after({ minutes: 5 }) },
    });
    const result = await runner.run();
    expect(result.result).toEqual([
      { status: "TIMED_OUT", reason: "timeout" },
      { status: "TIMED_OUT", reason: "timeout" },
    ]);
    expect(result.world).toEqual([
      {
        at: new Date("2025-01-01T00:05:00.000Z"),
        kind: "success",
        callbackId: operationsOf(result, "CALLBACK")[0]?.callbackId,
        callbackName: "approval",
        by: "script",
        ignored: true,
      },
    ]);
    expect(eventLines(result)).not.toContain("CallbackSucceeded approval");
  });

  test("that would answer after the end of the execution does nothing by itself", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      await context.createCallback("approval");
      return "done";
    });
    const runner = new DurableTestRunner(handler, {
      callbacks: { approval: respond.success().after({ hours: 1 }) },
    });
    const result = await runner.run();
    expect(result).toMatchObject({ result: "done", elapsedMs: 0, world: [] });
    const later = await runner.advance({ hours: 2 });
    expect(later.world).toMatchObject([{ kind: "success", ignored: true }]);
    expect(later.history).toEqual(result.history);
  });

  test("that answers at the instant of the deadline loses: the deadline was armed first", async () => {
    const runner = new DurableTestRunner(settling({ timeout: { minutes: 1 } }), {
      callbacks: { approval: respond.success("just too late").after({ minutes: 1 }) },
    });
    const result = await runner.run();
    expect(result.result).toEqual({ status: "TIMED_OUT", reason: "timeout" });
    expect(result.world).toMatchObject([{ ignored: true }]);
  });
});

describe("respond.heartbeatEvery", () => {
  test("keeps a callback alive, then answers after the last heartbeat", async () => {
    const runner = new DurableTestRunner(settling({ heartbeatTimeout: { minutes: 10 } }), {
      callbacks: {
        approval: respond
          .heartbeatEvery({ minutes: 6 })
          .times(5)
          .thenRespond(respond.success("rendered").after({ minutes: 9 })),
      },
    });
    const result = await runner.run();
    expect(result).toMatchObject({
      result: { status: "SUCCEEDED", value: "rendered" },
      elapsedMs: 39 * 60_000,
    });
    expect(result.world.map(({ kind }) => kind)).toEqual([
      ...Array.from({ length: 5 }, () => "heartbeat"),
      "success",
    ]);
  });

  test("may end in silence", async () => {
    const runner = new DurableTestRunner(settling({ heartbeatTimeout: { minutes: 10 } }), {
      callbacks: { approval: respond.heartbeatEvery({ minutes: 5 }).times(3) },
    });
    const result = await runner.run();
    expect(result).toMatchObject({
      result: { status: "TIMED_OUT", reason: "heartbeat" },
      elapsedMs: 25 * 60_000,
    });
  });

  test("may come too late itself", async () => {
    const runner = new DurableTestRunner(settling({ heartbeatTimeout: { minutes: 1 } }), {
      callbacks: { approval: respond.heartbeatEvery({ minutes: 2 }).times(1) },
    });
    const result = await runner.run();
    expect(result).toMatchObject({
      result: { status: "TIMED_OUT", reason: "heartbeat" },
      elapsedMs: 60_000,
    });
  });

  test("may go over into other heartbeats, and into a failure", async () => {
    const runner = new DurableTestRunner(settling({ heartbeatTimeout: { minutes: 10 } }), {
      callbacks: {
        approval: respond
          .heartbeatEvery({ minutes: 5 })
          .times(2)
          .thenRespond(
            respond
              .heartbeatEvery({ minutes: 1 })
              .times(2)
              .thenRespond(respond.failure(new Error("crashed"))),
          ),
      },
    });
    const result = await runner.run();
    expect(result.elapsedMs).toBe(12 * 60_000);
    expect(result.result).toMatchObject({ status: "FAILED" });
  });

  test("does not extend the overall timeout", async () => {
    const runner = new DurableTestRunner(
      settling({ timeout: { minutes: 12 }, heartbeatTimeout: { minutes: 10 } }),
      { callbacks: { approval: respond.heartbeatEvery({ minutes: 5 }).times(10) } },
    );
    const result = await runner.run();
    expect(result).toMatchObject({
      result: { status: "TIMED_OUT", reason: "timeout" },
      elapsedMs: 12 * 60_000,
    });
  });
});

describe("a function as a script", () => {
  test("is called once for each callback, in order, and decides for each", async () => {
    const asked: CallbackOperation[] = [];
    const runner = new DurableTestRunner(asking(3), {
      callbacks: {
        approval: (callback) => {
          asked.push(callback);
          return asked.length === 2
            ? respond.never()
            : respond.success(asked.length).after({ minutes: 1 });
        },
      },
    });
    const result = await runner.run();
    expect(result.result).toEqual([1, "timeout", 3]);
    expect(asked.map(({ callbackId }) => callbackId)).toEqual(
      operationsOf(result, "CALLBACK").map(({ callbackId }) => callbackId),
    );
    expect(asked[0]).toMatchObject({
      type: "CALLBACK",
      name: "approval",
      status: "STARTED",
      startedAt: new Date("2025-01-01T00:00:00.000Z"),
      timeoutAt: new Date("2025-01-01T01:00:00.000Z"),
    });
  });

  test("that returns nothing leaves that callback to the test", async () => {
    let calls = 0;
    const runner = new DurableTestRunner(asking(2), {
      callbacks: {
        approval: () => {
          calls += 1;
          return calls === 1 ? undefined : respond.success("scripted");
        },
      },
    });
    const waiting = await runner.run();
    expect(waiting).toMatchObject({ status: "PENDING", elapsedMs: 0, unusedScripts: [] });
    const result = await runner.callback("approval").succeed("by hand");
    expect(result.result).toEqual(["by hand", "scripted"]);
  });

  test("that throws makes run() reject with what it threw, and the runner can go on", async () => {
    const trouble = new RangeError("the script is broken");
    const runner = new DurableTestRunner(asking(1), {
      callbacks: {
        approval: () => {
          throw trouble;
        },
      },
    });
    expect(await rejectionOf(runner.run())).toBe(trouble);
    const result = await runner.callback("approval").succeed("by hand");
    expect(result.result).toEqual(["by hand"]);
  });

  test("that returns something else is told what to return", async () => {
    const runner = new DurableTestRunner(asking(1), {
      callbacks: { approval: () => ({ ok: true }) as never },
    });
    const error = await rejectionOf(runner.run());
    expect(error).toMatchObject({ code: "INVALID_ARGUMENT" });
    expect((error as Error).message).toContain("callbacks.approval");
    expect((error as Error).message).toContain("respond.success");
  });
});

describe("scripts that were never used", () => {
  const callbacks = { approval: respond.success(1), aproval: respond.success(2) };

  test("are listed in the result", async () => {
    const result = await new DurableTestRunner(asking(1), { callbacks }).run();
    expect(result.unusedScripts).toEqual(["aproval"]);
    expect(result.status).toBe("SUCCEEDED");
  });

  test("are an error at the end, if the runner is told so", async () => {
    const runner = new DurableTestRunner(asking(1), { callbacks, unusedScripts: "error" });
    const error = await rejectionOf(runner.run());
    expect(UnusedScriptsError.is(error)).toBe(true);
    expect(error).toMatchObject({ code: "UNUSED_SCRIPTS" });
    expect((error as Error).message).toContain('"aproval"');
    expect((error as Error).message).toContain("SUCCEEDED");
    expect(runner.result.result).toEqual([1]);
  });

  test("are no error while the execution is pending", async () => {
    const runner = new DurableTestRunner(asking(1), {
      callbacks: { other: respond.success(2) },
      unusedScripts: "error",
    });
    expect((await runner.run()).status).toBe("PENDING");
    expect(await rejectionOf(runner.callback("approval").succeed(1))).toMatchObject({
      code: "UNUSED_SCRIPTS",
    });
  });

  test("are none when all were used", async () => {
    const runner = new DurableTestRunner(asking(1), {
      callbacks: { approval: respond.success("a") },
      unusedScripts: "error",
    });
    const result = await runner.run();
    expect(result).toMatchObject({ result: ["a"], unusedScripts: [] });
  });
});
