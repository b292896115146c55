/**
 * The report of a failed test, in a file of its own: written when a test has failed, and nothing of it is loaded
 * before that.
 *
 * Owns: which tests of one name have failed so far. Does not own: what is in a report.
 * Invariants: nothing that goes wrong here fails a test, or hides why it has failed. The files are written through
 * Node itself, which a test file cannot mock, and at once, whatever has become of timers.
 */
import { appendText } from "../print/timeline-section.ts";
import type { DurableResult } from "../result.ts";
import { copiedError } from "./copied-error.ts";
import { hasMessage } from "./explain-failure.ts";
import { reportFileName } from "./report-name.ts";
import { DEFAULT_FOLDER, REPORTS_VARIABLE } from "./report-options.ts";

/** A test that has failed. */
export interface FailedTest {
  /** With the names of what it stands in. */
  readonly name: string;
  /** Its file. */
  readonly file?: string | undefined;
  /** The root of its project. Default: the folder in which the process runs. */
  readonly root?: string | undefined;
  /** The project of the test framework, where there are several. */
  readonly project?: string | undefined;
  /** What stays the same when the test is tried again, and is another one for another test of the same name. */
  readonly identity: object;
}

/**
 * Writes the reports of tests that fail.
 *
 * @returns what the failure is to end with: a paragraph with the file's path, or one line on why there is none;
 * nothing where no report is wanted, or nothing was executed.
 */
export type WriteFailureReport = (
  test: FailedTest,
  results: readonly DurableResult<unknown>[],
) => Promise<string | undefined>;

/** The heading under which a failure says where its report is. */
const REPORT_HEADING = "Report";

/**
 * For a plugin, once for all the tests that a process runs. A test that is tried again replaces its report; tests of
 * the same name have reports of their own.
 *
 * @example
 * ```ts
 * const writeFailureReport = failureReports();
 * const failed = { name: "ships", file: "src/order.test.ts", identity: {} };
 * const text = await writeFailureReport(failed, [runner.result]);
 * if (text !== undefined) throw addReport(error, text);
 * ```
 */
export function failureReports(): WriteFailureReport {
  const failed = new Map<string, object[]>();
  return async (test, results) => {
    const executed = results.filter(({ history }) => history.length > 0);
    const setting = process.env[REPORTS_VARIABLE] ?? DEFAULT_FOLDER;
    if (executed.length === 0 || setting === "false") return undefined;
    const { relative, resolve } = process.getBuiltinModule("node:path");
    const { name, project, root = process.cwd(), identity } = test;
    const file = test.file === undefined ? undefined : relative(root, test.file);
    const key = JSON.stringify([project, file, name]);
    const ofThatName = failed.get(key) ?? [];
    failed.set(key, ofThatName);
    if (!ofThatName.includes(identity)) ofThatName.push(identity);
    const occurrence = ofThatName.indexOf(identity) + 1;
    const folder = resolve(root, setting);
    const path = resolve(folder, reportFileName({ name, file, project, occurrence }));
    try {
      const { reportText } = await import("../report/write-report.ts");
      const text = await reportText(executed);
      writeInto(folder, path, text);
      return `${REPORT_HEADING}\n  ${shown(relative(process.cwd(), path), path)}`;
    } catch (error) {
      const reason = hasMessage(error) ? error.message : String(error);
      return `No report: ${reason.split("\n", 1)[0]}`;
    }
  };
}

/**
 * An error whose message ends with what {@link WriteFailureReport} has said, and its stack, which some frameworks
 * print instead; once only.
 *
 * @returns a copy: other tests may throw the same error. What is no error comes back as it is.
 *
 * @example
 * ```ts
 * throw addReport(error, "Report\n  .durabletest/order-ships-1f0c2d3e.html");
 * ```
 */
export function addReport<Thrown>(error: Thrown, text: string): Thrown {
  if (!hasMessage(error) || error.message.endsWith(text)) return error;
  const reported = copiedError(error);
  appendText(reported, text);
  return reported;
}

/** A folder that is made for reports is one that Git leaves alone; one that is there already is somebody's own. */
function writeInto(folder: string, path: string, text: string): void {
  const { writeFileSync } = process.getBuiltinModule("node:fs");
  const { join } = process.getBuiltinModule("node:path");
  if (makeFolder(folder)) writeFileSync(join(folder, ".gitignore"), "*\n");
  writeFileSync(path, text);
}

/**
 * With those around it. Node's own recursion never ends where a file system knows no folder that could be made.
 *
 * @returns whether it was not there.
 */
function makeFolder(folder: string): boolean {
  const { dirname } = process.getBuiltinModule("node:path");
  try {
    return makeOne(folder);
  } catch (error) {
    if (codeOf(error) !== "ENOENT" || dirname(folder) === folder) throw error;
    makeFolder(dirname(folder));
    return makeOne(folder);
  }
}

/** Tests that fail at the same time make it at the same time. */
function makeOne(folder: string): boolean {
  const { mkdirSync } = process.getBuiltinModule("node:fs");
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

/** Errors of Node are of another realm than test files of Jest. */
function codeOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
}

/** From where the process runs, as far as it is below. */
function shown(relativePath: string, path: string): string {
  return relativePath.startsWith("..") ? path : relativePath;
}
