/**
 * `Date`, of one realm.
 *
 * Owns: the constructor that handler code finds under the global name. `Date.now` is routed where it
 * is, on the native constructor, so that who captured that one gets the execution's time as well.
 *
 * 1. Same prototype as the native constructor: `instanceof` holds both ways.
 * 2. Its own properties are those of the native constructor, and no others.
 * 3. A native constructor captured before the routing, called with `new` and no arguments, still
 *    gives real time: there is no way in.
 */
import { refuseFakes } from "./fake-timers.ts";
import { unfaked } from "./natives.ts";
import { routeReplaceable } from "./replaceable.ts";
import { once, routeMethod } from "./route.ts";
import { storage } from "./scope.ts";

/** @param fakesComing - Told when fake timers are about to be put in place outside scopes. */
export function routeDate(realm: typeof globalThis, fakesComing: () => void): void {
  const Native = nativeDateOf(realm);
  once(Native, () => routeMethod(Native, "now", ({ host }) => host.now()));

  const Routed = function (...args: []): object | string {
    const scope = storage.getStore();
    if (new.target === undefined) {
      return scope === undefined ? Native() : new Native(scope.host.now()).toString();
    }
    const given = args.length === 0 && scope !== undefined ? [scope.host.now()] : args;
    return Reflect.construct(Native, given, new.target === Routed ? Native : new.target) as Date;
  };
  Object.defineProperties(Routed, Object.getOwnPropertyDescriptors(Native));
  Object.setPrototypeOf(Routed, staticsOf(Native, fakesComing));
  Object.defineProperty(Native.prototype, "constructor", { value: Routed });
  routeReplaceable(realm, "Date", { original: Native, inside: Routed });
}

/** What the constructor inherits. */
function staticsOf(Native: DateConstructor, fakesComing: () => void): object {
  return Object.create(Object.getPrototypeOf(Native) as object, {
    toString: { configurable: true, writable: true, value: () => String(Native) },
    // Sinon's fake timers, which are those of Vitest and Jest, ask it before they install themselves.
    isFake: {
      configurable: true,
      get() {
        if (storage.getStore() === undefined) fakesComing();
        else refuseFakes();
      },
      // A fake inherits from this one, and says of itself that it is one.
      set(this: object, value: unknown) {
        Object.defineProperty(this, "isFake", { configurable: true, writable: true, value });
      },
    },
  }) as object;
}

/** Fake timers derive theirs from the real one, and keep it. */
function nativeDateOf(realm: typeof globalThis): DateConstructor {
  let found = unfaked(realm.Date, "Date");
  for (;;) {
    const parent: unknown = Object.getPrototypeOf(found);
    if (typeof parent !== "function" || !("now" in parent)) return found;
    found = parent as DateConstructor;
  }
}
