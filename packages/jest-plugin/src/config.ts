/**
 * The preset with settings, for `jest.config`.
 *
 * @packageDocumentation
 */
import { reporters, setupFilesAfterEnv, testEnvironment } from "./preset.ts";
import type { DurableReporterOptions, OutcomeOptions } from "./reporter.ts";

export type { DurableReporterOptions, OutcomeOptions };

/** As much of a configuration of Jest as is set. */
export interface DurableJestConfig {
  readonly setupFilesAfterEnv: string[];
  readonly testEnvironment: string;
  readonly reporters: (string | [string, Record<string, unknown>])[];
}

/**
 * What the preset `@durabletest/jest-plugin` sets, with settings.
 *
 * @example
 * ```js
 * // jest.config.mjs
 * import durable from "@durabletest/jest-plugin/config";
 *
 * export default { ...durable({ outcomes: { threshold: 90 } }) };
 * ```
 */
export function durable(options: DurableReporterOptions = {}): DurableJestConfig {
  const [others = "default", reporter = ""] = reporters;
  return {
    setupFilesAfterEnv,
    testEnvironment,
    reporters: [others, [reporter, { ...options }]],
  };
}

export default durable;
