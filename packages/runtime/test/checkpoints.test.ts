import { describe, expect, test } from "vitest";
import {
  createRetryStrategy,
  type DurableContext,
  ServiceCallError,
  type StepContext,
  StepError,
  withDurableExecution,
} from "../src/index.ts";
import type { CheckpointResponse, Operation, OperationUpdate } from "../src/protocol.ts";
import { FakeService, ids, invoke, now, startedOperation } from "./support/fake-service.ts";

const handlerOf = <Output>(body: (context: DurableContext) => Promise<Output>) =>
  withDurableExecution(async (_: unknown, context) => body(context));

const rejectionOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => {
      throw new Error("It resolved.");
    },
    (error: unknown) => error,
  );

const once = createRetryStrategy({ maxAttempts: 1 });

/** Plays the service's part: what an update leaves behind. */
const ended = (update: OperationUpdate): Operation => ({
  ...startedOperation(update),
  Status: update.Action === "FAIL" ? "FAILED" : "SUCCEEDED",
  EndTimestamp: now,
  ...(update.Type === "STEP"
    ? { StepDetails: { Result: update.Payload, Error: update.Error } }
    : { ContextDetails: { Result: update.Payload, Error: update.Error } }),
});

describe("checkpoints", () => {
  test("go one at a time, each with the token that the one before brought", async () => {
    const service = new FakeService();
    await invoke(
      handlerOf(async (context) => {
        for (let index = 0; index < 5; index += 1) await context.step(async () => index);
        await Promise.all([1, 2, 3].map((n) => context.runInChildContext(async () => n)));
      }),
      service,
    );
    const tokens = service.requests.map(({ CheckpointToken }) => CheckpointToken);
    expect(tokens).toEqual(tokens.map((_, index) => `token-${index + 1}`));
    expect(
      service.requests.every(({ DurableExecutionArn }) => DurableExecutionArn === "arn:test"),
    ).toBe(true);
  });

  test.for([
    { none: "no token", answer: {} },
    { none: "an empty token", answer: { CheckpointToken: "" } },
    { none: "null", answer: { CheckpointToken: null } },
    {
      none: "no token, but more of the state",
      answer: { NewExecutionState: { NextMarker: "m" } },
    },
  ])("end the invocation with PENDING when an answer brings $none", async ({ answer }) => {
    const service = new FakeService({ checkpoint: async () => answer as CheckpointResponse });
    const output = await invoke(
      handlerOf(async (context) => {
        await context.step("a", () => 1);
        return context.step("b", () => 2);
      }),
      service,
    );
    expect(output).toEqual({ Status: "PENDING" });
    expect(service.updates.map(({ Name }) => Name)).toEqual(["a", "a"]);
    expect(service.pageRequests).toEqual([]);
  });

  test("need no token after the end of the execution", async () => {
    const service = new FakeService({
      checkpoint: async (_, number) => (number === 1 ? { CheckpointToken: "token-1" } : {}),
    });
    const output = await invoke(
      handlerOf((context) =>
        context.step("a", () => "x".repeat(200_000)).then((x) => x.repeat(40)),
      ),
      service,
    );
    expect(output).toEqual({ Status: "SUCCEEDED", Result: "" });
    expect(service.updates.at(-1)).toMatchObject({ Type: "EXECUTION", Action: "SUCCEED" });
  });

  test("may be answered without a promise", async () => {
    const service = Object.assign(new FakeService(), {
      checkpoint: () => ({ CheckpointToken: "token-2" }) as never,
    });
    const output = await invoke(
      handlerOf((context) => context.step("a", () => 1)),
      service,
    );
    expect(output).toEqual({ Status: "SUCCEEDED", Result: "1" });
  });

  test("carry what is started together in one batch, in the order of the calls", async () => {
    const service = new FakeService();
    await invoke(
      handlerOf(async (context) => {
        void context.wait("a", { seconds: 1 });
        void context.wait("b", { seconds: 1 });
        await context.wait("c", { seconds: 1 });
      }),
      service,
    );
    expect(service.requests).toHaveLength(1);
    expect(service.updates.map(({ Name }) => Name)).toEqual(["a", "b", "c"]);
  });

  test("carry at most 250 updates, in order", async () => {
    const service = new FakeService();
    await invoke(
      handlerOf(async (context) => {
        await Promise.all(
          Array.from({ length: 600 }, (_, index) => context.wait(`w${index}`, { seconds: 1 })),
        );
      }),
      service,
    );
    const sizes = service.requests.map(({ Updates = [] }) => Updates.length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(250);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(600);
    expect(service.updates.map(({ Name }) => Name)).toEqual(
      Array.from({ length: 600 }, (_, index) => `w${index}`),
    );
  });

  test.for([
    { what: "results", body: (context: DurableContext) => context.step(() => "x".repeat(200_000)) },
    {
      what: "results of many bytes a letter",
      body: (context: DurableContext) => context.step(() => "ü".repeat(100_000)),
    },
    {
      what: "errors",
      body: (context: DurableContext) =>
        context
          .step(
            () => {
              throw new Error("x".repeat(30_000));
            },
            { retryStrategy: once },
          )
          .catch(() => {}),
    },
  ])("carry at most 750 KB of $what", async ({ body }) => {
    const service = new FakeService();
    const output = await invoke(
      handlerOf(async (context) => {
        await Promise.all(Array.from({ length: 40 }, () => body(context)));
      }),
      service,
    );
    expect(output.Status).toBe("SUCCEEDED");
    for (const { Updates = [] } of service.requests) {
      const bytes = Updates.reduce(
        (sum, { Payload, Error: error }) =>
          sum +
          Buffer.byteLength(Payload ?? "") +
          (error === undefined ? 0 : Buffer.byteLength(JSON.stringify(error))),
        0,
      );
      expect(bytes).toBeLessThanOrEqual(768_000);
    }
    const closed = service.updates.filter(({ Action }) => Action !== "START");
    expect(closed).toHaveLength(40);
  });

  test("that the service refuses are a fault: the promise rejects with the cause", async () => {
    const refusal = new Error("Invalid Checkpoint Token: stale");
    const service = new FakeService({ checkpoint: () => Promise.reject(refusal) });
    const error = await rejectionOf(
      invoke(
        handlerOf((context) => context.wait({ seconds: 1 })),
        service,
      ),
    );
    expect(ServiceCallError.is(error)).toBe(true);
    expect((error as Error).message).toContain("Invalid Checkpoint Token: stale");
    expect((error as Error).cause).toBe(refusal);
    expect(service.requests).toHaveLength(1);
  });

  test("by a client that throws at once are a fault as well", async () => {
    const service = new FakeService();
    service.checkpoint = () => {
      throw new RangeError("at once");
    };
    const error = await rejectionOf(
      invoke(
        handlerOf((context) => context.step(() => 1)),
        service,
      ),
    );
    expect(ServiceCallError.is(error)).toBe(true);
    expect((error as Error).cause).toBeInstanceOf(RangeError);
  });

  test.for<unknown>([
    undefined,
    null,
    { CheckpointToken: "t", NewExecutionState: { Operations: [null] } },
  ])("whose answer makes no sense are a fault as well: %j", async (answer) => {
    const service = new FakeService({ checkpoint: async () => answer as CheckpointResponse });
    const error = await rejectionOf(
      invoke(
        handlerOf((context) => context.step(() => 1)),
        service,
      ),
    );
    expect(ServiceCallError.is(error)).toBe(true);
  });

  test("refused after the handler has returned are a fault too: its result is not safe", async () => {
    const service = new FakeService({ checkpoint: () => Promise.reject(new Error("gone")) });
    const error = await rejectionOf(
      invoke(
        handlerOf(async (context) => {
          void context.step("left behind", () => 1);
          return "done";
        }),
        service,
      ),
    );
    expect(ServiceCallError.is(error)).toBe(true);
  });

  test("are not sent any more once the handler has answered", async () => {
    const later = Promise.withResolvers<undefined>();
    const service = new FakeService();
    await invoke(
      handlerOf(async (context) => {
        void context.step("slow", async () => {
          await later.promise;
          await context.createCallback("too late");
        });
        await context.step("quick", () => 1);
      }),
      service,
    );
    const before = service.requests.length;
    later.resolve(undefined);
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
    expect(service.requests).toHaveLength(before);
    expect(service.updates.some(({ Name }) => Name === "too late")).toBe(false);
  });

  test("that come back after a replay went another way change nothing any more", async () => {
    for (const answer of ["taken", "refused"]) {
      const gate = Promise.withResolvers<undefined>();
      const service = new FakeService({
        checkpoint: async () => {
          await gate.promise;
          if (answer === "refused") throw new Error("too late");
          return {
            CheckpointToken: "token-1",
            NewExecutionState: {
              Operations: [
                {
                  Id: ids[3] ?? "",
                  Type: "STEP",
                  Status: "SUCCEEDED",
                  StartTimestamp: now,
                  EndTimestamp: now,
                },
              ],
            },
          };
        },
      });
      const output = await invoke(
        handlerOf(async (context) => {
          void context.wait("new", { seconds: 1 });
          await new Promise<void>((resolve) => {
            setImmediate(resolve);
          });
          await context.step("other", () => 1);
        }),
        service,
        {
          operations: [
            {
              Id: ids[2] ?? "",
              Type: "STEP",
              Name: "recorded",
              Status: "STARTED",
              StartTimestamp: now,
            },
          ],
        },
      );
      expect(output).toMatchObject({
        Status: "FAILED",
        Error: { ErrorType: "NonDeterministicExecutionError" },
      });
      gate.resolve(undefined);
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
      expect(service.requests).toHaveLength(1);
    }
  });

  test("leave operations that were called after the end pending for good", async () => {
    const contexts: DurableContext[] = [];
    const steps: StepContext[] = [];
    const service = new FakeService();
    await invoke(
      handlerOf(async (context) => {
        contexts.push(context);
        await context.step((step) => void steps.push(step));
      }),
      service,
    );
    const before = service.requests.length;
    let settled = false;
    const settle = (): void => {
      settled = true;
    };
    void contexts[0]?.step(() => 1).finally(settle);
    void steps[0]?.createCallback().finally(settle);
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
    expect(settled).toBe(false);
    expect(service.requests).toHaveLength(before);
  });

  test("are sent on demand by a client in the same process", async () => {
    const seen: (string | undefined)[][] = [];
    let flush = (): void => {};
    const service = Object.assign(new FakeService(), {
      invocationBegins: (controls: { readonly flush: () => void }) => {
        flush = controls.flush;
      },
    });
    await invoke(
      handlerOf(async (context) => {
        await context.step("work", () => {
          flush();
          flush();
          seen.push(service.updates.map(({ Action }) => Action));
        });
      }),
      service,
    );
    expect(seen).toEqual([["START"]]);
  });
});

describe("a service that sends back what it was told", () => {
  const body = async (context: DurableContext) => {
    const failed = await context
      .step(
        "fails",
        () => {
          throw new TypeError("no");
        },
        { retryStrategy: once },
      )
      .catch((error: Error) => error.message);
    const child = await context.runInChildContext("child", async (inner) =>
      inner.step("inner", () => ({ n: 1 })),
    );
    return [failed, child, await context.step("last", () => "end")];
  };

  test("and one that does not make no difference", async () => {
    const silent = new FakeService();
    const telling = new FakeService({
      tell: (updates) =>
        updates.map((update) =>
          update.Action === "START" ? startedOperation(update) : ended(update),
        ),
    });
    const outputs = [await invoke(handlerOf(body), silent), await invoke(handlerOf(body), telling)];
    expect(outputs[0]).toEqual({
      Status: "SUCCEEDED",
      Result: JSON.stringify(['Step "fails" failed: TypeError: no', { n: 1 }, "end"]),
    });
    expect(outputs[1]).toEqual(outputs[0]);
    expect(telling.updates.map(({ Action, Name }) => [Action, Name])).toEqual(
      silent.updates.map(({ Action, Name }) => [Action, Name]),
    );
  });
});

describe("operations changed from outside, told in a checkpoint's answer", () => {
  /** Tells something once, with the answer to the first update of that name. */
  const telling = (name: string, operation: (update: OperationUpdate) => Operation) => {
    const starts = new Map<string, OperationUpdate>();
    return new FakeService({
      tell: (updates) => {
        for (const update of updates) {
          if (update.Action === "START") starts.set(update.Name ?? "", update);
        }
        const due = updates.some(({ Name, Action }) => Name === name && Action === "SUCCEED");
        const start = starts.get("outside");
        return due && start !== undefined ? [operation(start)] : [];
      },
    });
  };

  test("resolve a callback in the same invocation", async () => {
    const service = telling("work", (start) => ({
      ...startedOperation(start),
      Status: "SUCCEEDED",
      EndTimestamp: now,
      CallbackDetails: { CallbackId: "cb", Result: '"answered"' },
    }));
    const output = await invoke(
      handlerOf(async (context) => {
        const callback = await context.createCallback<string>("outside");
        await context.step("work", () => 1);
        return callback.result();
      }),
      service,
    );
    expect(output).toEqual({ Status: "SUCCEEDED", Result: '"answered"' });
  });

  test("resolve a callback without details as an answer without payload", async () => {
    const service = telling("work", (start) => ({
      ...startedOperation(start),
      Status: "SUCCEEDED",
      EndTimestamp: now,
    }));
    const output = await invoke(
      handlerOf(async (context) => {
        const callback = await context.createCallback<string>("outside");
        const answer = callback.settled();
        await context.step("work", () => 1);
        return answer;
      }),
      service,
    );
    expect(output).toEqual({ Status: "SUCCEEDED", Result: '{"status":"SUCCEEDED"}' });
  });

  test("wait for a start that is under way: starts come before outcomes", async () => {
    const order: string[] = [];
    const service = new FakeService({
      tell: (updates) =>
        updates.some(({ Name }) => Name === "work")
          ? [
              {
                Id: ids[1] ?? "",
                Type: "WAIT",
                Status: "SUCCEEDED",
                StartTimestamp: now,
                EndTimestamp: now,
              },
            ]
          : [],
    });
    await invoke(
      handlerOf(async (context) => {
        const wait = context.wait({ seconds: 1 }).then(() => order.push("outcome"));
        void context.step("work", () => {});
        await new Promise<void>((resolve) => {
          setImmediate(resolve);
        });
        const created = context.createCallback("cb").then(() => order.push("start"));
        await Promise.all([wait, created]);
      }),
      service,
    );
    expect(order).toEqual(["start", "outcome"]);
  });

  test("resolve a wait in the same invocation", async () => {
    const service = telling("work", (start) => ({
      ...startedOperation(start),
      Status: "SUCCEEDED",
      EndTimestamp: now,
    }));
    const output = await invoke(
      handlerOf(async (context) => {
        const wait = context.wait("outside", { seconds: 1 });
        await context.step("work", () => 1);
        await wait;
        return "went on";
      }),
      service,
    );
    expect(output).toMatchObject({ Status: "SUCCEEDED", Result: '"went on"' });
  });

  test("let a step that is ready be tried again in the same invocation", async () => {
    const service = telling("work", (start) => ({
      ...startedOperation(start),
      Status: "READY",
      StepDetails: { Attempt: 1 },
    }));
    const output = await invoke(
      handlerOf(async (context) => {
        const flaky = context.step(
          "outside",
          (step) => {
            if (step.attempt === 1) throw new Error("not yet");
            return step.attempt;
          },
          { retryStrategy: () => ({ shouldRetry: true }) },
        );
        // Its end must come after the failed attempt was taken.
        await context.step("before", async () => {});
        await context.step("more", async () => {});
        await context.step("work", () => 1);
        return flaky;
      }),
      service,
    );
    expect(output).toMatchObject({ Status: "SUCCEEDED", Result: "2" });
    expect(
      service.updates.filter(({ Name }) => Name === "outside").map(({ Action }) => Action),
    ).toEqual(["START", "RETRY", "START", "SUCCEED"]);
  });

  test("do so even when the answer to the RETRY itself says that it is ready", async () => {
    const service = new FakeService({
      tell: (updates) =>
        updates
          .filter(({ Action }) => Action === "RETRY")
          .map((update) => ({
            ...startedOperation(update),
            Status: "READY",
            StepDetails: { Attempt: 1 },
          })),
    });
    const output = await invoke(
      handlerOf((context) =>
        context.step(
          "flaky",
          (step) => {
            if (step.attempt === 1) throw new Error("not yet");
            return step.attempt;
          },
          { retryStrategy: () => ({ shouldRetry: true }) },
        ),
      ),
      service,
    );
    expect(output).toMatchObject({ Status: "SUCCEEDED", Result: "2" });
  });

  test("resolve in the order in which they are told", async () => {
    const order: string[] = [];
    const service = new FakeService({
      tell: (updates) =>
        updates.some(({ Name, Action }) => Name === "work" && Action === "SUCCEED")
          ? [ids[2], ids[1]].map((Id = "") => ({
              Id,
              Type: "WAIT",
              SubType: "Wait",
              Status: "SUCCEEDED",
              StartTimestamp: now,
              EndTimestamp: now,
            }))
          : [],
    });
    await invoke(
      handlerOf(async (context) => {
        const first = context.wait({ seconds: 1 }).then(() => order.push("first"));
        const second = context.wait({ seconds: 1 }).then(() => order.push("second"));
        await context.step("work", () => 1);
        await Promise.all([first, second]);
      }),
      service,
    );
    expect(order).toEqual(["second", "first"]);
  });

  test("that the handler does not know are let be", async () => {
    const service = new FakeService({
      tell: () => [
        {
          Id: "somebody-elses",
          Type: "WAIT",
          Status: "SUCCEEDED",
          StartTimestamp: now,
          EndTimestamp: now,
        },
      ],
    });
    const output = await invoke(
      handlerOf((context) => context.step(() => 1)),
      service,
    );
    expect(output).toMatchObject({ Status: "SUCCEEDED" });
  });

  test("that have ended already change nothing", async () => {
    let told = 0;
    const service = new FakeService({
      tell: (updates) =>
        updates
          .filter(({ Type }) => Type === "STEP")
          .map((update) => {
            told += 1;
            return {
              ...startedOperation(update),
              Status: "SUCCEEDED",
              EndTimestamp: now,
              StepDetails: { Result: String(told) },
            };
          }),
    });
    const output = await invoke(
      handlerOf(async (context) => {
        const first = await context.step("a", async () => 1);
        await context.step("b", async () => 2);
        return first;
      }),
      service,
    );
    expect(output).toMatchObject({ Status: "SUCCEEDED", Result: "1" });
  });
});

describe("a callback that the service gives no id", () => {
  test("is a fault", async () => {
    const service = new FakeService({
      checkpoint: async () => ({ CheckpointToken: "token-1" }),
    });
    const error = await rejectionOf(
      invoke(
        handlerOf((context) => context.createCallback("cb")),
        service,
      ),
    );
    expect(ServiceCallError.is(error)).toBe(true);
    expect((error as Error).message).toContain("no id");
  });
});

describe("results over 262 144 bytes", () => {
  const large = (context: DurableContext, bodies: string[]) =>
    context.runInChildContext("large", async (child) => {
      bodies.push("ran");
      return (await child.step("part", () => "ü")).repeat(200_000);
    });

  test("of a child context are not stored: the children are kept instead", async () => {
    const service = new FakeService();
    const bodies: string[] = [];
    const output = await invoke(
      handlerOf(async (context) => (await large(context, bodies)).length),
      service,
    );
    expect(output).toMatchObject({ Result: "200000" });
    expect(service.updates.at(-1)).toMatchObject({
      Type: "CONTEXT",
      Action: "SUCCEED",
      Payload: "",
      ContextOptions: { ReplayChildren: true },
    });
  });

  test("are made again by a replay, which records nothing", async () => {
    const service = new FakeService();
    const bodies: string[] = [];
    const output = await invoke(
      handlerOf(async (context) => (await large(context, bodies)).length),
      service,
      {
        operations: [
          {
            Id: ids[1] ?? "",
            Name: "large",
            Type: "CONTEXT",
            SubType: "RunInChildContext",
            Status: "SUCCEEDED",
            StartTimestamp: now,
            EndTimestamp: now,
            ContextDetails: { ReplayChildren: true, Result: "" },
          },
          {
            // Of the path 1-1.
            Id: "ea66c06c1e1c05fa",
            ParentId: ids[1],
            Name: "part",
            Type: "STEP",
            SubType: "Step",
            Status: "SUCCEEDED",
            StartTimestamp: now,
            EndTimestamp: now,
            StepDetails: { Result: '"y"' },
          },
        ],
      },
    );
    expect(output).toMatchObject({ Status: "SUCCEEDED", Result: "200000" });
    expect(bodies).toEqual(["ran"]);
    expect(service.updates).toEqual([]);
  });

  test("of exactly that size are stored", async () => {
    const service = new FakeService();
    await invoke(
      handlerOf((context) =>
        context.runInChildContext(async () => "x".repeat(262_142)).then(() => {}),
      ),
      service,
    );
    expect(service.updates.at(-1)?.Payload).toHaveLength(262_144);
    expect(service.updates.at(-1)?.ContextOptions).toBeUndefined();
  });
});

describe("errors over 32 768 bytes", () => {
  const failing = async (failure: Error) => {
    const service = new FakeService();
    await invoke(
      handlerOf((context) =>
        context
          .step(
            () => {
              throw failure;
            },
            { retryStrategy: once },
          )
          .catch(() => {}),
      ),
      service,
    );
    const { Error: sent } = service.updates.find(({ Action }) => Action === "FAIL") ?? {};
    expect(Buffer.byteLength(JSON.stringify(sent))).toBeLessThanOrEqual(32_768);
    return sent;
  };

  test("go without their stack, if that is enough", async () => {
    const error = new RangeError("x".repeat(32_000));
    error.stack = `RangeError: x\n${"    at somewhere (file.ts:1:1)\n".repeat(100)}`;
    const sent = await failing(error);
    expect(sent).toEqual({ ErrorType: "RangeError", ErrorMessage: "x".repeat(32_000) });
  });

  test.for([
    { what: "letters", message: "x".repeat(100_000) },
    { what: "bytes", message: "🎉".repeat(50_000) },
    { what: "escapes", message: "\u0000".repeat(100_000) },
    { what: "quotes", message: '"'.repeat(100_000) },
  ])("are cut, however many $what they have", async ({ message }) => {
    const sent = await failing(new RangeError(message));
    expect(sent?.ErrorType).toBe("RangeError");
    expect(sent?.ErrorMessage).toMatch(/… \(cut\)$/);
    expect(sent?.ErrorMessage?.slice(0, 2)).toBe(message.slice(0, 2));
  });

  test("go without what they carry along, if that is enough", async () => {
    const sent = await failing(
      new StepError("inner", { ErrorType: "T", ErrorMessage: "m", ErrorData: "x".repeat(40_000) }),
    );
    expect(sent).toEqual({
      ErrorType: "StepError",
      ErrorMessage: 'Step "inner" failed: T: m',
      ErrorData: '{"name":"inner","errorType":"T","errorMessage":"m"}',
    });
  });

  test("are cut even when it is their name that is long", async () => {
    const error = new Error("short");
    error.name = "N".repeat(50_000);
    const sent = await failing(error);
    expect(sent?.ErrorType).toBe("N".repeat(256));
    expect(sent?.ErrorMessage).toContain("short");
  });
});
