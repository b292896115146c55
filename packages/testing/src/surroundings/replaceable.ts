/**
 * Properties that fake timers put theirs in place of: globals, and what core modules export.
 *
 * Owns: keeping the fakes outside scopes, and what is routed inside them.
 * Does not own: methods that stay where they are (route.ts).
 *
 * 1. While nobody fakes it, a property looks as Node made it: a value. Tools save descriptors and put them
 *    back, or look into them.
 * 2. Once somebody else's value is found there, a pair of accessors keeps it: seen outside scopes only. It goes
 *    when the original comes back, whichever way.
 * 3. Finding it is up to whoever lets handler code run: {@link reassertReplaceable}. Between an assignment
 *    and that, handler code would see the fake. Fake timers that announce themselves are met by the
 *    accessors: {@link expectFakes}.
 */
import { areFakesTakenOff, refuseFakes } from "./fake-timers.ts";
import { natives } from "./natives.ts";
import { isFunction } from "./route.ts";
import { storage } from "./scope.ts";
import { shared } from "./shared.ts";

/** By the object that has them, which they do not keep alive. */
const replaceable = shared("replaceable", () => new WeakMap<object, ReplaceableProperty[]>());

interface Values {
  /** What Node put there. */
  readonly original: unknown;
  /** What handler code is to see. Outside scopes it must do as the original does. */
  readonly inside: unknown;
  /** Whether a spy that somebody puts there is meant for handler code, too. */
  readonly allowsSpies?: boolean;
}

/** What is not there, or cannot be changed, is left alone. */
export function routeReplaceable(target: object, name: string, values: Values): void {
  const descriptor = Object.getOwnPropertyDescriptor(target, name);
  if (descriptor?.configurable !== true) return;
  const properties = replaceable.get(target) ?? [];
  replaceable.set(target, properties);
  const property = new ReplaceableProperty(target, name, { values, native: descriptor });
  properties.push(property);
  property.reassert();
}

/** Sees to it that handler code finds what is routed, whatever has been put in its place since. */
export function reassertReplaceable(target: object): void {
  const properties = replaceable.get(target);
  if (properties !== undefined) for (const property of properties) property.reassert();
}

/** Somebody is about to put fakes in place, which must not show inside scopes even for a moment. */
export function expectFakes(target: object): void {
  const properties = replaceable.get(target);
  if (properties !== undefined) for (const property of properties) property.expectFake();
}

class ReplaceableProperty {
  readonly #target: object;
  readonly #name: string;
  readonly #values: Values;
  readonly #native: PropertyDescriptor;
  /** What is seen outside scopes while the accessors are in place. */
  #outside: unknown;
  readonly #accessors: { get(): unknown; set(value: unknown): void };

  constructor(
    target: object,
    name: string,
    { values, native }: { readonly values: Values; readonly native: PropertyDescriptor },
  ) {
    this.#target = target;
    this.#name = name;
    this.#values = values;
    this.#native = native;
    const { inside } = values;
    this.#accessors = {
      get: () => (storage.getStore() === undefined ? this.#outside : inside),
      set: (value) => this.#assigned(value),
    };
  }

  reassert(): void {
    const { inside, original } = this.#values;
    const found: unknown = Reflect.get(this.#target, this.#name);
    if (found === inside) {
      // No fake came.
      if (this.#outside === inside) this.#restore();
      return;
    }
    if (found === original) this.#restore();
    else if (found !== this.#outside || !this.#isSplit()) this.#split(found);
  }

  expectFake(): void {
    const { inside } = this.#values;
    if (Reflect.get(this.#target, this.#name) === inside) this.#split(inside);
  }

  #isSplit(): boolean {
    const descriptor = Object.getOwnPropertyDescriptor(this.#target, this.#name);
    return descriptor?.get === this.#accessors.get;
  }

  #split(outside: unknown): void {
    if (this.#values.allowsSpies === true && isSpy(outside)) return;
    this.#outside = outside;
    Object.defineProperty(this.#target, this.#name, {
      configurable: true,
      enumerable: this.#native.enumerable === true,
      ...this.#accessors,
    });
  }

  /** While the accessors are in place. */
  #assigned(value: unknown): void {
    const isOurs = value === this.#values.inside || value === this.#values.original;
    if (!isOurs) {
      this.#outside = value;
      return;
    }
    if (storage.getStore() !== undefined) {
      // Those of the test would be taken off first.
      refuseFakes();
      // Code in a scope read `inside` and now puts it back: that says nothing about the world outside. A function of
      // the test that handler code calls may well mean that world.
      if (!areFakesTakenOff()) return;
    }
    this.#outside = this.#values.inside;
    // Not at once: Vitest sets the original for a moment, around its own calls.
    natives.queueMicrotask(() => this.reassert());
  }

  #restore(): void {
    this.#outside = undefined;
    const { inside, original } = this.#values;
    const { enumerable = false, get } = this.#native;
    if (inside === original && get !== undefined) {
      // Node's own accessors, which keep what has been assigned.
      Object.defineProperty(this.#target, this.#name, this.#native);
      Reflect.set(this.#target, this.#name, original);
      return;
    }
    const descriptor = { configurable: true, enumerable, writable: true, value: inside };
    Object.defineProperty(this.#target, this.#name, descriptor);
  }
}

function isSpy(value: unknown): boolean {
  return isFunction(value) && Reflect.get(value, "mock") !== undefined;
}
