import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Projects stand beside this folder's own modules, and find Jest, its transformers and Vitest further up. */
export const projectsRoot: string = join(import.meta.dirname, "..", ".projects");

const packages = join(import.meta.dirname, "../../..");

interface Manifest {
  readonly exports: object;
  readonly publishConfig: { readonly exports: object };
}

/**
 * Installs what `pnpm build` has built, as it would be published: copies, because Jest treats what lies in
 * node_modules as other people's code, and links would lead out of it.
 */
export default function installPackages(): () => void {
  rmSync(projectsRoot, { recursive: true, force: true });
  for (const name of ["runtime", "testing", "jest-plugin", "vitest-plugin"]) {
    const from = join(packages, name);
    if (!existsSync(join(from, "dist"))) {
      throw new Error(
        `packages/${name}/dist is missing: these tests use what is built, build first.`,
      );
    }
    const to = join(projectsRoot, "node_modules/@durabletest", name);
    mkdirSync(to, { recursive: true });
    cpSync(join(from, "dist"), join(to, "dist"), { recursive: true });
    const manifest = JSON.parse(readFileSync(join(from, "package.json"), "utf8")) as Manifest;
    const { publishConfig } = manifest;
    writeFileSync(join(to, "package.json"), JSON.stringify({ ...manifest, ...publishConfig }));
  }
  return () => rmSync(projectsRoot, { recursive: true, force: true });
}
