/**
 * How big each package may be: what is downloaded, what lies on the disk, and how much code of ours an import of the
 * package loads. The budget is in git, so that growth is seen in review.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Tarball } from "./packed.ts";

/** All in kB of 1 000 bytes. */
export interface Sizes {
  readonly packed: number;
  readonly unpacked: number;
  /** The code of our packages that `import` of the main entry reads, dependencies of ours included; of a command, its start. */
  readonly loaded: number;
}

export type SizesByPackage = Readonly<Record<string, Sizes>>;

/** What may be more without anybody having said so. */
const ALLOWED_GROWTH = 0.05;

const BUDGET = join(import.meta.dirname, "size-budget.json");

/** Runs beside an import, and says at the end which files of ours it has read. */
const COUNTER = `
import { writeFileSync } from "node:fs";
import { registerHooks } from "node:module";
const files = new Set();
registerHooks({
  load(url, context, next) {
    if (/node_modules\\/(?:@durabletest|durabletest)\\//.test(url)) files.add(url);
    return next(url, context);
  },
});
process.on("exit", () => writeFileSync(process.env.LOADED_FILES, JSON.stringify([...files])));
`;

export function readBudget(): SizesByPackage {
  return JSON.parse(readFileSync(BUDGET, "utf8")) as SizesByPackage;
}

export function writeBudget(sizes: SizesByPackage): void {
  writeFileSync(BUDGET, `${JSON.stringify(sizes, undefined, 2)}\n`);
}

/**
 * Measures what has been packed.
 *
 * @param project - where the tarballs are installed.
 */
export function measureSizes(tarballs: readonly Tarball[], project: string): SizesByPackage {
  return Object.fromEntries(
    tarballs.map((tarball) => [
      tarball.name,
      {
        packed: inKilobytes(statSync(tarball.file).size),
        unpacked: inKilobytes(unpackedBytes(tarball.file)),
        loaded: inKilobytes(loadedBytes(tarball, project)),
      },
    ]),
  );
}

/** @returns A sentence for each size that is over its budget, or has none. */
export function overBudget(budget: SizesByPackage, sizes: SizesByPackage): readonly string[] {
  const advice =
    "If that is what it is worth, raise the budget: `pnpm sizes:update`, and commit scripts/size-budget.json with the reason.";
  return Object.entries(sizes).flatMap(([name, measured]) => {
    const allowed = budget[name];
    if (allowed === undefined) return [`${name} has no budget. ${advice}`];
    return (["packed", "unpacked", "loaded"] as const)
      .filter((size) => measured[size] > allowed[size] * (1 + ALLOWED_GROWTH))
      .map((size) => {
        const growth = Math.round((measured[size] / allowed[size] - 1) * 100);
        const [before, now] = [allowed[size], measured[size]];
        return `${name}: ${MEANING[size]} ${before} kB, now ${now} kB: ${growth} % more, ${ALLOWED_GROWTH * 100} % are allowed. ${advice}`;
      });
  });
}

const MEANING: Readonly<Record<keyof Sizes, string>> = {
  packed: "the tarball had",
  unpacked: "the files of the tarball had",
  loaded: "importing it read",
};

function inKilobytes(bytes: number): number {
  return Math.ceil(bytes / 1000);
}

function unpackedBytes(file: string): number {
  const list = execFileSync("tar", ["-tvf", file], { encoding: "utf8" });
  return list
    .trim()
    .split("\n")
    .reduce((sum, line) => sum + Number(line.trim().split(/\s+/)[2]), 0);
}

function loadedBytes({ name, entries }: Tarball, project: string): number {
  const directory = mkdtempSync(join(project, "loaded-"));
  try {
    const counter = join(directory, "counter.mjs");
    const list = join(directory, "files.json");
    writeFileSync(counter, COUNTER);
    const isCommand = entries.length === 0;
    const what = isCommand
      ? [join(project, "node_modules/.bin", name), "--version"]
      : ["--input-type=module", "--eval", `import "${name}";`];
    // What a plugin imports refuses to start outside of its framework: by then, all is loaded.
    spawnSync(process.execPath, ["--import", counter, ...what], {
      cwd: project,
      env: { ...process.env, LOADED_FILES: list },
      stdio: "ignore",
    });
    const files = JSON.parse(readFileSync(list, "utf8")) as readonly string[];
    if (files.length === 0) throw new Error(`${name}: an import of it loads no file of ours.`);
    return files.reduce((sum, url) => sum + statSync(new URL(url)).size, 0);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
