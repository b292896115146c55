import { InvalidArgumentError } from "@durabletest/runtime";
import { describeValue } from "@durabletest/runtime/protocol";
import { formatOffset } from "../print/offset.ts";
import { labelOf } from "../operations/names.ts";
import { namedCallbacks } from "../operations/tree.ts";
import { deadlinesOf } from "../print/deadlines.ts";
import { nearMisses } from "../input/near-misses.ts";
import type {
  CallbackOperation,
  ChainedInvokeOperation,
  ContextOperation,
  Operation,
  StepOperation,
  WaitOperation,
} from "../operation.ts";
import type { DurableResult } from "../result.ts";
import { difference } from "./difference.ts";
import {
  type MatcherContext,
  type MatcherResult,
  matchesPattern,
  type Pattern,
} from "./framework.ts";
import { type Mismatch, mismatches } from "./mismatches.ts";
import { evidence, message, standing } from "./report.ts";
import { timelineSection } from "../print/timeline-section.ts";
import { checkName, subjectOf } from "./subject.ts";

const CANDIDATES_SHOWN = 3;
const LINES_SHOWN = 10;
const PROPERTIES_SHOWN = 5;

/** Some properties of an operation. */
export type OperationPattern =
  | Pattern<CallbackOperation>
  | Pattern<StepOperation>
  | Pattern<WaitOperation>
  | Pattern<ContextOperation>
  | Pattern<ChainedInvokeOperation>;

/** Some properties of a callback. */
export type CallbackPattern = Pattern<CallbackOperation>;

export function toHaveOperation(
  context: MatcherContext,
  received: unknown,
  name: string,
  partial?: OperationPattern,
): MatcherResult {
  const matcher = "toHaveOperation";
  const { result, hint } = subjectOf(context, matcher, received, "name", ...optional(partial));
  checkName(matcher, name);
  const { operations } = result;
  return judge(context, {
    what: "operation",
    name,
    partial,
    hint,
    result,
    named: operations.filter((operation) => operation.name === name),
    names: operations.flatMap((operation) => operation.name ?? []),
  });
}

export function toHaveCallback(
  context: MatcherContext,
  received: unknown,
  name: string,
  partial?: CallbackPattern,
): MatcherResult {
  const matcher = "toHaveCallback";
  const { result, hint } = subjectOf(context, matcher, received, "name", ...optional(partial));
  checkName(matcher, name);
  const { named, names } = callbacksOf(result, name);
  return judge(context, { what: "callback", name, partial, hint, result, named, names });
}

export function toBeWaitingFor(
  context: MatcherContext,
  received: unknown,
  callbackName: string,
): MatcherResult {
  const { result, hint } = subjectOf(context, "toBeWaitingFor", received, "callbackName");
  checkName("toBeWaitingFor", callbackName);
  const { named, names } = callbacksOf(result, callbackName);
  const { operations, pendingCallbacks } = result;
  // Those of executions that this one has invoked bear the name they answer to.
  const pass = pendingCallbacks.some((callback) =>
    operations.includes(callback) ? named.includes(callback) : callback.name === callbackName,
  );
  return {
    pass,
    message: () => {
      if (pass) return message(hint, `Callback "${callbackName}" is open.`);
      const known =
        named.length === 0
          ? noneOf(result, "callback", callbackName, names)
          : standOf(result, named);
      return message(hint, known, standing(result, context), evidence(result));
    },
  };
}

export function toHaveTimedOut(
  context: MatcherContext,
  received: unknown,
  callbackName: string,
): MatcherResult {
  const { result, hint } = subjectOf(context, "toHaveTimedOut", received, "callbackName");
  checkName("toHaveTimedOut", callbackName);
  const { named, names } = callbacksOf(result, callbackName);
  const pass = named.some(({ status }) => status === "TIMED_OUT");
  return {
    pass,
    message: () => {
      if (named.length === 0) {
        const none = noneOf(result, "callback", callbackName, names);
        return message(hint, none, timelineSection(result));
      }
      const stand = standOf(result, named);
      if (pass) return message(hint, stand);
      return message(hint, stand, standing(result, context), evidence(result));
    },
  };
}

export function toHaveInvocations(
  context: MatcherContext,
  received: unknown,
  count: number,
): MatcherResult {
  const { result, hint } = subjectOf(context, "toHaveInvocations", received, "count");
  if (!Number.isInteger(count) || count < 0) {
    throw new InvalidArgumentError(
      `toHaveInvocations: ${describeValue(count)} is no number of invocations.`,
    );
  }
  const { length } = result.invocations;
  const pass = length === count;
  const { utils } = context;
  return {
    pass,
    message: () =>
      message(
        hint,
        `Expected: ${pass ? "not " : ""}${utils.printExpected(count)}\nReceived: ${utils.printReceived(length)}`,
        timelineSection(result),
      ),
  };
}

interface Search {
  readonly what: "operation" | "callback";
  readonly name: string;
  readonly partial: object | undefined;
  readonly hint: string;
  readonly result: DurableResult<unknown>;
  /** Those that have the name. */
  readonly named: readonly Operation[];
  /** All the names there are. */
  readonly names: readonly string[];
}

function judge(context: MatcherContext, search: Search): MatcherResult {
  const { what, name, partial, hint, result, named, names } = search;
  if (partial !== undefined && (typeof partial !== "object" || partial === null)) {
    throw new InvalidArgumentError(
      `${hint}\n\n${describeValue(partial)} are no properties of an operation.`,
    );
  }
  const matching =
    partial === undefined
      ? named
      : named.filter((operation) => matchesPattern(context, operation, partial));
  return {
    pass: matching.length > 0,
    message: () => {
      if (matching.length > 0) return message(hint, standOf(result, matching));
      if (named.length === 0) {
        return message(hint, noneOf(result, what, name, names), timelineSection(result));
      }
      const candidates = closestFirst(context, named, partial);
      const sections = candidates.slice(0, CANDIDATES_SHOWN).map((candidate, rank) => {
        const { index, operation, differing } = candidate;
        const isClosest = rank === 0 && differing.length < (candidates[1]?.differing.length ?? 0);
        const subject =
          candidates.length === 1
            ? `${what} "${name}"`
            : `Number ${index}${isClosest ? ", which comes closest," : ""}`;
        const hints = differing.map(({ hint: text }) => text).filter((text) => text !== "");
        return message(
          `${subject} differs in ${pathList(differing)}:`,
          hints.slice(0, PROPERTIES_SHOWN).join("\n"),
          difference(context, operation, partial, "pattern"),
        );
      });
      const none = `${named.length} of the name "${name}" have started, and none is as expected.`;
      const all = candidates.length === 1 ? "" : none;
      return message(hint, all, ...sections, timelineSection(result));
    },
  };
}

interface Candidate {
  /** Which one of its name, in order of start. */
  readonly index: number;
  readonly operation: Operation;
  readonly differing: readonly Mismatch[];
}

/** Those that differ in the fewest properties come first. */
function closestFirst(
  context: MatcherContext,
  named: readonly Operation[],
  partial: unknown,
): readonly Candidate[] {
  return named
    .map((operation, index) => ({
      index,
      operation,
      differing: mismatches(context, operation, partial),
    }))
    .toSorted((a, b) => a.differing.length - b.differing.length);
}

function pathList(differing: readonly Mismatch[]): string {
  const paths = differing.slice(0, PROPERTIES_SHOWN).map(({ path }) => path);
  const left = differing.length - paths.length;
  return [...paths, ...(left === 0 ? [] : [`${left} more`])].join(", ");
}

function callbacksOf(
  { operations }: DurableResult<unknown>,
  wanted: string,
): { readonly named: readonly CallbackOperation[]; readonly names: readonly string[] } {
  const all = namedCallbacks(operations);
  return {
    named: all.filter(({ name }) => name === wanted).map(({ callback }) => callback),
    names: all.flatMap(({ name }) => name ?? []),
  };
}

/** That none of a name has started, with near misses. */
export function noneOf(
  { operations }: DurableResult<unknown>,
  what: string,
  name: string,
  names: readonly string[],
): string {
  const rest = names.length === 0 ? ` No named ${what} has.` : nearMisses(name, names);
  const other = operations.find((operation) => operation.name === name);
  const isCalledSo = other === undefined ? "" : ` The ${labelOf(other)} is no ${what}.`;
  return `No ${what} ${JSON.stringify(name)} has started.${rest}${isCalledSo}`;
}

/** How the operations of a name stand, a line each. */
function standOf({ startedAt }: DurableResult<unknown>, operations: readonly Operation[]): string {
  const offset = (at: Date): string => formatOffset(at, startedAt);
  const lines = operations.slice(0, LINES_SHOWN).map((operation) => {
    const { status, endedAt } = operation;
    const end = endedAt === undefined ? "" : `, ended at ${offset(endedAt)}`;
    return `${labelOf(operation)} is ${status}: started at ${offset(operation.startedAt)}${end}${deadlinesOf(operation, offset)}`;
  });
  const left = operations.length - lines.length;
  return [...lines, ...(left === 0 ? [] : [`and ${left} more`])].join("\n");
}

function optional(partial: unknown): readonly string[] {
  return partial === undefined ? [] : ["partial"];
}
