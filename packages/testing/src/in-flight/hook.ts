/**
 * What a sandbox has loaded in the realm of the process, see surroundings/main-realm.ts: all that is shared by
 * the copies of the package, made here for good.
 */
import { installHook } from "./install.ts";

installHook();
