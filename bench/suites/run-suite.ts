/** Runs a suite with a framework, as a user does, and says what that took. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import type { Framework } from "./files.ts";

/** A framework, and whether each file has a process or a realm of its own. Jest's always have. */
export interface Way {
  readonly title: string;
  readonly framework: Framework;
  readonly args: readonly string[];
}

export const ways = {
  vitest: { title: "Vitest", framework: "vitest", args: [] },
  shared: { title: "Vitest, --isolate=false", framework: "vitest", args: ["--isolate=false"] },
  jest: { title: "Jest", framework: "jest", args: [] },
} as const satisfies Record<string, Way>;

/** What a run took. */
export interface Took {
  readonly wallMs: number;
  /** Of all its processes, in user code and in the system: other work of the machine counts less in it. */
  readonly cpuMs: number;
}

/** @throws Error with what it printed, when a test fails. */
export function runSuite(
  folder: string,
  { framework, args }: Way,
  { env = {}, nodeArgs = [] }: { env?: Record<string, string>; nodeArgs?: readonly string[] } = {},
): Promise<Took> {
  const start = performance.now();
  const command = [process.execPath, ...nodeArgs, ...commands[framework], ...args];
  // The shell knows what its children have used.
  const child = spawn("sh", ["-c", '"$@"; code=$?; echo; times; exit $code', "sh", ...command], {
    cwd: folder,
    env: { ...process.env, CI: "true", NO_COLOR: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [output, errors] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve({ wallMs: performance.now() - start, cpuMs: cpuMs(output) });
      else reject(new Error(`${folder} failed:\n${output}${errors}`));
    });
  });
}

const commands: Readonly<Record<Framework, readonly string[]>> = {
  vitest: [join("..", "node_modules/vitest/vitest.mjs"), "run"],
  jest: [join("..", "node_modules/jest/bin/jest.js")],
};

/** `times` prints two lines: the shell's own times, and those of its children. */
function cpuMs(output: string): number {
  const times = [...output.matchAll(/(\d+)m([\d.]+)s/g)].slice(-2);
  return (
    times.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0) *
    1000
  );
}
