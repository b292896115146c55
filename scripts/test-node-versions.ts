/** Runs the packages' tests on the other Node versions that `engines` promises. */
import { spawnSync } from "node:child_process";
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
    { cwd: workspaceRoot, stdio: "inherit" },
  );
  return status !== 0;
});

if (failed.length > 0) {
  console.error(`\nFailed on Node ${failed.map(({ version }) => version).join(", ")}`);
  process.exitCode = 1;
}
