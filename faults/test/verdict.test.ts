import { describe, expect, test } from "vitest";
import type { FaultCase, Observation, ServiceRequest } from "../fault-case.ts";
import type { HandlerName } from "../handlers/specs.ts";
import { parsePlan } from "../plan.ts";
import { type Breach, judge, promiseOf } from "../verdict.ts";

const caseOf = (handler: HandlerName, plan: string): FaultCase => ({
  runtime: "durabletest",
  handler,
  plan: parsePlan(plan),
  row: "",
});

const seen: Observation = {
  status: "SUCCEEDED",
  result: "work",
  error: undefined,
  requests: [],
  effects: ["work"],
  deliveries: 1,
  broken: [],
  timedOut: 0,
  unhandled: [],
  struck: true,
};

const breachesOf = (
  handler: HandlerName,
  plan: string,
  observed: Partial<Observation>,
): readonly Breach[] => judge(caseOf(handler, plan), { ...seen, ...observed }).breaches;

const refused = (operation: "checkpoint" | "state"): readonly ServiceRequest[] => [
  { operation, fault: "400" },
];

describe("what is promised", () => {
  test("is that nothing is noticed, while the client has attempts left", () => {
    expect(promiseOf(caseOf("step", "none"), seen)).toBe("hidden");
    expect(promiseOf(caseOf("step", "503@1"), seen)).toBe("hidden");
    expect(promiseOf(caseOf("step", "503@1x3"), seen)).toBe("completes");
    expect(promiseOf(caseOf("step", "503@1,reset@1"), seen)).toBe("completes");
    expect(promiseOf(caseOf("step", "503@1,twice"), seen)).toBe("completes");
  });

  test("is the right result, whoever is killed and whatever is delivered again", () => {
    expect(promiseOf(caseOf("step", "kill@1"), seen)).toBe("completes");
    expect(promiseOf(caseOf("step", "late"), seen)).toBe("completes");
  });

  test("is the end of the execution, when a checkpoint was refused for good", () => {
    const plan = caseOf("step", "400@1");
    expect(promiseOf(plan, { requests: refused("checkpoint") })).toBe("fails");
    expect(promiseOf(plan, { requests: refused("state") })).toBe("completes");
  });
});

describe("a breach", () => {
  test("is not what runs as promised", () => {
    expect(breachesOf("step", "none", {})).toEqual([]);
    expect(breachesOf("step", "kill@2", { effects: ["work", "work"] })).toEqual([]);
    const charged = { result: "charge", effects: ["charge"] };
    expect(breachesOf("at-most-once", "kill@1", charged)).toEqual([]);
    const interrupted = { result: "interrupted", effects: [] };
    expect(breachesOf("at-most-once", "kill@1", interrupted)).toEqual([]);
    const failed = { status: "FAILED", result: undefined, requests: refused("checkpoint") };
    expect(breachesOf("step", "400@1", failed)).toEqual([]);
  });

  test("is another result than the right one", () => {
    expect(breachesOf("step", "kill@1", { result: "play" })).toEqual(["wrong result"]);
    expect(breachesOf("step", "kill@1", { status: "FAILED" })).toEqual(["failed"]);
    const notRefused = { requests: refused("checkpoint") };
    expect(breachesOf("step", "400@1", notRefused)).toEqual(["wrong result"]);
  });

  test("is an at-most-once body that ran twice, or that says it ran and did not", () => {
    const twice = { result: "charge", effects: ["charge", "charge"] };
    expect(breachesOf("at-most-once", "twice", twice)).toEqual(["more than once"]);
    const never = { result: "charge", effects: [] };
    expect(breachesOf("at-most-once", "twice", never)).toEqual(["wrong result"]);
  });

  test("is a body that never ran", () => {
    expect(breachesOf("step", "kill@1", { effects: [] })).toEqual(["not at least once"]);
  });

  test("is an execution that does not end, or only because its time was up", () => {
    expect(breachesOf("step", "kill@1", { status: undefined })).toEqual(["no end"]);
    expect(breachesOf("step", "kill@1", { status: "PENDING" })).toEqual(["no end"]);
    expect(breachesOf("step", "kill@1", { timedOut: 1 })).toEqual(["no end"]);
  });

  test("is a fault noticed that the client had attempts left for", () => {
    expect(breachesOf("step", "503@1", { effects: ["work", "work"] })).toEqual(["noticed"]);
    expect(breachesOf("step", "503@1", { broken: ["rejected"] })).toEqual(["noticed"]);
    const interrupted = { result: "interrupted", effects: ["charge"] };
    expect(breachesOf("at-most-once", "503@1", interrupted)).toEqual(["noticed"]);
  });

  test("is a rejection that nobody handled", () => {
    expect(breachesOf("step", "kill@1", { unhandled: ["Error"] })).toEqual(["unhandled rejection"]);
  });
});

test("bodies that ran again are counted", () => {
  const faultCase = caseOf("retry", "kill@3");
  const observed = { ...seen, result: "third time", effects: ["try", "try", "try", "try"] };
  expect(judge(faultCase, observed)).toEqual({ breaches: [], reruns: 1 });
});
