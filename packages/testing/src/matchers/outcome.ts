import { describeCauses, errorExpectation, type ExpectedError, causes } from "./expected-error.ts";
import { difference } from "./difference.ts";
import { isEqual, type MatcherContext, type MatcherResult } from "./framework.ts";
import { excerpt } from "../print/excerpt.ts";
import { evidence, isRunning, message, printedResult, standing } from "./report.ts";
import { timelineSection } from "../print/timeline-section.ts";
import { subjectOf } from "./subject.ts";

const LINES_EXPECTED = 15;

export function toHaveSucceeded(context: MatcherContext, received: unknown): MatcherResult {
  const { result, hint } = subjectOf(context, "toHaveSucceeded", received);
  const pass = result.status === "SUCCEEDED";
  return {
    pass,
    message: () => message(hint, standing(result, context), pass ? "" : evidence(result)),
  };
}

export function toHaveSucceededWith(
  context: MatcherContext,
  received: unknown,
  expected: unknown,
): MatcherResult {
  const { result, hint } = subjectOf(context, "toHaveSucceededWith", received, "expected");
  const { status } = result;
  const pass = status === "SUCCEEDED" && isEqual(context, result.result, expected);
  return {
    pass,
    message: () => {
      if (pass) return message(hint, `It succeeded with ${printedResult(result, context)}`);
      if (status === "SUCCEEDED") {
        const diff = difference(context, result.result, expected, "whole");
        return message(hint, diff, timelineSection(result));
      }
      const printed = context.utils.printExpected(expected);
      const wanted = `Expected result: ${excerpt(printed, { lines: LINES_EXPECTED })}`;
      return message(hint, wanted, standing(result, context), evidence(result));
    },
  };
}

export function toHaveFailedWith(
  context: MatcherContext,
  received: unknown,
  expected: ExpectedError,
): MatcherResult {
  const { result, hint } = subjectOf(context, "toHaveFailedWith", received, "expected");
  const expectation = errorExpectation(expected, context);
  const { error } = result;
  const pass = error !== undefined && causes(error).some((each) => expectation.matches(each));
  return {
    pass,
    message: () => {
      const not = pass ? "not " : "";
      const wanted = `It should ${not}have failed with ${expectation.description}.`;
      if (error === undefined) {
        return message(hint, wanted, standing(result, context), evidence(result));
      }
      if (pass) return message(hint, wanted, `It ${result.status}:\n  ${describeCauses(error)}`);
      const diff = expectation.difference?.(error) ?? "";
      const causedBy = causesSection(error);
      return message(hint, wanted, standing(result, context), causedBy, diff, evidence(result));
    },
  };
}

export function toBePending(context: MatcherContext, received: unknown): MatcherResult {
  const { result, hint } = subjectOf(context, "toBePending", received);
  const pass = result.status === "PENDING" && !isRunning(result);
  return {
    pass,
    message: () => message(hint, standing(result, context), evidence(result)),
  };
}

/** Only where there is more to say than the error itself does. */
function causesSection(error: Parameters<typeof causes>[0]): string {
  return causes(error).length > 1 ? `Causes:\n  ${describeCauses(error)}` : "";
}
