import type { DurableContext, DurablePromise } from "@aws/durable-execution-sdk-js";
import { CallbackClosedError, respond, type RunnerOptions } from "../../src/index.ts";
import { rejectionOf } from "../support/history.ts";
import { onEverySdk, type Scenario } from "./support/on-every-sdk.ts";
import type { CallbackConfig } from "./support/sdks.ts";

/** Creates a callback, mails its id, and waits for it. */
const asking =
  (config?: CallbackConfig): Scenario["handler"] =>
  (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const [answer, callbackId] = await context.createCallback("approval", config);
      await context.step("ask", async () => callbackId.length > 0);
      return answer;
    });

/** A version that knows one error for whatever becomes of a callback. */
const oneError = (message: string): NonNullable<Scenario["differs"]> => ({
  "1.1.7": {
    because: "all errors of callbacks are alike",
    outcome: {
      result: { name: "CallbackError", message, errorType: "CallbackError", cause: message },
    },
  },
});
const TIMED_OUT = "Callback timed out";

/** As {@link asking}, but says what came of it. */
const settling =
  (config?: CallbackConfig): Scenario["handler"] =>
  (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const [answer] = await context.createCallback("approval", config);
      try {
        return { answer: await answer };
      } catch (error) {
        const { name, message, errorType, cause } = error as Error & { errorType?: string };
        return { name, message, errorType, cause: (cause as Error | undefined)?.message };
      }
    });

onEverySdk("a callback that is answered", {
  handler: asking(),
  play: async (runner) => {
    await runner.run({});
    return runner.callback("approval").succeed({ approved: true });
  },
  expected: {
    result: '{"approved":true}',
    invocations: ["PENDING", "SUCCEEDED"],
    operations: ['Callback "approval" SUCCEEDED', 'Step "ask" SUCCEEDED'],
    elapsedMs: 20,
  },
});

onEverySdk("a callback that nobody has answered yet", {
  handler: asking({ timeout: { days: 2 } }),
  expected: {
    status: "PENDING",
    invocations: ["PENDING"],
    operations: ['Callback "approval" STARTED', 'Step "ask" SUCCEEDED'],
  },
});

onEverySdk("a callback that is answered with nothing", {
  handler: settling(),
  options: { callbacks: { approval: respond.success() } },
  expected: { status: "SUCCEEDED", result: {} },
});

onEverySdk("a callback with serdes of its own", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const [answer] = await context.createCallback<{ approved: boolean }>("approval", {
        serdes: { deserialize: async (text = "null") => JSON.parse(text) as { approved: boolean } },
      });
      return (await answer).approved;
    }),
  options: { callbacks: { approval: respond.success({ approved: true }).after({ hours: 3 }) } },
  expected: { result: true, elapsedMs: 3 * 3_600_000 },
});

onEverySdk("a default for the payloads of callbacks", {
  needs: "buildPreview",
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      context.configureSerdes({
        defaultCallbackDeserializer: {
          deserialize: async (text = "null") => JSON.parse(text) as unknown,
        },
      });
      const [answer] = await context.createCallback<{ n: number }>("direct");
      const waited = await context.waitForCallback<{ n: number }>("waited", async () => {});
      return [(await answer).n, waited.n];
    }),
  options: { callbacks: { direct: respond.success({ n: 1 }), waited: respond.success({ n: 2 }) } },
  expected: { result: [1, 2] },
});

onEverySdk("a callback that fails", {
  handler: settling(),
  play: async (runner) => {
    await runner.run({});
    return runner.callback("approval").fail({
      ErrorType: "Rejected",
      ErrorMessage: "not approved",
      ErrorData: "by kim",
    });
  },
  expected: {
    status: "SUCCEEDED",
    result: { message: "not approved", errorType: "CallbackExternalError" },
    operations: ['Callback "approval" FAILED'],
  },
  differs: oneError("not approved"),
});

onEverySdk("a callback whose timeout passes", {
  handler: settling({ timeout: { hours: 48 } }),
  play: async (runner) => {
    await runner.run({});
    await runner.advance({ hours: 47 });
    return runner.advance({ hours: 1 });
  },
  expected: {
    status: "SUCCEEDED",
    result: { errorType: "CallbackTimeoutError" },
    invocations: ["PENDING", "SUCCEEDED"],
    operations: ['Callback "approval" TIMED_OUT'],
    elapsedMs: 48 * 3_600_000,
  },
  differs: oneError(TIMED_OUT),
});

onEverySdk("a callback that times out fails the execution if nobody catches it", {
  handler: asking({ timeout: { minutes: 1 } }),
  options: { callbacks: { approval: respond.never() } },
  expected: { status: "FAILED", elapsedMs: 60_000 },
  differs: {
    "1.1.7": {
      because: "all errors of callbacks are alike",
      outcome: { error: { ErrorType: "CallbackError", ErrorMessage: TIMED_OUT } },
    },
  },
});

onEverySdk("a callback without a heartbeat", {
  handler: settling({ timeout: { days: 1 }, heartbeatTimeout: { minutes: 10 } }),
  options: { callbacks: { approval: respond.never() } },
  expected: {
    status: "SUCCEEDED",
    operations: ['Callback "approval" TIMED_OUT'],
    elapsedMs: 600_000,
  },
  differs: oneError(`${TIMED_OUT} on heartbeat`),
});

onEverySdk("a callback that is kept alive by heartbeats", {
  handler: settling({ heartbeatTimeout: { minutes: 10 } }),
  options: {
    callbacks: {
      approval: respond
        .heartbeatEvery({ minutes: 9 })
        .times(5)
        .thenRespond(respond.success("alive").after({ minutes: 9 })),
    },
  },
  expected: {
    result: { answer: '"alive"' },
    invocations: ["PENDING", "SUCCEEDED"],
    elapsedMs: 54 * 60_000,
  },
});

onEverySdk("heartbeats do not move the timeout", {
  handler: settling({ timeout: { minutes: 30 }, heartbeatTimeout: { minutes: 10 } }),
  options: { callbacks: { approval: respond.heartbeatEvery({ minutes: 9 }).times(9) } },
  expected: { operations: ['Callback "approval" TIMED_OUT'], elapsedMs: 30 * 60_000 },
  differs: oneError(TIMED_OUT),
});

onEverySdk("a heartbeat where none is asked for", {
  handler: settling({ timeout: { minutes: 30 } }),
  play: async (runner) => {
    await runner.run({});
    await runner.callback("approval").heartbeat();
    await runner.advance({ minutes: 29 });
    return runner.callback("approval").succeed("in time");
  },
  expected: { result: { answer: '"in time"' }, invocations: ["PENDING", "SUCCEEDED"] },
});

onEverySdk("a timeout of zero is none", {
  handler: settling({ timeout: { seconds: 0 }, heartbeatTimeout: { seconds: 0 } }),
  play: async (runner) => {
    await runner.run({});
    await runner.advance({ days: 300 });
    return runner.callback("approval").succeed("late, but not too late");
  },
  expected: { result: { answer: '"late, but not too late"' } },
});

onEverySdk("what is sent to a callback that has ended is ignored", {
  handler: settling({ timeout: { hours: 1 } }),
  play: async (runner) => {
    await runner.run({});
    const { callbackId } = runner.callback("approval");
    await runner.callback("approval").succeed("first");
    const refusals = await Promise.all([
      rejectionOf(runner.sendCallbackSuccess(callbackId, "second")),
      rejectionOf(runner.sendCallbackFailure(callbackId, { ErrorType: "Late" })),
      rejectionOf(runner.sendCallbackHeartbeat(callbackId)),
    ]);
    if (!refusals.every((error) => CallbackClosedError.is(error)))
      throw new Error("It was not refused.");
    return runner.result;
  },
  expected: { result: { answer: '"first"' } },
});

onEverySdk("several callbacks, answered in another order", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const asked: DurablePromise<string>[] = [];
      for (const name of ["a", "b", "c"]) {
        const [answer] = await context.createCallback(name);
        asked.push(answer);
      }
      return Promise.all(asked);
    }),
  play: async (runner) => {
    await runner.run({});
    await runner.callback("c").succeed(3);
    await runner.callback("a").succeed(1);
    return runner.callback("b").succeed(2);
  },
  expected: {
    result: ["1", "2", "3"],
    invocations: ["PENDING", "PENDING", "PENDING", "SUCCEEDED"],
  },
});

onEverySdk("the first of several callbacks", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const [first] = await context.createCallback("first", { timeout: { hours: 5 } });
      const [second] = await context.createCallback("second", { timeout: { hours: 5 } });
      const winner = await Promise.race([first, second]);
      await context.wait({ seconds: 1 });
      return winner;
    }),
  options: {
    callbacks: {
      first: respond.success("first").after({ hours: 2 }),
      second: respond.success("second").after({ hours: 1 }),
    },
  },
  expected: { result: '"second"', invocations: ["PENDING", "PENDING", "SUCCEEDED"] },
});

onEverySdk("a callback against a wait", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const [answer] = await context.createCallback("approval");
      return Promise.race([answer, context.wait({ hours: 1 }).then(() => "nobody answered")]);
    }),
  options: { callbacks: { approval: respond.never() } },
  expected: {
    result: "nobody answered",
    operations: ['Callback "approval" STARTED', "Wait SUCCEEDED"],
  },
});

onEverySdk("a callback that is answered while the handler is blocked on something else", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const [answer] = await context.createCallback("approval");
      await context.wait({ hours: 2 });
      return answer;
    }),
  options: { callbacks: { approval: respond.success("early").after({ hours: 1 }) } },
  expected: {
    result: '"early"',
    invocations: ["PENDING", "PENDING", "SUCCEEDED"],
    elapsedMs: 2 * 3_600_000,
  },
});

onEverySdk("a callback that fails before anybody asks for it", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const [answer] = await context.createCallback("approval");
      await context.wait({ hours: 2 });
      return answer.catch((error: unknown) => (error as Error).message);
    }),
  options: { callbacks: { approval: respond.failure(new Error("no")).after({ hours: 1 }) } },
  expected: { result: "no" },
});

onEverySdk("a callback that nobody ever asks for", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      await context.createCallback("approval", { timeout: { hours: 1 } });
      await context.wait({ hours: 2 });
      return "done";
    }),
  options: { callbacks: { approval: respond.never() } },
  expected: {
    result: "done",
    operations: ['Callback "approval" TIMED_OUT', "Wait SUCCEEDED"],
    invocations: ["PENDING", "PENDING", "SUCCEEDED"],
  },
});

onEverySdk("a callback that is answered from within a step", {
  handler: (sdk) =>
    sdk.withDurableExecution(
      async ({ answer }: { answer: (id: string) => Promise<void> }, context: DurableContext) => {
        const [reply, callbackId] = await context.createCallback("approval");
        await context.step("ask", async () => {
          await world.answer(callbackId);
          return typeof answer;
        });
        return reply;
      },
    ),
  play: async (runner) => {
    world.answer = async (callbackId) => {
      await runner.sendCallbackSuccess(callbackId, "at once");
    };
    return runner.run({});
  },
  expected: { result: '"at once"', invocations: ["SUCCEEDED"] },
});
/** What the handler reaches the outside world by. */
const world: { answer: (callbackId: string) => Promise<void> } = { answer: async () => {} };

onEverySdk("a callback in a child context", {
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
      context.runInChildContext("child", async (child) => {
        const [answer] = await child.createCallback({ timeout: { hours: 1 } });
        return answer;
      }),
    ),
  options: { callbacks: { child: respond.success("named after what is around it") } },
  expected: {
    result: '"named after what is around it"',
    operations: ['RunInChildContext "child" SUCCEEDED', "  Callback SUCCEEDED"],
  },
});

const crashing: RunnerOptions = { callbacks: { approval: respond.success("yes") } };

onEverySdk("a process that exits after it has created a callback, which stays the same", {
  handler: (sdk) => {
    const ids = new Set<string>();
    return sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const [answer, callbackId] = await context.createCallback("approval");
      ids.add(callbackId);
      await context.step("ask", async () => {
        if (ids.size === 1 && !ids.has("crashed")) {
          ids.add("crashed");
          process.exit(1);
        }
      });
      return [await answer, ids.size];
    });
  },
  options: crashing,
  expected: {
    result: ['"yes"', 2],
    operations: ['Callback "approval" SUCCEEDED', 'Step "ask" SUCCEEDED'],
  },
});
