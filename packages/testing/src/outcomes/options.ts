import * as z from "zod/mini";
import { exactly, oneOf, read } from "../input/schema.ts";
import { type Outcome, OUTCOMES } from "./observation.ts";

/** `"text"`: in the terminal. `"json"`, `"html"`: `outcomes.json` and `outcomes.html` in the folder of reports. */
export type OutcomeReporter = "text" | "json" | "html";

/** Settings of outcome coverage. */
export interface OutcomeOptions {
  /** Default: `["text"]`. */
  readonly reporter?: readonly OutcomeReporter[] | undefined;
  /**
   * Per cent of the possible outcomes that tests must have seen; below it the run fails, and where there is nothing to
   * count. Default: none.
   */
  readonly threshold?: number | undefined;
  /**
   * Which functions count: names of functions (what tests call them, or what they are exported as), or of the files that
   * export them. `*` stands for any text without a
   * slash, `**` for any text. Default: all.
   */
  readonly include?: readonly string[] | undefined;
  /** Outcomes that do not count: `["interrupted"]`. Default: none. */
  readonly ignore?: readonly Outcome[] | undefined;
  /** The folder for files, from the root of the project. Default: `"outcomes"`. */
  readonly reportsDirectory?: string | undefined;
}

/** Settings, checked and complete. */
export interface OutcomeSettings {
  readonly reporter: readonly OutcomeReporter[];
  readonly threshold: number | undefined;
  readonly include: readonly string[];
  readonly ignore: readonly Outcome[];
  readonly reportsDirectory: string;
}

const texts = z.array(z.string("a text"), "a list of texts");
const folder = z.string("a folder").check(z.minLength(1, "a folder"));
const percentage = z
  .number("a percentage from 0 to 100")
  .check(z.gte(0, "a percentage from 0 to 100"), z.lte(100, "a percentage from 0 to 100"));

const given = z.object({
  outcomes: exactly(
    {
      reporter: z._default(z.array(oneOf("text", "json", "html"), "a list of reporters"), ["text"]),
      threshold: z.optional(percentage),
      include: z._default(texts, ["**"]),
      ignore: z._default(z.array(oneOf(...OUTCOMES), "a list of outcomes"), []),
      reportsDirectory: z._default(folder, "outcomes"),
    } satisfies Record<keyof OutcomeOptions, z.ZodMiniType>,
    { unknown: "There is no setting", wanted: "an object of settings" },
  ),
});

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
  const { threshold, ...settings } = read(given, { outcomes: options }, "settings").outcomes;
  return { ...settings, threshold };
}

/** Whether a function counts, by any of what it goes by. */
export function includedBy(patterns: readonly string[]): (names: readonly string[]) => boolean {
  const expressions = patterns.map(expressionOf);
  return (names) => expressions.some((expression) => names.some((name) => expression.test(name)));
}

function expressionOf(pattern: string): RegExp {
  const source = pattern
    .replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll(/\*\*\/?|\*/g, (stars) => (stars === "*" ? "[^/]*" : ".*"));
  return new RegExp(`^${source}$`, "u");
}
