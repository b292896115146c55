import { relative, resolve } from "node:path";
import { visible } from "@durabletest/testing/plugin";
import { type Command, Option } from "commander";
import { OK } from "../exit-codes.ts";
import { readTime, readWhole } from "../input/arguments.ts";
import type { Io } from "../io.ts";
import { progressOf } from "../output/progress.ts";
import { wrapLines } from "../output/style.ts";
import { jsonText } from "../output/write-json.ts";
import { lambdaApi } from "../record/lambda-api.ts";
import { type Recorded, recordExecutions, type Recording } from "../record/record-executions.ts";
import { readRedactPath, type RedactPath, WHOLLY } from "../record/redact.ts";

interface RecordFlags {
  readonly functionName: string;
  readonly qualifier?: string;
  readonly status?: readonly string[];
  readonly startedAfter?: Date;
  readonly startedBefore?: Date;
  readonly max: number;
  readonly out: string;
  readonly redact?: readonly RedactPath[];
  readonly endpoint?: string;
  readonly region?: string;
  readonly json?: true;
}

const STATUSES = ["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "STOPPED"];

/** `durabletest record`: histories of a deployed function, as files. */
export function addRecord(program: Command, io: Io, onExit: (code: number) => void): void {
  program
    .command("record")
    .summary("fetch histories of a deployed function, for replay")
    .description(
      "Fetches the histories of a deployed function's executions from AWS into files, the newest first. Uses @aws-sdk/client-lambda of the project, and the credentials that it finds.",
    )
    .requiredOption("--function-name <name>", "the function: its name, or its ARN")
    .option("--qualifier <version>", "only executions of this version or alias")
    .addOption(
      new Option("--status <status...>", "only executions that stand so").choices(STATUSES),
    )
    .option("--started-after <time>", "only those that began after this time", readTime)
    .option("--started-before <time>", "only those that began before this time", readTime)
    .option("--max <number>", "no more of them than this", readWhole, 100)
    .option("--out <folder>", "the folder to write to", "histories")
    .option(
      "--redact <path>",
      "take out what is at this path of payloads, as customer.email, items[*].card or **.token; several times for several",
      collectPaths,
    )
    .option("--region <region>", "of the function; else AWS_REGION or the profile says")
    .option("--endpoint <url>", "another server than AWS's")
    .option("--json", "print what was recorded as JSON")
    .addHelpText(
      "after",
      `
Examples:
  durabletest record --function-name order --status RUNNING --redact '**.email'
  durabletest record --function-name order --started-after 2026-03-01T00:00:00Z --max 20`,
    )
    .action(async (flags: RecordFlags) => {
      await record(flags, io);
      onExit(OK);
    });
}

async function record(flags: RecordFlags, io: Io): Promise<void> {
  const { functionName, qualifier, status: statuses = [], startedAfter, startedBefore } = flags;
  const api = await lambdaApi(flags, io);
  const progress = progressOf(io);
  const { redact = [] } = flags;
  const recording: Recording = {
    query: { functionName, qualifier, statuses, startedAfter, startedBefore },
    max: flags.max,
    folder: resolve(io.cwd, flags.out),
    redact,
    found: new Set(),
  };
  const recorded: Recorded[] = [];
  progress.show(`asking for executions of ${functionName}`);
  try {
    for await (const one of recordExecutions(api, recording, { io, progress })) {
      recorded.push(one);
      progress.clear();
      if (flags.json !== true) io.stdout.write(wrapLines(`${line(one, io)}\n`, io.stdout.columns));
    }
  } finally {
    progress.clear();
  }
  if (flags.json === true) {
    io.stdout.write(jsonText({ version: 1, recorded: recorded.map((one) => asJson(one, io)) }));
  } else if (recorded.length === 0) {
    io.stdout.write(`No execution of ${functionName} is as asked for.\n`);
  }
  if (recorded.length > 0) warnOfMisses(recording, io);
}

function collectPaths(text: string, before: readonly RedactPath[] = []): readonly RedactPath[] {
  return [...before, readRedactPath(text)];
}

/** Nobody looks for what should not be there. */
function warnOfMisses(
  { redact, found }: Pick<Recording, "redact" | "found">,
  { stderr }: Io,
): void {
  const warn = (text: string): void => {
    stderr.write(wrapLines(`warning: ${text}\n`, stderr.columns));
  };
  if (found.has(WHOLLY)) {
    warn(
      "payloads were cut off, or begin as JSON and are none: all of each was taken out, since --redact cannot look into it.",
    );
  }
  for (const path of redact) {
    if (found.has(path)) continue;
    warn(
      `--redact ${path.text}: nothing is there in all that was recorded, so nothing was taken out. Is every name as it stands in the payloads, also in upper and lower case?`,
    );
  }
}

function line({ file, execution, events }: Recorded, { cwd }: Io): string {
  return visible(`${relative(cwd, file)}  ${execution.status ?? "?"}, ${events} events`);
}

function asJson({ file, execution, events }: Recorded, { cwd }: Io): object {
  return { file: relative(cwd, file), ...execution, events };
}
