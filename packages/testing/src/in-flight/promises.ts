/**
 * Web Crypto, blobs and WebAssembly: their resources, if any, do not tell when they are over, but each of
 * these methods returns a promise that does.
 */
import { currentLedger } from "./ledger.ts";
import { isFunction } from "../surroundings/route.ts";

const { Blob } = globalThis;

export function tapPromises(): void {
  const subtle = Object.getPrototypeOf(globalThis.crypto.subtle) as object;
  const methods = Object.getOwnPropertyNames(subtle).filter((name) => name !== "constructor");
  trackMethods(subtle, methods, "crypto.subtle");
  trackMethods(Blob.prototype, ["arrayBuffer", "bytes", "text"], "blob");
  const wasm: unknown = Reflect.get(globalThis, "WebAssembly");
  if (typeof wasm !== "object" || wasm === null) return;
  const compiling = ["compile", "instantiate", "compileStreaming", "instantiateStreaming"];
  trackMethods(wasm, compiling, "WebAssembly");
}

function trackMethods(owner: object, names: readonly string[], title: string): void {
  for (const name of names) {
    const descriptor = Object.getOwnPropertyDescriptor(owner, name);
    const native: unknown = descriptor?.value;
    if (!isFunction(native)) continue;
    const tracked = {
      [name](this: unknown, ...args: never[]): unknown {
        const result = native.apply(this, args);
        if (isThenable(result)) currentLedger()?.track(`${title}.${name}`, result);
        return result;
      },
    }[name];
    Object.defineProperty(owner, name, { ...descriptor, value: tracked });
  }
}

/** Not by its class: a sandbox has a Promise of its own. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value;
}
