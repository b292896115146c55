import { spawnSync } from "node:child_process";

/** What a script exits with that could not check anything: `.ci/run` shows the stage as skipped. */
const SKIPPED = 75;

/**
 * Ends the process, as skipped and saying so, where the package registry does not answer.
 *
 * @param what - what cannot be installed then.
 */
export function needsRegistry(what: string): void {
  const { status } = spawnSync(
    "npm",
    ["view", "typescript", "version", "--fetch-retries=1", "--fetch-timeout=30000"],
    { stdio: "ignore" },
  );
  if (status === 0) return;
  console.log(`SKIPPED: the package registry does not answer, so ${what} cannot be installed.`);
  process.exit(SKIPPED);
}
