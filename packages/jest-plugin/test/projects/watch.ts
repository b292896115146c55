import { spawn } from "node:child_process";
import { stripVTControlCharacters } from "node:util";

/** A framework that watches a project. */
export interface Watching extends AsyncDisposable {
  /** @returns what it has printed since it was last asked, as soon as that has the text. */
  printed(text: string): Promise<string>;
}

/** Starts a framework in watch mode, without a terminal. */
export function watch(root: string, command: readonly string[]): Watching {
  const child = spawn(process.execPath, command, {
    cwd: root,
    env: { PATH: process.env["PATH"], HOME: root },
    stdio: ["pipe", "pipe", "pipe"],
    timeout: 100_000,
    killSignal: "SIGKILL",
  });
  const closed = new Promise<void>((resolve) => child.on("close", () => resolve()));
  let output = "";
  let look = (): void => {};
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += stripVTControlCharacters(text);
      look();
    });
  }
  return {
    printed: (text) =>
      new Promise((resolve, reject) => {
        const found = (): void => {
          if (!output.includes(text)) return;
          look = () => {};
          resolve(output);
          output = "";
        };
        look = found;
        child.once("close", () => reject(new Error(`It has ended, and printed:\n${output}`)));
        found();
      }),
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await closed;
    },
  };
}
