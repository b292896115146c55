import { describe, expect, test } from "vitest";
import { rowOf } from "../cases.ts";
import type { Observation } from "../fault-case.ts";
import type { RuntimeName } from "../messages.ts";
import { parsePlan } from "../plan.ts";
import { formatBreach, formatCounts, formatTables, type Played } from "../report.ts";
import { judge } from "../verdict.ts";

function played(runtime: RuntimeName, text: string, seen: Partial<Observation> = {}): Played {
  const plan = parsePlan(text);
  const faultCase = { runtime, handler: "step", plan, row: rowOf(plan) } as const;
  const observed: Observation = {
    status: "SUCCEEDED",
    result: "work",
    error: undefined,
    requests: [
      { operation: "checkpoint", fault: undefined },
      { operation: "checkpoint", fault: undefined },
    ],
    effects: ["work"],
    deliveries: 1,
    broken: [],
    timedOut: 0,
    unhandled: [],
    struck: true,
    ...seen,
  };
  return { faultCase, observed, verdict: judge(faultCase, observed) };
}

const brokenCase = played("aws", "kill@2", {
  status: "FAILED",
  result: undefined,
  error: "Error: gone",
});

const all: readonly Played[] = [
  played("durabletest", "none"),
  played("aws", "none"),
  played("durabletest", "kill@1"),
  played("durabletest", "kill@2", { effects: ["work", "work"] }),
  played("aws", "kill@1"),
  brokenCase,
];

describe("the report", () => {
  test("has a row for each fault, with both runtimes beside each other", () => {
    const { faults, requests } = formatTables(all);
    expect(faults).toContain("| none | nothing is noticed | 1 of 1 | 0 | 1 of 1 | 0 |");
    expect(faults).toContain(
      "| SIGKILL before the request is applied | right result | 2 of 2 | 1 | **1 of 2**: 1 failed | 0 |",
    );
    expect(requests).toContain("| step | 2 | 2 | 2 | 2 |");
  });

  test("says of a breach what was seen, and how to repeat it", () => {
    const breach = formatBreach(brokenCase);
    expect(breach).toContain("FAILED  pnpm faults --runtime aws --handler step --plan kill@2");
    expect(breach).toContain("Error: gone");
  });

  test("ends with a line of counts", () => {
    expect(formatCounts(all, 5)).toBe(
      "6 cases, 12 requests, 5 sandboxes, 0 plans not played to their end; durabletest: 3 as promised, 0 not; aws: 2 as promised, 1 not",
    );
  });
});
