import { InvalidArgumentError } from "@durabletest/runtime";
import { describeValue } from "@durabletest/runtime/protocol";
import { nearMisses } from "../input/near-misses.ts";
import { type Outcome, OUTCOMES } from "./observation.ts";

/** `"text"`: in the terminal. `"json"`, `"html"`: `outcomes.json` and `outcomes.html` in the folder of reports. */
export type OutcomeReporter = "text" | "json" | "html";

const REPORTERS: readonly OutcomeReporter[] = ["text", "json", "html"];

/** Settings of outcome coverage. */
export interface OutcomeOptions {
  /** Default: `["text"]`. */
  readonly reporter?: readonly OutcomeReporter[] | undefined;
  /** Per cent of the possible outcomes that tests must have seen; below it the run fails. Default: none. */
  readonly threshold?: number | undefined;
  /**
   * Which functions count: names of functions, or of the files that export them. `*` stands for any text without a
   * slash, `**` for any text. Default: all.
   */
  readonly include?: readonly string[] | undefined;
  /** Outcomes that do not count: `["interrupted"]`. Default: none. */
  readonly ignore?: readonly Outcome[] | undefined;
  /** The folder for files, from the root of the project. Default: `"outcomes"`. */
  readonly reportsDirectory?: string | undefined;
}

/** Settings, checked and complete. */
export interface OutcomeSettings extends Required<Omit<OutcomeOptions, "threshold">> {
  readonly reporter: readonly OutcomeReporter[];
  readonly threshold: number | undefined;
  readonly include: readonly string[];
  readonly ignore: readonly Outcome[];
  readonly reportsDirectory: string;
}

const NAMES: readonly (keyof OutcomeOptions)[] = [
  "reporter",
  "threshold",
  "include",
  "ignore",
  "reportsDirectory",
];

/**
 * Checks settings, and completes them. For plugins of test frameworks.
 *
 * @throws InvalidArgumentError when one cannot be right.
 *
 * @example
 * ```ts
 * const settings = checkOutcomeOptions({ threshold: 90 }); // settings.reporter: ["text"]
 * ```
 */
export function checkOutcomeOptions(options: OutcomeOptions): OutcomeSettings {
  if (typeof options !== "object" || options === null) {
    throw new InvalidArgumentError(`outcomes: ${describeValue(options)} is no object of settings.`);
  }
  for (const key of Object.keys(options)) {
    if (NAMES.some((name) => name === key)) continue;
    throw new InvalidArgumentError(
      `outcomes: There is no setting ${JSON.stringify(key)}.${nearMisses(key, NAMES)}`,
    );
  }
  const {
    reporter = ["text"],
    threshold,
    include = ["**"],
    ignore = [],
    reportsDirectory = "outcomes",
  } = options;
  listOf(reporter, "reporter", REPORTERS);
  listOf(ignore, "ignore", OUTCOMES);
  listOf(include, "include");
  const isPercentage = typeof threshold === "number" && threshold >= 0 && threshold <= 100;
  if (threshold !== undefined && !isPercentage) {
    throw new InvalidArgumentError(
      `outcomes.threshold: ${describeValue(threshold)} is no percentage from 0 to 100.`,
    );
  }
  if (typeof reportsDirectory !== "string" || reportsDirectory === "") {
    throw new InvalidArgumentError(
      `outcomes.reportsDirectory: ${describeValue(reportsDirectory)} is no folder.`,
    );
  }
  return { reporter, threshold, include, ignore, reportsDirectory };
}

function listOf(values: unknown, name: string, known?: readonly string[]): void {
  if (!isTexts(values)) {
    throw new InvalidArgumentError(
      `outcomes.${name}: ${describeValue(values)} is no list of texts.`,
    );
  }
  for (const value of values) {
    if (known === undefined || known.includes(value)) continue;
    throw new InvalidArgumentError(
      `outcomes.${name}: There is no ${JSON.stringify(value)}.${nearMisses(value, known)}`,
    );
  }
}

function isTexts(values: unknown): values is readonly string[] {
  return Array.isArray(values) && values.every((value) => typeof value === "string");
}

/** Whether a function counts. */
export function includedBy(
  patterns: readonly string[],
): (name: string, file: string | undefined) => boolean {
  const expressions = patterns.map(expressionOf);
  return (name, file = "") =>
    expressions.some((expression) => expression.test(name) || expression.test(file));
}

function expressionOf(pattern: string): RegExp {
  const source = pattern
    .replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll(/\*\*\/?|\*/g, (stars) => (stars === "*" ? "[^/]*" : ".*"));
  return new RegExp(`^${source}$`, "u");
}
