import { DurableError, InvalidArgumentError } from "@durabletest/runtime";
import { asError, describeValue } from "@durabletest/runtime/protocol";
import type { ObservedFunction } from "./observation.ts";
import { checkOutcomeOptions, type OutcomeOptions } from "./options.ts";
import type { OutcomeReport } from "./report.ts";
import { writeOutcomes } from "./write.ts";

// Not imported: see surroundings/builtins.ts.
const { readFileSync } = process.getBuiltinModule("node:fs");

/** Tests have seen fewer of the possible outcomes than they must. */
export class OutcomeThresholdError extends DurableError {
  override readonly name = "OutcomeThresholdError";
  readonly code = "OUTCOME_THRESHOLD";
}

/**
 * Merges what several runs of tests have seen, shards or different frameworks, and reports it as one run would.
 *
 * @param files - JSON reports: `outcomes.json` of a run, `outcomes.1-2.json` of a shard.
 * @throws OutcomeThresholdError when it is below the threshold, after everything has been written.
 * @throws InvalidArgumentError when an option cannot be right, or a file is no such report.
 *
 * @example
 * ```ts
 * // merge-outcomes.mjs, after `jest --shard=1/2` and `jest --shard=2/2`
 * mergeOutcomes(["outcomes/outcomes.1-2.json", "outcomes/outcomes.2-2.json"], { threshold: 90 });
 * ```
 */
export function mergeOutcomes(
  files: readonly string[],
  options: OutcomeOptions = {},
): OutcomeReport {
  const settings = checkOutcomeOptions(options);
  if (!Array.isArray(files) || files.length === 0) {
    throw new InvalidArgumentError(
      `mergeOutcomes: ${describeValue(files)} is no list of files. Give it the JSON reports of the runs.`,
    );
  }
  const { report, failure } = writeOutcomes(files.flatMap(readObservations), settings, {
    root: process.cwd(),
    print: (text) => process.stdout.write(`${text}\n`),
  });
  if (failure !== undefined) throw new OutcomeThresholdError(failure);
  return report;
}

function readObservations(file: string): readonly ObservedFunction[] {
  let report: Partial<OutcomeReport> | null;
  try {
    report = JSON.parse(readFileSync(file, "utf8")) as Partial<OutcomeReport> | null;
  } catch (cause) {
    throw new InvalidArgumentError(
      `mergeOutcomes: ${file} cannot be read: ${asError(cause).message}`,
      { cause },
    );
  }
  const { version, observed } = report ?? {};
  if (version === 1 && observed !== undefined) return observed;
  throw new InvalidArgumentError(
    `mergeOutcomes: ${file} is no report of outcomes. It is written with reporter: ["json"], and by every shard.`,
  );
}
