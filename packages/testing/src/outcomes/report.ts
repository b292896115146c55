import { coveringScript } from "./covering-script.ts";
import { mergeObservations } from "./merge.ts";
import type { ObservedFunction, ObservedOperation, Outcome } from "./observation.ts";
import { type FunctionTree, functionTree, possibleOutcomes, seenOutcomes } from "./possible.ts";

/** How many outcomes there are, and how many of them some test has seen. */
export interface OutcomeFigures {
  readonly possible: number;
  readonly seen: number;
  /** Rounded down to one decimal: 100 means all. */
  readonly percent: number;
}

/** One outcome of an operation. */
export interface ReportedOutcome {
  readonly outcome: Outcome;
  readonly seen: boolean;
  /** What a test has to say so that it comes about, where it was not seen and one script does it. */
  readonly script?: string | undefined;
}

/** One operation, or the execution itself. */
export interface ReportedOperation extends OutcomeFigures {
  readonly kind: string;
  /** Of the execution: `""`. */
  readonly path: string;
  readonly outcomes: readonly ReportedOutcome[];
}

/** One function. */
export interface ReportedFunction extends OutcomeFigures {
  readonly name: string;
  /** The module that exports it, or the test file. */
  readonly file?: string | undefined;
  readonly operations: readonly ReportedOperation[];
}

/** A part of the tests: others have the rest. */
export interface Shard {
  /** From 1. */
  readonly index: number;
  readonly count: number;
}

/** Which outcomes there are, and which of them some test has seen: what the JSON report has. */
export interface OutcomeReport extends OutcomeFigures {
  readonly version: 1;
  readonly functions: readonly ReportedFunction[];
  /** Of a shard: which one it is, of how many. */
  readonly shard?: Shard | undefined;
  /** What was seen, for {@link mergeOutcomes}. */
  readonly observed: readonly ObservedFunction[];
}

/** What is counted. */
export interface ReportSettings {
  /** Whether a function is, by what it goes by ({@link namesOf}). Default: all are. */
  readonly includes?: ((names: readonly string[]) => boolean) | undefined;
  /** Outcomes that do not count. */
  readonly ignore?: readonly Outcome[] | undefined;
}

/** @param observed - by whomever, in any order. */
export function reportOutcomes(
  observed: readonly ObservedFunction[],
  { includes = () => true, ignore = [] }: ReportSettings = {},
): OutcomeReport {
  const merged = mergeObservations(observed);
  const functions = merged
    .filter((each) => includes(namesOf(each)))
    .map((each) => reportedFunction(each, new Set(ignore)))
    .filter(({ possible }) => possible > 0);
  return { version: 1, ...sum(functions), functions, observed: merged };
}

/** All that a function goes by: whatever tests call it, its export, its file. */
export function namesOf({ names, exported, file }: ObservedFunction): readonly string[] {
  return [...names, exported, file].filter((name) => name !== undefined);
}

function nameOf({ names, exported, id }: ObservedFunction): string {
  return names[0] ?? exported ?? id;
}

function reportedFunction(
  observed: ObservedFunction,
  ignored: ReadonlySet<Outcome>,
): ReportedFunction {
  const tree = functionTree(observed.operations);
  const operations = inOrder(tree).flatMap((operation): readonly ReportedOperation[] => {
    const seen = new Set(seenOutcomes(operation));
    const outcomes = possibleOutcomes(operation, tree)
      .filter((outcome) => !ignored.has(outcome))
      .map((outcome): ReportedOutcome =>
        seen.has(outcome)
          ? { outcome, seen: true }
          : { outcome, seen: false, script: coveringScript({ operation, outcome }, tree) },
      );
    const { kind, path }: ObservedOperation = operation;
    const seenCount = outcomes.filter((each) => each.seen).length;
    // One of which nothing counts has nothing to be seen.
    if (outcomes.length === 0) return [];
    return [{ kind, path, ...figures(outcomes.length, seenCount), outcomes }];
  });
  return { name: nameOf(observed), file: observed.file, ...sum(operations), operations };
}

/** Each operation, and then what is in it. */
function inOrder(tree: FunctionTree): readonly ObservedOperation[] {
  const ordered = new Set<ObservedOperation>();
  const add = (operation: ObservedOperation): void => {
    if (ordered.has(operation)) return;
    ordered.add(operation);
    for (const child of tree.childrenOf(operation)) add(child);
  };
  for (const operation of tree.operations) add(operation);
  return [...ordered];
}

function sum(parts: readonly OutcomeFigures[]): OutcomeFigures {
  return figures(
    parts.reduce((count, { possible }) => count + possible, 0),
    parts.reduce((count, { seen }) => count + seen, 0),
  );
}

function figures(possible: number, seen: number): OutcomeFigures {
  const percent = possible === 0 ? 100 : Math.floor((seen * 1000) / possible) / 10;
  return { possible, seen, percent };
}
