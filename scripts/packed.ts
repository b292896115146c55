import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import {
  publishedPackages,
  readManifest,
  type WorkspacePackage,
  workspaceRoot,
} from "./packages.ts";

/** A package as it would be published. */
export interface Tarball extends WorkspacePackage {
  readonly file: string;
}

/**
 * Names a folder that keeps the tarballs for all scripts of one run, which must not build in between: the first packs,
 * the others take what is there. Without it, each packs for itself.
 */
const SHARED_FOLDER = process.env["DURABLETEST_PACKED"];

/** Packs every package that is published, into a folder of its own below the given one. */
export function packAll(directory: string): readonly Tarball[] {
  const folder = join(SHARED_FOLDER ?? directory, "tarballs");
  // Written last: a folder that has it has all tarballs.
  const list = join(folder, "packed.json");
  if (!existsSync(list)) {
    const packages = publishedPackages();
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const filters = packages.map(({ name }) => `--filter=${name}`);
    const json = execFileSync(
      "pnpm",
      ["--recursive", ...filters, "pack", "--json", "--pack-destination", folder],
      { cwd: workspaceRoot, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] },
    );
    const packed = JSON.parse(json) as readonly { name: string; filename: string }[];
    const tarballs = packages.map((workspacePackage) => {
      const file = packed.find(({ name }) => name === workspacePackage.name)?.filename;
      if (file === undefined)
        throw new Error(`${workspacePackage.name}: pnpm pack wrote no tarball.`);
      return { ...workspacePackage, file };
    });
    writeFileSync(list, JSON.stringify(tarballs));
  }
  return JSON.parse(readFileSync(list, "utf8")) as readonly Tarball[];
}

/**
 * Makes a folder a project of its own, with the tarballs and whatever else it needs installed by npm.
 *
 * @param dependencies - versions by name.
 */
export async function installProject(
  directory: string,
  tarballs: readonly Tarball[],
  dependencies: Readonly<Record<string, string>>,
): Promise<void> {
  const packed = Object.fromEntries(tarballs.map(({ name, file }) => [name, `file:${file}`]));
  writeFileSync(
    join(directory, "package.json"),
    JSON.stringify({ private: true, dependencies: { ...packed, ...dependencies } }),
  );
  const install = (...more: string[]): Promise<Outcome> =>
    outcomeOf(
      ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", ...more],
      directory,
    );
  // Versions are pinned: what npm has in its cache need not be asked for. It may be too old to know a version, though.
  let { passed, output } = await install("--prefer-offline");
  if (!passed) ({ passed, output } = await install());
  if (!passed) throw new Error(`npm install failed in ${directory}:\n${output}`);
}

/** The workspace's own version of a tool, so that there is one place to raise it. */
export function installedVersion(name: string): string {
  const { version = "" } = readManifest(dirname(packageFile(name)));
  return version;
}

/** The manifest of a tool that the workspace has installed. */
export function packageFile(name: string): string {
  return createRequire(import.meta.url).resolve(`${name}/package.json`);
}

/** A program and its arguments. */
export type Command = readonly [string, ...string[]];

/** As on the consumer's own machine, where a snapshot that is not there yet is written. */
export const withoutCI: NodeJS.ProcessEnv = { ...process.env, CI: undefined };

/** What came of a command. */
export interface Outcome {
  readonly passed: boolean;
  readonly output: string;
}

/** Runs a command beside others, and keeps what it says. One that takes too long is ended. */
export function outcomeOf(
  [command, ...args]: Command,
  directory: string,
  timeout?: number,
  env?: NodeJS.ProcessEnv,
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: directory,
      stdio: ["ignore", "pipe", "pipe"],
      timeout,
      env,
      killSignal: "SIGKILL",
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    }
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ passed: code === 0, output });
    });
  });
}

/** Does something with each, as many at a time as there are processors. */
export async function forEachAtOnce<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}

/** Checks by name, each with a line; what failed ends the process with an error. */
export class Checks {
  readonly #failures: string[] = [];

  check(title: string, passed: boolean, output = ""): void {
    console.log(`${passed ? "ok  " : "FAIL"} ${title}`);
    if (passed) return;
    this.#failures.push(title);
    if (output !== "") console.log(output);
  }

  /** Says once more what failed. */
  end(): void {
    if (this.#failures.length === 0) return;
    console.error(`\nFailed:\n${this.#failures.map((failure) => `- ${failure}`).join("\n")}`);
    process.exitCode = 1;
  }
}
