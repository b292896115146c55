/**
 * Installs the hook through which handler code meets virtual time, chance and process.
 *
 * Owns: what is routed, where, and how often: each realm once, the core modules once a process.
 *
 * 1. It is never taken off. Outside scopes, what it puts in place is what was there.
 * 2. Installed when the package is imported: the earlier, the fewer natives have been captured.
 */
import { syncBuiltinESMExports } from "node:module";

import { timers, timersPromises } from "./builtins.ts";
import {
  reassertPerformance,
  routeAbortSignal,
  routeClocks,
  routePerformance,
  routeProcessClocks,
} from "./clocks.ts";
import { routeConsoles } from "./consoles.ts";
import { routeDate } from "./date.ts";
import { realProcess } from "./main-realm.ts";
import { natives } from "./natives.ts";
import { routeEvent } from "./performance-entries.ts";
import { routeProcess } from "./process.ts";
import { routeMathRandom, routeNodeCrypto, routeWebCrypto } from "./random.ts";
import { expectFakes, reassertReplaceable } from "./replaceable.ts";
import { once } from "./route.ts";
import { routeTimerModules, routeTimers } from "./timers.ts";

/**
 * Routes what tells time, draws numbers or ends the process to the execution whose handler code is
 * running, and leaves it untouched for everybody else.
 *
 * Idempotent. `realm` is the global object to route: its own unless a test framework runs test code
 * in a sandbox with a global object of its own.
 */
export function installScopedGlobals(realm: typeof globalThis = globalThis): void {
  const isNew = once(realm, () => {
    routeTimers(realm);
    routeDate(realm, () => {
      for (const target of replaceableOf(realm)) expectFakes(target);
      natives.queueMicrotask(() => reassertGlobals(realm));
    });
    routeClocks(realm);
    routeMathRandom(realm);
  });
  for (const each of [realm.process, realProcess]) {
    once(each, () => {
      routeProcess(each);
      routeProcessClocks(each);
    });
  }
  // A realm has these of its own, or shares those of the process.
  once(realm.AbortSignal, routeAbortSignal);
  const { crypto, Event } = realm as {
    readonly crypto?: Crypto;
    readonly Event?: typeof globalThis.Event;
  };
  if (crypto !== undefined) once(Object.getPrototypeOf(crypto) as object, routeWebCrypto);
  once(Event?.prototype, routeEvent);

  once(timers, () => {
    routeTimerModules();
    routePerformance();
    routeNodeCrypto();
    routeConsoles();
  });
  if (isNew) syncNamedImports(realm);
}

/** Named imports of core modules are copies of their properties. Vitest's loader of vm pools has its own. */
function syncNamedImports(realm: typeof globalThis & VitestGlobal): void {
  const { syncBuiltinESMExports: sync = syncBuiltinESMExports } = realm.__vitest_required__ ?? {};
  sync();
}

interface VitestGlobal {
  readonly __vitest_required__?: { readonly syncBuiltinESMExports?: () => void };
}

/**
 * Sees to it that handler code which runs next finds its execution's time: fake timers and mocks may have
 * put theirs in place since the last time.
 */
export function reassertGlobals(realm: typeof globalThis = globalThis): void {
  for (const target of replaceableOf(realm)) reassertReplaceable(target);
  reassertPerformance();
}

function replaceableOf(realm: typeof globalThis): readonly object[] {
  const { scheduler } = timersPromises;
  return [realm, realm.process, realm.AbortSignal, timers, timersPromises, scheduler];
}
