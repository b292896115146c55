/**
 * What users say about real work: that it is, or that it is not, what an invocation waits for.
 *
 * Owns: the two functions. Does not own: the ledger (ledger.ts).
 */
import { currentLedger } from "./ledger.ts";
import { currentScope, storage } from "../surroundings/scope.ts";

/**
 * Declares `promise` as real work: until it settles, timers come no sooner than in real time.
 *
 * Files, network, child processes, workers, crypto and DNS are seen without it. Use it for what
 * happens out of sight: a native add-on, a queue filled by the test itself.
 *
 * Outside handler code it does nothing.
 *
 * @param promise - What the handler waits for.
 * @param name - What a notice calls it, when it takes long.
 * @returns The same promise.
 * @example
 * ```ts
 * const frame = await realWork(camera.next(), "camera");
 * ```
 */
export function realWork<T>(promise: Promise<T>, name = "realWork()"): Promise<T> {
  currentLedger()?.track(name, promise);
  return promise;
}

/**
 * Runs `fn`, whose work does not keep timers at the pace of real time: connections that never answer,
 * a child process that serves until the end.
 *
 * Outside handler code it only calls `fn`.
 *
 * @returns What `fn` returns.
 * @example
 * ```ts
 * const server = ignoreWork(() => spawn("local-gateway"));
 * ```
 */
export function ignoreWork<T>(fn: () => T): T {
  const scope = currentScope();
  return scope === undefined ? fn() : storage.run(scope.view(), fn);
}
