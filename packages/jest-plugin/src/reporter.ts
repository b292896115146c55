/**
 * A reporter for `reporters` in the configuration of Jest, beside the others: a line at the end of a run on how much
 * was executed, and how much time nobody waited for. The preset has it.
 *
 * @packageDocumentation
 */
import { styleText } from "node:util";
import { summaryLine } from "@durabletest/testing/plugin/setup";
import { createSummaryFile, takeSummary } from "./summary-file.ts";

/** As Jest calls it. */
export class DurableReporter {
  onRunStart(): void {
    createSummaryFile();
  }

  onRunComplete(): void {
    const line = summaryLine(takeSummary());
    if (line === undefined) return;
    // In the columns of Jest's own summary, and where that is written.
    const label = styleText("bold", "Durable:", { stream: process.stderr });
    process.stderr.write(`${label}     ${line}\n`);
  }
}

export default DurableReporter;
