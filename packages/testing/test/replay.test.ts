import { createRetryStrategy, type Logger, withDurableExecution } from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import { DurableTestRunner, respond } from "../src/index.ts";
import { eventLines, operationsOf } from "./support/history.ts";

describe("every suspension", () => {
  test("ends the invocation; going on means another one, that replays", async () => {
    let invocations = 0;
    const handler = withDurableExecution(async (_: unknown, context) => {
      invocations += 1;
      for (let index = 0; index < 5; index += 1) await context.wait({ hours: 1 });
      return invocations;
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toBe(6);
    expect(result.invocations).toHaveLength(6);
  });

  test("happens when every branch waits on a durable operation", async () => {
    const order: string[] = [];
    const handler = withDurableExecution(async (_: unknown, context) => {
      const log = (text: string): void => {
        order.push(`${text} in ${invocation}`);
      };
      invocation += 1;
      await Promise.all([
        (async () => {
          await context.wait("short", { seconds: 1 });
          log("after short");
        })(),
        (async () => {
          await context.step("work", () => 1);
          await context.step("more", () => 2);
          log("after steps");
          await context.wait("long", { seconds: 2 });
          log("after long");
        })(),
      ]);
    });
    let invocation = 0;
    const result = await new DurableTestRunner(handler).run();
    expect(result.elapsedMs).toBe(2000);
    expect(order).toEqual([
      "after steps in 1",
      "after steps in 2",
      "after short in 2",
      "after steps in 3",
      "after short in 3",
      "after long in 3",
    ]);
  });

  test("is not held up by plain awaits outside steps", async () => {
    const never = new Promise<never>(() => {});
    const handler = withDurableExecution(async (_: unknown, context) => {
      const answer = context.createCallback<string>("approval").then((cb) => cb.result());
      return Promise.race([answer, never]);
    });
    const runner = new DurableTestRunner(handler);
    const waiting = await runner.run();
    expect(waiting).toMatchObject({ status: "PENDING" });
    expect(waiting.invocations[0]?.status).toBe("PENDING");
    expect((await runner.callback("approval").succeed("yes")).result).toBe("yes");
  });

  test("leaves a timer of the handler's own behind, which begins anew in the next invocation", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const minute = new Promise<void>((resolve) => {
        setTimeout(resolve, 60_000);
      });
      await Promise.all([context.wait({ seconds: 5 }), minute]);
      return "done";
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result).toMatchObject({ result: "done", elapsedMs: 65_000 });
    expect(result.invocations).toHaveLength(2);
  });

  test("waits for plain microtasks, however many", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      await context.step("before", () => 1);
      for (let index = 0; index < 1000; index += 1) await Promise.resolve();
      const after = context.step("after", () => 2);
      for (let index = 0; index < 1000; index += 1) await Promise.resolve();
      await context.wait({ seconds: 1 });
      return after;
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toBe(2);
    expect(result.invocations).toHaveLength(2);
  });
});

describe("operations", () => {
  test("start when they are called, not when they are awaited", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const wait = context.wait("a minute", { minutes: 1 });
      const step = context.step("work", () => "worked");
      const child = context.runInChildContext("child", (inner) =>
        inner.wait("inner", { minutes: 1 }),
      );
      await context.wait("another minute", { minutes: 1 });
      await Promise.all([wait, child]);
      return step;
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.elapsedMs).toBe(60_000);
    expect(result.operations.map(({ name }) => name)).toEqual([
      "a minute",
      "work",
      "child",
      "inner",
      "another minute",
    ]);
  });

  test("that nobody awaits never raise unhandledRejection", async () => {
    const raised: unknown[] = [];
    const listener = (reason: unknown): void => {
      raised.push(reason);
    };
    process.on("unhandledRejection", listener);
    try {
      const once = createRetryStrategy({ maxAttempts: 1 });
      const fail = (): never => {
        throw new Error("nobody listens");
      };
      const handler = withDurableExecution(async (_: unknown, context) => {
        void context.step("step", fail, { retryStrategy: once });
        void context.runInChildContext("child", async () => fail());
        void context.waitForCallback("submit", fail, { retryStrategy: once });
        void context.waitForCallback("no such callback");
        void context.wait({} as never);
        const callback = await context.createCallback("cb");
        void callback.result();
        void context.waitForCallback(callback, { timeout: { seconds: 1 } });
        await context.wait({ minutes: 1 });
        return "done";
      });
      const runner = new DurableTestRunner(handler, {
        callbacks: { cb: respond.failure(new Error("x")).after({ seconds: 5 }) },
      });
      await runner.run();
      const result = await runner.runToCompletion();
      expect(result.result).toBe("done");
      for (let turn = 0; turn < 3; turn += 1) {
        await new Promise<void>((resolve) => {
          setImmediate(resolve);
        });
      }
      expect(raised).toEqual([]);
    } finally {
      process.off("unhandledRejection", listener);
    }
  });

  test("reject promises: a caught one is caught, and what was thrown comes with it", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const failed = context.step(
        "step",
        () => {
          throw new Error("x");
        },
        { retryStrategy: () => ({ shouldRetry: false }) },
      );
      await context.wait({ seconds: 1 });
      return Promise.allSettled([failed, failed.finally(() => {}), failed.catch(() => "caught")]);
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toMatchObject([
      { status: "rejected" },
      { status: "rejected" },
      { status: "fulfilled", value: "caught" },
    ]);
  });
});

describe("races", () => {
  /** Runs a race, replays it a few times, and tells all winners that were seen. */
  const winners = async (
    race: (context: Parameters<Parameters<typeof withDurableExecution>[0]>[1]) => Promise<unknown>,
    callbacks = {},
  ): Promise<readonly unknown[]> => {
    const seen: unknown[] = [];
    const handler = withDurableExecution(async (_: unknown, context) => {
      seen.push(await race(context));
      await context.wait("replay", { days: 1 });
      seen.push(await race(context));
      await context.wait("again", { days: 1 });
    });
    const runner = new DurableTestRunner(handler, { callbacks });
    await runner.run();
    const result = await runner.runToCompletion();
    expect(result.error).toBeUndefined();
    expect(result.status).toBe("SUCCEEDED");
    return [...new Set(seen.map((winner) => JSON.stringify(winner)))].map(
      (winner) => JSON.parse(winner) as unknown,
    );
  };

  test("between waits are won by the shorter", async () => {
    expect(
      await winners((context) =>
        Promise.race([
          context.wait({ minutes: 2 }).then(() => "long"),
          context.wait({ minutes: 1 }).then(() => "short"),
        ]),
      ),
    ).toEqual(["short"]);
  });

  test("between waits that end at the same instant are won by the one that was armed first", async () => {
    expect(
      await winners(async (context) => {
        const a = context.wait({ minutes: 1 });
        const b = context.wait({ minutes: 1 });
        return Promise.race([b.then(() => "second"), a.then(() => "first")]);
      }),
    ).toEqual(["first"]);
  });

  test("between a callback's timeout and a wait of the same instant go on in order of arming", async () => {
    expect(
      await winners(
        async (context) => {
          const callback = await context.createCallback("cb", { timeout: { minutes: 1 } });
          const wait = context.wait({ minutes: 1 }).then(() => "wait");
          return Promise.race([wait, callback.settled().then(() => "callback")]);
        },
        { cb: respond.never() },
      ),
    ).toEqual(["callback"]);
  });

  test("between callbacks that are answered at the same instant go to the one answered first", async () => {
    expect(
      await winners(
        async (context) => {
          const [a, b] = await Promise.all([
            context.createCallback<string>("a"),
            context.createCallback<string>("b"),
          ]);
          return Promise.race([b.result(), a.result()]);
        },
        {
          a: respond.success("A").after({ seconds: 10 }),
          b: respond.success("B").after({ seconds: 10 }),
        },
      ),
    ).toEqual(["A"]);
  });

  test("between steps have the same winner on every replay", async () => {
    const seen = await winners((context) =>
      Promise.race([
        context.step("a", async () => {
          await new Promise((resolve) => {
            setTimeout(resolve, 20);
          });
          return "a";
        }),
        context.step("b", async () => {
          await new Promise((resolve) => {
            setTimeout(resolve, 10);
          });
          return "b";
        }),
      ]),
    );
    expect(seen).toEqual(["b"]);
  });

  test("between steps that take no time have the same winner on every replay", async () => {
    expect(
      await winners((context) =>
        Promise.race([
          context.step("slow", async () => {
            for (let index = 0; index < 50; index += 1) await Promise.resolve();
            return "slow";
          }),
          context.step("quick", () => "quick"),
        ]),
      ),
    ).toHaveLength(1);
  });

  test("between a step, a wait and a callback of the same instant have one winner", async () => {
    expect(
      await winners(
        async (context) => {
          const callback = await context.createCallback<string>("cb");
          return Promise.race([
            callback.result(),
            context.wait({ seconds: 10 }).then(() => "wait"),
            context.step("step", async () => {
              await new Promise((resolve) => {
                setTimeout(resolve, 10_000);
              });
              return "step";
            }),
          ]);
        },
        { cb: respond.success("callback").after({ seconds: 10 }) },
      ),
    ).toHaveLength(1);
  });

  test("for any() skip what fails", async () => {
    expect(
      await winners(
        async (context) => {
          const callbacks = await Promise.all(
            ["a", "b"].map((name) => context.createCallback<string>(name)),
          );
          return Promise.any(callbacks.map((callback) => callback.result()));
        },
        {
          a: respond.failure(new Error("no")).after({ seconds: 1 }),
          b: respond.success("B").after({ seconds: 2 }),
        },
      ),
    ).toEqual(["B"]);
  });

  test("between child contexts are won by the one that ended first", async () => {
    expect(
      await winners((context) =>
        Promise.race([
          context.runInChildContext("two waits", async (child) => {
            await child.wait({ seconds: 5 });
            await child.wait({ seconds: 5 });
            return "two waits";
          }),
          context.runInChildContext("one wait", async (child) => {
            await child.wait({ seconds: 9 });
            return "one wait";
          }),
        ]),
      ),
    ).toEqual(["one wait"]);
  });

  test("decide what happens after them, and that is replayed too", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback<string>("approval");
      const winner = await Promise.race([
        callback.result().then(() => "approved"),
        context.wait("patience", { hours: 1 }).then(() => "too late"),
      ]);
      await context.step(winner, () => winner);
      await context.wait({ hours: 5 });
      return [winner, await callback.result()];
    });
    const runner = new DurableTestRunner(handler, {
      callbacks: { approval: respond.success("yes").after({ hours: 2 }) },
    });
    const result = await runner.run();
    expect(result.result).toEqual(["too late", "yes"]);
    expect(operationsOf(result, "STEP").map(({ name }) => name)).toEqual(["too late"]);
  });
});

describe("a replay that takes another way", () => {
  /** A handler that asks for something else in each invocation. */
  const differing = (
    ask: (
      context: Parameters<Parameters<typeof withDurableExecution>[0]>[1],
      invocation: number,
    ) => Promise<unknown>,
  ) => {
    let invocation = 0;
    return withDurableExecution(async (_: unknown, context) => {
      invocation += 1;
      await ask(context, invocation);
      await context.wait({ seconds: 1 });
      return "not caught";
    });
  };

  test("because a step's name comes from Math.random() fails the execution", async () => {
    const handler = differing((context) => context.step(`step-${Math.random()}`, () => 1));
    const result = await new DurableTestRunner(handler).run();
    expect(result.status).toBe("FAILED");
    expect(result.error?.ErrorType).toBe("NonDeterministicExecutionError");
  });

  test("names what was recorded, what was asked for, and where", async () => {
    const handler = differing((context, invocation) => context.step(`step ${invocation}`, () => 1));
    const result = await new DurableTestRunner(handler).run();
    const { ErrorMessage = "" } = result.error ?? {};
    expect(ErrorMessage).toContain(`Operation ${operationsOf(result, "STEP")[0]?.id}`);
    expect(ErrorMessage).toContain('was recorded as STEP "step 1"');
    expect(ErrorMessage).toContain('now asks for STEP "step 2"');
    expect(ErrorMessage).toMatch(/at .*test\/replay\.test\.ts:\d+:\d+/);
    expect(ErrorMessage).not.toContain(process.cwd());
    expect(ErrorMessage).toContain("into a step");
  });

  const counter = { value: 0 };

  test("because of a counter of the process fails the execution", async () => {
    const handler = differing((context) => {
      counter.value += 1;
      return context.step(`order-${counter.value}`, () => 1);
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.error?.ErrorType).toBe("NonDeterministicExecutionError");
  });

  test("because of a variable that the first run changed fails the execution", async () => {
    const cache = new Set<string>();
    const handler = differing(async (context) => {
      if (!cache.has("warm")) await context.step("warm up", () => cache.add("warm").size);
      await context.step("work", () => 1);
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.error?.ErrorMessage).toContain(
      'was recorded as STEP "warm up"; the handler now asks for STEP "work"',
    );
  });

  test.for([
    {
      what: "another type",
      first: "step",
      second: "wait",
      says: 'recorded as STEP "same"; the handler now asks for WAIT "same"',
    },
    {
      what: "another subtype",
      first: "child",
      second: "submitter",
      says: 'recorded as CONTEXT (RunInChildContext) "same"; the handler now asks for CONTEXT (WaitForCallback) "same"',
    },
    {
      what: "no name",
      first: "step",
      second: "unnamed",
      says: 'recorded as STEP "same"; the handler now asks for an unnamed STEP',
    },
    {
      what: "a callback instead of a step",
      first: "step",
      second: "callback",
      says: 'asks for CALLBACK "same"',
    },
    {
      what: "a by-id wait instead of a step",
      first: "unnamed",
      second: "by id",
      says: "asks for an unnamed CONTEXT (CallbackWait)",
    },
  ] as const)("to $what is found out", async ({ first, second, says }) => {
    const handler = differing(async (context, invocation) => {
      const callback = await context.createCallback("cb");
      switch (invocation === 1 ? first : second) {
        case "step":
          return context.step("same", () => 1);
        case "unnamed":
          return context.step(() => 1);
        case "wait":
          return context.wait("same", { seconds: 1 });
        case "child":
          return context.runInChildContext("same", async () => 1);
        case "submitter":
          return context.waitForCallback("same", () => {});
        case "callback":
          return context.createCallback("same");
        case "by id":
          return context.waitForCallback(callback, { timeout: { seconds: 5 } });
      }
    });
    const runner = new DurableTestRunner(handler);
    await runner.run();
    const result = await runner.runToCompletion();
    expect(result.status).toBe("FAILED");
    expect(result.error?.ErrorType).toBe("NonDeterministicExecutionError");
    expect(result.error?.ErrorMessage).toContain(says);
  });

  test("inside a child context is found out too", async () => {
    const handler = differing((context, invocation) =>
      context.runInChildContext("child", async (child) => {
        await child.step(`step ${invocation}`, () => 1);
        await child.wait({ seconds: 1 });
      }),
    );
    const result = await new DurableTestRunner(handler).run();
    expect(result.error?.ErrorType).toBe("NonDeterministicExecutionError");
  });

  test("fails the execution even if the handler catches what it can", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      try {
        await context.step(`step-${Math.random()}`, () => 1);
      } catch {
        // Not for the handler to decide.
      }
      await context.wait({ seconds: 1 });
      return "went on";
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.error?.ErrorType).toBe("NonDeterministicExecutionError");
  });

  test("is none when randomness stays within steps", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const dice = await context.step("dice", () => Math.random());
      const id = await context.step("id", () => crypto.randomUUID());
      await context.wait({ seconds: 1 });
      await context.step(`order-${dice}`, () => 1);
      await context.wait({ seconds: 1 });
      return [dice, id];
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.status).toBe("SUCCEEDED");
  });
});

describe("the logger", () => {
  const recorder = () => {
    const lines: unknown[][] = [];
    const record =
      (level: string) =>
      (...data: readonly unknown[]): void => {
        lines.push([level, ...data.slice(0, -1)]); // the last says where
      };
    const logger: Logger = {
      debug: record("debug"),
      info: record("info"),
      warn: record("warn"),
      error: record("error"),
    };
    return { lines, logger };
  };

  test("is silent while the handler replays, and writes each line once", async () => {
    const { lines, logger } = recorder();
    const handler = withDurableExecution(
      async (_: unknown, context) => {
        context.logger.info("begin", { n: 1 });
        await context.step("a", () => 1);
        context.logger.debug("after a");
        await context.wait({ hours: 1 });
        context.logger.warn("after the wait");
        const callback = await context.createCallback<string>("cb");
        context.logger.error("before the answer");
        await callback.result();
        context.logger.info("after the answer");
        await context.step("b", () => 2);
        context.logger.info("end");
      },
      { logger },
    );
    const runner = new DurableTestRunner(handler);
    await runner.run();
    await runner.callback("cb").succeed("yes");
    expect(lines).toEqual([
      ["info", "begin", { n: 1 }],
      ["debug", "after a"],
      ["warn", "after the wait"],
      ["error", "before the answer"],
      ["info", "after the answer"],
      ["info", "end"],
    ]);
  });

  test("writes each line of each branch once", async () => {
    const { lines, logger } = recorder();
    const handler = withDurableExecution(
      async (_: unknown, context) => {
        await Promise.all(
          [1, 2, 3].map(async (seconds) => {
            await context.wait({ seconds });
            context.logger.info(seconds);
          }),
        );
        context.logger.info("all");
      },
      { logger },
    );
    await new DurableTestRunner(handler).run();
    expect(lines).toEqual([
      ["info", 1],
      ["info", 2],
      ["info", 3],
      ["info", "all"],
    ]);
  });

  test("writes a line after an answer that came during the invocation once", async () => {
    const { lines, logger } = recorder();
    const handler = withDurableExecution(
      async (_: unknown, context) => {
        const callback = await context.createCallback<string>("approval");
        await context.step("answer", async () => {
          await runner.callback("approval").succeed("yes");
        });
        await callback.result();
        context.logger.info("answered");
        await context.wait({ hours: 1 });
        context.logger.info("waited");
      },
      { logger },
    );
    const runner: DurableTestRunner = new DurableTestRunner(handler);
    await runner.run();
    expect(lines).toEqual([
      ["info", "answered"],
      ["info", "waited"],
    ]);
  });

  test("writes a line after a completion that came while it was blocked on something else once", async () => {
    const { lines, logger } = recorder();
    const handler = withDurableExecution(
      async (_: unknown, context) => {
        const callback = await context.createCallback<string>("approval");
        await context.wait({ hours: 1 });
        context.logger.info("waited");
        await callback.result();
        context.logger.info("answered");
        await context.wait({ hours: 1 });
        context.logger.info("end");
      },
      { logger },
    );
    await new DurableTestRunner(handler, {
      callbacks: { approval: respond.success("yes").after({ minutes: 1 }) },
    }).run();
    expect(lines.map(([, line]) => line)).toEqual(["waited", "answered", "end"]);
  });

  test("writes a line after a closed child context once", async () => {
    const { lines, logger } = recorder();
    const handler = withDurableExecution(
      async (_: unknown, context) => {
        await context.runInChildContext("large", async (child) => {
          child.logger.info("in the child");
          await child.wait({ seconds: 1 });
          child.logger.info("in the child, after the wait");
          return "x".repeat(300_000);
        });
        context.logger.info("after the child");
        await context.wait({ seconds: 1 });
        context.logger.info("end");
      },
      { logger },
    );
    await new DurableTestRunner(handler).run();
    expect(lines.map(([, line]) => line)).toEqual([
      "in the child",
      "in the child, after the wait",
      "after the child",
      "end",
    ]);
  });

  test("is the console unless told otherwise", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      expect(typeof context.logger.info).toBe("function");
      return context.executionArn;
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toMatch(/^arn:aws:lambda:/);
  });
});

describe("the same handler, input, seed and script", () => {
  const order = withDurableExecution(async (input: { readonly id: string }, context) => {
    const random = await context.step("random", () => [Math.random(), crypto.randomUUID()]);
    const callback = await context.createCallback<string>("approval", { timeout: { hours: 1 } });
    const answers = await Promise.all([
      callback.result(),
      context.runInChildContext("child", async (child) => {
        await child.step(
          "flaky",
          (step) => {
            if (step.attempt < 3) throw new Error("again");
          },
          { retryStrategy: createRetryStrategy({ maxAttempts: 5 }) },
        );
        return child.waitForCallback("payment", () => {}, { timeout: { minutes: 9 } });
      }),
      context.step("now", () => [Date.now(), new Date().toISOString()]),
    ]);
    return [input.id, random, answers];
  });
  const historyOf = async (seed: number): Promise<string> => {
    const runner = new DurableTestRunner(order, {
      seed,
      callbacks: {
        approval: respond.success("yes").after({ minutes: 3 }),
        payment: respond.success({ paid: true }).after({ minutes: 2 }),
      },
    });
    const result = await runner.run({ id: "o-1" });
    expect(result.status).toBe("SUCCEEDED");
    return JSON.stringify(result.history);
  };

  test("make a history that is the same, byte for byte", async () => {
    const [first, ...others] = await Promise.all([historyOf(5), historyOf(5), historyOf(5)]);
    for (const other of others) expect(other).toBe(first);
  });

  test("but another seed make another", async () => {
    expect(await historyOf(5)).not.toBe(await historyOf(6));
  });

  test("keep stack traces beside the history, not in it", async () => {
    const handler = withDurableExecution(async (_: unknown, context) =>
      context.step(
        "work",
        () => {
          throw new Error("x");
        },
        { retryStrategy: () => ({ shouldRetry: false }) },
      ),
    );
    const result = await new DurableTestRunner(handler).run();
    expect(JSON.stringify(result.history)).not.toContain("StackTrace");
    expect(JSON.stringify(result.history)).not.toContain("replay.test.ts");
    expect(operationsOf(result, "STEP")[0]?.error?.StackTrace?.[0]).toContain("replay.test.ts");
    expect(result.error?.StackTrace).toBeDefined();
    expect(eventLines(result).at(-1)).toBe("ExecutionFailed");
  });
});
