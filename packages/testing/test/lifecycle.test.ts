import {
  createRetryStrategy,
  type DurableContext,
  StepInterruptedError,
  withDurableExecution,
} from "@durabletest/runtime";
import { describe, expect, test, vi } from "vitest";
import {
  DurableTestRunner,
  HandlerRejectedError,
  HandlerStuckError,
  InvalidHandlerError,
  LimitExceededError,
  respond,
} from "../src/index.ts";
import { eventLines, eventsOf, operationsOf, rejectionOf } from "./support/history.ts";
import { wireHandler } from "./support/wire.ts";

const handlerOf = <Output>(body: (context: DurableContext) => Promise<Output>) =>
  withDurableExecution(async (_: unknown, context) => body(context));

describe("a handler whose promise rejects", () => {
  test("is invoked again three times, then run() rejects with the cause", async () => {
    let calls = 0;
    const causes: Error[] = [];
    const handler = wireHandler(async ({ checkpoint }) => {
      await checkpoint();
      calls += 1;
      const cause = new Error(`infrastructure fault ${calls}`);
      causes.push(cause);
      throw cause;
    });
    const runner = new DurableTestRunner(handler);
    const error = await rejectionOf(runner.run());
    expect(calls).toBe(4);
    expect(HandlerRejectedError.is(error)).toBe(true);
    expect(error).toMatchObject({ code: "HANDLER_REJECTED", cause: causes[3] });
    expect((error as Error).message).toContain("rejected 4 times in a row");
    expect((error as Error).message).toContain("infrastructure fault 4");
    expect(
      eventsOf(runner.result, "InvocationCompleted").map(
        (event) => event.InvocationCompletedDetails.Error?.Payload?.ErrorMessage,
      ),
    ).toEqual([1, 2, 3, 4].map((number) => `infrastructure fault ${number}`));
    expect(runner.result.status).toBe("PENDING");
  });

  test("goes on if it answers in time, and its rejections are forgotten", async () => {
    const handler = wireHandler(async ({ number, checkpoint }) => {
      if (number % 4 !== 0) throw new Error("not yet");
      if (number === 8) return { Status: "SUCCEEDED", Result: String(number) };
      await checkpoint({
        Id: `w${number}`,
        Type: "WAIT",
        Action: "START",
        WaitOptions: { WaitSeconds: 1 },
      });
      return { Status: "PENDING" };
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toBe(8);
    expect(result.invocations.map(({ status }) => status)).toEqual([
      "DIED",
      "DIED",
      "DIED",
      "PENDING",
      "DIED",
      "DIED",
      "DIED",
      "SUCCEEDED",
    ]);
  });

  test("with something that is no error is told as well", async () => {
    // eslint-disable-next-line typescript/prefer-promise-reject-errors -- that is what is tested
    const runner = new DurableTestRunner(() => Promise.reject("just a text"));
    const error = await rejectionOf(runner.run());
    expect((error as Error).cause).toBe("just a text");
    expect((error as Error).message).toContain("Error: just a text");
  });

  test("because it throws at once is told as well", async () => {
    const runner = new DurableTestRunner(() => {
      throw new SyntaxError("at once");
    });
    expect((await rejectionOf(runner.run())) as Error).toMatchObject({
      code: "INVALID_HANDLER",
      cause: { name: "SyntaxError" },
    });
  });

  test("because nobody wrapped it is told what to do", async () => {
    const unwrapped = async (_: unknown, context: DurableContext) =>
      context.step("work", () => "worked");
    // @ts-expect-error -- it does not compile, either
    const error = await rejectionOf(new DurableTestRunner(unwrapped).run());
    expect(InvalidHandlerError.is(error)).toBe(true);
    expect((error as Error).cause).toBeInstanceOf(TypeError);
    expect((error as Error).message).toContain("is it wrapped with withDurableExecution?");
  });

  test("leaves the runner usable: the next call invokes it again", async () => {
    const handler = wireHandler(({ number }) => {
      if (number <= 4) throw new Error("down");
      return { Status: "SUCCEEDED", Result: '"up again"' };
    });
    const runner = new DurableTestRunner(handler);
    await rejectionOf(runner.run());
    const result = await runner.advance({ seconds: 0 });
    expect(result).toMatchObject({ status: "SUCCEEDED", result: "up again" });
  });
});

describe("a handler that is not wrapped, and returns something", () => {
  test("is refused when it answers, with what it answered", async () => {
    const runner = new DurableTestRunner(async () => ({ total: 3 }));
    const error = await rejectionOf(runner.run());
    expect(InvalidHandlerError.is(error)).toBe(true);
    expect((error as Error).message).toContain('{"total":3}');
  });
});

describe("process.exit in handler code", () => {
  test("in a step ends the invocation, not the test; the execution is invoked again", async () => {
    let runs = 0;
    const handler = handlerOf(async (context) =>
      context.step("crashes", () => {
        runs += 1;
        if (runs === 1) process.exit(3);
        return "survived";
      }),
    );
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toBe("survived");
    expect(runs).toBe(2);
    expect(result.invocations).toMatchObject([
      { status: "DIED", error: { ErrorType: "Runtime.ExitError" } },
      { status: "SUCCEEDED" },
    ]);
    expect(
      eventsOf(result, "InvocationCompleted")[0]?.InvocationCompletedDetails.Error?.Payload,
    ).toEqual({
      ErrorType: "Runtime.ExitError",
      ErrorMessage: expect.stringContaining("exit status 3") as string,
    });
    // An at-least-once step goes on without a second StepStarted.
    expect(eventLines(result)).toEqual([
      "ExecutionStarted",
      "StepStarted crashes",
      "InvocationCompleted",
      "StepSucceeded crashes",
      "InvocationCompleted",
      "ExecutionSucceeded",
    ]);
  });

  test("in a step inside a child context does so too", async () => {
    let runs = 0;
    const handler = handlerOf((context) =>
      context.runInChildContext("child", (child) =>
        child.step("crashes", async () => {
          runs += 1;
          await Promise.resolve();
          if (runs === 1) process.exit(1);
          return "survived";
        }),
      ),
    );
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toBe("survived");
    expect(eventLines(result)).toEqual([
      "ExecutionStarted",
      "ContextStarted child",
      "StepStarted crashes",
      "InvocationCompleted",
      "StepSucceeded crashes",
      "ContextSucceeded child",
      "InvocationCompleted",
      "ExecutionSucceeded",
    ]);
  });

  test("in the handler's body ends the invocation, and what was recorded stays", async () => {
    let invocations = 0;
    let steps = 0;
    const handler = handlerOf(async (context) => {
      invocations += 1;
      const value = await context.step("work", () => {
        steps += 1;
        return "kept";
      });
      if (invocations === 1) process.exit();
      return value;
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toBe("kept");
    expect(steps).toBe(1);
    expect(eventLines(result)).toEqual([
      "ExecutionStarted",
      "StepStarted work",
      "StepSucceeded work",
      "InvocationCompleted",
      "InvocationCompleted",
      "ExecutionSucceeded",
    ]);
  });

  test("cannot be caught by the handler", async () => {
    let invocations = 0;
    const handler = handlerOf(async (context) => {
      invocations += 1;
      if (invocations === 1) {
        try {
          process.exit(1);
        } catch {
          // Too late: the sandbox is dead.
        }
      }
      return context.step("after", () => invocations);
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toBe(2);
    expect(eventsOf(result, "StepStarted")).toHaveLength(1);
  });

  test("lets nothing of the dead invocation reach the service any more", async () => {
    let invocations = 0;
    const handler = handlerOf(async (context) => {
      invocations += 1;
      if (invocations === 1) {
        void context.step("beside", async () => {
          await Promise.resolve();
          return "from the dead";
        });
        try {
          process.exit(1);
        } catch {
          await context.step("also from the dead", () => 1).catch(() => {});
        }
      }
      return "alive";
    });
    const runner = new DurableTestRunner(handler);
    const result = await runner.run();
    expect(result.result).toBe("alive");
    for (let turn = 0; turn < 3; turn += 1) {
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
    }
    expect(runner.result.history).toEqual(result.history);
    expect(operationsOf(result, "STEP").map(({ status }) => status)).not.toContain("SUCCEEDED");
  });

  test("lets nothing of another SDK's dead invocation reach the service either", async () => {
    const answers: string[] = [];
    const handler = wireHandler(async ({ number, event, client, checkpoint }) => {
      if (number > 1) return { Status: "SUCCEEDED", Result: '"alive"' };
      try {
        process.exit(1);
      } catch {
        const request = {
          DurableExecutionArn: event.DurableExecutionArn,
          CheckpointToken: event.CheckpointToken,
        };
        void checkpoint({ Id: "s", Type: "STEP", Action: "SUCCEED" }).then(() =>
          answers.push("checkpoint"),
        );
        void client.getExecutionState(request).then(() => answers.push("state"));
      }
      return { Status: "SUCCEEDED", Result: '"from the dead"' };
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toBe("alive");
    expect(result.operations).toEqual([]);
    expect(answers).toEqual([]);
  });

  test("in an at-most-once step surfaces as StepInterruptedError to the retry strategy", async () => {
    const runs: number[] = [];
    const asked: unknown[] = [];
    const handler = handlerOf((context) =>
      context.step(
        "charge",
        (step) => {
          runs.push(step.attempt);
          if (step.attempt === 1) process.exit(1);
          return "succeeded on second attempt";
        },
        {
          semantics: "AtMostOncePerRetry",
          retryStrategy: (error, attempt) => {
            asked.push([StepInterruptedError.is(error), error.message, attempt]);
            return { shouldRetry: true, delay: { seconds: 1 } };
          },
        },
      ),
    );
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toBe("succeeded on second attempt");
    expect(runs).toEqual([1, 2]);
    // Only that: a dead sandbox asks nobody.
    expect(asked).toEqual([[true, expect.stringContaining('step "charge" was interrupted'), 1]]);
    expect(eventLines(result)).toEqual([
      "ExecutionStarted",
      "StepStarted charge",
      "InvocationCompleted",
      "StepFailed charge",
      "InvocationCompleted",
      "StepStarted charge",
      "StepSucceeded charge",
      "InvocationCompleted",
      "ExecutionSucceeded",
    ]);
    expect(eventsOf(result, "StepFailed")[0]?.StepFailedDetails.RetryDetails).toEqual({
      CurrentAttempt: 1,
      NextAttemptDelaySeconds: 1,
    });
  });

  test("in an at-most-once step that is not retried fails it, without running it again", async () => {
    let runs = 0;
    const causes: unknown[] = [];
    const handler = handlerOf(async (context) => {
      await context
        .step(
          "charge",
          () => {
            runs += 1;
            process.exit(1);
          },
          {
            semantics: "AtMostOncePerRetry",
            retryStrategy: createRetryStrategy({ maxAttempts: 1 }),
          },
        )
        .catch((error: Error) => causes.push(error.cause));
      await context.wait({ seconds: 1 });
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.status).toBe("SUCCEEDED");
    expect(runs).toBe(1);
    expect(causes).toHaveLength(2);
    for (const cause of causes) expect(StepInterruptedError.is(cause)).toBe(true);
  });

  test("in a submitter is survived, and the answer arrives", async () => {
    let runs = 0;
    const handler = handlerOf((context) =>
      context.waitForCallback<string>("payment", () => {
        runs += 1;
        if (runs === 1) process.exit(1);
      }),
    );
    const result = await new DurableTestRunner(handler, {
      callbacks: { payment: respond.success("paid") },
    }).run();
    expect(result.result).toBe("paid");
  });

  test("again and again ends at the limit of invocations", async () => {
    const handler = handlerOf(async () => {
      process.exit(1);
    });
    const error = await rejectionOf(new DurableTestRunner(handler, { maxInvocations: 20 }).run());
    expect(LimitExceededError.is(error)).toBe(true);
  });

  test("outside of handlers is the process's own", () => {
    const exit = vi.spyOn(process, "exit").mockImplementation((() => "mocked") as never);
    try {
      expect((process.exit as () => unknown)()).toBe("mocked");
    } finally {
      exit.mockRestore();
    }
  });
});

describe("a timer's callback that throws", () => {
  test("is an uncaught exception: the invocation dies and the execution is invoked again", async () => {
    let invocations = 0;
    const handler = handlerOf(async (context) => {
      invocations += 1;
      if (invocations === 1) {
        setTimeout(() => {
          throw new RangeError("in a timer");
        }, 10);
        await context.step("slow", async () => {
          await new Promise((resolve) => {
            setTimeout(resolve, 1000);
          });
        });
      }
      return "survived";
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toBe("survived");
    expect(result.invocations[0]).toMatchObject({
      status: "DIED",
      error: { ErrorMessage: expect.stringContaining("in a timer") as string },
    });
  });
});

// Each of them takes the second of real time after which a handler counts as stuck.
describe.concurrent("a handler that can never go on", () => {
  test("because a step never settles is reported, naming the step and where it was called", async () => {
    const handler = handlerOf(async (context) => {
      await context.step("fine", () => 1);
      await context.step("hangs", () => new Promise<never>(() => {}));
    });
    const runner = new DurableTestRunner(handler);
    const error = await rejectionOf(runner.run());
    expect(HandlerStuckError.is(error)).toBe(true);
    expect(error).toMatchObject({ code: "HANDLER_STUCK" });
    const { message } = error as Error;
    expect(message).toContain('step "hangs", whose function has not settled (attempt 1)');
    expect(message).toMatch(/test\/lifecycle\.test\.ts:\d+/);
    const [sentence, timeline] = message.split("\n\nTimeline\n");
    expect(sentence).not.toContain('"fine"');
    expect(timeline).toContain('step "fine" → 1');
    expect(runner.result.invocations.at(-1)).toMatchObject({ status: "DIED" });
  });

  test("because its body waits for nothing is reported", async () => {
    const handler = handlerOf(async (context) => {
      await context.step("fine", () => 1);
      await new Promise<never>(() => {});
    });
    const error = await rejectionOf(new DurableTestRunner(handler).run());
    expect(HandlerStuckError.is(error)).toBe(true);
    expect((error as Error).message).toMatch(
      /No operation is pending: it waits for something outside steps, after step "fine", called at .*test\/lifecycle\.test\.ts:\d+/,
    );
  });

  test("because its body waits for nothing before its first operation is reported", async () => {
    const handler = handlerOf(() => new Promise<never>(() => {}));
    const error = await rejectionOf(new DurableTestRunner(handler).run());
    expect((error as Error).message).toContain("and has called no operation yet");
  });

  test("because a module waits for a timer of an execution that has ended is told what to do", async () => {
    let batch: Promise<void> | undefined;
    const send = (): Promise<void> =>
      (batch ??= new Promise((resolve) => {
        setTimeout(() => {
          batch = undefined;
          resolve();
        }, 100);
      }));
    await new DurableTestRunner(
      handlerOf((context) => context.step("adds", () => void send())),
    ).run();
    const waiting = new DurableTestRunner(handlerOf((context) => context.step("waits", send)));
    const error = await rejectionOf(waiting.run());
    expect((error as Error).message).toContain("ended with a timer armed, which never fires");
  });

  test("beside operations that are pending has all of them named", async () => {
    const handler = handlerOf(async (context) => {
      void context.wait("a wait", { hours: 1 });
      void context.step(
        "retried",
        () => {
          throw new Error("x");
        },
        { retryStrategy: () => ({ shouldRetry: true, delay: { hours: 1 } }) },
      );
      await context.createCallback("approval");
      await context.createCallback();
      await new Promise<never>(() => {});
    });
    const error = await rejectionOf(new DurableTestRunner(handler).run());
    const { message } = error as Error;
    expect(message).toContain('wait "a wait", until 2025-01-01T01:00:00.000Z');
    expect(message).toContain('step "retried", between two attempts');
    expect(message).toContain('callback "approval", open');
    expect(message).toContain("callback unnamed (");
  });

  test("of another SDK is reported without call sites", async () => {
    const handler = wireHandler(async ({ checkpoint }) => {
      await checkpoint({ Id: "s", Type: "STEP", Name: "hangs", Action: "START" });
      return new Promise(() => {});
    });
    const error = await rejectionOf(new DurableTestRunner(handler).run());
    expect((error as Error).message).toContain('step "hangs"');
    expect((error as Error).message).not.toContain("called at");
  });
});

describe("a handler that spins", () => {
  test("over invocations ends at maxInvocations, showing what repeats", async () => {
    const handler = handlerOf(async (context) => {
      for (;;) await context.wait("again", { seconds: 1 });
    });
    const runner = new DurableTestRunner(handler, { maxInvocations: 30 });
    const error = await rejectionOf(runner.run());
    expect(LimitExceededError.is(error)).toBe(true);
    expect(error).toMatchObject({ code: "LIMIT_EXCEEDED" });
    const { message } = error as Error;
    expect(message).toContain("invoked 30 times (maxInvocations)");
    expect(message).toContain(
      'the last 30 times: WaitStarted "again" → InvocationCompleted → WaitSucceeded "again".',
    );
    expect(message).toContain("\n\nTimeline\n");
    expect(runner.result.invocations).toHaveLength(30);
  });

  test("over operations ends at maxOperations, showing what repeats", async () => {
    const handler = handlerOf(async (context) => {
      for (;;) await context.step("again", () => 1);
    });
    const runner = new DurableTestRunner(handler, { maxOperations: 50 });
    const error = await rejectionOf(runner.run());
    expect(LimitExceededError.is(error)).toBe(true);
    const { message } = error as Error;
    expect(message).toContain("more than 50 operations (maxOperations)");
    expect(message).toContain('StepStarted "again" → StepSucceeded "again"');
    expect(runner.result.operations).toHaveLength(51);
  });

  test("within the limits is left alone", async () => {
    const handler = handlerOf(async (context) => {
      for (let index = 0; index < 19; index += 1) await context.wait({ seconds: 1 });
      return "done";
    });
    const runner = new DurableTestRunner(handler, { maxInvocations: 20, maxOperations: 19 });
    expect((await runner.run()).result).toBe("done");
  });

  test("leaves the runner as it is: it may be looked at, and disposed of", async () => {
    const handler = handlerOf(async (context) => {
      for (;;) await context.step("again", () => 1);
    });
    await using runner = new DurableTestRunner(handler, { maxOperations: 50 });
    await rejectionOf(runner.run());
    expect(runner.result.status).toBe("PENDING");
    expect(await rejectionOf(runner.run())).toMatchObject({ code: "RUNNER_USED" });
  });
});

describe('globals: "real"', () => {
  test("leaves the handler the real clock", async () => {
    const handler = handlerOf(async (context) => {
      const first = await context.step("now", () => Date.now());
      await context.wait({ days: 300 });
      const second = await context.step("later", () => Date.now());
      return second - first;
    });
    const real = new DurableTestRunner(handler, { globals: "real" });
    const before = Date.now();
    const result = await real.run();
    expect(result.status).toBe("SUCCEEDED");
    expect(result.elapsedMs).toBe(300 * 86_400_000);
    expect(result.result).toBeLessThanOrEqual(Date.now() - before);
    const virtual = await new DurableTestRunner(handler).run();
    expect(virtual.result).toBe(300 * 86_400_000);
  });

  test("waits for timers in real time", async () => {
    const handler = handlerOf(async (context) =>
      context.step("short", async () => {
        await new Promise((resolve) => {
          setTimeout(resolve, 1);
        });
        return "waited";
      }),
    );
    const result = await new DurableTestRunner(handler, { globals: "real" }).run();
    expect(result).toMatchObject({ result: "waited", elapsedMs: 0 });
  });
});
