/**
 * Runs the tests of the Vitest plugin, types included, on the Vitest versions that it promises besides the
 * workspace's own: from its sources, in a project that has those versions installed and the other packages
 * as packed.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  Checks,
  type Command,
  forEachAtOnce,
  installedVersion,
  installProject,
  outcomeOf,
  packAll,
  withoutCI,
} from "./packed.ts";
import { SOURCE_CONDITION, workspaceRoot } from "./packages.ts";
import { needsRegistry } from "./registry.ts";

/** The lowest of the range, and the last of the major before. */
const VERSIONS = ["4.1.0", "4.1.12"];

needsRegistry("another Vitest");
const root = mkdtempSync(join(tmpdir(), "durabletest-vitest-"));
const checks = new Checks();
try {
  const tarballs = packAll(root).filter(({ name }) => !name.endsWith("/vitest-plugin"));
  const tools = ["typescript", "@types/node"].map(
    (name) => [name, installedVersion(name)] as const,
  );
  await forEachAtOnce(VERSIONS, async (vitest) => {
    const project = join(root, vitest);
    mkdirSync(project);
    await installProject(project, tarballs, { vitest, ...Object.fromEntries(tools) });
    const plugin = copyPlugin(project);
    const check = async (title: string, ...args: readonly string[]): Promise<void> => {
      const [script = "", ...more] = args;
      const path = join(project, "node_modules", script);
      const command: Command = [process.execPath, path, ...more];
      const { passed, output } = await outcomeOf(command, plugin, undefined, withoutCI);
      checks.check(`${title} on Vitest ${vitest}`, passed, output);
    };
    await check("types", "typescript/bin/tsc");
    await check("tests", "vitest/vitest.mjs", "run");
  });
} finally {
  rmSync(root, { recursive: true, force: true });
}
checks.end();

/** @returns The folder of the copy, which finds what the project has installed. */
function copyPlugin(project: string): string {
  const plugin = join(project, "vitest-plugin");
  mkdirSync(plugin);
  for (const part of ["package.json", "src", "test"]) {
    const from = join(workspaceRoot, "packages/vitest-plugin", part);
    cpSync(from, join(plugin, part), { recursive: true });
  }
  cpSync(join(workspaceRoot, "tsconfig.base.json"), join(project, "tsconfig.base.json"));
  writeFileSync(
    join(plugin, "tsconfig.json"),
    JSON.stringify({ extends: "../tsconfig.base.json", include: ["src", "test"] }),
  );
  const conditions = [SOURCE_CONDITION, "module", "node", "import", "default"];
  const settings = {
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: { include: ["test/**/*.test.ts"], testTimeout: 60_000 },
  };
  writeFileSync(join(plugin, "vitest.config.mjs"), `export default ${JSON.stringify(settings)};\n`);
  return plugin;
}
