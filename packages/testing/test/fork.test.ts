import { withDurableExecution as withAws } from "@aws/durable-execution-sdk-js";
import {
  createRetryStrategy,
  InvalidArgumentError,
  withDurableExecution,
} from "@durabletest/runtime";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import {
  type ExecutedFigures,
  type ExecutionListener,
  listenToExecutions,
} from "../src/executed.ts";
import {
  DurableTestRunner,
  type HandlerVersion,
  InvalidHandlerError,
  respond,
  RunnerBusyError,
  RunnerDisposedError,
  RunnerNotStartedError,
} from "../src/index.ts";

interface Order {
  readonly id: string;
}

const order = withDurableExecution(async ({ id }: Order, context) => {
  const reserved = await context.step("reserve", () => `${id}/${Math.random()}`);
  const approval = await context.createCallback<string>("approval", { timeout: { hours: 48 } });
  const answer = (await approval.result()) ?? "expired";
  await context.wait("settle", { hours: 1 });
  const drawn = await context.step("draw", () => Math.random());
  return { reserved, answer, drawn, at: new Date().toISOString() };
});

describe("a fork", () => {
  test("goes on from where its runner stands, and each goes its own way", async () => {
    const runner = new DurableTestRunner(order);
    await runner.run({ id: "order-1" });
    const rejected = runner.fork();
    const expired = runner.fork();
    const yes = await runner.callback("approval").succeed("yes");
    const no = await rejected.callback("approval").succeed("no");
    const late = await expired.runToCompletion();
    expect([yes, no, late].map(({ result }) => result?.answer)).toEqual(["yes", "no", "expired"]);
    expect(yes.result?.at).toBe("2025-01-01T01:00:00.000Z");
    expect(late.result?.at).toBe("2025-01-03T01:00:00.000Z");
  });

  test("has the history that a run of its own would have, to the byte", async () => {
    const alone = new DurableTestRunner(order);
    await alone.run({ id: "order-1" });
    const expected = await alone.callback("approval").succeed("yes");

    const runner = new DurableTestRunner(order);
    await runner.run({ id: "order-1" });
    const fork = runner.fork().fork();
    await runner.callback("approval").fail(new Error("no"));
    const forked = await fork.callback("approval").succeed("yes");
    expect(JSON.stringify(forked.history)).toBe(JSON.stringify(expected.history));
    expect(forked.result).toEqual(expected.result);
    expect(forked.invocations).toEqual(expected.invocations);
  });

  test("leaves what its runner has shown as it was", async () => {
    const runner = new DurableTestRunner(order);
    const waiting = await runner.run({ id: "order-1" });
    await runner.fork().callback("approval").succeed("yes");
    expect(runner.result).toEqual(waiting);
    expect(runner.callback("approval").status).toBe("STARTED");
    expect(runner.now).toEqual(waiting.startedAt);
  });

  test("has its own retries, scripted answers and heartbeats", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const first = await context.createCallback<string>("first");
      const second = await context.createCallback<string>("second", {
        heartbeatTimeout: { minutes: 10 },
      });
      const retried = context.step(
        "flaky",
        ({ attempt }) => {
          if (attempt < 3) throw new Error("not yet");
          return attempt;
        },
        { retryStrategy: createRetryStrategy({ maxAttempts: 5, initialDelay: { hours: 1 } }) },
      );
      return [await first.result(), (await second.settled()).status, await retried];
    });
    const runner = new DurableTestRunner(handler, {
      timeSkipping: "manual",
      callbacks: { first: respond.success("scripted").after({ hours: 2 }) },
    });
    await runner.run({});
    const fork = runner.fork();
    await fork.callback("second").succeed("here");
    expect((await fork.runToCompletion()).result).toEqual(["scripted", "SUCCEEDED", 3]);
    expect((await runner.runToCompletion()).result).toEqual(["scripted", "TIMED_OUT", 3]);
    expect(fork.result.unusedScripts).toEqual([]);
  });

  test("has its own executions of functions that were invoked", async () => {
    const child = withDurableExecution(async (_: unknown, context) => {
      const answer = await context.createCallback<string>("inner");
      return answer.result();
    });
    const parent = withDurableExecution((_: unknown, context) =>
      context.invoke<string>("child", {}),
    );
    const runner = new DurableTestRunner(parent, { durableFunctions: { child } });
    await runner.run({});
    const fork = runner.fork();
    expect((await fork.callback("inner").succeed("forked")).result).toBe("forked");
    expect(runner.result.status).toBe("PENDING");
    expect((await runner.callback("inner").succeed("original")).result).toBe("original");
  });

  test("works for handlers of AWS's SDK", async () => {
    const handler = withAws(async (_: unknown, context) => {
      const [approval] = await context.createCallback("approval");
      return approval;
    });
    const runner = new DurableTestRunner(handler);
    await runner.run({});
    const fork = runner.fork();
    expect((await fork.callback("approval").succeed("b")).status).toBe("SUCCEEDED");
    expect((await runner.callback("approval").fail(new Error("no"))).status).toBe("FAILED");
  });

  test("of an execution that has ended shows the same result", async () => {
    const runner = new DurableTestRunner(order, {
      callbacks: { approval: respond.success("yes") },
    });
    const result = await runner.run({ id: "order-1" });
    expect(runner.fork().result).toEqual(result);
  });
});

describe("there is no fork", () => {
  test("before run()", () => {
    expect(() => new DurableTestRunner(order).fork()).toThrow(RunnerNotStartedError);
  });

  test("of a runner that has been disposed of", async () => {
    const runner = new DurableTestRunner(order);
    await runner.run({ id: "order-1" });
    await runner[Symbol.asyncDispose]();
    expect(() => runner.fork()).toThrow(RunnerDisposedError);
  });

  test("while a call is going on", async () => {
    const runner = new DurableTestRunner(order);
    const running = runner.run({ id: "order-1" });
    expect(() => runner.fork()).toThrow(RunnerBusyError);
    await running;
  });

  test("while an invocation stands still", async () => {
    const standing = new DurableTestRunner(
      withDurableExecution(async (_: unknown, context) => {
        await context.createCallback("approval", { timeout: { minutes: 5 } });
        await context.step("slow", () => sleep(600_000));
      }),
    );
    await standing.run({});
    expect(() => standing.fork()).toThrow(/stands still/);
    expect((await standing.runToCompletion()).status).toBe("SUCCEEDED");
  });
});

test("what both have in common is counted once", async () => {
  const told: ExecutedFigures[] = [];
  const before: unknown = Reflect.get(globalThis, Symbol.for("durabletest.executions"));
  listenToExecutions((_runner, more) => told.push(more));
  try {
    await using runner = new DurableTestRunner(order);
    await runner.run({ id: "order-1" });
    await runner.advance({ hours: 1 });
    const common = runner.result.invocations.length;
    await using fork = runner.fork();
    await runner.callback("approval").succeed("yes");
    await fork.callback("approval").succeed("no");
    const sum = (figure: keyof ExecutedFigures) =>
      told.reduce((total, each) => total + each[figure], 0);
    expect(sum("executions")).toBe(2);
    const all = runner.result.invocations.length + fork.result.invocations.length;
    expect(sum("invocations")).toBe(all - common);
  } finally {
    listenToExecutions(before as ExecutionListener | undefined);
  }
});

describe("a fork with another version of the handler", () => {
  const version = (last: string) =>
    withDurableExecution(async ({ id }: Order, context) => {
      const reserved = await context.step("reserve", () => `${id} by ${last}`);
      if (last === "returning") return reserved;
      const answer = await (await context.createCallback<string>("approval")).result();
      return `${reserved}, ${answer} in ${last}`;
    });

  test("replays what has been recorded, and goes on in the new code", async () => {
    const runner = new DurableTestRunner(version("v1"));
    await runner.run({ id: "order-1" });
    const upgraded = runner.fork({ handler: version("v2") });
    expect(upgraded.result.invocations).toHaveLength(1);
    await upgraded.advance({ seconds: 0 });
    expect(upgraded.result.invocations).toHaveLength(2);
    const { result } = await upgraded.callback("approval").succeed("yes");
    expect(result).toBe("order-1 by v1, yes in v2");
    expect((await runner.callback("approval").succeed("no")).result).toBe(
      "order-1 by v1, no in v1",
    );
  });

  test("ends at once where the new code has nothing more to wait for", async () => {
    const runner = new DurableTestRunner(version("v1"));
    await runner.run({ id: "order-1" });
    const upgraded = runner.fork({ handler: version("returning") });
    const { status, result } = await upgraded.advance({ seconds: 0 });
    expect([status, result]).toEqual(["SUCCEEDED", "order-1 by v1"]);
  });

  test("has other versions of what the handler invokes, in executions that are open, too", async () => {
    const durableFunctions = (last: string) => ({ child: version(last), spare: version(last) });
    const parent = withDurableExecution(async (input: Order, context) =>
      context.invoke<string, Order>("child", input),
    );
    const runner = new DurableTestRunner(parent, { durableFunctions: durableFunctions("v1") });
    await runner.run({ id: "order-1" });
    const upgraded = runner.fork({ durableFunctions: durableFunctions("v2") });
    const same = runner.fork({});
    const [callback] = runner.result.pendingCallbacks;
    const ends = await Promise.all(
      [runner, upgraded, same].map(async (one) =>
        one.sendCallbackSuccess(callback?.callbackId ?? "", "yes"),
      ),
    );
    expect(ends.map(({ result }) => result)).toEqual([
      "order-1 by v1, yes in v1",
      "order-1 by v1, yes in v2",
      "order-1 by v1, yes in v1",
    ]);
  });

  test.each<readonly [given: unknown, says: string]>([
    [{ handlr: order }, 'fork: There is no setting "handlr". Did you mean "handler"?'],
    [{ durablefunctions: {} }, 'There is no setting "durablefunctions". Did you mean "durableFun'],
    [order, "is no version of the code. Give it as handler: runner.fork({ handler })."],
    [5, "fork: 5 is no version of the code. Give { handler }, { durableFunctions } or both."],
    [null, "fork: null is no version of the code."],
    [[order], "is no version of the code."],
    [{ durableFunctions: 3 }, "durableFunctions: 3 is not an object of durable handlers"],
  ])("that is none is refused, and nothing is forked: %o", async (given, says) => {
    const runner = new DurableTestRunner(version("v1"));
    await runner.run({ id: "order-1" });
    const fork = () => runner.fork(given as HandlerVersion);
    expect(fork).toThrow(InvalidArgumentError);
    expect(fork).toThrow(says);
  });

  test("needs a handler that is one", async () => {
    const runner = new DurableTestRunner(version("v1"));
    await runner.run({ id: "order-1" });
    const fork = () => runner.fork({ handler: 5 as never });
    expect(fork).toThrow(InvalidHandlerError);
    expect(fork).toThrow("fork: handler: 5 is no handler");
    expect(runner.fork({ handler: undefined }).result.status).toBe("PENDING");
  });

  test("may not be without a function that has an open execution", async () => {
    const parent = withDurableExecution(async (input: Order, context) =>
      context.invoke<string, Order>("child", input),
    );
    const runner = new DurableTestRunner(parent, { durableFunctions: { child: version("v1") } });
    await runner.run({ id: "order-1" });
    expect(() => runner.fork({ durableFunctions: {} })).toThrow(
      'invokes the function "child", which the runner does not know',
    );
  });
});
