import { InvalidArgumentError } from "@durabletest/runtime";
import { describeValue } from "@durabletest/runtime/protocol";
import { nearMisses } from "../input/near-misses.ts";

/** Where the reports of failed tests go. */
export interface ReportOptions {
  /** The folder, from the root of the project. Default: `".durabletest"`. */
  readonly folder?: string | undefined;
}

/**
 * The environment variable that says where the reports of failed tests go: the name of a folder, or `false` for none.
 * Plugins set it for the processes that run tests; set by hand, it counts before what they are told.
 */
export const REPORTS_VARIABLE = "DURABLETEST_REPORTS";

/** Where reports go when nobody has said so. */
export const DEFAULT_FOLDER = ".durabletest";

/**
 * Checks an option `reports` of a plugin.
 *
 * @returns the folder; `false` for no reports.
 * @throws InvalidArgumentError when it cannot be right.
 *
 * @example
 * ```ts
 * checkReportOptions({ folder: "reports" }); // "reports"
 * ```
 */
export function checkReportOptions(reports: boolean | ReportOptions): string | false {
  if (typeof reports === "boolean") return reports && DEFAULT_FOLDER;
  if (typeof reports !== "object" || reports === null) {
    throw new InvalidArgumentError(
      `reports: ${describeValue(reports)} is neither true, false nor an object of settings.`,
    );
  }
  const known = ["folder"];
  for (const key of Object.keys(reports)) {
    if (known.includes(key)) continue;
    throw new InvalidArgumentError(
      `reports: There is no setting ${JSON.stringify(key)}.${nearMisses(key, known)}`,
    );
  }
  const { folder = DEFAULT_FOLDER } = reports;
  if (typeof folder !== "string" || folder === "") {
    throw new InvalidArgumentError(`reports.folder: ${describeValue(folder)} is no folder.`);
  }
  return folder;
}
