import { resolve } from "node:path";
import type { Duration } from "@durabletest/runtime";
import {
  type CallbackScript,
  type DurableResult,
  DurableTestRunner,
  type Response,
  type Scripted,
} from "@durabletest/testing";
import { nearMisses, visible } from "@durabletest/testing/plugin";
import type { Command } from "commander";
import { FAILED, OK } from "../exit-codes.ts";
import { type Answers, failureOption, responseOf, successOption } from "../input/answers.ts";
import { collectModules, readDuration, readStartTime, readWhole } from "../input/arguments.ts";
import { readInput } from "../input/read-input.ts";
import type { Io } from "../io.ts";
import { loadFunctions, loadHandler } from "../load-handler.ts";
import { executionJson } from "../output/execution-json.ts";
import { timelineText } from "../output/timeline-text.ts";
import { historyText } from "../output/history-text.ts";
import { jsonText, writeText } from "../output/write-json.ts";

interface RunFlags {
  readonly export?: string;
  readonly input?: string;
  readonly inputFile?: string;
  /** Those of --fail-callback, too. */
  readonly callback?: Answers;
  readonly step?: Answers;
  readonly function?: ReadonlyMap<string, string>;
  readonly timeout?: Duration;
  readonly startTime?: Date;
  readonly seed?: number;
  readonly complete?: true;
  readonly history?: string;
  readonly json?: true;
}

/** `durabletest run`: one execution, to where it stands. */
export function addRun(program: Command, io: Io, onExit: (code: number) => void): void {
  program
    .command("run")
    .summary("run a durable function until it ends, or waits for an answer")
    .description(
      "Runs a durable function in virtual time until it ends, or until only the world can move it, and shows what happened.",
    )
    .argument("<module>", "the module that exports the handler: order.ts, or order.ts#fulfil")
    .option("--export <name>", "which export is the handler")
    .option("--input <json>", "what the execution is given")
    .option("--input-file <file>", "a file with that JSON; - for stdin")
    .addOption(
      successOption(
        { flags: "--callback <name=json>", list: "callback" },
        "answer the callback of that name; several times: one after the other",
      ),
    )
    .addOption(
      failureOption(
        { flags: "--fail-callback <name=error>", list: "callback" },
        "fail it, in the same order: a message, or an error object as JSON",
      ),
    )
    .addOption(
      successOption(
        { flags: "--step <name=json>", list: "step" },
        "have the step of that name return this, and not run",
      ),
    )
    .option(
      "--function <name=module>",
      "a durable function that is invoked, by its module; several times for several",
      collectModules,
    )
    .option("--complete", "run on without further answers: every wait ends, every deadline passes")
    .option(
      "--timeout <duration>",
      "how long the execution may take, in virtual time: 90s, 2h, 1d12h",
      readDuration,
    )
    .option("--start-time <time>", "when it begins, in virtual time", readStartTime)
    .option("--seed <number>", "determines ids and all chance", readWhole)
    .option("--history <file>", "write the history, for view, trace and replay")
    .option("--json", "print the execution as JSON")
    .addHelpText(
      "after",
      `
Examples:
  durabletest run src/order.ts --input '{"id":"order-1"}'
  durabletest run src/order.ts --input-file order.json --callback 'approval={"approved":true}'
  durabletest run src/order.ts --complete --history order-1.json`,
    )
    .action(async (module: string, flags: RunFlags) => {
      onExit(await run(module, flags, io));
    });
}

async function run(module: string, flags: RunFlags, io: Io): Promise<number> {
  const input = await readInput(flags, io);
  const scripts = scriptsOf(flags);
  if (flags.json === true) io.othersToStderr();
  const { handler } = await loadHandler(module, { ...io, exportName: flags.export });
  const durableFunctions = await loadFunctions(flags.function, io);
  const runner = new DurableTestRunner(handler, {
    durableFunctions,
    ...scripts,
    startTime: flags.startTime,
    seed: flags.seed,
  });
  let result: DurableResult<unknown>;
  try {
    result = await runner.run(input, { timeout: flags.timeout });
    if (flags.complete === true && result.status === "PENDING") {
      result = await runner.runToCompletion();
    }
  } finally {
    // Also of an execution that went wrong.
    if (flags.history !== undefined) {
      writeText(resolve(io.cwd, flags.history), historyText(runner.result.history));
    }
  }
  io.stdout.write(flags.json === true ? jsonText(executionJson(result)) : printed(result, io));
  warnOfUnused(result, io);
  return result.status === "SUCCEEDED" || result.status === "PENDING" ? OK : FAILED;
}

function scriptsOf({ callback = new Map(), step = new Map() }: RunFlags): Scripted {
  return {
    callbacks: Object.fromEntries(
      [...callback].map(([name, answers]) => [name, inOrder(answers.map(responseOf))]),
    ),
    // One for all attempts of all steps of that name.
    steps: Object.fromEntries(
      [...step].flatMap(([name, answers]) =>
        answers.slice(-1).map((answer) => [name, responseOf(answer)]),
      ),
    ),
  };
}

/** One for each callback; the last one goes on. */
function inOrder(responses: readonly Response[]): CallbackScript {
  let next = 0;
  return () => {
    const response = responses[Math.min(next, responses.length - 1)];
    next += 1;
    return response;
  };
}

function printed(result: DurableResult<unknown>, io: Io): string {
  const waiting = result.pendingCallbacks.map(
    ({ name = "" }) =>
      `  --callback ${visible(quoted(`${name}=…`))} answers it, --complete lets it time out\n`,
  );
  const lines = [...new Set(waiting)].join("");
  return `${timelineText(result, io)}${lines === "" ? "" : `\n${lines}`}`;
}

/** For a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function warnOfUnused({ unusedScripts, operations }: DurableResult<unknown>, io: Io): void {
  const names = operations.flatMap(({ name }) => name ?? []);
  for (const unused of unusedScripts) {
    io.stderr.write(
      `warning: nothing has asked for ${visible(`${JSON.stringify(unused)}.${nearMisses(unused, names)}`)}\n`,
    );
  }
}
