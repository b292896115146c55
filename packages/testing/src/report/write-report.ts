import { mkdir, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { ReportNotWrittenError } from "../errors.ts";
import { drawTimeline } from "../print/timeline.ts";
import type { DurableResult } from "../result.ts";
import { reportHtml } from "./report-html.ts";
import { reportOf } from "./report-of.ts";
import { viewerScript } from "./viewer-script.ts";

/** Rows of the timeline that are there for whoever runs no scripts, of each execution. */
const ROWS_AS_TEXT = 400;

/** Writes the report of results that are known to be some. */
export async function writeResults(
  results: readonly DurableResult<unknown>[],
  file: string,
): Promise<void> {
  const executions = results.map((result) => reportOf(result));
  const [first] = executions;
  const title =
    executions.length === 1 ? (first?.picture.heading ?? "") : `${executions.length} executions`;
  const html = reportHtml(
    { executions },
    {
      title: `Durable execution: ${title}`,
      script: await viewerScript(),
      text: results
        .map((result) => drawTimeline(result, { maxRows: ROWS_AS_TEXT }).text)
        .join("\n\n"),
    },
  );
  try {
    await makeFolder(dirname(resolve(file)));
    await writeFile(file, html);
  } catch (error) {
    throw new ReportNotWrittenError(resolve(file), error);
  }
}

/** With those around it. Node's own recursion never ends where a file system knows no folder that could be made. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EEXIST") return;
    if (code !== "ENOENT" || dirname(folder) === folder) throw error;
    await makeFolder(dirname(folder));
    await mkdir(folder);
  }
}
