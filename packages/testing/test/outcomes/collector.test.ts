import { type DurableContext, withDurableExecution } from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import { LocalDurableTestRunner, WaitingOperationStatus } from "../../src/aws/index.ts";
import {
  type AnyDurableLambdaHandler,
  CallbackClosedError,
  type CallbackScript,
  DurableTestRunner,
  respond,
} from "../../src/index.ts";
import { type ExploredRun, explore } from "../../src/explore/index.ts";
import { type ExecutedFigures, listenToExecutions, sumOf } from "../../src/plugin/index.ts";
import { type LoadedModule, OutcomeCollector } from "../../src/outcomes/index.ts";
import { collected } from "./support/cover.ts";

const handler = withDurableExecution(async (_: unknown, context: DurableContext) => {
  const approval = await context.createCallback("approval", { timeout: { hours: 1 } });
  return (await approval.settled()).status;
});

const collectorWith = (modules: readonly LoadedModule[], testFile?: string): OutcomeCollector =>
  new OutcomeCollector({ root: "/project", testFile: () => testFile, modules: () => modules });

async function idOf(
  modules: readonly LoadedModule[],
  functionName?: string,
  testFile = "/project/test/order.test.ts",
): Promise<unknown> {
  const run = () => new DurableTestRunner(handler, { functionName }).run({});
  const [seen] = await collected(run, collectorWith(modules, testFile));
  const { operations: _, ...identity } = seen ?? { operations: [] };
  return identity;
}

async function seenOf(run: () => Promise<unknown>): Promise<unknown> {
  const [seen] = await collected(run);
  return Object.fromEntries(
    (seen?.operations ?? []).map(({ kind, path, seen: outcomes }) => [
      `${kind} ${path}`.trim(),
      outcomes,
    ]),
  );
}

describe("a function is told apart", () => {
  test("by the module that exports it, whatever tests call it", async () => {
    const own = { file: "/project/src/order.ts", exports: { other: 1, handler } };
    expect(await idOf([own])).toEqual({
      id: "src/order.ts#handler",
      names: [],
      file: "src/order.ts",
      exported: "handler",
    });
    expect(await idOf([own], "orders")).toMatchObject({
      id: "src/order.ts#handler",
      names: ["orders"],
    });
  });

  test("by the module that has it of no other one", async () => {
    const barrel = { file: "/project/src/index.ts", exports: { order: handler } };
    const own: LoadedModule = {
      file: "/project/src/order.ts",
      exports: { default: handler },
      isImportedBy: (file) => file === barrel.file,
    };
    for (const modules of [
      [own, barrel],
      [barrel, own],
    ]) {
      expect(await idOf(modules)).toMatchObject({ id: "src/order.ts#default" });
    }
  });

  test("by what a module exports through accessors, where a compiler has made them of an ES module", async () => {
    const accessor = { enumerable: true, get: () => handler };
    const compiled = Object.defineProperties({}, { __esModule: { value: true }, order: accessor });
    const own = { file: "/project/src/order.js", exports: compiled };
    expect(await idOf([own])).toMatchObject({ id: "src/order.js#order" });
  });

  test("and no accessor is read that somebody has written", async () => {
    let read = 0;
    const lazy = Object.defineProperty({}, "handler", {
      enumerable: true,
      get: () => {
        read += 1;
        return handler;
      },
    });
    const modules = [{ file: "/project/src/lazy.cjs", exports: lazy }];
    expect(await idOf(modules, "orders")).toMatchObject({ id: "orders" });
    expect(read).toBe(0);
  });

  test("whatever modules export besides", async () => {
    const unready = Object.defineProperty({}, "handler", {
      enumerable: true,
      get: () => {
        throw new ReferenceError("handler is not defined");
      },
    });
    const modules = [undefined, null, 7, unready, handler].map((exports, index) => ({
      file: `/project/src/${index}.cjs`,
      exports,
    }));
    expect(await idOf(modules)).toMatchObject({ id: "src/4.cjs#default" });
  });

  test("by its name, else by the test file", async () => {
    expect(await idOf([], "orders")).toEqual({ id: "orders", names: ["orders"] });
    expect(await idOf([])).toEqual({
      id: "test/order.test.ts",
      names: [],
      file: "test/order.test.ts",
    });
    const [seen] = await collected(() => new DurableTestRunner(handler).run({}), collectorWith([]));
    expect(seen).toMatchObject({ id: "durable-test" });
  });
});

describe("what is seen", () => {
  test("of executions that have ended, or not, and of forks", async () => {
    expect(await seenOf(() => new DurableTestRunner(handler).run({}))).toEqual({
      execution: [],
      "createCallback approval": [],
    });
    const forked = async () => {
      const runner = new DurableTestRunner(handler);
      await runner.run({});
      await runner.fork().callback("approval").fail(new Error("no"));
      await runner.runToCompletion();
      await runner[Symbol.asyncDispose]();
    };
    expect(await seenOf(forked)).toEqual({
      execution: ["success"],
      "createCallback approval": ["failure", "timeout"],
    });
    const stopped = async () => {
      const runner = new DurableTestRunner(handler);
      await runner.run({});
      await runner.stop();
    };
    expect(await seenOf(stopped)).toMatchObject({ execution: ["stopped"] });
  });

  test("of a late answer, by a script or by the test", async () => {
    const late = { execution: ["success"], "createCallback approval": ["timeout", "late answer"] };
    const callbacks = { approval: respond.success().after({ hours: 2 }) };
    expect(await seenOf(() => new DurableTestRunner(handler, { callbacks }).run({}))).toEqual(late);
    const byTest = async () => {
      const runner = new DurableTestRunner(handler);
      await runner.run({});
      const { callbackId } = runner.callback("approval");
      await runner.runToCompletion();
      const answer = runner.sendCallbackSuccess(callbackId, {});
      await expect(answer).rejects.toThrow(CallbackClosedError);
    };
    expect(await seenOf(byTest)).toEqual(late);
    // Whoever goes on after that sees it come.
    const waiting = withDurableExecution(async (_: unknown, context: DurableContext) => {
      const approval = await context.createCallback("approval", { timeout: { hours: 1 } });
      await approval.settled();
      await context.wait({ days: 1 });
    });
    expect(await seenOf(() => new DurableTestRunner(waiting, { callbacks }).run({}))).toMatchObject(
      late,
    );
  });

  test("of a late answer to one of several callbacks that nobody has answered in time", async () => {
    const several = withDurableExecution(async (_: unknown, context: DurableContext) => {
      const timeout = { hours: 1 };
      const [approval, receipt] = [
        await context.createCallback("approval", { timeout }),
        await context.createCallback("receipt", { timeout }),
      ];
      await Promise.all([approval.settled(), receipt.settled()]);
      await context.wait({ days: 1 });
    });
    const callbacks = {
      approval: respond.success().after({ hours: 2 }),
      receipt: respond.never(),
    };
    expect(await seenOf(() => new DurableTestRunner(several, { callbacks }).run({}))).toMatchObject(
      {
        "createCallback approval": ["timeout", "late answer"],
        "createCallback receipt": ["timeout"],
      },
    );
  });

  test("of a late answer only where there is an answer", async () => {
    const none = { execution: ["success"], "createCallback approval": ["timeout"] };
    const byTest = async () => {
      const runner = new DurableTestRunner(handler);
      await runner.run({});
      const { callbackId } = runner.callback("approval");
      await runner.runToCompletion();
      await expect(runner.sendCallbackHeartbeat(callbackId)).rejects.toThrow(CallbackClosedError);
    };
    expect(await seenOf(byTest)).toEqual(none);
    const callbacks = { approval: respond.heartbeatEvery({ minutes: 50 }).times(3) };
    expect(await seenOf(() => new DurableTestRunner(handler, { callbacks }).run({}))).toEqual(none);
  });

  test("of waits for a callback is how they end themselves", async () => {
    const waitFor = (config: object, submitter = () => {}) =>
      withDurableExecution(async (_: unknown, context: DurableContext) => {
        await context
          .waitForCallback("approval", submitter, { timeout: { hours: 1 }, ...config })
          .catch(() => {});
      });
    const seen = async (tested: AnyDurableLambdaHandler, answer: CallbackScript) => {
      const callbacks = { approval: answer };
      const all = await seenOf(() => new DurableTestRunner(tested, { callbacks }).run({}));
      return (all as Record<string, unknown>)["waitForCallback approval"];
    };
    const refusing = waitFor({
      schema: {
        "~standard": {
          version: 1,
          vendor: "test",
          validate: () => ({ issues: [{ message: "no" }] }),
        },
      },
    });
    expect(await seen(refusing, respond.success(1))).toEqual(["failure"]);
    const givingUp = waitFor({ retryStrategy: () => ({ shouldRetry: false }) }, () => {
      throw new Error("no mail");
    });
    expect(await seen(givingUp, respond.never())).toEqual(["failure"]);
    expect(await seen(waitFor({}), respond.success(1))).toEqual(["success"]);
    expect(await seen(waitFor({}), respond.failure(new Error("no")))).toEqual(["failure"]);
    expect(await seen(waitFor({}), respond.never())).toEqual(["timeout"]);
    expect(await seen(waitFor({ heartbeatTimeout: { minutes: 1 } }), respond.never())).toEqual([
      "heartbeat timeout",
    ]);
  });

  test("of the heartbeat timeout only where it can pass", async () => {
    const configured = withDurableExecution(async (config: object, context: DurableContext) => {
      const approval = await context.createCallback("approval", config);
      await approval.settled();
    });
    const settings = async (...configs: readonly object[]) => {
      const run = async () => {
        for (const config of configs) await new DurableTestRunner(configured).run(config);
      };
      const [seen] = await collected(run);
      return seen?.operations.find(({ kind }) => kind === "createCallback")?.settings;
    };
    const long = { timeout: { minutes: 5 }, heartbeatTimeout: { minutes: 5 } };
    const short = { timeout: { minutes: 1 }, heartbeatTimeout: { seconds: 30 } };
    expect(await settings(long)).toMatchObject({
      timeoutSeconds: 300,
      heartbeatSeconds: undefined,
    });
    expect(await settings(short, long)).toMatchObject({
      timeoutSeconds: 300,
      heartbeatSeconds: 30,
    });
  });

  test("by runners of AWS's testing library", async () => {
    const ours = withDurableExecution(async (_: unknown, context: DurableContext) => {
      const approval = await context.createCallback("approval", { timeout: { hours: 1 } });
      await approval.settled();
      await context.invoke("tax", {});
    });
    const tax = withDurableExecution(async () => 7);
    const modules = [{ file: "/project/src/order.ts", exports: { ours, tax } }];
    const executed: ExecutedFigures[] = [];
    const run = async () => {
      listenToExecutions((_, more) => executed.push(more));
      await LocalDurableTestRunner.setupTestEnvironment({ skipTime: true });
      try {
        const runner = new LocalDurableTestRunner({ handlerFunction: ours });
        runner.registerDurableFunction("tax", tax);
        const callback = runner.getOperation("approval");
        const going = runner.run({});
        await callback.waitForData(WaitingOperationStatus.STARTED);
        await callback.sendCallbackFailure({ ErrorMessage: "no" });
        await going;
        await new LocalDurableTestRunner({ handlerFunction: ours }).run({}).catch(() => {});
      } finally {
        listenToExecutions(undefined);
        await LocalDurableTestRunner.teardownTestEnvironment();
      }
    };
    const seen = await collected(run, collectorWith(modules));
    expect(seen.map(({ id }) => id)).toEqual(["src/order.ts#ours", "src/order.ts#tax"]);
    const [order] = seen;
    const callback = order?.operations.find(({ kind }) => kind === "createCallback");
    expect(callback?.seen).toEqual(["failure", "timeout"]);
    const { executions, elapsedMs } = sumOf(executed);
    expect(executions).toBe(2);
    // The second one has let an hour pass, less what it took.
    expect(elapsedMs).toBeGreaterThan(0);
  });

  test("of batches, waits by id, and unnamed operations", async () => {
    const batches = withDurableExecution(async (_: unknown, context: DurableContext) => {
      await context.parallel(
        "race",
        [
          { name: "fast", func: (branch) => branch.step(() => 1) },
          (branch) => branch.wait({ days: 1 }),
        ],
        { completionConfig: { minSuccessful: 1 } },
      );
      await context.map([1], (item) => item.wait("rest", { seconds: 1 }));
      const callback = await context.createCallback();
      await context.waitForCallback(callback.callbackId, { timeout: { hours: 1 } }).catch(() => {});
    });
    const run = async () => {
      const runner = new DurableTestRunner(batches);
      await runner.run({});
      await runner.runToCompletion();
    };
    expect(await seenOf(run)).toMatchInlineSnapshot(`
      {
        "callbackWait callbackWait": [
          "timeout",
        ],
        "createCallback callback": [],
        "execution": [
          "success",
        ],
        "map map": [
          "success",
        ],
        "mapIteration map[*]": [
          "success",
        ],
        "parallel race": [
          "success",
          "completed early",
        ],
        "parallelBranch race/fast": [
          "success",
        ],
        "parallelBranch race[1]": [],
        "step race/fast/step": [
          "success",
        ],
        "wait map[*]/rest": [
          "success",
        ],
        "wait race[1]/wait": [],
      }
    `);
  });

  test("of any number of executions, once", async () => {
    const nothing = withDurableExecution(async () => "done");
    const many = async () => {
      for (let run = 0; run < 210; run += 1) await new DurableTestRunner(nothing).run({});
    };
    expect(await seenOf(many)).toEqual({ execution: ["success"] });
  });

  test("not of explored runs, whatever their checks do with them, nor of what is no runner", async () => {
    expect(await collected(() => explore(handler, { input: {}, runs: 20 }))).toEqual([]);
    const check = async ({ runner }: ExploredRun) => {
      const fork = runner.fork();
      await fork.advance({ days: 1 });
      await runner.runToCompletion();
    };
    expect(await collected(() => explore(handler, { input: {}, runs: 20, check }))).toEqual([]);
    const collector = collectorWith([]);
    collector.executed({});
    expect(collector.take()).toEqual([]);
  });
});
