import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { workspaceRoot } from "../packages.ts";

/** A Markdown file of the repository, and where it stands on the site. */
export interface Page {
  /** From the root of the repository: "docs/server.md". */
  readonly source: string;
  /** From the root of the site, without an ending: "server". */
  readonly path: string;
  /** What the sidebar calls it. */
  readonly title: string;
}

export interface Section {
  readonly title: string;
  readonly pages: readonly Page[];
}

/** The order in which pages are read: by file, with a shorter title where the page's own is long. Files that are not there are left out. */
const sections: Readonly<Record<string, readonly (string | readonly [string, string])[]>> = {
  Start: [
    ["README.md", "What it is"],
    "docs/first-five-minutes.md",
    ["examples/README.md", "Examples"],
  ],
  "How to test": [
    "docs/guide/callbacks.md",
    "docs/guide/timeouts.md",
    "docs/guide/retries.md",
    "docs/guide/sagas.md",
    "docs/guide/maps.md",
    "docs/guide/invokes.md",
    "docs/guide/time-zones.md",
    "docs/guide/http.md",
    "docs/guide/aws-clients.md",
    "docs/guide/debugging.md",
    ["docs/logs.md", "Logs"],
    "docs/recipes.md",
  ],
  "How it works": [
    "docs/time-in-tests.md",
    "docs/how-replay-works.md",
    "docs/reliability.md",
    ["ARCHITECTURE.md", "Architecture"],
  ],
  "Finding what tests miss": [
    ["docs/explore.md", "Explore"],
    "docs/crash-matrix.md",
    "docs/scripted-steps.md",
    "docs/forks.md",
    "docs/outcomes.md",
    "docs/upgrade-gate.md",
  ],
  "Seeing it": ["docs/report.md", "docs/dev.md", "docs/command.md"],
  "AWS's SDK": [
    "docs/aws-sdk.md",
    "docs/moving-from-aws.md",
    ["docs/differences-from-aws-runner.md", "Differences from AWS's runner"],
    ["docs/differences-from-aws-sdk.md", "Differences from AWS's SDK"],
  ],
  "Test frameworks": [
    ["packages/vitest-plugin/README.md", "Vitest"],
    ["packages/jest-plugin/README.md", "Jest"],
    "docs/node-test.md",
    "docs/ci.md",
  ],
  "In production": ["docs/deploying.md", "docs/server.md"],
  Packages: [
    ["packages/runtime/README.md", "@durabletest/runtime"],
    ["packages/testing/README.md", "@durabletest/testing"],
    ["packages/cli/README.md", "durabletest"],
  ],
  Project: [
    ["CONTRIBUTING.md", "Contributing"],
    ["conformance/README.md", "Conformance"],
    ["faults/README.md", "Faults"],
    ["bench/README.md", "Benchmarks"],
    ["SECURITY.md", "Security"],
  ],
};

/** What the site has, less what is generated. A page under docs/ that no section lists is an error. */
export function siteSections(): readonly Section[] {
  const listed = Object.entries(sections).map(([title, entries]) => ({
    title,
    pages: entries
      .map((entry) => (typeof entry === "string" ? ([entry, undefined] as const) : entry))
      .filter(([source]) => existsSync(join(workspaceRoot, source)))
      .map(([source, name]) => ({ source, path: pathOf(source), title: name ?? titleOf(source) })),
  }));
  const known = new Set(listed.flatMap(({ pages }) => pages.map(({ source }) => source)));
  const missing = globSync("docs/{*,guide/*}.md", { cwd: workspaceRoot }).filter(
    (source) => !known.has(source),
  );
  if (missing.length > 0) {
    throw new Error(`In no section of the site: ${missing.join(", ")}. List them in pages.ts.`);
  }
  return listed.filter(({ pages }) => pages.length > 0);
}

export function readPage(source: string): string {
  return readFileSync(join(workspaceRoot, source), "utf8");
}

/** The first heading of a page. */
function titleOf(source: string): string {
  return /^# (.+)$/m.exec(readPage(source))?.[1] ?? basename(source, ".md");
}

function pathOf(source: string): string {
  if (source === "README.md") return "index";
  const path = source.replace(/\.md$/, "");
  if (path.startsWith("docs/")) return path.slice("docs/".length);
  return path.endsWith("/README") ? path.replace(/README$/, "index") : path.toLowerCase();
}
