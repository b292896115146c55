/**
 * Consoles that handler code makes for itself.
 *
 * Owns: when they come about.
 *
 * 1. AWS's SDK makes one in every invocation, for a log that is mostly empty. Each is two dozen bound functions
 *    that only a full garbage collection takes away, with what they reach.
 * 2. So one that is made in a scope comes about when it is first used. It does what any other does.
 */
import { nodeConsole } from "./builtins.ts";
import { isFunction } from "./route.ts";
import { storage } from "./scope.ts";

type Streams = Readonly<Record<"stdout" | "stderr", NodeJS.WritableStream>>;

export function routeConsoles(): void {
  const { Console } = nodeConsole;
  const routed = new Proxy(Console, {
    construct(native, args: readonly unknown[], newTarget): object {
      // Not of a class that extends it.
      if (newTarget !== routed) return Reflect.construct(native, args, newTarget) as object;
      const streams = storage.getStore() === undefined ? undefined : streamsOf(args);
      return streams === undefined
        ? (Reflect.construct(native, args) as object)
        : new Proxy(new Unmade(() => new native(streams)), ofWhatIsMade);
    },
  });
  Reflect.set(nodeConsole, "Console", routed);
}

/** Where streams are all that is said, and Node would take them. */
function streamsOf([options, ...rest]: readonly unknown[]): Streams | undefined {
  if (rest.length > 0 || typeof options !== "object" || options === null) return undefined;
  const { stdout, stderr, ...others } = options as Partial<Streams>;
  const isAll = Object.keys(others).length === 0;
  return isAll && isWritable(stdout) && isWritable(stderr) ? { stdout, stderr } : undefined;
}

function isWritable<T>(stream: T | undefined): stream is T {
  return typeof stream === "object" && isFunction((stream as { write?: unknown } | null)?.write);
}

class Unmade {
  readonly #make: () => object;
  #made: object | undefined;

  constructor(make: () => object) {
    this.#make = make;
  }

  get made(): object {
    this.#made ??= this.#make();
    return this.#made;
  }
}

/** What is done to the stand-in is done to what it stands for: each trap is the operation of its name. */
const ofWhatIsMade: ProxyHandler<Unmade> = Object.fromEntries(
  Object.getOwnPropertyNames(Reflect).map((name) => [
    name,
    ({ made }: Unmade, ...args: readonly unknown[]): unknown =>
      Reflect.apply(Reflect.get(Reflect, name) as (...args: unknown[]) => unknown, Reflect, [
        made,
        ...args,
      ]),
  ]),
);
