import {
  type DurableContext,
  InvalidArgumentError,
  withDurableExecution,
} from "@durabletest/runtime";
import { withDurableExecution as withAwsDurableExecution } from "@aws/durable-execution-sdk-js";
import * as fc from "fast-check";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import {
  DurableTestRunner,
  recordEffect,
  respond,
  ScheduleError,
  UnusedScriptsError,
} from "../../src/index.ts";
import {
  explore,
  ExplorationError,
  type ExploredRun,
  type ExploreOptions,
} from "../../src/explore/index.ts";

interface Order {
  readonly id: string;
}

const order = withDurableExecution(async ({ id }: Order, context: DurableContext) => {
  const approval = await context.createCallback<{ ok: boolean }>("approval", {
    timeout: { hours: 48 },
  });
  const answer = await approval.result();
  if (answer?.ok !== true) return answer === undefined ? "expired" : "cancelled";
  await context.step("charge", () => recordEffect("charge", id));
  return "shipped";
});

/** Makes a durable handler: of either SDK. */
type Wrap = typeof withDurableExecution;

const timerFirst = (wrap: Wrap) =>
  wrap(async (_: undefined, context: DurableContext) => {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<string>((resolve) => {
      timer = setTimeout(() => resolve("late"), 30_000);
    });
    const first = await Promise.race([context.step("call", async () => "answer"), limit]);
    clearTimeout(timer);
    return first;
  });

const waitBeside = (wrap: Wrap) =>
  wrap(async (_: undefined, context: DurableContext) =>
    Promise.race([
      context.step("call", async () => "answer"),
      context.wait("limit", { seconds: 5 }).then(() => "late"),
    ]),
  );

const chargedOnce = ({ effects }: ExploredRun): void => {
  if (effects.length > 1) throw new Error(`charged ${effects.length} times`);
};

const options = {
  input: { id: "o-1" },
  callbacks: { approval: [respond.success({ ok: true }), respond.success({ ok: false })] },
} satisfies ExploreOptions<Order>;

async function failureOf(exploring: Promise<unknown>): Promise<ExplorationError> {
  const error = await exploring.catch((thrown: unknown) => thrown);
  if (error instanceof ExplorationError) return error;
  throw new Error(`It is no ExplorationError: ${String(error)}`);
}

const once = { retryStrategy: () => ({ shouldRetry: false }) } as const;

describe("a report", () => {
  test("says what there was, how it ended, and that there is nothing more", async () => {
    const report = await explore(order, options);
    expect(report.exhausted).toBe(true);
    expect(report.runs).toBeLessThan(1000);
    expect(report.distinct).toBeGreaterThan(10);
    expect(report.distinct).toBeLessThanOrEqual(report.runs);
    expect(report.outcomes.map(({ status, result }) => [status, result])).toEqual(
      expect.arrayContaining([
        ["SUCCEEDED", "shipped"],
        ["SUCCEEDED", "cancelled"],
        ["SUCCEEDED", "expired"],
      ]),
    );
    expect(report.outcomes.reduce((sum, { count }) => sum + count, 0)).toBe(report.runs);
  });

  test("says that there is nothing more only when all has been combined with all", async () => {
    const two = withDurableExecution(async (_: undefined, context: DurableContext) => [
      await context.step("a", () => 0),
      await context.step("b", () => 0),
    ]);
    const either = [respond.success(1), respond.success(2)];
    for (const strategy of ["exhaustive", "auto"] as const) {
      const seen = new Set<string>();
      const { exhausted } = await explore(two, {
        steps: { a: either, b: either },
        crashes: 0,
        strategy,
        runs: 20_000,
        check: ({ result }) => void seen.add(JSON.stringify(result.result)),
      });
      expect(exhausted).toBe(true);
      expect([...seen].toSorted()).toEqual(
        [0, 1, 2].flatMap((a) => [0, 1, 2].map((b) => `[${a},${b}]`)),
      );
    }
  });

  test.each([
    ["a timer that the handler has set", "exhaustive", timerFirst],
    ["a timer that the handler has set", "auto", timerFirst],
    ["a wait that begins after it", "exhaustive", waitBeside],
    ["a wait that begins after it", "auto", waitBeside],
  ] as const)(
    "says that there is nothing more only when an attempt has outlasted %s (%s)",
    async (_, strategy, handlerWith) => {
      for (const wrap of [withDurableExecution, withAwsDurableExecution]) {
        const { outcomes, exhausted } = await explore(handlerWith(wrap as never), {
          crashes: 0,
          strategy,
          runs: 2000,
          expect: { replays: false },
        });
        expect(new Set(outcomes.map(({ result }) => result))).toEqual(new Set(["answer", "late"]));
        expect(exhausted).toBe(true);
      }
    },
  );

  test("has had each answer come before and after what begins while the callback is open", async () => {
    const handler = withDurableExecution(async (_: undefined, context: DurableContext) => {
      const happened: string[] = [];
      const callback = await context.createCallback("go", { timeout: { hours: 5 } });
      const go = callback
        .result()
        .then((answer) => happened.push(answer === undefined ? "-" : "go"));
      await context.wait("first", { hours: 1 });
      happened.push("first");
      await context.wait("second", { hours: 1 });
      happened.push("second");
      await go;
      return happened.join(" ");
    });
    const { outcomes, exhausted } = await explore(handler, {
      callbacks: { go: [respond.success("yes")] },
      crashes: 0,
      strategy: "exhaustive",
      runs: 2000,
    });
    expect(new Set(outcomes.map(({ result }) => result))).toEqual(
      new Set(["first go second", "first second -", "first second go", "go first second"]),
    );
    expect(exhausted).toBe(true);
  });

  test("says so also of steps side by side, which may fail in one way or another", async () => {
    const both = withDurableExecution(async (_: undefined, context: DurableContext) => {
      const endOf = (name: string): Promise<string> =>
        context
          .step(name, () => "done", once)
          .catch(({ message }: Error) => message.slice(-"gone".length));
      return (await Promise.all([endOf("a"), endOf("b")])).join(", ");
    });
    const either = [respond.failure(new Error("gone")), respond.failure(new Error("late"))];
    const seen = new Set<string>();
    const { exhausted } = await explore(both, {
      steps: { a: either, b: either },
      crashes: 0,
      strategy: "exhaustive",
      runs: 20_000,
      check: ({ result }) => void seen.add(String(result.result)),
    });
    expect(exhausted).toBe(true);
    const ends = ["done", "gone", "late"];
    expect([...seen].toSorted()).toEqual(ends.flatMap((a) => ends.map((b) => `${a}, ${b}`)));
  });

  test("does not say so where more happens beside a callback than is tried", async () => {
    const handler = (waits: number) =>
      withDurableExecution(async (_: undefined, context: DurableContext) => {
        const callback = await context.createCallback("go", { timeout: { days: 1 } });
        const beside = Array.from({ length: waits }, (_each, hour) =>
          context.wait(`wait ${hour}`, { hours: hour + 1 }),
        );
        await Promise.all([callback.result(), ...beside]);
      });
    const exhausts = async (waits: number) =>
      explore(handler(waits), {
        callbacks: { go: [respond.success("yes")] },
        crashes: 0,
        strategy: "exhaustive",
        runs: 2000,
      });
    expect(await exhausts(8)).toMatchObject({ exhausted: true });
    expect(await exhausts(14)).toMatchObject({ exhausted: false });
  });

  test("has tried each answer with each outcome of a step, after a crash as well", async () => {
    const handler = withDurableExecution(async (_: undefined, context: DurableContext) => {
      const callback = await context.createCallback<string>("ok", { timeout: { hours: 1 } });
      const answer = (await callback.result()) ?? "none";
      return `${answer} ${await context.step("stock", () => "some")}`;
    });
    const effects = new Set<string>();
    const { exhausted } = await explore(handler, {
      callbacks: { ok: [respond.success("yes"), respond.success("no")] },
      steps: { stock: [respond.success("full"), respond.success("empty")] },
      runs: 20_000,
      strategy: "exhaustive",
      check: ({ result, decisions }) =>
        void effects.add(
          `${String(result.result)} ${decisions.some((each) => /crash|dies/.test(each))}`,
        ),
    });
    expect(exhausted).toBe(true);
    const ends = ["yes", "no", "none"].flatMap((answer) =>
      ["some", "full", "empty"].map((stock) => `${answer} ${stock}`),
    );
    for (const end of ends) {
      expect(effects).toContain(`${end} false`);
      expect(effects).toContain(`${end} true`);
    }
  });

  test("has a schedule for each outcome, which leads a runner there", async () => {
    const { outcomes } = await explore(order, options);
    expect(outcomes).toHaveLength(3);
    for (const { schedule, result } of outcomes) {
      const runner = new DurableTestRunner(order, { schedule });
      expect((await runner.run(options.input)).result).toBe(result);
    }
  });

  test("is the same for the same seed, and may differ for another", async () => {
    const some = { ...options, runs: 60, strategy: "random" } as const;
    const [first, second, other] = [
      await explore(order, { ...some, seed: 1 }),
      await explore(order, { ...some, seed: 1 }),
      await explore(order, { ...some, seed: 2 }),
    ];
    expect({ ...second, elapsedMs: 0 }).toEqual({ ...first, elapsedMs: 0 });
    expect(other.outcomes).not.toEqual(first.outcomes);
  });

  test("of a shard is about its part of the runs", async () => {
    const some = { ...options, runs: 100, strategy: "random" } as const;
    const shards = await Promise.all(
      ["1/3", "2/3", "3/3"].map(async (shard) => explore(order, { ...some, shard })),
    );
    // Each begins with the execution in which everything is as usual.
    expect(shards.reduce((sum, { runs }) => sum + runs, 0)).toBe(100 + 2);
  });

  test("is about the part that the environment says, unless the test says another", async () => {
    const some = { ...options, runs: 100, strategy: "random" } as const;
    vi.stubEnv("DURABLETEST_SHARD", "2/4");
    onTestFinished(() => void vi.unstubAllEnvs());
    expect((await explore(order, some)).runs).toBe(1 + 25);
    expect((await explore(order, { ...some, shard: "1/1" })).runs).toBe(100);
    const { outcomes } = await explore(order, { ...some, strategy: "exhaustive", runs: 1000 });
    expect(outcomes).toHaveLength(3);
    vi.stubEnv("DURABLETEST_SHARD", "a half");
    await expect(explore(order, some)).rejects.toThrow(
      'The environment variable DURABLETEST_SHARD: "a half" is no part of the runs.',
    );
  });
});

describe("a property that does not hold", () => {
  test("is told with the fewest decisions, a timeline, a schedule and a test", async () => {
    const error = await failureOf(explore(order, { ...options, check: chargedOnce }));
    expect(error.property).toBe("check");
    expect(error.cause).toMatchObject({ message: "charged 2 times" });
    expect(error.decisions).toEqual([expect.stringContaining("the sandbox dies")]);
    expect(error.timeline).toContain("died: Sandbox.Crashed");
    for (const part of [
      error.schedule,
      error.timeline.split("\n")[0],
      "The check does not hold. charged 2 times",
    ]) {
      expect(error.message).toContain(part);
    }
    expect(error.testCode).toContain(
      'await explore(handler, { ...options, input: {"id":"o-1"}, schedule });',
    );
  });

  test("fails a runner that follows the schedule in the same way", async () => {
    const { schedule } = await failureOf(explore(order, { ...options, check: chargedOnce }));
    const result = await new DurableTestRunner(order, { schedule }).run(options.input);
    expect(result.effects).toHaveLength(2);
    expect(result.result).toBe("shipped");
    const again = await failureOf(
      explore(order, { input: options.input, schedule, check: chargedOnce }),
    );
    expect(again.schedule).toBe(schedule);
  });

  test.each([
    [
      "throws",
      () => {
        throw new Error("no simpler one");
      },
    ],
    [
      "gives what is no JSON",
      function* () {
        yield { value: 5n };
      },
    ],
    [
      "gives what is simpler, and then throws",
      function* () {
        yield { value: [1] };
        throw new Error("no simpler one");
      },
    ],
    [
      "gives what is no JSON, and then what is simpler",
      function* () {
        yield { value: 5n };
        yield { value: [1] };
      },
    ],
  ])("is told with the last input that is good, where a shrink %s", async (what, shrink) => {
    const handler = withDurableExecution(
      async (items: readonly number[], context: DurableContext) =>
        context.step("count", () => items.length),
    );
    const input = { generate: () => ({ value: [1, 2] }), shrink } as never;
    const check = (): void => {
      throw new Error("never right");
    };
    const error = await failureOf(explore(handler, { input, check, runs: 3 }));
    expect(error.message).toContain("The check does not hold. never right");
    expect(error.message).toContain(`Input\n  ${what.includes("simpler") ? "[1]" : "[1,2]"}\n`);
  });

  test("is found whatever a check throws", async () => {
    const error = await failureOf(
      explore(order, {
        ...options,
        check: () => {
          // oxlint-disable-next-line no-throw-literal, typescript/only-throw-error -- that is the point
          throw "no error";
        },
      }),
    );
    expect(error.message).toContain("no error");
    expect(error.message).toContain("Nothing unusual is needed");
    expect(error.decisions).toEqual([]);
  });

  test("of an execution that does not end names what it waits for", async () => {
    const stuck = withDurableExecution(async (_: undefined, context: DurableContext) => {
      const callback = await context.createCallback("approval");
      return callback.result();
    });
    const error = await failureOf(
      explore(stuck, { callbacks: { approval: [respond.success(1), respond.never()] } }),
    );
    expect(error.property).toBe("settles");
    expect(error.decisions).toEqual(['callback "approval": no answer, ever']);
    await expect(
      explore(stuck, {
        callbacks: { approval: [respond.success(1), respond.never()] },
        expect: { settles: false },
      }),
    ).resolves.toMatchObject({ exhausted: true });
  });

  test("of a crash shows both ends", async () => {
    const fragile = withDurableExecution(async (_: undefined, context: DurableContext) => {
      const seen = new Set<string>();
      await context.step("look", () => {
        seen.add("it");
      });
      await context.step("use", () => 1);
      return seen.size;
    });
    const error = await failureOf(explore(fragile, { expect: { replays: false } }));
    expect(error.property).toBe("sameOutcomeAfterCrash");
    expect(error.message).toContain('Without a crash: ["SUCCEEDED",1');
    expect(error.message).toContain('With it:         ["SUCCEEDED",0');
    await expect(
      explore(fragile, { expect: { replays: false, sameOutcomeAfterCrash: false } }),
    ).resolves.toBeDefined();
  });

  test("of state that one execution leaves to the next is named", async () => {
    let orders = 0;
    const leaking = withDurableExecution(async (_: undefined, context: DurableContext) => {
      const number = await context.step("count", () => (orders += 1));
      await context.wait("turn", { seconds: number });
      return "done";
    });
    const error = await failureOf(explore(leaking));
    expect(error.property).toBe("repeats");
    expect(error.message).toContain("The handler keeps something from one execution to the next");
    // One execution shows nothing of it.
    expect(error.testCode).toContain("await explore(handler);");
  });
});

describe("what is explored", () => {
  test("lateness: a millisecond before a deadline, and at its instant", async () => {
    const answered = new Map<number, unknown>();
    await explore(order, {
      ...options,
      crashes: 0,
      check: ({ result }) => {
        for (const { at } of result.world) {
          answered.set(at.getTime() - result.startedAt.getTime() - 48 * 3_600_000, result.result);
        }
      },
    });
    expect(answered.get(-1)).not.toBe("expired");
    expect(answered.has(0)).toBe(true);
  });

  test("who comes first at the same instant", async () => {
    const results = new Set<unknown>();
    const handler = withDurableExecution(async (_: undefined, context: DurableContext) =>
      Promise.race([
        context.wait("one", { hours: 1 }).then(() => "one"),
        context.wait("other", { hours: 1 }).then(() => "other"),
      ]),
    );
    await explore(handler, { check: ({ result }) => void results.add(result.result) });
    expect(results).toEqual(new Set(["one", "other"]));
  });

  test("what attempts of steps may do, by name and by path", async () => {
    const handler = withDurableExecution(async (_: undefined, context: DurableContext) => {
      return context.runInChildContext("payment", async (child) =>
        child.step("charge", () => "charged", once).catch(() => "declined"),
      );
    });
    const report = await explore(handler, {
      steps: { "payment/charge": [respond.failure(new Error("no money")), respond.success()] },
      expect: { sameOutcomeAfterCrash: false },
    });
    expect(new Set(report.outcomes.map(({ result }) => result))).toEqual(
      new Set(["charged", "declined", undefined]),
    );
  });

  test("invoked functions, with crashes in there", async () => {
    const pay = withDurableExecution(async (id: string, context: DurableContext) =>
      context.step("charge", () => {
        recordEffect("charge", id);
        return `r-${id}`;
      }),
    );
    const handler = withDurableExecution(async ({ id }: Order, context: DurableContext) =>
      context.invoke<string>("pay", id),
    );
    const error = await failureOf(
      explore(handler, {
        input: { id: "o-1" },
        durableFunctions: { pay },
        check: chargedOnce,
      }),
    );
    expect(error.decisions).toHaveLength(1);
    expect(error.message).toContain("charged 2 times");
  });

  test("effects of all executions, in the order in which they happened", async () => {
    const pay = withDurableExecution(async (_: undefined, context: DurableContext) => {
      await context.wait("clearing", { hours: 1 });
      await context.step("charge", () => recordEffect("charge"));
    });
    const handler = withDurableExecution(async (_: undefined, context: DurableContext) => {
      await context.step("reserve", () => recordEffect("reserve"));
      await context.invoke("pay", undefined);
      await context.step("ship", () => recordEffect("ship"));
    });
    const seen = new Set<string>();
    await explore(handler, {
      durableFunctions: { pay },
      crashes: 0,
      runs: 5,
      check: ({ effects }) => void seen.add(effects.map(({ name }) => name).join()),
    });
    expect([...seen]).toEqual(["reserve,charge,ship"]);
  });

  test("unmodified handlers of AWS's SDK: answers, lateness, and crashes at checkpoints", async () => {
    const handler = withAwsDurableExecution(async ({ id }: Order, context) => {
      const [approval] = await context.createCallback("approval", {
        timeout: { hours: 1 },
      });
      const answer = await approval.catch(() => "expired");
      await context.step("charge", async () => recordEffect("charge", id));
      return answer;
    });
    const error = await failureOf(
      explore<Order, unknown>(handler, {
        input: { id: "o-1" },
        runs: 200,
        callbacks: { approval: [respond.success("yes")] },
        check: chargedOnce,
      }),
    );
    expect(error.decisions).toHaveLength(1);
    expect(error.decisions[0]).toContain("the sandbox dies");
    const report = await explore<Order, unknown>(handler, {
      input: { id: "o-1" },
      runs: 100,
      callbacks: { approval: [respond.success("yes")] },
    });
    expect(report.outcomes.map(({ result }) => result)).toContain("expired");
  }, 60_000);

  test("inputs: made by chance, or by an arbitrary of fast-check, of which the simplest is told", async () => {
    const handler = withDurableExecution(
      async (items: readonly number[], context: DurableContext) =>
        context.step("sum", () => items.reduce((sum, item) => sum + item, 0)),
    );
    const check = ({ result }: ExploredRun<number>): void => {
      if (Number(result.result) > 100) throw new Error("too much");
    };
    const error = await failureOf(
      explore(handler, { input: fc.array(fc.nat(90)), check, runs: 300 }),
    );
    const [, input = "[]"] = /Input\n\s+(\[.*\])/.exec(error.message) ?? [];
    const items = JSON.parse(input) as readonly number[];
    expect(items.reduce((sum, item) => sum + item, 0)).toBe(101);
    expect(error.decisions).toEqual([]);

    const seen = new Set<unknown>();
    await explore(handler, {
      input: (random) => [random.integer(1, 5), random.pick([10, 20])],
      runs: 50,
      strategy: "pct",
      check: ({ result }) => void seen.add(result.result),
    });
    expect(seen.size).toBeGreaterThan(3);
  });
});

describe("what a handler leaves for later", () => {
  const inOrder = async (
    step: (name: string) => Promise<string>,
    wait: () => Promise<unknown>,
  ): Promise<readonly string[]> => {
    const seen: string[] = [];
    const see = (what: string) => (): void => void seen.push(what);
    setTimeout(see("a timer"), 1);
    setImmediate(see("an immediate"));
    process.nextTick(see("a tick"));
    clearImmediate(setImmediate(see("what was cleared")));
    await new Promise((resolve) => void setImmediate(() => setImmediate(resolve)));
    setImmediate(see("another immediate"));
    seen.push(await step("a"));
    await wait();
    seen.push(await step("b"));
    return seen;
  };
  const ours = withDurableExecution(async (_: undefined, context: DurableContext) =>
    inOrder(
      (name) => context.step(name, () => name),
      () => context.wait({ seconds: 1 }),
    ),
  );
  const aws = withAwsDurableExecution(async (_: unknown, context) =>
    inOrder(
      (name) => context.step(name, async () => name),
      () => context.wait({ seconds: 1 }),
    ),
  );

  test.each([
    ["ours", ours],
    ["AWS's", aws],
  ])(
    "comes as it comes in a runner under the same schedule, in a handler of %s",
    async (_, handler) => {
      const explored: (readonly [schedule: string, result: unknown])[] = [];
      await explore(handler, {
        runs: 60,
        expect: { replays: false, sameOutcomeAfterCrash: false },
        check: ({ schedule, result }) => void explored.push([schedule, result.result]),
      });
      expect(explored.length).toBeGreaterThan(30);
      for (const [schedule, seen] of explored) {
        const { result } = await new DurableTestRunner(handler, { schedule }).run(undefined);
        expect(result).toEqual(seen);
        expect(seen).not.toContain("what was cleared");
      }
      expect(new Set(explored.map(([, seen]) => String(seen))).size).toBeGreaterThan(1);
    },
  );
});

describe("bad input", () => {
  const bad = async (given: object): Promise<Error> =>
    explore(order, { ...options, ...given }).then(
      () => new Error("nothing was wrong"),
      (error: unknown) => error as Error,
    );

  test.each([
    [{ runs: 0 }, "runs: 0 is not a whole number of at least 1"],
    [{ callbacks: { approval: [] } }, "callbacks.approval: [] is no list of what may happen"],
    [{ callbacks: { approval: ["yes"] } }, 'callbacks.approval[0]: "yes" is no response'],
    [
      { steps: { charge: [respond.heartbeatEvery({ seconds: 1 }).times(1)] } },
      "only callbacks get heartbeats",
    ],
    [{ strategy: "clever" }, 'strategy: "clever" is not "auto" or'],
    [{ shard: "9/8" }, 'shard: "9/8" is no part of the runs'],
    [{ strategy: "exhaustive", shard: "1/2" }, "what is exhaustive is not divided"],
    [{ expects: {} }, 'There is no option "expects". Did you mean "expect"?'],
    [{ expect: { settle: true } }, 'There is no property "settle". Did you mean "settles"?'],
    [{ schedule: "1abc [[]]" }, "is damaged: its checksum does not fit"],
    [{ schedule: 5 }, "5 is no schedule"],
    [
      {
        input: () => {
          throw new Error("no dice");
        },
      },
      "input: it could not be made: no dice",
    ],
    [{ input: () => 1n }, "The input of explore"],
    [
      { steps: { chrage: [respond.run()] } },
      'steps.chrage: no execution has come to a step of that name. Did you mean "charge"?',
    ],
  ])("%o: says what to do", async (given, message) => {
    expect((await bad(given)).message).toContain(message);
  });

  test("a callback that never comes up is an error, with the one that was meant", async () => {
    const { approval } = options.callbacks;
    const error = await bad({ callbacks: { approval, aproval: approval } });
    expect(error).toBeInstanceOf(UnusedScriptsError);
    expect(error.message).toContain('Did you mean "approval"?');
  });

  test("a callback without a deadline, of which nobody says anything, is an error that says how", async () => {
    const handler = withDurableExecution(async (_: undefined, context: DurableContext) =>
      context.waitForCallback("approval", () => {}),
    );
    await expect(explore(handler)).rejects.toThrow(
      'The callback "approval" has no deadline, and nobody has said what the world may say to it. Say so: callbacks: { "approval": [respond.success(…)',
    );
  });

  test.each([
    [
      "throws",
      () => {
        throw new Error("boo");
      },
      "the function that was given threw: boo",
    ],
    ["gives nothing", () => undefined, "undefined is no list of what may happen"],
    ["gives what is no response", () => ["yes"], '"yes" is no response'],
  ])(
    "a function for a callback that %s is an error that names the callback",
    async (_, approval, message) => {
      const error = await bad({ callbacks: { approval } });
      expect(error).toBeInstanceOf(InvalidArgumentError);
      expect(error.message).toMatch(/^callbacks\.approval(\[0\])?: /);
      expect(error.message).toContain(message);
    },
  );

  test("no handler, and a function that is not registered, are errors of the test", async () => {
    await expect(explore(5 as never)).rejects.toThrow("5 is no handler");
    const handler = withDurableExecution(async (_: undefined, context: DurableContext) =>
      context.invoke("pay", {}),
    );
    await expect(explore(handler)).rejects.toThrow('"pay"');
  });

  test("a schedule of another handler is told by what never came up", async () => {
    const { schedule } = await failureOf(explore(order, { ...options, check: chargedOnce }));
    const other = withDurableExecution(async (_: Order, context: DurableContext) =>
      context.step("pack", () => 1),
    );
    const running = new DurableTestRunner(other, { schedule }).run({ id: "o-1" });
    await expect(running).rejects.toThrow(ScheduleError);
    await expect(running).rejects.toThrow("callback approval");
    const exploring = explore(other, { input: { id: "o-1" }, schedule });
    await expect(exploring).rejects.toThrow(ScheduleError);
    await expect(exploring).rejects.toThrow(
      /without coming to "callback approval .*explore\(\) again\..*Timeline\n/s,
    );
  });

  describe("a schedule of a handler that has been changed", () => {
    const asking = (name: string, timeout: { readonly hours: number } | undefined) =>
      withDurableExecution(async (_: undefined, context: DurableContext) => {
        const callback = await context.createCallback<string>(name, timeout && { timeout });
        return (await callback.result()) ?? "late";
      });
    const scheduleOf = async (timeout: { readonly hours: number } | undefined): Promise<string> => {
      const { outcomes } = await explore(asking("ok", timeout), {
        callbacks: { ok: [respond.success("y")] },
      });
      return outcomes.find(({ result }) => result === "y")?.schedule ?? "";
    };

    test.each([
      ["with a deadline", { hours: 1 }],
      ["without one, of which nobody has said anything", undefined],
    ])("by another name of a callback %s is told", async (_, timeout) => {
      const schedule = await scheduleOf(timeout);
      await expect(explore(asking("ok", timeout), { schedule })).resolves.toMatchObject({
        runs: 1,
        outcomes: [{ result: "y", schedule }],
      });
      const exploring = explore(asking("approved", timeout), { schedule });
      await expect(exploring).rejects.toThrow(ScheduleError);
      await expect(exploring).rejects.toThrow("callback ok");
    });

    test("is told where the execution waits for ever, and where nobody asks whether it ends", async () => {
      const schedule = await scheduleOf({ hours: 1 });
      const waits = withDurableExecution(async (_: undefined, context: DurableContext) => {
        const callback = await context.createCallback<string>("other");
        return callback.result();
      });
      const exploring = explore(waits, { schedule, callbacks: { other: [respond.never()] } });
      await expect(exploring).rejects.toThrow(/waits for ever without coming to "callback ok/);
      const stuck = withDurableExecution(async () => new Promise<never>(() => {}));
      await expect(explore(stuck, { schedule })).rejects.toThrow(ExplorationError);
      await expect(explore(stuck, { schedule, expect: { settles: false } })).rejects.toThrow(
        ScheduleError,
      );
    });
  });
});
