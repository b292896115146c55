import { outcomesAsHtml } from "./html.ts";
import type { ObservedFunction } from "./observation.ts";
import { includedBy, type OutcomeSettings } from "./options.ts";
import { type OutcomeReport, reportOutcomes } from "./report.ts";
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
  /** What runs is a part of the tests: others have the rest, and what was seen is kept for them to be merged with. */
  readonly shard?: { readonly index: number; readonly count: number } | undefined;
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
  const { reporter, threshold, include, ignore, reportsDirectory } = settings;
  const report = reportOutcomes(observed, { includes: includedBy(include), ignore });
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
  const isBelow = threshold !== undefined && (report.seen * 100) / report.possible < threshold;
  return { report, failure: isBelow ? belowThreshold(report, threshold) : undefined };
}

function belowThreshold({ seen, possible, percent }: OutcomeReport, threshold: number): string {
  return `Outcome coverage: tests have seen ${seen} of ${possible} possible outcomes, ${percent} %, which is below the threshold of ${threshold} %.`;
}
