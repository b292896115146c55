import { readFileSync } from "node:fs";
import { type DurableContext, withDurableExecution } from "@aws/durable-execution-sdk-js";
import { describe, expect, test } from "vitest";
import { cloudDifferences } from "./support/cloud-differences.ts";
import { useEnvironment } from "./support/environment.ts";
import { aws, describeModules, ours, type TestingModule } from "./support/modules.ts";
import { realNow, settled, sleep } from "./support/settled.ts";

// Each of these is a row of docs/differences-from-aws-runner.md, under the same name: what the one module
// does, and what the other does, in the same situation.

interface Difference {
  readonly name: string;
  readonly theirs: unknown;
  readonly ours: unknown;
  readonly scenario: (testing: TestingModule) => Promise<unknown>;
}

const differences: Difference[] = [];

function difference(
  name: string,
  scenario: Difference["scenario"],
  expected: Pick<Difference, "theirs" | "ours">,
): void {
  differences.push({ name, scenario, ...expected });
}

/** A runner for a handler. */
function runnerFor<Input>(
  { LocalDurableTestRunner }: TestingModule,
  handler: (input: Input, context: DurableContext) => Promise<unknown>,
): InstanceType<TestingModule["LocalDurableTestRunner"]> {
  return new LocalDurableTestRunner({ handlerFunction: withDurableExecution(handler) });
}

type Runner = ReturnType<typeof runnerFor>;

const silences = new Map<TestingModule, Promise<{ runner: Runner; realMs: number }>>();

/** A run in which nobody answers; one for all tests, since AWS's runner takes a second for it. */
function silence(testing: TestingModule): Promise<{ runner: Runner; realMs: number }> {
  const known = silences.get(testing);
  if (known !== undefined) return known;
  const runner = runnerFor(testing, async (_: unknown, context) => {
    const [silent] = await context.createCallback("silent", { timeout: { seconds: 1 } });
    const [dead] = await context.createCallback("dead", { heartbeatTimeout: { seconds: 1 } });
    await Promise.allSettled([silent, dead]);
  });
  const start = realNow();
  const silent = runner.run().then(() => ({ runner, realMs: realNow() - start }));
  silences.set(testing, silent);
  return silent;
}

// Time

difference(
  "a wait that is skipped",
  async (testing) => {
    const runner = runnerFor(testing, async (_: unknown, context) => {
      for (let count = 0; count < 5; count += 1) await context.wait({ hours: 1 });
    });
    const invocations = (await runner.run()).getInvocations().length;
    return invocations < 6 ? "fewer than 6" : invocations;
  },
  { theirs: "fewer than 6", ours: 6 },
);

difference(
  "a fault that only shows on replay",
  async (testing) => {
    let invocations = 0;
    const runner = runnerFor(testing, async (_: unknown, context) => {
      invocations += 1;
      const name = `of invocation ${invocations}`;
      await context.wait({ hours: 1 });
      await context.step(name, async () => {});
      await context.wait({ hours: 1 });
    });
    return (await runner.run()).getStatus();
  },
  { theirs: "SUCCEEDED", ours: "FAILED" },
);

difference(
  "two waits that race",
  async (testing) => {
    const runner = runnerFor(testing, async (_: unknown, context) =>
      Promise.race([
        context.wait("long", { hours: 2 }).then(() => "long"),
        context.wait("short", { hours: 1 }).then(() => "short"),
      ]),
    );
    return (await runner.run()).getResult();
  },
  { theirs: "long", ours: "short" },
);

difference(
  "a wait and the timeout of a callback that race",
  async (testing) => {
    const runner = runnerFor(testing, async (_: unknown, context) => {
      const [answer] = await context.createCallback("approval", { timeout: { seconds: 1 } });
      return Promise.race([
        answer.catch(() => "timeout"),
        context.wait("cool off", { hours: 1 }).then(() => "wait"),
      ]);
    });
    return (await runner.run()).getResult();
  },
  { theirs: "wait", ours: "timeout" },
);

difference(
  "the timeout of a callback that nobody answers",
  async (testing) => {
    const { realMs } = await silence(testing);
    return realMs > 500 ? "real time" : "no time";
  },
  { theirs: "real time", ours: "no time" },
);

difference(
  "a timer in a step",
  async (testing) => {
    const runner = runnerFor(testing, async (_: unknown, context) =>
      context.step("slow", async () => {
        await new Promise((resolve) => {
          setTimeout(resolve, 500);
        });
      }),
    );
    const start = realNow();
    await runner.run();
    return realNow() - start > 450 ? "real time" : "no time";
  },
  { theirs: "real time", ours: "no time" },
);

difference(
  "executions that wait at the same time",
  async (testing) => {
    const hours = await Promise.all(
      [1, 4].map(async (wait) => {
        const runner = runnerFor(testing, async (_: unknown, context) => {
          const before = await context.step("before", async () => Date.now());
          await context.wait({ hours: wait });
          const after = await context.step("after", async () => Date.now());
          return Math.round((after - before) / 3_600_000);
        });
        return (await runner.run()).getResult();
      }),
    );
    return hours.join(" and ") === "1 and 4" ? "as long as they say" : "equally long";
  },
  { theirs: "equally long", ours: "as long as they say" },
);

difference(
  "when a wait has ended",
  async (testing) => {
    const runner = runnerFor(testing, async (_: unknown, context) =>
      context.wait("cool off", { hours: 1 }),
    );
    await runner.run();
    const wait = runner.getOperation("cool off");
    const end = wait.getEndTimestamp();
    return end && end.getTime() - wait.getStartTimestamp()!.getTime();
  },
  { theirs: undefined, ours: 3_600_000 },
);

difference(
  "the clock and the timers of the test",
  async () => [Reflect.get(Date, "isFake") === true, Object.hasOwn(setTimeout, "clock")],
  { theirs: [true, true], ours: [false, false] },
);

difference(
  "an environment that is set up again",
  async ({ LocalDurableTestRunner }) =>
    settled(LocalDurableTestRunner.setupTestEnvironment({ skipTime: true })),
  { theirs: ["rejected", "TypeError"], ours: ["resolved", undefined] },
);

// Callbacks

difference(
  "an answer that comes too late",
  async (testing) => {
    const runner = runnerFor(testing, async (_: unknown, context) => {
      const [answer] = await context.createCallback("approval", { timeout: { seconds: 1 } });
      const outcome = answer.catch(() => "timeout");
      const [end] = await context.createCallback("end");
      await end;
      return outcome;
    });
    const approval = runner.getOperation("approval");
    const end = runner.getOperation("end");
    const run = runner.run();
    await approval.waitForData(testing.WaitingOperationStatus.COMPLETED);
    const late = await settled(approval.sendCallbackSuccess("late"));
    await end.sendCallbackSuccess();
    const execution = await run;
    return [late, approval.getStatus(), execution.getResult()];
  },
  {
    theirs: [["resolved", {}], "SUCCEEDED", "late"],
    ours: [["rejected", "CallbackTimeoutException"], "TIMED_OUT", "timeout"],
  },
);

difference(
  "two answers to one callback",
  async (testing) => {
    const runner = runnerFor(testing, async (_: unknown, context) => {
      const [answer] = await context.createCallback("approval");
      return answer;
    });
    const approval = runner.getOperation("approval");
    const run = runner.run();
    await approval.waitForData();
    const sent = await Promise.all([
      settled(approval.sendCallbackSuccess("first")),
      settled(approval.sendCallbackSuccess("second")),
    ]);
    return [sent.map(([outcome]) => outcome), (await run).getResult()];
  },
  {
    theirs: [["resolved", "resolved"], "second"],
    ours: [["resolved", "rejected"], "first"],
  },
);

difference(
  "an answer after the end of the execution",
  async (testing) => {
    const runner = runnerFor(testing, async (_: unknown, context) => {
      await context.createCallback("approval");
    });
    await runner.run();
    return settled(runner.getOperation("approval").sendCallbackSuccess("late"));
  },
  { theirs: ["resolved", {}], ours: ["rejected", "CallbackTimeoutException"] },
);

difference(
  "an answer that is too large",
  async (testing) => {
    const runner = runnerFor(testing, async (_: unknown, context) => {
      const [answer] = await context.createCallback("approval");
      return (await answer) === "small" ? "small" : "large";
    });
    const approval = runner.getOperation("approval");
    const run = runner.run();
    await approval.waitForData();
    const sent = await settled(approval.sendCallbackSuccess("x".repeat(262_145)));
    if (sent[0] === "rejected") await approval.sendCallbackSuccess("small");
    return [sent, (await run).getResult()];
  },
  {
    theirs: [["resolved", {}], "large"],
    ours: [["rejected", "InvalidPayloadError"], "small"],
  },
);

difference(
  "a heartbeat that no timeout waits for",
  async (testing) => {
    const runner = runnerFor(testing, async (_: unknown, context) => {
      const [answer] = await context.createCallback("approval");
      return answer;
    });
    const approval = runner.getOperation("approval");
    const run = runner.run();
    await approval.waitForData();
    const sent = await settled(approval.sendCallbackHeartbeat());
    await approval.sendCallbackSuccess();
    await run;
    return sent;
  },
  { theirs: ["rejected", "Error"], ours: ["resolved", {}] },
);

difference(
  "a timeout of zero",
  async (testing) => {
    const runner = runnerFor(testing, async (_: unknown, context) => {
      const [answer] = await context.createCallback("approval", { timeout: { seconds: 0 } });
      return answer;
    });
    const approval = runner.getOperation("approval");
    const run = runner.run();
    await approval.waitForData();
    await sleep(100);
    const status = approval.getStatus();
    if (status === "STARTED") await approval.sendCallbackSuccess();
    await run;
    return status;
  },
  { theirs: "TIMED_OUT", ours: "STARTED" },
);

difference(
  "the error type of a timeout",
  async (testing) => {
    const { runner } = await silence(testing);
    return ["silent", "dead"].map(
      (name) => runner.getOperation(name).getCallbackDetails()?.error?.errorType,
    );
  },
  { theirs: [undefined, undefined], ours: ["Callback.Timeout", "Callback.Heartbeat"] },
);

difference(
  "a failure with fields that errors do not have",
  async (testing) => {
    const warned = new Promise<string>((resolve) => {
      process.once("warning", ({ message }) => {
        resolve(message);
      });
    });
    const runner = runnerFor(testing, async (_: unknown, context) => {
      const [answer] = await context.createCallback("approval");
      return answer.catch((error: unknown) => (error as Error).message);
    });
    const approval = runner.getOperation("approval");
    const run = runner.run();
    await approval.waitForData();
    await approval.sendCallbackFailure({ errorMessage: "superseded" } as never);
    const result = await run;
    const warning = await Promise.race([warned, sleep(50)]);
    return [result.getResult(), warning?.includes('Did you mean "ErrorMessage"?') ?? "no warning"];
  },
  { theirs: ["Callback failed", "no warning"], ours: ["Callback failed", true] },
);

// What the service refuses

/** Whether a handler may do something. */
async function outcomeOf(
  testing: TestingModule,
  body: (context: DurableContext) => Promise<unknown>,
): Promise<unknown> {
  const runner = runnerFor(testing, async (_: unknown, context) => {
    await body(context);
    // What was started before has been taken by then, or not.
    await context.wait({ seconds: 1 });
  });
  return (await runner.run()).getStatus();
}

const accepted = { theirs: "SUCCEEDED", ours: "FAILED" };

difference(
  "a wait of more than 366 days",
  (testing) => outcomeOf(testing, async (context) => context.wait({ days: 367 })),
  accepted,
);

difference(
  "a retry after no time",
  (testing) => {
    let attempts = 0;
    return outcomeOf(testing, async (context) =>
      context
        .step("flaky", async () => Promise.reject(new Error(`no ${++attempts}`)), {
          retryStrategy: (__, attempt) => ({ shouldRetry: attempt < 2, delay: { seconds: 0 } }),
        })
        .catch(() => {}),
    );
  },
  accepted,
);

difference(
  "a name that is not printable ASCII",
  (testing) => outcomeOf(testing, async (context) => context.step("Größe", async () => {})),
  accepted,
);

difference(
  "a name of more than 256 characters",
  (testing) => outcomeOf(testing, async (context) => context.step("n".repeat(257), async () => {})),
  accepted,
);

difference(
  "a subtype of more than 32 characters, or with a blank in it",
  async (testing) => [
    await outcomeOf(testing, async (context) =>
      context.runInChildContext("a", async () => {}, { subType: "x".repeat(33) }),
    ),
    await outcomeOf(testing, async (context) =>
      context.runInChildContext("a", async () => {}, { subType: "a b" }),
    ),
  ],
  { theirs: ["SUCCEEDED", "SUCCEEDED"], ours: ["FAILED", "FAILED"] },
);

// What is recorded

difference(
  "whether what an event carries was cut off",
  async (testing) => {
    const runner = runnerFor(testing, async () => "done");
    const ended = (await runner.run()).getHistoryEvents().at(-1);
    return ended?.ExecutionSucceededDetails?.Result?.Truncated;
  },
  { theirs: undefined, ours: false },
);

difference(
  "which version of a function was invoked",
  async (testing) => {
    const runner = runnerFor(testing, async (_: unknown, context) =>
      context.invoke("call", "inner", {}),
    );
    runner.registerFunction("inner", async () => "done");
    await runner.run();
    const started = runner.getOperation("call").getEvents()?.[0]?.ChainedInvokeStartedDetails;
    return started?.ExecutedVersion;
  },
  { theirs: undefined, ours: "$LATEST" },
);

difference(
  "the end of an execution with a result of more than 6 MB",
  async (testing) => {
    const runner = runnerFor(testing, async () => "x".repeat(6_300_000));
    return (await runner.run())
      .getHistoryEvents()
      .map(({ EventType }) => EventType)
      .slice(1);
  },
  {
    theirs: ["ExecutionSucceeded", "InvocationCompleted"],
    ours: ["InvocationCompleted", "ExecutionSucceeded"],
  },
);

difference(
  "the number of an attempt",
  async (testing) => {
    const runner = runnerFor(testing, async (_: unknown, context) =>
      context
        .step("flaky", async () => Promise.reject(new Error("no")), {
          retryStrategy: (__, attempt) => ({ shouldRetry: attempt < 3, delay: { hours: 1 } }),
        })
        .catch(() => {}),
    );
    await runner.run();
    return runner
      .getOperation("flaky")
      .getEvents()
      ?.flatMap((event) => event.StepFailedDetails?.RetryDetails?.CurrentAttempt ?? []);
  },
  { theirs: [1, 1, 2], ours: [1, 2, 3] },
);

difference(
  "when the next attempt of a step is due that has ended",
  async (testing) => {
    let attempts = 0;
    const runner = runnerFor(testing, async (_: unknown, context) =>
      context.step(
        "flaky",
        async () => (++attempts === 1 ? Promise.reject(new Error("no")) : "done"),
        { retryStrategy: () => ({ shouldRetry: true, delay: { seconds: 1 } }) },
      ),
    );
    await runner.run();
    const { nextAttemptTimestamp } = runner.getOperation("flaky").getStepDetails() ?? {};
    return nextAttemptTimestamp instanceof Date ? "a date" : nextAttemptTimestamp;
  },
  { theirs: "a date", ours: undefined },
);

difference(
  "what an invoke was started with",
  async (testing) => {
    const runner = runnerFor(testing, async (_: unknown, context) =>
      context.invoke("call", "inner", { n: 1 }),
    );
    runner.registerDurableFunction(
      "inner",
      withDurableExecution(async () => "done"),
    );
    await runner.run();
    const started = runner.getOperation("call").getEvents()?.[0]?.ChainedInvokeStartedDetails;
    const { FunctionName, Input, DurableExecutionArn } = started ?? {};
    return [FunctionName, Input?.Payload, DurableExecutionArn?.startsWith("arn:aws:lambda:")];
  },
  { theirs: ["", "", false], ours: ["inner", '{"n":1}', true] },
);

difference(
  "the error of an invocation that has answered",
  async (testing) => {
    const runner = runnerFor(testing, async () => Promise.reject(new Error("failed")));
    const events = (await runner.run()).getHistoryEvents();
    const completed = events.find(({ EventType }) => EventType === "InvocationCompleted");
    return completed?.InvocationCompletedDetails?.Error?.Payload?.ErrorMessage;
  },
  { theirs: "failed", ours: undefined },
);

difference(
  "the ARN of an execution",
  async (testing) => {
    const runner = runnerFor(testing, async (_: unknown, context) =>
      /^arn:aws:lambda:.+\/durable-execution\//.test(context.executionContext.durableExecutionArn),
    );
    return (await runner.run()).getResult();
  },
  { theirs: false, ours: true },
);

difference(
  "the result of a step that is too large",
  async (testing) => {
    const runner = runnerFor(testing, async (_: unknown, context) => {
      await context.step("export", async () => "x".repeat(300_000));
    });
    return (await runner.run()).getStatus();
  },
  { theirs: "SUCCEEDED", ours: "FAILED" },
);

// What a handler is given

difference(
  "what an invocation is given",
  async ({ LocalDurableTestRunner }) => {
    const given: unknown[] = [];
    const handler = withDurableExecution(async (_: unknown, context: DurableContext) => {
      await context.runInChildContext("pack", async (child) => child.step("box", async () => {}));
      const [answer] = await context.createCallback("approval");
      await answer;
    });
    const runner = new LocalDurableTestRunner({
      handlerFunction: async (event: InvocationEvent, lambdaContext: never) => {
        const { UpdatedOperationIds = [], InitialExecutionState } = event;
        given.push({
          updated: UpdatedOperationIds.length,
          known: InitialExecutionState.Operations.flatMap(({ Name }) => Name ?? []),
        });
        return handler(event as never, lambdaContext);
      },
    });
    const approval = runner.getOperation("approval");
    const run = runner.run();
    await approval.waitForData();
    await sleep(100);
    await approval.sendCallbackSuccess();
    await run;
    return given.at(-1);
  },
  {
    theirs: { updated: 0, known: ["pack", "box", "approval"] },
    ours: { updated: 1, known: ["pack", "approval"] },
  },
);

interface InvocationEvent {
  readonly UpdatedOperationIds?: readonly string[];
  readonly InitialExecutionState: {
    readonly Operations: readonly { readonly Name?: string }[];
  };
}

difference(
  "a handler whose promise rejects",
  async ({ LocalDurableTestRunner }) => {
    let invocations = 0;
    const handler = withDurableExecution(async () => "done");
    const runner = new LocalDurableTestRunner({
      handlerFunction: async (event: never, lambdaContext: never) => {
        invocations += 1;
        if (invocations === 1) throw new RangeError("a fault of the infrastructure");
        return handler(event, lambdaContext);
      },
    });
    return settled(runner.run().then((execution) => execution.getResult() as unknown));
  },
  { theirs: ["rejected", "RangeError"], ours: ["resolved", "done"] },
);

difference(
  "a handler that ends its process",
  async (testing) => {
    let attempts = 0;
    const runner = runnerFor(testing, async (_: unknown, context) =>
      context.step(
        "export",
        async () => {
          attempts += 1;
          // Vitest lets it throw; elsewhere AWS's runner ends here, and the tests with it.
          if (attempts === 1) process.exit(3);
        },
        { retryStrategy: () => ({ shouldRetry: false }) },
      ),
    );
    return [(await runner.run()).getStatus(), attempts];
  },
  { theirs: ["FAILED", 1], ours: ["SUCCEEDED", 2] },
);

// Functions that are invoked

difference(
  "an invoked function that returns nothing",
  async (testing) => {
    const runner = runnerFor(testing, async (_: unknown, context) =>
      context.invoke("call", "plain", {}),
    );
    runner.registerFunction("plain", async () => {});
    return (await runner.run()).getStatus();
  },
  { theirs: "FAILED", ours: "SUCCEEDED" },
);

difference(
  "an invoked function that answers at once",
  async (testing) => {
    const runner = runnerFor(testing, async (_: unknown, context) =>
      context.invoke("call", "plain", {}),
    );
    runner.registerFunction("plain", () => "no promise, no callback");
    return settled(runner.run().then((execution) => execution.getResult()));
  },
  { theirs: ["pending"], ours: ["resolved", null] },
);

difference(
  "an invoked function that invokes another",
  async (testing) => {
    const runner = runnerFor(testing, async (_: unknown, context) =>
      context.invoke("call", "inner", {}),
    );
    runner
      .registerDurableFunction(
        "inner",
        withDurableExecution(async (_: unknown, context: DurableContext) =>
          context.invoke("call", "innermost", {}),
        ),
      )
      .registerFunction("innermost", async () => "deep");
    return settled(runner.run().then((execution) => execution.getResult()));
  },
  { theirs: ["rejected", "Error"], ours: ["resolved", "deep"] },
);

/** What is told of a plain function that has thrown. */
async function errorOfPlain(
  testing: TestingModule,
  thrown: unknown,
): Promise<{ readonly errorType: string | undefined; readonly hasStack: boolean }> {
  const runner = runnerFor(testing, async (_: unknown, context) =>
    context.invoke("call", "plain", {}),
  );
  runner.registerFunction("plain", async () => {
    throw thrown;
  });
  await runner.run();
  const error = runner.getOperation("call").getChainedInvokeDetails()?.error;
  return { errorType: error?.errorType, hasStack: error?.stackTrace !== undefined };
}

difference(
  "the stack of what an invoked plain function threw",
  async (testing) => (await errorOfPlain(testing, new TypeError("wrong"))).hasStack,
  { theirs: true, ours: false },
);

difference(
  "the error type of a text that an invoked plain function threw",
  async (testing) => (await errorOfPlain(testing, "a text")).errorType,
  { theirs: undefined, ours: "Error" },
);

// Handles and runners

difference(
  "waiting for a submitter that has ended already",
  async (testing) => {
    const { STARTED, SUBMITTED } = testing.WaitingOperationStatus;
    const runner = runnerFor(testing, async (_: unknown, context) =>
      context.waitForCallback("approval", async () => {}),
    );
    const approval = runner.getOperation("approval");
    const run = runner.run();
    await approval.waitForData(STARTED);
    await sleep(100);
    const [outcome] = await settled(approval.waitForData(SUBMITTED));
    await approval.sendCallbackSuccess();
    await run;
    return outcome;
  },
  { theirs: "pending", ours: "resolved" },
);

difference(
  "waiting for an operation inside another",
  async (testing) => {
    const { COMPLETED, SUBMITTED } = testing.WaitingOperationStatus;
    const runner = runnerFor(testing, async (_: unknown, context) =>
      context.waitForCallback("approval", async () => {}),
    );
    const approval = runner.getOperation("approval");
    const run = runner.run();
    await approval.waitForData(SUBMITTED);
    const callback = approval.getChildOperations()?.[0];
    const outcome = settled(callback!.waitForData(COMPLETED), 1000);
    await approval.sendCallbackSuccess();
    await run;
    return (await outcome)[0];
  },
  { theirs: "rejected", ours: "resolved" },
);

difference(
  "waiting for an operation that does not come",
  async (testing) => {
    const runner = runnerFor(testing, async (_: unknown, context) => {
      await context.step("mail", async () => {});
      throw new Error("no credentials");
    });
    const run = runner.run();
    const message = await runner
      .getOperation("mial")
      .waitForData()
      .then(
        () => "",
        (thrown: unknown) => (thrown as Error).message,
      );
    await run;
    return [
      message.startsWith("Operation was not found after execution completion."),
      /Did you mean "mail"\?.+FAILED.+no credentials.+Timeline/s.test(message),
    ];
  },
  { theirs: [true, false], ours: [true, true] },
);

difference(
  "waiting after the run for what it did not bring",
  async (testing) => {
    const runner = runnerFor(testing, async () => "done");
    await runner.run();
    const [outcome] = await settled(runner.getOperation("approval").waitForData());
    return outcome;
  },
  { theirs: "pending", ours: "rejected" },
);

difference(
  "a second run without a reset",
  async (testing) => {
    const runner = runnerFor(testing, async ({ full }: { full?: boolean }, context) => {
      await context.step("always", async () => {});
      if (full === true) await context.step("sometimes", async () => {});
    });
    await runner.run({ payload: { full: true } });
    const second = await runner.run();
    const started = second
      .getHistoryEvents()
      .filter(({ EventType }) => EventType === "ExecutionStarted");
    return [second.getOperations().map((operation) => operation.getName()), started.length];
  },
  { theirs: [["always", "sometimes"], 2], ours: [["always"], 1] },
);

difference(
  "a function that is invoked by more than its name",
  async (testing) => {
    const runner = runnerFor(testing, async (_: unknown, context) =>
      context.invoke("call", "plain:live", {}),
    );
    runner.registerFunction("plain", async () => "found");
    return settled(runner.run().then((execution) => execution.getResult()));
  },
  { theirs: ["rejected", "Error"], ours: ["resolved", "found"] },
);

describeModules("in %s module", (testing, name) => {
  useEnvironment(testing, { skipTime: true });

  test.each(differences)("$name", async (each) => {
    expect(await each.scenario(testing)).toEqual(name === "ours" ? each.ours : each.theirs);
  });
});

// Those that need an environment of their own

const environments = [
  "a run that nothing was set up for",
  "a delay of checkpoints that is not set up first",
] as const;

describe(environments[0], () => {
  const runOf = (testing: TestingModule) => settled(runnerFor(testing, async () => "done").run());

  test("rejects in AWS's module", async () => {
    expect(await runOf(aws as unknown as TestingModule)).toEqual(["rejected", "Error"]);
  });

  test("takes real time in ours", async () => {
    expect((await runOf(ours))[0]).toBe("resolved");
  });
});

describe(environments[1], () => {
  const timeOfARun = async (testing: TestingModule, checkpointDelay: number): Promise<number> => {
    const { LocalDurableTestRunner } = testing;
    await LocalDurableTestRunner.setupTestEnvironment();
    await LocalDurableTestRunner.teardownTestEnvironment();
    await LocalDurableTestRunner.setupTestEnvironment({ checkpointDelay });
    const start = realNow();
    await runnerFor(testing, async (_: unknown, context) =>
      context.step("quick", async () => {}),
    ).run();
    await LocalDurableTestRunner.teardownTestEnvironment();
    return realNow() - start;
  };

  test("is ignored by AWS's module", async () => {
    expect(await timeOfARun(aws as unknown as TestingModule, 50_000)).toBeLessThan(50_000);
  });

  test("counts in ours", async () => {
    expect(await timeOfARun(ours, 1000)).toBeGreaterThanOrEqual(999);
  });
});

test("the page about the differences lists these, and nothing else", () => {
  const path = "../../../../docs/differences-from-aws-runner.md";
  const page = readFileSync(new URL(path, import.meta.url), "utf8");
  const rows = [...page.matchAll(/^\| (?![-\s])([^|]+)\|/gm)].map(([, name = ""]) => name.trim());
  const names = [...differences.map(({ name }) => name), ...environments, ...cloudDifferences];
  expect(rows.filter((row) => row !== "situation").toSorted()).toEqual(names.toSorted());
});
