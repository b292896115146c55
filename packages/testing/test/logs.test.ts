import { type DurableContext, type Logger, withDurableExecution } from "@durabletest/runtime";
import { afterEach, describe, expect, test, vi } from "vitest";
import { DurableTestRunner, type RunnerOptions } from "../src/index.ts";

const runnerOf = (
  handler: (input: undefined, context: DurableContext) => Promise<unknown>,
  options?: RunnerOptions & { readonly logger?: Logger; readonly logWhileReplaying?: boolean },
): DurableTestRunner<undefined> => {
  const { logger, logWhileReplaying, ...rest } = options ?? {};
  return new DurableTestRunner(withDurableExecution(handler, { logger, logWhileReplaying }), rest);
};

afterEach(() => {
  vi.restoreAllMocks();
});

describe("what a handler logs", () => {
  test("is kept in the result, and not printed", async () => {
    const printed = [vi.spyOn(console, "info"), vi.spyOn(console, "warn")];
    const runner = runnerOf(async (_, context) => {
      context.logger.info("begin");
      await context.step("charge", (step) => {
        step.logger.warn("declined", { code: 51 }, "twice");
        if (step.attempt === 1) throw new Error("again");
      });
      await context.wait({ days: 1 });
      await context.runInChildContext("ship", async (child) => {
        child.logger.debug("in the child");
        await child.runInChildContext(async (unnamed) => unnamed.logger.error("in there"));
      });
    });
    const result = await runner.run();
    expect(result.logs).toEqual([
      {
        at: result.startedAt,
        level: "info",
        message: "begin",
        data: [],
        invocation: 1,
        replaying: false,
      },
      {
        at: result.startedAt,
        level: "warn",
        message: "declined",
        data: [{ code: 51 }, "twice"],
        invocation: 1,
        operation: "charge",
        attempt: 1,
        replaying: false,
      },
      expect.objectContaining({ message: "declined", invocation: 2, attempt: 2 }),
      expect.objectContaining({ level: "debug", invocation: 3, operation: "ship" }),
      expect.objectContaining({ level: "error", operation: "ship/runInChildContext" }),
    ]);
    expect(result.logs[3]?.at.getTime()).toBeGreaterThanOrEqual(+result.startedAt + 86_400_000);
    for (const spy of printed) expect(spy).not.toHaveBeenCalled();
  });

  test("is printed as well, if that is asked for", async () => {
    const printed = vi.spyOn(console, "info").mockReturnValue();
    const runner = runnerOf(async (_, context) => context.logger.info("hello", 1), {
      logs: "print",
    });
    const { logs } = await runner.run();
    expect(logs).toMatchObject([{ level: "info", message: "hello", data: [1] }]);
    expect(printed.mock.calls).toEqual([
      ["hello", 1, expect.objectContaining({ requestId: expect.any(String) as unknown })],
    ]);
  });

  test("goes to the logger that the handler has been given, and nowhere else", async () => {
    const info = vi.fn();
    const logger = { debug: info, info, warn: info, error: info };
    const { logs } = await runnerOf(async (_, context) => context.logger.info("hello"), {
      logger,
    }).run();
    expect(info).toHaveBeenCalledTimes(1);
    expect(logs).toEqual([]);
  });

  test("is there once, unless the handler is to log while it replays", async () => {
    const handler = async (_: undefined, context: DurableContext): Promise<void> => {
      context.logger.info("begin");
      await context.wait({ hours: 1 });
      context.logger.info("end");
    };
    const once = await runnerOf(handler).run();
    expect(once.logs.map(({ message, replaying }) => [message, replaying])).toEqual([
      ["begin", false],
      ["end", false],
    ]);
    const always = await runnerOf(handler, { logWhileReplaying: true }).run();
    expect(always.logs.map(({ message, replaying }) => [message, replaying])).toEqual([
      ["begin", false],
      ["begin", true],
      ["end", false],
    ]);
  });

  test("is there once, too, when what comes after it is tried again", async () => {
    let attempts = 0;
    const charge = () => {
      attempts += 1;
      if (attempts % 3 !== 0) throw new Error("503");
    };
    const { logs } = await runnerOf(async (_, context) => {
      await context.step("prepare", () => "done");
      context.logger.info("prepared");
      await context.step("charge", charge);
      context.logger.info("charged");
      await context.map("items", [1], async (item) => {
        await item.step("pack", () => "packed");
        item.logger.info("packed");
        await item.step("send", charge);
        item.logger.info("sent");
      });
      context.logger.info("all sent");
    }).run();

    expect(logs.map(({ message }) => message)).toEqual([
      "prepared",
      "charged",
      "packed",
      "sent",
      "all sent",
    ]);
  });

  test("is there once beside a branch that was left behind", async () => {
    const { logs } = await runnerOf(async (_, context) => {
      await context.parallel(
        "either",
        [async () => "first", async (branch) => branch.wait({ days: 1 })],
        { completionConfig: { minSuccessful: 1 } },
      );
      context.logger.info("decided");
      await context.wait({ hours: 1 });
      context.logger.info("an hour later");
    }).run();

    expect(logs.map(({ message }) => message)).toEqual(["decided", "an hour later"]);
  });

  test("says what it said then, whatever becomes of the values", async () => {
    const { logs } = await runnerOf(async (_, context) => {
      const order = { items: 1 };
      context.logger.info("order %s has %d items", "o-1", 3);
      context.logger.info("order", order);
      order.items = 2;
      context.logger.info(order);
      context.logger.error(new RangeError("out of range"));
      context.logger.info("with a function", { run: () => 1 });
      context.logger.debug();
    }).run();
    expect(logs.map(({ message }) => message)).toEqual([
      "order o-1 has 3 items",
      "order",
      "{ items: 2 }",
      "RangeError: out of range",
      "with a function",
      "",
    ]);
    expect(logs[1]?.data).toEqual([{ items: 1 }]);
    expect(logs[3]?.data).toEqual([new RangeError("out of range")]);
  });

  test("is there while the execution waits, and a result keeps what it had", async () => {
    const runner = runnerOf(async (_, context) => {
      context.logger.info("asking");
      await context.waitForCallback("approval", () => {});
      context.logger.info("answered");
    });
    const waiting = await runner.run();
    const fork = runner.fork();
    await runner.callback("approval").succeed();
    expect(waiting.logs.map(({ message }) => message)).toEqual(["asking"]);
    expect(runner.result.logs.map(({ message }) => message)).toEqual(["asking", "answered"]);
    expect(fork.result.logs.map(({ message }) => message)).toEqual(["asking"]);
  });

  test("is that of its own execution", async () => {
    const target = withDurableExecution(async (_: unknown, context) => {
      context.logger.info("in the target");
    });
    const runner = runnerOf(
      async (_, context) => {
        context.logger.info("in the caller");
        await context.invoke("target", {});
      },
      { durableFunctions: { target } },
    );
    const result = await runner.run();
    expect(result.logs.map(({ message }) => message)).toEqual(["in the caller"]);
    const invoke = result.operations.find(({ type }) => type === "CHAINED_INVOKE");
    const arn = invoke?.type === "CHAINED_INVOKE" ? (invoke.executionArn ?? "") : "";
    expect(runner.execution(arn).logs.map(({ message }) => message)).toEqual(["in the target"]);
  });

  test("with console itself is the console's", async () => {
    const printed = vi.spyOn(console, "log").mockReturnValue();
    const { logs } = await runnerOf(async () => console.log("plain")).run();
    expect(printed).toHaveBeenCalledWith("plain");
    expect(logs).toEqual([]);
  });
});
