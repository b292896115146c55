#!/usr/bin/env node
// First: it says in a sentence when this Node is too old for the rest.
import "@durabletest/runtime";
import { AsyncResource } from "node:async_hooks";
import { processIo } from "./io.ts";

const { stdout } = process;
// As it is now: with --json, what others write there gets another way.
const write = stdout.write.bind(stdout);

// A reader that has seen enough, as of `durabletest trace … | head`, is no failure. Bound to this
// place: it may be a handler that has written, and a handler that exits ends no more than its invocation.
stdout.on(
  "error",
  AsyncResource.bind((error: NodeJS.ErrnoException) => {
    process.exit(error.code === "EPIPE" ? 0 : 1);
  }),
);

const { main } = await import("./main.ts");
const exitCode = await main(process.argv.slice(2), processIo());
// Modules of users may hold connections open; what they were opened for is over.
write("", () => process.exit(exitCode));
