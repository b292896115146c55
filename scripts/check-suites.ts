/**
 * Runs suites as other people have them: test projects written for AWS's testing library, each after a kind
 * that was met, once as they are and once with the one import changed; and a suite of our own on Bun and on
 * Deno. In a project outside the workspace, with the packages as packed.
 */
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  Checks,
  type Command,
  forEachAtOnce,
  installProject,
  outcomeOf,
  packAll,
} from "./packed.ts";
import { readManifest, workspaceRoot } from "./packages.ts";
import { needsRegistry } from "./registry.ts";

const THEIRS = "@aws/durable-execution-sdk-js-testing";
const OURS = "@durabletest/testing/aws";

/** What all suites have installed, in the versions that people have. */
const DEPENDENCIES = {
  "@jest/globals": "30.5.2",
  "@middy/core": "7.9.2",
  "@types/jest": "30.0.0",
  "@types/node": "26.6.6",
  bun: "1.4.5",
  deno: "2.9.6",
  jest: "30.5.2",
  "reflect-metadata": "0.2.2",
  "ts-jest": "29.4.15",
  // ts-jest compiles with it.
  typescript: "5.9.3",
  vitest: "4.1.12",
};

const node = process.execPath;
/** Run with both libraries. */
const SUITES: Readonly<Record<string, (bin: string) => Command>> = {
  template: (bin) => [node, join(bin, "../jest/bin/jest.js")],
  "ts-jest-node10": (bin) => [node, join(bin, "../jest/bin/jest.js")],
  "jest-esm": (bin) => [node, "--experimental-vm-modules", join(bin, "../jest/bin/jest.js")],
  "nest-bun": (bin) => [join(bin, "bun"), "test"],
  "middy-node-test": () => [node, "--test"],
  "vitest4-monorepo": (bin) => [node, join(bin, "../vitest/vitest.mjs"), "run"],
};
/** Runtimes that are no Node. */
const RUNTIMES: Readonly<Record<string, (bin: string) => Command>> = {
  Bun: (bin) => [join(bin, "bun"), "test"],
  Deno: (bin) => [join(bin, "deno"), "test", "--allow-all", "--no-check"],
};

needsRegistry("the suites");
const project = mkdtempSync(join(tmpdir(), "durabletest-suites-"));
const checks = new Checks();
try {
  const { devDependencies = {} } = readManifest(join(workspaceRoot, "packages/testing"));
  const aws = Object.entries(devDependencies).filter(([name]) =>
    ["@aws-sdk/client-lambda", "@aws/durable-execution-sdk-js", THEIRS].includes(name),
  );
  const versions = { ...DEPENDENCIES, ...Object.fromEntries(aws) };
  await installProject(project, packAll(project), versions);
  const bin = join(project, "node_modules/.bin");
  const runs = [
    ...Object.entries(SUITES).flatMap(([suite, command]) =>
      [THEIRS, OURS].map((module) => ({
        title: `${suite} with ${module}`,
        suite,
        module,
        command,
      })),
    ),
    ...Object.entries(RUNTIMES).map(([runtime, command]) => {
      return { title: `our own suite on ${runtime}`, suite: "runtimes", module: runtime, command };
    }),
  ];
  await forEachAtOnce(runs, async ({ title, suite, module, command }) => {
    const { passed, output } = await outcomeOf(command(bin), copySuite(suite, module), 120_000);
    checks.check(title, passed, output);
  });
} finally {
  rmSync(project, { recursive: true, force: true });
}
checks.end();

/** A copy of a suite that imports the library under test; on another runtime, as it is. */
function copySuite(suite: string, module: string): string {
  const directory = join(
    project,
    `${suite}-${module === THEIRS ? "theirs" : module.split("/")[0]}`,
  );
  cpSync(join(import.meta.dirname, "packed-suites", suite), directory, { recursive: true });
  if (module !== OURS) return directory;
  for (const file of globSync("**/*.{ts,mjs}", { cwd: directory })) {
    const path = join(directory, file);
    const text = readFileSync(path, "utf8");
    writeFileSync(path, text.replaceAll(`"${THEIRS}"`, `"${module}"`));
  }
  return directory;
}
