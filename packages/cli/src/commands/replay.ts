import { readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { AnyDurableLambdaHandler } from "@durabletest/testing";
import {
  InvalidHistoryError,
  replayHistory,
  ReplayDivergedError,
  type ReplayReport,
} from "@durabletest/testing/replay";
import { nearMisses, visible, visibleLines } from "@durabletest/testing/plugin";
import type { Command } from "commander";
import { FileError, isDurableError, InvalidJsonError } from "../errors.ts";
import { FAILED, OK, USAGE } from "../exit-codes.ts";
import { readHistoryFile } from "../input/read-history.ts";
import type { Io } from "../io.ts";
import { loadHandler } from "../load-handler.ts";
import { progressOf } from "../output/progress.ts";
import { wrapLines } from "../output/style.ts";
import { jsonText } from "../output/write-json.ts";

interface ReplayFlags {
  readonly export?: string;
  readonly json?: true;
}

/** What came of one file. */
type Outcome = { readonly file: string } & (
  | ({ readonly outcome: "replays" } & ReplayReport)
  | {
      readonly outcome: "diverges";
      readonly eventId: number;
      readonly message: string;
      readonly error: ReplayDivergedError;
    }
  /** It is no history, or the handler cannot be replayed at all. */
  | { readonly outcome: "invalid" | "fails"; readonly code: string; readonly message: string }
);

/** `durabletest replay`: recorded histories against the handler of today. */
export function addReplay(program: Command, io: Io, onExit: (code: number) => void): void {
  program
    .command("replay")
    .summary("check recorded histories against the code of today")
    .description(
      "Replays every history in a folder with the handler as it is now, and says whether executions in flight survive it. Nothing of a step is run.",
    )
    .argument("<module>", "the module that exports the handler: order.ts, or order.ts#fulfil")
    .argument("<histories>", "a folder with histories, or one of them")
    .option("--export <name>", "which export is the handler")
    .option("--json", "print what came of each as JSON")
    .addHelpText(
      "after",
      `
Examples:
  durabletest replay src/order.ts histories
  durabletest record --function-name order --out histories`,
    )
    .action(async (module: string, path: string, flags: ReplayFlags) => {
      onExit(await replay(module, path, flags, io));
    });
}

async function replay(module: string, path: string, flags: ReplayFlags, io: Io): Promise<number> {
  const files = historyFiles(path, io);
  if (flags.json === true) io.othersToStderr();
  const { handler } = await loadHandler(module, { ...io, exportName: flags.export });
  const progress = progressOf(io);
  const outcomes: Outcome[] = [];
  for (const [index, file] of files.entries()) {
    progress.show(`replaying ${index + 1} of ${files.length}: ${file}`);
    const outcome = await replayFile(handler, file, io);
    progress.clear();
    outcomes.push(outcome);
    if (flags.json !== true) io.stdout.write(wrapLines(`${line(outcome)}\n`, io.stdout.columns));
  }
  io.stdout.write(flags.json === true ? jsonText(asJson(outcomes)) : explained(outcomes, io));
  return exitCodeOf(outcomes);
}

/** @throws FileError */
function historyFiles(path: string, { cwd }: Io): readonly string[] {
  const place = resolve(cwd, path);
  const stats = statSync(place, { throwIfNoEntry: false });
  if (stats?.isFile() === true) return [path];
  if (stats?.isDirectory() !== true) {
    throw new FileError(`There is no folder ${path}.${nearMisses(path, folders(cwd))}`);
  }
  const names = readdirSync(place, { recursive: true, encoding: "utf8" });
  const files = names
    .filter((name) => name.endsWith(".json") && !isFolder(join(place, name)))
    .toSorted();
  if (files.length > 0) return files.map((name) => join(path, name));
  throw new FileError(
    `There is no history in ${path}: no file that ends in .json. durabletest run --history and durabletest record write some.`,
  );
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function folders(cwd: string): readonly string[] {
  return readdirSync(cwd, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() && !entry.name.startsWith(".") && entry.name !== "node_modules"
      ? entry.name
      : [],
  );
}

async function replayFile(
  handler: AnyDurableLambdaHandler,
  file: string,
  io: Io,
): Promise<Outcome> {
  try {
    const history = (await readHistoryFile(file, io)) as object;
    const executionArn = arnOf(history);
    const report = await replayHistory(handler, history, {
      truncated: "report",
      ...(executionArn !== undefined && { executionArn }),
    });
    return { file, outcome: "replays", ...report };
  } catch (error) {
    if (ReplayDivergedError.is(error)) {
      const { eventId, message } = error;
      return { file, outcome: "diverges", eventId, message, error };
    }
    if (!isDurableError(error)) throw error;
    const isInvalid = InvalidHistoryError.is(error) || InvalidJsonError.is(error);
    const { code, message } = error;
    return { file, outcome: isInvalid ? "invalid" : "fails", code, message };
  }
}

/** Handlers may look at it; `record` writes it down. */
function arnOf(history: unknown): string | undefined {
  if (typeof history !== "object" || history === null || !("DurableExecutionArn" in history)) {
    return undefined;
  }
  const { DurableExecutionArn: arn } = history;
  return typeof arn === "string" ? arn : undefined;
}

const WORDS = {
  replays: "replays ",
  diverges: "DIVERGES",
  invalid: "INVALID ",
  fails: "FAILS   ",
} as const;

function line(outcome: Outcome): string {
  const about = (): string => {
    switch (outcome.outcome) {
      case "replays": {
        const { events, prefixes, untried } = outcome;
        const left = untried.length === 0 ? "" : ", some not tried: payloads were cut off";
        return `${count(events, "event")}, ${count(prefixes, "state")}${left}`;
      }
      case "diverges":
        return `at event ${outcome.eventId}`;
      case "invalid":
      case "fails":
        return outcome.code;
    }
  };
  return `${WORDS[outcome.outcome]}  ${visible(outcome.file)}  ${about()}`;
}

function explained(outcomes: readonly Outcome[], io: Io): string {
  const parts = outcomes.flatMap((outcome) =>
    outcome.outcome === "replays"
      ? []
      : [`${visible(outcome.file)}\n${indented(visibleLines(outcome.message))}`],
  );
  const replaying = outcomes.filter(({ outcome }) => outcome === "replays").length;
  const verb = replaying === 1 || outcomes.length === 1 ? "replays" : "replay";
  const sum = `${replaying} of ${count(outcomes.length, "history", "histories")} ${verb}.`;
  return `\n${wrapLines([...parts, sum].join("\n\n"), io.stdout.columns)}\n`;
}

function asJson(outcomes: readonly Outcome[]): object {
  return {
    version: 1,
    histories: outcomes.map((outcome) => {
      if (outcome.outcome !== "diverges") return outcome;
      const { eventType, recorded, requested, callSite, breaks } = outcome.error;
      return { ...outcome, error: undefined, eventType, recorded, requested, callSite, breaks };
    }),
  };
}

function exitCodeOf(outcomes: readonly Outcome[]): number {
  const came = new Set(outcomes.map(({ outcome }) => outcome));
  if (came.has("diverges") || came.has("fails")) return FAILED;
  return came.has("invalid") ? USAGE : OK;
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

function indented(text: string): string {
  return text.replaceAll(/^(?=.)/gm, "  ");
}
