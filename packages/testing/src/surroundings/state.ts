/**
 * The one object that every copy of this package in the process shares.
 *
 * Owns: who carries the scope (the AsyncLocalStorage), and what has already been installed.
 * Does not own: what any of it means; see scope.ts, natives.ts, globals.ts.
 *
 * Two copies meet easily: ESM beside CommonJS, one per Jest sandbox, two versions in one tree.
 * The key sits on AsyncLocalStorage because that is a core object which all realms and both module
 * formats share; `globalThis` and `process` are copied by test frameworks.
 *
 * 1. Whatever is reached through this object is called by its public members only: the caller may
 *    be another copy of the class.
 */
import { AsyncLocalStorage } from "node:async_hooks";

import type { Natives } from "./natives.ts";
import type { Scope } from "./scope.ts";
import type { AnyFunction } from "./route.ts";

/** Watches real work process-wide; built by the copy that comes first. */
export interface WorkObserver {
  /** A scope has been opened. */
  enter(): void;
  /** A scope has ended. */
  leave(): void;
}

export interface SharedState {
  readonly storage: AsyncLocalStorage<Scope | undefined>;
  /** Scoped timers that were turned into a number, by that number. */
  readonly timersById: Map<number, { close(): unknown }>;
  lastTimerId: number;
  /** Objects whose properties have been routed: global objects, core modules, prototypes. */
  readonly routed: WeakSet<object>;
  /** What stands for setTimeout and its kin: the same function as a global and in node:timers. */
  timers: Readonly<Record<string, AnyFunction>> | undefined;
  natives: Natives | undefined;
  observer: WorkObserver | undefined;
}

/** Also the brand by which a scoped timer of any copy is known. */
export const scopeKey: unique symbol = Symbol.for("durabletest.scope.v1");

const holder = AsyncLocalStorage as { [scopeKey]?: SharedState };

export const state: SharedState = (holder[scopeKey] ??= {
  storage: new AsyncLocalStorage(),
  timersById: new Map(),
  // Above any id that Node gives to a timer of its own.
  lastTimerId: 1e12,
  routed: new WeakSet(),
  timers: undefined,
  natives: undefined,
  observer: undefined,
});
