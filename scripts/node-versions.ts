import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { workspaceRoot } from "./packages.ts";

/** What is tested besides the Node that the workspace itself runs on. */
export const NODE_VERSIONS = {
  /** The lowest that `engines` promises. */
  floor: "22.12.0",
  latestOfFloor: "22.23.3",
  newer: "24.21.0",
  /** One that is still in use, and is told to be too old. */
  tooOld: "20.20.2",
} as const;

/**
 * The path of a Node binary, installed from the `node` package at the first use. Not a dependency of
 * the workspace: whoever only runs the tests should not download four versions of Node.
 */
export function nodeBinary(version: string): string {
  const directory = join(workspaceRoot, "node_modules/.cache/node", version);
  const binary = join(directory, "node_modules/node/bin/node");
  if (!existsSync(binary)) {
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "package.json"), JSON.stringify({ private: true }));
    execFileSync("npm", ["install", "--no-save", `node@${version}`, "--no-audit", "--no-fund"], {
      cwd: directory,
      stdio: ["ignore", "ignore", "inherit"],
    });
  }
  return binary;
}
