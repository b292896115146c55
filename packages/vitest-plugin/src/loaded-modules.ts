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
  return [...(modules?.values() ?? [])].flatMap(({ file, exports, importers }) => {
    if (typeof file !== "string") return [];
    const isImportedBy = (other: string): boolean =>
      [...(importers ?? [])].some((id) => modules?.get(id)?.file === other);
    return [{ file, exports, isImportedBy }];
  });
}
