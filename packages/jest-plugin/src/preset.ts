/**
 * The preset: `preset: "@durabletest/jest-plugin"` in the configuration of Jest; or, beside another preset, its parts
 * to spread and to add to.
 *
 * @packageDocumentation
 */
import { fileURLToPath } from "node:url";

/** What the preset sets, as paths of files. */
export interface DurablePreset {
  /** Matchers and snapshot serializer, in every test file. */
  readonly setupFilesAfterEnv: string[];
  /** Whatever fails a test ends with the timeline. */
  readonly testEnvironment: string;
  /** Jest's own, and a line on what was executed. */
  readonly reporters: string[];
}

// CommonJS, as Jest loads them under every setting.
const fileBeside = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/**
 * Registers matchers and serializer in every test file, shows timelines for all that fails, and adds a line to the
 * summary of a run.
 *
 * @example
 * ```js
 * // jest.config.mjs
 * export default { preset: "@durabletest/jest-plugin" };
 * ```
 *
 * @example
 * ```js
 * // jest.config.mjs, where the one preset that Jest takes is another
 * import durable from "@durabletest/jest-plugin/preset";
 * export default { preset: "ts-jest", ...durable };
 * ```
 */
const preset: DurablePreset = {
  setupFilesAfterEnv: [fileBeside("setup.cjs")],
  testEnvironment: fileBeside("environment.cjs"),
  reporters: ["default", fileBeside("reporter.cjs")],
};

export default preset;
