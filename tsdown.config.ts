import { defineConfig, type Rolldown, type UserConfig } from "tsdown";
import { viewerScript } from "./packages/testing/src/report/viewer-script.ts";
import { publishedPackages, type WorkspacePackage } from "./scripts/packages.ts";

/** Built beside the exports: what the package loads from its own files, by name. */
const internalEntries: Readonly<Record<string, Record<string, string>>> = {
  // See packages/testing/src/surroundings/main-realm.ts.
  "@durabletest/testing": { hook: "./src/in-flight/hook.ts" },
  // A command has nothing to import: its manifest names what is run.
  durabletest: {
    bin: "./src/bin.ts",
    "explore-worker": "./src/explore/worker.ts",
    "session-worker": "./src/dev/session-worker.ts",
    "page/main": "./src/dev/page/main.ts",
  },
  // Where outcomes are wanted, the plugin adds it to the setup files.
  "@durabletest/vitest-plugin": { "setup-outcomes": "./src/setup-outcomes.ts" },
};

/** What is no code, and is read from beside it. */
const copied: Readonly<Record<string, { from: string[]; to: string }>> = {
  durabletest: { from: ["src/dev/page/style.css", "src/dev/page/icon.svg"], to: "dist/page" },
};

/**
 * In files of their own, each of them whole: to find and open a file takes longer than to read all that is in it, and
 * every test file does that anew. What else is shared goes where rolldown puts it.
 */
const chunks: Readonly<Record<string, readonly { name: string; test: RegExp }[]>> = {
  "@durabletest/testing": [
    // What a setup file has loaded before anything is used.
    {
      name: "setup",
      test: /testing\/src\/(?:executed|matchers\/names|plugin\/summary|surroundings\/main-realm)\.ts$/,
    },
    // What a sandbox has loaded in the realm of the process.
    {
      name: "surroundings",
      test: /testing\/src\/(?:in-flight\/(?!hook)|surroundings\/).*(?<!\.d)\.ts$/,
    },
    // What every test file needs that runs something.
    {
      name: "core",
      test: /testing\/src\/(?!aws|server|node-test|outcomes|index|picture|report|in-flight\/hook|plugin\/(?:index|setup)|matchers\/index).*(?<!\.d)\.ts$|zod|expect-utils|get-type/,
    },
    // After all that it needs: shared by what draws at once and what is loaded to write a report.
    { name: "picture", test: /testing\/src\/(?:picture\/|report\/index).*(?<!\.d)\.ts$/ },
  ],
};

/** A file with one character beyond Latin-1 takes Node twice the memory, and longer to read and to compile. */
const asciiOnly: Rolldown.Plugin = {
  name: "ascii-only",
  // Not earlier: the code is printed anew after `renderChunk`.
  generateBundle(_, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type !== "chunk" || file.fileName.includes(".d.")) continue;
      file.code = file.code.replaceAll(/[^\0-\x7F]/g, escaped);
    }
  },
};

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function isLibrary({ entries }: WorkspacePackage): boolean {
  return entries.length > 0;
}

/** The viewer of reports, which the sources make when somebody asks for it, is in what is built as it is. */
const readyViewer: Rolldown.Plugin = {
  name: "ready-viewer",
  load: {
    filter: { id: /report[\\/]viewer-script\.ts$/ },
    async handler() {
      const script = JSON.stringify(await viewerScript());
      return `export const viewerScript = async (): Promise<string> => ${script};`;
    },
  },
};

/** What is built is what each manifest exports: a new subpath needs no change here. */
const configs: UserConfig[] = publishedPackages().map((workspacePackage) => ({
  name: workspacePackage.name,
  cwd: workspacePackage.directory,
  entry: {
    ...Object.fromEntries(
      workspacePackage.entries.map((entry) => [entry.output, entry.source] as const),
    ),
    ...internalEntries[workspacePackage.name],
  },
  // Jest users are often on CommonJS. What nobody imports needs no second format, and no declarations.
  format: isLibrary(workspacePackage) ? ["esm", "cjs"] : ["esm"],
  platform: "node",
  target: "node22.12",
  dts: isLibrary(workspacePackage),
  sourcemap: true,
  copy: copied[workspacePackage.name] ?? [],
  // The docs are in the declarations; here they would only be read at every import.
  plugins: [readyViewer, asciiOnly],
  outputOptions: {
    comments: { legal: true, annotation: true, jsdoc: false },
    codeSplitting: {
      groups: [...(chunks[workspacePackage.name] ?? [])].map((chunk, index) => ({
        ...chunk,
        priority: 10 - index,
      })),
    },
  },
  // Of zod a small part is used. Loaded as the hundred files that it is, it would triple the import of a test file.
  // Of Jest's equality the rest of its `expect` is left out.
  deps: { alwaysBundle: [/^zod(?:\/|$)/, /^@jest\/(?:expect-utils|get-type)$/] },
  // Checked on the packed tarball, as publishConfig leaves it, under every resolution, node10 too.
  publint: { level: "warning" },
  attw: isLibrary(workspacePackage) ? { profile: "strict", level: "error" } : false,
}));

export default defineConfig(configs);
