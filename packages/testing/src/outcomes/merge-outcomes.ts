import { DurableError, InvalidArgumentError } from "@durabletest/runtime";
import { asError, describeValue } from "@durabletest/runtime/protocol";
import { groupBy } from "../operations/group-by.ts";
import type { ObservedFunction } from "./observation.ts";
import { checkOutcomeOptions, type OutcomeOptions } from "./options.ts";
import type { OutcomeReport, Shard } from "./report.ts";
import { writeOutcomes } from "./write.ts";

// Not imported: see surroundings/builtins.ts.
const { readFileSync } = process.getBuiltinModule("node:fs");
const { dirname, resolve } = process.getBuiltinModule("node:path");

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
 * @throws InvalidArgumentError when an option cannot be right, a file is no such report, or a shard is missing.
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
  const reports = files.map(readReport);
  checkShards(reports);
  const observed = reports.flatMap((each) => each.observed);
  const { report, failure } = writeOutcomes(observed, settings, {
    root: process.cwd(),
    print: (text) => process.stdout.write(`${text}\n`),
  });
  if (failure !== undefined) throw new OutcomeThresholdError(failure);
  return report;
}

/** What is read of a file. */
interface ReadReport {
  readonly file: string;
  readonly observed: readonly ObservedFunction[];
  readonly shard: Shard | undefined;
}

function readReport(file: string): ReadReport {
  let report: Partial<OutcomeReport> | null;
  try {
    report = JSON.parse(readFileSync(file, "utf8")) as Partial<OutcomeReport> | null;
  } catch (cause) {
    throw new InvalidArgumentError(
      `mergeOutcomes: ${file} cannot be read: ${asError(cause).message}`,
      { cause },
    );
  }
  const { version, observed, shard } = report ?? {};
  if (version === 1 && observed !== undefined) return { file, observed, shard };
  throw new InvalidArgumentError(
    `mergeOutcomes: ${file} is no report of outcomes. It is written with reporter: ["json"], and by every shard.`,
  );
}

/** A part of what tests have seen would pass for all of it, and what earlier tests have seen for what these have. */
function checkShards(reports: readonly ReadReport[]): void {
  const shards = reports.flatMap(({ file, shard }) =>
    shard === undefined ? [] : [{ file, shard }],
  );
  for (const inFolder of groupBy(shards, ({ file }) => dirname(resolve(file))).values()) {
    const counts = [...new Set(inFolder.map(({ shard }) => shard.count))];
    if (counts.length > 1) {
      throw new InvalidArgumentError(
        `mergeOutcomes: ${inFolder.map(({ file }) => file).join(", ")} are of runs with ${counts.join(" and with ")} shards. Delete what an earlier run has left there, or leave it out.`,
      );
    }
  }
  for (const [count, ofCount] of groupBy(shards, ({ shard }) => shard.count)) {
    const there = new Set(ofCount.map(({ shard }) => shard.index));
    const missing = Array.from({ length: count }, (_, at) => at + 1).filter((at) => !there.has(at));
    if (missing.length > 0) {
      throw new InvalidArgumentError(
        `mergeOutcomes: of ${count} shards, ${missing.join(" and ")} ${missing.length === 1 ? "is" : "are"} missing. Each leaves a file; these are there: ${ofCount.map(({ file }) => file).join(", ")}`,
      );
    }
  }
}
