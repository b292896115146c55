/**
 * What the service does, and AWS's own test runner does not: each with a handler of AWS's SDK, on our
 * runner and, where that takes no real time, on AWS's.
 */
import { type DurableContext, withDurableExecution } from "@aws/durable-execution-sdk-js";
import {
  LocalDurableTestRunner,
  WaitingOperationStatus,
} from "@aws/durable-execution-sdk-js-testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type AnyDurableLambdaHandler,
  CallbackClosedError,
  DurableTestRunner,
  respond,
} from "../../src/index.ts";
import { keepNativeTicks } from "../support/native-ticks.ts";
import { eventLines, eventsOf, rejectionOf } from "../support/history.ts";

keepNativeTicks();
beforeAll(async () => LocalDurableTestRunner.setupTestEnvironment({ skipTime: true }));
afterAll(async () => LocalDurableTestRunner.teardownTestEnvironment());

type AwsRunner = LocalDurableTestRunner<unknown>;
type AwsHandler = ConstructorParameters<typeof LocalDurableTestRunner>[0]["handlerFunction"];

/** AWS's runner races with itself: the same handler may be invoked once more or less. */
const RACY = { retry: 3 };

/** Runs a handler on AWS's runner; `play` is what the test does meanwhile. */
async function onAwsRunner(
  handler: AnyDurableLambdaHandler,
  play: (runner: AwsRunner) => Promise<void> = async () => {},
  payload: unknown = {},
) {
  const runner = new LocalDurableTestRunner<unknown>({ handlerFunction: handler as AwsHandler });
  const running = runner.run({ payload });
  await play(runner);
  const run = await running;
  const history = run.getHistoryEvents();
  return {
    status: run.getStatus(),
    result: run.getStatus() === "SUCCEEDED" ? run.getResult() : undefined,
    invocations: run.getInvocations().length,
    history,
    lines: history.map(({ EventType }) => EventType),
  };
}

const startedCallback = async (runner: AwsRunner) =>
  runner.getOperation("approval").waitForData(WaitingOperationStatus.STARTED);

type CallbackConfig = Parameters<typeof asking>[0];
function asking(config?: {
  readonly timeout?: { readonly seconds: number };
  readonly heartbeatTimeout?: { readonly seconds: number };
}) {
  return withDurableExecution(async (_: unknown, context: DurableContext) => {
    const [answer] = await context.createCallback("approval", config);
    return answer.catch((error: unknown) => (error as Error).name);
  });
}

describe("attempts", () => {
  const flaky = () => {
    let attempts = 0;
    return withDurableExecution(async (_: unknown, context: DurableContext) =>
      context.step(
        "flaky",
        async () => {
          attempts += 1;
          if (attempts < 4) throw new Error("again");
        },
        { retryStrategy: () => ({ shouldRetry: true }) },
      ),
    );
  };

  test("are counted, each of them", RACY, async () => {
    const run = await new DurableTestRunner(flaky()).run({});
    const failed = eventsOf(run, "StepFailed").map(
      ({ StepFailedDetails: { RetryDetails } }) => RetryDetails?.CurrentAttempt,
    );
    const [succeeded] = eventsOf(run, "StepSucceeded");
    expect(failed).toEqual([1, 2, 3]);
    expect(succeeded?.StepSucceededDetails.RetryDetails?.CurrentAttempt).toBe(4);
    expect(run.invocations).toHaveLength(4);

    const aws = await onAwsRunner(flaky());
    const counted = aws.history.flatMap(
      ({ StepFailedDetails, StepSucceededDetails }) =>
        (StepFailedDetails ?? StepSucceededDetails)?.RetryDetails?.CurrentAttempt ?? [],
    );
    expect(counted).toEqual([1, 1, 2, 3]);
    expect(aws.invocations).toBeLessThan(4);
  });
});

describe("the timeouts of a callback", () => {
  const timeoutTypeOf = async (config: CallbackConfig) => {
    const runner = new DurableTestRunner(asking(config), {
      callbacks: { approval: respond.never() },
    });
    const run = await runner.run({});
    const [event] = eventsOf(run, "CallbackTimedOut");
    return [
      event?.CallbackTimedOutDetails.Error?.Payload?.ErrorType,
      run.elapsedMs,
      run.invocations.length,
    ];
  };

  test("say which one has passed, to the millisecond, in virtual time", async () => {
    expect(await timeoutTypeOf({ timeout: { seconds: 172_800 } })).toEqual([
      "Callback.Timeout",
      172_800_000,
      2,
    ]);
    expect(await timeoutTypeOf({ heartbeatTimeout: { seconds: 60 } })).toEqual([
      "Callback.Heartbeat",
      60_000,
      2,
    ]);
  });

  test("are none where they are zero", RACY, async () => {
    const runner = new DurableTestRunner(asking({ timeout: { seconds: 0 } }));
    expect((await runner.run({})).status).toBe("PENDING");
    await runner.advance({ days: 365 });
    expect((await runner.callback("approval").succeed("yes")).result).toBe("yes");

    const aws = await onAwsRunner(asking({ timeout: { seconds: 0 } }));
    expect(aws.result).toBe("CallbackTimeoutError");
    const timedOut = aws.history.find(({ EventType }) => EventType === "CallbackTimedOut");
    expect(timedOut?.CallbackTimedOutDetails?.Error?.Payload?.ErrorType).toBeUndefined();
  });
});

describe("answers to a callback", () => {
  test("that come twice are ignored", RACY, async () => {
    const runner = new DurableTestRunner(asking());
    await runner.run({});
    const { callbackId } = runner.callback("approval");
    const [, again] = await Promise.all([
      runner.sendCallbackSuccess(callbackId, "first"),
      rejectionOf(runner.sendCallbackSuccess(callbackId, "second")),
    ]);
    expect(CallbackClosedError.is(again)).toBe(true);
    expect(runner.result.result).toBe("first");
    expect(eventsOf(runner.result, "CallbackSucceeded")).toHaveLength(1);

    const aws = await onAwsRunner(asking(), async (awsRunner) => {
      const callback = await startedCallback(awsRunner);
      await Promise.all([
        callback.sendCallbackSuccess("first"),
        callback.sendCallbackSuccess("second"),
      ]);
    });
    expect(aws.result).toBe("second");
    expect(aws.lines.filter((line) => line === "CallbackSucceeded")).toHaveLength(2);
  });

  test("that come too late are ignored", async () => {
    const runner = new DurableTestRunner(asking({ timeout: { seconds: 60 } }), {
      callbacks: { approval: respond.success("late").after({ seconds: 61 }) },
    });
    const { result } = await runner.run({});
    expect(result).toBe("CallbackTimeoutError");
  });

  test("may be heartbeats, where no heartbeat is asked for", RACY, async () => {
    const runner = new DurableTestRunner(asking());
    await runner.run({});
    expect((await runner.callback("approval").heartbeat()).status).toBe("PENDING");
    expect((await runner.callback("approval").succeed(1)).status).toBe("SUCCEEDED");

    let refusal: unknown;
    await onAwsRunner(asking(), async (awsRunner) => {
      const callback = await startedCallback(awsRunner);
      refusal = await rejectionOf(callback.sendCallbackHeartbeat());
      await callback.sendCallbackSuccess("1");
    });
    expect(String(refusal)).toContain("Could not find callback that requires heartbeat");
  });
});

describe("a suspension", () => {
  const renaming = () => {
    let invocation = 0;
    return withDurableExecution(async (_: unknown, context: DurableContext) => {
      invocation += 1;
      await context.step(`in invocation ${invocation}`, async () => 1);
      await context.wait({ seconds: 1 });
      return "nobody noticed";
    });
  };

  test("is the end of an invocation, so that the next one replays", async () => {
    const run = await new DurableTestRunner(renaming()).run({});
    expect(run.status).toBe("FAILED");
    expect(run.error?.ErrorMessage).toContain("Non-deterministic execution detected");
    expect(eventLines(run)).toEqual([
      "ExecutionStarted",
      "StepStarted in invocation 1",
      "StepSucceeded in invocation 1",
      "WaitStarted",
      "InvocationCompleted",
      "WaitSucceeded",
      "InvocationCompleted",
      "ExecutionFailed",
    ]);
  });

  test("is told to the next invocation with what has changed meanwhile", RACY, async () => {
    const tellingIds = () => {
      const told: unknown[] = [];
      const handler = asking();
      const listening = async (event: never, lambdaContext: never): Promise<unknown> => {
        told.push((event as { UpdatedOperationIds?: string[] }).UpdatedOperationIds?.length ?? 0);
        return handler(event, lambdaContext);
      };
      return { told, listening };
    };
    const ours = tellingIds();
    const runner = new DurableTestRunner(ours.listening);
    await runner.run({});
    await runner.callback("approval").succeed(1);
    expect(ours.told).toEqual([0, 1]);

    const aws = tellingIds();
    await onAwsRunner(aws.listening, async (awsRunner) => {
      await (await startedCallback(awsRunner)).sendCallbackSuccess("1");
    });
    expect(aws.told).toEqual([0, 0]);
  });
});

describe("executions at the same time", () => {
  const waiting = withDurableExecution(
    async ({ hours }: { hours: number }, context: DurableContext) => {
      const begun = Date.now();
      const start = await context.step(async () => begun);
      await context.wait({ hours });
      return (await context.step(async () => Date.now())) - start;
    },
  );
  const inputs = [1, 2, 3, 4].map((hours) => ({ hours }));

  test("have a clock each", RACY, async () => {
    const results = await Promise.all(
      inputs.map(async (input) => (await new DurableTestRunner(waiting).run(input)).result),
    );
    expect(results).toEqual(inputs.map(({ hours }) => hours * 3_600_000));

    const aws = await Promise.all(
      inputs.map(async (input) => (await onAwsRunner(waiting, undefined, input)).result),
    );
    // One clock for all: the longest wait is over with a shorter one.
    expect(Number(aws[3])).toBeLessThan(3 * 3_600_000);
  });
});

describe("the limits of the service", () => {
  const large = withDurableExecution(async (_: unknown, context: DurableContext) =>
    context.step("large", async () => "x".repeat(300 * 1024)),
  );

  test("hold for the result of a step", RACY, async () => {
    const run = await new DurableTestRunner(large).run({});
    expect(run.status).toBe("FAILED");
    expect(run.error?.ErrorMessage).toContain("the limit is 262144");

    expect((await onAwsRunner(large)).status).toBe("SUCCEEDED");
  });
});

describe("the start of a chained invoke", () => {
  const calling = withDurableExecution(async (_: unknown, context: DurableContext) =>
    context.invoke("call", "target", { n: 1 }, { tenantId: "tenant-1" }),
  );

  test("says what is invoked, with what", async () => {
    const target = withDurableExecution(async () => 1);
    const run = await new DurableTestRunner(calling, { durableFunctions: { target } }).run({});
    const [event] = eventsOf(run, "ChainedInvokeStarted");
    expect(event?.ChainedInvokeStartedDetails).toEqual({
      FunctionName: "target",
      TenantId: "tenant-1",
      Input: { Payload: '{"n":1}', Truncated: false },
      ExecutedVersion: "$LATEST",
      DurableExecutionArn: expect.stringContaining(":function:target:") as unknown,
    });

    const awsRunner = new LocalDurableTestRunner<unknown>({
      handlerFunction: calling,
    });
    awsRunner.registerFunction("target", async () => 1);
    const history = (await awsRunner.run({ payload: {} })).getHistoryEvents();
    const started = history.find(({ EventType }) => EventType === "ChainedInvokeStarted");
    expect(started?.ChainedInvokeStartedDetails).toEqual({
      FunctionName: "",
      Input: { Payload: "" },
      DurableExecutionArn: "",
    });
  });
});
