import type { LoadedModule } from "@durabletest/testing/outcomes";

/** As much of what Vitest keeps of a module as is read here. */
interface EvaluatedModule {
  readonly file?: unknown;
  readonly exports?: unknown;
  readonly importers?: ReadonlySet<string>;
}

/** What a test file has loaded, as far as Vitest has it: it has not promised to keep that there. */
export function loadedModules(): readonly LoadedModule[] {
  const worker: unknown = Reflect.get(globalThis, "__vitest_worker__");
  const { evaluatedModules } = (worker ?? {}) as {
    readonly evaluatedModules?: { readonly idToModuleMap?: ReadonlyMap<string, EvaluatedModule> };
  };
  const modules = evaluatedModules?.idToModuleMap;
  return [...(modules?.values() ?? [])].flatMap((module) => {
    const file = fileOf(module);
    if (file === undefined) return [];
    // Looked up at once, for Vitest may forget modules.
    const importers = new Set(
      [...(module.importers ?? [])].map((id) => fileOf(modules?.get(id) ?? {})),
    );
    return [{ file, exports: module.exports, isImportedBy: (other) => importers.has(other) }];
  });
}

/** One that stands in for another by `vi.mock` is in its place. */
function fileOf({ file }: EvaluatedModule): string | undefined {
  return typeof file === "string" ? file.replace(/^mock:/, "") : undefined;
}
