/**
 * Where errors of handler code were thrown, for SDKs that do not say so in what they record of an error.
 *
 * Owns: the errors that an SDK has looked at lately in an invocation, and the stacks of those that were recorded.
 *
 * 1. An SDK asks of what it has caught whether it is an `Error`: that is the only moment at which the error itself
 *    can be seen. It is kept only while such an invocation goes on.
 * 2. `Error` is watched from the first such invocation on: changing it for each of them would have all code that
 *    asks that question compiled anew.
 * 3. Nothing that handler code sees, or that is recorded, is different for it.
 */
import type { ErrorObject } from "@durabletest/runtime";
import { framesOf } from "@durabletest/runtime/protocol";

import type { ExecutionEnvironment } from "./environment.ts";
import { currentScope } from "./scope.ts";

/** So many of an invocation are kept: an SDK records an error soon after it has looked at it. */
const KEPT = 16;

const seen = new WeakMap<ExecutionEnvironment, Error[]>();
const stacks = new WeakMap<ErrorObject, readonly string[]>();
const isInstance = Function.prototype[Symbol.hasInstance];
let isWatched = false;
let watchers = 0;

/** @returns ends it. */
export function watchErrors(): () => void {
  watchers += 1;
  if (!isWatched) {
    isWatched = true;
    Object.defineProperty(Error, Symbol.hasInstance, { configurable: true, value: isError });
  }
  return () => {
    watchers -= 1;
  };
}

/** In the place of `instanceof Error`, and of what extends it. */
function isError(this: unknown, value: unknown): boolean {
  const is = Reflect.apply(isInstance, this, [value]);
  const environment =
    is && watchers > 0 && this === Error ? currentScope()?.environment : undefined;
  if (environment !== undefined) note(environment, value as Error);
  return is;
}

function note(environment: ExecutionEnvironment, error: Error): void {
  const errors = seen.get(environment) ?? [];
  seen.set(environment, errors);
  if (errors.at(-1) === error) return;
  errors.push(error);
  if (errors.length > KEPT) errors.shift();
}

/** An error has been recorded: what was seen of it is kept beside it. */
export function errorRecorded(environment: ExecutionEnvironment, recorded: ErrorObject): void {
  if (recorded.StackTrace !== undefined) return;
  const error = seen
    .get(environment)
    ?.findLast(
      ({ name, message }) => name === recorded.ErrorType && message === recorded.ErrorMessage,
    );
  const frames = framesOf(error?.stack);
  if (frames.length > 0) stacks.set(recorded, frames);
}

/** A recorded error as people are shown it: with its stack, if that was seen. */
export function withSeenStack<Recorded extends ErrorObject | undefined>(
  recorded: Recorded,
): Recorded {
  const frames = recorded && stacks.get(recorded);
  return frames === undefined ? recorded : { ...recorded, StackTrace: frames };
}
