/**
 * How a function comes to mean one thing inside scopes and another outside.
 *
 * Owns: the ways of putting a routed function where it stays.
 * Does not own: what any routed function does; properties that fakes take over (replaceable.ts).
 *
 * 1. Outside scopes a routed function is the original, to the letter: also for who captured it.
 */
import { storage } from "./scope.ts";
import type { Scope } from "./scope.ts";
import { shared } from "./shared.ts";

/** A function of which nothing is known. */
export type AnyFunction = (this: unknown, ...args: never[]) => unknown;

/**
 * What a function does in a scope: its own arguments, after who was called and where. `native` is
 * the function it stands for, bound to nothing.
 */
export type ScopedCall = (
  scope: Scope,
  args: readonly unknown[],
  native: (...args: readonly unknown[]) => unknown,
) => unknown;

/** Objects in which something has been routed: global objects, core modules, prototypes. */
const routedObjects = shared("routed", () => new WeakSet());

/** Routes what an object has, unless that has been done: realms share some of theirs. */
export function once<T extends object>(target: T | undefined, route: (target: T) => void): boolean {
  if (target === undefined || routedObjects.has(target)) return false;
  routedObjects.add(target);
  route(target);
  return true;
}

/** `original` outside scopes, `inScope` inside; the same name, length and properties. */
export function routed<F extends AnyFunction>(original: F, inScope: ScopedCall): F {
  const wrapper = {
    [original.name](this: unknown, ...args: never[]): unknown {
      const scope = storage.getStore();
      return scope === undefined
        ? original.apply(this, args)
        : inScope(scope, args, (...given) => Reflect.apply(original, this, given));
    },
  }[original.name] as F;
  return Object.defineProperties(wrapper, Object.getOwnPropertyDescriptors(original));
}

/** A method that stays where it is, so that who captured its owner gets it too. */
export function routeMethod(owner: object, name: string, inScope: ScopedCall): void {
  const descriptor = Object.getOwnPropertyDescriptor(owner, name);
  const original: unknown = descriptor?.value;
  // A new value is all it needs: Bun's crypto can be written to and not configured.
  if (descriptor?.configurable !== true && descriptor?.writable !== true) return;
  if (!isFunction(original)) return;
  Object.defineProperty(owner, name, { ...descriptor, value: routed(original, inScope) });
}

/** A getter that stays where it is. */
export function routeGetter(
  owner: object,
  name: string,
  inScope: (scope: Scope, native: unknown) => unknown,
): void {
  const descriptor = Object.getOwnPropertyDescriptor(owner, name);
  const original = descriptor?.get;
  if (descriptor?.configurable !== true || original === undefined) return;
  Object.defineProperty(owner, name, {
    ...descriptor,
    get(this: unknown): unknown {
      const native: unknown = Reflect.apply(original, this, []);
      const scope = storage.getStore();
      return scope === undefined ? native : inScope(scope, native);
    },
  });
}

/** Has `before` look at every call of a method, which stays as it is, and tells `after` what it saw. */
export function tapMethod<T extends object, Seen>(
  owner: T,
  name: string | symbol,
  before: (self: T, args: readonly unknown[]) => Seen,
  after?: (seen: Seen) => void,
): void {
  // It may be inherited, as `write` of a socket is.
  const original: unknown = Reflect.get(owner, name);
  if (!isFunction(original)) return;
  const tapped = function (this: T, ...args: readonly unknown[]): unknown {
    const seen = before(this, args);
    try {
      return Reflect.apply(original, this, args);
    } finally {
      after?.(seen);
    }
  };
  Object.defineProperties(tapped, Object.getOwnPropertyDescriptors(original));
  Object.defineProperty(owner, name, {
    configurable: true,
    writable: true,
    enumerable: Object.getOwnPropertyDescriptor(owner, name)?.enumerable ?? false,
    value: tapped,
  });
}

export function isFunction(value: unknown): value is AnyFunction {
  return typeof value === "function";
}
