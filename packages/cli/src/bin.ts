#!/usr/bin/env node
// First: it says in a sentence when this Node is too old for the rest.
import "@durabletest/runtime";
import { processIo } from "./io.ts";

// A reader that has seen enough, as of `durabletest trace … | head`, is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? 0 : 1);
});

const { main } = await import("./main.ts");
const exitCode = await main(process.argv.slice(2), processIo());
// Modules of users may hold connections open; what they were opened for is over.
process.stdout.write("", () => process.exit(exitCode));
