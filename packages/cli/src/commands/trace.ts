import type { Command } from "commander";
import { OK } from "../exit-codes.ts";
import { readWhole } from "../input/arguments.ts";
import { readExecution } from "../input/read-history.ts";
import type { Io } from "../io.ts";
import { executionJson } from "../output/execution-json.ts";
import { timelineText } from "../output/timeline-text.ts";
import { jsonText } from "../output/write-json.ts";

interface TraceFlags {
  readonly maxRows?: number;
  readonly json?: true;
}

/** `durabletest trace`: a recorded execution, as text. */
export function addTrace(program: Command, io: Io, onExit: (code: number) => void): void {
  program
    .command("trace")
    .summary("show a recorded execution as text")
    .description(
      "Shows a recorded execution: what happened in each invocation, how much time passed in between, and where it stands.",
    )
    .argument(
      "<history>",
      "a file with a history, as run, record and AWS's CLI write it; - for stdin",
    )
    .option("--max-rows <number>", "leave out rows that say least, if there are more", readWhole)
    .option("--json", "print the execution as JSON")
    .addHelpText(
      "after",
      `
Examples:
  durabletest trace histories/order-1.json
  aws lambda get-durable-execution-history --include-execution-data \\
    --durable-execution-arn "$ARN" | durabletest trace -`,
    )
    .action(async (path: string, { maxRows, json }: TraceFlags) => {
      const result = await readExecution(path, io);
      io.stdout.write(
        json === true ? jsonText(executionJson(result)) : timelineText(result, io, maxRows),
      );
      onExit(OK);
    });
}
