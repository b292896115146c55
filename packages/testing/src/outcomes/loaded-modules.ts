import type { LoadedModule } from "./collector.ts";

// Not imported: see surroundings/builtins.ts.
const { createRequire, registerHooks } = process.getBuiltinModule("node:module");
const { fileURLToPath } = process.getBuiltinModule("node:url");

/**
 * What a process loads from now on, dependencies aside. Node shows what `require` has loaded; of other modules it says
 * while they are being loaded who imports which (from 22.15 on), and a `require` of one that has been is a look at it.
 */
export function loadedModules(): () => readonly LoadedModule[] {
  const require = createRequire(import.meta.url);
  /** Who imports a file. */
  const importers = new Map<string, Set<string>>();
  // Older versions do not have it.
  const hooks: Partial<Pick<typeof import("node:module"), "registerHooks">> = { registerHooks };
  hooks.registerHooks?.({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context);
      const file = fileOf(resolved.url);
      if (file === undefined || isOnlyLookedFor()) return resolved;
      const known = importers.get(file) ?? new Set();
      importers.set(file, known);
      const importer = fileOf(context.parentURL);
      if (importer !== undefined) known.add(importer);
      return resolved;
    },
  });
  return () => {
    const files = new Set([...Object.keys(require.cache).filter(isOwn), ...importers.keys()]);
    return [...files].flatMap((file) => {
      const exports = exportsOf(require, file);
      const isImportedBy = (other: string): boolean => importers.get(file)?.has(other) === true;
      return exports === undefined ? [] : [{ file, exports, isImportedBy }];
    });
  };
}

/**
 * Whether a file is looked for by `import.meta.resolve` or `require.resolve`, and not loaded: to require it would run it.
 * Only the stack shows that. A hook that hears what is loaded is no way: with one, `require` has no `cache` in CommonJS
 * modules that are imported (Node 22.15, 24.4).
 */
function isOnlyLookedFor(): boolean {
  return /\b(?:Object|require)\.resolve \(node:/.test(String(new Error("looked for").stack));
}

function exportsOf(require: NodeJS.Require, file: string): unknown {
  try {
    return require(file);
  } catch {
    return undefined; // it is being loaded, as the test file is, or waits for something
  }
}

function fileOf(url: string | undefined): string | undefined {
  if (url?.startsWith("file:") !== true) return undefined;
  const file = fileURLToPath(url);
  return isOwn(file) ? file : undefined;
}

function isOwn(file: string): boolean {
  return !/[/\\]node_modules[/\\]/.test(file);
}
