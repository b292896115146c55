/** Makes today's sizes the budget: after `pnpm build`, on purpose, and committed with the reason. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installedVersion, installProject, packAll } from "./packed.ts";
import { measureSizes, writeBudget } from "./size-budget.ts";

const project = mkdtempSync(join(tmpdir(), "durabletest-sizes-"));
try {
  const tarballs = packAll(project);
  installProject(project, tarballs, { vitest: installedVersion("vitest") });
  const sizes = measureSizes(tarballs, project);
  writeBudget(sizes);
  console.table(sizes);
} finally {
  rmSync(project, { recursive: true, force: true });
}
