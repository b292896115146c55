import { describe, expect, test } from "vitest";
import {
  CallbackExternalError,
  ChildContextError,
  type DurableContext,
  type Logger,
  StepError,
  withDurableExecution,
} from "../src/index.ts";
import type { Operation } from "../src/protocol.ts";
import { FakeService, ids, invoke, now } from "./support/fake-service.ts";

const handlerOf = <Output>(body: (context: DurableContext) => Promise<Output>) =>
  withDurableExecution(async (_: unknown, context) => body(context));

const at = (seconds: number): string => new Date(now.getTime() + seconds * 1000).toISOString();

const recorded = (position: number, operation: Partial<Operation>): Operation => ({
  Id: ids[position] ?? "",
  Type: "STEP",
  Status: "SUCCEEDED",
  StartTimestamp: now,
  EndTimestamp: now,
  ...operation,
});

const callback = (
  position: number,
  status: Operation["Status"],
  details: Operation["CallbackDetails"] = {},
): Operation =>
  recorded(position, {
    Type: "CALLBACK",
    SubType: "Callback",
    Status: status,
    CallbackDetails: { CallbackId: `cb-${position}`, ...details },
  });

describe("what a replay finds", () => {
  test("stands in for what the handler asks again, by position and path", async () => {
    const service = new FakeService();
    let runs = 0;
    const output = await invoke(
      handlerOf(async (context) => {
        const first = await context.step<unknown>("a", () => {
          runs += 1;
        });
        const child = await context.runInChildContext("c", async () => "not run");
        return [first, child];
      }),
      service,
      {
        operations: [
          recorded(1, { Name: "a", SubType: "Step", StepDetails: { Result: '"recorded"' } }),
          recorded(2, {
            Type: "CONTEXT",
            SubType: "RunInChildContext",
            Name: "c",
            ContextDetails: { Result: '"also recorded"' },
          }),
        ],
      },
    );
    expect(output).toEqual({ Status: "SUCCEEDED", Result: '["recorded","also recorded"]' });
    expect(runs).toBe(0);
    expect(service.requests).toEqual([]);
  });

  test("may lack a subtype, or have null where there is no name", async () => {
    const output = await invoke(
      handlerOf((context) => context.step(() => -1)),
      new FakeService(),
      { operations: [recorded(1, { Name: null as never, StepDetails: { Result: "1" } })] },
    );
    expect(output).toMatchObject({ Result: "1" });
  });

  test("may have null where there is no result, and no error", async () => {
    const missing = { Result: null as never, Error: null as never };
    const output = await invoke(
      handlerOf(async (context) => {
        const results: unknown[] = [
          await context.step(() => -1),
          await context.runInChildContext(async () => -1),
        ];
        const failed = await context.invoke("f", 1).catch((error: unknown) => error);
        return [...results.map((result) => result === undefined), (failed as Error).name];
      }),
      new FakeService(),
      {
        operations: [
          recorded(1, { StepDetails: { Attempt: 1, ...missing } }),
          recorded(2, { Type: "CONTEXT", ContextDetails: missing }),
          recorded(3, {
            Type: "CHAINED_INVOKE",
            Status: "FAILED",
            ChainedInvokeDetails: missing,
          }),
        ],
      },
    );
    expect(output).toMatchObject({ Result: '[true,true,"InvokeError"]' });
  });

  test("may have null for the parts of an error", async () => {
    const output = await invoke(
      handlerOf(async (context) => {
        const failed = await context.step(() => -1).catch((error: unknown) => error);
        return (failed as Error).cause instanceof Error;
      }),
      new FakeService(),
      {
        operations: [
          recorded(1, {
            Status: "FAILED",
            StepDetails: {
              Error: {
                ErrorType: null as never,
                ErrorMessage: "no",
                ErrorData: null as never,
                StackTrace: null as never,
              },
            },
          }),
        ],
      },
    );
    expect(output).toMatchObject({ Result: "true" });
  });

  test("may lack all details", async () => {
    const output = await invoke(
      handlerOf(async (context) => [
        await context.step(() => -1),
        await context.runInChildContext(async () => -1),
        await context.createCallback().then((cb) => cb.result()),
      ]),
      new FakeService(),
      {
        operations: [
          recorded(1, {}),
          recorded(2, { Type: "CONTEXT", SubType: "RunInChildContext" }),
          callback(3, "SUCCEEDED"),
        ],
      },
    );
    expect(output).toMatchObject({ Result: "[null,null,null]" });
  });

  test("resolves in the order in which it ended, by texts or numbers as by dates", async () => {
    for (const convert of [
      (text: string) => text,
      (text: string) => new Date(text),
      (text: string) => Date.parse(text),
    ]) {
      const order: string[] = [];
      const waits = [3, 1, 2].map((seconds, index) =>
        recorded(index + 1, {
          Type: "WAIT",
          SubType: "Wait",
          Name: `w${seconds}`,
          EndTimestamp: convert(at(seconds)),
        }),
      );
      await invoke(
        handlerOf(async (context) => {
          await Promise.all(
            ["w3", "w1", "w2"].map((name) =>
              context.wait(name, { seconds: 1 }).then(() => order.push(name)),
            ),
          );
        }),
        new FakeService(),
        { operations: waits },
      );
      expect(order).toEqual(["w1", "w2", "w3"]);
    }
  });

  test("resolves as it is listed when it ended at the same time", async () => {
    const order: string[] = [];
    await invoke(
      handlerOf(async (context) => {
        await Promise.all(
          ["a", "b", "c"].map((name) =>
            context.wait(name, { seconds: 1 }).then(() => order.push(name)),
          ),
        );
      }),
      new FakeService(),
      {
        operations: ["a", "b", "c"]
          .map((Name, index) =>
            recorded(index + 1, { Type: "WAIT", SubType: "Wait", Name, EndTimestamp: at(5) }),
          )
          .toReversed(),
      },
    );
    expect(order).toEqual(["c", "b", "a"]);
  });

  test("resolves by its start when the service gives no end", async () => {
    const order: string[] = [];
    await invoke(
      handlerOf(async (context) => {
        await Promise.all(
          ["a", "b"].map((name) => context.wait(name, { seconds: 1 }).then(() => order.push(name))),
        );
      }),
      new FakeService(),
      {
        operations: [
          recorded(1, { Type: "WAIT", Name: "a", StartTimestamp: at(9), EndTimestamp: undefined }),
          recorded(2, { Type: "WAIT", Name: "b", StartTimestamp: at(1), EndTimestamp: undefined }),
        ],
      },
    );
    expect(order).toEqual(["b", "a"]);
  });

  test.for(["FAILED", "CANCELLED", "TIMED_OUT", "STOPPED"] as const)(
    "fails a step that is %s",
    async (Status) => {
      const errors: unknown[] = [];
      await invoke(
        handlerOf(async (context) => {
          await context.step("s", () => 1).catch((error: unknown) => errors.push(error));
        }),
        new FakeService(),
        { operations: [recorded(1, { Name: "s", Status })] },
      );
      expect(StepError.is(errors[0])).toBe(true);
      expect((errors[0] as Error).message).toBe('Step "s" failed: no reason given');
    },
  );

  test.for(["FAILED", "CANCELLED", "STOPPED"] as const)(
    "fails a callback that is %s",
    async (Status) => {
      const errors: unknown[] = [];
      await invoke(
        handlerOf(async (context) => {
          const known = await context.createCallback();
          await known.result().catch((error: unknown) => errors.push(error));
        }),
        new FakeService(),
        { operations: [callback(1, Status)] },
      );
      expect(CallbackExternalError.is(errors[0])).toBe(true);
      expect(errors[0]).toMatchObject({ callbackId: "cb-1", errorType: undefined });
    },
  );

  test.for([
    { errorType: "Callback.Heartbeat", reason: "heartbeat" },
    { errorType: "Callback.Timeout", reason: "timeout" },
    { errorType: undefined, reason: "timeout" },
  ])(
    "times out a callback with the reason $reason for $errorType",
    async ({ errorType, reason }) => {
      const output = await invoke(
        handlerOf(async (context) => (await context.createCallback()).settled()),
        new FakeService(),
        { operations: [callback(1, "TIMED_OUT", { Error: { ErrorType: errorType } })] },
      );
      expect(output).toMatchObject({ Result: JSON.stringify({ status: "TIMED_OUT", reason }) });
    },
  );

  test("fails a context that failed without saying why", async () => {
    const errors: unknown[] = [];
    await invoke(
      handlerOf(async (context) => {
        await context
          .runInChildContext("c", async () => 1)
          .catch((error: unknown) => errors.push(error));
      }),
      new FakeService(),
      {
        operations: [
          recorded(1, {
            Type: "CONTEXT",
            SubType: "RunInChildContext",
            Name: "c",
            Status: "FAILED",
          }),
        ],
      },
    );
    expect(ChildContextError.is(errors[0])).toBe(true);
    expect((errors[0] as Error).message).toContain("no reason given");
  });

  test("that is no JSON is reported as the payload of the operation it belongs to", async () => {
    const output = await invoke(
      handlerOf((context) => context.step("s", () => 1)),
      new FakeService(),
      { operations: [recorded(1, { Name: "s", StepDetails: { Result: "{broken" } })] },
    );
    expect(output).toMatchObject({ Status: "FAILED", Error: { ErrorType: "SerdesError" } });
    expect((output as { Error: { ErrorMessage: string } }).Error.ErrorMessage).toContain(
      'The payload of step "s" cannot be deserialised',
    );
  });

  test("finds a callback by its id, whoever made it", async () => {
    const output = await invoke(
      handlerOf(async (context) => {
        const mine = await context.waitForCallback("cb-2").catch((error: Error) => error.name);
        return [mine, await context.waitForCallback("cb-9").catch((error: Error) => error.name)];
      }),
      new FakeService(),
      { operations: [callback(1, "STARTED"), callback(2, "SUCCEEDED", { Result: '"two"' })] },
    );
    expect(output).toMatchObject({ Result: '["two","UnknownCallbackError"]' });
  });
});

describe("the wait of a callback with a timeout of its own", () => {
  test("that failed without saying why fails", async () => {
    const output = await invoke(
      handlerOf(async (context) => {
        const known = await context.createCallback();
        return context.waitForCallback(known, { timeout: { seconds: 1 } }).then(
          () => "resolved",
          (error: Error) => `rejected: ${error.message}`,
        );
      }),
      new FakeService(),
      {
        operations: [
          callback(1, "STARTED"),
          recorded(2, { Type: "CONTEXT", SubType: "CallbackWait", Status: "FAILED" }),
        ],
      },
    );
    expect(output).toMatchObject({ Result: '"rejected: "' });
  });
});

describe("an invoke", () => {
  const call = async (context: DurableContext): Promise<unknown> =>
    context.invoke("charge", {}).then(
      (value: unknown) => ({ value }),
      ({ name, status, message }: Error & { readonly status?: string }) => ({
        name,
        status,
        message,
      }),
    );
  const answerTo = async (operation: Partial<Operation>): Promise<unknown> => {
    const output = await invoke(handlerOf(call), new FakeService(), {
      operations: [recorded(1, { Type: "CHAINED_INVOKE", SubType: "ChainedInvoke", ...operation })],
    });
    return JSON.parse((output as { readonly Result: string }).Result) as unknown;
  };

  test.for<{ status: Operation["Status"]; seen: string; says: string }>([
    { status: "FAILED", seen: "FAILED", says: 'Function "charge" failed: T: m' },
    { status: "TIMED_OUT", seen: "TIMED_OUT", says: 'Function "charge" timed out: T: m' },
    { status: "STOPPED", seen: "STOPPED", says: 'Function "charge" was stopped: T: m' },
    { status: "CANCELLED", seen: "FAILED", says: 'Function "charge" failed: T: m' },
  ])("that is recorded as $status throws", async ({ status, seen, says }) => {
    const error = { ErrorType: "T", ErrorMessage: "m" };
    const answer = await answerTo({ Status: status, ChainedInvokeDetails: { Error: error } });
    expect(answer).toEqual({ name: "InvokeError", status: seen, message: says });
  });

  test("that is recorded without details gives nothing, or no reason", async () => {
    expect(await answerTo({})).toEqual({});
    expect(await answerTo({ Status: "FAILED" })).toMatchObject({
      message: 'Function "charge" failed: no reason given',
    });
  });

  test("that is still going on suspends", async () => {
    const service = new FakeService();
    const output = await invoke(handlerOf(call), service, {
      operations: [
        recorded(1, { Type: "CHAINED_INVOKE", SubType: "ChainedInvoke", Status: "STARTED" }),
      ],
    });
    expect(output).toEqual({ Status: "PENDING" });
    expect(service.updates).toEqual([]);
  });

  test("starts with the function's name, the tenant and the input", async () => {
    const service = new FakeService();
    await invoke(
      handlerOf((context) => context.invoke("charge", { n: 1 }, { name: "pay", tenantId: "t" })),
      service,
    );
    expect(service.updates).toEqual([
      {
        Id: ids[1],
        Name: "pay",
        Type: "CHAINED_INVOKE",
        SubType: "ChainedInvoke",
        Action: "START",
        Payload: '{"n":1}',
        ChainedInvokeOptions: { FunctionName: "charge", TenantId: "t" },
      },
    ]);
  });
});

describe("a condition that is under way", () => {
  const seen: unknown[] = [];
  const poll = (context: DurableContext): Promise<number> =>
    context.waitForCondition(
      (state, { attempt }) => {
        seen.push([state, attempt]);
        return state + 1;
      },
      { initialState: 0, waitStrategy: () => ({ shouldContinue: false }) },
    );

  test.for<{ what: string; operation: Partial<Operation>; sees: [number, number] }>([
    {
      what: "goes on from the state it had when it was interrupted",
      operation: { Status: "STARTED", StepDetails: { Attempt: 2, Result: "7" } },
      sees: [7, 3],
    },
    {
      what: "goes on from the state it had when it is ready again",
      operation: { Status: "READY", StepDetails: { Attempt: 1, Result: "7" } },
      sees: [7, 2],
    },
    {
      what: "begins anew when there is no state",
      operation: { Status: "STARTED", StepDetails: { Attempt: 0 } },
      sees: [0, 1],
    },
  ])("$what", async ({ operation, sees }) => {
    seen.length = 0;
    await invoke(handlerOf(poll), new FakeService(), {
      operations: [recorded(1, { SubType: "WaitForCondition", ...operation })],
    });
    expect(seen).toEqual([sees]);
  });
});

describe("a batch whose result was too large", () => {
  const rerun = async (summary: string): Promise<unknown> => {
    const output = await invoke(
      handlerOf(async (context) => {
        const batch = await context.map("m", ["a", "b"], async (child, item) =>
          child.step(() => item),
        );
        return { all: batch.all, reason: batch.completionReason };
      }),
      new FakeService(),
      {
        operations: [
          recorded(1, {
            Type: "CONTEXT",
            SubType: "Map",
            Name: "m",
            ContextDetails: { ReplayChildren: true, Result: summary },
          }),
          {
            ...recorded(2, {
              Type: "CONTEXT",
              SubType: "MapIteration",
              Name: "map-item-0",
              ContextDetails: { Result: '"recorded"' },
            }),
            Id: "ea66c06c1e1c05fa",
            ParentId: ids[1] ?? "",
          },
        ],
      },
    );
    return output.Status === "FAILED"
      ? output.Error
      : JSON.parse(String(Reflect.get(output, "Result")));
  };

  test("is made of the items that its summary names", async () => {
    const summary = JSON.stringify({
      type: "MapResult",
      totalCount: 2,
      completionReason: "MIN_SUCCESSFUL_REACHED",
      itemStatuses: "S-",
    });
    expect(await rerun(summary)).toEqual({
      all: [
        { index: 0, status: "SUCCEEDED", result: "recorded" },
        { index: 1, status: "STARTED" },
      ],
      reason: "MIN_SUCCESSFUL_REACHED",
    });
  });

  test.for([
    { itemStatuses: "SS", says: "map-item-1 is not recorded" },
    { itemStatuses: "S--", says: "there are 2 now" },
  ])("fails when the items are not those of $itemStatuses", async ({ itemStatuses, says }) => {
    const completionReason = "ALL_COMPLETED";
    const summary = JSON.stringify({ type: "MapResult", itemStatuses, completionReason });
    expect(await rerun(summary)).toMatchObject({
      ErrorType: "NonDeterministicExecutionError",
      ErrorMessage: expect.stringContaining(says) as unknown,
    });
  });

  test.for(['{"type":"MapResult",not JSON', '{"type":"MapResult","itemStatuses"', "null"])(
    "says so when what is stored is neither result nor summary: %s",
    async (text) => {
      expect(await rerun(text)).toMatchObject({
        ErrorType: "SerdesError",
        ErrorMessage: expect.stringContaining('The payload of map "m"') as unknown,
      });
    },
  );
});

describe("many operations", () => {
  test("have ids of their own, however many there are", async () => {
    const service = new FakeService();
    await invoke(
      handlerOf(async (context) => {
        await Promise.all(
          Array.from({ length: 16_500 }, () =>
            context.runInChildContext(async (child) => child.wait({ seconds: 1 })),
          ),
        );
      }),
      service,
    );
    expect(new Set(service.updates.map(({ Id }) => Id)).size).toBe(33_000);
  });
});

describe("a step that is under way", () => {
  const working = (attempts: number[]) =>
    handlerOf((context) =>
      context.step("s", (step) => {
        attempts.push(step.attempt);
        return step.attempt;
      }),
    );

  test.for([
    { Status: "STARTED", Attempt: undefined, attempt: 1, actions: ["SUCCEED"] },
    { Status: "STARTED", Attempt: 2, attempt: 3, actions: ["SUCCEED"] },
    { Status: "READY", Attempt: 1, attempt: 2, actions: ["START", "SUCCEED"] },
  ] as const)(
    "as $Status after $Attempt attempts goes on with attempt $attempt",
    async ({ Status, Attempt, attempt, actions }) => {
      const attempts: number[] = [];
      const service = new FakeService();
      const output = await invoke(working(attempts), service, {
        operations: [
          recorded(1, { Name: "s", Status, EndTimestamp: undefined, StepDetails: { Attempt } }),
        ],
      });
      expect(output).toMatchObject({ Result: String(attempt) });
      expect(attempts).toEqual([attempt]);
      expect(service.updates.map(({ Action }) => Action)).toEqual(actions);
    },
  );

  test("as PENDING waits for the service", async () => {
    const attempts: number[] = [];
    const service = new FakeService();
    const output = await invoke(working(attempts), service, {
      operations: [recorded(1, { Name: "s", Status: "PENDING", StepDetails: { Attempt: 1 } })],
    });
    expect(output).toEqual({ Status: "PENDING" });
    expect(attempts).toEqual([]);
    expect(service.requests).toEqual([]);
  });

  test("without details is in its first attempt", async () => {
    const attempts: number[] = [];
    await invoke(working(attempts), new FakeService(), {
      operations: [recorded(1, { Name: "s", Status: "STARTED" })],
    });
    expect(attempts).toEqual([1]);
  });
});

describe("a context that is under way", () => {
  test("runs its body again, with what it has recorded", async () => {
    const service = new FakeService();
    const output = await invoke(
      handlerOf((context) =>
        context.runInChildContext("c", async (child) => [
          await child.step("recorded", () => "not run"),
          await child.step("new", () => "new"),
        ]),
      ),
      service,
      {
        operations: [
          recorded(1, {
            Type: "CONTEXT",
            SubType: "RunInChildContext",
            Name: "c",
            Status: "STARTED",
          }),
          {
            Id: "ea66c06c1e1c05fa",
            ParentId: ids[1],
            Name: "recorded",
            Type: "STEP",
            Status: "SUCCEEDED",
            StartTimestamp: now,
            EndTimestamp: now,
            StepDetails: { Result: '"old"' },
          },
        ],
      },
    );
    expect(output).toMatchObject({ Result: '["old","new"]' });
    expect(service.updates.map(({ Type, Action, Name }) => [Type, Action, Name])).toEqual([
      ["STEP", "START", "new"],
      ["STEP", "SUCCEED", "new"],
      ["CONTEXT", "SUCCEED", "c"],
    ]);
  });
});

describe("the logger in a replay", () => {
  const logging = (lines: unknown[]) => {
    const record = (...data: readonly unknown[]): void => {
      lines.push(data[0]);
    };
    const logger: Logger = { debug: record, info: record, warn: record, error: record };
    return withDurableExecution(
      async (_: unknown, context: DurableContext) => {
        context.logger.info("begin");
        await context.wait("first", { seconds: 1 });
        context.logger.warn("after the first");
        await context.wait("second", { seconds: 1 });
        context.logger.error("after the second");
        await context.step("third", () => 1);
        context.logger.debug("after the third");
      },
      { logger },
    );
  };
  const waits = [
    recorded(1, { Type: "WAIT", Name: "first", EndTimestamp: at(1) }),
    recorded(2, { Type: "WAIT", Name: "second", EndTimestamp: at(2) }),
  ];

  test("speaks from what changed since the last invocation", async () => {
    const lines: unknown[] = [];
    await invoke(logging(lines), new FakeService(), {
      operations: waits,
      updatedIds: [ids[2] ?? ""],
    });
    expect(lines).toEqual(["after the second", "after the third"]);
  });

  test("speaks from the last outcome on when the service does not say what changed", async () => {
    const lines: unknown[] = [];
    await invoke(logging(lines), new FakeService(), { operations: waits });
    expect(lines).toEqual(["after the second", "after the third"]);
  });

  test("speaks throughout when it is told to", async () => {
    const lines: unknown[] = [];
    const record = (line: unknown): void => {
      lines.push(line);
    };
    const handler = withDurableExecution(
      async (_: unknown, context: DurableContext) => {
        context.logger.info("begin");
        await context.wait("first", { seconds: 1 });
        context.logger.info("after the first");
      },
      {
        logger: { debug: record, info: record, warn: record, error: record },
        logWhileReplaying: true,
      },
    );
    await invoke(handler, new FakeService(), { operations: waits.slice(0, 1) });
    expect(lines).toEqual(["begin", "after the first"]);
  });

  test("speaks at once when nothing was recorded", async () => {
    const lines: unknown[] = [];
    await invoke(logging(lines), new FakeService());
    expect(lines).toEqual(["begin"]);
  });
});

describe("a replay that takes another way where there are no stacks", () => {
  test("is found out all the same", async () => {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
      const output = await invoke(
        handlerOf((context) => context.step("other", () => 1)),
        new FakeService(),
        { operations: [recorded(1, { Name: "recorded" })] },
      );
      expect(output).toMatchObject({
        Status: "FAILED",
        Error: {
          ErrorMessage: expect.stringContaining('now asks for STEP "other". Code') as string,
        },
      });
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  });
});

describe("a client that asks where operations were called", () => {
  test("is told of each, and no step is run", async () => {
    const calls: [string, string][] = [];
    let runs = 0;
    const service = Object.assign(new FakeService(), {
      checkpoint: () => new Promise<never>(() => {}),
      operationCalled: (id: string, site: string) => calls.push([id, site]),
    });
    const never = invoke(
      handlerOf(async (context) => {
        void context.wait("w", { seconds: 1 });
        await context.step("s", () => {
          runs += 1;
        });
      }),
      service,
    );
    const turn = new Promise<string>((resolve) => {
      setImmediate(() => {
        resolve("nothing happened");
      });
    });
    expect(await Promise.race([never, turn])).toBe("nothing happened");
    expect(runs).toBe(0);
    expect(calls.map(([id]) => id)).toEqual([ids[1], ids[2]]);
    for (const [, site] of calls) {
      expect(site).toMatch(/^at .*replayed-state\.test\.ts:\d+:\d+\)?$/);
      expect(site).not.toContain(process.cwd());
    }
  });
});

describe("a client that compares what is asked for", () => {
  test("is told of it before the runtime compares, and no step is run", async () => {
    const asked: unknown[] = [];
    const service = Object.assign(new FakeService(), {
      operationRequested: (operation: unknown) => asked.push(operation),
    });
    const output = await invoke(
      handlerOf(async (context) => {
        await context.step("other", () => expect.unreachable());
      }),
      service,
      { operations: [recorded(1, { Name: "recorded" })] },
    );
    expect(output).toMatchObject({ Status: "FAILED" });
    expect(asked).toEqual([
      { Id: ids[1], ParentId: undefined, Name: "other", Type: "STEP", SubType: "Step" },
    ]);
  });

  test("hears branches out that the handler leaves behind", async () => {
    const asked: unknown[] = [];
    const service = Object.assign(new FakeService(), {
      operationRequested: ({ Name }: { Name?: string }) => asked.push(Name),
    });
    const output = await invoke(
      handlerOf(async (context) => {
        const slow = context
          .step("slow", () => 1)
          .then(async () => context.wait("after", { seconds: 1 }));
        await Promise.race([context.step("fast", () => 2), slow]);
      }),
      service,
      {
        operations: [
          recorded(2, { Name: "fast", EndTimestamp: new Date(1) }),
          recorded(1, { Name: "slow", EndTimestamp: new Date(2) }),
        ],
      },
    );
    expect(output).toMatchObject({ Status: "SUCCEEDED" });
    expect(asked).toEqual(["slow", "fast", "after"]);
  });
});
