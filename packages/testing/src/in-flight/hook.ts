/**
 * All that reaches into the process, in one file that needs no other: what a sandbox has loaded in the realm
 * of the process, see surroundings/main-realm.ts.
 */
import { installScopedGlobals } from "../surroundings/globals.ts";
import "./observer.ts";

installScopedGlobals();
