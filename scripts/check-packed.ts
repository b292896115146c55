/**
 * Uses the packages as a stranger does: packs each, installs the tarballs with npm into a project
 * outside the workspace, and there, once as ES modules and once as CommonJS, type-checks a consumer
 * strictly and runs it on the oldest maintained Node and on the workspace's own. Then every entry is
 * type-checked with each compiler and setting that projects have.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { NODE_VERSIONS, nodeBinary } from "./node-versions.ts";
import { Checks, installedVersion, installProject, packAll, runs, type Tarball } from "./packed.ts";
import {
  type Manifest,
  type PublishedExport,
  readManifest,
  SOURCE_CONDITION,
  workspaceRoot,
} from "./packages.ts";
import { checkTypes, COMPILER_PACKAGES } from "./packed-types.ts";
import { needsRegistry } from "./registry.ts";

const JEST = "30.5.2";
/** As `npx durabletest` finds it. */
const COMMAND = ["../node_modules/.bin/durabletest"];

needsRegistry("a foreign project");
const nodes = [nodeBinary(NODE_VERSIONS.latestOfFloor), process.execPath];
const project = mkdtempSync(join(tmpdir(), "durabletest-consumer-"));
const checks = new Checks();

try {
  const tarballs = packAll(project);
  for (const tarball of tarballs) checkManifest(tarball);
  // First without AWS's packages, whose declarations do not compile strictly.
  const tools = ["typescript", "vitest", "@types/node"];
  const versions = Object.fromEntries(tools.map((name) => [name, installedVersion(name)]));
  installProject(project, tarballs, versions);
  checkConsumer("esm", "module");
  checkConsumer("cjs", "commonjs");
  checkTooOldNode(tarballs);
  const jest = { jest: JEST, "@jest/globals": JEST };
  installProject(project, tarballs, {
    ...versions,
    ...jest,
    ...awsPackages(),
    ...COMPILER_PACKAGES,
  });
  await checkTypes(project, checks);
} finally {
  rmSync(project, { recursive: true, force: true });
}
checks.end();

/** What is published is what the workspace exports, without the way to the sources. */
function checkManifest({ name, directory, file, entries }: Tarball): void {
  const packed = JSON.parse(tar("-xOf", file, "package/package.json")) as Manifest;
  const expected = publishedExports(readManifest(directory));
  checks.check(
    `${name}: publishConfig.exports is exports without ${SOURCE_CONDITION}`,
    isDeepStrictEqual(packed.exports, expected),
  );
  const { main, types, typesVersions } = packed;
  // A command has none.
  if (entries.length > 0) {
    checks.check(
      `${name}: main, types and typesVersions name every entry for resolvers without exports`,
      isDeepStrictEqual(
        { main, types, typesVersions },
        legacyEntries(entries.map(({ export: path, output }) => [path, output] as const)),
      ),
    );
  }

  const files = new Set(tar("-tf", file).trim().split("\n"));
  const targets = Object.values(expected).flatMap((target) =>
    typeof target === "string"
      ? target
      : [target.import, target.require].flatMap(Object.values<string>),
  );
  for (const target of targets) {
    checks.check(`${name}: contains ${target}`, files.has(target.replace("./", "package/")));
  }
  checks.check(`${name}: contains a license`, files.has("package/LICENSE"));
  checks.check(`${name}: no workspace: ranges`, !JSON.stringify(packed).includes("workspace:"));
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

/** For `moduleResolution: node`, which does not read `exports`: it means CommonJS. */
function legacyEntries(
  entries: readonly (readonly [path: string, output: string])[],
): Pick<Manifest, "main" | "types" | "typesVersions"> {
  const subpaths = entries.filter(([path]) => path !== ".");
  return {
    main: "./dist/index.cjs",
    types: "./dist/index.d.cts",
    typesVersions: {
      "*": Object.fromEntries(
        subpaths.map(([path, output]) => [path.slice("./".length), [`./dist/${output}.d.cts`]]),
      ),
    },
  };
}

/** What suites of AWS's users have installed, in the versions that this workspace tests against. */
function awsPackages(): Record<string, string> {
  const { devDependencies } = readManifest(join(workspaceRoot, "packages/testing"));
  return Object.fromEntries(
    [
      "@aws/durable-execution-sdk-js",
      "@aws/durable-execution-sdk-js-testing",
      "@aws-sdk/client-lambda",
    ].map((name) => [name, devDependencies?.[name] ?? ""]),
  );
}

function checkConsumer(format: string, type: "module" | "commonjs"): void {
  const directory = join(project, format);
  cpSync(join(import.meta.dirname, "packed-consumer"), directory, { recursive: true });
  writeFileSync(join(directory, "package.json"), JSON.stringify({ private: true, type }));
  const run = (title: string, command: readonly [string, ...string[]]) => {
    checks.check(`${format}: ${title}`, runs(command, directory));
  };

  run("typecheck", [process.execPath, "../node_modules/typescript/bin/tsc"]);
  for (const node of nodes) {
    const version = execFileSync(node, ["--version"], { encoding: "utf8" }).trim();
    // Compiled and run as it is: Vitest loads packages as ES modules even in a CommonJS project.
    run(`node ${version}`, [node, "out/main.js"]);
    const order = ["--input", '{"id":"order-1","total":250}'];
    run(`the command on node ${version}`, [node, ...COMMAND, "run", "handler.ts", ...order]);
    run(`vitest on node ${version}`, [node, "../node_modules/vitest/vitest.mjs", "run"]);
  }
}

/** What cannot run says so in a sentence: nothing that an old Node lacks is needed to say it. */
function checkTooOldNode(tarballs: readonly Tarball[]): void {
  const node = nodeBinary(NODE_VERSIONS.tooOld);
  const entries = tarballs.flatMap(({ name, entries: each }) =>
    each.map(({ export: path }) => join(name, path)),
  );
  // What Vitest and Jest load, and what needs AWS's client, is loaded beside a handler, which says it.
  const alone = entries.filter(
    (entry) => !/(?:vitest|jest)-plugin|\/plugin\/setup$|\/lambda$/.test(entry),
  );
  for (const entry of alone) {
    for (const [format, code] of [
      ["module", `import "${entry}"`],
      ["commonjs", `require("${entry}")`],
    ] as const) {
      const { stderr } = spawnSync(node, [`--input-type=${format}`, "--eval", code], {
        cwd: project,
        encoding: "utf8",
      });
      const says = `needs Node.js 22.12 or later, and this is Node.js ${NODE_VERSIONS.tooOld}.`;
      checks.check(
        `${entry} on Node ${NODE_VERSIONS.tooOld}, ${format}`,
        stderr.includes(says),
        stderr,
      );
    }
  }
}

function tar(...args: readonly string[]): string {
  return execFileSync("tar", args, { encoding: "utf8" });
}
