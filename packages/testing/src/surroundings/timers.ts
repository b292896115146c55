/**
 * setTimeout, setInterval and their kin: as globals, in node:timers and in node:timers/promises.
 *
 * Owns: which of them are virtual inside scopes. queueMicrotask and nextTick are not, nor is setImmediate where turns
 * of the event loop are not played: they wait for no time. They are routed to the native ones, because test frameworks
 * fake them too, and a faked setImmediate never fires by itself.
 */
import { timers, timersPromises } from "./builtins.ts";
import { clearScopedImmediate, type ImmediateCallback, ScopedImmediate } from "./immediate.ts";
import { natives } from "./natives.ts";
import { runOutsideScopes } from "./scope.ts";
import type { Scope } from "./scope.ts";
import { routeReplaceable } from "./replaceable.ts";
import { isFunction, routed } from "./route.ts";
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
  if (delayMs === 499) return callback.name === "onTick";
  // Before undici 6.20.
  return delayMs === 1000 && callback.name === "onTimeout" && String(callback).includes("fastNow");
}

const makeImmediate: ScopedCall = ({ host: { nextTurn } }, given, native) => {
  const [callback, ...args] = given;
  if (nextTurn === undefined || !isFunction(callback)) return native(...given);
  return new ScopedImmediate(nextTurn, callback as ImmediateCallback, args);
};

/** Clears by whose it is, not by where it is called: handles are passed across. */
function clearing(original: AnyFunction, clearScoped: (handle: unknown) => boolean): AnyFunction {
  const wrapper = {
    [original.name](handle: unknown): void {
      if (!clearScoped(handle)) Reflect.apply(original, undefined, [handle]);
    },
  }[original.name];
  return wrapper as AnyFunction;
}

/** The same functions as globals and in node:timers, in all realms. */
const wrappers: Readonly<Record<string, AnyFunction>> = shared("timers", () => ({
  setTimeout: routed(natives.setTimeout, armTimer(false)),
  setInterval: routed(natives.setInterval, armTimer(true)),
  clearTimeout: clearing(natives.clearTimeout, clearScopedTimer),
  clearInterval: clearing(natives.clearInterval, clearScopedTimer),
  setImmediate: routed(natives.setImmediate, makeImmediate),
  clearImmediate: clearing(natives.clearImmediate, clearScopedImmediate),
}));

/** The globals of one realm. */
export function routeTimers(realm: typeof globalThis): void {
  routeTimersOf(realm);
  keepNative(realm, "queueMicrotask");
  keepNative(realm.process, "nextTick");
}

function routeTimersOf(target: object): void {
  for (const [name, inside] of Object.entries(wrappers)) {
    routeReplaceable(target, name, { original: Reflect.get(natives, name), inside });
  }
}

function keepNative(target: object, name: "queueMicrotask" | "nextTick"): void {
  const native = natives[name];
  routeReplaceable(target, name, { original: native, inside: native });
}

/** What virtual time makes of (delayMs, value, options); Node has the say where they are wrong. */
const promised =
  (
    make: (scope: Scope, delayMs: unknown, value: unknown, options: SleepOptions) => unknown,
  ): ScopedCall =>
  (scope, [delayMs, value, given], native) => {
    const options = isDelay(delayMs) ? sleepOptions(given) : undefined;
    return options === undefined
      ? native(delayMs, value, given)
      : make(scope, delayMs, value, options);
  };

const waited: ScopedCall = (scope, [delayMs, given], native) => {
  const options = isDelay(delayMs) ? sleepOptions(given) : undefined;
  return options === undefined ? native(delayMs, given) : sleep(scope, delayMs, undefined, options);
};

/** Promised timers take no text, as the others do. */
function isDelay(value: unknown): boolean {
  return value === undefined || typeof value === "number";
}

/** node:timers and node:timers/promises, one of each in the process. */
export function routeTimerModules(): void {
  routeTimersOf(timers);
  const { setTimeout, setInterval, setImmediate, scheduler } = timersPromises;
  const route = (owner: object, name: string, original: AnyFunction, call: ScopedCall) =>
    routeReplaceable(owner, name, {
      original,
      inside: routed(original, call),
      allowsSpies: owner === scheduler,
    });
  route(timersPromises, "setTimeout", setTimeout, promised(sleep));
  route(timersPromises, "setInterval", setInterval, promised(ticks));
  const immediate = { original: setImmediate, inside: setImmediate };
  routeReplaceable(timersPromises, "setImmediate", immediate);
  // Its own from now on: mocks make it so, and leave it behind.
  const { wait } = scheduler;
  Object.defineProperty(scheduler, "wait", { configurable: true, writable: true, value: wait });
  route(scheduler, "wait", wait, waited);
}
