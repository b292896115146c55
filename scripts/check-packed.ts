/**
 * Uses the packages as a stranger does: packs each, installs the tarballs with npm into a project
 * outside the workspace, and there, once as ES modules and once as CommonJS, type-checks a consumer
 * strictly and runs it on the oldest maintained Node and on the workspace's own.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { NODE_VERSIONS, nodeBinary, npm } from "./node-versions.ts";
import {
  type Manifest,
  type PublishedExport,
  publishedPackages,
  readManifest,
  SOURCE_CONDITION,
  type WorkspacePackage,
} from "./packages.ts";

interface Tarball {
  readonly name: string;
  readonly file: string;
}

const nodes = [nodeBinary(NODE_VERSIONS.maintained[0]), process.execPath];
const project = mkdtempSync(join(tmpdir(), "durabletest-consumer-"));
const failures: string[] = [];

try {
  const tarballs = publishedPackages().map((workspacePackage) => {
    const file = pack(workspacePackage);
    checkManifest(workspacePackage, file);
    return { name: workspacePackage.name, file };
  });
  install(tarballs);
  checkConsumer("esm", "module");
  checkConsumer("cjs", "commonjs");
} finally {
  rmSync(project, { recursive: true, force: true });
}

if (failures.length > 0) {
  console.error(`\nFailed:\n${failures.map((failure) => `- ${failure}`).join("\n")}`);
  process.exitCode = 1;
}

function pack({ name, directory }: WorkspacePackage): string {
  const destination = mkdtempSync(join(project, "tarball-"));
  execFileSync("pnpm", ["pack", "--pack-destination", destination], {
    cwd: directory,
    stdio: ["ignore", "ignore", "inherit"],
  });
  const [file] = readdirSync(destination);
  if (file === undefined) throw new Error(`${name}: pnpm pack wrote no tarball.`);
  return join(destination, file);
}

/** What is published is what the workspace exports, without the way to the sources. */
function checkManifest({ name, directory }: WorkspacePackage, tarball: string): void {
  const packed = JSON.parse(tar("-xOf", tarball, "package/package.json")) as Manifest;
  const expected = publishedExports(readManifest(directory));
  check(`${name}: publishConfig.exports is exports without ${SOURCE_CONDITION}`, () =>
    isDeepStrictEqual(packed.exports, expected),
  );

  const files = new Set(tar("-tf", tarball).trim().split("\n"));
  const targets = Object.values(expected).flatMap((target) =>
    typeof target === "string"
      ? target
      : [target.import, target.require].flatMap(Object.values<string>),
  );
  for (const target of targets) {
    check(`${name}: contains ${target}`, () => files.has(target.replace("./", "package/")));
  }
  check(`${name}: contains a license`, () => files.has("package/LICENSE"));
  check(`${name}: no workspace: ranges`, () => !JSON.stringify(packed).includes("workspace:"));
}

function publishedExports({ exports }: Manifest): Record<string, string | PublishedExport> {
  return Object.fromEntries(
    Object.entries(exports).map(([path, target]): [string, string | PublishedExport] => {
      if (typeof target === "string") return [path, target];
      const { import: esm, require: cjs } = target;
      return [path, { import: esm, require: cjs }];
    }),
  );
}

function install(tarballs: readonly Tarball[]): void {
  const tools = ["typescript", "vitest", "@types/node"];
  const dependencies = {
    ...Object.fromEntries(tarballs.map(({ name, file }) => [name, `file:${file}`])),
    ...Object.fromEntries(tools.map((name) => [name, installedVersion(name)])),
  };
  writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, dependencies }));
  npm(["install"], project);
}

/** The workspace's own version of a tool, so that there is one place to raise it. */
function installedVersion(name: string): string {
  const { version } = createRequire(import.meta.url)(`${name}/package.json`) as { version: string };
  return version;
}

function checkConsumer(format: string, type: "module" | "commonjs"): void {
  const directory = join(project, format);
  cpSync(join(import.meta.dirname, "packed-consumer"), directory, { recursive: true });
  writeFileSync(join(directory, "package.json"), JSON.stringify({ private: true, type }));
  const run = (title: string, command: readonly [string, ...string[]]) => {
    check(`${format}: ${title}`, () => runs(command, directory));
  };

  run("typecheck", [process.execPath, "../node_modules/typescript/bin/tsc"]);
  for (const node of nodes) {
    const version = execFileSync(node, ["--version"], { encoding: "utf8" }).trim();
    // Compiled and run as it is: Vitest loads packages as ES modules even in a CommonJS project.
    run(`node ${version}`, [node, "out/main.js"]);
    run(`vitest on node ${version}`, [node, "../node_modules/vitest/vitest.mjs", "run"]);
  }
}

function runs([command, ...args]: readonly [string, ...string[]], directory: string): boolean {
  // A snapshot that is not there yet is written, as on the consumer's own machine.
  const env = { ...process.env, CI: undefined };
  return spawnSync(command, args, { cwd: directory, env, stdio: "inherit" }).status === 0;
}

function check(title: string, holds: () => boolean): void {
  const passed = holds();
  console.log(`${passed ? "ok  " : "FAIL"} ${title}`);
  if (!passed) failures.push(title);
}

function tar(...args: readonly string[]): string {
  return execFileSync("tar", args, { encoding: "utf8" });
}
