/**
 * Test frameworks run each file in a sandbox: a realm of its own, thrown away when the file is done.
 * Whatever reaches into the process (routed core modules, async hooks) would keep the sandbox alive in which
 * it was made. So a copy of this package that finds itself in a sandbox has the hook loaded in the realm
 * of the process first, from the file beside it, and finds there all that copies share.
 */
const { process } = globalThis;

const { runInThisContext } = process.getBuiltinModule("node:vm");

/** The `process` that Node itself emits on, which a sandbox does not let its code see. */
export const realProcess = runInThisContext("process") as NodeJS.Process;

const isSandboxed = runInThisContext("globalThis") !== globalThis;

let loaded = false;

/** Once, and only from a sandbox. Source code, and bundles of their own, have no such file: they do without. */
export function loadHookInMainRealm(): void {
  if (loaded || !isSandboxed) return;
  loaded = true;
  const file = new URL("./hook.cjs", import.meta.url);
  if (!realProcess.getBuiltinModule("node:fs").existsSync(file)) return;
  realProcess.getBuiltinModule("node:module").createRequire(file)(file.pathname);
}
