/**
 * Dynamic imports under way.
 *
 * Node loads a module within one turn of the event loop, which needs no ledger. Vitest asks its
 * main process for each module, over a channel that it captured before any of this was loaded; what
 * it waits for it keeps in `resolvingModules`. The set is the process's, not the execution's: an
 * import elsewhere makes virtual time keep real pace for as long as it takes, no more.
 */

/** The ids of the modules being fetched, or undefined. */
export function modulesBeingFetched(): Iterable<string> | undefined {
  const modules = (globalThis as VitestGlobal).__vitest_worker__?.resolvingModules;
  return modules !== undefined && modules.size > 0 ? modules : undefined;
}

interface VitestGlobal {
  readonly __vitest_worker__?: { readonly resolvingModules?: ReadonlySet<string> };
}
