import { InvalidArgumentError } from "@durabletest/runtime";
import { describeValue } from "@durabletest/runtime/protocol";
import { resultOf, whatIsWrong } from "../print/subject.ts";
import type { DurableResult } from "../result.ts";

/**
 * Writes a report of an execution, or of several: one file of HTML that opens by itself, from a disk or out of an
 * archive, and asks the network for nothing.
 *
 * It shows the picture of {@link timelineSVG}, to be scrolled and zoomed; of every operation its payloads, its errors
 * with the lines of source they come from (read when the report is written, where the files are there), its events
 * and what was logged; and of every invocation the state that it was given. It holds all payloads, as they are.
 *
 * @param results - a result, or several.
 * @param file - where to; folders that are missing are made, and a file that is there is replaced.
 * @throws InvalidArgumentError when there is no result (was an await forgotten?).
 * @throws ReportNotWrittenError when the file cannot be written.
 *
 * @example
 * ```ts
 * const result = await runner.run({ orderId: "o-1" });
 * await writeReport(result, "reports/order.html");
 * ```
 */
export async function writeReport(
  results: DurableResult<unknown> | readonly DurableResult<unknown>[],
  file: string,
): Promise<void> {
  if (typeof file !== "string" || file === "") {
    throw new InvalidArgumentError(`writeReport: ${describeValue(file)} is no name of a file.`);
  }
  const all: readonly unknown[] = Array.isArray(results) ? results : [results];
  if (all.length === 0) {
    throw new InvalidArgumentError("writeReport: the list of results is empty.");
  }
  const checked = all.map((result) => {
    const found = resultOf(result);
    if (found === undefined) throw new InvalidArgumentError(`writeReport: ${whatIsWrong(result)}`);
    return found;
  });
  // Loaded when it is needed: test files that write no report do not pay for it.
  const { writeResults } = await import("./write-report.ts");
  await writeResults(checked, file);
}
