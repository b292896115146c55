import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { projectsRoot } from "./install.ts";

export const jest: string = join(
  dirname(createRequire(import.meta.url).resolve("jest/package.json")),
  "bin/jest.js",
);

/** What a run of Jest on a project came to. */
interface ProjectRun {
  readonly exitCode: number;
  /** What the terminal shows, without colours, times, and places on this machine or in our own sources. */
  readonly output: string;
  /** Messages of what failed, by the full name of the test; empty for what passed, the status for what did not run. */
  readonly tests: Readonly<Record<string, string>>;
}

interface RunOptions {
  /** Of Jest; or the file that has it. */
  readonly config?: object | string;
  /** Of the command line. */
  readonly args?: readonly string[];
  /** Of Node. */
  readonly nodeArgs?: readonly string[];
}

/** Files on disk, on which the real Jest runs. */
export interface Project extends Disposable {
  readonly root: string;
  read(file: string): string;
  write(file: string, text: string): void;
  run(options?: RunOptions): Promise<ProjectRun>;
}

/** As much of what `--json` writes as is read here. */
interface JsonReport {
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** A project with these files, whose tests are *.test.*. It is thrown away with what it was made for. */
export function createProject(files: Readonly<Record<string, string>>): Project {
  mkdirSync(projectsRoot, { recursive: true });
  const root = mkdtempSync(join(projectsRoot, "project-"));
  const write = (file: string, text: string): void => {
    const path = join(root, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  };
  write("package.json", JSON.stringify({ private: true }));
  for (const [file, text] of Object.entries(files)) write(file, text);
  return {
    root,
    read: (file) => readFileSync(join(root, file), "utf8"),
    write,
    run: async (options = {}) => runJest(root, options),
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}

async function runJest(root: string, options: RunOptions): Promise<ProjectRun> {
  const { config = {}, args = [], nodeArgs = [] } = options;
  const report = join(root, "report.json");
  const settings = { rootDir: root, testMatch: ["**/*.test.?([cm])[jt]s"], transform: {} };
  const given = typeof config === "string" ? config : JSON.stringify({ ...settings, ...config });
  const child = spawn(
    process.execPath,
    [
      ...nodeArgs,
      jest,
      // A snapshot that is not there yet is written, wherever this runs.
      ...(args.some((arg) => arg.startsWith("--ci")) ? [] : ["--ci=false"]),
      "--no-cache",
      "--runInBand",
      "--json",
      `--outputFile=${report}`,
      `--config=${given}`,
      ...args,
    ],
    // Without what tells Jest that it is another kind of machine that watches.
    {
      cwd: root,
      env: { PATH: process.env["PATH"], HOME: root },
      stdio: ["ignore", "ignore", "pipe"],
      timeout: 100_000,
      killSignal: "SIGKILL",
    },
  );
  let output = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? -1));
  });
  const plain = (text: string): string =>
    stripVTControlCharacters(text)
      .replaceAll(root, "")
      .replaceAll(/(@durabletest\/[\w/-]+\.ts):\d+:\d+/g, "$1")
      // Which of its own frames Jest leaves out depends on the path of the checkout.
      .replaceAll(/^ +at .*node_modules\/\.pnpm\/.*\n/gm, "")
      // Jest does not say how long what was quick has taken.
      .replaceAll(/ \(\d+ ms\)$/gm, "")
      .replaceAll(/^(Time: +)[\d.]+ m?s.*$/gm, "$1…");
  const { testResults } = readReport(report);
  return {
    exitCode,
    output: plain(output),
    tests: Object.fromEntries(
      testResults.flatMap(({ assertionResults }) =>
        assertionResults.map(({ fullName, status, failureMessages }) => [
          fullName,
          status === "passed" ? "" : plain(failureMessages.join("\n")) || status,
        ]),
      ),
    ),
  };
}

function readReport(file: string): JsonReport {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as JsonReport;
  } catch {
    return { testResults: [] }; // Jest ended before any test ran.
  }
}
