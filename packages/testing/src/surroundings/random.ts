/**
 * Math.random, and the randomness of the Web's and Node's crypto.
 *
 * Owns: how numbers of the execution's seeded stream become bytes, UUIDs and integers.
 *
 * 1. Arguments are judged by the native function, whose result is then overwritten: its errors, its
 *    limits and what it returns are Node's own.
 */
import { nodeCrypto } from "./builtins.ts";
import { natives } from "./natives.ts";
import { runOutsideScopes } from "./scope.ts";
import type { Scope } from "./scope.ts";
import { isFunction, once, routeMethod } from "./route.ts";
import type { ScopedCall } from "./route.ts";

// Kept: what is routed may outlive the sandbox that this was first loaded in.
const { Buffer } = globalThis;

const next32 = ({ host }: Scope) => Math.floor(host.random() * 2 ** 32);

/** Four bytes to a number of the stream. */
function fill(scope: Scope, bytes: Uint8Array): void {
  let word = 0;
  for (let i = 0; i < bytes.length; i++) {
    word = i % 4 === 0 ? next32(scope) : word >>> 8;
    bytes[i] = word & 0xff;
  }
}

/** The bytes of `view`, or of a part of it that is counted in its elements. */
function bytesOf(view: unknown, offset: unknown, size: unknown): Uint8Array {
  if (!ArrayBuffer.isView(view)) {
    const buffer = view as ArrayBuffer;
    const start = Number(offset ?? 0);
    return new Uint8Array(buffer, start, Number(size ?? buffer.byteLength - start));
  }
  const width: unknown = Reflect.get(view, "BYTES_PER_ELEMENT");
  const elementBytes = typeof width === "number" ? width : 1;
  const start = Number(offset ?? 0) * elementBytes;
  const length = size === undefined ? view.byteLength - start : Number(size) * elementBytes;
  return new Uint8Array(view.buffer, view.byteOffset + start, length);
}

function uuidOf(bytes: Uint8Array, version: number): string {
  const view = new DataView(bytes.buffer);
  view.setUint8(6, (view.getUint8(6) & 0x0f) | (version << 4));
  view.setUint8(8, (view.getUint8(8) & 0x3f) | 0x80);
  const hex = Buffer.from(bytes.buffer).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The native function has the first word, and throws what it throws; its own work is not counted. */
const checked =
  (then: (scope: Scope, args: readonly unknown[], result: unknown) => unknown): ScopedCall =>
  (scope, args, native) =>
    then(
      scope,
      args,
      runOutsideScopes(() => native(...args)),
    );

const checkedUUID = checked((scope) => seededUUID(scope));

/** Nothing to check for the common call. */
const randomUUID: ScopedCall = (scope, args, native) =>
  args.length === 0 ? seededUUID(scope) : checkedUUID(scope, args, native);

function seededUUID(scope: Scope): string {
  const bytes = new Uint8Array(16);
  fill(scope, bytes);
  return uuidOf(bytes, 4);
}

const randomUUIDv7 = checked((scope) => {
  const bytes = new Uint8Array(16);
  fill(scope, bytes);
  // The first 48 bits are the time.
  const view = new DataView(bytes.buffer);
  const now = Math.floor(scope.host.now());
  view.setUint16(0, Math.floor(now / 2 ** 32));
  view.setUint32(2, now % 2 ** 32);
  return uuidOf(bytes, 7);
});

const getRandomValues = checked((scope, [view]) => {
  fill(scope, bytesOf(view, undefined, undefined));
  return view;
});

const randomFillSync = checked((scope, [view, offset, size]) => {
  fill(scope, bytesOf(view, offset, size));
  return view;
});

const randomBytes = checked((scope, _args, bytes) => {
  fill(scope, bytes as Buffer);
  return bytes;
});

const randomInt = checked((scope, args) => {
  const [min, max] = args.length > 1 ? [Number(args[0]), Number(args[1])] : [0, Number(args[0])];
  return min + Math.floor(scope.host.random() * (max - min));
});

/** With a callback: the same, a tick later, instead of some time later out of the thread pool. */
const calledBack =
  (sync: ScopedCall, syncNative: (...args: readonly unknown[]) => unknown): ScopedCall =>
  (scope, args, native) => {
    const callback = args.at(-1);
    // Node's own error for a missing callback.
    if (!isFunction(callback)) return native(...args);
    const result = sync(scope, args.slice(0, -1), syncNative);
    natives.nextTick(callback, null, result);
    return undefined;
  };

const eitherWay =
  (sync: ScopedCall): ScopedCall =>
  (scope, args, native) =>
    isFunction(args.at(-1))
      ? calledBack(sync, native)(scope, args, native)
      : sync(scope, args, native);

export function routeMathRandom(realm: typeof globalThis): void {
  once(realm.Math, (owner) => routeMethod(owner, "random", ({ host }) => host.random()));
}

/** `randomUUID` and `getRandomValues`: of node:crypto, or the prototype of a realm's `crypto`. */
export function routeWebCrypto(owner: object): void {
  routeMethod(owner, "randomUUID", randomUUID);
  routeMethod(owner, "getRandomValues", getRandomValues);
}

export function routeNodeCrypto(): void {
  routeWebCrypto(nodeCrypto);
  routeMethod(nodeCrypto, "randomUUIDv7", randomUUIDv7);
  const { randomFillSync: nativeFill } = nodeCrypto;
  routeMethod(nodeCrypto, "randomFillSync", randomFillSync);
  routeMethod(
    nodeCrypto,
    "randomFill",
    calledBack(randomFillSync, (...args) => Reflect.apply(nativeFill, nodeCrypto, args)),
  );
  routeMethod(nodeCrypto, "randomBytes", eitherWay(randomBytes));
  routeMethod(nodeCrypto, "randomInt", eitherWay(randomInt));
}
