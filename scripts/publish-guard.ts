/** Runs before each package is published, by whatever command: refuses all but `pnpm release`. */
import { git, RELEASE_VARIABLE, uncleanliness } from "./clean-tree.ts";

const commit = git("rev-parse", "HEAD");
const reasons = [
  ...(process.env[RELEASE_VARIABLE] === commit
    ? []
    : ["Packages are published by `pnpm release` alone, which runs all checks before."]),
  ...uncleanliness(),
];
if (reasons.length > 0) {
  console.error(`Not published.\n${reasons.join("\n")}`);
  process.exitCode = 1;
}
