/**
 * What setImmediate returns inside a scope whose turns are played: an Immediate of Node.
 *
 * Owns: the life of one: waiting, called, cleared.
 * Does not own: when it is called (the host's), where turns are played (timers.ts).
 *
 * 1. A callback runs in the asynchronous context that made it.
 * 2. Known by a brand, not by its class: one made by one copy of this package is cleared by another.
 */
import { AsyncResource } from "node:async_hooks";

import type { ScopeHost } from "./host.ts";
import { natives } from "./natives.ts";

export type ImmediateCallback = (...args: unknown[]) => unknown;

const brand = Symbol.for("durabletest.immediate");

export class ScopedImmediate implements Disposable {
  readonly #context = new AsyncResource("ScopedImmediate", { requireManualDestroy: true });
  readonly #callback: ImmediateCallback;
  readonly #args: readonly unknown[];
  #holdsOpen = true;
  #callOff: (() => void) | undefined;

  constructor(
    nextTurn: NonNullable<ScopeHost["nextTurn"]>,
    callback: ImmediateCallback,
    args: readonly unknown[],
  ) {
    this.#callback = callback;
    this.#args = args;
    this.#callOff = nextTurn(() => this.#call());
  }

  ref(): this {
    this.#holdsOpen = this.#callOff !== undefined;
    return this;
  }

  unref(): this {
    this.#holdsOpen = false;
    return this;
  }

  hasRef(): boolean {
    return this.#holdsOpen;
  }

  close(): void {
    this.#callOff?.();
    this.#over();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** What it throws is uncaught, as it is in a turn. */
  #call(): void {
    this.#over();
    this.#context.runInAsyncScope(this.#callback, this, ...this.#args);
  }

  #over(): void {
    this.#callOff = undefined;
    this.#holdsOpen = false;
  }
}

/** Clears one of a scope; false for anything else. */
export function clearScopedImmediate(handle: unknown): boolean {
  if (!isScopedImmediate(handle)) return false;
  handle.close();
  return true;
}

function isScopedImmediate(value: unknown): value is { close(): void } {
  return typeof value === "object" && value !== null && Reflect.get(value, brand) === true;
}

Object.defineProperty(ScopedImmediate.prototype, brand, { value: true });

// `instanceof` the class of Node's own handles, which is exported nowhere.
const probe = natives.setImmediate(() => {});
natives.clearImmediate(probe);
Object.setPrototypeOf(ScopedImmediate.prototype, Object.getPrototypeOf(probe) as object);
