import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

/** The export condition that resolves to TypeScript sources; exists only inside the workspace. */
export const SOURCE_CONDITION = "@durabletest/source";

/** A package that is published, as its manifest describes it. */
export interface WorkspacePackage {
  readonly name: string;
  readonly directory: string;
  /** What the manifest exports as code: `export: "./lambda"`, `source: "src/…"`, `output: "lambda"`. */
  readonly entries: readonly {
    readonly export: string;
    readonly source: string;
    readonly output: string;
  }[];
}

export interface Manifest {
  readonly name: string;
  readonly version?: string;
  readonly private?: boolean;
  readonly repository?: unknown;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly main?: string;
  readonly types?: string;
  readonly typesVersions?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | ConditionalExport>>;
}

interface ConditionalExport extends PublishedExport {
  readonly [SOURCE_CONDITION]: string;
}

export interface PublishedExport {
  readonly import: { readonly types: string; readonly default: string };
  readonly require: { readonly types: string; readonly default: string };
}

export const workspaceRoot: string = join(import.meta.dirname, "..");

/** Reads the manifests under packages/: build, API reports and package checks all follow them. */
export function publishedPackages(): readonly WorkspacePackage[] {
  return readdirSync(join(workspaceRoot, "packages"))
    .map((name) => join(workspaceRoot, "packages", name))
    .filter((directory) => existsSync(join(directory, "package.json")))
    .map((directory) => ({ directory, manifest: readManifest(directory) }))
    .filter(({ manifest }) => manifest.private !== true)
    .map(({ directory, manifest }) => ({
      name: manifest.name,
      directory,
      entries: Object.entries(manifest.exports).flatMap(([path, target]) =>
        typeof target === "string"
          ? []
          : [
              {
                export: path,
                source: target[SOURCE_CONDITION],
                output: basename(target.import.default, ".mjs"),
              },
            ],
      ),
    }));
}

/** Where the API reports leave what an entry exports, as data. */
export function apiModel({ name }: WorkspacePackage, output: string): string {
  return join(workspaceRoot, "node_modules/.cache/api-model", name, `${output}.api.json`);
}

export function readManifest(directory: string): Manifest {
  return JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as Manifest;
}
