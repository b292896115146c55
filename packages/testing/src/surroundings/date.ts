/**
 * `Date`, of one realm.
 *
 * Owns: the constructor that handler code finds under the global name. `Date.now` is routed where it
 * is, on the native constructor, so that who captured that one gets the execution's time as well.
 *
 * 1. Same prototype as the native constructor: `instanceof` holds both ways.
 * 2. A native constructor captured before the routing, called with `new` and no arguments, still
 *    gives real time: there is no way in.
 */
import { unfaked } from "./natives.ts";
import { routeMethod, routeProperty } from "./route.ts";
import { storage } from "./scope.ts";

export function routeDate(realm: typeof globalThis): void {
  const Native = nativeDateOf(realm);
  routeMethod(Native, "now", ({ host }) => host.now());

  const Routed = function (...args: []): object | string {
    const scope = storage.getStore();
    if (new.target === undefined) {
      return scope === undefined ? Native() : new Native(scope.host.now()).toString();
    }
    const given = args.length === 0 && scope !== undefined ? [scope.host.now()] : args;
    return Reflect.construct(Native, given, new.target === Routed ? Native : new.target) as Date;
  };
  Object.defineProperties(Routed, Object.getOwnPropertyDescriptors(Native));
  Object.defineProperty(Native.prototype, "constructor", { value: Routed });
  Object.defineProperty(Routed, "isFake", {
    configurable: true,
    get: refuseFakesInScopes,
    // A fake inherits from this one, and says of itself that it is one.
    set(this: object, value: unknown) {
      Object.defineProperty(this, "isFake", { configurable: true, writable: true, value });
    },
  });
  routeProperty(realm, "Date", Native, Routed);
}

/** What fake timers ask before they install themselves. */
function refuseFakesInScopes(): undefined {
  if (storage.getStore() === undefined) return undefined;
  throw new Error(
    "Fake timers cannot be installed by handler code: the time it sees is its execution's already. " +
      "Install them in the test, or not at all.",
  );
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
