import { visibleLines } from "@durabletest/testing/plugin";
import { type Command, Option } from "commander";
import { UsageError } from "../errors.ts";
import { FAILED, OK, USAGE } from "../exit-codes.ts";
import { exploreShard } from "../explore/explore-shard.ts";
import { type Explored, merge } from "../explore/merge.ts";
import { type ExploreRequest, STRATEGIES, type Strategy } from "../explore/request.ts";
import type { ShardOutcome } from "../explore/shard-outcome.ts";
import { exploreInThreads, shardsOf, THREAD_DIED } from "../explore/shards.ts";
import { type Answers, failureOption, successOption } from "../input/answers.ts";
import { collectModules, readWhole } from "../input/arguments.ts";
import { readInput } from "../input/read-input.ts";
import type { Io } from "../io.ts";
import { failureText, reportText } from "../output/exploration-text.ts";
import { inTermsOfOptions } from "../output/in-terms-of-options.ts";
import { progressOf } from "../output/progress.ts";
import { wrapLines } from "../output/style.ts";
import { jsonText } from "../output/write-json.ts";

interface ExploreFlags {
  readonly export?: string;
  readonly input?: string;
  readonly inputFile?: string;
  /** Those of --fail-callback, too. */
  readonly callback?: Answers;
  /** Those of --fail-step, too. */
  readonly step?: Answers;
  readonly function?: ReadonlyMap<string, string>;
  readonly crashes?: number;
  readonly runs: number;
  readonly seed?: number;
  readonly strategy: Strategy;
  readonly schedule?: string;
  readonly jobs?: number;
  readonly json?: true;
}

/** A thread is not worth its start for fewer executions. */
const LEAST_RUNS = 250;

/** `durabletest explore`: what else could happen. */
export function addExplore(program: Command, io: Io, onExit: (code: number) => void): void {
  program
    .command("explore")
    .summary("look for what could go wrong: other answers, crashes, retries, order")
    .description(
      "Runs a durable function again and again, and decides each time otherwise what the world answers and when, what attempts of steps come to, what comes first, and where the sandbox dies. Every execution must end, replay, and end the same after a crash. All cores take part.",
    )
    .argument("<module>", "the module that exports the handler: order.ts, or order.ts#fulfil")
    .option("--export <name>", "which export is the handler")
    .option("--input <json>", "what each execution is given")
    .option("--input-file <file>", "a file with that JSON; - for stdin")
    .addOption(
      successOption(
        { flags: "--callback <name=json>", list: "callback" },
        "what the world may answer; several times for several",
      ),
    )
    .addOption(
      failureOption(
        { flags: "--fail-callback <name=error>", list: "callback" },
        "how it may fail: a message, or an error object as JSON",
      ),
    )
    .addOption(
      successOption(
        { flags: "--step <name=json>", list: "step" },
        "what the step may return in place of being run",
      ),
    )
    .addOption(
      failureOption({ flags: "--fail-step <name=error>", list: "step" }, "what it may throw"),
    )
    .option(
      "--function <name=module>",
      "a durable function that is invoked, by its module; several times for several",
      collectModules,
    )
    .option("--crashes <number>", "invocations that may die in one execution (1)", readWhole)
    .option("--runs <number>", "executions that are tried", readWhole, 1000)
    .option("--seed <number>", "determines all that is tried", readWhole)
    .addOption(
      new Option("--strategy <name>", "how possibilities are chosen")
        .choices(STRATEGIES)
        .default("auto"),
    )
    .option(
      "--schedule <text>",
      "only the execution of this schedule, which an exploration has printed",
    )
    .option(
      "--jobs <number>",
      "threads; as many as there are cores, if the runs are worth it",
      readWhole,
    )
    .option("--json", "print what was found as JSON")
    .addHelpText(
      "after",
      `
Examples:
  durabletest explore src/order.ts --input '{"id":"order-1"}' --callback 'approval={"approved":true}' --callback 'approval={"approved":false}'
  durabletest explore src/order.ts --runs 100000 --fail-step 'charge=card declined'`,
    )
    .action(async (module: string, flags: ExploreFlags) => {
      onExit(await explore(module, flags, io));
    });
}

async function explore(module: string, flags: ExploreFlags, io: Io): Promise<number> {
  const request = await requestOf(module, flags, io);
  const threads = threadsFor(request, flags, io);
  io.othersToStderr();
  const progress = progressOf(io);
  let runs = 0;
  const onRuns = (more: number): void => {
    runs += more;
    progress.show(`exploring ${runs} of ${request.runs}`);
  };
  let explored: Explored;
  try {
    const outcomes: readonly ShardOutcome[] =
      threads === 1
        ? [await exploreShard(request, { ...io, onRun: () => onRuns(1) })]
        : await exploreInThreads(shardsOf(request, threads), onRuns);
    explored = merge(outcomes);
  } finally {
    progress.clear();
  }
  return tell(explored, flags, io);
}

function tell(explored: Explored, { json }: ExploreFlags, io: Io): number {
  const isJson = json === true;
  switch (explored.kind) {
    case "report": {
      const { report } = explored;
      io.stdout.write(
        isJson ? jsonText({ version: 1, found: false, ...report }) : reportText(report, io),
      );
      return OK;
    }
    case "failure": {
      const { failure } = explored;
      io.stdout.write(
        isJson ? jsonText({ version: 1, found: true, ...failure }) : failureText(failure, io),
      );
      return FAILED;
    }
    case "error": {
      const { code } = explored;
      const message = inTermsOfOptions(explored.message);
      io.stderr.write(`${wrapLines(`error: ${visibleLines(message)}`, io.stderr.columns)}\n`);
      if (isJson) io.stdout.write(jsonText({ error: { code, message } }));
      // What threads died of is no mistake on the command line.
      return code === THREAD_DIED ? FAILED : USAGE;
    }
  }
}

async function requestOf(module: string, flags: ExploreFlags, io: Io): Promise<ExploreRequest> {
  const { crashes, runs, seed, strategy, schedule } = flags;
  if (runs === 0) throw new UsageError("--runs: at least one execution is tried.");
  return {
    module,
    exportName: flags.export,
    cwd: io.cwd,
    input: await readInput(flags, io),
    callbacks: flags.callback ?? new Map(),
    steps: flags.step ?? new Map(),
    functions: flags.function ?? new Map(),
    crashes,
    runs,
    seed,
    strategy,
    schedule,
    shard: undefined,
  };
}

function threadsFor(
  { runs, strategy, schedule }: ExploreRequest,
  { jobs }: ExploreFlags,
  io: Io,
): number {
  if (strategy === "exhaustive" || schedule !== undefined) return 1;
  const worth = jobs ?? Math.min(io.parallelism, Math.floor(runs / LEAST_RUNS));
  return Math.max(1, Math.min(worth, runs));
}
