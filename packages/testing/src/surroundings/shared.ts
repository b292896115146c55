/**
 * What all copies of this package in the process share.
 *
 * Owns: where it is kept. Does not own: what any of it means; whoever shares a thing does.
 *
 * Two copies meet easily: ESM beside CommonJS, one per Jest sandbox, two versions in one tree.
 * The keys sit on AsyncLocalStorage because that is a core object which all realms and both module
 * formats share; `globalThis` and `process` are copied by test frameworks.
 *
 * 1. What is shared is called by its public members only: the caller may be another copy of the class.
 */
import { AsyncLocalStorage } from "node:async_hooks";

import { loadHookInMainRealm } from "./main-realm.ts";

/** The one thing of that name, made by the copy that asks first. */
export function shared<T extends object>(name: string, make: () => T): T {
  const key = Symbol.for(`durabletest.${name}.v2`);
  loadHookInMainRealm();
  const found: unknown = Reflect.get(AsyncLocalStorage, key);
  if (found !== undefined) return found as T;
  const made = make();
  Reflect.set(AsyncLocalStorage, key, made);
  return made;
}
