import { installScopedGlobals } from "../surroundings/globals.ts";
import "../surroundings/held-bodies.ts";
import "../surroundings/standard-output.ts";
import { tapFetch } from "./fetch.ts";
import "./observer.ts";

/**
 * Installs what reaches beyond the package itself: the surroundings of handler code, and the eyes for its real
 * work. Idempotent; once for every realm, and never taken off.
 */
export function installHook(realm: typeof globalThis = globalThis): void {
  installScopedGlobals(realm);
  tapFetch(realm);
}
