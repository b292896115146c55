/** Runs the packages' tests on the other Node versions that `engines` promises. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NODE_VERSIONS, nodeBinary } from "./node-versions.ts";
import { workspaceRoot } from "./packages.ts";

const vitest = join(workspaceRoot, "node_modules/vitest/vitest.mjs");

const { floor, latestOfFloor, newer } = NODE_VERSIONS;
const intoNode = ["packages/testing/test/in-flight", "packages/testing/test/surroundings"];
/** The oldest whole, for what it lacks; those between it and the one of `pnpm test` where Node itself is reached into. */
const runs = [
  { version: floor, folders: [] },
  { version: latestOfFloor, folders: intoNode },
  { version: newer, folders: intoNode },
];

/** What one test file's process has compiled of the SDKs, the next one takes from there. */
const cache = mkdtempSync(join(tmpdir(), "durabletest-compile-cache-"));

const failed = runs.filter(({ version, folders }) => {
  console.log(`\nNode ${version}`);
  const { status } = spawnSync(
    nodeBinary(version),
    // Not what hardly depends on the Node that runs: types, how another library differs, and properties.
    [
      vitest,
      "run",
      "--typecheck.enabled=false",
      "--exclude=**/{aws-drop-in,explore,property,replay}/**",
      ...["runtime", "testing", "vitest-plugin"].map((project) => `--project=${project}`),
      ...(process.argv.length > 2 ? process.argv.slice(2) : folders),
    ],
    { cwd: workspaceRoot, stdio: "inherit", env: { ...process.env, NODE_COMPILE_CACHE: cache } },
  );
  return status !== 0;
});

rmSync(cache, { recursive: true, force: true });
if (failed.length > 0) {
  console.error(`\nFailed on Node ${failed.map(({ version }) => version).join(", ")}`);
  process.exitCode = 1;
}
