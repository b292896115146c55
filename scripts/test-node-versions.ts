/**
 * Runs the packages' tests on the other Node versions that `engines` promises, and compares how executions go there
 * with how they go here.
 */
import { execFile, spawnSync } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
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

/**
 * Folders of what hardly depends on the Node that runs: how other libraries differ, properties, what is data in and data
 * out. `dev` is started from its sources, which the oldest cannot.
 */
const HARDLY_NODE =
  "aws-drop-in,aws-sdk,dev,explore,matchers,operations,outcomes,picture,print,property,replay,report,service";

const failed = runs.filter(({ version, folders }) => {
  console.log(`\nNode ${version}`);
  const { status } = spawnSync(
    nodeBinary(version),
    [
      vitest,
      "run",
      `--exclude=**/{${HARDLY_NODE}}/**`,
      // The first three start the command from its sources; the others are about what is read, whoever reads it.
      "--exclude=**/test/{bin,bin-ends,explore,outcomes,reports}.test.ts",
      // These run Vitest on projects, of which one is enough.
      "--exclude=**/test/{config,failures,no-isolation}.test.ts",
      ...["runtime", "testing", "vitest-plugin", "cli"].map((project) => `--project=${project}`),
      ...(process.argv.length > 2 ? process.argv.slice(2) : folders),
    ],
    { cwd: workspaceRoot, stdio: "inherit", env: { ...process.env, TYPECHECK: "false" } },
  );
  return status !== 0;
});

if (failed.length > 0) {
  console.error(`\nFailed on Node ${failed.map(({ version }) => version).join(", ")}`);
  process.exitCode = 1;
}

/** Programs, and programs under schedules, that go the same way to the byte, whichever Node runs them. */
const CASES = { seed: "20250101", count: "150" };

const [here = [], ...elsewhere] = await Promise.all(
  [process.execPath, ...runs.map(({ version }) => nodeBinary(version))].map(digestsOn),
);
for (const [index, { version }] of runs.entries()) {
  const there = elsewhere[index] ?? [];
  const others = here.filter((digest, at) => digest !== there[at]);
  if (others.length === 0 && there.length === here.length) {
    console.log(`Node ${version}: ${here.length} executions go the same way as here`);
    continue;
  }
  console.error(`Node ${version}: ${others.length} of ${here.length} executions go another way`);
  process.exitCode = 1;
}

/** How the cases go, each in short. */
async function digestsOn(node: string): Promise<readonly string[]> {
  const script = join(workspaceRoot, "packages/testing/test/property/other-process.ts");
  const options = ["--conditions=@durabletest/source", "--no-warnings"];
  const types = node.includes(`/${floor}/`) ? ["--experimental-strip-types"] : [];
  const { seed, count } = CASES;
  const args = [...options, ...types, script, seed, count];
  const { stdout } = await promisify(execFile)(node, args, { maxBuffer: 2 ** 28 });
  return JSON.parse(stdout) as readonly string[];
}
