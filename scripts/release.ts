/**
 * Publishes: `pnpm release`. Refuses what is not clean, makes versions and changelogs of the changesets and commits them,
 * runs every check on that commit, and publishes what has passed, with provenance.
 *
 * `pnpm release --dry-run` does so in a clone, without the checks, and publishes nothing: it prints the changelogs, and
 * what would stand in the way.
 */
import { execFileSync } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { git, missingProvenance, RELEASE_VARIABLE, uncleanliness } from "./clean-tree.ts";
import { publishedPackages, readManifest, workspaceRoot } from "./packages.ts";

const BRANCH = "main";

if (process.argv.includes("--dry-run")) dryRun();
else release();

function release(): void {
  const branch = git("branch", "--show-current");
  const reasons = [
    ...uncleanliness(),
    ...(branch === BRANCH ? [] : [`This is ${branch || "no branch"}; releases are of ${BRANCH}.`]),
    ...behindUpstream(),
    ...missingProvenance(process.env),
  ];
  if (reasons.length > 0) {
    console.error(`Nothing is released.\n${reasons.map((reason) => `- ${reason}`).join("\n")}`);
    process.exitCode = 1;
    return;
  }

  if (changesets(workspaceRoot).length > 0) {
    run("pnpm", "changeset", "version");
    git("add", "--all");
    git("commit", "--message", `Version ${currentVersion(workspaceRoot)}`);
  }
  const commit = git("rev-parse", "HEAD");
  try {
    // Builds, too: what is published is what these stages have looked at.
    run(".ci/run");
  } catch (error) {
    throw new Error(
      `The checks of ${commit} have failed, and nothing is published. The commit of the versions stays: mend, commit, run \`pnpm release\` again.`,
      { cause: error },
    );
  }
  if (git("rev-parse", "HEAD") !== commit || uncleanliness().length > 0) {
    throw new Error("The checks have left changes behind; nothing is published.");
  }
  process.env[RELEASE_VARIABLE] = commit;
  process.env["NPM_CONFIG_PROVENANCE"] = "true";
  run("pnpm", "changeset", "publish");
  console.log("Published, and tagged here. Now: git push --follow-tags");
}

/** A release that others do not have yet would be lost, or made twice. */
function behindUpstream(): readonly string[] {
  let upstream: string;
  try {
    upstream = git("rev-parse", "--abbrev-ref", "@{upstream}");
  } catch {
    return [`${BRANCH} follows no other branch: nobody could pull what is released.`];
  }
  git("fetch", "--quiet");
  return git("rev-parse", "@{upstream}") === git("rev-parse", "HEAD")
    ? []
    : [`HEAD is not what ${upstream} has.`];
}

function dryRun(): void {
  const clone = mkdtempSync(join(tmpdir(), "durabletest-release-"));
  try {
    execFileSync("git", ["clone", "--quiet", "--no-tags", workspaceRoot, clone]);
    // Only changesets' own code is run there.
    symlinkSync(join(workspaceRoot, "node_modules"), join(clone, "node_modules"));
    const before = changesets(clone).length;
    execFileSync(join(clone, "node_modules/.bin/changeset"), ["version"], {
      cwd: clone,
      stdio: ["ignore", "ignore", "inherit"],
    });
    console.log(`${before} changesets make version ${currentVersion(clone)}.\n`);
    for (const { directory, name } of publishedPackages()) {
      const log = join(clone, relative(workspaceRoot, directory), "CHANGELOG.md");
      console.log(existsSync(log) ? readFileSync(log, "utf8") : `${name}: no changelog.`);
    }
  } finally {
    rmSync(clone, { recursive: true, force: true });
  }
  const reasons = [...uncleanliness(), ...missingProvenance(process.env)];
  if (reasons.length > 0)
    console.log(`In the way of a release from here:\n- ${reasons.join("\n- ")}`);
}

function changesets(root: string): readonly string[] {
  return globSync(".changeset/*.md", { cwd: root });
}

/** All packages carry the same. */
function currentVersion(root: string): string {
  return readManifest(join(root, "packages/runtime")).version ?? "";
}

function run(command: string, ...args: readonly string[]): void {
  execFileSync(command, args, { cwd: workspaceRoot, stdio: "inherit" });
}
