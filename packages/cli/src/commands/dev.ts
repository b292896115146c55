import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import { openDev } from "../dev/dev.ts";
import { type DevProcess, realProcess } from "../dev/real-process.ts";
import { OK } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { moduleFileOf } from "../load-handler.ts";

interface DevFlags {
  readonly export?: string;
  readonly port?: number;
  readonly host: string;
  readonly endpointPort?: number;
}

/** `durabletest dev`: a page on which executions are played with. */
export function addDev(
  program: Command,
  io: Io,
  onExit: (code: number) => void,
  around: DevProcess = realProcess,
): void {
  program
    .command("dev")
    .summary("open a page to play with durable functions: answer, turn the clock, fork, edit")
    .description(
      "Opens a page on this machine on which executions of durable functions are started and played with: answer their callbacks, turn the clock, kill, stop, fork and compare them. Edit the code, and they go on with it. What you do can be copied as a test.",
    )
    .argument("<module...>", "modules that export handlers: order.ts, or order.ts#fulfil")
    .option("--export <name>", "which export is the handler, where a module has several")
    .option(
      "--port <number>",
      "the page's port (default: 4600, or one of those after it)",
      readPort,
    )
    .option(
      "--endpoint-port <number>",
      "the port for clients of Lambda's API (default: any)",
      readPort,
    )
    .option(
      "--host <address>",
      "the address to listen on; whoever reaches it runs your code",
      "127.0.0.1",
    )
    .action(async (modules: readonly string[], flags: DevFlags) => {
      for (const module of modules) moduleFileOf(module, io.cwd);
      const dev = await openDev(
        {
          modules,
          exportName: flags.export,
          host: flags.host,
          port: flags.port,
          endpointPort: flags.endpointPort,
          token: around.secret(),
        },
        io,
      );
      const elsewhere = dev.isElsewhere ? " (the usual port is taken)" : "";
      io.stdout.write(`durabletest dev: ${dev.url}${elsewhere}\n`);
      io.stdout.write("Ctrl+C ends it.\n");
      await around.stopped();
      await dev.close();
      onExit(OK);
    });
}

function readPort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError("That is no port: a whole number from 0 to 65535.");
}
