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

/**
 * Settings of the runner that a fixture makes: a script that was never asked for is an error there, unless they
 * say otherwise.
 */
export function fixtureOptions(options: RunnerOptions): RunnerOptions {
  return { ...options, unusedScripts: options.unusedScripts ?? "error" };
}
