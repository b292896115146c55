import { extname, relative, resolve } from "node:path";
import { type DurableResult, writeReport } from "@durabletest/testing";
import { visible } from "@durabletest/testing/plugin";
import type { Command } from "commander";
import { UsageError } from "../errors.ts";
import { OK } from "../exit-codes.ts";
import { readExecution } from "../input/read-history.ts";
import type { Io } from "../io.ts";

interface ViewFlags {
  readonly out?: string;
  readonly open?: true;
}

/** `durabletest view`: recorded executions, as a page. */
export function addView(program: Command, io: Io, onExit: (code: number) => void): void {
  program
    .command("view")
    .summary("make a page that shows recorded executions")
    .description(
      "Makes a report of recorded executions: one HTML file that needs no network, with the picture of each, payloads, errors, and the state that every invocation was given. Prints where it is.",
    )
    .argument("<history...>", "files with histories, as run, record and AWS's CLI write them")
    .option("--out <file>", "the report; else it lies next to the first history")
    .option("--open", "open it in the browser")
    .addHelpText(
      "after",
      `
Examples:
  durabletest view histories/order-1.json --open
  durabletest view histories/*.json --out report.html`,
    )
    .action(async (paths: readonly [string, ...string[]], flags: ViewFlags) => {
      await view(paths, flags, io);
      onExit(OK);
    });
}

/** @throws UsageError, FileError, InvalidJsonError, InvalidHistoryError */
async function view(
  paths: readonly [string, ...string[]],
  { out, open }: ViewFlags,
  io: Io,
): Promise<void> {
  const results: DurableResult<unknown>[] = [];
  for (const path of paths) results.push(await readExecution(path, io));
  const file = resolve(io.cwd, out ?? reportOf(paths[0]));
  if (paths.some((path) => path !== "-" && resolve(io.cwd, path) === file)) {
    throw new UsageError(
      `The report would take the place of the history ${relative(io.cwd, file)}. Say with --out where it goes.`,
    );
  }
  await writeReport(results, file);
  io.stdout.write(`${visible(relative(io.cwd, file))}\n`);
  if (open === true) io.openFile(file);
}

/** `histories/order-1.html` of `histories/order-1.json`. */
function reportOf(history: string): string {
  if (history === "-") return "report.html";
  return `${history.slice(0, history.length - extname(history).length)}.html`;
}
