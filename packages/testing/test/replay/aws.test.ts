import type { DurableContext } from "@aws/durable-execution-sdk-js";
import { withDurableExecution } from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import { type AnyDurableLambdaHandler, DurableTestRunner, respond } from "../../src/index.ts";
import { ReplayDivergedError, replayHistory } from "../../src/replay/index.ts";
import { type Sdk, sdks, VERSIONS } from "../aws-sdk/support/sdks.ts";
import { wireHandler } from "../support/wire.ts";

/** Counts what must not happen in a replay. */
let bodies = 0;
const body = async (value: unknown): Promise<unknown> => {
  bodies += 1;
  return value;
};

const everything = (sdk: Sdk): AnyDurableLambdaHandler =>
  sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
    const first = await context.step("first", async () => body(1));
    await context.runInChildContext("inside", async (child: DurableContext) => {
      await child.step("inner", async () => body("x"));
      await child.wait("short", { seconds: 5 });
    });
    await context.waitForCallback("approval", async () => void (await body(0)), {
      timeout: { hours: 1 },
    });
    await context.map("orders", [1, 2, 3], async (each: DurableContext, item: number) =>
      each.step(`order ${item}`, async () => body(item)),
    );
    await context.waitForCondition("ready", async (n: number) => Number(await body(n)) + 1, {
      initialState: 0,
      waitStrategy: (n: number) =>
        n < 3 ? { shouldContinue: true, delay: { seconds: 5 } } : { shouldContinue: false },
    } as never);
    await context.step("flaky", async () => {
      bodies += 1;
      if (bodies % 2 === 0) throw new Error("flaky");
    });
    return first;
  });

async function historyOf(handler: AnyDurableLambdaHandler): Promise<readonly object[]> {
  await using runner = new DurableTestRunner(handler, {
    callbacks: { approval: respond.success("yes").after({ minutes: 5 }) },
  });
  await runner.run({});
  const result = await runner.runToCompletion();
  expect(result.status).toBe("SUCCEEDED");
  return result.history;
}

describe("a handler of AWS's SDK", () => {
  test.for(VERSIONS)("%s does what it has recorded, with no step run", async (version) => {
    const history = await historyOf(everything(sdks[version]));
    bodies = 0;
    const report = await replayHistory(everything(sdks[version]), history);
    expect(bodies).toBe(0);
    expect(report).toMatchObject({ next: [], status: "SUCCEEDED" });
  });

  test.for(VERSIONS)(
    "%s that renames its last step is not taken for another function",
    async (version) => {
      const ending = (name: string): AnyDurableLambdaHandler =>
        sdks[version].withDurableExecution(async (_: unknown, context: DurableContext) => {
          await context.step("charge", async () => 1);
          await context.wait("a while", { hours: 1 });
          await context.step(name, async () => 2);
        });
      const { history } = await new DurableTestRunner(ending("mail")).run({});
      const renamed = replayHistory(ending("mails"), history);
      await expect(renamed).rejects.toThrow("Has it been renamed?");
      const other = sdks[version].withDurableExecution(
        async (_: unknown, context: DurableContext) => context.step("import", async () => 1),
      );
      await expect(replayHistory(other, history)).rejects.toThrow(
        "the history of another function?",
      );
    },
  );

  test.for(VERSIONS)("%s may do one step more at the end, which is not run", async (version) => {
    const sdk = sdks[version];
    const make = (more: boolean) =>
      sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
        await context.step("one", async () => body(1));
        await context.wait("pause", { hours: 1 });
        if (more) await context.step("two", async () => body(2));
      });
    const history = await historyOf(make(false));
    bodies = 0;
    const { next, status } = await replayHistory(make(true), history);
    expect(bodies).toBe(0);
    expect(next).toMatchObject([{ type: "STEP", name: "two" }]);
    expect(status).toBeUndefined();
  });

  test.for(VERSIONS)("%s: a renamed step, with its call site", async (version) => {
    const sdk = sdks[version];
    const make = (name: string) =>
      sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
        await context.runInChildContext("box", async (child: DurableContext) => {
          await child.wait("pause", { seconds: 1 });
          await child.step(name, async () => body(1));
        });
        await context.wait("pause", { hours: 1 });
      });
    const history = await historyOf(make("charge"));
    bodies = 0;
    const error: unknown = await replayHistory(make("pay"), history).catch((e: unknown) => e);
    expect(bodies).toBe(0);
    expect(error).toBeInstanceOf(ReplayDivergedError);
    expect(error).toMatchObject({
      eventType: "StepStarted",
      recorded: { name: "charge" },
      requested: { name: "pay" },
      callSite: expect.stringMatching(/aws\.test\.ts:\d+:\d+/) as string,
      breaks: [{ from: 6, to: expect.any(Number) as number }],
    });
  });
});

describe("a callback that was made in a context that has closed", () => {
  const timesOut = { timeout: { seconds: 4 } };
  const outcome = async (callback: Promise<unknown>): Promise<unknown> =>
    callback.catch(() => "none");
  const made: Record<string, (context: DurableContext) => Promise<unknown>> = {
    "a child context": async (context) =>
      context.runInChildContext("box", async (child: DurableContext) => {
        const [answer] = await child.createCallback("silent", timesOut);
        return outcome(answer);
      }),
    "a child context that fails": async (context) =>
      context
        .runInChildContext("box", async (child: DurableContext) => {
          const [answer] = await child.createCallback("silent", timesOut);
          return answer;
        })
        .catch(() => "none"),
    "an item of a map": async (context) =>
      context.map("items", [1, 2], async (item: DurableContext) => {
        const [answer] = await item.createCallback("silent", timesOut);
        return outcome(answer);
      }),
    "a child context that went on without it": async (context) =>
      context.runInChildContext("box", async (child: DurableContext) => {
        await child.createCallback("silent", timesOut);
        await child.wait("short", { seconds: 1 });
      }),
    "a context that lost a race": async (context) =>
      context.runInChildContext("box", async (child: DurableContext) =>
        Promise.race([
          child.waitForCallback("silent", async () => void (await body(0)), timesOut),
          child.wait("short", { seconds: 1 }),
        ]),
      ),
    "a map that was content with less": async (context) =>
      context.map(
        "items",
        [1, 2],
        async (item: DurableContext, _: number, index: number) =>
          index === 0
            ? item.wait("short", { seconds: 1 })
            : item.waitForCallback("silent", async () => void (await body(0)), timesOut),
        { completionConfig: { minSuccessful: 1 } },
      ),
  };
  const cases = VERSIONS.flatMap((version) =>
    Object.entries(made).map(([where, make]) => ({ version, where, make })),
  );

  test.for(cases)("$version: in $where, is asked for no more", async ({ version, make }) => {
    const handler = sdks[version].withDurableExecution(
      async (_: unknown, context: DurableContext) => {
        await make(context);
        await context.wait("after", { seconds: 1 });
        await context.step("last", async () => body(1));
      },
    );
    const runner = new DurableTestRunner(handler, { callbacks: { silent: respond.never() } });
    const { status, history } = await runner.run({});
    expect(status).toBe("SUCCEEDED");
    bodies = 0;
    const report = await replayHistory(handler, history);
    expect(report).toMatchObject({ next: [], status: "SUCCEEDED" });
    expect(bodies).toBe(0);
  });

  const ours = withDurableExecution(async (_: unknown, context) => {
    await context.runInChildContext("box", async (child) => {
      const silent = await child.createCallback("silent", timesOut);
      return (await silent.result()) ?? "none";
    });
    await context.wait("after", { seconds: 1 });
  });

  test.for(VERSIONS)(
    "%s goes on with what our runtime recorded, and the other way",
    async (version) => {
      const theirs = sdks[version].withDurableExecution(
        async (_: unknown, context: DurableContext) => {
          await made["a child context"]!(context);
          await context.wait("after", { seconds: 1 });
        },
      );
      for (const [recorded, replayed] of [
        [ours, theirs],
        [theirs, ours],
      ] as const) {
        const runner = new DurableTestRunner(recorded, { callbacks: { silent: respond.never() } });
        const { history } = await runner.run({});
        expect(await replayHistory(replayed, history)).toMatchObject({
          next: [],
          status: "SUCCEEDED",
        });
      }
    },
  );

  test("of our runtime is known outside by its id, whatever is around the handler", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const id = await context.runInChildContext("box", async (child) => {
        const { callbackId } = await child.createCallback("silent", timesOut);
        return callbackId;
      });
      await context.wait("meanwhile", { seconds: 5 });
      await context.waitForCallback(id).catch(() => {});
      await context.wait("after", { seconds: 1 });
    });
    const wrapped: AnyDurableLambdaHandler = async (event, context) => handler(event, context);
    for (const each of [handler, wrapped]) {
      const runner = new DurableTestRunner(each, { callbacks: { silent: respond.never() } });
      const { history } = await runner.run({});
      expect(await replayHistory(each, history)).toMatchObject({ next: [], status: "SUCCEEDED" });
    }
  });
});

describe("a handler that is not deterministic", () => {
  test.for(VERSIONS)(
    "%s: what it asks for later on is found where it is recorded",
    async (version) => {
      let runs = 0;
      const drifting = sdks[version].withDurableExecution(
        async (_: unknown, context: DurableContext) => {
          runs += 1;
          await context.step("a", async () => body(1));
          await context.wait("b", { hours: 1 });
          await context.step(runs > 2 ? "later" : "c", async () => body(2));
        },
      );
      const history = await historyOf(drifting);
      await expect(replayHistory(drifting, history)).rejects.toMatchObject({
        code: "REPLAY_DIVERGED",
        recorded: { name: "c" },
        requested: { name: "later" },
      });
    },
  );

  test.for(VERSIONS)("%s: what it asks for in place of what is known is found", async (version) => {
    let runs = 0;
    const drifting = sdks[version].withDurableExecution(
      async (_: unknown, context: DurableContext) => {
        runs += 1;
        await context.step(runs > 3 ? "later" : "a", async () => body(1));
        await context.wait("b", { hours: 1 });
        await context.step("c", async () => body(2));
      },
    );
    const history = await historyOf(drifting);
    const error: unknown = await replayHistory(drifting, history).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ReplayDivergedError);
    expect(error).toMatchObject({ breaks: [{ from: expect.any(Number) as number }] });
  });
});

test("replays side by side do not disturb each other", async () => {
  const make = (sdk: Sdk, name: string) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      await context.step("a", async () => body(1));
      await context.wait("pause", { hours: 1 });
      await context.step(name, async () => body(2));
    });
  const histories = await Promise.all(
    VERSIONS.map(async (version) => historyOf(make(sdks[version], "b"))),
  );
  bodies = 0;
  const outcomes = await Promise.all(
    VERSIONS.map(async (version, index) =>
      replayHistory(make(sdks[version], "c"), histories[index]!).catch((e: unknown) => e),
    ),
  );
  expect(bodies).toBe(0);
  for (const outcome of outcomes) {
    expect(outcome).toMatchObject({
      requested: { name: "c" },
      callSite: expect.any(String) as string,
    });
  }
});

test("a step that has been begun and is at-most-once is not taken for interrupted", async () => {
  for (const version of VERSIONS) {
    const handler = sdks[version].withDurableExecution(
      async (_: unknown, context: DurableContext) => {
        await context.step("once", async () => body(1), {
          semantics: sdks[version].StepSemantics.AtMostOncePerRetry,
        });
      },
    );
    const history = await historyOf(handler);
    const inside = history.slice(0, 2);
    bodies = 0;
    expect(await replayHistory(handler, inside)).toMatchObject({ next: [] });
    expect(bodies).toBe(0);
  }
});

test("a function of a step that was called all the same stops the replay", async () => {
  const handler = wireHandler(async ({ checkpoint, event }) => {
    const { Operations = [] } = event.InitialExecutionState;
    if (Operations.length === 1) {
      const step = { Id: "1", Name: "charge", Type: "STEP", SubType: "Step" } as const;
      await checkpoint({ ...step, Action: "START" }, { ...step, Action: "SUCCEED" });
    }
    return { Status: "SUCCEEDED" };
  });
  const history = await historyOf(handler);
  await expect(replayHistory(handler, history)).rejects.toThrow(
    /function of step "charge" was called by the replay: the handler's SDK is not one/,
  );
});

describe("another version of AWS's SDK", () => {
  const handler = (sdk: Sdk): AnyDurableLambdaHandler =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      await context.step("before", async () => body(1));
      await context.promise.all("both", [
        context.step("a", async () => body(1)),
        context.wait("b", { minutes: 10 }),
      ]);
      await context.wait("pause", { hours: 1 });
    });

  test.for(VERSIONS)("1.1.7 to %s, with promise.all", async (version) => {
    const history = await historyOf(handler(sdks["1.1.7"]));
    const outcome = await replayHistory(handler(sdks[version]), history).catch((e: unknown) => e);
    if (version === "1.1.7") expect(outcome).toMatchObject({ next: [] });
    else {
      expect(outcome).toMatchObject({
        code: "REPLAY_DIVERGED",
        recorded: { type: "STEP", name: "both" },
        requested: { type: "CONTEXT", name: "both" },
      });
    }
  });

  test.for(VERSIONS)("1.1.7 to %s, with everything else", async (version) => {
    const history = await historyOf(everything(sdks["1.1.7"]));
    expect(await replayHistory(everything(sdks[version]), history)).toMatchObject({ next: [] });
  });
});
