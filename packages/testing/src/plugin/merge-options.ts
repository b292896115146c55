import type { RunnerOptions } from "../options.ts";

/**
 * Settings for the runners of `durableTest`, with others on top of them; scripts are added by name. There, a script
 * that nothing has asked for is an error, unless they say otherwise.
 *
 * @example
 * ```ts
 * const options = mergeOptions(ofTheFile, { callbacks: { approval: respond.never() } });
 * ```
 */
export function mergeOptions(options: RunnerOptions, more: RunnerOptions = {}): RunnerOptions {
  return {
    ...options,
    ...more,
    unusedScripts: more.unusedScripts ?? options.unusedScripts ?? "error",
    callbacks: { ...options.callbacks, ...more.callbacks },
    steps: { ...options.steps, ...more.steps },
  };
}
