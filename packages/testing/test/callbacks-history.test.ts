import {
  createRetryStrategy,
  type DurableContext,
  type Serdes,
  withDurableExecution,
} from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import {
  type CallbackScript,
  type DurableResult,
  DurableTestRunner,
  respond,
} from "../src/index.ts";
import { eventLines, eventsOf, operationsOf } from "./support/history.ts";

/**
 * What the service's own conformance requirements say about callbacks: a handler, what the outside
 * world does, and the events it must leave. Timeouts that fail an execution are written with a wait by
 * id, because result() resolves to undefined.
 */

const run = <Output>(
  body: (context: DurableContext) => Promise<Output>,
  callbacks: Record<string, CallbackScript> = {},
): Promise<DurableResult<Output>> =>
  new DurableTestRunner<unknown, Output>(
    withDurableExecution<unknown, Output>(async (_, context) => body(context)),
    { callbacks },
  ).run();

const rejected = { ErrorType: "RejectedError", ErrorMessage: "not approved" };
const inASecond = (payload?: unknown): CallbackScript =>
  respond.success(payload).after({ seconds: 1 });

describe("createCallback", () => {
  test("completed from outside", async () => {
    const result = await run(
      async (context) => (await context.createCallback<string>("approval")).result(),
      { approval: inASecond("payload") },
    );
    expect(eventLines(result)).toEqual([
      "ExecutionStarted",
      "CallbackStarted approval",
      "InvocationCompleted",
      "CallbackSucceeded approval",
      "InvocationCompleted",
      "ExecutionSucceeded",
    ]);
    expect(eventsOf(result, "CallbackSucceeded")[0]?.CallbackSucceededDetails).toEqual({
      Result: { Payload: '"payload"', Truncated: false },
    });
    const [started] = eventsOf(result, "CallbackStarted");
    expect(eventsOf(result, "CallbackSucceeded")[0]).toMatchObject({
      Id: started?.Id,
      SubType: "Callback",
    });
  });

  test.for([
    { option: "timeout", detail: "Timeout", errorType: "Callback.Timeout" },
    { option: "heartbeatTimeout", detail: "HeartbeatTimeout", errorType: "Callback.Heartbeat" },
  ])(
    "that nobody answers within its $option fails the execution",
    async ({ option, detail, errorType }) => {
      const result = await run(
        async (context) =>
          context.waitForCallback(
            await context.createCallback("approval", { [option]: { seconds: 5 } }),
          ),
        { approval: respond.never() },
      );
      expect(eventLines(result)).toEqual([
        "ExecutionStarted",
        "CallbackStarted approval",
        "InvocationCompleted",
        "CallbackTimedOut approval",
        "InvocationCompleted",
        "ExecutionFailed",
      ]);
      expect(eventsOf(result, "CallbackStarted")[0]?.CallbackStartedDetails).toMatchObject({
        [detail]: 5,
      });
      expect(eventsOf(result, "CallbackTimedOut")[0]?.CallbackTimedOutDetails).toMatchObject({
        Error: { Payload: { ErrorType: errorType } },
      });
    },
  );

  test("kept alive by a heartbeat", async () => {
    const result = await run(
      async (context) =>
        (
          await context.createCallback<string>("approval", { heartbeatTimeout: { seconds: 10 } })
        ).result(),
      {
        approval: respond
          .heartbeatEvery({ seconds: 9 })
          .times(1)
          .thenRespond(respond.success("alive").after({ seconds: 9 })),
      },
    );
    expect(result).toMatchObject({ result: "alive", elapsedMs: 18_000 });
    expect(eventLines(result)).toHaveLength(6);
  });

  test("that fails, uncaught", async () => {
    const result = await run(
      async (context) => (await context.createCallback("approval")).result(),
      { approval: respond.failure(rejected).after({ seconds: 1 }) },
    );
    expect(result.status).toBe("FAILED");
    expect(eventsOf(result, "CallbackFailed")[0]?.CallbackFailedDetails).toEqual({
      Error: { Payload: rejected, Truncated: false },
    });
    expect(eventsOf(result, "ExecutionFailed")[0]?.ExecutionFailedDetails).toMatchObject({
      Error: { Payload: { ErrorMessage: expect.stringContaining("not approved") as unknown } },
    });
  });

  test.for([
    {
      what: "fails",
      script: respond.failure(rejected).after({ seconds: 1 }),
      event: "CallbackFailed",
    },
    { what: "times out", script: respond.never(), event: "CallbackTimedOut" },
  ])("beside a step, and $what", async ({ script, event }) => {
    const result = await run(
      async (context) => {
        const callback = await context.createCallback("approval", { timeout: { seconds: 5 } });
        await context.step("work", () => 1);
        return context.waitForCallback(callback);
      },
      { approval: script },
    );
    expect(eventLines(result)).toEqual([
      "ExecutionStarted",
      "CallbackStarted approval",
      "StepStarted work",
      "StepSucceeded work",
      "InvocationCompleted",
      `${event} approval`,
      "InvocationCompleted",
      "ExecutionFailed",
    ]);
  });

  test.for([
    {
      what: "success",
      script: inASecond("ok"),
      event: "CallbackSucceeded",
      end: "ExecutionSucceeded",
    },
    {
      what: "failure",
      script: respond.failure(rejected).after({ seconds: 1 }),
      event: "CallbackFailed",
      end: "ExecutionFailed",
    },
    {
      what: "timeout",
      script: respond.never(),
      event: "CallbackTimedOut",
      end: "ExecutionFailed",
    },
  ])("that ends during a wait: $what, in three invocations", async ({ script, event, end }) => {
    const result = await run(
      async (context) => {
        const callback = await context.createCallback("approval", { timeout: { seconds: 3 } });
        await context.wait("pause", { seconds: 6 });
        return context.waitForCallback(callback);
      },
      { approval: script },
    );
    expect(eventLines(result)).toEqual([
      "ExecutionStarted",
      "CallbackStarted approval",
      "WaitStarted pause",
      "InvocationCompleted",
      `${event} approval`,
      "InvocationCompleted",
      "WaitSucceeded pause",
      "InvocationCompleted",
      end,
    ]);
  });

  test.for([
    { what: "success", script: inASecond("ok"), event: "CallbackSucceeded" },
    {
      what: "a failure that is caught",
      script: respond.failure(rejected),
      event: "CallbackFailed",
    },
    { what: "a timeout that is caught", script: respond.never(), event: "CallbackTimedOut" },
  ])("then a wait: $what is replayed", async ({ script, event }) => {
    const answers: unknown[] = [];
    const result = await run(
      async (context) => {
        const callback = await context.createCallback<string>("approval", {
          timeout: { seconds: 3 },
        });
        const answer = await context
          .waitForCallback(callback)
          .catch((error: Error) => error.message);
        answers.push(answer);
        await context.wait("pause", { seconds: 2 });
        return answer;
      },
      { approval: script },
    );
    expect(eventLines(result)).toEqual([
      "ExecutionStarted",
      "CallbackStarted approval",
      "InvocationCompleted",
      `${event} approval`,
      "WaitStarted pause",
      "InvocationCompleted",
      "WaitSucceeded pause",
      "InvocationCompleted",
      "ExecutionSucceeded",
    ]);
    expect(answers).toHaveLength(2);
    expect(answers[1]).toBe(answers[0]);
  });

  test("with a serdes that makes more of the payload than JSON does", async () => {
    interface Message {
      readonly id: string;
      readonly timestamp: Date;
    }
    const serdes: Serdes<Message> = {
      serialize: (message) => JSON.stringify(message),
      deserialize: (text) => {
        const { id, timestamp } = JSON.parse(text) as { id: string; timestamp: string };
        return { id, timestamp: new Date(timestamp) };
      },
    };
    const result = await run(
      async (context) => {
        const callback = await context.createCallback<Message>("approval", { serdes });
        const received = await callback.result();
        return { id: received?.id, timestamp: Number(received?.timestamp) / 1000 };
      },
      { approval: inASecond({ id: "m-1", timestamp: "2026-01-01T00:00:00.000Z" }) },
    );
    expect(result.result).toEqual({ id: "m-1", timestamp: 1_767_225_600 });
  });

  test("twice, one after the other", async () => {
    const result = await run(
      async (context) => [
        await (await context.createCallback("a")).result(),
        await (await context.createCallback("b")).result(),
      ],
      { a: inASecond("A"), b: inASecond("B") },
    );
    expect(result.result).toEqual(["A", "B"]);
    expect(eventLines(result)).toEqual([
      "ExecutionStarted",
      "CallbackStarted a",
      "InvocationCompleted",
      "CallbackSucceeded a",
      "CallbackStarted b",
      "InvocationCompleted",
      "CallbackSucceeded b",
      "InvocationCompleted",
      "ExecutionSucceeded",
    ]);
  });

  test.for([{ order: ["a", "b"] }, { order: ["b", "a"] }])(
    "twice, both at once, waited for in the order $order",
    async ({ order }) => {
      const result = await run(
        async (context) => {
          const callbacks = new Map([
            ["a", await context.createCallback("a")],
            ["b", await context.createCallback("b")],
          ]);
          const answers: unknown[] = [];
          for (const name of order) answers.push(await callbacks.get(name)?.result());
          return answers;
        },
        {
          a: respond.success("A").after({ seconds: 3 }),
          b: respond.success("B").after({ seconds: 4 }),
        },
      );
      expect(result.result).toEqual(order.map((name) => name.toUpperCase()));
      expect(eventLines(result)).toEqual([
        "ExecutionStarted",
        "CallbackStarted a",
        "CallbackStarted b",
        "InvocationCompleted",
        "CallbackSucceeded a",
        "InvocationCompleted",
        "CallbackSucceeded b",
        "InvocationCompleted",
        "ExecutionSucceeded",
      ]);
    },
  );
});

describe("waitForCallback with a submitter", () => {
  const opening = [
    "ExecutionStarted",
    "ContextStarted approval",
    "CallbackStarted",
    "StepStarted",
    "StepSucceeded",
    "InvocationCompleted",
  ];

  test.for([
    {
      what: "succeeds",
      script: inASecond("ok"),
      event: "CallbackSucceeded",
      close: "ContextSucceeded",
      end: "ExecutionSucceeded",
    },
    {
      what: "succeeds without a payload",
      script: inASecond(),
      event: "CallbackSucceeded",
      close: "ContextSucceeded",
      end: "ExecutionSucceeded",
    },
    {
      what: "fails",
      script: respond.failure(rejected),
      event: "CallbackFailed",
      close: "ContextFailed",
      end: "ExecutionFailed",
    },
    {
      what: "times out",
      script: respond.never(),
      event: "CallbackTimedOut",
      close: "ContextFailed",
      end: "ExecutionFailed",
    },
  ])("that $what", async ({ script, event, close, end }) => {
    const result = await run(
      (context) => context.waitForCallback("approval", () => {}, { timeout: { seconds: 3 } }),
      { approval: script },
    );
    expect(eventLines(result)).toEqual([
      ...opening,
      event,
      `${close} approval`,
      "InvocationCompleted",
      end,
    ]);
    const [context] = operationsOf(result, "CONTEXT");
    expect(context?.subType).toBe("WaitForCallback");
    for (const operation of [
      ...operationsOf(result, "CALLBACK"),
      ...operationsOf(result, "STEP"),
    ]) {
      expect(operation.parentId).toBe(context?.id);
    }
  });

  test.for([
    { what: "a failure", script: respond.failure(rejected) },
    { what: "a timeout", script: respond.never() },
  ])("whose handler recovers from $what", async ({ script }) => {
    const result = await run(
      (context) =>
        context
          .waitForCallback("approval", () => {}, { timeout: { seconds: 3 } })
          .catch(() => "recovered"),
      { approval: script },
    );
    expect(result.result).toBe("recovered");
    expect(eventLines(result).slice(-3)).toEqual([
      "ContextFailed approval",
      "InvocationCompleted",
      "ExecutionSucceeded",
    ]);
  });

  test("without a name, whose operation has none either", async () => {
    const runner = new DurableTestRunner(
      withDurableExecution(async (_: unknown, context) =>
        context.waitForCallback<string>(() => {}),
      ),
    );
    const waiting = await runner.run();
    expect(eventLines(waiting)[1]).toBe("ContextStarted");
    const result = await runner.sendCallbackSuccess(
      waiting.pendingCallbacks[0]?.callbackId ?? "",
      "ok",
    );
    expect(result.result).toBe("ok");
  });

  test("whose submitter always fails", async () => {
    const result = await run((context) =>
      context.waitForCallback(
        "approval",
        () => {
          throw new Error("down");
        },
        {
          retryStrategy: createRetryStrategy({
            maxAttempts: 2,
            initialDelay: { seconds: 1 },
            jitter: "NONE",
          }),
        },
      ),
    );
    expect(eventLines(result)).toEqual([
      "ExecutionStarted",
      "ContextStarted approval",
      "CallbackStarted",
      "StepStarted",
      "StepFailed",
      "InvocationCompleted",
      "StepStarted",
      "StepFailed",
      "ContextFailed approval",
      "InvocationCompleted",
      "ExecutionFailed",
    ]);
  });

  test("inside a child context", async () => {
    const result = await run(
      (context) =>
        context.runInChildContext("wrapper", (child) =>
          child.waitForCallback("approval", () => {}),
        ),
      { approval: inASecond("ok") },
    );
    const [wrapper, inner] = operationsOf(result, "CONTEXT");
    expect(inner?.parentId).toBe(wrapper?.id);
    expect(eventLines(result)).toEqual([
      "ExecutionStarted",
      "ContextStarted wrapper",
      "ContextStarted approval",
      "CallbackStarted",
      "StepStarted",
      "StepSucceeded",
      "InvocationCompleted",
      "CallbackSucceeded",
      "ContextSucceeded approval",
      "ContextSucceeded wrapper",
      "InvocationCompleted",
      "ExecutionSucceeded",
    ]);
  });

  test("twice, one after the other", async () => {
    const result = await run(
      async (context) => {
        await context.waitForCallback("first", () => {});
        return context.waitForCallback("second", () => {});
      },
      { first: inASecond(1), second: inASecond(2) },
    );
    expect(result.result).toBe(2);
    expect(eventLines(result)).toEqual([
      "ExecutionStarted",
      "ContextStarted first",
      "CallbackStarted",
      "StepStarted",
      "StepSucceeded",
      "InvocationCompleted",
      "CallbackSucceeded",
      "ContextSucceeded first",
      "ContextStarted second",
      "CallbackStarted",
      "StepStarted",
      "StepSucceeded",
      "InvocationCompleted",
      "CallbackSucceeded",
      "ContextSucceeded second",
      "InvocationCompleted",
      "ExecutionSucceeded",
    ]);
  });

  test("after a wait and a step", async () => {
    const result = await run(
      async (context) => {
        await context.wait("pause", { seconds: 1 });
        await context.step("fixed", () => 1);
        return context.waitForCallback("approval", () => {});
      },
      { approval: inASecond("ok") },
    );
    expect(eventLines(result)).toEqual([
      "ExecutionStarted",
      "WaitStarted pause",
      "InvocationCompleted",
      "WaitSucceeded pause",
      "StepStarted fixed",
      "StepSucceeded fixed",
      ...opening.slice(1),
      "CallbackSucceeded",
      "ContextSucceeded approval",
      "InvocationCompleted",
      "ExecutionSucceeded",
    ]);
  });
});
