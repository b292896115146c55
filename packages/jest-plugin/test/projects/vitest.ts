import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { stripVTControlCharacters } from "node:util";

export const vitest: string = join(
  dirname(createRequire(import.meta.url).resolve("vitest/package.json")),
  "vitest.mjs",
);

/** What a run of Vitest on a project came to. */
interface VitestRun {
  readonly exitCode: number;
  /** What the terminal shows, errors included, without colours, times and places on this machine. */
  readonly output: string;
}

/** Runs Vitest on the project in that folder, with its own configuration. */
export async function runVitest(root: string, args: readonly string[] = []): Promise<VitestRun> {
  // A file, because what a process that exits has not got into a pipe by then is lost.
  const file = join(root, "output.txt");
  const stream = openSync(file, "w");
  const child = spawn(process.execPath, [vitest, "run", ...args], {
    cwd: root,
    // Without what tells Vitest that it is run by another one, or on a machine of a certain kind.
    env: { PATH: process.env["PATH"], HOME: root },
    stdio: ["ignore", stream, stream],
    timeout: 100_000,
    killSignal: "SIGKILL",
  });
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? -1));
  });
  closeSync(stream);
  const output = readFileSync(file, "utf8");
  return {
    exitCode,
    output: stripVTControlCharacters(output)
      .replaceAll(root, "")
      .replaceAll(/ \d+ms$/gm, ""),
  };
}
