/**
 * Installs the hook through which handler code meets virtual time, chance and process.
 *
 * Owns: what is routed, where, and how often: each realm once, the core modules once a process.
 *
 * 1. It is never taken off. Outside scopes, what it puts in place is what was there.
 * 2. Installed when the package is imported: the earlier, the fewer natives have been captured.
 */
import { syncBuiltinESMExports } from "node:module";

import { routeAbortSignal, routeClocks, routePerformance } from "./clocks.ts";
import { routeDate } from "./date.ts";
import { realProcess, routeProcess } from "./process.ts";
import { routeMathRandom, routeNodeCrypto, routeWebCrypto } from "./random.ts";
import { shared } from "./shared.ts";
import { routeTimerModules, routeTimers } from "./timers.ts";

const { process } = globalThis;

/** What has been routed: global objects, core modules, prototypes. */
const routedObjects = shared("routed", () => new WeakSet());

/**
 * Routes what tells time, draws numbers or ends the process to the execution whose handler code is
 * running, and leaves it untouched for everybody else.
 *
 * Idempotent. `realm` is the global object to route: its own unless a test framework runs test code
 * in a sandbox with a global object of its own.
 */
export function installScopedGlobals(realm: typeof globalThis = globalThis): void {
  once(realm, () => {
    routeTimers(realm);
    routeDate(realm);
    routeClocks(realm);
    routeMathRandom(realm);
  });
  once(realm.process, routeProcess);
  // A realm has these of its own, or shares those of the process.
  once(realm.AbortSignal, routeAbortSignal);
  const { crypto } = realm as { readonly crypto?: Crypto };
  if (crypto !== undefined) once(Object.getPrototypeOf(crypto) as object, routeWebCrypto);

  once(realProcess(), routeProcess);
  once(process.getBuiltinModule("node:timers"), () => {
    routeTimerModules();
    routePerformance();
    routeNodeCrypto();
    // Named imports of core modules are copies of their properties.
    syncBuiltinESMExports();
  });
}

function once<T extends object>(target: T | undefined, route: (target: T) => void): void {
  if (target === undefined || routedObjects.has(target)) return;
  routedObjects.add(target);
  route(target);
}
