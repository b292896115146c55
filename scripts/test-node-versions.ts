/** Runs the packages' tests on the other Node versions that `engines` promises. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { NODE_VERSIONS, nodeBinary } from "./node-versions.ts";
import { workspaceRoot } from "./packages.ts";

const versions = [NODE_VERSIONS.floor, ...NODE_VERSIONS.maintained];
const vitest = join(workspaceRoot, "node_modules/vitest/vitest.mjs");

const failed = versions.filter((version) => {
  console.log(`\nNode ${version}`);
  const { status } = spawnSync(
    nodeBinary(version),
    // Not what hardly depends on the Node that runs: types, how another library differs, and properties.
    [
      vitest,
      "run",
      "--typecheck.enabled=false",
      "--exclude=**/{aws-drop-in,property}/**",
      ...process.argv.slice(2),
    ],
    { cwd: workspaceRoot, stdio: "inherit" },
  );
  return status !== 0;
});

if (failed.length > 0) {
  console.error(`\nFailed on Node ${failed.join(", ")}`);
  process.exitCode = 1;
}
