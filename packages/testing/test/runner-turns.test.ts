import { withDurableExecution } from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import {
  DurableTestRunner,
  RunnerBusyError,
  RunnerDisposedError,
  RunnerNotStartedError,
  RunnerUsedError,
} from "../src/index.ts";
import { rejectionOf } from "./support/history.ts";

const approving = withDurableExecution(async (_: unknown, context) => {
  const callback = await context.createCallback<string>("approval", { timeout: { days: 1 } });
  return callback.result();
});

/** A runner in the middle of a call, until it is let go. */
function busyRunner() {
  const entered = Promise.withResolvers<undefined>();
  const letGo = Promise.withResolvers<undefined>();
  const handler = withDurableExecution(async (_: unknown, context) => {
    const callback = await context.createCallback<string>("approval", {
      heartbeatTimeout: { hours: 1 },
    });
    await context.step("busy", async () => {
      entered.resolve(undefined);
      await letGo.promise;
    });
    return callback.result();
  });
  const runner = new DurableTestRunner(handler);
  const running = runner.run();
  return { runner, running, entered: entered.promise, letGo: () => letGo.resolve(undefined) };
}

describe("a runner", () => {
  test("runs one execution: a second run is refused, and tells to make another runner", async () => {
    const runner = new DurableTestRunner(approving);
    const before = await runner.run();
    const error = await rejectionOf(runner.run());
    expect(RunnerUsedError.is(error)).toBe(true);
    expect(error).toMatchObject({ code: "RUNNER_USED" });
    expect((error as Error).message).toContain("new DurableTestRunner(handler)");
    expect(runner.result).toEqual(before);
    expect((await runner.callback("approval").succeed("yes")).result).toBe("yes");
    expect(RunnerUsedError.is(await rejectionOf(runner.run()))).toBe(true);
  });

  test.for(["run", "advance", "advanceTo", "runToCompletion"] as const)(
    "refuses %s while another call is going on, and that call is not disturbed",
    async (method) => {
      const { runner, running, entered, letGo } = busyRunner();
      await entered;
      const calls = {
        run: () => runner.run(),
        advance: () => runner.advance({ hours: 2 }),
        advanceTo: () => runner.advanceTo(new Date("2030-01-01")),
        runToCompletion: () => runner.runToCompletion(),
      };
      const error = await rejectionOf(calls[method]());
      expect(RunnerBusyError.is(error)).toBe(true);
      expect(error).toMatchObject({ code: "RUNNER_BUSY" });
      expect((error as Error).message).toMatch(new RegExp(`^${method}: `));
      letGo();
      expect(await running).toMatchObject({ status: "PENDING", elapsedMs: 0 });
      expect((await runner.callback("approval").succeed("fine")).result).toBe("fine");
    },
  );

  test("takes what is sent while another call is going on, and resolves at once", async () => {
    const { runner, running, entered, letGo } = busyRunner();
    await entered;
    expect((await runner.callback("approval").heartbeat()).status).toBe("PENDING");
    const standing = await runner.callback("approval").succeed("sent meanwhile");
    expect(standing).toMatchObject({ status: "PENDING", pendingCallbacks: [] });
    letGo();
    expect((await running).result).toBe("sent meanwhile");
  });

  test("tells a sender who is wrong while another call is going on, and goes on with it", async () => {
    const { runner, running, entered, letGo } = busyRunner();
    await entered;
    expect(await rejectionOf(runner.sendCallbackSuccess("nobody"))).toMatchObject({
      code: "UNKNOWN_CALLBACK",
    });
    expect(await rejectionOf(runner.callback("approval").succeed(1n))).toMatchObject({
      code: "INVALID_PAYLOAD",
    });
    letGo();
    expect((await running).status).toBe("PENDING");
  });

  test("takes answers sent together: each applies, in the order of the calls", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const a = await context.createCallback<string>("a");
      const b = await context.createCallback<string>("b");
      return Promise.all([a.result(), b.result()]);
    });
    const runner = new DurableTestRunner(handler);
    await runner.run();
    const [first, second] = await Promise.all([
      runner.callback("a").succeed("A"),
      runner.callback("b").succeed("B"),
    ]);
    expect(second.status).toBe("PENDING");
    expect(first.result).toEqual(["A", "B"]);
  });

  test.for(["runToCompletion", "stop"] as const)(
    "has nothing to %s before it has run",
    async (method) => {
      const runner = new DurableTestRunner(approving);
      const error = await rejectionOf(runner[method]());
      expect(RunnerNotStartedError.is(error)).toBe(true);
      expect(error).toMatchObject({ code: "RUNNER_NOT_STARTED" });
      expect((error as Error).message).toContain(`${method}: `);
      expect((error as Error).message).toContain("run(input)");
      expect((await runner.run()).status).toBe("PENDING");
    },
  );

  test("knows no callbacks before it has run", async () => {
    const runner = new DurableTestRunner(approving);
    expect(await rejectionOf(runner.sendCallbackSuccess("x"))).toMatchObject({
      code: "UNKNOWN_CALLBACK",
    });
    expect(runner.result).toMatchObject({ status: "PENDING", operations: [], history: [] });
  });

  test("cannot stop what has ended", async () => {
    const runner = new DurableTestRunner(withDurableExecution(async () => "done"));
    const before = await runner.run();
    const error = await rejectionOf(runner.stop());
    expect(error).toMatchObject({ code: "INVALID_ARGUMENT" });
    expect((error as Error).message).toContain("SUCCEEDED");
    expect(runner.result).toEqual(before);
  });
});

describe("a runner that has been disposed of", () => {
  test("refuses every call by name", async () => {
    const runner = new DurableTestRunner(approving);
    await runner.run();
    const { callbackId } = runner.callback("approval");
    await runner[Symbol.asyncDispose]();
    for (const [method, call] of Object.entries({
      run: () => runner.run(),
      advance: () => runner.advance({ hours: 1 }),
      advanceTo: () => runner.advanceTo(new Date("2030-01-01")),
      runToCompletion: () => runner.runToCompletion(),
      stop: () => runner.stop(),
      sendCallback: () => runner.sendCallbackSuccess(callbackId),
    })) {
      const error = await rejectionOf(call());
      expect(RunnerDisposedError.is(error)).toBe(true);
      expect(error).toMatchObject({ code: "RUNNER_DISPOSED" });
      expect((error as Error).message.startsWith(method)).toBe(true);
    }
    expect(runner.result.status).toBe("PENDING");
  });

  test("may be disposed of again, by hand or at the end of a block", async () => {
    await using runner = new DurableTestRunner(approving);
    await runner.run();
    await runner[Symbol.asyncDispose]();
    expect(runner.result.status).toBe("PENDING");
  });

  test("makes a call that is going on reject", async () => {
    const { runner, running, entered, letGo } = busyRunner();
    const rejected = rejectionOf(running);
    await entered;
    await runner[Symbol.asyncDispose]();
    const error = await rejected;
    expect(RunnerDisposedError.is(error)).toBe(true);
    letGo();
    expect(RunnerDisposedError.is(await rejectionOf(runner.advance({ seconds: 0 })))).toBe(true);
  });
});
