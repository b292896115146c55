import { InvalidArgumentError } from "@durabletest/runtime";
import { describeValue } from "@durabletest/runtime/protocol";
import { resultOf, whatIsWrong } from "../print/subject.ts";
import { type DurableResult, isDurableResult } from "../result.ts";
import type { MatcherContext } from "./framework.ts";

/** What a matcher was called on, and how that call reads. */
export interface Subject {
  readonly result: DurableResult<unknown>;
  /** The call, for the first line of a message. */
  readonly hint: string;
}

/**
 * The result a matcher is about.
 *
 * Whatever is none throws, also with `.not`: a test of something else than an execution proves nothing.
 *
 * @param expected - names of the matcher's arguments, as they stand in its signature.
 * @throws InvalidArgumentError
 */
export function subjectOf(
  context: MatcherContext,
  matcher: string,
  received: unknown,
  ...expected: readonly string[]
): Subject {
  const { isNot = false, promise = "" } = context;
  const name = isDurableResult(received) ? "result" : "runner";
  const [argument = "", secondArgument = ""] = expected;
  const hint = (subject: string): string =>
    context.utils.matcherHint(matcher, subject, argument, { isNot, promise, secondArgument });
  const result = resultOf(received);
  if (result === undefined) {
    throw new InvalidArgumentError(`${hint("received")}\n\n${whatIsWrong(received)}`);
  }
  if (result.history.length === 0) {
    throw new InvalidArgumentError(
      `${hint(name)}\n\nNothing has been started: await runner.run(input) first.`,
    );
  }
  return { result, hint: hint(name) };
}

/** @throws InvalidArgumentError unless it is a text that can be a name. */
export function checkName(matcher: string, name: unknown): string {
  if (typeof name === "string" && name !== "") return name;
  throw new InvalidArgumentError(`${matcher}: ${describeValue(name)} is no name.`);
}
