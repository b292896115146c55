/**
 * Who reads a web stream.
 *
 * Owns: telling whether a read of it is pending. No interface says so; Node keeps the requests of a reader
 * beside it, where its own inspection counts them. Where they are not found, a stream that somebody has
 * locked counts as read.
 */
import { isFunction, tapMethod } from "../surroundings/route.ts";

/** What a stream has been piped through, whose own readers are those that wait. */
const pipedThrough = new WeakMap<object, ReadableStream>();

/** Whether anybody waits for what the stream has yet to say. */
export function isBeingPulled(stream: ReadableStream): boolean {
  const next = pipedThrough.get(stream);
  // The pipe itself reads ahead.
  if (next !== undefined) return isBeingPulled(next);
  const state = stateOf(stream);
  if (state === undefined) return stream.locked;
  const reader: unknown = Reflect.get(state, "reader");
  if (typeof reader !== "object" || reader === null) return false;
  const requests = stateOf(reader);
  if (requests === undefined) return true;
  return lengthOf(requests, "readRequests") + lengthOf(requests, "readIntoRequests") > 0;
}

function lengthOf(requests: object, name: string): number {
  const list: unknown = Reflect.get(requests, name);
  return typeof list === "object" && list !== null ? Number(Reflect.get(list, "length")) : 0;
}

/** Node's own part of a stream or a reader. */
function stateOf(owner: object): object | undefined {
  const key = Object.getOwnPropertySymbols(owner).find(
    ({ description }) => description === "kState",
  );
  const state: unknown = key && Reflect.get(owner, key);
  return typeof state === "object" && state !== null ? state : undefined;
}

export function tapPipes(): void {
  const { prototype } = globalThis.ReadableStream;
  tapMethod(prototype, "pipeThrough", (stream: ReadableStream, [transform]) => {
    if (typeof transform !== "object" || transform === null) return;
    const readable: unknown = Reflect.get(transform, "readable");
    if (isStream(readable)) pipedThrough.set(stream, readable);
  });
}

function isStream(value: unknown): value is ReadableStream {
  return typeof value === "object" && value !== null && isFunction(Reflect.get(value, "getReader"));
}
