import type { DurableContext } from "@aws/durable-execution-sdk-js";
import { respond } from "../../src/index.ts";
import { BRANCHES_BEGIN_IN_TURN, onEverySdk, type Scenario } from "./support/on-every-sdk.ts";
import type { CallbackConfig } from "./support/sdks.ts";

type Submitter = (callbackId: string) => Promise<void>;

/** Waits for "approval", and says what came of it. */
const settling =
  (submitter: Submitter, config?: CallbackConfig): Scenario["handler"] =>
  (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      try {
        return { answer: await context.waitForCallback("approval", submitter, config) };
      } catch (error) {
        const { name, message } = error as Error;
        return { name, message };
      }
    });

const submit: Submitter = async () => {};
const failing: Submitter = async () => {
  throw new Error("no connection");
};

/** A version that does not tell why it failed. */
const oneError = (message: string): NonNullable<Scenario["differs"]> => ({
  "1.1.7": {
    because: "it fails as any child context does",
    outcome: { result: { name: "ChildContextError", message } },
  },
});

const parts = (status: string, callback = status): readonly string[] => [
  `WaitForCallback "approval" ${status}`,
  `  Callback ${callback}`,
  "  Step SUCCEEDED",
];

onEverySdk("waitForCallback succeeds", {
  handler: settling(submit),
  options: { callbacks: { approval: respond.success({ by: "kim" }).after({ hours: 2 }) } },
  expected: {
    status: "SUCCEEDED",
    result: { answer: '{"by":"kim"}' },
    invocations: ["PENDING", "SUCCEEDED"],
    operations: parts("SUCCEEDED"),
    elapsedMs: 2 * 3_600_000,
  },
});

onEverySdk("waitForCallback without a name, and with serdes", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const { by } = await context.waitForCallback<{ by: string }>(submit, {
        serdes: { deserialize: async (text = "null") => JSON.parse(text) as { by: string } },
      });
      return by;
    }),
  play: async (runner) => {
    const { pendingCallbacks } = await runner.run({});
    return runner.sendCallbackSuccess(pendingCallbacks[0]?.callbackId ?? "", { by: "kim" });
  },
  expected: {
    result: "kim",
    operations: ["WaitForCallback SUCCEEDED", "  Callback SUCCEEDED", "  Step SUCCEEDED"],
  },
});

onEverySdk("waitForCallback fails", {
  handler: settling(submit),
  options: { callbacks: { approval: respond.failure(new RangeError("not approved")) } },
  expected: {
    result: { name: "CallbackExternalError", message: "not approved" },
    operations: parts("FAILED"),
  },
  differs: oneError("not approved"),
});

onEverySdk("waitForCallback times out", {
  handler: settling(submit, { timeout: { hours: 1 } }),
  options: { callbacks: { approval: respond.never() } },
  expected: {
    result: { name: "CallbackTimeoutError", message: "Callback timed out" },
    operations: parts("FAILED", "TIMED_OUT"),
    elapsedMs: 3_600_000,
  },
  differs: oneError("Callback timed out"),
});

onEverySdk("waitForCallback misses a heartbeat", {
  handler: settling(submit, { heartbeatTimeout: { minutes: 5 }, timeout: { hours: 1 } }),
  options: { callbacks: { approval: respond.heartbeatEvery({ minutes: 4 }).times(3) } },
  expected: { operations: parts("FAILED", "TIMED_OUT"), elapsedMs: 17 * 60_000 },
  differs: oneError("Callback timed out on heartbeat"),
});

onEverySdk("waitForCallback that nobody catches fails the execution", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
      context.waitForCallback("approval", submit),
    ),
  options: { callbacks: { approval: respond.failure(new Error("not approved")) } },
  expected: { status: "FAILED", error: { ErrorMessage: "not approved" } },
  differs: {
    "1.1.7": {
      because: "it fails as any child context does",
      outcome: { error: { ErrorType: "ChildContextError", ErrorMessage: "not approved" } },
    },
  },
});

onEverySdk("a submitter that is tried again", {
  handler: (sdk) => {
    let attempts = 0;
    return sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
      context.waitForCallback(
        "approval",
        async () => {
          attempts += 1;
          if (attempts < 3) throw new Error("no connection");
        },
        { retryStrategy: () => ({ shouldRetry: true, delay: { seconds: 30 } }) },
      ),
    );
  },
  play: async (runner) => {
    await runner.run({});
    return runner.callback("approval").succeed("yes");
  },
  expected: {
    result: '"yes"',
    invocations: ["PENDING", "PENDING", "PENDING", "SUCCEEDED"],
    operations: parts("SUCCEEDED"),
    elapsedMs: 60_020,
  },
});

onEverySdk("a submitter whose retries are spent", {
  handler: settling(failing, {
    retryStrategy: (_error, attempt) => ({ shouldRetry: attempt < 2 }),
  }),
  expected: {
    result: { name: "CallbackSubmitterError", message: "no connection" },
    invocations: ["PENDING", "SUCCEEDED"],
    operations: ['WaitForCallback "approval" FAILED', "  Callback STARTED", "  Step FAILED"],
  },
  differs: oneError("no connection"),
});

onEverySdk("a callback that is completed before its submitter has ended", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
      context.waitForCallback("approval", async (callbackId) => {
        await world.submit(callbackId);
        await new Promise((resolve) => {
          setTimeout(resolve, 5000);
        });
      }),
    ),
  play: async (runner) => {
    world.submit = async (callbackId) => {
      await runner.sendCallbackSuccess(callbackId, "at once");
    };
    return runner.run({});
  },
  expected: {
    result: '"at once"',
    invocations: ["SUCCEEDED"],
    operations: parts("SUCCEEDED"),
    elapsedMs: 5000,
  },
});

onEverySdk("a callback that fails before its submitter has ended", {
  handler: settling(async (callbackId) => world.submit(callbackId)),
  play: async (runner) => {
    world.submit = async (callbackId) => {
      await runner.sendCallbackFailure(callbackId, new Error("refused"));
    };
    return runner.run({});
  },
  expected: { result: { message: "refused" }, operations: parts("FAILED") },
  differs: oneError("refused"),
});

onEverySdk("a callback that times out while its submitter is tried again", {
  handler: settling(failing, {
    timeout: { minutes: 1 },
    retryStrategy: (_error, attempt) => ({ shouldRetry: attempt < 3, delay: { minutes: 1 } }),
  }),
  options: { callbacks: { approval: respond.never() } },
  expected: { status: "SUCCEEDED", elapsedMs: 120_000 },
  differs: oneError("no connection"),
});

/** How a handler reaches the outside world. */
const world: { submit: (callbackId: string) => Promise<void> } = { submit: async () => {} };

onEverySdk("a process that exits in a submitter, which runs again with the same callback", {
  handler: (sdk) => {
    const ids: string[] = [];
    return sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const answer = await context.waitForCallback("approval", async (callbackId) => {
        ids.push(callbackId);
        if (ids.length === 1) process.exit(1);
      });
      return [answer, ids.length, new Set(ids).size];
    });
  },
  options: { callbacks: { approval: respond.success("yes").after({ seconds: 10 }) } },
  expected: { result: ['"yes"', 2, 1], invocations: ["DIED", "PENDING", "SUCCEEDED"] },
});

onEverySdk("several at once, each answered in its time", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
      Promise.all(["a", "b", "c"].map(async (name) => context.waitForCallback(name, submit))),
    ),
  options: {
    callbacks: {
      a: respond.success(1).after({ hours: 3 }),
      b: respond.success(2).after({ hours: 1 }),
      c: respond.success(3).after({ hours: 2 }),
    },
  },
  expected: {
    result: ["1", "2", "3"],
    invocations: ["PENDING", "PENDING", "PENDING", "SUCCEEDED"],
  },
  differs: BRANCHES_BEGIN_IN_TURN,
});

onEverySdk("one after the other, in a child context", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
      context.runInChildContext("child", async (child) => [
        await child.waitForCallback("first", submit),
        await child.waitForCallback("second", submit),
      ]),
    ),
  play: async (runner) => {
    await runner.run({});
    await runner.callback("first").succeed(1);
    return runner.callback("second").succeed(2);
  },
  expected: { result: ["1", "2"], invocations: ["PENDING", "PENDING", "SUCCEEDED"] },
});

onEverySdk("tried again as a whole, until somebody answers", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      for (let turn = 1; ; turn += 1) {
        try {
          return [
            turn,
            await context.waitForCallback(`ask ${turn}`, submit, { timeout: { hours: 1 } }),
          ];
        } catch {
          await context.wait({ hours: 1 });
        }
      }
    }),
  options: {
    callbacks: {
      "ask 1": respond.never(),
      "ask 2": respond.never(),
      "ask 3": respond.success("yes").after({ minutes: 59 }),
    },
  },
  expected: { result: [3, '"yes"'], elapsedMs: 4 * 3_600_000 + 59 * 60_000 },
  differs: { "1.1.7": { because: "the recorded errors are of another type" } },
});
