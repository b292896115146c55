import { execFileSync } from "node:child_process";
import { readManifest, publishedPackages, workspaceRoot } from "./packages.ts";

/** Set by `pnpm release` to the commit whose checks have passed. Without it, nothing is published. */
export const RELEASE_VARIABLE = "DURABLETEST_RELEASE";

export function git(...args: readonly string[]): string {
  return execFileSync("git", args, { cwd: workspaceRoot, encoding: "utf8" }).trim();
}

/** @returns A sentence for each thing that is not as the checks, or whoever looks at the commit, have seen it. */
export function uncleanliness(): readonly string[] {
  const changes = git("status", "--porcelain");
  return changes === "" ? [] : [`The working tree has changes:\n${changes}`];
}

/** What npm wants before it takes a package with its provenance. */
export function missingProvenance(env: NodeJS.ProcessEnv): readonly string[] {
  const unnamed = publishedPackages()
    .filter(({ directory }) => readManifest(directory).repository === undefined)
    .map(({ name }) => name);
  return [
    ...(unnamed.length === 0
      ? []
      : [
          `No \`repository\` in the manifest of ${unnamed.join(", ")}: npm compares it with where the package was built.`,
        ]),
    // GitHub's, GitLab's.
    ...(env["ACTIONS_ID_TOKEN_REQUEST_URL"] === undefined && env["SIGSTORE_ID_TOKEN"] === undefined
      ? [
          "No identity to sign with: provenance can be given on a CI service that npm knows, with `id-token: write` (GitHub) or SIGSTORE_ID_TOKEN (GitLab).",
        ]
      : []),
  ];
}
