/** Makes today's sizes the budget: after `pnpm build`, on purpose, and committed with the reason. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installedVersion, installProject, packAll } from "./packed.ts";
import { readManifest, workspaceRoot } from "./packages.ts";
import { measureSizes, writeBudget } from "./size-budget.ts";

const project = mkdtempSync(join(tmpdir(), "durabletest-sizes-"));
try {
  const tarballs = packAll(project);
  // What the plugins import.
  const { devDependencies = {} } = readManifest(join(workspaceRoot, "packages/jest-plugin"));
  await installProject(project, tarballs, {
    vitest: installedVersion("vitest"),
    "@jest/globals": devDependencies["@jest/globals"] ?? "*",
  });
  const sizes = measureSizes(tarballs, project);
  writeBudget(sizes);
  console.table(sizes);
} finally {
  rmSync(project, { recursive: true, force: true });
}
