import type { RunnerOptions } from "../options.ts";

/**
 * Settings of a runner with others on top of them; scripts are added by name.
 *
 * @example
 * ```ts
 * const options = mergeOptions(ofTheFile, { callbacks: { approval: respond.never() } });
 * ```
 */
export function mergeOptions(options: RunnerOptions, more: RunnerOptions): RunnerOptions {
  return { ...options, ...more, callbacks: { ...options.callbacks, ...more.callbacks } };
}
