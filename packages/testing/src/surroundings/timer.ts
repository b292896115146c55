/**
 * What setTimeout and setInterval return inside a scope: a Timeout of Node, in virtual time.
 *
 * Owns: the life of one timer: waiting, fired, cleared.
 * Does not own: when it fires, and whether time passes for it (environment.ts); which globals make
 * it (timers.ts).
 *
 * 1. A callback runs in the asynchronous context that armed its timer, not in the runner's.
 * 2. Known by a brand, not by its class: a timer made by one copy of this package is cleared by
 *    another.
 */
import { AsyncResource } from "node:async_hooks";

import { natives } from "./natives.ts";
import type { EnvironmentTimer, ExecutionEnvironment } from "./environment.ts";
import type { ArmedTimer } from "./host.ts";
import { Origin } from "./origin.ts";
import { isHandlerExit } from "./process.ts";
import type { Scope } from "./scope.ts";
import { shared } from "./shared.ts";

const { process } = globalThis;

export type TimerCallback = (...args: unknown[]) => unknown;

export interface ScopedTimerOptions {
  readonly callback: TimerCallback;
  readonly delayMs: unknown;
  readonly args?: readonly unknown[];
  readonly repeats?: boolean;
}

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
  // As Node does it, which throws for a bigint.
  const delayMs = (value as number) * 1;
  if (delayMs > longestDelayMs) {
    process.emitWarning(
      `${delayMs} does not fit into a 32-bit signed integer.\nTimeout duration was set to 1.`,
      "TimeoutOverflowWarning",
    );
  }
  return delayMs >= 1 && delayMs <= longestDelayMs ? Math.trunc(delayMs) : 1;
}

export class ScopedTimer implements EnvironmentTimer, Disposable {
  dueAt = 0;
  armed: ArmedTimer | undefined;
  readonly delayMs: number;
  readonly origin: Origin | undefined;
  readonly #environment: ExecutionEnvironment;
  readonly #callback: TimerCallback;
  readonly #args: readonly unknown[];
  readonly #repeats: boolean;
  /** Much cheaper than AsyncLocalStorage.snapshot(); nothing watches for its destruction. */
  readonly #context = new AsyncResource("ScopedTimer", { requireManualDestroy: true });
  #state: "waiting" | "fired" | "cleared" = "waiting";
  #holdsOpen = true;
  #id: number | undefined;

  constructor(scope: Scope, { callback, delayMs, args = [], repeats = false }: ScopedTimerOptions) {
    this.#environment = scope.environment;
    this.#callback = callback;
    this.delayMs = delayOf(delayMs);
    this.origin = Origin.ofCallback(scope.host, callback);
    this.#args = args;
    this.#repeats = repeats;
    this.#arm();
  }

  ref(): this {
    this.#holdsOpen = true;
    return this;
  }

  unref(): this {
    this.#holdsOpen = false;
    return this;
  }

  hasRef(): boolean {
    return this.#holdsOpen;
  }

  refresh(): this {
    if (this.#state !== "cleared") {
      this.#environment.disarm(this);
      this.#arm();
    }
    return this;
  }

  close(): this {
    this.#environment.disarm(this);
    this.#state = "cleared";
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

  fire(): void {
    this.#state = "fired";
    try {
      this.#context.runInAsyncScope(this.#callback, this, ...this.#args);
    } catch (error) {
      // The host has been told of an exit already.
      if (!isHandlerExit(error)) this.#environment.crashed(error);
    }
    this.#afterCall();
  }

  #arm(): void {
    this.#state = "waiting";
    this.#environment.arm(this, this.delayMs);
  }

  #afterCall(): void {
    // The callback may have cleared it, or armed it again.
    if (this.#state !== "fired") return;
    if (this.#repeats) this.#arm();
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
