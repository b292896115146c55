import { type ErrorObject, InvalidArgumentError } from "@durabletest/runtime";
import { describeValue, errorToObject } from "@durabletest/runtime/protocol";
import { nearMisses } from "../input/near-misses.ts";
import { excerpt } from "../print/excerpt.ts";
import { parsePayload } from "../operation.ts";
import { difference } from "./difference.ts";
import {
  type AsymmetricMatch,
  isAsymmetric,
  isEqual,
  type MatcherContext,
  matchesPattern,
  type Pattern,
} from "./framework.ts";

/** A class of errors. */
export type ErrorClass = abstract new (...args: never) => Error;

/**
 * What an execution may be expected to have failed with.
 *
 * - a text: part of the message, or the whole of the type
 * - a regular expression: for the message
 * - a class of errors: its name is the type
 * - an error: its name is the type, and its message the message
 * - some of the fields of an `ErrorObject`
 * - an asymmetric matcher, for the whole `ErrorObject`
 */
export type ExpectedError =
  | string
  | RegExp
  | ErrorClass
  | Error
  | Pattern<ErrorObject>
  | AsymmetricMatch;

/** An expectation, ready to be asked and to be described. */
export interface ErrorExpectation {
  /** What was wanted, as the end of "It should have failed with …". */
  readonly description: string;
  matches(error: ErrorObject): boolean;
  /** What differs, where it can be shown side by side. */
  difference?(error: ErrorObject): string;
}

const FIELDS = ["ErrorType", "ErrorMessage", "ErrorData", "StackTrace"] as const;

/**
 * Reads what a test expects. It holds if it holds for the execution's error, or for one that this was
 * caused by: what a step threw arrives wrapped in a StepError.
 *
 * @throws InvalidArgumentError when it cannot be an expectation.
 */
export function errorExpectation(expected: unknown, context: MatcherContext): ErrorExpectation {
  const { utils } = context;
  if (typeof expected === "string") {
    return {
      description: `an error whose message contains, or whose type is, ${utils.printExpected(expected)}`,
      matches: ({ ErrorType, ErrorMessage = "" }) =>
        ErrorType === expected ||
        (expected === "" ? ErrorMessage === "" : ErrorMessage.includes(expected)),
    };
  }
  if (isTagged(expected, "RegExp")) {
    const pattern = expected as RegExp;
    return {
      description: `an error whose message matches ${utils.printExpected(pattern)}`,
      matches: ({ ErrorMessage = "" }) => ErrorMessage.search(pattern) !== -1,
    };
  }
  if (isErrorClass(expected)) {
    return {
      description: `an error of the type ${utils.printExpected(expected.name)}`,
      matches: ({ ErrorType }) => ErrorType === expected.name,
    };
  }
  if (isTagged(expected, "Error")) {
    const { name, message } = expected as Error;
    const wanted = { ErrorType: name, ErrorMessage: message };
    return {
      description: `the error ${utils.printExpected(`${name}: ${message}`)}`,
      matches: (error) => matchesPattern(context, error, wanted),
      difference: (error) => difference(context, error, wanted, "pattern"),
    };
  }
  if (isAsymmetric(expected)) {
    return {
      description: `an error like ${utils.printExpected(expected)}`,
      matches: (error) => isEqual(context, error, expected),
    };
  }
  const wanted = checkPattern(expected);
  return {
    description: "an error like the expected one",
    matches: (error) => matchesPattern(context, error, wanted),
    difference: (error) => difference(context, error, wanted, "pattern"),
  };
}

/** An error and those it was caused by or holds, as far as its data tells. */
export function causes(error: ErrorObject): readonly ErrorObject[] {
  return [error, ...heldBy(error).flatMap(causes)];
}

/** What stands in the data of an error: its cause, and what an AggregateError holds. */
function heldBy({ ErrorType, ErrorData }: ErrorObject): readonly ErrorObject[] {
  const data = parsePayload(ErrorData);
  if (typeof data !== "object" || data === null) return [];
  const errors: unknown = Reflect.get(data, "errors");
  const all: readonly unknown[] = Array.isArray(errors) ? errors : [];
  const isAggregated = ErrorType === "AggregateError" || all.some(errorIn);
  return [
    errorIn(Reflect.get(data, "cause")) ?? [],
    ...all.map((each) => errorIn(each) ?? (isAggregated ? thrownIn(each) : undefined) ?? []),
  ].flat();
}

/** What a promise was rejected with that is no error. */
function thrownIn(held: unknown): ErrorObject | undefined {
  if (typeof held !== "object" || held === null || !("value" in held)) return undefined;
  return errorToObject(held.value, true);
}

function errorIn(value: unknown): ErrorObject | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const ErrorType = textOf(value, "ErrorType");
  const ErrorMessage = textOf(value, "ErrorMessage");
  if (ErrorType === undefined && ErrorMessage === undefined) return undefined;
  const data: unknown = Reflect.get(value, "ErrorData");
  const ErrorData = data === undefined || typeof data === "string" ? data : JSON.stringify(data);
  return { ErrorType, ErrorMessage, ErrorData };
}

const LINES_OF_CAUSE = 4;

/** An error and its causes, for a message. */
export function describeCauses(error: ErrorObject): string {
  return causes(error)
    .map(({ ErrorType = "Error", ErrorMessage = "" }) =>
      excerpt(`${ErrorType}: ${ErrorMessage}`, { lines: LINES_OF_CAUSE }),
    )
    .join("\n  caused by ");
}

function textOf(data: object, key: string): string | undefined {
  const value: unknown = Reflect.get(data, key);
  return typeof value === "string" ? value : undefined;
}

/** Values of another realm (a Jest sandbox) are no `instanceof` anything. */
function isTagged(value: unknown, tag: "RegExp" | "Error"): boolean {
  return value instanceof Error
    ? tag === "Error"
    : Object.prototype.toString.call(value) === `[object ${tag}]`;
}

function isErrorClass(value: unknown): value is ErrorClass {
  if (typeof value !== "function") return false;
  const prototype: unknown = value.prototype;
  if (typeof prototype === "object" && prototype !== null && "message" in prototype) return true;
  throw new InvalidArgumentError(
    `toHaveFailedWith: ${describeValue(value)} is no class of errors. Give a class that extends Error, a text, a RegExp, an Error, or some fields of an ErrorObject.`,
  );
}

function checkPattern(expected: unknown): object {
  if (typeof expected !== "object" || expected === null || Array.isArray(expected)) {
    throw new InvalidArgumentError(
      `toHaveFailedWith: ${describeValue(expected)} is nothing an execution can fail with. Give a text, a RegExp, a class of errors, an Error, or some fields of an ErrorObject.`,
    );
  }
  const known: readonly string[] = FIELDS;
  const unknown = Object.keys(expected).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    throw new InvalidArgumentError(
      `toHaveFailedWith: an ErrorObject has no ${JSON.stringify(unknown)}.${nearMisses(unknown, FIELDS)}`,
    );
  }
  return expected;
}
