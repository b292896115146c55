import { type DurableContext, withDurableExecution } from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import { DurableTestRunner, HandlerRejectedError, InvalidHandlerError } from "../../src/index.ts";
import {
  HistoryTruncatedError,
  InvalidHistoryError,
  ReplayDivergedError,
  replayHistory,
} from "../../src/replay/index.ts";

const handler = withDurableExecution(async (order: { id: string }, context: DurableContext) => {
  const reserved = await context.step("reserve", async () => order.id);
  await context.runInChildContext("pay", async (child) => {
    await child.step("charge", async () => 1);
    await child.wait("settle", { hours: 1 });
  });
  await context.wait("pause", { hours: 1 });
  return reserved;
});

type Event = Record<string, unknown> & {
  EventId: number;
  EventType: string;
  EventTimestamp: string;
};

async function recorded(): Promise<Event[]> {
  await using runner = new DurableTestRunner(handler);
  const { history } = await runner.run({ id: "o-1" });
  return JSON.parse(JSON.stringify(history)) as Event[];
}

async function failureOf(history: unknown, of: unknown = handler): Promise<Error> {
  const outcome: unknown = await replayHistory(of as typeof handler, history as object).catch(
    (error: unknown) => error,
  );
  if (outcome instanceof Error) return outcome;
  throw new Error("It did not fail.");
}

describe("what a history may come as", () => {
  const epochSeconds = (events: Event[]): object[] =>
    events.map((event) => ({
      ...event,
      EventTimestamp: Date.parse(event.EventTimestamp) / 1000,
    }));

  test.for([
    ["the events, through JSON", (events: Event[]) => events],
    ["text", (events: Event[]) => JSON.stringify(events)],
    ["one page", (events: Event[]) => ({ Events: events })],
    ["text with a byte order mark", (events: Event[]) => `\uFEFF${JSON.stringify(events)}`],
    ["text of a page", (events: Event[]) => JSON.stringify({ Events: events, NextMarker: null })],
    [
      "pages",
      (events: Event[]) => [
        { Events: events.slice(0, 4), NextMarker: "m" },
        { Events: events.slice(4) },
      ],
    ],
    ["epoch seconds", epochSeconds],
    [
      "epoch milliseconds",
      (events: Event[]) =>
        events.map((event) => ({
          ...event,
          EventTimestamp: Date.parse(event.EventTimestamp),
        })),
    ],
    [
      "dates",
      (events: Event[]) =>
        events.map((event) => ({
          ...event,
          EventTimestamp: new Date(event.EventTimestamp),
        })),
    ],
    ["an execution that has not ended", (events: Event[]) => events.slice(0, 7)],
  ] as const)("%s", async ([, form]) => {
    await expect(replayHistory(handler, form(await recorded()))).resolves.toMatchObject({
      next: [],
    });
  });
});

describe("what is no history", () => {
  test.for([
    ["nothing", () => undefined, /undefined is no history\. Give result\.history/],
    ["a number", () => 7, /7 is no history/],
    ["a file name", () => "history.json", /no JSON.*Give what is in the file, not its name/],
    ["an empty list", () => [], /has no events/],
    ["a result", (events: Event[]) => ({ history: events }), /Give result\.history/],
    ["other objects", () => [{ id: 1 }], /EventType/],
    ["no objects", () => [1, 2], /Event 1 of the history is 1/],
    ["pages without events", () => ({ Events: 1 }), /Page 1 of the history has 1 as its Events/],
    [
      "pages beside events",
      (events: Event[]) => [{ Events: [] }, ...events],
      /pages and events beside each other/,
    ],
    [
      "an unknown type",
      (events: Event[]) => events.map((event) => ({ ...event, EventType: "StepBegun" })),
      /"StepBegun", which is not known here\./,
    ],
    [
      "a misspelt type",
      (events: Event[]) =>
        events.map((event) => ({ ...event, EventType: event.EventType.replace("Wait", "Wiat") })),
      /"WiatStarted".*Did you mean "WaitStarted"/,
    ],
    [
      "no ids of events",
      (events: Event[]) => events.map((event) => ({ ...event, EventId: undefined })),
      /undefined as its EventId/,
    ],
    [
      "no ids of operations",
      (events: Event[]) => events.map((event) => ({ ...event, Id: undefined })),
      /a StepStarted, has no Id/,
    ],
    [
      "no times",
      (events: Event[]) => events.map((event) => ({ ...event, EventTimestamp: "soon" })),
      /"soon" as its EventTimestamp/,
    ],
    [
      "no beginning",
      (events: Event[]) => events.slice(1),
      /The beginning of the history is missing/,
    ],
    [
      "another beginning",
      (events: Event[]) =>
        events.slice(1).map((event, index) => ({ ...event, EventId: index + 1 })),
      /begins with event 1 \(StepStarted "reserve"\)/,
    ],
    [
      "a hole",
      (events: Event[]) => events.toSpliced(3, 2),
      /A part of the history is missing: after event 3/,
    ],
    ["the order reversed", (events: Event[]) => events.toReversed(), /ReverseOrder/],
    [
      "pages in another order",
      (events: Event[]) => [
        { Events: events.slice(4), NextMarker: "m" },
        { Events: events.slice(0, 4) },
      ],
      /pages of the history are in another order/,
    ],
    [
      "the last page first",
      (events: Event[]) => [
        { Events: events.slice(4) },
        { Events: events.slice(0, 4), NextMarker: "m" },
      ],
      /The history is not whole|another order/,
    ],
    [
      "the middle pages exchanged",
      (events: Event[]) => [
        { Events: events.slice(0, 2), NextMarker: "a" },
        { Events: events.slice(4, 6), NextMarker: "c" },
        { Events: events.slice(2, 4), NextMarker: "b" },
        { Events: events.slice(6) },
      ],
      /pages of the history are in another order: event 5 .* follows event 2/,
    ],
    [
      "a page twice",
      (events: Event[]) => [
        { Events: events.slice(0, 4), NextMarker: "m" },
        { Events: events.slice(0, 4), NextMarker: "m" },
        { Events: events.slice(4) },
      ],
      /has event 1 \(ExecutionStarted\) twice/,
    ],
    [
      "the first page alone",
      (events: Event[]) => ({ Events: events.slice(0, 4), NextMarker: "m" }),
      /not whole: its last page ends with a NextMarker.*Marker: "m"/,
    ],
    [
      "two executions",
      (events: Event[]) =>
        [...events.slice(0, 4), ...events].map((event, index) => ({
          ...event,
          EventId: index + 1,
        })),
      /second ExecutionStarted/,
    ],
    [
      "more after the end",
      (events: Event[]) =>
        [...events, events.at(-2)!].map((event, index) => ({ ...event, EventId: index + 1 })),
      /goes on after the end/,
    ],
    [
      "an operation that never started",
      (events: Event[]) =>
        events
          .filter(({ EventType, Name }) => EventType !== "StepStarted" || Name !== "charge")
          .map((event, index) => ({ ...event, EventId: index + 1 })),
      /StepSucceeded "charge"\), \w+, has never started/,
    ],
    [
      "a context that never started",
      (events: Event[]) =>
        events
          .filter(({ EventType }) => !EventType.startsWith("Context"))
          .map((event, index) => ({ ...event, EventId: index + 1 })),
      /is inside \w+, which is no context that has started before/,
    ],
    [
      "a wait that starts twice",
      (events: Event[]) =>
        events
          .flatMap((event) => (event.EventType === "WaitStarted" ? [event, event] : [event]))
          .map((event, index) => ({ ...event, EventId: index + 1 })),
      /starts twice/,
    ],
    [
      "an operation that ends twice",
      (events: Event[]) =>
        events
          .flatMap((event) => (event.EventType === "StepSucceeded" ? [event, event] : [event]))
          .map((event, index) => ({ ...event, EventId: index + 1 })),
      /had ended before/,
    ],
    [
      "an operation of two types",
      (events: Event[]) =>
        events.map((event) =>
          event.EventType === "StepSucceeded"
            ? { ...event, EventType: "CallbackSucceeded" }
            : event,
        ),
      /is of two types/,
    ],
    [
      "no execution data",
      (events: Event[]) =>
        events.map(({ EventId, EventType, EventTimestamp, Id, Name, ParentId, SubType }) => ({
          EventId,
          EventType,
          EventTimestamp,
          Id,
          Name,
          ParentId,
          SubType,
        })),
      /no execution data.*IncludeExecutionData: true/,
    ],
  ] as const)("%s", async ([, make, message]) => {
    const error = await failureOf(make(await recorded()));
    expect(error).toBeInstanceOf(InvalidHistoryError);
    expect(error.message.replaceAll("\n", " ")).toMatch(message);
  });
});

describe("a history that was asked for without execution data", () => {
  /** As our server answers, and events say that nothing was cut off. */
  const bare = (history: readonly object[]): readonly object[] =>
    JSON.parse(
      JSON.stringify(history, (key, value: unknown) => (key === "Payload" ? undefined : value)),
    ) as readonly object[];
  const run = async (of: Parameters<typeof replayHistory>[0], given?: unknown) => {
    await using runner = new DurableTestRunner(await of);
    return (await runner.run(given)).history;
  };

  test("is told, where the handler fails without it", async () => {
    const reads = withDurableExecution(async (_: unknown, context) => {
      const { price } = await context.step("price", () => ({ price: 42 }));
      await context.wait("pause", { hours: 1 });
      await context.step("charge", () => price);
    });
    const error = await failureOf(bare(await run(reads, { id: "o-1" })), reads);
    expect(error).toBeInstanceOf(InvalidHistoryError);
    expect(error.message).toMatch(/no execution data.*IncludeExecutionData: true.*TypeError/);
  });

  test("is told, where an error is not there: none is nothing", async () => {
    const fails = withDurableExecution(async (_: unknown, context) => {
      await context.step("charge", () => {
        throw new Error("declined");
      });
    });
    const error = await failureOf(bare(await run(fails)), fails);
    expect(error).toBeInstanceOf(InvalidHistoryError);
    expect(error.message).toContain("IncludeExecutionData: true");
  });

  test("may be one of an execution in which everything is nothing", async () => {
    const named = (name: string) =>
      withDurableExecution(async (_: unknown, context) => {
        await context.step("price", () => {});
        await context.step(name, () => {});
      });
    const history = await run(named("charge"));
    expect(bare(history)).toEqual(JSON.parse(JSON.stringify(history)));
    expect(await replayHistory(named("charge"), history)).toMatchObject({ status: "SUCCEEDED" });
    const error = await failureOf(history, named("refund"));
    expect(error).toBeInstanceOf(ReplayDivergedError);
    expect(error.message).toContain("it was asked for without IncludeExecutionData");
  });
});

describe("payloads that were cut off", () => {
  const cut = (events: Event[], type: string, name?: string): Event[] =>
    events.map((event) =>
      event.EventType === type && (name === undefined || event["Name"] === name)
        ? {
            ...event,
            [`${type}Details`]: { Result: { Truncated: true }, Input: { Truncated: true } },
          }
        : event,
    );

  test("say which prefixes could not be tried", async () => {
    const error = await failureOf(cut(await recorded(), "StepSucceeded", "charge"));
    expect(error).toBeInstanceOf(HistoryTruncatedError);
    expect(error).toMatchObject({ untried: [{ from: 6, to: expect.any(Number) as number }] });
    expect(error.message).toMatch(/stand from event 6 to event \d+; all others do/);
  });

  test("are no error where a report is wanted", async () => {
    const history = cut(await recorded(), "StepSucceeded", "reserve");
    const report = await replayHistory(handler, history, { truncated: "report" });
    expect(report.untried).toEqual([{ from: 3 }]);
  });

  test("leave nothing to try where the input is cut off", async () => {
    const error = await failureOf(cut(await recorded(), "ExecutionStarted"));
    expect(error).toMatchObject({ untried: [{ from: 1 }] });
  });

  test("come after what has diverged", async () => {
    const other = withDurableExecution(async (_: unknown, context: DurableContext) => {
      await context.step("other", async () => 1);
    });
    const history = cut(await recorded(), "StepSucceeded", "charge");
    expect(await failureOf(history, other)).toBeInstanceOf(ReplayDivergedError);
  });
});

describe("what is no handler", () => {
  test.for([
    ["a text", "handler", /"handler" is no handler/],
    ["nothing", null, /null is no handler/],
    ["a module", { handler }, /It has one: give \.handler\./],
    [
      "a plain function",
      async (): Promise<number> => 1,
      /1, which is no answer of a durable handler/,
    ],
    [
      "one that throws",
      () => {
        throw new TypeError("no database");
      },
      /rejects before it asks for anything: TypeError: no database/,
    ],
  ] as const)("%s", async ([, given, message]) => {
    const error = await failureOf(await recorded(), given);
    expect(error).toBeInstanceOf(InvalidHandlerError);
    expect(error.message).toMatch(message);
  });

  test("one that cannot be loaded", async () => {
    const history = await recorded();
    const error = await failureOf(history, Promise.reject(new SyntaxError("unexpected token")));
    expect(error).toBeInstanceOf(InvalidHandlerError);
    expect(error.message).toBe("The handler could not be loaded: SyntaxError: unexpected token");
  });

  test("one that rejects later on", async () => {
    const flaky = (
      event: { InitialExecutionState: { Operations: unknown[] } },
      context: object,
    ): Promise<unknown> =>
      event.InitialExecutionState.Operations.length > 1
        ? Promise.reject(new Error("no more"))
        : handler(event, context);
    const error = await failureOf(await recorded(), flaky);
    expect(error).toBeInstanceOf(HandlerRejectedError);
    expect(error.message).toContain("given the state after event 3: Error: no more");
  });

  test("one that is still loading is waited for", async () => {
    await expect(replayHistory(Promise.resolve(handler), await recorded())).resolves.toBeDefined();
  });

  test("the handler of another function says so", async () => {
    const other = withDurableExecution(async (_: unknown, context: DurableContext) => {
      await context.wait("elsewhere", { hours: 1 });
    });
    const error = await failureOf(await recorded(), other);
    expect(error.message).toContain(
      'Nothing that the handler asks for has been recorded: is this the history of another function? It begins with step "reserve".',
    );
  });
});

describe("options", () => {
  test("that are none", async () => {
    const replay = replayHistory(handler, await recorded(), { truncate: "report" } as never);
    await expect(replay).rejects.toThrow(
      'There is no option "truncate". Did you mean "truncated"?',
    );
  });

  test("functions that are given are all that may be invoked next", async () => {
    const more = withDurableExecution(async (order: { id: string }, context: DurableContext) => {
      await context.step("reserve", async () => order.id);
      await context.runInChildContext("pay", async () => {});
      await context.wait("pause", { hours: 1 });
      await context.invoke("payments", {});
    });
    const history = (await recorded()).filter(({ ParentId }) => ParentId === undefined);
    const renumbered = history.map((event, index) => ({ ...event, EventId: index + 1 }));
    const known = { payments: () => 1 };
    const report = await replayHistory(more, renumbered, { functions: known });
    expect(report.next).toMatchObject([{ type: "CHAINED_INVOKE" }]);
    await expect(
      replayHistory(more, renumbered, { functions: { payment: () => 1 } }),
    ).rejects.toThrow(/"payments", which is not among the functions given. Did you mean "payment"/);
  });
});
