/**
 * Web Crypto: its jobs say neither by their type nor by a callback when they are over, but each of
 * its methods returns a promise that does.
 */
import { currentLedger } from "./in-flight.ts";

export function tapSubtleCrypto(): void {
  const prototype = Object.getPrototypeOf(globalThis.crypto.subtle) as object;
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    const native: unknown = descriptor.value;
    if (typeof native !== "function" || name === "constructor") continue;
    const tracked = {
      [name](this: unknown, ...args: readonly unknown[]): unknown {
        const result: unknown = Reflect.apply(native, this, args);
        if (isThenable(result)) currentLedger()?.track(`crypto.subtle.${name}`, result);
        return result;
      },
    }[name];
    Object.defineProperty(prototype, name, { ...descriptor, value: tracked });
  }
}

/** Not by its class: a sandbox has a Promise of its own. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value;
}
