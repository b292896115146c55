import { readFileSync } from "node:fs";
import { asError } from "@durabletest/runtime/protocol";
import { visibleLines } from "@durabletest/testing/plugin";
import { Command, CommanderError, Help } from "commander";
import { addDev } from "./commands/dev.ts";
import { addExplore } from "./commands/explore.ts";
import { addRecord } from "./commands/record.ts";
import { addReplay } from "./commands/replay.ts";
import { addRun } from "./commands/run.ts";
import { addTrace } from "./commands/trace.ts";
import { isDurableError } from "./errors.ts";
import { FAILED, OK, USAGE } from "./exit-codes.ts";
import { addView } from "./commands/view.ts";
import type { Io } from "./io.ts";
import { inTermsOfOptions } from "./output/in-terms-of-options.ts";
import { hasColor, wrapLines } from "./output/style.ts";
import { jsonText } from "./output/write-json.ts";

/** A command: what it does with its arguments, and the exit code. */
type AddCommand = (program: Command, io: Io, onExit: (code: number) => void) => void;

const COMMANDS: readonly AddCommand[] = [
  addDev,
  addRun,
  addView,
  addTrace,
  addRecord,
  addReplay,
  addExplore,
];

/**
 * The command `durabletest`.
 *
 * @param argv - the arguments, without the names of the programs.
 * @returns the exit code: 0 if all is well, 1 if what was looked at is not, 2 if the command cannot do what it is asked.
 */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  let exitCode: number = OK;
  const program = programOf();
  for (const add of COMMANDS) add(program, io, (code) => (exitCode = code));
  for (const command of [program, ...program.commands]) configure(command, io);
  try {
    if (argv.length === 0) program.outputHelp();
    else await program.parseAsync(argv, { from: "user" });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) return tellError(asError(error), argv, io);
    if (error.exitCode === 0) return OK;
    // As text, it has said so itself.
    const message = error.message.replace(/^error: /, "");
    writeErrorJson({ code: MISUSED, message }, argv, io);
    return USAGE;
  }
}

function programOf(): Command {
  return new Command("durabletest")
    .description("Runs durable functions in virtual time, on this machine.")
    .version(version(), "-v, --version", "say which version this is")
    .helpOption("-h, --help", "say what there is")
    .helpCommand("help [command]", "say what a command takes")
    .addHelpText(
      "after",
      "\nExit codes: 0 if all is well, 1 if what was looked at is not, 2 for bad input.",
    );
}

function configure(command: Command, io: Io): void {
  command
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError(`Say ${nameOf(command)} --help for what there is.`)
    .helpOption("-h, --help", "say what there is")
    .configureHelp({
      minWidthToWrap: 20,
      subcommandTerm: (one) =>
        [one.name(), ...one.registeredArguments.map((argument) => `<${argument.name()}>`)].join(
          " ",
        ),
      formatItem,
    })
    .configureOutput({
      writeOut: (text) => {
        io.stdout.write(wrapLines(text, io.stdout.columns));
      },
      writeErr: (text) => {
        io.stderr.write(text);
      },
      getOutHelpWidth: () => io.stdout.columns ?? 80,
      getOutHasColors: () => hasColor(io.stdout, io.env),
      getErrHasColors: () => hasColor(io.stderr, io.env),
      outputError: (text, write) => {
        write(wrapLines(visibleLines(text), io.stderr.columns));
      },
    });
}

/** Below this, two columns beside each other are too narrow to be read. */
const TWO_COLUMNS = 60;

function formatItem(term: string, width: number, description: string, help: Help): string {
  const { helpWidth = 80 } = help;
  if (helpWidth >= TWO_COLUMNS) {
    return Help.prototype.formatItem.call(help, term, width, description, help);
  }
  const text = help.boxWrap(description, helpWidth - 6).replaceAll(/^/gm, "      ");
  return `  ${term}\n${text}`;
}

function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${command.parent.name()} ${command.name()}`;
}

/** The code of what the parser refuses: that of a `UsageError`. */
const MISUSED = "USAGE";

/** What is wrong with what the user has given, rather than with what was looked at. */
const OF_INPUT: ReadonlySet<string> = new Set([
  "FILE",
  "PORT_TAKEN",
  "LISTEN",
  "HANDLER_CHOICE",
  "INVALID_ARGUMENT",
  "INVALID_DURATION",
  "INVALID_HANDLER",
  "INVALID_HISTORY",
  "INVALID_JSON",
  "INVALID_PAYLOAD",
  "MODULE_LOAD",
  "REPORT_NOT_WRITTEN",
  "SERVICE",
  "USAGE",
]);

/**
 * Says what went wrong, as text, and as JSON where that is asked for.
 *
 * @returns the exit code.
 */
export function tellError(error: Error, argv: readonly string[], io: Io): number {
  const isOurs = isDurableError(error);
  const message = inTermsOfOptions(error.message);
  const text = visibleLines(isOurs ? message : (error.stack ?? message));
  io.stderr.write(`${wrapLines(`error: ${text}`, io.stderr.columns)}\n`);
  writeErrorJson({ code: isOurs ? error.code : error.name, message }, argv, io);
  return isOurs && OF_INPUT.has(error.code) ? USAGE : FAILED;
}

function writeErrorJson(
  error: { readonly code: string; readonly message: string },
  argv: readonly string[],
  io: Io,
): void {
  if (argv.includes("--json")) io.stdout.write(jsonText({ error }));
}

function version(): string {
  const manifest = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { readonly version: string }).version;
}
