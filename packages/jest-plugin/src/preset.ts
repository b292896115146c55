/**
 * The preset: `preset: "@durabletest/jest-plugin"` in the configuration of Jest.
 *
 * @packageDocumentation
 */
import { fileURLToPath } from "node:url";

/** What the preset sets. */
export interface DurablePreset {
  readonly setupFilesAfterEnv: readonly string[];
}

/** Built to both formats; Jest loads either. */
const fileBeside = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/**
 * Registers matchers and serializer in every test file.
 */
const preset: DurablePreset = {
  setupFilesAfterEnv: [fileBeside("setup.cjs")],
};

export default preset;
