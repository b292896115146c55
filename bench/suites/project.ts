/** A project with the packages as they would be published, and both frameworks, as users have them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installedVersion, installProject, packAll } from "../../scripts/packed.ts";

const JEST = "30.5.2";

/** What is in it goes with it. */
export async function withProject<T>(use: (project: string) => Promise<T>): Promise<T> {
  const project = mkdtempSync(join(tmpdir(), "durabletest-bench-"));
  try {
    const versions = { jest: JEST, vitest: installedVersion("vitest") };
    await installProject(project, packAll(project), versions);
    return await use(project);
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
}
