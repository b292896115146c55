import { type DurableContext, withDurableExecution } from "@durabletest/runtime";
import { withDurableExecution as withAwsDurableExecution } from "@aws/durable-execution-sdk-js";
import { describe, expect, test } from "vitest";
import {
  durableSnapshotSerializer,
  ExecutionStalledError,
  HandlerStuckError,
  recordEffect,
  respond,
  type StepScript,
  UnusedScriptsError,
} from "../../src/index.ts";
import { crashMatrix, type CrashMatrix } from "../../src/explore/index.ts";
import { durableMatchers } from "../../src/matchers/index.ts";
import { messageOf } from "../matchers/message-of.ts";

interface Order {
  readonly id: string;
}

const order = withDurableExecution(async ({ id }: Order, context: DurableContext) => {
  await context.step("quote", () => 5);
  await context.waitForCallback("approval", () => {}, { timeout: { hours: 1 } });
  await context.step("charge", () => recordEffect("charge", id));
  return "shipped";
});
const approved = { approval: respond.success({ ok: true }).after({ minutes: 5 }) };

const careful = withDurableExecution(async ({ id }: Order, context: DurableContext) => {
  const atMostOnce = {
    semantics: "AtMostOncePerRetry",
    retryStrategy: () => ({ shouldRetry: false }),
  } as const;
  await context.step("charge", () => recordEffect("charge", id), atMostOnce).catch(() => {});
  return "charged, or unclear";
});

type Matcher = "toBeCrashSafe" | "toHaveEffectAtMostOnce";

const judge = (
  matcher: Matcher,
  matrix: unknown,
  ...expected: [name?: string]
): { readonly pass: boolean; readonly text: string } => {
  let pass = false;
  const text = messageOf((context) => {
    const verdict =
      matcher === "toBeCrashSafe"
        ? durableMatchers.toBeCrashSafe.call(context, matrix)
        : durableMatchers.toHaveEffectAtMostOnce.call(context, matrix, expected[0] ?? "charge");
    ({ pass } = verdict);
    return verdict;
  });
  return { pass, text };
};

test("a crash at every point, as a table: what ran twice, and what happened twice", async () => {
  const matrix = await crashMatrix(order, { input: { id: "o-1" }, callbacks: approved });
  expect(matrix.format()).toMatchInlineSnapshot(`
    "point                                                                         end                what differs
    ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    without a crash                                                               SUCCEEDED shipped
    after the function of step "quote"                                            SUCCEEDED shipped  step quote ran 2 times
    before checkpoint 1: START step "quote", SUCCEED step "quote"                 SUCCEEDED shipped  step quote ran 2 times
    after checkpoint 1: START step "quote", SUCCEED step "quote"                  SUCCEEDED shipped
    before checkpoint 2: START context "approval", START callback                 SUCCEEDED shipped
    after checkpoint 2: START context "approval", START callback                  SUCCEEDED shipped
    after the function of a step                                                  SUCCEEDED shipped  step approval/submitter ran 2 times
    before checkpoint 3: START step, SUCCEED step                                 SUCCEEDED shipped  step approval/submitter ran 2 times
    after checkpoint 3: START step, SUCCEED step                                  SUCCEEDED shipped
    after the function of step "charge"                                           SUCCEEDED shipped  step charge ran 2 times; effect charge o-1 2 times
    before checkpoint 4: SUCCEED context "approval", START step "charge", SUCCE…  SUCCEEDED shipped  step charge ran 2 times; effect charge o-1 2 times
    after checkpoint 4: SUCCEED context "approval", START step "charge", SUCCEE…  SUCCEEDED shipped"
  `);
  expect(
    matrix.rows.every(({ status, output }) => status === "SUCCEEDED" && output === "shipped"),
  ).toBe(true);
  const again = await crashMatrix(order, { input: { id: "o-1" }, callbacks: approved });
  expect(again.format()).toBe(matrix.format());
});

test("a snapshot of it is the table", async () => {
  const matrix = await crashMatrix(careful, { input: { id: "o-1" } });
  expect(durableSnapshotSerializer.test(matrix)).toBe(true);
  const settings = { min: false, indent: "", spacingInner: "\n", spacingOuter: "\n" };
  const text = durableSnapshotSerializer.serialize(matrix, settings, "", 0, [], String);
  expect(text).toBe(matrix.format());
});

test("rows say which invocation died, how often steps ran, and what was done to the world", async () => {
  const matrix = await crashMatrix(order, { input: { id: "o-1" }, callbacks: approved });
  const row = matrix.rows.find(({ point }) => point === 'after the function of step "charge"');
  expect(row).toMatchObject({
    invocation: 2,
    status: "SUCCEEDED",
    runs: { quote: 1, charge: 2, "approval/submitter": 1 },
    differences: ["step charge ran 2 times", "effect charge o-1 2 times"],
  });
  expect(row?.effects).toHaveLength(2);
  expect(matrix.undisturbed).toMatchObject({ point: "without a crash", differences: [] });
});

test("toBeCrashSafe and toHaveEffectAtMostOnce say where it does not hold", async () => {
  const matrix = await crashMatrix(order, { input: { id: "o-1" }, callbacks: approved });
  const safe = judge("toBeCrashSafe", matrix);
  expect(safe.pass).toBe(false);
  expect(safe.text).toMatch(/A crash changes what comes of it at \d points of \d+:/);
  expect(safe.text).toContain('after the function of step "charge": step charge ran 2 times');
  expect(safe.text).toContain("Timeline of the first");
  const once = judge("toHaveEffectAtMostOnce", matrix);
  expect(once.pass).toBe(false);
  expect(once.text).toContain('The effect "charge" happens more than once at');

  const calm = await crashMatrix(careful, { input: { id: "o-1" } });
  expect(judge("toBeCrashSafe", calm)).toMatchObject({ pass: true });
  expect(judge("toHaveEffectAtMostOnce", calm).text).toContain("It happens at most once");
  expect(() => judge("toHaveEffectAtMostOnce", calm, "chrage")).toThrow('Did you mean "charge"?');
  expect(() => judge("toBeCrashSafe", {})).toThrow("is no crash matrix");
});

test("an end that is another one, and an execution that does not end, are no safe ones", async () => {
  const fragile = withDurableExecution(async (_: undefined, context: DurableContext) => {
    let looked = 0;
    await context.step("look", () => {
      looked += 1;
    });
    if (looked === 0) await context.createCallback("help").then(async (help) => help.result());
    return looked;
  });
  const matrix = await crashMatrix(fragile);
  const { text, pass } = judge("toBeCrashSafe", matrix);
  expect(pass).toBe(false);
  expect(text).toContain("ends ");
});

test("invoked functions, and handlers of AWS's SDK", async () => {
  const handler = withDurableExecution(async (input: Order, context: DurableContext) =>
    context.invoke<string>("order", input),
  );
  const matrix = await crashMatrix(handler, {
    input: { id: "o-1" },
    durableFunctions: { order },
    callbacks: approved,
  });
  expect(matrix.rows.some(({ point }) => / of order\/\w{6}$/.test(point))).toBe(true);
  expect(matrix.undisturbed.effects).toHaveLength(1);

  const aws = withAwsDurableExecution(async ({ id }: Order, context) => {
    await context.step("charge", async () => recordEffect("charge", id));
    await context.wait({ hours: 1 });
    return "done";
  });
  const other: CrashMatrix = await crashMatrix<Order, unknown>(aws, { input: { id: "o-1" } });
  expect(other.rows.length).toBeGreaterThan(3);
  expect(judge("toHaveEffectAtMostOnce", other).pass).toBe(false);
});

test("what cannot be right is refused", async () => {
  await expect(crashMatrix(order, { inputs: {} } as never)).rejects.toThrow(
    'There is no option "inputs". Did you mean "input"?',
  );
  await expect(crashMatrix(5 as never)).rejects.toThrow("5 is no handler");
  await expect(crashMatrix(order, { callbacks: { approval: 5 } } as never)).rejects.toThrow(
    "callbacks.approval: 5 is no response",
  );
});

test("tables are short about long ends, and say why an execution with a crash has none", async () => {
  const long = withDurableExecution(async (_: undefined, context: DurableContext) => {
    let seen = 0;
    await context.step("look", () => {
      seen += 1;
    });
    if (seen === 0) for (;;) await context.step("again", () => 1);
    return { text: "x".repeat(200), list: [1, new Date(0), null] };
  });
  const matrix = await crashMatrix(long, { beforeEach: async () => {} });
  expect(matrix.undisturbed.output).toMatchObject({ list: [1, expect.any(String), null] });
  expect(matrix.format()).toContain("SUCCEEDED { text: 'xxxx");
  const lost = matrix.rows.filter(({ differences }) =>
    differences.some((words) => words.startsWith("it does not end")),
  );
  expect(lost.length).toBeGreaterThan(0);
  expect(judge("toBeCrashSafe", matrix).text).toContain("it does not end: LimitExceededError");

  const failing = withDurableExecution(async (_: undefined, context: DurableContext) => {
    await context.step(
      "fail",
      () => {
        throw new Error("never");
      },
      { retryStrategy: (_error, attempt) => ({ shouldRetry: attempt < 2, delay: { seconds: 1 } }) },
    );
  });
  const fails = await crashMatrix(failing);
  expect(fails.undisturbed).toMatchObject({ status: "FAILED", output: undefined });
  expect(fails.format()).toContain("FAILED StepError");
  expect(fails.rows.map(({ point }) => point)).toContain(
    'after the function of step "fail", attempt 2',
  );
  const many = withDurableExecution(async (_: undefined, context: DurableContext) => {
    for (let step = 0; step < 8; step += 1)
      await context.step(`s${step}`, () => recordEffect("do"));
  });
  expect(judge("toBeCrashSafe", await crashMatrix(many)).text).toContain(
    "more: console.log(matrix.format())",
  );
});

const once = { retryStrategy: () => ({ shouldRetry: false }) } as const;

describe("steps that are scripted", () => {
  const charge = withDurableExecution(async (_: undefined, context: DurableContext) =>
    context.step("charge", () => recordEffect("real charge")),
  );

  test.each<readonly [what: string, script: StepScript]>([
    ["a response", respond.success("fake")],
    ["a failure", respond.failure(new Error("declined"))],
    ["a list", [respond.success("fake").after({ minutes: 5 })]],
    ["a function", () => recordEffect("fake charge")],
  ])("do what the script says where the sandbox dies after them, too: %s", async (_, script) => {
    const matrix = await crashMatrix(charge, { steps: { charge: script } });
    const all = [matrix.undisturbed, ...matrix.rows];
    expect(all.flatMap(({ effects }) => effects).map(({ name }) => name)).not.toContain(
      "real charge",
    );
    expect(new Set(all.map(({ status }) => status)).size).toBe(1);
    expect(all.map(({ point }) => point)).toContain('after the function of step "charge"');
  });

  test("have the effects of their script once more, if that is a function", async () => {
    const matrix = await crashMatrix(charge, {
      steps: { charge: () => recordEffect("fake charge") },
    });
    const after = matrix.rows.find(({ point }) => point.startsWith("after the function"));
    expect(after?.differences).toEqual(["effect fake charge 2 times"]);
    expect(after?.runs).toEqual({ charge: 0 });
  });

  test("in handlers of AWS's SDK, too", async () => {
    const aws = withAwsDurableExecution(async (_: undefined, context) =>
      context.step("charge", async () => recordEffect("real charge")),
    );
    const matrix: CrashMatrix = await crashMatrix<undefined, unknown>(aws, {
      steps: { charge: [respond.success("fake")] },
    });
    expect(matrix.rows.length).toBeGreaterThan(2);
    for (const { output, effects } of [matrix.undisturbed, ...matrix.rows]) {
      expect([output, effects]).toEqual(["fake", []]);
    }
  });

  test("do the same in an attempt that is made again: a list goes on with the next attempt", async () => {
    const ship = withDurableExecution(async (_: undefined, context: DurableContext) =>
      context.step("ship", () => "shipped", once).catch(() => "cancelled"),
    );
    const matrix = await crashMatrix(ship, {
      steps: { ship: [respond.failure(new Error("no truck"))] },
    });
    expect(matrix.undisturbed.output).toBe("cancelled");
    expect(matrix.rows.map(({ output }) => output)).toEqual(matrix.rows.map(() => "cancelled"));
    expect(judge("toBeCrashSafe", matrix)).toMatchObject({ pass: true });
  });

  test("have each attempt of a list as without a crash, side by side and with retries", async () => {
    const both = withDurableExecution(async (_: undefined, context: DurableContext) => {
      const retry = {
        retryStrategy: (_error: unknown, attempt: number) => ({
          shouldRetry: attempt < 4,
          delay: { seconds: 1 },
        }),
      };
      const step = (name: string): Promise<string> =>
        context.step(name, ({ attempt }) => `${name} in attempt ${attempt}`, retry);
      return Promise.all([step("left"), step("right")]);
    });
    const failure = respond.failure(new Error("503")).after({ milliseconds: 3 });
    const matrix = await crashMatrix(both, {
      steps: {
        left: [failure, failure],
        right: [respond.run().after({ seconds: 5 })],
      },
    });
    expect(matrix.undisturbed.output).toEqual(["left in attempt 3", "right in attempt 1"]);
    expect(matrix.rows.map(({ output }) => output)).toEqual(
      matrix.rows.map(() => ["left in attempt 3", "right in attempt 1"]),
    );
  });

  test("die in crashes of their own as often as without one", async () => {
    const later = withDurableExecution(async (_: undefined, context: DurableContext) => {
      await context.wait("a moment", { seconds: 1 });
      return context.step("charge", () => "real");
    });
    const matrix = await crashMatrix(later, {
      steps: { charge: [respond.crash("before"), respond.success("fake")] },
    });
    const deaths = ({ result }: CrashMatrix["undisturbed"]): number =>
      result.invocations.filter(({ status }) => status === "DIED").length;
    expect([matrix.undisturbed.output, deaths(matrix.undisturbed)]).toEqual(["fake", 1]);
    for (const row of matrix.rows) {
      expect([row.point, row.output, deaths(row) <= 2]).toEqual([row.point, "fake", true]);
    }
  });
});

describe("an execution that does not end by itself", () => {
  const asks = withDurableExecution(async (_: undefined, context: DurableContext) => {
    await (await context.createCallback("approval")).result();
    await context.step("charge", () => recordEffect("charge"));
  });

  test("makes no matrix: what it waits for is named, and the script that may have been meant for it", async () => {
    const made = crashMatrix(asks, { callbacks: { aproval: respond.success(1) } });
    await expect(made).rejects.toThrow(ExecutionStalledError);
    await expect(made).rejects.toThrow(
      'Pending: callback "approval", open. No callback has asked for the script "aproval". Did you mean "approval"? Script what it waits for (callbacks: { name: respond.success(…) }), or give it a timeout.',
    );
    await expect(made).rejects.toThrow("Timeline");
  });

  test("may be one with a crash: its row has what came of it until then", async () => {
    const stuck = withDurableExecution(async (_: undefined, context: DurableContext) => {
      await context
        .step("pay", () => recordEffect("pay"), { ...once, semantics: "AtMostOncePerRetry" })
        .catch(async () => {
          await context.step("note", () => {});
          await new Promise(() => {});
        });
    });
    const matrix = await crashMatrix(stuck);
    const row = matrix.rows.find(({ point }) => point.startsWith("after the function"));
    expect(row).toMatchObject({
      status: "PENDING",
      output: undefined,
      runs: { pay: 1, note: 1 },
      result: { status: "PENDING" },
    });
    expect(row?.effects).toHaveLength(1);
    expect(row?.differences).toEqual([
      expect.stringContaining("it does not end: HandlerStuckError"),
      "step note ran once",
    ]);
    const { text } = judge("toBeCrashSafe", matrix);
    expect(text).toMatch(/Timeline of the first\n +PENDING after/);
    expect(text).toContain("died: Sandbox.Crashed");
  });

  test("fails as it does where it goes wrong without a crash", async () => {
    await expect(
      crashMatrix(withDurableExecution(async () => new Promise(() => {}))),
    ).rejects.toThrow(HandlerStuckError);
  });
});

describe("scripts that nothing asks for", () => {
  const asking = withDurableExecution(async (_: undefined, context: DurableContext) => {
    await context
      .step("charge", () => {}, { ...once, semantics: "AtMostOncePerRetry" })
      .catch(async () => (await context.createCallback("look into it")).result());
  });

  test("are refused, with the name that may have been meant", async () => {
    const made = crashMatrix(asking, {
      steps: { chrage: respond.success() },
      callbacks: { "look into it": respond.success() },
    });
    await expect(made).rejects.toThrow(UnusedScriptsError);
    await expect(made).rejects.toThrow(
      'No step has asked for the script "chrage". Did you mean "charge"?',
    );
  });

  test("are not those that one execution with a crash asks for", async () => {
    const matrix = await crashMatrix(asking, {
      callbacks: { "look into it": respond.success() },
    });
    expect(judge("toBeCrashSafe", matrix)).toMatchObject({ pass: true });
  });

  test("are not those for a step that only a crash leads to", async () => {
    const compensating = withDurableExecution(async (_: undefined, context: DurableContext) => {
      await context
        .step("charge", () => {}, { ...once, semantics: "AtMostOncePerRetry" })
        .catch(async () => context.step("look into it", () => {}));
    });
    await expect(
      crashMatrix(compensating, { steps: { "look into it": respond.success() } }),
    ).resolves.toMatchObject({ undisturbed: { runs: { charge: 1 } } });
  });
});

test("what a test does before each execution fails the matrix if it fails", async () => {
  let executions = 0;
  const beforeEach = (): void => {
    executions += 1;
    if (executions > 1) throw new Error("the ledger is closed");
  };
  const made = crashMatrix(careful, { input: { id: "o-1" }, beforeEach });
  await expect(made).rejects.toThrow("the ledger is closed");
});

describe("the runs of a row", () => {
  const pay = withDurableExecution(async (_: unknown, context: DurableContext) => {
    await context.step("charge", () => {});
    return "paid";
  });

  test("are those of each step: one of an invoked function goes by the path of its invoke", async () => {
    const parent = withDurableExecution(async (_: undefined, context: DurableContext) => {
      await context.step("charge", () => {});
      await context.invoke("pay", 1);
      await context.invoke("pay", 2, { name: "settle the rest" });
      await context.map("items", [1, 2], async (item) => item.invoke("pay", 3));
    });
    const matrix = await crashMatrix(parent, { durableFunctions: { pay } });
    expect(matrix.undisturbed.runs).toEqual({
      charge: 1,
      "pay/charge": 1,
      "settle the rest/charge": 1,
      "items[0]/pay/charge": 1,
      "items[1]/pay/charge": 1,
    });
    const [first] = matrix.rows;
    expect(first?.point).toBe('after the function of step "charge"');
    expect(first?.runs).toMatchObject({ charge: 2, "pay/charge": 1 });
    expect(first?.differences).toEqual(["step charge ran 2 times"]);
    expect(
      matrix.rows.filter(({ runs }) => runs["items[1]/pay/charge"] === 2).map(({ at }) => at),
    ).toHaveLength(2);
    const after = matrix.rows.filter(({ point }) => point.startsWith("after the function"));
    expect(after.map(({ point }) => point.replace(/\w{6}$/, "…"))).toEqual([
      'after the function of step "charge"',
      ...Array<string>(4).fill('after the function of step "charge" of pay/…'),
    ]);
  });

  test("differ where a step is not come to any more", async () => {
    const shipping = withDurableExecution(async (_: undefined, context: DurableContext) => {
      const isCharged = await context
        .step("charge", () => true, { ...once, semantics: "AtMostOncePerRetry" })
        .catch(() => false);
      if (isCharged) await context.step("ship", () => {});
    });
    const { rows } = await crashMatrix(shipping);
    const row = rows.find(({ point }) => point === 'after the function of step "charge"');
    expect(row?.differences).toEqual(["step ship ran not at all"]);
  });

  test("are added up for steps of one name", async () => {
    const again = withDurableExecution(async (_: undefined, context: DurableContext) => {
      for (let count = 0; count < 3; count += 1) await context.step("again", () => {});
    });
    const matrix = await crashMatrix(again);
    expect(matrix.undisturbed.runs).toEqual({ again: 3 });
    const twice = matrix.rows.filter(({ runs }) => runs["again"] === 4);
    expect(twice).toHaveLength(6);
    expect(twice.map(({ differences }) => differences)).toEqual(
      twice.map(() => ["step again ran 4 times"]),
    );
  });
});

describe("an effect that a crash leads to", () => {
  const unclear = { ...once, semantics: "AtMostOncePerRetry" } as const;

  test("is no safe one where it comes on top of another of its name, whatever its key", async () => {
    const twoProviders = withDurableExecution(async (_: undefined, context: DurableContext) => {
      await context
        .step("charge A", () => recordEffect("charge", "A"), unclear)
        .catch(async () => context.step("charge B", () => recordEffect("charge", "B")));
      return "paid";
    });
    const matrix = await crashMatrix(twoProviders);
    const { pass, text } = judge("toBeCrashSafe", matrix);
    expect(pass).toBe(false);
    expect(text).toContain("at 2 points of 5:");
    expect(text).toContain(
      'after the function of step "charge A": step charge B ran once; effect charge B once',
    );
    // In the place of the other it is as often as without a crash.
    expect(text).not.toContain("effect charge A not at all");
    expect(judge("toHaveEffectAtMostOnce", matrix)).toMatchObject({ pass: true });
  });

  test("is no safe one where none of its name is made without a crash: a compensation is a change", async () => {
    const compensating = withDurableExecution(async (_: undefined, context: DurableContext) => {
      await context
        .step("charge", () => recordEffect("charge", "A"), unclear)
        .catch(async () => context.step("refund", () => recordEffect("refund", "A")));
      return "done";
    });
    const { pass, text } = judge("toBeCrashSafe", await crashMatrix(compensating));
    expect(pass).toBe(false);
    expect(text).toContain("at 3 points of 5:");
    expect(text).toContain("effect refund A once; effect charge A not at all");
  });

  test("is a safe one under another key in the place of the one without a crash", async () => {
    const keyed = withDurableExecution(async (_: undefined, context: DurableContext) => {
      const key = await context.step("key", () => `${Math.random()}`);
      await context.step("charge", () => recordEffect("charge", key), unclear).catch(() => {});
    });
    const matrix = await crashMatrix(keyed);
    const others = matrix.rows.filter(({ differences }) =>
      differences.some((words) => words.startsWith("effect") && words.endsWith("once")),
    );
    expect(others.length).toBeGreaterThan(0);
    expect(judge("toBeCrashSafe", matrix)).toMatchObject({ pass: true });
  });

  test("is no safe one twice for one key, as many as there are of its name", async () => {
    const items = ["a", "b", "c"];
    const some = withDurableExecution(async (_: undefined, context: DurableContext) => {
      for (const item of items) {
        await context
          .step(item, () => recordEffect("charge", item), unclear)
          .catch(async () => context.step("first again", () => recordEffect("charge", "a")));
      }
    });
    const matrix = await crashMatrix(some);
    const swapped = matrix.rows.filter(
      ({ effects }) =>
        effects.length === items.length && effects.filter(({ key }) => key === "a").length === 2,
    );
    expect(swapped.length).toBeGreaterThan(0);
    const { text } = judge("toBeCrashSafe", Object.create(matrix, { rows: { value: swapped } }));
    expect(text).toContain(`at ${swapped.length} points of ${swapped.length}:`);
  });

  test("is one too many without a crash already, also where there is no point for one", async () => {
    const hasty = withDurableExecution(async () => {
      for (let time = 0; time < 2; time += 1) recordEffect("charge", "o-1");
    });
    const matrix = await crashMatrix(hasty);
    expect(matrix.rows).toEqual([]);
    expect(judge("toHaveEffectAtMostOnce", matrix).pass).toBe(false);
  });

  test("is not one too many because another is", async () => {
    const billing = withDurableExecution(async (_: undefined, context: DurableContext) => {
      await context.step("charge", () => recordEffect("charge", "o-1"), unclear).catch(() => {});
      await context.step("mail", () => recordEffect("mail", "o-1"));
    });
    const matrix = await crashMatrix(billing);
    expect(judge("toHaveEffectAtMostOnce", matrix, "mail").pass).toBe(false);
    expect(judge("toHaveEffectAtMostOnce", matrix, "charge").pass).toBe(true);
  });
});
