import {
  createRetryStrategy,
  type DurableContext,
  type DurableHandler,
  type StepConfig,
  StepInterruptedError,
  withDurableExecution,
} from "@durabletest/runtime";
import { withDurableExecution as withAwsDurableExecution } from "@aws/durable-execution-sdk-js";
import { expect, test } from "vitest";
import {
  DurableTestRunner,
  respond,
  type RunnerOptions,
  type StepAttempt,
  StepScriptUnsupportedError,
} from "../src/index.ts";

/** Charges a card; what is charged can be seen. */
function charging(config: StepConfig<string> = {}): {
  readonly handler: DurableHandler<undefined, unknown>;
  readonly charged: number[];
} {
  const charged: number[] = [];
  const retryStrategy = createRetryStrategy({ maxAttempts: 4, jitter: "NONE" });
  const handler = withDurableExecution(async (_: undefined, context: DurableContext) =>
    context.step(
      "charge",
      ({ attempt }) => {
        charged.push(attempt);
        return "receipt";
      },
      { retryStrategy, ...config },
    ),
  );
  return { handler, charged };
}

const run = async (
  handler: DurableHandler<undefined, unknown>,
  steps: RunnerOptions["steps"],
): Promise<Awaited<ReturnType<DurableTestRunner["run"]>>> =>
  new DurableTestRunner(handler, { steps }).run(undefined);

test("a response stands for the function of a step, at every attempt", async () => {
  const { handler, charged } = charging();
  const declined = await run(handler, { charge: respond.failure(new Error("declined")) });
  expect(declined.error?.ErrorMessage).toContain("declined");
  expect(declined.step("charge")).toMatchObject({ attempt: 4, runs: 0 });

  const succeeded = await run(handler, { charge: respond.success({ id: 7 }) });
  expect(succeeded.result).toEqual({ id: 7 });
  expect(charged).toEqual([]);
});

test("a list says something of one attempt each; then the function is called", async () => {
  const { handler, charged } = charging();
  const result = await run(handler, {
    charge: [respond.failure(new TypeError("503")), respond.failure({ ErrorType: "Throttled" })],
  });
  expect(result.result).toBe("receipt");
  expect(result.step("charge")).toMatchObject({ attempt: 3, runs: 1 });
  expect(charged).toEqual([3]);
  expect(
    result.history.flatMap((event) =>
      event.EventType === "StepFailed" ? [JSON.stringify(event)] : [],
    ),
  ).toEqual([expect.stringContaining("TypeError"), expect.stringContaining("Throttled")]);
});

test("a crash before the function lets the attempt be made again", async () => {
  const { handler, charged } = charging();
  const result = await run(handler, { charge: [respond.crash("before"), respond.run()] });
  expect(result.result).toBe("receipt");
  expect(charged).toEqual([1]);
  expect(result.invocations.map(({ status, error }) => [status, error?.ErrorType])).toEqual([
    ["DIED", "Sandbox.Crashed"],
    ["SUCCEEDED", undefined],
  ]);
});

test("a crash after the function has it called twice: its outcome was lost", async () => {
  const { handler, charged } = charging();
  const result = await run(handler, { charge: [respond.crash("after")] });
  expect(result.result).toBe("receipt");
  expect(charged).toEqual([1, 1]);
  expect(result.step("charge")).toMatchObject({ runs: 2, completedRuns: 2 });
});

test("a crash is an interruption of a step that is at most once", async () => {
  const { handler, charged } = charging({
    semantics: "AtMostOncePerRetry",
    retryStrategy: () => ({ shouldRetry: false }),
  });
  for (const when of ["before", "after"] as const) {
    const result = await run(handler, { charge: respond.crash(when) });
    expect(result.error?.ErrorMessage).toContain("was interrupted");
    expect(result.step("charge").error?.ErrorType).toBe(StepInterruptedError.name);
  }
  expect(charged).toEqual([1]);
});

test("what a function of the test returns is what the step returns; it may call the step's own", async () => {
  const { handler, charged } = charging();
  const asked: Omit<StepAttempt, "run">[] = [];
  const result = await run(handler, {
    charge: async ({ name, attempt, run: charge, step }: StepAttempt) => {
      asked.push({ name, attempt, step });
      if (attempt === 1) throw new Error("later");
      if (attempt === 2 && charged.length === 0) return respond.crash("after");
      return `${String(await charge())} no. ${attempt}`;
    },
  });
  expect(result.result).toBe("receipt no. 2");
  expect(charged).toEqual([2, 2]);
  expect(asked.map(({ attempt }) => attempt)).toEqual([1, 2, 2]);
  expect(asked[0]).toMatchObject({ name: "charge", attempt: 1, step: { status: "STARTED" } });
});

test("an attempt takes as long as its script says, and the invocation times out behind it", async () => {
  const { handler, charged } = charging();
  const slow = await run(handler, { charge: respond.run().after({ minutes: 3 }) });
  expect(slow).toMatchObject({ result: "receipt", elapsedMs: 180_000 });

  const runner = new DurableTestRunner(handler, {
    invocationTimeout: { minutes: 1 },
    steps: { charge: [respond.run().after({ minutes: 3 }), respond.never()] },
  });
  const result = await runner.run(undefined);
  expect(result.result).toBe("receipt");
  expect(result.elapsedMs).toBe(120_000);
  expect(result.invocations.map(({ error }) => error?.ErrorType)).toEqual([
    "Sandbox.Timedout",
    "Sandbox.Timedout",
    undefined,
  ]);
  expect(charged).toEqual([1, 1]);
});

test("a path picks one of several steps of a name; steps without a name have a path, too", async () => {
  const handler = withDurableExecution(async (_: undefined, context: DurableContext) => {
    const charges = await context.map("items", [1, 2, 3], async (child, item) =>
      child.step("charge", () => `charged ${item}`),
    );
    const approval = await context.waitForCallback("approval", () => {});
    return [...charges.getResults(), approval];
  });
  const runner = new DurableTestRunner(handler, {
    steps: {
      "items[1]/charge": respond.success("free"),
      charge: [respond.success("half price")],
      "approval/submitter": ({ run: submit }) => submit(),
    },
    callbacks: { approval: respond.success("yes") },
    unusedScripts: "error",
  });
  const result = await runner.run(undefined);
  expect(result.result).toEqual(["half price", "free", "half price", "yes"]);
});

test("scripts of a run and those that are added later count, too", async () => {
  const handler = withDurableExecution(async (_: undefined, context: DurableContext) => {
    const quote = await context.step("quote", () => 1);
    const approval = await context.waitForCallback<string>("approval", () => {});
    const charge = await context.step("charge", () => 2);
    return { quote, approval, charge, reply: await context.waitForCallback("reply", () => {}) };
  });
  const runner = new DurableTestRunner(handler, { steps: { quote: respond.success(0) } });
  await runner.run(undefined, { steps: { quote: respond.success(10) } });
  runner.script({
    steps: { charge: respond.success(20) },
    callbacks: { reply: respond.success("thanks") },
  });
  const result = await runner.callback("approval").succeed("yes");
  expect(result.result).toEqual({ quote: 10, approval: "yes", charge: 20, reply: "thanks" });
});

test("a fork goes on in the list where its original stands", async () => {
  const handler = withDurableExecution(async (_: undefined, context: DurableContext) => {
    await context.waitForCallback("approval", () => {});
    return context.step("charge", () => "real");
  });
  const runner = new DurableTestRunner(handler, {
    steps: { charge: [respond.success("scripted")] },
  });
  await runner.run(undefined);
  const fork = runner.fork();
  expect((await runner.callback("approval").succeed()).result).toBe("scripted");
  expect((await fork.callback("approval").succeed()).result).toBe("scripted");
});

test("a script for a step that never comes up is named, with the name that was meant", async () => {
  const { handler } = charging();
  const runner = new DurableTestRunner(handler, {
    steps: { chrage: respond.run() },
    unusedScripts: "error",
  });
  await expect(runner.run(undefined)).rejects.toThrow(
    'No step has asked for the script "chrage". Did you mean "charge"?',
  );
  expect(runner.result.unusedScripts).toEqual(["chrage"]);
});

test.each([
  [
    "a response that only callbacks understand",
    respond.heartbeatEvery({ seconds: 1 }).times(2),
    "only callbacks get heartbeats",
  ],
  ["no response", 5, "steps.charge: 5 is no response"],
  ["a list with something else in it", [respond.run(), "x"], 'steps.charge[1]: "x" is no response'],
])("%s is refused", (_what, script, message) => {
  const { handler } = charging();
  expect(() => new DurableTestRunner(handler, { steps: { charge: script as never } })).toThrow(
    message,
  );
});

test("what only steps understand is refused for callbacks", () => {
  const { handler } = charging();
  expect(
    () => new DurableTestRunner(handler, { callbacks: { approval: respond.crash("after") } }),
  ).toThrow("respond.run() and respond.crash(…) are about steps");
  expect(() => respond.crash("during" as never)).toThrow('neither "before" nor "after"');
});

test("where nobody can stand in the place of a step, a script for it is an error", async () => {
  const handler = withAwsDurableExecution(async (_: unknown, context) =>
    context.runInChildContext("payment", async (child) => child.step("charge", async () => 1)),
  );
  for (const name of ["charge", "payment/charge"]) {
    const runner = new DurableTestRunner(handler, {
      globals: "real",
      steps: { [name]: respond.success(2) },
    });
    await expect(runner.run({})).rejects.toThrow(StepScriptUnsupportedError);
  }
  const others = new DurableTestRunner(handler, {
    globals: "real",
    steps: { refund: respond.success(2) },
  });
  expect((await others.run({})).result).toBe(1);
});
