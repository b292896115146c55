/**
 * Runs tests where each file has a realm of its own: Jest, CommonJS and ES modules, and Vitest's vm pools, with
 * the packages as packed. Named imports of core modules must be the execution's in every file, the first of a
 * worker included; and a realm must be free to go when its file is done.
 */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NODE_VERSIONS, nodeBinary } from "./node-versions.ts";
import {
  Checks,
  forEachAtOnce,
  installedVersion,
  installProject,
  outcomeOf,
  packAll,
} from "./packed.ts";
import { needsRegistry } from "./registry.ts";

const JEST = "30.5.2";
const FILES = 60;

/** What the heap may differ by from run to run, in MB. A realm that stays is one. */
const NOISE_MB = 5;

needsRegistry("Jest");
const project = mkdtempSync(join(tmpdir(), "durabletest-sandboxes-"));
const jest = "node_modules/jest/bin/jest.js";
const checks = new Checks();
try {
  await installProject(project, packAll(project), {
    jest: JEST,
    vitest: installedVersion("vitest"),
  });
  writeFileSync(join(project, "jest.config.json"), JSON.stringify({ transform: {} }));
  writeFileSync(join(project, "vitest.config.mjs"), "export default { test: { globals: true } };");
  writeTests();
  await forEachAtOnce([process.execPath, nodeBinary(NODE_VERSIONS.floor)], async (node) => {
    const { output: version } = await outcomeOf([node, "--version"], project);
    await checkNode(node, `Node ${version.trim()}`);
  });
} finally {
  rmSync(project, { recursive: true, force: true });
}
checks.end();

async function checkNode(node: string, name: string): Promise<void> {
  const check = async (title: string, ...args: readonly string[]) => {
    const { passed, output } = await outcomeOf([node, ...args], project);
    checks.check(`${name}: ${title}`, passed, output);
  };
  await check("Jest", jest, "--runInBand", "--testMatch=**/cjs/*1.test.cjs");
  await check("Jest frees realms", jest, "--detectLeaks", "--testMatch=**/cjs/01.test.cjs");
  await check("Jest, after a replay", jest, "--detectLeaks", "--testMatch=**/replay/*.test.cjs");
  // Jest copies the exports before any code of a test file runs: the hook must be there by then.
  const esm = ["--runInBand", "--setupFiles=@durabletest/testing", "--testMatch=**/esm/*.test.mjs"];
  await check("Jest, ES modules", "--experimental-vm-modules", jest, ...esm);
  for (const pool of ["vmThreads", "vmForks"]) {
    const args = ["run", `--pool=${pool}`, "--maxWorkers=1", "esm/"];
    await check(`Vitest, ${pool}`, "node_modules/vitest/vitest.mjs", ...args);
  }
  const [bare, ours] = [await growthMb(node, "bare"), await growthMb(node, "cjs")];
  const title = `${name}: ${FILES} files grow the heap by ${ours} MB, ${bare} MB without the import`;
  checks.check(title, ours <= bare + NOISE_MB);
}

/** How much more there is after the last file than after the tenth. */
async function growthMb(node: string, folder: string): Promise<number> {
  const { output } = await outcomeOf(
    [node, "--expose-gc", jest, "--runInBand", "--logHeapUsage", `--testMatch=**/${folder}/*.cjs`],
    project,
  );
  const sizes = [...output.matchAll(/(\d+) MB heap size/g)].map(([, size]) => Number(size));
  if (sizes.length !== FILES) throw new Error(output);
  return (sizes.at(-1) ?? NaN) - (sizes[9] ?? NaN);
}

function writeTests(): void {
  const from = join(import.meta.dirname, "sandboxed-tests");
  for (const folder of ["cjs", "esm", "bare", "replay"]) mkdirSync(join(project, folder));
  const bare = 'test("nothing", () => { expect(Date.now()).toBeGreaterThan(0); });';
  for (let file = 1; file <= FILES; file++) {
    const name = String(file).padStart(2, "0");
    copyFileSync(join(from, "execution.test.cjs"), join(project, `cjs/${name}.test.cjs`));
    writeFileSync(join(project, `bare/${name}.test.cjs`), bare);
  }
  copyFileSync(join(from, "replay.test.cjs"), join(project, "replay/replay.test.cjs"));
  const esm = readFileSync(join(from, "named-imports.test.mjs"));
  for (const name of ["first", "second"]) writeFileSync(join(project, `esm/${name}.test.mjs`), esm);
}
