import { InvalidArgumentError } from "@durabletest/runtime";
import { describeValue } from "@durabletest/runtime/protocol";
import type { StepOperation } from "../operation.ts";
import { havingName, namesLike } from "../operations/find.ts";
import { operationNames } from "../operations/names.ts";
import { operationTree } from "../operations/tree.ts";
import { timelineSection } from "../print/timeline-section.ts";
import type { DurableResult } from "../result.ts";
import type { MatcherContext, MatcherResult } from "./framework.ts";
import { noneOf } from "./operations.ts";
import { message } from "./report.ts";
import { checkName, subjectOf } from "./subject.ts";

const STEPS_SHOWN = 10;

export function toHaveRun(
  context: MatcherContext,
  received: unknown,
  stepName: string,
  times?: number,
): MatcherResult {
  const matcher = "toHaveRun";
  const expected = times === undefined ? [] : ["times"];
  const { result, hint } = subjectOf(context, matcher, received, "stepName", ...expected);
  checkName(matcher, stepName);
  if (times !== undefined && (!Number.isInteger(times) || times < 0)) {
    throw new InvalidArgumentError(`${matcher}: ${describeValue(times)} is no number of runs.`);
  }
  const { operations } = result;
  const all = operations.filter((operation) => operation.type === "STEP");
  const steps = havingName(operations, all, stepName);
  if (steps.length === 0) {
    const names = namesLike(operations, all, stepName);
    return {
      pass: times === 0,
      message: () =>
        message(hint, noneOf(result, "step", stepName, names), timelineSection(result)),
    };
  }
  const runs = times === undefined ? undefined : sumOfRuns(steps, hint);
  // Where it could not be observed whether one has run, it has.
  const pass = times === undefined ? steps.some((step) => step.runs !== 0) : runs === times;
  return {
    pass,
    message: () => {
      const { utils } = context;
      const counts =
        times === undefined
          ? ""
          : `Expected runs: ${pass ? "not " : ""}${utils.printExpected(times)}\nReceived runs: ${utils.printReceived(runs)}`;
      const isSaid = pass && steps.length === 1 && times !== undefined;
      const why = isSaid ? "" : runsOf(result, steps);
      return message(hint, counts, why, pass ? "" : timelineSection(result));
    },
  };
}

/** @throws InvalidArgumentError where not all of them were observed: whatever the matcher said might be wrong. */
function sumOfRuns(steps: readonly StepOperation[], hint: string): number {
  return steps.reduce((sum, { name, runs }) => {
    if (runs !== undefined) return sum + runs;
    throw new InvalidArgumentError(
      `${hint}\n\nHow often step ${JSON.stringify(name)} ran could not be observed: an invocation died, and AWS's SDK does not tell whether it had got there. Count in the test's own fake of what the step calls.`,
    );
  }, 0);
}

/** How often each has run, a line each. */
function runsOf({ operations }: DurableResult<unknown>, steps: readonly StepOperation[]): string {
  const names = operationNames(operationTree(operations));
  const lines = steps.slice(0, STEPS_SHOWN).map((step) => {
    const { runs, completedRuns, status, attempt } = step;
    const ran = runs === undefined ? "an unknown number of times" : counted(runs);
    const unfinished = runs === undefined ? 0 : runs - (completedRuns ?? 0);
    const cutOff = unfinished === 0 ? "" : `, ${unfinished} of them not to the end`;
    const verb = runs === 0 ? "did not run" : `ran ${ran}`;
    return `${names.path(step)} ${verb}${cutOff}: ${status}, attempt ${attempt}`;
  });
  const left = steps.length - lines.length;
  return [...lines, ...(left === 0 ? [] : [`and ${left} more`])].join("\n");
}

function counted(runs: number): string {
  return runs === 1 ? "once" : `${runs} times`;
}
