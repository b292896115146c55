import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InvalidArgumentError } from "@durabletest/runtime";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  checkOutcomeOptions,
  mergeOutcomes,
  type ObservedFunction,
  type ObservedOperation,
  type OutcomeOptions,
  OutcomeThresholdError,
  writeOutcomes,
} from "../../src/outcomes/index.ts";
import { respond } from "../../src/index.ts";
import { reportOutcomes } from "../../src/outcomes/report.ts";

const operation = (more: Partial<ObservedOperation>): ObservedOperation => ({
  path: "",
  kind: "execution",
  order: 0,
  seen: [],
  settings: {},
  caught: [],
  ...more,
});
const inExecution = (more: Partial<ObservedOperation>): ObservedOperation =>
  operation({ parent: "execution ", order: 1, ...more });
const ofFile = (file: string, operations: readonly ObservedOperation[]): ObservedFunction => ({
  id: `${file}#handler`,
  names: [],
  file,
  exported: "handler",
  operations,
});

/** `what outcome: script` of what is missing. */
function missing(...operations: readonly ObservedOperation[]): readonly string[] {
  const [only] = reportOutcomes([ofFile("src/order.ts", operations)]).functions;
  return (only?.operations ?? []).flatMap(({ kind, outcomes }) =>
    outcomes.flatMap(({ outcome, seen, script }) =>
      seen ? [] : [`${kind} ${outcome}: ${script ?? "-"}`],
    ),
  );
}

describe("what is missing", () => {
  test("is an execution's timeout only where something takes time", () => {
    const execution = operation({ seen: ["success"], settings: { timeoutSeconds: 60 } });
    expect(missing(execution)).toEqual([]);
    expect(
      missing(execution, inExecution({ kind: "wait", path: "rest", seen: ["success"] })),
    ).toEqual([
      "execution timeout: await runner.run(input, { timeout: { seconds: 1 } }); await runner.runToCompletion();",
    ]);
  });

  test.each([
    { kind: "callbackWait", path: "w" },
    { kind: "waitForCondition", path: "settled" },
  ])("is an execution's timeout beside a $kind", (taking) => {
    const execution = operation({ seen: ["success"], settings: { timeoutSeconds: 60 } });
    expect(missing(execution, inExecution({ ...taking, seen: ["success"] }))).toContain(
      "execution timeout: await runner.run(input, { timeout: { seconds: 1 } }); await runner.runToCompletion();",
    );
  });

  test("is an execution's timeout beside what is tried again, or a durable function", () => {
    const execution = operation({ seen: ["success"], settings: { timeoutSeconds: 60 } });
    const step = inExecution({ kind: "step", path: "charge", name: "charge", seen: ["success"] });
    expect(missing(execution, step).join("\n")).not.toContain("execution timeout");
    expect(missing(execution, { ...step, seen: ["success", "retried"] })).toContain(
      'execution timeout: await runner.run(input, { timeout: { seconds: 1 }, steps: { charge: [respond.failure(new Error("failed"))] } }); await runner.runToCompletion();',
    );
    const unnamed = inExecution({ kind: "step", path: "step", seen: ["retried"] });
    expect(missing(execution, unnamed)).toContain("execution timeout: -");
    const settings = { functionName: "pay", durable: true };
    expect(missing(execution, inExecution({ kind: "invoke", path: "pay", settings }))).toContain(
      "execution timeout: -",
    );
  });

  test("is no success that nothing in an operation has prevented", () => {
    const failed = inExecution({ kind: "runInChildContext", path: "both", seen: ["failure"] });
    expect(missing(failed)).toEqual(["runInChildContext success: -"]);
  });

  test("is a failure around something only as long as nobody was seen to catch it", () => {
    const step = inExecution({
      kind: "step",
      path: "charge",
      name: "charge",
      seen: ["success", "failure", "interrupted"],
    });
    expect(missing(operation({ seen: ["success"] }), step)).toEqual([
      'execution failure: steps: { charge: respond.failure(new Error("failed")) }',
    ]);
    const catching = operation({ seen: ["success"], caught: ["failure of step charge"] });
    expect(missing(catching, step)).toEqual([]);
  });

  test("is a failure around something whose name is one letter, too", () => {
    const outer = inExecution({ kind: "runInChildContext", path: "a", seen: ["success"] });
    const inner = operation({
      kind: "step",
      path: "a/b",
      name: "b",
      order: 2,
      seen: ["success", "failure", "interrupted"],
      parent: "runInChildContext a",
    });
    const script = 'steps: { b: respond.failure(new Error("failed")) }';
    expect(missing(operation({ seen: ["success"] }), outer, inner)).toEqual([
      `execution failure: ${script}`,
      `runInChildContext failure: ${script}`,
    ]);
  });

  test("is a success that a failure inside has prevented", () => {
    const step = inExecution({ kind: "step", path: "charge", name: "charge", seen: ["failure"] });
    expect(missing(operation({ seen: ["failure"] }), step)).toContain(
      "execution success: steps: { charge: respond.success() }",
    );
    expect(missing(operation({}))).toEqual(["execution success: await runner.runToCompletion();"]);
  });

  test("has no script where an operation has no name, or nothing brings it about", () => {
    expect(missing(inExecution({ kind: "createCallback", path: "createCallback" }))).toEqual([
      "createCallback success: -",
      "createCallback failure: -",
    ]);
    expect(
      missing(inExecution({ kind: "step", path: "step", seen: ["success", "failure"] })),
    ).toEqual(["step interrupted: -"]);
    expect(
      missing(
        inExecution({
          kind: "waitForCondition",
          path: "done",
          name: "done",
          seen: ["success", "failure", "interrupted"],
        }),
      ),
    ).toEqual(["waitForCondition polled again: -"]);
  });

  test("is a timeout with signs of life until then, and a function that takes too long", () => {
    const settings = { timeoutSeconds: 7, heartbeatSeconds: 3 };
    const callback = inExecution({ kind: "createCallback", path: "a", name: "a b", settings });
    expect(missing(callback)).toContain(
      'createCallback timeout: callbacks: { "a b": respond.heartbeatEvery({ seconds: 1 }).times(7) }',
    );
    expect(() => respond.heartbeatEvery({ milliseconds: 500 }).times(14)).not.toThrow();
    const both = [{ timeoutSeconds: 60, heartbeatSeconds: 30 }, { timeoutSeconds: 300 }];
    expect(missing(...both.map((each) => ({ ...callback, settings: each })))).toEqual(
      expect.arrayContaining([expect.stringContaining("createCallback heartbeat timeout: ")]),
    );
    const quick = { timeoutSeconds: 7, heartbeatSeconds: 1 };
    expect(missing(inExecution({ ...callback, settings: quick }))).toContain(
      'createCallback timeout: callbacks: { "a b": respond.heartbeatEvery({ milliseconds: 500 }).times(14) }',
    );
    const endless = { timeoutSeconds: 31_536_000, heartbeatSeconds: 3 };
    expect(missing(inExecution({ ...callback, settings: endless }))).toContain(
      "createCallback timeout: -",
    );
    const durable = { functionName: "pay", durable: true, timeoutSeconds: 5 };
    expect(missing(inExecution({ kind: "invoke", path: "pay", settings: durable }))).toEqual([
      "invoke success: durableFunctions: { pay: withDurableExecution(async () => ({})) }",
      'invoke failure: durableFunctions: { pay: withDurableExecution(async () => { throw new Error("failed"); }) }',
      "invoke timeout: durableFunctions: { pay: { handler: withDurableExecution(async (_input, context) => context.wait({ seconds: 6 })), timeout: { seconds: 5 } } }",
    ]);
    expect(missing(inExecution({ kind: "callbackWait", path: "w", seen: ["success"] }))).toEqual([
      "callbackWait timeout: await runner.runToCompletion();",
    ]);
  });
});

describe("a report", () => {
  let directory = "";
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "durabletest-outcomes-"));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const half = [
    ofFile("src/order.ts", [
      operation({ seen: ["success"] }),
      inExecution({ kind: "wait", path: "rest" }),
    ]),
    ofFile("test/fakes.ts", [operation({ seen: ["success"] })]),
  ];
  const write = (
    options: OutcomeOptions,
    shard?: { readonly index: number; readonly count: number },
  ) => {
    let printed = "";
    const written = writeOutcomes(half, checkOutcomeOptions(options), {
      root: directory,
      print: (text) => (printed += text),
      shard,
    });
    return { ...written, printed };
  };

  test("is printed, and written where it is asked for", () => {
    const { printed } = write({});
    expect(printed).toMatchInlineSnapshot(`
      "Outcomes: 2 of 3, 66.6 %

      handler (src/order.ts): 1 of 2, 50 %
        execution  success
        wait rest  nothing seen
          not seen: success  await runner.runToCompletion();

      handler (test/fakes.ts): 1 of 1, 100 %
        execution  success
      "
    `);
    expect(readdirSync(directory)).toEqual([]);
    expect(write({ reporter: ["json", "html"], reportsDirectory: "out" }).printed).toBe("");
    expect(readdirSync(join(directory, "out"))).toEqual(["outcomes.html", "outcomes.json"]);
    expect(readFileSync(join(directory, "out/outcomes.html"), "utf8")).toContain(
      "&#10007; success",
    );
  });

  test("counts what is included, and no outcomes that are ignored", () => {
    const possible = (options: OutcomeOptions) => write(options).report.possible;
    expect(possible({})).toBe(3);
    expect(possible({ include: ["src/**"] })).toBe(2);
    expect(possible({ include: ["**/order.ts"] })).toBe(2);
    expect(possible({ include: ["hand*", "nothing"] })).toBe(3);
    expect(possible({ include: ["src/*.js", "*.ts"] })).toBe(0);
    expect(possible({ ignore: ["success"] })).toBe(0);
  });

  test("fails below a threshold, unless it is one of a shard", () => {
    expect(write({ threshold: 60 }).failure).toBeUndefined();
    expect(write({ threshold: 67, reporter: [] }).failure).toBe(
      "Outcome coverage: tests have seen 2 of 3 possible outcomes, 66.6 %, which is below the threshold of 67 %.",
    );
    expect(write({ threshold: 100 }, { index: 2, count: 3 })).toMatchObject({
      failure: undefined,
      printed: "",
    });
    expect(readdirSync(join(directory, "outcomes"))).toEqual(["outcomes.2-3.json"]);
  });

  test("fails with a threshold and nothing to count, and says why there is nothing", () => {
    const nothing = write({ threshold: 67, include: ["none", "no/**"] });
    expect(nothing.failure).toBe(
      "Outcome coverage: there is a threshold of 67 %, and nothing to count. Nothing that was executed is in `include` (none, no/**). What was executed goes by these names: handler, src/order.ts; handler, test/fakes.ts.",
    );
    expect(nothing.printed).toBe("Outcomes: 0 of 0: nothing to count\n");
    expect(write({ threshold: 67, ignore: ["success"] }).failure).toContain(
      "`ignore` has all outcomes of what was executed.",
    );
    const executed = (observed: readonly ObservedFunction[], options: OutcomeOptions) =>
      writeOutcomes(observed, checkOutcomeOptions(options), { root: directory, print: () => {} });
    expect(executed([], { threshold: 1 }).failure).toContain(
      "nothing to count. No test has executed anything, or none was listened to",
    );
    expect(executed([], { threshold: 0 }).failure).toBeUndefined();
    expect(executed([], {}).failure).toBeUndefined();
    const many = Array.from({ length: 12 }, (_, index) => ofFile(`${index}.ts`, []));
    expect(executed(many, { threshold: 1, include: ["none"] }).failure).toContain(
      "handler, 7.ts; and 2 more.",
    );
  });

  test("counts a function by any of its names", () => {
    const named = [{ ...half[0], names: ["a", "orders"] } as ObservedFunction];
    const possible = (include: readonly string[]) =>
      writeOutcomes(named, checkOutcomeOptions({ include }), { root: directory, print: () => {} })
        .report.possible;
    for (const name of ["a", "orders", "handler", "src/order.ts"]) expect(possible([name])).toBe(2);
    expect(possible(["b"])).toBe(0);
  });

  test("lists no operation of which nothing counts", () => {
    const observed = [
      ofFile("src/order.ts", [
        operation({ seen: ["success"] }),
        inExecution({ kind: "step", path: "charge", name: "charge", seen: ["interrupted"] }),
      ]),
    ];
    let printed = "";
    const print = (text: string): string => (printed += text);
    const settings = checkOutcomeOptions({ ignore: ["success", "retried", "given up", "failure"] });
    writeOutcomes(observed, settings, { root: directory, print });
    expect(printed).toMatchInlineSnapshot(`
      "Outcomes: 1 of 1, 100 %

      handler (src/order.ts): 1 of 1, 100 %
        step charge  interrupted
      "
    `);
  });

  test("is merged from files", () => {
    write({ threshold: 100 }, { index: 1, count: 2 });
    write({ threshold: 100 }, { index: 2, count: 2 });
    const files = ["1-2", "2-2"].map((shard) => join(directory, `outcomes/outcomes.${shard}.json`));
    expect(mergeOutcomes(files, { reporter: [] })).toMatchObject({ seen: 2, possible: 3 });
    expect(() => mergeOutcomes(files, { reporter: [], threshold: 90 })).toThrow(
      OutcomeThresholdError,
    );
  });

  test("is merged from all shards of one run", () => {
    for (const index of [1, 3]) write({}, { index, count: 3 });
    const ofThree = ["1-3", "3-3"].map((shard) =>
      join(directory, `outcomes/outcomes.${shard}.json`),
    );
    const merging = (files: readonly string[]) => () => mergeOutcomes(files, { reporter: [] });
    expect(merging(ofThree)).toThrow(
      `mergeOutcomes: of 3 shards, 2 is missing. Each leaves a file; these are there: ${ofThree.join(", ")}`,
    );
    write({}, { index: 2, count: 3 });
    write({}, { index: 1, count: 1 });
    const [all, other] = ["2-3", "1-1"].map((shard) =>
      join(directory, `outcomes/outcomes.${shard}.json`),
    );
    expect(merging([...ofThree, all ?? "", other ?? ""])).toThrow(
      "are of runs with 3 and with 1 shards. Delete what an earlier run has left there",
    );
    // Other frameworks have other folders.
    write({ reportsDirectory: "jest" }, { index: 1, count: 1 });
    expect(
      merging([...ofThree, all ?? "", join(directory, "jest/outcomes.1-1.json")]),
    ).not.toThrow();
  });

  test("is merged from nothing else", () => {
    const other = join(directory, "other.json");
    for (const text of ["null", "{}", "{"]) {
      writeFileSync(other, text);
      expect(() => mergeOutcomes([other])).toThrow(InvalidArgumentError);
    }
    expect(() => mergeOutcomes([])).toThrow("is no list of files");
  });
});

test.each([
  [null, "outcomes: null is not an object of settings."],
  [{ reporters: [] }, 'There is no setting "reporters". Did you mean "reporter"?'],
  [{ reporter: "text" }, 'outcomes.reporter: "text" is not a list of reporters.'],
  [{ reporter: ["jsn"] }, '"jsn" is not "text" or "json" or "html".'],
  [{ ignore: ["interupted"] }, '"interupted" is not "success" or "failure"'],
  [{ include: [/src/] }, "is not a text."],
  [{ threshold: 101 }, "outcomes.threshold: 101 is not a percentage from 0 to 100."],
  [{ threshold: "80" }, 'outcomes.threshold: "80" is not a percentage from 0 to 100.'],
  [{ reportsDirectory: "" }, 'outcomes.reportsDirectory: "" is not a folder.'],
])("settings that cannot be right are refused: %j", (options, message) => {
  expect(() => checkOutcomeOptions(options as OutcomeOptions)).toThrow(message);
});
