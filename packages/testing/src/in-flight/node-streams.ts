/**
 * Who reads a stream of Node.
 *
 * Owns: telling whether anybody waits for more of it: by its listeners, by the iterators that are asked for the
 * next piece, and by the streams that it is piped into.
 */
import { isFunction } from "../surroundings/route.ts";
import { currentLedger } from "./ledger.ts";

const { process } = globalThis;

/** How many calls of `next` are waiting for a stream's iterators, of streams that are iterated. */
const iterated = new WeakMap<object, { waiting: number }>();

/** What is asked of a stream, whatever its class: a response, a socket, a pipe of a child process. */
export interface ReadableLike {
  readonly destroyed?: boolean;
  readonly readableEnded?: boolean;
  readonly readableFlowing?: boolean | null;
  listenerCount(event: string): number;
}

/** Whether anybody waits for what the stream has yet to say. */
export function isBeingRead(stream: ReadableLike): boolean {
  if (stream.destroyed === true || stream.readableEnded === true) return false;
  const iterator = iterated.get(stream);
  if (iterator !== undefined) return iterator.waiting > 0;
  const destinations = pipedInto(stream);
  if (destinations.some((to) => !isReadable(to) || isBeingRead(to))) return true;
  if (stream.listenerCount("readable") > 0) return true;
  // A pipe listens, too.
  if (stream.listenerCount("data") > destinations.length) return stream.readableFlowing !== false;
  // It runs dry, and somebody wants to know when, besides pipes and Node's own classes.
  return stream.readableFlowing === true && stream.listenerCount("end") > destinations.length + 1;
}

function pipedInto(stream: ReadableLike): readonly object[] {
  const state: unknown = Reflect.get(stream, "_readableState");
  const pipes: unknown = typeof state === "object" && state !== null && Reflect.get(state, "pipes");
  return Array.isArray(pipes) ? (pipes as readonly object[]) : [];
}

function isReadable(stream: object): stream is ReadableLike {
  return isFunction(Reflect.get(stream, "read")) && "readableFlowing" in stream;
}

/** Counts the iterators that handler code makes. */
export function tapIterators(): void {
  const { prototype } = process.getBuiltinModule("node:stream").Readable;
  for (const name of [Symbol.asyncIterator, "iterator"] as const) {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
    const native: unknown = descriptor?.value;
    if (!isFunction(native)) continue;
    const value = function (this: object, ...args: never[]): unknown {
      const made = native.apply(this, args);
      return currentLedger() === undefined ? made : counted(this, made as AsyncIterator<unknown>);
    };
    Object.defineProperties(value, Object.getOwnPropertyDescriptors(native));
    Object.defineProperty(prototype, name, { ...descriptor, value });
  }
}

function counted(stream: object, iterator: AsyncIterator<unknown>): AsyncIterator<unknown> {
  const count = iterated.get(stream) ?? { waiting: 0 };
  iterated.set(stream, count);
  const next = iterator.next.bind(iterator);
  const over = () => (count.waiting -= 1);
  iterator.next = (...args) => {
    count.waiting += 1;
    const asked = next(...args);
    asked.then(over, over);
    return asked;
  };
  return iterator;
}
