import { describe, expect, test } from "vitest";
import {
  type DurableContext,
  type Logger,
  type Serdes,
  withDurableExecution,
} from "../src/index.ts";
import type { Operation } from "../src/protocol.ts";
import { FakeService, ids, invoke, now } from "./support/fake-service.ts";

/** As long as somebody takes who reads a key, or a file. */
async function turns(): Promise<void> {
  for (let count = 0; count < 10; count += 1) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

const slow: Serdes<unknown> = {
  async serialize(value) {
    await turns();
    return JSON.stringify(value);
  },
  async deserialize(text) {
    await turns();
    return JSON.parse(text) as unknown;
  },
};
const slowly = slow as Serdes<never>;

const handlerOf = (
  body: (context: DurableContext) => Promise<unknown>,
  config: { readonly serdes?: Serdes<unknown>; readonly logger?: Logger } = {},
) => withDurableExecution(async (_: unknown, context) => body(context), config);

/** Something that keeps the invocation waiting for the outside world. */
const waitAside = (context: DurableContext): void => {
  void context.wait("aside", { hours: 1 }).then(() => {});
};

const stepOnRecord = (position: number, Result: string): Operation => ({
  Id: ids[position] ?? "",
  Type: "STEP",
  SubType: "Step",
  Status: "SUCCEEDED",
  StartTimestamp: now,
  EndTimestamp: now,
  StepDetails: { Attempt: 1, Result },
});

describe("beside a wait, an invocation is not suspended in the middle of an asynchronous serdes", () => {
  test("of what the handler returns", async () => {
    const handler = handlerOf(
      async (context) => {
        waitAside(context);
        return context.step(() => 5);
      },
      { serdes: slow },
    );
    expect(await invoke(handler, new FakeService())).toEqual({ Status: "SUCCEEDED", Result: "5" });
  });

  test.for<{ where: string; call: (context: DurableContext) => Promise<unknown> }>([
    { where: "a step", call: (context) => context.step(() => 5, { serdes: slowly }) },
    {
      where: "a child context",
      call: (context) => context.runInChildContext(async () => 5, { serdes: slowly }),
    },
    {
      where: "a child context without a record",
      call: (context) =>
        context.runInChildContext(async () => 5, { serdes: slowly, nesting: "FLAT" }),
    },
    {
      where: "a condition",
      call: (context) =>
        context.waitForCondition((state) => state, {
          initialState: 5,
          serdes: slowly,
          waitStrategy: () => ({ shouldContinue: false }),
        }),
    },
    {
      where: "the items of a map",
      call: async (context) =>
        (await context.map([5], (_, item) => item, { itemSerdes: slowly })).getResults()[0],
    },
    {
      where: "the branches of a parallel",
      call: async (context) =>
        (await context.parallel([async () => 5], { itemSerdes: slowly })).getResults()[0],
    },
    {
      where: "a map",
      call: async (context) =>
        (await context.map([5], (_, item) => item, { serdes: slowly })).getResults()[0],
    },
  ])("of $where", async ({ call }) => {
    const handler = handlerOf(async (context) => {
      waitAside(context);
      return call(context);
    });
    expect(await invoke(handler, new FakeService())).toEqual({ Status: "SUCCEEDED", Result: "5" });
  });

  test.for<{ of: string; join: (context: DurableContext) => Promise<unknown> }>([
    { of: "all", join: (context) => context.promise.all([context.step(() => 5)]) },
    { of: "allSettled", join: (context) => context.promise.allSettled([context.step(() => 5)]) },
    { of: "any", join: (context) => context.promise.any([context.step(() => 5)]) },
    { of: "race", join: (context) => context.promise.race([context.step(() => 5)]) },
  ])("of promise.$of", async ({ join }) => {
    const handler = handlerOf(
      async (context) => {
        waitAside(context);
        await join(context);
      },
      { serdes: slow },
    );
    expect(await invoke(handler, new FakeService())).toMatchObject({ Status: "SUCCEEDED" });
  });

  test("of the input of a function that is invoked", async () => {
    const service = new FakeService();
    const handler = handlerOf(async (context) => {
      waitAside(context);
      return context.invoke("f", 5, { payloadSerdes: slowly });
    });
    expect(await invoke(handler, service)).toEqual({ Status: "PENDING" });
    expect(service.updates.at(-1)).toMatchObject({ Type: "CHAINED_INVOKE", Payload: "5" });
  });

  test("of a step that has left a callback waiting", async () => {
    const handler = handlerOf((context) =>
      context.step(
        async (step) => {
          const open = await step.createCallback();
          return Promise.race([open.result(), Promise.resolve(5)]);
        },
        { serdes: slowly },
      ),
    );
    expect(await invoke(handler, new FakeService())).toEqual({ Status: "SUCCEEDED", Result: "5" });
  });

  test("of what was recorded", async () => {
    const handler = handlerOf(async (context) => {
      const step = context.step(() => -1, { serdes: slowly });
      waitAside(context);
      return step;
    });
    const state = { operations: [stepOnRecord(1, "5")] };
    expect(await invoke(handler, new FakeService(), state)).toEqual({
      Status: "SUCCEEDED",
      Result: "5",
    });
  });

  test("nor of an asynchronous schema, of whichever realm its promise is", async () => {
    const verdict = turns().then(() => ({ value: 7 }));
    const schema = {
      "~standard": {
        version: 1 as const,
        vendor: "test",
        // oxlint-disable-next-line unicorn/no-thenable -- that is what it is
        validate: () => ({ then: verdict.then.bind(verdict) }) as typeof verdict,
      },
    };
    const handler = handlerOf(async (context) => {
      const callback = await context.createCallback("answer", { schema });
      waitAside(context);
      return callback.result();
    });
    const answer: Operation = {
      Id: ids[1] ?? "",
      Type: "CALLBACK",
      SubType: "Callback",
      Name: "answer",
      Status: "SUCCEEDED",
      StartTimestamp: now,
      EndTimestamp: now,
      CallbackDetails: { CallbackId: "c", Result: "5" },
    };
    expect(await invoke(handler, new FakeService(), { operations: [answer] })).toEqual({
      Status: "SUCCEEDED",
      Result: "7",
    });
  });
});

test("to read what was recorded is part of the replay: nothing is logged once more", async () => {
  const lines: unknown[] = [];
  const log = (...line: unknown[]): void => void lines.push(line);
  const logger = { debug: log, info: log, warn: log, error: log };
  const handler = handlerOf(
    async (context) => {
      await context.step(() => -1, { serdes: slowly });
      context.logger.info("first");
      await context.step(() => -1);
    },
    { logger },
  );
  await invoke(handler, new FakeService(), {
    operations: [stepOnRecord(1, "5"), stepOnRecord(2, "6")],
  });
  expect(lines).toEqual([]);
});

test("what cannot be read, of a step that nobody waits for, is no unhandled rejection", async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  process.on("unhandledRejection", note);
  try {
    const broken = {
      ...slowly,
      deserialize: async () => {
        await turns();
        throw new Error("no");
      },
    };
    const handler = handlerOf(async (context) => {
      void context.step(() => 5, { serdes: broken });
      await turns();
      await context.step(turns);
      await context.step(turns);
    });
    expect(await invoke(handler, new FakeService())).toMatchObject({ Status: "SUCCEEDED" });
    await turns();
  } finally {
    process.off("unhandledRejection", note);
  }
  expect(unhandled).toEqual([]);
});
