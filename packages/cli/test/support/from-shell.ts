import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Said } from "./command.ts";

const bin = fileURLToPath(new URL("../../src/bin.ts", import.meta.url));

/**
 * Runs the command as a shell does, in a folder.
 *
 * @param inParts - the end of what comes in is written when the command has begun to read.
 */
export function fromShell(
  directory: string,
  args: readonly string[],
  {
    stdin = "",
    pipe = "cat",
    inParts = false,
  }: { readonly stdin?: string; readonly pipe?: string; readonly inParts?: boolean } = {},
): Promise<Said> {
  // Only a shell can have the reader of a pipe go away.
  const quoted = [process.execPath, "--conditions=@durabletest/source", bin, ...args].map(
    (one) => `'${one}'`,
  );
  const command = `set -o pipefail; ${quoted.join(" ")} | ${pipe}`;
  return new Promise((resolve) => {
    const env = {
      ...process.env,
      NODE_PATH: undefined,
      NODE_OPTIONS: undefined,
      FORCE_COLOR: undefined,
    };
    const child = execFile(
      "bash",
      ["-c", command],
      { cwd: directory, env },
      (error, stdout, stderr) => {
        resolve({ exitCode: Number(error?.code ?? 0), stdout, stderr });
      },
    );
    if (inParts) child.stdin?.write(stdin.slice(0, -1), () => child.stdin?.end(stdin.slice(-1)));
    else child.stdin?.end(stdin);
  });
}
