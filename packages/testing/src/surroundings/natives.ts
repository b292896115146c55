/**
 * The real timers and a real clock, for the harness's own use.
 *
 * Owns: telling a native function from whatever has been put in its place.
 *
 * 1. Nothing of the harness reads the time or arms a timer but through here: its code runs inside
 *    scopes too (hooks, callbacks answered from a step), where the globals are virtual.
 * 2. Right even when first imported while someone's fake timers are on.
 */
import { performance, timers } from "./builtins.ts";
import { shared } from "./shared.ts";

const { process } = globalThis;

export interface Natives extends Pick<
  typeof timers,
  | "setTimeout"
  | "clearTimeout"
  | "setInterval"
  | "clearInterval"
  | "setImmediate"
  | "clearImmediate"
> {
  readonly queueMicrotask: typeof queueMicrotask;
  readonly nextTick: NodeJS.Process["nextTick"];
  /** Milliseconds of a clock that only goes forward; its origin means nothing. */
  readonly realNow: () => number;
}

/**
 * What a fake stands in for. Fake timers (Sinon's, in Vitest and Jest) keep the original under
 * `fake.clock._name`; whatever is not such a fake is returned as it is.
 */
export function unfaked<T>(value: T, name: string): T {
  let found = value;
  for (let depth = 0; depth < 8; depth++) {
    const original = originalOf(found, name);
    if (original === undefined || original === found) break;
    found = original;
  }
  return found;
}

function originalOf<T>(fake: T, name: string): T | undefined {
  if (typeof fake !== "function" && (typeof fake !== "object" || fake === null)) return undefined;
  const clock: unknown = Reflect.get(fake, "clock");
  if (typeof clock !== "object" || clock === null) return undefined;
  // The fake took the place of this very value, so it has its type.
  return Reflect.get(clock, `_${name}`) as T | undefined;
}

function capture(): Natives {
  const { setTimeout, setInterval, setImmediate } = timers;
  const { clearTimeout, clearInterval, clearImmediate } = timers;
  // The prototype's: fakes put their own `now` on the one performance object. Bun has it there itself.
  const prototype = Object.getPrototypeOf(performance) as Partial<typeof performance>;
  const { now = unfaked(performance, "performance").now } = prototype;
  return {
    setTimeout: unfaked(setTimeout, "setTimeout"),
    clearTimeout: unfaked(clearTimeout, "clearTimeout"),
    setInterval: unfaked(setInterval, "setInterval"),
    clearInterval: unfaked(clearInterval, "clearInterval"),
    setImmediate: unfaked(setImmediate, "setImmediate"),
    clearImmediate: unfaked(clearImmediate, "clearImmediate"),
    queueMicrotask: unfaked(globalThis.queueMicrotask, "queueMicrotask"),
    nextTick: unfaked(process.nextTick, "nextTick"),
    realNow: now.bind(performance),
  };
}

/** Taken by the first copy of this package, before it routes anything. */
export const natives: Natives = shared("natives", capture);
