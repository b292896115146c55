import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import type { ObservedFunction } from "../../src/outcomes/index.ts";
import { mergeObservations } from "../../src/outcomes/merge.ts";
import { OUTCOMES } from "../../src/outcomes/observation.ts";
import { reportOutcomes } from "../../src/outcomes/report.ts";
import { outcomesAsHtml } from "../../src/outcomes/html.ts";
import { outcomesAsText } from "../../src/outcomes/text.ts";

const few = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(value, { maxLength: 3 });
const name = fc.constantFrom("a", "b", "items[*]/a");
const kind = fc.constantFrom(
  "execution",
  "step",
  "waitForCallback",
  "createCallback",
  "callbackWait",
  "waitForCondition",
  "invoke",
  "map",
  "mapIteration",
  "runInChildContext",
  "wait",
);
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined });
const operation = fc.record({
  path: name,
  kind,
  name: maybe(name),
  parent: maybe(fc.constantFrom("execution a", "map a", "runInChildContext b")),
  order: fc.nat(3),
  seen: few(fc.constantFrom(...OUTCOMES)),
  settings: fc.record({
    timeoutSeconds: maybe(fc.integer({ min: 1, max: 9 })),
    heartbeatSeconds: maybe(fc.integer({ min: 1, max: 9 })),
    functionName: maybe(name),
    durable: maybe(fc.boolean()),
  }),
  caught: few(fc.constantFrom("failure of step a", "timeout of waitForCallback b")),
});
const observations: fc.Arbitrary<readonly ObservedFunction[]> = few(
  fc.record({
    id: name,
    names: few(name),
    file: maybe(name),
    exported: maybe(name),
    operations: few(operation),
  }),
);

const merged = (...all: (readonly ObservedFunction[])[]): string =>
  JSON.stringify(mergeObservations(all.flat()));

describe("what several have seen", () => {
  test.prop([observations, observations, observations])(
    "is the same in whichever order it is merged, and however often",
    (a, b, c) => {
      expect(merged(a, b, c)).toBe(merged(c, a, b));
      expect(merged(mergeObservations([...a, ...b]), c)).toBe(
        merged(a, mergeObservations([...b, ...c])),
      );
      expect(merged(a, a)).toBe(merged(a));
      expect(merged(mergeObservations(a))).toBe(merged(a));
    },
  );

  test.prop([observations])("is reported alike: what was seen is possible, and adds up", (all) => {
    const report = reportOutcomes(all);
    const { observed } = JSON.parse(JSON.stringify(report)) as typeof report;
    expect(JSON.stringify(reportOutcomes(observed))).toBe(JSON.stringify(report));
    for (const { operations, possible, seen } of report.functions) {
      expect(operations.reduce((sum, each) => sum + each.possible, 0)).toBe(possible);
      expect(operations.reduce((sum, each) => sum + each.seen, 0)).toBe(seen);
    }
    // The last failure of a step that is tried again counts once, by whichever name.
    const counted = ({ kind: of, seen }: (typeof operations)[number]): readonly string[] =>
      of === "step" && seen.includes("retried") && seen.includes("given up")
        ? seen.filter((outcome) => outcome !== "failure")
        : seen;
    const operations = report.observed.flatMap((each) => each.operations);
    expect(report.seen).toBe(operations.flatMap(counted).length);
    expect(outcomesAsText(report)).toContain(`Outcomes: ${report.seen} of ${report.possible}`);
    expect(outcomesAsHtml(report).match(/class="missing"/g) ?? []).toHaveLength(
      report.possible - report.seen,
    );
  });
});
