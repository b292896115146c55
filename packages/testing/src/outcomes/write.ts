import { outcomesAsHtml } from "./html.ts";
import type { ObservedFunction } from "./observation.ts";
import { includedBy, type OutcomeSettings } from "./options.ts";
import { namesOf, type OutcomeReport, reportOutcomes, type Shard } from "./report.ts";
import { outcomesAsText } from "./text.ts";

// Not imported: see surroundings/builtins.ts.
const { mkdirSync, writeFileSync } = process.getBuiltinModule("node:fs");
const { join, resolve } = process.getBuiltinModule("node:path");

/** Where a report goes. */
export interface WriteOptions {
  /** The root of the project. */
  readonly root: string;
  /** Writes into the terminal. */
  readonly print: (text: string) => void;
  /** What runs is a part of the tests: what was seen is kept to be merged with the others. */
  readonly shard?: Shard | undefined;
}

/** What has come of a report of outcomes. */
export interface WrittenReport {
  readonly report: OutcomeReport;
  /** Why the run fails; undefined: it does not. */
  readonly failure: string | undefined;
}

/**
 * Prints and writes what a run of tests has seen. Of a shard there is no threshold: `outcomes.1-2.json` has what it
 * has seen. For plugins of test frameworks.
 *
 * @example
 * ```ts
 * const settings = checkOutcomeOptions({ threshold: 90 });
 * const where = { root: process.cwd(), print: console.log };
 * const { failure } = writeOutcomes(collector.take(), settings, where);
 * if (failure !== undefined) process.exitCode = 1;
 * ```
 */
export function writeOutcomes(
  observed: readonly ObservedFunction[],
  settings: OutcomeSettings,
  { root, print, shard }: WriteOptions,
): WrittenReport {
  const { reporter, include, ignore, reportsDirectory } = settings;
  const report = { ...reportOutcomes(observed, { includes: includedBy(include), ignore }), shard };
  const directory = resolve(root, reportsDirectory);
  const write = (file: string, text: string): void => {
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, file), text);
  };
  const json = `${JSON.stringify(report, undefined, 2)}\n`;
  if (shard !== undefined) {
    write(`outcomes.${shard.index}-${shard.count}.json`, json);
    return { report, failure: undefined };
  }
  if (reporter.includes("text")) print(outcomesAsText(report));
  if (reporter.includes("json")) write("outcomes.json", json);
  if (reporter.includes("html")) write("outcomes.html", outcomesAsHtml(report));
  return { report, failure: failureOf(report, settings) };
}

function failureOf(report: OutcomeReport, settings: OutcomeSettings): string | undefined {
  const { seen, possible, percent } = report;
  const { threshold = 0 } = settings;
  if (threshold === 0) return undefined;
  if (possible === 0) {
    return `Outcome coverage: there is a threshold of ${threshold} %, and nothing to count. ${whyNothing(report, settings)}`;
  }
  if ((seen * 100) / possible >= threshold) return undefined;
  return `Outcome coverage: tests have seen ${seen} of ${possible} possible outcomes, ${percent} %, which is below the threshold of ${threshold} %.`;
}

/** So many names are shown. */
const NAMES_SHOWN = 10;

function whyNothing({ observed }: OutcomeReport, { include }: OutcomeSettings): string {
  if (observed.length === 0) {
    return "No test has executed anything, or none was listened to: in Jest, each of the projects in `projects` needs the preset; node:test needs --import with the module that collects.";
  }
  if (observed.some((each) => includedBy(include)(namesOf(each)))) {
    return "`ignore` has all outcomes of what was executed.";
  }
  const names = observed.map((each) => namesOf(each).join(", "));
  const left = names.length - NAMES_SHOWN;
  const shown = [...names.slice(0, NAMES_SHOWN), ...(left > 0 ? [`and ${left} more`] : [])];
  return `Nothing that was executed is in \`include\` (${include.join(", ")}). What was executed goes by these names: ${shown.join("; ")}.`;
}
