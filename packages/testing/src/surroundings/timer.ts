/**
 * What setTimeout and setInterval return inside a scope: a Timeout of Node, in virtual time.
 *
 * Owns: the life of one timer: waiting in the runner's order, fired, cleared, frozen, going on.
 * Does not own: when it fires (the host), which globals make it (timers.ts).
 *
 * 1. A callback runs in the asynchronous context that armed its timer, not in the runner's.
 * 2. After its scope has ended a timer never fires, unless it does not hold the process open
 *    (`unref`): then it goes on in real time. It may be a library's, shared by all executions.
 * 3. Known by a brand, not by its class: a timer made by one copy of this package is cleared by
 *    another.
 */
import { AsyncResource } from "node:async_hooks";

import { natives } from "./natives.ts";
import type { ArmedTimer, Scope, ScopeTimer } from "./scope.ts";
import { isHandlerExit } from "./process.ts";
import { shared } from "./shared.ts";

const { process } = globalThis;

export type TimerCallback = (...args: unknown[]) => unknown;

export interface ScopedTimerOptions {
  readonly callback: TimerCallback;
  readonly delayMs: unknown;
  readonly args?: readonly unknown[];
  readonly repeats?: boolean;
}

type Phase =
  /** In the runner's order. */
  | { readonly kind: "virtual"; readonly armed: ArmedTimer }
  /** Going on after the end of its scope. */
  | { readonly kind: "real"; readonly timeout: NodeJS.Timeout }
  /** Standing still after the end of its scope. */
  | { readonly kind: "frozen"; readonly remainingMs: number }
  | { readonly kind: "fired" }
  | { readonly kind: "cleared" };

/** Timers that were turned into a number, by that number. */
const numbered = shared("numberedTimers", () => ({
  // Above any id that Node gives to a timer of its own.
  lastId: 1e12,
  timers: new Map<number, { close(): unknown }>(),
}));

const brand = Symbol.for("durabletest.timer");

const longestDelayMs = 2 ** 31 - 1;

/** Node's rule, which includes that a delay of 25 days or more is a delay of a millisecond. */
function delayOf(value: unknown): number {
  const delayMs = Number(value);
  if (delayMs > longestDelayMs) {
    process.emitWarning(
      `${delayMs} does not fit into a 32-bit signed integer.\nTimeout duration was set to 1.`,
      "TimeoutOverflowWarning",
    );
  }
  return delayMs >= 1 && delayMs <= longestDelayMs ? Math.trunc(delayMs) : 1;
}

export class ScopedTimer implements ScopeTimer, Disposable {
  readonly #scope: Scope;
  readonly #callback: TimerCallback;
  readonly #delayMs: number;
  readonly #args: readonly unknown[];
  readonly #repeats: boolean;
  /** Much cheaper than AsyncLocalStorage.snapshot(); nothing watches for its destruction. */
  readonly #context = new AsyncResource("ScopedTimer", { requireManualDestroy: true });
  #phase: Phase = { kind: "fired" };
  /** Virtual epoch milliseconds, of when it was last armed in virtual time. */
  #dueAt = 0;
  #holdsOpen = true;
  #id: number | undefined;

  constructor(scope: Scope, { callback, delayMs, args = [], repeats = false }: ScopedTimerOptions) {
    this.#scope = scope;
    this.#callback = callback;
    this.#delayMs = delayOf(delayMs);
    this.#args = args;
    this.#repeats = repeats;
    this.#arm(this.#delayMs);
  }

  ref(): this {
    this.#holdsOpen = true;
    return this;
  }

  unref(): this {
    this.#holdsOpen = false;
    if (this.#phase.kind === "frozen") this.#arm(this.#phase.remainingMs);
    return this;
  }

  hasRef(): boolean {
    return this.#holdsOpen;
  }

  refresh(): this {
    if (this.#phase.kind !== "cleared") {
      this.#disarm();
      this.#arm(this.#delayMs);
    }
    return this;
  }

  close(): this {
    this.#disarm();
    this.#phase = { kind: "cleared" };
    this.#forgetId();
    return this;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** A number by which clearTimeout knows it. */
  [Symbol.toPrimitive](): number {
    if (this.#id === undefined) {
      numbered.lastId += 1;
      this.#id = numbered.lastId;
      numbered.timers.set(this.#id, this);
    }
    return this.#id;
  }

  outliveScope(): void {
    this.#disarm();
    this.#arm(Math.max(1, this.#dueAt - this.#scope.host.now()));
  }

  #arm(delayMs: number): void {
    const { host, ended } = this.#scope;
    if (!ended) {
      this.#dueAt = host.now() + delayMs;
      this.#phase = { kind: "virtual", armed: host.arm(delayMs, this.#fireVirtual) };
      this.#scope.hold(this);
    } else if (this.#holdsOpen) {
      this.#phase = { kind: "frozen", remainingMs: delayMs };
    } else {
      const timeout = natives.setTimeout(() => this.#fire(), delayMs).unref();
      this.#phase = { kind: "real", timeout };
    }
  }

  #disarm(): void {
    const phase = this.#phase;
    switch (phase.kind) {
      case "virtual":
        this.#scope.release(this);
        this.#scope.host.disarm(phase.armed);
        return;
      case "real":
        natives.clearTimeout(phase.timeout);
        return;
      case "frozen":
      case "fired":
      case "cleared":
    }
  }

  readonly #fireVirtual = (): void => {
    this.#scope.release(this);
    try {
      this.#fire();
    } catch (error) {
      // The host has been told of an exit already.
      if (!isHandlerExit(error)) this.#scope.host.crashed(error);
    }
  };

  #fire(): void {
    this.#phase = { kind: "fired" };
    try {
      this.#context.runInAsyncScope(this.#callback, this, ...this.#args);
    } finally {
      this.#afterCall();
    }
  }

  #afterCall(): void {
    // The callback may have cleared it, or armed it again.
    if (this.#phase.kind !== "fired") return;
    if (this.#repeats) this.#arm(this.#delayMs);
    else this.#forgetId();
  }

  #forgetId(): void {
    if (this.#id !== undefined) numbered.timers.delete(this.#id);
  }
}

export function armScopedTimer(scope: Scope, options: ScopedTimerOptions): ScopedTimer {
  return new ScopedTimer(scope, options);
}

/** Clears a scoped timer, by handle or number; false for anything else. */
export function clearScopedTimer(handle: unknown): boolean {
  const timer =
    typeof handle === "number" || typeof handle === "string"
      ? numbered.timers.get(Number(handle))
      : handle;
  if (!isScopedTimer(timer)) return false;
  timer.close();
  return true;
}

function isScopedTimer(value: unknown): value is { close(): unknown } {
  return typeof value === "object" && value !== null && Reflect.get(value, brand) === true;
}

Object.defineProperty(ScopedTimer.prototype, brand, { value: true });

// `instanceof` the class of Node's own handles, which is exported nowhere.
const probe = natives.setTimeout(() => {}, 1);
natives.clearTimeout(probe);
Object.setPrototypeOf(ScopedTimer.prototype, Object.getPrototypeOf(probe) as object);
