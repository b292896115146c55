import type { ExplorationReport, ExploredOutcome } from "@durabletest/testing/explore";
import type { Failure, ShardOutcome } from "./shard-outcome.ts";

/** What came of an exploration, all its parts together. */
export type Explored =
  | { readonly kind: "failure"; readonly failure: Failure }
  | { readonly kind: "error"; readonly code: string; readonly message: string }
  | { readonly kind: "report"; readonly report: ExplorationReport };

/** Parts to a whole. Two parts may have met the same history, so that `distinct` is at least what it says. */
export function merge(outcomes: readonly ShardOutcome[]): Explored {
  const reports = outcomes.flatMap((outcome) =>
    outcome.kind === "report" ? [outcome.report] : [],
  );
  const problem = outcomes.find(
    (outcome) => outcome.kind !== "report" && !isOfThisPartOnly(outcome, reports),
  );
  if (problem !== undefined && problem.kind !== "report") return problem;
  return {
    kind: "report",
    report: {
      runs: sum(reports.map(({ runs }) => runs)),
      distinct: Math.max(0, ...reports.map(({ distinct }) => distinct)),
      exhausted: reports.some(({ exhausted }) => exhausted),
      outcomes: mergeOutcomes(reports.flatMap((report) => report.outcomes)),
      elapsedMs: Math.max(0, ...reports.map(({ elapsedMs }) => elapsedMs)),
    },
  };
}

/** That something never came up is no error if it did in another part. */
function isOfThisPartOnly(outcome: ShardOutcome, reports: readonly ExplorationReport[]): boolean {
  return outcome.kind === "error" && outcome.code === "UNUSED_SCRIPTS" && reports.length > 0;
}

function mergeOutcomes(outcomes: readonly ExploredOutcome[]): readonly ExploredOutcome[] {
  const merged = new Map<string, ExploredOutcome>();
  for (const outcome of outcomes) {
    const key = JSON.stringify([outcome.status, outcome.result, outcome.error]);
    const known = merged.get(key);
    merged.set(key, { ...(known ?? outcome), count: (known?.count ?? 0) + outcome.count });
  }
  return [...merged.values()].toSorted((a, b) => b.count - a.count);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
