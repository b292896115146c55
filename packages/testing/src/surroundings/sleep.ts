/**
 * The promises of node:timers/promises, in virtual time.
 *
 * Owns: their timers and what an AbortSignal does to them. Options that Node would refuse go to
 * Node, so that its own error comes back.
 */
import type { Scope } from "./scope.ts";
import { armScopedTimer } from "./timer.ts";

export interface SleepOptions {
  readonly signal?: AbortSignal | undefined;
  readonly ref?: boolean | undefined;
}

/** Undefined for options that Node refuses. */
export function sleepOptions(options: unknown): SleepOptions | undefined {
  if (options === undefined) return {};
  if (typeof options !== "object" || options === null || Array.isArray(options)) return undefined;
  const { signal, ref } = options as { readonly signal?: unknown; readonly ref?: unknown };
  if (ref !== undefined && typeof ref !== "boolean") return undefined;
  if (signal !== undefined && !isAbortSignal(signal)) return undefined;
  return { signal, ref };
}

function isAbortSignal(value: unknown): value is AbortSignal {
  return typeof value === "object" && value !== null && "aborted" in value;
}

/** A call, so that the compiler does not take the answer for lasting. */
const isAborted = (signal: AbortSignal | undefined): boolean => signal?.aborted === true;

/** What Node rejects with; its class is not exported. */
function abortError(signal: AbortSignal | undefined): Error {
  const error = new Error("The operation was aborted", { cause: signal?.reason });
  error.name = "AbortError";
  return Object.assign(error, { code: "ABORT_ERR" });
}

/** `setTimeout(delayMs, value, options)` of node:timers/promises. */
export function sleep(
  scope: Scope,
  delayMs: unknown,
  value: unknown,
  { signal, ref }: SleepOptions,
): Promise<unknown> {
  if (signal?.aborted === true) return Promise.reject(abortError(signal));
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      timer.close();
      reject(abortError(signal));
    };
    const callback = () => {
      signal?.removeEventListener("abort", onAbort);
      resolve(value);
    };
    const timer = armScopedTimer(scope, { callback, delayMs });
    if (ref === false) timer.unref();
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/** `setInterval(delayMs, value, options)` of node:timers/promises. */
export async function* ticks(
  scope: Scope,
  delayMs: unknown,
  value: unknown,
  { signal, ref }: SleepOptions,
): AsyncGenerator<unknown, void> {
  if (isAborted(signal)) throw abortError(signal);
  let due = 0;
  let wake: (() => void) | undefined;
  const callback = () => {
    due += 1;
    wake?.();
  };
  const timer = armScopedTimer(scope, { callback, delayMs, repeats: true });
  if (ref === false) timer.unref();
  const onAbort = () => {
    timer.close();
    wake?.();
  };
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    while (!isAborted(signal)) {
      if (due === 0) {
        const woken = Promise.withResolvers<void>();
        wake = woken.resolve;
        await woken.promise;
      }
      for (; due > 0; due--) yield value;
    }
    throw abortError(signal);
  } finally {
    timer.close();
    signal?.removeEventListener("abort", onAbort);
  }
}
