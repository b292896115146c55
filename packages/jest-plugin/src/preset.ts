/**
 * The preset: `preset: "@durabletest/jest-plugin"` in the configuration of Jest. It registers matchers and serializer
 * in every test file, shows timelines for all that fails, and adds a line to the summary of a run.
 *
 * Jest takes one preset. Beside another one, this one is spread:
 *
 * @example
 * ```js
 * // jest.config.mjs
 * import * as durable from "@durabletest/jest-plugin/preset";
 * export default { preset: "ts-jest", ...durable };
 * ```
 *
 * @packageDocumentation
 */
import { fileURLToPath } from "node:url";

// CommonJS, as Jest loads them under every setting.
const fileBeside = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Matchers and snapshot serializer, in every test file. */
export const setupFilesAfterEnv: string[] = [fileBeside("setup.cjs")];

/** Whatever fails a test ends with the timeline. */
export const testEnvironment: string = fileBeside("environment.cjs");

/** Jest's own reporter, and a line on what was executed. */
export const reporters: string[] = ["default", fileBeside("reporter.cjs")];
