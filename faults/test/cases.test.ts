import { describe, expect, test } from "vitest";
import {
  casesAtEveryPosition,
  type CleanRun,
  commandFor,
  isInPart,
  mixedCases,
  patientCases,
  twiceCases,
} from "../cases.ts";
import { formatPlan, parsePlan } from "../plan.ts";

const clean: CleanRun = {
  runtime: "durabletest",
  handler: "at-most-once",
  requests: ["checkpoint", "state", "checkpoint"],
  bodies: 2,
  answers: 1,
};

const plansOf = (run: CleanRun): readonly string[] =>
  casesAtEveryPosition(run).map(({ plan }) => formatPlan(plan));

describe("the cases of a handler", () => {
  test("have every fault at every position at which it can strike", () => {
    const plans = plansOf(clean);
    expect(plans).toEqual(expect.arrayContaining(["kill@1", "kill@2", "kill@3", "503@3x3"]));
    expect(plans.filter((plan) => plan.startsWith("no-token"))).toEqual([
      "no-token@1",
      "no-token@3",
    ]);
    expect(plans.filter((plan) => plan.startsWith("repeated-marker"))).toEqual([
      "repeated-marker@2",
    ]);
    expect(plans.filter((plan) => plan.startsWith("kill-in-body"))).toEqual([
      "kill-in-body@1",
      "kill-in-body@2",
      "kill-in-body@1,again",
      "kill-in-body@2,again",
    ]);
    expect(plans).toEqual(expect.arrayContaining(["twice", "late"]));
    expect(new Set(plans).size).toBe(plans.length);
  });

  test("can each be repeated by its command", () => {
    for (const each of casesAtEveryPosition(clean)) {
      const text = commandFor(each).split(" --plan ")[1] ?? "";
      expect(parsePlan(text)).toEqual(each.plan);
    }
  });

  test("are tried in part at every change, with every kind of fault in it", () => {
    const all = casesAtEveryPosition(clean);
    const part = all.filter(isInPart);
    expect(part.length).toBeLessThan(all.length);
    const kinds = (cases: typeof all) =>
      new Set(cases.flatMap(({ plan }) => plan.faults.map(({ name }) => name)));
    expect(kinds(part)).toEqual(kinds(all));
  });

  test("leave silence that lasts to the SDK's own clients", () => {
    expect(plansOf(clean)).not.toContain("trickled@1");
    const patient = patientCases(clean).map(({ plan }) => formatPlan(plan));
    expect(patient).toContain("trickled@3,patient");
  });
});

describe("mixtures", () => {
  test("are the same for the same seed, and others for another", () => {
    const mixed = (seed: number) => mixedCases([clean], { seed, count: 20 });
    expect(mixed(7)).toEqual(mixed(7));
    expect(mixed(7)).not.toEqual(mixed(8));
    expect(mixed(7)).toHaveLength(20);
  });

  test("have two or three faults that pass", () => {
    for (const { plan } of mixedCases([clean], { seed: 1, count: 50 })) {
      expect([2, 3]).toContain(plan.faults.length);
      expect(plan.faults.map(({ name }) => name)).not.toContain("400");
    }
  });

  test("of no handlers are none", () => {
    expect(mixedCases([], { seed: 1, count: 5 })).toEqual([]);
  });
});

test("an event that two sandboxes get is one case, as often as wanted", () => {
  const cases = twiceCases("aws", 3);
  expect(cases.map(({ plan }) => formatPlan(plan))).toEqual(["twice", "twice", "twice"]);
});
