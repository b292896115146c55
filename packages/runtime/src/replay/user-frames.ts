import { type DurableError, errorProperty } from "../errors.ts";

/**
 * Which lines of a stack are the user's.
 *
 * An operation fails long after it was called, in code of this package: the stack of an error that is made
 * there says nothing to anybody. What says something is where the user's code waits for the operation, and
 * V8 knows that: in a reaction of a promise, a stack goes on into the async functions that wait for the
 * promise it settles.
 */

/** The lines of a stack that are frames. */
export function framesOf(stack = ""): readonly string[] {
  return stack.split("\n").filter((line) => /^\s+at /.test(line));
}

/** Without the frames of this package, and those of Node's that only say how it got there. */
export function userFrames(frames: readonly string[]): readonly string[] {
  return frames.filter((frame) => !isOwn(frame) && !PLUMBING.test(frame));
}

/**
 * The frames that wait for a promise. To be called directly by a reaction that settles it, while nothing else
 * reacts to it: V8 does not follow a promise that several wait for.
 */
export function awaitingFrames(): readonly string[] {
  const holder: { readonly stack?: string } = {};
  Error.captureStackTrace(holder, awaitingFrames);
  const [, ...frames] = framesOf(holder.stack); // the first is the reaction itself
  const begin = frames.findIndex((frame) => !/[( ]node:internal\//.test(frame));
  if (begin === -1) return [];
  const end = frames.findIndex(isOwn); // the user's function, and no further
  return frames.slice(begin, end === -1 ? undefined : end);
}

/**
 * Gives an error of ours a stack that says something: where it is awaited, else what user code is in its
 * own stack, else where its cause was thrown.
 */
export function tellWhere(error: DurableError, awaiting: readonly string[]): void {
  let frames = awaiting;
  // To read a stack is dear: each only where those before it say nothing.
  if (frames.length === 0) frames = userFramesOf(error);
  if (frames.length === 0 && error.cause instanceof Error) frames = userFramesOf(error.cause);
  setFrames(error, frames);
}

function userFramesOf(error: Error): readonly string[] {
  return userFrames(framesOf(errorProperty(error, "stack")));
}

/** Makes a stack of an error's name, its message and frames. */
export function setFrames(error: Error, frames: readonly string[]): void {
  const name = errorProperty(error, "name") ?? "Error";
  const message = errorProperty(error, "message") ?? "";
  const value = [message === "" ? name : `${name}: ${message}`, ...frames].join("\n");
  Object.defineProperty(error, "stack", { value, configurable: true, writable: true });
}

const PLUMBING =
  /[( ]node:(?:internal\/process\/task_queues|internal\/timers|internal\/async_local_storage|async_hooks)/;

/** Once, and not before somebody asks: where stacks go through source maps, to read one loads the map of this file. */
let ownRoot: { readonly path: string | undefined } | undefined;

function isOwn(frame: string): boolean {
  const { path } = (ownRoot ??= { path: findOwnRoot() });
  return path !== undefined && frame.includes(path);
}

/** Undefined where the package was bundled into the user's own code, and cannot be told from it. */
function findOwnRoot(): string | undefined {
  const [frame = ""] = framesOf(new Error("where").stack);
  return /[^\s()]*[/\\]runtime[/\\](?:src|dist)[/\\]/.exec(frame)?.[0];
}
