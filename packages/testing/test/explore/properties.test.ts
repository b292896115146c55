import { readFile } from "node:fs/promises";
import {
  type DurableContext,
  InvalidArgumentError,
  withDurableExecution,
} from "@durabletest/runtime";
import { withDurableExecution as withAwsDurableExecution } from "@aws/durable-execution-sdk-js";
import { describe, expect, test } from "vitest";
import { exploreAll } from "../../src/explore/explore.ts";
import { explore, ExplorationError, type ExploredRun } from "../../src/explore/index.ts";
import { checkExploreOptions } from "../../src/explore/options.ts";
import { DurableTestRunner, recordEffect, respond } from "../../src/index.ts";

async function failureOf(exploring: Promise<unknown>): Promise<ExplorationError> {
  const error = await exploring.catch((thrown: unknown) => thrown);
  if (error instanceof ExplorationError) return error;
  throw new Error(`It is no ExplorationError: ${String(error)}`);
}

test("a replay that asks for another operation than was recorded is told with both", async () => {
  const handler = withDurableExecution(async (_: undefined, context: DurableContext) => {
    await context.wait("a while", { minutes: 10 });
    await context.step(Date.now() % 7_200_000 < 3_600_000 ? "early" : "late", () => 1);
    await context.wait("an hour", { hours: 1 });
  });
  const error = await failureOf(explore(handler));
  expect(error.property).toBe("replays");
  expect(error.message).toMatch(/NonDeterministic/);
});

test("a replay that goes another way is not told where nobody asks", async () => {
  const handler = withDurableExecution(async (_: undefined, context: DurableContext) => {
    await context.wait("a while", { minutes: 10 });
    await context.step(Date.now() % 7_200_000 < 3_600_000 ? "early" : "late", () => 1);
    await context.wait("an hour", { hours: 1 });
  });
  const report = await explore(handler, { crashes: 0, runs: 10, expect: { replays: false } });
  expect(report.outcomes).toMatchObject([{ status: "FAILED" }]);
});

test("a replay that asks for something more is told", async () => {
  const handler = withDurableExecution(async (_: undefined, context: DurableContext) => {
    await context.step("count", () => 1);
    if (Date.now() > Date.parse("2025-01-01T00:30:00Z")) await context.step("more", () => 2);
  });
  const error = await failureOf(explore(handler));
  expect(error.property).toBe("replays");
  expect(error.message).toContain('the handler asked for something new: Step "more"');
});

test("a replay that an SDK breaks off is told, also where the next invocation is none the wiser", async () => {
  const durable = withDurableExecution(async (_: undefined, context: DurableContext) => {
    await context.wait("a while", { minutes: 10 });
  });
  let invocations = 0;
  const handler: typeof durable = async (...invocation) => {
    invocations += 1;
    if (invocations === 2) {
      const error = new Error("Non-deterministic execution detected.");
      throw Object.assign(error, { name: "NonDeterministicExecutionError" });
    }
    return durable(...invocation);
  };
  const beforeEach = (): void => {
    invocations = 0;
  };
  const error = await failureOf(explore(handler, { beforeEach, crashes: 0, runs: 2 }));
  expect(error.property).toBe("replays");
  expect(error.message).toContain("Non-deterministic execution detected.");
});

test("a replay that fails otherwise than the execution is told", async () => {
  const handler = withDurableExecution(async (_: undefined, context: DurableContext) => {
    await context.step("count", () => 1);
    throw new Error(`failed at ${Date.now()}`);
  });
  const error = await failureOf(explore(handler));
  expect(error.message).toMatch(/First: {4}FAILED failed at \d+\nReplayed: FAILED failed at \d+/);
});

test("a handler that uses chance in its steps is compared by how it ends", async () => {
  const handler = withDurableExecution(async (_: undefined, context: DurableContext) =>
    context.step("toss", () => Math.random()),
  );
  const report = await explore(handler, { crashes: 2, runs: 200 });
  expect(new Set(report.outcomes.map(({ status }) => status))).toEqual(new Set(["SUCCEEDED"]));
});

test("a handler that uses chance is not to fail after a crash all the same", async () => {
  const handler = withDurableExecution(async (_: undefined, context: DurableContext) => {
    let isTossed = false;
    await context.step("toss", () => {
      isTossed = true;
      return Math.random();
    });
    if (!isTossed) throw new Error("nobody has tossed");
  });
  const error = await failureOf(explore(handler, { expect: { replays: false } }));
  expect(error.property).toBe("sameOutcomeAfterCrash");
  expect(error.message).toContain("nobody has tossed");
});

test("an end after a crash is not excused by one in which a step never ends", async () => {
  const handler = withDurableExecution(async (_: undefined, context: DurableContext) => {
    let hasLooked = false;
    await context.step("look", () => {
      hasLooked = true;
    });
    await context.step("use", () => {});
    return hasLooked ? "seen" : "lost";
  });
  const options = { invocationTimeout: { seconds: 30 }, expect: { replays: false } };
  const error = await failureOf(explore(handler, options));
  expect(error.property).toBe("sameOutcomeAfterCrash");
  expect(error.message).toContain("lost");
});

const slow = async (): Promise<string> => {
  await new Promise((resolve) => void setTimeout(resolve, 50));
  return "x";
};
const slowStep = withDurableExecution(async (_: undefined, context: DurableContext) =>
  context.step("s", slow),
);
const slowStepOfAws = withAwsDurableExecution(async (_: unknown, context) =>
  context.step("s", slow),
);

test.each([
  ["ours", slowStep],
  ["AWS's", slowStepOfAws],
])(
  "what a dead invocation has left behind does not end the next one, in a handler of %s",
  async (_, handler) => {
    for (const seed of [0, 1, 5]) {
      const report = await explore(handler, { crashes: 2, seed, runs: 600 });
      expect(report.outcomes.map(({ result }) => result)).toEqual(["x"]);
    }
  },
);

test("the crash of an attempt that outlives its invocation is none", async () => {
  const schedule =
    '18j8a8c [["step s c4ca4238 1#1",["crash","after"]],["checkpoint#1","answer lost"]]';
  const result = await new DurableTestRunner(slowStep, { schedule }).run(undefined);
  expect(result).toMatchObject({ status: "SUCCEEDED", result: "x" });
  expect(result.invocations.map(({ status }) => status)).toEqual(["DIED", "SUCCEEDED"]);
});

test("a handler that goes on for ever does not settle", async () => {
  const handler = withDurableExecution(async (_: undefined, context: DurableContext) => {
    for (;;) await context.wait("a second", { seconds: 1 });
  });
  const error = await failureOf(explore(handler, { runs: 2 }));
  expect(error.property).toBe("settles");
  await expect(explore(handler, { runs: 2, expect: { settles: false } })).resolves.toMatchObject({
    runs: 2,
  });
});

test("what a check says about the test itself is thrown as it is", async () => {
  const handler = withDurableExecution(async (_: undefined, context: DurableContext) =>
    context.step("pack", () => 1),
  );
  const check = (): void => {
    throw new InvalidArgumentError("toHaveRun: 5 is no name.");
  };
  await expect(explore(handler, { check })).rejects.toThrow(InvalidArgumentError);
  const seen: string[] = [];
  await explore(handler, {
    runs: 20,
    check: async ({ runner, decisions, schedule }) => {
      seen.push(`${runner.result.status} ${decisions.length} ${schedule.length}`);
    },
  });
  expect(seen[0]).toMatch(/^SUCCEEDED 0 \d+$/);
});

test("a schedule has all that the world and the steps may do, and leads there again", async () => {
  const handler = withDurableExecution(async (_: undefined, context: DurableContext) => {
    const once = { retryStrategy: () => ({ shouldRetry: false }) };
    const paid = await context.step("pay", () => "paid", once).catch(() => "declined");
    const render = await context.createCallback<unknown>("render", {
      timeout: { hours: 1 },
      heartbeatTimeout: { minutes: 5 },
    });
    const rendered = await render.result().catch(() => "failed");
    const raw = await context
      .waitForCallback("raw", () => {}, { timeout: { hours: 1 } })
      .catch(() => "late");
    return [paid, rendered ?? "nothing", raw];
  });
  const report = await explore(handler, {
    runs: 400,
    invocationTimeout: { minutes: 1 },
    steps: {
      pay: [
        respond.success({ receipt: 1 }).after({ seconds: 2 }),
        respond.success(),
        respond.failure(new Error("no money")),
        respond.run().after({ seconds: 1 }),
      ],
    },
    callbacks: {
      render: [
        respond.heartbeatEvery({ minutes: 4 }).times(2).thenRespond(respond.success("done")),
        respond.failure({ ErrorType: "Broken" }),
        respond.success(),
      ],
      raw: [respond.raw('"text"'), respond.success(new TextEncoder().encode("[1]"))],
    },
  });
  expect(report.outcomes.length).toBeGreaterThan(8);
  for (const { schedule, result } of report.outcomes.slice(0, 20)) {
    const runner = new DurableTestRunner(handler, { schedule, invocationTimeout: { minutes: 1 } });
    expect((await runner.run(undefined)).result).toEqual(result);
  }
});

test("a check that never settles is told, with no simpler execution looked for", async () => {
  const handler = withDurableExecution(async (_: undefined, context: DurableContext) =>
    context.step("count", () => 1),
  );
  let checks = 0;
  const exploration = checkExploreOptions(handler, {
    check: () => {
      checks += 1;
      return checks < 3 ? Promise.resolve() : new Promise<void>(() => {});
    },
  });
  const error = await failureOf(exploreAll({ ...exploration, longestCheckMs: 5 }));
  expect(error.property).toBe("check");
  expect(error.message).toContain("The check has not settled within 0.005 s");
  expect(checks).toBe(3);
});

test("chance takes one course and another, and a schedule has it", async () => {
  const toss = withDurableExecution(async (_: undefined, context: DurableContext) => {
    await context.step("look", () => 1);
    return context.step("toss", () => (Math.random() < 0.1 ? "edge" : "side"));
  });
  const check = ({ result }: ExploredRun): void => {
    if (result.result === "edge") throw new Error("on its edge");
  };
  for (let seed = 0; seed < 5; seed += 1) {
    const error = await failureOf(explore(toss, { seed, crashes: 0, check }));
    expect(error.decisions).toEqual([expect.stringMatching(/^chance takes another course/)]);
    const runner = new DurableTestRunner(toss, { schedule: error.schedule });
    expect((await runner.run(undefined)).result).toBe("edge");
  }
  const report = await explore(toss, { runs: 30 });
  expect(report).toMatchObject({ runs: 30, exhausted: false });
});

describe("no failure is", () => {
  test("real work in steps that takes another time each time", async () => {
    const files = ["corpus.ts", "corpus.test.ts", "words.test.ts", "explore.test.ts"];
    const handler = withDurableExecution(async (_: undefined, context: DurableContext) => {
      const sizes = await context.map("files", files, async (each, file) =>
        each.step(
          "read",
          async () => (await readFile(new URL(file, import.meta.url), "utf8")).length > 0,
        ),
      );
      return sizes.getResults();
    });
    for (let again = 0; again < 5; again += 1) {
      const report = await explore(handler, { runs: 20 });
      expect(report.outcomes).toMatchObject([{ result: [true, true, true, true] }]);
    }
  });

  test("another winner after a crash, where without one another order would let it win", async () => {
    const race = withDurableExecution(async (_: undefined, context: DurableContext) => {
      const winner = await Promise.race([
        context.step("a", async () => "a"),
        context.step("b", async () => "b"),
      ]);
      await context.step("use", async () => recordEffect(winner));
      return winner;
    });
    const first = withDurableExecution(async (_: undefined, context: DurableContext) => {
      const quotes = await context.parallel(
        "quotes",
        ["a", "b"].map(
          (bank) => async (branch: DurableContext) => branch.step("ask", async () => bank),
        ),
        { completionConfig: { minSuccessful: 1 } },
      );
      return quotes.getResults()[0];
    });
    for (const handler of [race, first]) {
      const report = await explore(handler, { seed: 1 });
      expect(new Set(report.outcomes.map(({ result }) => result))).toEqual(new Set(["a", "b"]));
    }
  });

  test("an end that is another one for another input", async () => {
    const race = withDurableExecution(async (lot: number, context: DurableContext) => {
      const winner = await Promise.race([
        context.step("a", async () => "a"),
        context.step("b", async () => "b"),
      ]);
      await context.step("use", async () => recordEffect(winner));
      return `${winner}${lot}`;
    });
    const report = await explore(race, { input: (random) => random.integer(1, 2), runs: 300 });
    expect(new Set(report.outcomes.map(({ result }) => result))).toEqual(
      new Set(["a1", "a2", "b1", "b2"]),
    );
  });

  test("a handler that is invoked as often as the test says", async () => {
    const poller = withDurableExecution(async (_: undefined, context: DurableContext) => {
      for (let minute = 0; minute < 20; minute += 1) await context.wait("a minute", { minutes: 1 });
      return "done";
    });
    const report = await explore(poller, { runs: 2, maxInvocations: 22 });
    expect(report.outcomes).toMatchObject([{ result: "done" }]);
    const error = await failureOf(explore(poller, { runs: 2, maxInvocations: 10 }));
    expect(error.property).toBe("settles");
    expect(error.message).toContain("10 times (maxInvocations)");
  });
});
