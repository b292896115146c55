import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll } from "vitest";
import type { Io } from "../../src/io.ts";
import { main } from "../../src/main.ts";

/** What a command has said, and how it ended. */
export interface Said {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A project on disk, with both runtimes installed, in which commands are run. */
export interface Project {
  readonly directory: string;
  /** Writes files by their paths. */
  readonly write: (files: Readonly<Record<string, string>>) => void;
  /** Runs `durabletest …` in it, without a terminal unless one is given. */
  readonly run: (
    args: readonly string[],
    terminal?: Partial<Io> & { readonly columns?: number },
  ) => Promise<Said>;
}

const packages = join(import.meta.dirname, "../../node_modules");

/** Removed when the tests of the file are over. */
export function project(
  files: Readonly<Record<string, string>>,
  scopes: readonly string[] = ["@durabletest", "@aws", "@aws-sdk"],
): Project {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "durabletest-cli-")));
  afterAll(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  const write = (more: Readonly<Record<string, string>>): void => {
    for (const [path, text] of Object.entries(more)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), text);
    }
  };
  write({ "package.json": '{ "type": "module" }', ...files });
  mkdirSync(join(directory, "node_modules"));
  for (const scope of scopes) {
    symlinkSync(join(packages, scope), join(directory, "node_modules", scope));
  }
  return { directory, write, run: (args, terminal) => run(args, directory, terminal) };
}

async function run(
  args: readonly string[],
  cwd: string,
  { columns, ...rest }: Partial<Io> & { readonly columns?: number } = {},
): Promise<Said> {
  let stdout = "";
  let stderr = "";
  const terminal = { isTTY: columns !== undefined, columns };
  const exitCode = await main(args, {
    cwd,
    env: {},
    stdout: { ...terminal, write: (text) => (stdout += text) },
    stderr: { ...terminal, write: (text) => (stderr += text) },
    openFile: () => {},
    readStdin: async () => Buffer.from(""),
    parallelism: 2,
    othersToStderr: () => {},
    now: () => new Date("2026-03-01T12:00:00Z"),
    // Pauses are over at once; what must not take so long never takes so long.
    sleep: async (ms, signal) => {
      if (ms < 30_000) return;
      await new Promise((resolve) => signal?.addEventListener("abort", resolve));
    },
    ...rest,
  });
  return { exitCode, stdout, stderr: stderr.replaceAll(cwd, "<project>") };
}
