#!/usr/bin/env node
// First: it says in a sentence when this Node is too old for the rest.
import "@durabletest/runtime";
import { AsyncResource } from "node:async_hooks";
import { asError } from "@durabletest/runtime/protocol";
import { ProcessEndedError } from "./errors.ts";
import { FAILED } from "./exit-codes.ts";
import { processIo } from "./io.ts";

const { stdout, stderr } = process;
// As it is now: with --json, what others write there gets another way.
const write = stdout.write.bind(stdout);
const argv = process.argv.slice(2);
const io = processIo();

/** What the command has come to; undefined while it is at it. */
let exitCode: number | undefined;

// A reader that has seen enough, as of `durabletest replay … | head`, is no failure, and makes no verdict: that is
// what comes of the rest, which nobody reads. Bound to this place: it may be a handler that has written, or below
// thrown, and a handler that exits ends no more than its invocation.
const unwritten = AsyncResource.bind((error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE" || exitCode !== undefined) return;
  exitCode = FAILED;
  process.exit(exitCode);
});
stdout.on("error", unwritten);
stderr.on("error", unwritten);

const { main, tellError } = await import("./main.ts");

// Code of users can end the process before the command has come to anything. That is not for it to decide.
process.on("exit", (code) => {
  if (exitCode !== undefined) return;
  exitCode = tellError(
    new ProcessEndedError(
      `Code of the module has ended the process (exit code ${code}) before the command was done: by process.exit outside of a handler, as in a timer or a listener, or since it waits for what can never come.`,
    ),
    argv,
    io,
  );
  process.exitCode = exitCode;
});
process.on(
  "uncaughtException",
  AsyncResource.bind((error: unknown) => {
    // Others take care of it: those of the module, or who loads it.
    if (exitCode !== undefined || process.listenerCount("uncaughtException") > 1) return;
    exitCode = tellError(asError(error), argv, io);
    // At once: nothing more is said.
    process.exit(exitCode);
  }),
);

const came = await main(argv, io);
exitCode ??= came;
// Modules of users may hold connections open; what they were opened for is over.
write("", () => process.exit(exitCode));
