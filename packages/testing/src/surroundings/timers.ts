/**
 * setTimeout, setInterval and their kin: as globals, in node:timers and in node:timers/promises.
 *
 * Owns: which of them are virtual inside scopes. setImmediate, queueMicrotask and nextTick are not:
 * they wait for no time. They are routed to the native ones, because test frameworks fake them too,
 * and a faked setImmediate never fires by itself.
 */
import timers from "node:timers";
import timersPromises from "node:timers/promises";

import { natives } from "./natives.ts";
import { runOutsideScopes } from "./scope.ts";
import type { Scope } from "./scope.ts";
import { isFunction, routed, routeMethod, routeProperty } from "./route.ts";
import type { AnyFunction, ScopedCall } from "./route.ts";
import { sleep, sleepOptions, ticks } from "./sleep.ts";
import type { SleepOptions } from "./sleep.ts";
import { shared } from "./shared.ts";
import { armScopedTimer, clearScopedTimer } from "./timer.ts";
import type { TimerCallback } from "./timer.ts";

const armTimer =
  (repeats: boolean): ScopedCall =>
  (scope, given, native) => {
    const [callback, delayMs, ...args] = given;
    // Node's own error for what is no function.
    if (!isFunction(callback)) return native(...given);
    if (isTickOfUndici(callback, delayMs)) return runOutsideScopes(() => native(...given));
    return armScopedTimer(scope, { callback: callback as TimerCallback, delayMs, args, repeats });
  };

/**
 * The one timer behind the timeouts of all requests that undici makes, armed by whoever makes the
 * first one. In the virtual time of that execution, a long sleep there would time out requests
 * everywhere else.
 */
function isTickOfUndici(callback: AnyFunction, delayMs: unknown): boolean {
  return delayMs === 499 && callback.name === "onTick";
}

/** Clears by whose timer it is, not by where it is called: handles are passed across. */
function clearing(original: AnyFunction): AnyFunction {
  const wrapper = {
    [original.name](handle: unknown): void {
      if (!clearScopedTimer(handle)) Reflect.apply(original, undefined, [handle]);
    },
  }[original.name];
  return wrapper as AnyFunction;
}

/** The same functions as globals and in node:timers, in all realms. */
const wrappers: Readonly<Record<string, AnyFunction>> = shared("timers", () => ({
  setTimeout: routed(natives.setTimeout, armTimer(false)),
  setInterval: routed(natives.setInterval, armTimer(true)),
  clearTimeout: clearing(natives.clearTimeout),
  clearInterval: clearing(natives.clearInterval),
  setImmediate: natives.setImmediate,
  clearImmediate: natives.clearImmediate,
}));

/** The globals of one realm. */
export function routeTimers(realm: typeof globalThis): void {
  routeTimersOf(realm);
  routeProperty(realm, "queueMicrotask", natives.queueMicrotask, natives.queueMicrotask);
  routeProperty(realm.process, "nextTick", natives.nextTick, natives.nextTick);
}

function routeTimersOf(target: object): void {
  for (const [name, wrapper] of Object.entries(wrappers)) {
    routeProperty(target, name, Reflect.get(natives, name), wrapper);
  }
}

/** What virtual time makes of (delayMs, value, options); Node has the say where they are wrong. */
const promised =
  (
    make: (scope: Scope, delayMs: unknown, value: unknown, options: SleepOptions) => unknown,
  ): ScopedCall =>
  (scope, [delayMs, value, given], native) => {
    const options = sleepOptions(given);
    return options === undefined
      ? native(delayMs, value, given)
      : make(scope, delayMs, value, options);
  };

/** node:timers and node:timers/promises, one of each in the process. */
export function routeTimerModules(): void {
  routeTimersOf(timers);
  const { setTimeout, setInterval, setImmediate, scheduler } = timersPromises;
  routeProperty(
    timersPromises,
    "setTimeout",
    setTimeout,
    routed<AnyFunction>(setTimeout, promised(sleep)),
  );
  routeProperty(
    timersPromises,
    "setInterval",
    setInterval,
    routed<AnyFunction>(setInterval, promised(ticks)),
  );
  routeProperty(timersPromises, "setImmediate", setImmediate, setImmediate);
  routeMethod(
    Object.getPrototypeOf(scheduler) as object,
    "wait",
    (scope, [delayMs, given], native) => {
      const options = sleepOptions(given);
      return options === undefined
        ? native(delayMs, given)
        : sleep(scope, delayMs, undefined, options);
    },
  );
}
