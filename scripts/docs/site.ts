/**
 * `site.ts build` makes the site of the pages in docs/ and all that they link to; `site.ts dev` serves it, and follows
 * changes of the pages.
 *
 * VitePress is given a folder of its own, docs/.site, that `assemble` writes: there the READMEs, the examples and the
 * reference stand beside the pages, and links lead to them.
 */
import { spawnSync, spawn } from "node:child_process";
import { existsSync, watch } from "node:fs";
import { join } from "node:path";
import { apiModel, publishedPackages, workspaceRoot } from "../packages.ts";
import { assemble } from "./assemble.ts";
import { builtProblems } from "./built.ts";

const [command = "build"] = process.argv.slice(2);
const folder = join(workspaceRoot, "docs");
const vitepress = join(folder, "node_modules/vitepress/bin/vitepress.js");

const begun = performance.now();
if (modelsMissing()) makeModels();
const pages = assemble();
console.log(`${pages} pages, in ${seconds()} s`);

if (command === "dev") {
  spawn(process.execPath, [vitepress, "dev"], { cwd: folder, stdio: "inherit" }).on("exit", () =>
    process.exit(),
  );
  let pending: NodeJS.Timeout | undefined;
  watch(folder, { recursive: true }, (_, file) => {
    if (file?.endsWith(".md") !== true || file.startsWith(".") || file.includes("node_modules/")) {
      return;
    }
    clearTimeout(pending);
    pending = setTimeout(() => {
      try {
        assemble();
      } catch (error) {
        // While it is being written, a page may link to what does not exist yet.
        console.error(error instanceof Error ? error.message : error);
      }
    }, 50);
  });
} else {
  const { status } = spawnSync(process.execPath, [vitepress, "build"], {
    cwd: folder,
    stdio: "inherit",
    timeout: 600_000,
  });
  const problems = status === 0 ? builtProblems(join(folder, "dist")) : [];
  for (const problem of problems) console.error(problem);
  console.log(`built in ${seconds()} s, ${problems.length} problems`);
  process.exitCode = status === 0 && problems.length === 0 ? 0 : 1;
}

/** In a fresh clone: the reference is made of what the API reports have read in a build. */
function modelsMissing(): boolean {
  return publishedPackages().some((workspacePackage) =>
    workspacePackage.entries.some(({ output }) => !existsSync(apiModel(workspacePackage, output))),
  );
}

function makeModels(): void {
  const commands = [
    [join(workspaceRoot, "node_modules/tsdown/dist/run.mjs"), "--no-publint", "--no-attw"],
    [join(workspaceRoot, "scripts/api-reports.ts"), "--check"],
  ];
  for (const arguments_ of commands) {
    spawnSync(process.execPath, arguments_, { cwd: workspaceRoot, stdio: "inherit" });
  }
}

function seconds(): string {
  return ((performance.now() - begun) / 1000).toFixed(1);
}
